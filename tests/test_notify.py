import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deskwatch.config import Home, LiveConfig
from deskwatch.core.ticket import Person, Phase, Priority, Status, Ticket
from deskwatch.notify import Notifier
from deskwatch.store.heartbeat import read_heartbeat
from deskwatch.store.tickets import TicketFolder
from deskwatch.store.watch import Wake

NINE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


class Desk:
    """A notifier over a real ticket folder, driven by hand."""

    def __init__(self, path: Path) -> None:
        self.home = Home(path)
        self.folder = TicketFolder(self.home.tickets)
        self.live = LiveConfig(self.home, env={})
        self.now = NINE
        self.notifier = Notifier(self.home, self.live, started_at=NINE)

    def ticket(self, key: str, *, created_at: datetime, due_at: datetime, **changes: Any) -> None:
        source, _, number = key.partition("-")
        ticket = Ticket(
            key=key,
            source=source,
            id=number,
            subject="Mail is down",
            type="Incident",
            status=Status(id="2", name="Open"),
            phase=Phase.OPEN,
            priority=Priority.HIGH,
            requester=Person(id="1", name="mia"),
            created_at=created_at,
            updated_at=created_at,
            first_response_due_at=due_at,
            resolution_due_at=due_at,
        )
        self.folder.write([ticket.with_(**changes)])

    def tick(self, at: datetime | None = None, *, rescan: bool = True) -> float:
        self.now = at or self.now
        self.notifier._wake = Wake(rescan=rescan)
        return self.notifier.tick(self.now)

    def beat(self) -> dict[str, Any]:
        beat = read_heartbeat(self.home.state / "notifier.json")
        assert beat is not None, "no heartbeat"
        return beat


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> "Told":
    caplog.set_level(logging.INFO)
    return Told(caplog)


class Told:
    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog

    @property
    def alerts(self) -> list[str]:
        """The alerts so far, as "key state"."""
        lines = [record.getMessage() for record in self._caplog.records]
        return [" ".join(line.split()[1:3]) for line in lines if line.startswith("ALERT ")]

    @property
    def words(self) -> list[str]:
        return [record.getMessage() for record in self._caplog.records]


def test_a_ticket_is_told_when_it_becomes_critical_and_again_when_it_is_overdue(
    desk: Desk, told: Told
) -> None:
    desk.ticket("demo-1", created_at=NINE - hours(1), due_at=NINE + hours(5))
    for minutes in range(0, 6 * 60, 10):
        desk.tick(NINE + timedelta(minutes=minutes))
    assert [line for line in told.alerts if not line.endswith("update")] == [
        "demo-1 critical",
        "demo-1 overdue",
    ]


def test_time_alone_is_enough_no_file_has_to_change(desk: Desk, told: Told) -> None:
    desk.ticket("demo-1", created_at=NINE - hours(1), due_at=NINE + hours(5))
    desk.tick()
    desk.tick(NINE + hours(1), rescan=False)
    assert told.alerts == ["demo-1 critical"]


def test_the_next_tick_is_asked_for_when_the_next_ticket_turns(desk: Desk) -> None:
    desk.ticket("demo-1", created_at=NINE - hours(1), due_at=NINE + hours(4) + timedelta(seconds=7))
    assert desk.tick() == pytest.approx(7)


def test_what_was_late_before_the_start_is_one_number_and_no_alert(desk: Desk, told: Told) -> None:
    for number in range(20):
        desk.ticket(f"demo-{number}", created_at=NINE - hours(9), due_at=NINE - hours(1))
    desk.tick()
    desk.tick(NINE + timedelta(seconds=11))
    assert told.alerts == []
    assert told.words.count("20 tickets; 20 were critical or overdue before the start") == 1


def test_a_backlog_that_is_read_late_is_no_alert_either(desk: Desk, told: Told) -> None:
    desk.tick()
    desk.ticket("demo-1", created_at=NINE - hours(9), due_at=NINE - hours(1))
    desk.tick(NINE + hours(1))
    assert told.alerts == []


def test_a_new_ticket_that_is_born_critical_is_told(desk: Desk, told: Told) -> None:
    desk.tick()
    desk.ticket("demo-1", created_at=NINE + hours(1), due_at=NINE + hours(1.5))
    desk.tick(NINE + hours(1.1))
    assert told.alerts == ["demo-1 critical"]


def test_a_deadline_that_moved_is_another_cause(desk: Desk, told: Told) -> None:
    desk.ticket("demo-1", created_at=NINE, due_at=NINE + hours(5))
    desk.tick()
    desk.tick(NINE + hours(2))
    desk.ticket("demo-1", created_at=NINE, due_at=NINE + hours(9))
    desk.tick(NINE + hours(2.5))
    desk.tick(NINE + hours(6))
    assert told.alerts == ["demo-1 critical", "demo-1 critical"]


def test_a_ticket_that_is_over_is_left_alone(desk: Desk, told: Told) -> None:
    desk.ticket(
        "demo-1", created_at=NINE, due_at=NINE + hours(5), phase=Phase.RESOLVED, resolved_at=NINE + hours(1)
    )
    desk.tick(NINE + hours(6))
    assert told.alerts == []


def test_a_ticket_that_changes_often_costs_no_memory(desk: Desk) -> None:
    for minute in range(50):
        desk.ticket("demo-1", created_at=NINE, due_at=NINE + hours(9), subject=f"change {minute}")
        desk.tick(NINE + timedelta(minutes=minute))
    assert len(desk.notifier._due) <= 2


def test_new_thresholds_count_at_once_for_every_ticket(desk: Desk, told: Told) -> None:
    desk.ticket("demo-1", created_at=NINE - hours(1), due_at=NINE + hours(8))
    desk.tick()
    desk.home.config.mkdir(parents=True)
    (desk.home.config / "sla.yaml").write_text("thresholds:\n  warning: 12h\n  critical: 7h\n")
    desk.live.refresh(now_please=True)
    desk.tick(NINE + hours(2), rescan=False)
    assert desk.live.problems == ()
    assert told.alerts == ["demo-1 critical"]


def test_the_heartbeat_says_what_is_watched_and_that_nobody_is_told(desk: Desk) -> None:
    desk.ticket("demo-1", created_at=NINE - hours(9), due_at=NINE - hours(1))
    (desk.home.tickets / "demo-2.json").write_text("{")
    desk.tick()
    beat = desk.beat()
    assert (beat["process"], beat["mode"], beat["tickets"], beat["unreadable"]) == ("notifier", "log", 1, 1)
    assert beat["beat_at"] == "2026-01-05T09:00:00Z"
    assert beat["alerts"] == {"raised": 0, "before_start": 1}
