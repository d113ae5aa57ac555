"""A burst of changed files: is every change on the wall, and how soon after the last write?

`python bench/burst.py [COUNT] [--tiny-queue]` rewrites every file of the folder as fast as it can. With
--tiny-queue (root) the kernel's inotify queue holds 256 events during the run, so most are lost on purpose.
"""

import argparse
import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import rig

from tickets import file_bytes, make_ticket, write_folder

QUEUE = Path("/proc/sys/fs/inotify/max_queued_events")


@contextlib.contextmanager
def tiny_queue(wanted: bool) -> Iterator[None]:
    """An inotify queue of 256 events for watches made inside the block."""
    before = QUEUE.read_text()
    if wanted:
        QUEUE.write_text("256")
    try:
        yield
    finally:
        if wanted:
            QUEUE.write_text(before)


def rewrite(folder: Path, count: int) -> float:
    """Replace all files by rename; answer the seconds it took."""
    now = datetime.now(UTC)
    tickets = [make_ticket(number, seed=1, now=now) for number in range(1, count + 1)]
    contents = {t.key: file_bytes(t.with_(subject=f"Burst {t.id}")) for t in tickets}
    staging = folder / "tickets" / ".staging"
    staging.mkdir(exist_ok=True)
    start = time.perf_counter()
    for key, content in contents.items():
        (staging / key).write_bytes(content)
        os.replace(staging / key, folder / "tickets" / f"{key}.json")
    return time.perf_counter() - start


def stale(base: str) -> int:
    """How many tickets the GUI still knows in their old version."""
    found, after = 0, ""
    while after is not None:
        page = json.loads(rig.fetch(f"{base}/api/v1/tickets?limit=1000&after={after}")[2])
        found += sum(not ticket["subject"].startswith("Burst ") for ticket in page["tickets"])
        after = page["next_after"]
    return found


def main() -> bool:
    """Print what was lost and how long it took to settle; answer whether the goals were met."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    parser.add_argument("--tiny-queue", action="store_true")
    options = parser.parse_args()
    with tiny_queue(options.tiny_queue), rig.home() as folder:
        write_folder(folder, options.count)
        with rig.gui(folder) as (base, _):
            rig.wait_until(lambda: stale(base) == options.count, within=60, what="the first load")
            wrote = rewrite(folder, options.count)
            with contextlib.suppress(RuntimeError):
                settled = rig.wait_until(lambda: stale(base) == 0, within=60, what="the burst to settle")
            lost = stale(base)
    print(f"{options.count:,} files in {wrote:.1f} s{', queue of 256 events' if options.tiny_queue else ''}")
    goals = [
        rig.verdict("changes lost", lost, "<=", 0),
        rig.verdict("settled after the last write", settled if not lost else 60, "<=", 10, " s"),
    ]
    return all(goals)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
