"""A hundred deaths while pages are being sent: how many are lost, how many are sent twice?

`python bench/crash_storm.py [SEED …] [--kills 100] [--alerts 300]` runs the real notifier against the
simulated Twilio in both behaviours (what it does with a request whose sender died: "completes" shows
doubles, "drops" shows losses), and once with a provider whose lists cannot be had. About five minutes a row.
With `--both` the watcher dies as well, and the tickets come from the simulated helpdesk.
"""

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from tests.scenarios.desk_storm import desk_storm
from tests.scenarios.paging import PATIENCE, SETTLE, Behaviour
from tests.scenarios.storm import Storm, crash_storm

RECOVERY = 30.0
"""Seconds after the time to settle by which everything must be out (a goal of the design)."""
LONGEST_STOP = 10.0
"""Seconds that a stop may take, a goal too."""
ROWS: list[tuple[Behaviour, bool]] = [("completes", True), ("drops", True), ("completes", False)]


def main() -> bool:
    """Print one row for each storm; answer whether every goal was met."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("seeds", type=int, nargs="*", default=[1])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--alerts", type=int, default=300)
    parser.add_argument("--stop", action="store_true", help="ask them to stop (SIGTERM) instead of killing")
    parser.add_argument("--only", choices=["completes", "drops", "unlisted"])
    parser.add_argument("--both", action="store_true", help="kill the watcher too, --kills times each")
    options = parser.parse_args()
    return both(options) if options.both else one(options)


def one(options: argparse.Namespace) -> bool:
    """The notifier alone dies."""
    print("provider   lists  seed  kills  alerts  looked up  lost  doubled  unmarked  drained  longest stop")
    met = True
    for behaviour, can_list in ROWS:
        if options.only not in (None, behaviour if can_list else "unlisted"):
            continue
        for seed in options.seeds:
            with tempfile.TemporaryDirectory(prefix="deskwatch-bench-") as folder:
                storm = crash_storm(
                    Path(folder) / "home",
                    kills=options.kills,
                    alerts=options.alerts,
                    behaviour=behaviour,
                    seed=seed,
                    can_list=can_list,
                    sign=signal.SIGTERM if options.stop else signal.SIGKILL,
                )
            good = is_good(storm, can_list)
            met = met and good
            count = storm.count
            print(
                f"{behaviour:<10} {'yes' if can_list else 'no':<5} {seed:>5} {storm.kills:>6} "
                f"{storm.alerts:>7} {storm.looked_up:>10} {len(count.lost):>5} {count.repeats:>8} "
                f"{len(count.unmarked):>9} {storm.drained:>7.1f}s {max(storm.stops):>12.1f}s "
                f"{'ok' if good else 'MISS'}",
                flush=True,
            )
    return met


def both(options: argparse.Namespace) -> bool:
    """Watcher and notifier die; every ticket of the helpdesk is to be told once."""
    print("provider    seed  kills of each  tickets  looked up  lost  doubled  drained")
    met = True
    for behaviour, can_list in ROWS:
        if not can_list or options.only not in (None, behaviour):
            continue
        for seed in options.seeds:
            with tempfile.TemporaryDirectory(prefix="deskwatch-bench-") as folder:
                storm = desk_storm(
                    Path(folder) / "home",
                    kills=options.kills,
                    tickets=options.alerts,
                    behaviour=behaviour,
                    seed=seed,
                )
            count = storm.count
            good = not count.lost and not count.doubled and storm.drained <= SETTLE + RECOVERY
            met = met and good
            print(
                f"{behaviour:<10} {seed:>5} {min(storm.kills.values()):>14} {storm.tickets:>8} "
                f"{storm.looked_up:>10} {len(count.lost):>5} {count.repeats:>8} {storm.drained:>7.1f}s "
                f"{'ok' if good else 'MISS'}",
                flush=True,
            )
    return met


def is_good(storm: Storm, can_list: bool) -> bool:
    """Nothing lost, nothing doubled; without lists at most one repeat for each kill, and each says so."""
    waiting = SETTLE if can_list else SETTLE + PATIENCE
    most = 0 if can_list else storm.kills
    return (
        not storm.count.lost
        and storm.count.repeats <= most
        and not storm.count.unmarked
        and storm.drained <= waiting + RECOVERY
        and max(storm.stops) <= LONGEST_STOP
    )


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
