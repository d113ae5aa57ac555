"""What it costs that the history is written down before its tickets.

`python bench/filing.py` files the same answers of a helpdesk with and without `state/history.spool`, in
turns: a quiet tick, one changed ticket, all of 10,000 changed at once. The disk is that of the temporary
folder.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import rig

from deskwatch.core.sync import Snapshot
from deskwatch.core.ticket import Ticket
from deskwatch.filing import Filing
from deskwatch.store.history import History
from deskwatch.store.tickets import TicketFolder
from tickets import make_ticket

COUNT = 10_000
NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)


class Desk:
    """A folder with tickets, and the minutes that have passed there."""

    def __init__(self, place: Path, *, spool: bool) -> None:
        history = History(place / "history.db", place / "history.spool" if spool else None)
        self.filing, self.turn = Filing(TicketFolder(place / "tickets"), history), 0
        self.filing.open(now=NOW)
        self.tickets = [make_ticket(n, seed=1, now=NOW).with_(source="fs") for n in range(1, COUNT + 1)]
        self.tickets = [ticket.with_(key=f"fs-{ticket.id}") for ticket in self.tickets if not ticket.is_over]
        self.file(self.tickets)

    def file(self, tickets: list[Ticket]) -> float:
        """Seconds of one filing."""
        self.turn += 1
        now = NOW + timedelta(minutes=self.turn)
        rows = tuple(
            ticket.with_(subject=f"turn {self.turn}", updated_at=now, noted_at=None) for ticket in tickets
        )
        started = time.perf_counter()
        self.filing.file(Snapshot("fs", tickets=rows), now=now, doubt=None, verify_after=timedelta(), over={})
        return time.perf_counter() - started


CASES: tuple[tuple[str, int, Callable[[Desk], list[Ticket]]], ...] = (
    ("a quiet tick", 200, lambda desk: []),
    ("one changed ticket", 60, lambda desk: desk.tickets[:1]),
    ("all of 10,000 changed", 4, lambda desk: desk.tickets),
)
"""What is filed, how often, and which tickets."""


def main() -> int:
    """Measure and print; the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        desks = {}
        for name in ("without", "spool"):
            (Path(folder) / name).mkdir()
            desks[name] = Desk(Path(folder) / name, spool=name == "spool")
        found = {
            what: rig.in_turns(
                rounds,
                **{name: partial(desk.file, rows(desk)) for name, desk in desks.items()},
            )
            for what, rounds, rows in CASES
        }
    fine = [
        rig.verdict(
            f"{what}: {medians['without'] * 1000:.2f} ms, with the spool {medians['spool'] * 1000:.2f} ms",
            medians["spool"] / medians["without"],
            "<=",
            2.0,
        )
        for what, medians in found.items()
    ]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
