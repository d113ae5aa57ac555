"""Write a folder of made-up ticket files: `python bench/tickets.py 10000 HOME [--seed 1]`.

The same seed and count give the same tickets apart from their instants, which hang on the moment of writing
so that every SLA state is on the wall. Ticket n is drawn from its own stream, so it is the same ticket in a
folder of 100 and of 100,000.
"""

import argparse
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deskwatch.core.ticket import Person, Phase, Priority, Status, Ticket

SOURCE = "bench"
PHASES = [
    (Phase.OPEN, "2", "Open", 34),
    (Phase.PENDING, "3", "Pending", 14),
    (Phase.WAITING_ON_CUSTOMER, "6", "Waiting on Customer", 18),
    (Phase.WAITING_ON_THIRD_PARTY, "7", "Waiting on Third Party", 9),
    (Phase.CUSTOMER_REPLIED, "10", "Customer Replied", 13),
    (Phase.ON_HOLD, "9", "On Hold", 7),
    (Phase.SCHEDULED, "8", "Scheduled", 5),
]
PRIORITIES = [(Priority.LOW, 36), (Priority.MEDIUM, 44), (Priority.HIGH, 15), (Priority.URGENT, 5)]
THINGS = [
    "Printer",
    "VPN",
    "Mailbox",
    "Laptop",
    "Badge reader",
    "Payroll export",
    "Wi-Fi",
    "会議室の画面",
    "الطابعة",
]
TROUBLES = [
    "does not start since this morning",
    "asks for a password every few minutes",
    "is slow for the whole second floor and the people there are getting impatient",
    "shows an error nobody has seen before",
    "needs to be moved to the new office",
    "für die neue Kollegin einrichten",
    "<b>is not</b> bold & 'quoted'",
]
WORDS = [
    "user",
    "called",
    "twice",
    "wrote",
    "worked",
    "until",
    "update",
    "Tuesday",
    "screen",
    "dark",
    "login",
]


def make_ticket(number: int, *, seed: int, now: datetime) -> Ticket:
    """Ticket ``number`` of the stream ``seed``, with instants around ``now``."""
    draw = random.Random(f"{seed}:{number}")
    phase, status_id, status_name, _ = draw.choices(PHASES, [row[3] for row in PHASES])[0]
    priority, _ = draw.choices(PRIORITIES, [row[1] for row in PRIORITIES])[0]
    created = now - timedelta(minutes=min(draw.lognormvariate(7.2, 1.4), 180 * 1440))
    updated = created + (now - created) * draw.random()
    responded = updated if draw.random() < 0.55 else None
    agent = draw.randrange(24) if draw.random() > 0.12 else None
    requester = int(min(draw.paretovariate(0.6), 600))
    return Ticket(
        key=f"{SOURCE}-{number}",
        source=SOURCE,
        id=str(number),
        number=str(number),
        url=f"https://example.freshservice.com/a/tickets/{number}",
        subject=f"{draw.choice(THINGS)} {draw.choice(TROUBLES)}",
        description=" ".join(draw.choices(WORDS, k=draw.randrange(90, 380))),
        type="Incident" if draw.random() < 0.72 else "Service Request",
        category="Hardware",
        status=Status(id=status_id, name=status_name),
        phase=phase,
        priority=priority,
        requester=Person(
            id=f"r{requester}", name=f"Requester {requester}", email=f"r{requester}@example.org"
        ),
        agent=None if agent is None else Person(id=f"a{agent}", name=f"Agent {agent}"),
        group=Person(id="g1", name="Service Desk"),
        created_at=_whole(created),
        updated_at=_whole(updated),
        first_response_due_at=_whole(created + timedelta(hours=draw.choice([4, 8, 24, 2000]))),
        resolution_due_at=_whole(created + timedelta(hours=draw.choice([24, 72, 5000]))),
        first_responded_at=responded and _whole(responded),
        agent_responded_at=responded and _whole(responded),
        requester_responded_at=_whole(updated) if phase is Phase.CUSTOMER_REPLIED else None,
        first_seen_at=_whole(created),
        seen_at=_whole(updated),
        assigned_since=None if agent is None else _whole(created),
        status_since=_whole(updated),
        priority_since=_whole(created),
    )


def file_bytes(ticket: Ticket) -> bytes:
    """The bytes of a ticket file, laid out as the watcher lays them out."""
    return json.dumps(ticket.to_dict(), ensure_ascii=False, indent=1).encode()


def write_folder(home: Path, count: int, *, seed: int = 1, now: datetime | None = None) -> Path:
    """Fill ``home/tickets`` with ``count`` tickets and answer that folder. Plain writes: nobody watches."""
    at = now or datetime.now(UTC)
    folder = home / "tickets"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, count + 1):
        ticket = make_ticket(number, seed=seed, now=at)
        (folder / f"{ticket.key}.json").write_bytes(file_bytes(ticket))
    return folder


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("count", type=int)
    parser.add_argument("home", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(write_folder(options.home, options.count, seed=options.seed))
