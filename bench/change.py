"""What one changed ticket costs: how soon its new bytes are served, how the cost grows with the folder."""

import http.client
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import rig

from tickets import file_bytes, make_ticket, write_folder

# One rescan of 100,000 files costs as much as hundreds of changes; only the changes are of interest here.
CONFIG = {"deskwatch.yaml": "web:\n  rescan_interval: 10m\n"}


class Wall:
    """A keep-alive connection that asks for the rows of the first board."""

    def __init__(self, base: str) -> None:
        self.path = f"/b/{rig.BOARD}/rows"
        self.connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=10)
        self.etag = ""

    def changed(self) -> bytes | None:
        """The new rows, or nothing when they are the ones asked for last."""
        self.connection.request(
            "GET", self.path, headers={"If-None-Match": self.etag, "Accept-Encoding": "gzip"}
        )
        answer = self.connection.getresponse()
        body = answer.read()
        self.etag = answer.headers["ETag"]
        return None if answer.status == 304 else body


def change(folder: Path, number: int, turn: int) -> float:
    """Replace one ticket file by rename; answer the moment just before the rename."""
    ticket = make_ticket(number, seed=1, now=datetime.now(UTC))
    staged = folder / "tickets" / ".staging" / f"bench-{turn}"
    staged.parent.mkdir(exist_ok=True)
    staged.write_bytes(file_bytes(ticket.with_(subject=f"Change {turn}")))
    moment = time.perf_counter()
    os.replace(staged, folder / "tickets" / f"{ticket.key}.json")
    return moment


def latencies(base: str, folder: Path, turns: int) -> list[float]:
    """Seconds from rename to the first answer with another ETag, for a ticket on the wall."""
    wall = Wall(base)
    wall.changed()
    shown = rig.shown_numbers(base)
    found = []
    for turn in range(turns):
        moment = change(folder, int(shown[turn % len(shown)]), turn)
        while wall.changed() is None:
            pass
        found.append(time.perf_counter() - moment)
        time.sleep(0.08)  # the next change is one of its own, not part of a burst
    return found


def cpu_per_change(count: int, turns: int) -> tuple[float, list[float]]:
    """Processor seconds of the GUI for one change among ``count`` tickets, and the latencies seen."""
    with rig.home(CONFIG) as folder:
        write_folder(folder, count)
        with rig.gui(folder) as (base, process):
            rig.wait_until(
                lambda: rig.fetch(base + "/readyz")[2].find(b'"total":0') < 0, within=60, what="tickets"
            )
            latencies(base, folder, 20)
            before_change = rig.fetch(f"{base}/b/{rig.BOARD}/rows")[1]["etag"]
            shown = rig.shown_numbers(base)
            before = rig.cpu_seconds(process.pid)
            for turn in range(turns):
                change(folder, int(shown[turn % len(shown)]), 1000 + turn)
                time.sleep(0.08)
            cost = (rig.cpu_seconds(process.pid) - before) / turns
            now_served = rig.fetch(f"{base}/b/{rig.BOARD}/rows")[1]["etag"]
            assert now_served != before_change, "the changes never reached the wall"
            return cost, latencies(base, folder, turns)


def main(turns: int = 300) -> bool:
    """Print latency and slope; answer whether the goals were met."""
    small, _ = cpu_per_change(1_000, turns)
    middle, seen = cpu_per_change(10_000, turns)
    large, _ = cpu_per_change(100_000, turns)
    costs = f"{small * 1e3:.2f} / {middle * 1e3:.2f} / {large * 1e3:.2f}"
    print(f"processor time of one change at 1,000 / 10,000 / 100,000 tickets: {costs} ms")
    p50, p99 = (rig.percentile(seen, share) * 1e3 for share in (0.5, 0.99))
    print(f"rename to new bytes at 10,000 tickets: p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    goals = [
        rig.verdict("rename to new bytes, p99", p99, "<=", 100, " ms"),
        rig.verdict("cost of a change, 100,000 ÷ 1,000 tickets", large / small, "<=", 2, "x"),
    ]
    return all(goals)


if __name__ == "__main__":
    sys.exit(0 if main(*(int(word) for word in sys.argv[1:])) else 1)
