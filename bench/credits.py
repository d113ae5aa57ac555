"""API credits of the real watcher against the simulated Freshservice, 120 tickets open: a tick, a reconcile.

Credits are counted by the helpdesk, from its request log, so the watcher cannot flatter itself.
"""

import sys
from collections import defaultdict
from datetime import timedelta

import rig

from deskwatch.clock import utc_now
from deskwatch.demo import DEMO_KEY, Helpdesk, create_helpdesk, serve

LIST, FILTER = "/tickets", "/tickets/filter"
CONFIG = "bench:\n  kind: freshservice\n  base_url: {url}\n  api_key: BENCH_KEY\n"
PACE = "watcher: {poll_interval: 1s, reconcile_interval: 8s}\n"


def fill(helpdesk: Helpdesk, count: int) -> None:
    """Open that many tickets, half of them answered."""
    for number in range(count):
        ticket = helpdesk.create_ticket(subject=f"Ticket {number}")
        if number % 2:
            helpdesk.reply(ticket.id)


def spent(helpdesk: Helpdesk) -> dict[str, list[int]]:
    """Credits by path, one entry for each series of pages (a request for page 1 starts a series)."""
    series: dict[str, list[int]] = defaultdict(list)
    for record in helpdesk.log.of():
        if int(record.query.get("page", 1)) == 1 or not series[record.path]:
            series[record.path].append(0)
        series[record.path][-1] += record.credits
    return series


def main(count: int = 120) -> bool:
    """Print what a tick and a reconcile cost; answer whether the goals were met."""
    age = [timedelta(hours=3)]
    helpdesk = create_helpdesk(
        started_at=utc_now() - age[0], clock=lambda: utc_now() - age[0], tickets=0, index_lag=timedelta(0)
    )
    fill(helpdesk, count)
    age[0] = timedelta(0)  # the tickets are hours old now, as most are on a working day
    with (
        serve(helpdesk) as server,
        rig.home({"deskwatch.yaml": PACE, "sources.yaml": CONFIG.format(url=server.url)}) as home,
    ):
        command = [sys.executable, rig.ROOT / "ticket_watcher.py", "--home", home]
        with rig.running(
            command,
            lambda: len(list((home / "tickets").glob("*.json"))) >= count,
            env={"BENCH_KEY": DEMO_KEY},
        ):
            rig.wait_until(lambda: len(spent(helpdesk)[LIST]) >= 8, within=60, what="the first ticks")
            helpdesk.log.clear()
            rig.wait_until(lambda: len(spent(helpdesk)[FILTER]) >= 3, within=60, what="three reconciles")
    series = spent(helpdesk)
    print(f"{count} open tickets: " + ", ".join(f"{path} {found}" for path, found in sorted(series.items())))
    goals = [
        rig.verdict("credits of a tick", max(series[LIST]), "<=", 5),
        rig.verdict("credits of a reconcile", max(series[FILTER]), "<=", 10),
        rig.verdict(
            "other calls in the same time",
            sum(map(sum, series.values())) - sum(series[LIST]) - sum(series[FILTER]),
            "<=",
            0,
        ),
    ]
    return all(goals)


if __name__ == "__main__":
    sys.exit(0 if main(*(int(word) for word in sys.argv[1:])) else 1)
