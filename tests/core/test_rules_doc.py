"""The worked example of docs/rules.md is true, line by line, and so are its numbers."""

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deskwatch.core.board import DEFAULT_SECTIONS, Board, place
from deskwatch.core.hours import BusinessCalendar, Span
from deskwatch.core.sla import SlaRules, clocks_of, whose_turn
from deskwatch.core.ticket import Person, Phase, Priority, Ticket

DOC = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
NEW_YORK = ZoneInfo("America/New_York")
RULES = SlaRules(
    calendar=BusinessCalendar("desk", NEW_YORK, dict.fromkeys(range(5), (Span(time(8), time(17)),)))
)
BOARD = Board(id="all", title="All")
FRIDAY = datetime(2026, 3, 6, tzinfo=NEW_YORK)


def table(heading: str) -> list[list[str]]:
    """The rows of the first table under a heading, without its head."""
    part = DOC.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def instants() -> Iterator[datetime]:
    """The first column as instants: the named weekdays in order, beginning with that Friday."""
    day = FRIDAY
    for when, *_ in table("A ticket's week"):
        name, clock = when.split()
        while day.strftime("%a") != name:
            day += timedelta(days=1)
        yield datetime.combine(day.date(), time.fromisoformat(clock), NEW_YORK)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=NEW_YORK)


WHAT_HAPPENS: dict[str, dict[str, Any]] = {
    "comes in": {"created_at": at("06 15:00"), "updated_at": at("06 15:00"), "status_since": at("06 15:00")},
    "is given to ana": {"agent": Person(id="501", name="ana"), "updated_at": at("06 16:00")},
    "ana asks a question and waits": {
        "phase": Phase.WAITING_ON_CUSTOMER,
        "first_responded_at": at("09 09:30"),
        "agent_responded_at": at("09 09:30"),
        "status_since": at("09 09:30"),
    },
    "the customer answers": {"requester_responded_at": at("11 11:00")},
    "ana opens it; the helpdesk moves the due date to Friday 10:00": {
        "phase": Phase.OPEN,
        "status_since": at("11 11:05"),
        "resolution_due_at": at("13 10:00"),
    },
    "ana answers": {"agent_responded_at": at("13 12:00")},
    "is resolved": {"phase": Phase.RESOLVED, "resolved_at": at("13 13:00")},
}


def test_the_worked_example_is_true() -> None:
    ticket = Ticket(
        key="fs-1",
        source="fs",
        id="1",
        type="Incident",
        priority=Priority.HIGH,
        first_response_due_at=at("09 10:00"),
        resolution_due_at=at("10 17:00"),
    )
    told, rows = [], table("A ticket's week")
    for now, (when, event, *_) in zip(instants(), rows, strict=True):
        ticket = ticket.with_(**WHAT_HAPPENS.get(event, {}))
        deadline, update = clocks_of(ticket, RULES)
        row = place(BOARD, ticket, RULES, now=now)
        states = [f"{clock.target} {clock.state(now)}" for clock in (deadline, update)]
        told.append([when, event, whose_turn(ticket), *states, row.section if row else ""])
    assert told == rows
    assert {event for _, event, *_ in rows} >= set(WHAT_HAPPENS)


def test_the_limits_of_silence_are_those_of_the_rules() -> None:
    def words(limit: timedelta) -> str:
        days = limit // timedelta(days=1)
        return f"{days} day{'s' * (days > 1)}" if days else f"{limit // timedelta(minutes=1)} min"

    limits = [
        [p.value, words(RULES.update_limits[p]), words(RULES.chase_limits[p])] for p in reversed(Priority)
    ]
    assert table("The silence") == limits


def test_the_sections_are_those_of_the_default_board() -> None:
    assert [row[2] for row in table("Sections")] == [section.title for section in DEFAULT_SECTIONS]
    asked = [s.title for s in sorted(DEFAULT_SECTIONS, key=lambda section: section.precedence)]
    order = ["first", "second", "third", "last"]
    assert [row[2] for row in sorted(table("Sections"), key=lambda row: order.index(row[0]))] == asked


@pytest.mark.parametrize(("words", "hours"), [("warning", RULES.warning), ("critical", RULES.critical)])
def test_the_thresholds_are_those_of_the_rules(words: str, hours: timedelta) -> None:
    stated = re.search(rf"\| {words} \| (\d+) h before", DOC)
    assert stated is not None
    assert timedelta(hours=int(stated[1])) == hours
