"""What two hours do to a wall: as many pulses as a kiosk takes in them, in a fifth of the time.

A kiosk polls each 0.2 s (the shortest allowed) while a ticket changes each second and two boards rotate.
After the warm-up and at the end the garbage is collected and Chromium counts: bytes of JavaScript heap, DOM
nodes, event listeners, documents. 7,200 pulses take about 25 minutes.
"""

import argparse
import os
import statistics
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import rig
from playwright.sync_api import Page
from screen import chromium
from walls import replace_file

from tickets import file_bytes, make_ticket, write_folder

CONFIG = {
    "deskwatch.yaml": "web: {rescan_interval: 10m, poll_seconds: 0.2, page_seconds: 3}\n",
    "boards.yaml": "helpdesk: {title: Helpdesk}\nsecond: {title: Second}\n",
}


def change(folder: Path, turn: int, tickets: int) -> None:
    """Another ticket has another subject and moves."""
    now = datetime.now(UTC).replace(microsecond=0)
    ticket = make_ticket(1 + turn * 37 % tickets, seed=1, now=now)
    ticket = ticket.with_(subject=f"Change {turn} of this long evening", updated_at=now)
    replace_file(folder / "tickets" / f"{ticket.key}.json", file_bytes(ticket))


def count(session: Any) -> dict[str, float]:
    """Chromium's own counters after its garbage was collected."""
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    dom = session.send("Memory.getDOMCounters")
    heap = session.send("Runtime.getHeapUsage")
    return {
        "heap": heap["usedSize"] / 1e6,
        "nodes": dom["nodes"],
        "listeners": dom["jsEventListeners"],
        "documents": dom["documents"],
    }


def settle(page: Page, session: Any) -> dict[str, float]:
    """The median of five counts over a rotation, so that the page shown just now does not decide."""
    found = []
    for _ in range(5):
        found.append(count(session))
        page.wait_for_timeout(2100)
    return {name: statistics.median(f[name] for f in found) for name in found[0]}


def main(options: argparse.Namespace) -> bool:
    """Print both counts and answer whether the goals were met."""
    print(f"load before: {os.getloadavg()[0]:.2f}")
    with rig.home(CONFIG) as folder:
        write_folder(folder, options.tickets)
        with rig.gui(folder) as (base, _), chromium() as browser:
            page = browser.new_page(viewport={"width": 1920, "height": 1080})
            seen: Counter[str] = Counter()

            def answered(response: Any) -> None:
                seen[response.url.split("?")[0].rsplit("/", 1)[-1]] += 1

            page.on("response", answered)
            page.on("pageerror", lambda error: seen.update([f"error: {error}"]))
            page.goto(f"{base}/b/{rig.BOARD}{options.wishes}")
            session = page.context.new_cdp_session(page)
            turn = 0
            first: dict[str, float] = {}
            shown: set[str] = set()
            while seen["pulse"] < options.pulses:
                turn += 1
                change(folder, turn, options.tickets)
                page.wait_for_timeout(1000)
                shown.add(page.evaluate("window.deskwatch.board()"))
                if not first and seen["pulse"] >= options.warm_up:
                    first, start = settle(page, session), seen["pulse"]
                    print(f"after {start:,} pulses: {told(first)}", flush=True)
                elif turn % 240 == 0:
                    print(f"  {seen['pulse']:,} pulses: {told(count(session))}", flush=True)
            last = settle(page, session)
            loads = page.evaluate("performance.getEntriesByType('navigation').length")
    print(f"after {seen['pulse']:,} pulses: {told(last)}")
    print(f"answers: {dict(seen)}; boards shown: {', '.join(sorted(shown))}; page loads: {loads}")
    goals = [
        rig.verdict("growth of the JavaScript heap", last["heap"] - first["heap"], "<=", 10, " MB"),
        rig.verdict("change of DOM nodes", 100 * abs(last["nodes"] / first["nodes"] - 1), "<=", 5, " %"),
        rig.verdict("more event listeners", last["listeners"] - first["listeners"], "<=", 0),
        rig.verdict("more documents", last["documents"] - first["documents"], "<=", 0),
        rig.verdict("boards shown", len(shown), ">=", 2),
        rig.verdict("errors thrown in the page", sum(n for k, n in seen.items() if "error" in k), "<=", 0),
    ]
    return all(goals)


def told(counts: dict[str, float]) -> str:
    """Counters in words."""
    heap, nodes, listeners, documents = counts.values()
    return f"heap {heap:.2f} MB, {nodes:,.0f} nodes, {listeners:.0f} listeners, {documents:.0f} documents"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--pulses", type=int, default=7200)
    parser.add_argument("--warm-up", type=int, default=300, help="pulses before the first count")
    parser.add_argument("--tickets", type=int, default=200)
    parser.add_argument("--wishes", default="?kiosk=1&rotate=helpdesk:10,second:10&size=3m")
    sys.exit(0 if main(parser.parse_args()) else 1)
