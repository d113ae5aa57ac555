from pathlib import Path

import pytest

from deskwatch.pager.reading import Reading
from deskwatch.store.mirror import TicketMirror
from deskwatch.store.tickets import TicketFolder
from deskwatch.store.watch import Wake
from tests.scenarios.paging import a_ticket

MANY = 450
"""Tickets in three portions."""


class Clock:
    """Moves by ``seconds`` each time it is asked."""

    def __init__(self) -> None:
        self.seconds = self._at = 0.0

    def __call__(self) -> float:
        self._at += self.seconds
        return self._at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reading(tmp_path: Path, clock: Clock) -> Reading:
    """A folder that was read once."""
    folder = TicketFolder(tmp_path / "tickets")
    folder.prepare(now=a_ticket("1").created_at)
    folder.write([a_ticket(str(number)) for number in range(MANY)])
    made = Reading(TicketMirror(folder), clock=clock)
    made.read(Wake(rescan=True))
    assert len(made.mirror.tickets) == MANY
    return made


def looks(reading: Reading) -> int:
    """How many rounds a full look takes."""
    reading.read(Wake(rescan=True))
    rounds = 1
    while reading.is_looking:
        reading.read(Wake())
        rounds += 1
    return rounds


@pytest.mark.parametrize(("seconds", "interval"), [(0.001, 15), (0.1, 120)])
def test_full_looks_take_up_half_a_per_cent_of_the_time_at_most(
    reading: Reading, clock: Clock, seconds: float, interval: float
) -> None:
    assert reading.rescan_interval(15) == 15
    clock.seconds = seconds
    looks(reading)
    assert reading.rescan_interval(15) == interval
    assert reading.rescan_interval(600) == 600, "an admin who wants fewer gets fewer"


def test_a_full_look_goes_on_from_round_to_round(reading: Reading, clock: Clock) -> None:
    assert looks(reading) == 1
    clock.seconds = 0.2
    assert looks(reading) > 2


def test_a_change_is_seen_at_once_while_a_full_look_goes_on(reading: Reading, clock: Clock) -> None:
    clock.seconds = 0.2
    reading.read(Wake(rescan=True))
    reading.mirror.folder.write([a_ticket("7", subject="Now the phones too")])
    changes = reading.read(Wake(names=frozenset({"demo-7.json"})))
    assert [ticket.subject for ticket in changes.changed][:1] == ["Now the phones too"]
    assert reading.is_looking


def test_what_came_and_went_without_an_event_is_found_by_the_next_full_look(
    reading: Reading, clock: Clock
) -> None:
    clock.seconds = 0.2
    folder = reading.mirror.folder
    reading.read(Wake(rescan=True))
    (folder.root / "demo-3.json").unlink()
    folder.write([a_ticket("9001")])
    changed, removed = set(), set()
    for wake in (Wake(rescan=True), *[Wake()] * 20):
        changes = reading.read(wake)
        changed |= {ticket.key for ticket in changes.changed}
        removed |= set(changes.removed)
    assert not reading.is_looking
    assert ("demo-9001" in changed, removed) == (True, {"demo-3"})
