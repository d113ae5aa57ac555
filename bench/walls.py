"""How many walls one GUI carries: 1,000 ask each second, while a ticket on the wall changes each second.

The baseline is nginx with the same bytes under the same crowd. Needs nginx. The crowd (`crowd.py`) shares the
machine, and its own lag is in what it measures: it is printed beside the latencies, and the goal
for them counts from nginx's in the same run.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import rig

from tickets import file_bytes, make_ticket, write_folder

CONFIG = {"deskwatch.yaml": "web: {rescan_interval: 10m}\n", "boards.yaml": "helpdesk: {title: Helpdesk}\n"}
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000; default_type text/html; types {{ }} etag on; gzip_static on;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder}; root {folder}/www;
  server {{ listen 127.0.0.1:{port} backlog=4096; }}
}}
"""


class Changes(threading.Thread):
    """Calls ``change(turn)`` each second until it is stopped."""

    def __init__(self, change: Callable[[int], None]) -> None:
        super().__init__(daemon=True)
        self.change, self.ended = change, threading.Event()

    def run(self) -> None:
        turn = 0
        while not self.ended.wait(1):
            turn += 1
            self.change(turn)


def replace_file(path: Path, content: bytes) -> None:
    """Put ``content`` in place of the file at once, as the watcher does."""
    staged = path.with_name(f".{path.name}.new")
    staged.write_bytes(content)
    os.replace(staged, path)


def run_crowd(port: int, options: argparse.Namespace, pid: int) -> dict[str, Any]:
    """The crowd's report, with the server's processor share and memory while it was counted."""
    script = Path(__file__).with_name("crowd.py")
    share = [options.walls // options.processes] * options.processes
    share[0] += options.walls - sum(share)
    arguments = ["--warm-up", str(options.warm_up), "--seconds", str(options.seconds)]
    crowds = [
        subprocess.Popen(
            [sys.executable, script, str(port), "--walls", str(walls), *arguments], stdout=subprocess.PIPE
        )
        for walls in share
    ]
    time.sleep(2.5 + options.walls / 300 + options.warm_up)
    start, cpu, before = time.perf_counter(), rig.cpu_seconds(pid), rig.memory_mib(pid)
    time.sleep(max(1.0, options.seconds - 4))
    busy = 100 * (rig.cpu_seconds(pid) - cpu) / (time.perf_counter() - start)
    after = rig.memory_mib(pid)
    reports = [json.loads(crowd.communicate(timeout=60)[0]) for crowd in crowds]
    latencies, lags = ([x for r in reports for x in r[name]] for name in ("latencies", "lags"))
    counts = sum((Counter(r["counts"]) for r in reports), Counter())
    return {
        "cpu": busy,
        "mib": (before, after),
        "p50": rig.percentile(latencies, 0.5),
        "p99": rig.percentile(latencies, 0.99),
        "lag": rig.percentile(lags, 0.99),
        "rate": len(latencies) / options.seconds,
        "received": sum(r["received"] for r in reports),
        "counts": counts,
    }


def of_deskwatch(options: argparse.Namespace) -> tuple[dict[str, Any], list[tuple[bytes, bytes]]]:
    """One GUI with its tickets under the crowd; and two states of it as bytes, for nginx."""
    with rig.home(CONFIG) as folder:
        write_folder(folder, options.tickets)
        with rig.gui(folder) as (base, process):
            shown = rig.shown_numbers(base)

            def change(turn: int) -> None:
                number = int(shown[turn % len(shown)])
                ticket = make_ticket(number, seed=1, now=datetime.now(UTC)).with_(subject=f"Change {turn}")
                replace_file(folder / "tickets" / f"{ticket.key}.json", file_bytes(ticket))

            states = list(two_states(base, change))
            changes = Changes(change)
            changes.start()
            report = run_crowd(int(base.rsplit(":", 1)[1]), options, process.pid)
            changes.ended.set()
            changes.join()
    return report, states


def two_states(base: str, change: Callable[[int], None]) -> Iterator[tuple[bytes, bytes]]:
    """Pulse and gzipped rows (for a wall that has those before) after each of two changes."""
    address = f"{base}/b/{rig.BOARD}"
    version = json.loads(rig.fetch(f"{address}/pulse")[2])["version"]
    for turn in (100_001, 100_002):
        change(turn)

        def moved(before: str = version) -> bool:
            return json.loads(rig.fetch(f"{address}/pulse")[2])["version"] != before

        rig.wait_until(moved, within=10, what="the change on the wall")
        rows = rig.fetch(f"{address}/rows?have={version}", **{"Accept-Encoding": "gzip"})[2]
        pulse = rig.fetch(f"{address}/pulse")[2]
        version = json.loads(pulse)["version"]
        yield pulse, rows


def of_nginx(options: argparse.Namespace, states: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    """nginx, one worker, under the same crowd; each second pulse and rows are replaced."""
    with rig.home() as folder:
        os.chmod(folder, 0o755)
        place = folder / "www" / "b" / rig.BOARD
        place.mkdir(parents=True)
        (place / "rows").write_bytes(b"")

        def change(turn: int) -> None:
            pulse, rows = states[turn % 2]
            replace_file(place / "rows.gz", rows)
            replace_file(place / "pulse", pulse)

        change(0)
        port = rig.free_port()
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
        url = f"http://127.0.0.1:{port}/b/{rig.BOARD}/pulse"
        command = ["nginx", "-c", folder / "nginx.conf"]
        with rig.running(command, lambda: rig.fetch(url)[0] == 200) as process:
            changes = Changes(change)
            changes.start()
            with contextlib.ExitStack() as stop:
                stop.callback(changes.ended.set)
                return run_crowd(port, options, process.pid)


def tell(name: str, report: dict[str, Any]) -> None:
    """One line about one server."""
    counts = ", ".join(f"{kind} {n:,}" for kind, n in sorted(report["counts"].items()))
    print(
        f"{name}: {report['rate']:,.0f} requests/s, {report['cpu']:.1f} % of a core, "
        f"p50 {report['p50']:.2f} ms, p99 {report['p99']:.2f} ms "
        f"(crowd's own lag p99 {report['lag']:.2f} ms), "
        f"memory {report['mib'][0]:.1f} to {report['mib'][1]:.1f} MiB, {report['received'] / 1e6:,.1f} MB"
    )
    print(f"  {counts}")


def main(options: argparse.Namespace) -> bool:
    """Print both servers and answer whether the goals were met."""
    print(f"load before: {os.getloadavg()[0]:.2f}; {options.walls:,} walls, {options.tickets:,} tickets")
    ours, states = of_deskwatch(options)
    tell("deskwatch", ours)
    theirs = of_nginx(options, states)
    tell("nginx", theirs)
    held = ours["counts"]["connected"]
    print(f"processor time, deskwatch ÷ nginx: {ours['cpu'] / max(theirs['cpu'], 0.01):.1f}")
    goals = [
        rig.verdict("walls held", held, ">=", options.walls),
        rig.verdict("server, share of one core", ours["cpu"], "<=", 25, " %"),
        rig.verdict("latency, p99, beyond nginx's", ours["p99"] - theirs["p99"], "<=", 50, " ms"),
        rig.verdict("growth of memory", ours["mib"][1] - ours["mib"][0], "<=", 3, " MiB"),
    ]
    return all(goals)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--walls", type=int, default=1000)
    parser.add_argument("--tickets", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60, help="counted seconds of each server")
    parser.add_argument("--warm-up", type=float, default=8)
    parser.add_argument("--processes", type=int, default=2, help="processes of the crowd")
    sys.exit(0 if main(parser.parse_args()) else 1)
