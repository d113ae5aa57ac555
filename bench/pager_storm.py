"""A thousand tickets in a minute after hours, three people on call: how soon, how many messages, any lost?

`python bench/pager_storm.py [COUNT]` uses the limits that Deskwatch ships with. About four minutes.
"""

import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import rig

from deskwatch.core.delivery import Notification, NotificationState
from deskwatch.core.ticket import Priority
from deskwatch.store.database import read_database
from deskwatch.store.outbox import Outbox
from tests.scenarios.paging import ALERTS, NUMBER, PagerHome, Twilio, a_ticket

PEOPLE = {"ana": "+4915112345678", "ben": "+4915112345679", "mia": "+4915112345680"}
STORM_SECONDS, WATCHED_SECONDS = 60, 200
FIRST = 2000
USUAL_LIMITS = ALERTS.replace("notify: [ana]", "notify: [ana, ben, mia]").replace(
    "limits:\n  ladders: {sms: []}\n  storm: 100000\n", ""
)
ARRIVED = {NotificationState.SENT, NotificationState.DELIVERED}


def people() -> str:
    """Three people with a phone each."""
    lines = [f'  {name}: {{phone: "{number}", urgent: [sms]}}' for name, number in PEOPLE.items()]
    return "people:\n" + "\n".join(lines) + "\nlast_resort: ana\n"


def pour(pager: PagerHome, count: int) -> None:
    """Write the tickets evenly over a minute; one in ten has priority urgent, the others low."""
    began = time.monotonic()
    for index in range(count):
        time.sleep(max(0.0, began + STORM_SECONDS * index / count - time.monotonic()))
        priority = Priority.LOW if index % 10 else Priority.URGENT
        pager.folder.write([a_ticket(str(FIRST + index), priority=priority)])


def fates(home: Path) -> Sequence[Notification]:
    """Every notification there is."""
    engine = read_database(home / "state" / "deskwatch.db")
    assert engine is not None
    return Outbox(engine).notifications_since(datetime.min.replace(tzinfo=UTC), limit=100_000)


def lost(rows: Iterable[Notification], count: int) -> tuple[int, int]:
    """Pairs of ticket and person that are in no message and wait for none, and those that still wait."""
    known = {row.id: row for row in rows}
    own: Counter[tuple[str, str]] = Counter()
    waiting = 0
    for row in known.values():
        telling = known[row.bundle] if row.bundle else row
        waits = telling.state is NotificationState.PENDING
        if len(row.alerts) == 1 and (waits or telling.state in ARRIVED):
            own[row.person, row.alerts[0]] += 1
            waiting += waits
    return len(PEOPLE) * count - sum(times == 1 for times in own.values()), waiting


def busiest(moments: Sequence[datetime], seconds: float) -> int:
    """The most messages in any window of that length."""
    return max(sum(0 <= (b - a).total_seconds() < seconds for b in moments) for a in moments)


def main(count: int = 1000) -> bool:
    """Print every figure; answer whether the goals were met."""
    twilio = Twilio(delay=(0.02, 0.1))
    with tempfile.TemporaryDirectory(prefix="deskwatch-bench-") as folder:
        pager = PagerHome(Path(folder) / "home", twilio, alerts=USUAL_LIMITS, people=people())
        try:
            pager.until_awake(pager.start())
            time.sleep(1)
            began = datetime.now(UTC)
            pour(pager, count)
            time.sleep(WATCHED_SECONDS - STORM_SECONDS)
            messages, rows = twilio.control("messages"), fates(pager.home)
        finally:
            pager.end()
            twilio.end()
    moments = defaultdict(list)
    for message in messages:
        moments[message["to"]].append(datetime.fromisoformat(message["created_at"]))
    first = max((min(times) - began).total_seconds() for times in moments.values())
    missing, waiting = lost(rows, count)
    named = [NUMBER.findall(message["body"])[:1] for message in messages[len(PEOPLE) :]]
    hidden = sum((int(number) - FIRST) % 10 > 0 for numbers in named for number in numbers)
    print(f"{count:,} tickets, {len(messages)} messages; {waiting:,} pairs of ticket and person still wait")
    print("\n".join(f"  {message['body']}" for message in messages[: 2 * len(PEOPLE)]))
    goals = [
        rig.verdict("everybody's first message", first, "<=", 30, " s"),
        rig.verdict("people who were told", len(moments), ">=", len(PEOPLE)),
        rig.verdict("messages for one person in 15 min", max(map(len, moments.values())), "<=", 5),
        rig.verdict("… in one min", max(busiest(times, 60) for times in moments.values()), "<=", 1),
        rig.verdict("pairs of ticket and person in no or in two messages", missing, "<=", 0),
        rig.verdict("bundles that begin with a low ticket", hidden, "<=", 0),
    ]
    return all(goals)


if __name__ == "__main__":
    sys.exit(0 if main(*(int(word) for word in sys.argv[1:])) else 1)
