"""10,000 open tickets in the simulated Freshservice and the simulated Atera, on a clock that only waits move.

Measured: what the first reading takes compared with what the account's limit makes it take, what a tick
without changes asks and writes, and the processor time of the watcher in it. The clock stands still while
anybody works, so a first reading that takes longer than its credits do has waited for something else.
"""

import json
import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import rig

from deskwatch.core.merging import is_partial
from deskwatch.demo.atera_switches import AteraSwitches
from deskwatch.demo.limits import PLANS, Bucket
from tests.watch_desk import WatchDesk, watch_desk

TICKS, TICK = 20, 30.0
CALLS = 60
"""Calls a minute that the Atera source makes."""


@contextmanager
def desk(product: str, count: int) -> Iterator[WatchDesk]:
    """A helpdesk with so many open tickets, hours old, and a watcher that has not asked yet."""
    options: dict[str, Any] = {"index_lag": timedelta(0)}
    if product == "atera":
        options |= {"switches": AteraSwitches(), "plan": "atera"}
    with (
        tempfile.TemporaryDirectory(prefix="deskwatch-bench-") as home,
        watch_desk(Path(home), tickets=count, **options) as watch,
    ):
        slow = {"connect": "30s", "read": "60s", "total": "120s"}
        settings = {"watcher": {"request_timeout": slow, "reconcile_interval": "1d"}}
        (watch.home.config / "deskwatch.yaml").write_text(json.dumps(settings), "utf-8")
        watch.start()
        yield watch


def is_read(watch: WatchDesk, count: int) -> bool:
    """Whether every ticket is known, with its details."""
    if watch.beat()["tickets"] < count or watch.cursor() is None:
        return False
    return not any(is_partial(ticket) for ticket in watch.watcher._filing.known("fs").values())


def first_reading(watch: WatchDesk, count: int) -> tuple[float, float, float]:
    """Minutes until every ticket is on the wall, and until everything about it is; processor seconds."""
    started, listed, processor = watch.clock.now, 0.0, 0.0
    for _ in range(2_000):
        used = time.thread_time()
        watch.run(seconds=1)
        processor += time.thread_time() - used
        minutes = (watch.clock.now - started).total_seconds() / 60
        if not listed and watch.beat()["tickets"] >= count:
            listed = minutes
        if listed and is_read(watch, count):
            return listed, minutes, processor
    raise RuntimeError(f"not everything was read: {watch.beat()}")


def least_minutes(watch: WatchDesk, product: str) -> float:
    """What the limits make of the credits that were spent, if nothing else takes time.

    The first minute's allowance is there at once, so it costs no waiting.
    """
    if product == "atera":
        return max(0.0, watch.desk.log.credits() / CALLS - 1)
    share, plan = 0.5, PLANS["enterprise"]
    spent = {route: sum(r.credits for r in watch.desk.log.of(route)) for route in ("filter", "list", "view")}
    buckets = {"filter": Bucket.ALL, "list": Bucket.LIST, "view": Bucket.VIEW}
    waits = {route: max(0.0, spent[route] / (plan[bucket] * share) - 1) for route, bucket in buckets.items()}
    return waits["filter"] + max(waits["list"], waits["view"])


def quiet_ticks(watch: WatchDesk) -> tuple[float, int, int]:
    """Mean processor milliseconds and most credits of a tick without changes, and how many files it wrote."""
    watch.run(minutes=12)
    before = watch.folder.scan()
    credits, spent = [], []
    for _ in range(TICKS):
        watch.desk.log.clear()
        used = time.thread_time()
        watch.run(seconds=TICK)
        spent.append((time.thread_time() - used) * 1000)
        credits.append(watch.desk.log.credits())
    written = sum(stamp != before.get(name) for name, stamp in watch.folder.scan().items())
    print(f"     processor time of single ticks: {', '.join(f'{ms:.0f}' for ms in sorted(spent))} ms")
    return sum(spent) / len(spent), max(credits), written


def measure(product: str, count: int) -> list[bool]:
    """Print the figures of one product; answer which goals were met."""
    with desk(product, count) as watch:
        listed, whole, processor = first_reading(watch, count)
        least = least_minutes(watch, product)
        print(
            f"{product}: {count} tickets on the wall after {listed:.1f} min, with all details after "
            f"{whole:.1f} min, for {watch.desk.log.credits()} credits; the limits allow {least:.1f} min; "
            f"processor time {processor * 1000 / count:.2f} ms a ticket"
        )
        milliseconds, credits, written = quiet_ticks(watch)
        most = 2 if product == "atera" else 5
        return [
            rig.verdict(f"{product}: first reading, minutes beyond the limits", whole - least, "<=", 1.5),
            rig.verdict(f"{product}: credits of a tick without changes", credits, "<=", most),
            rig.verdict(f"{product}: ticket files it writes", written, "<=", 0),
            rig.verdict(f"{product}: processor time of the watcher in it", milliseconds, "<=", 50, " ms"),
        ]


def main(count: int = 10_000) -> bool:
    """Measure both; answer whether all goals were met."""
    logging.disable(logging.CRITICAL)
    met = [measure(product, count) for product in ("freshservice", "atera")]
    return all(all(goals) for goals in met)


if __name__ == "__main__":
    sys.exit(0 if main(*(int(word) for word in sys.argv[1:])) else 1)
