"""Conditions on tickets: each one alone, together, and by id or name without case."""

from datetime import UTC, datetime, timedelta

import pytest

from deskwatch.core.match import Match
from deskwatch.core.sla import SlaRules, SlaState, clocks_of
from deskwatch.core.ticket import Person, Phase, Priority, Status, Ticket

NOW = datetime(2026, 3, 10, 15, tzinfo=UTC)
TICKET = Ticket(
    key="fs-27",
    source="fs",
    id="27",
    type="Incident",
    tags=("VIP", "printer"),
    status=Status(id="19", name="Update Needed"),
    phase=Phase.OPEN,
    priority=Priority.HIGH,
    agent=Person(id="501", name="ana"),
    group=Person(id="9001", name="Field Service"),
    created_at=NOW - timedelta(days=3),
    updated_at=NOW - timedelta(days=3),
    first_response_due_at=NOW + timedelta(hours=2),
)
BARE = Ticket(key="fs-1", source="fs", id="1")


@pytest.mark.parametrize(
    ("holds", "fails"),
    [
        (Match(phases=(Phase.OPEN, Phase.ON_HOLD)), Match(phases=(Phase.ON_HOLD,))),
        (Match(priorities=(Priority.HIGH,)), Match(priorities=(Priority.LOW,))),
        (Match(statuses=("19",)), Match(statuses=("9",))),
        (Match(statuses=("update needed",)), Match(statuses=("update",))),
        (Match(types=("incident",)), Match(types=("Service Request",))),
        (Match(groups=("9001",)), Match(groups=("900",))),
        (Match(groups=("FIELD SERVICE",)), Match(groups=("Field",))),
        (Match(agents=("Ana", "ben")), Match(agents=("ben", "mia"))),
        (Match(agents=("501",)), Match(agents=("502",))),
        (Match(sources=("fs",)), Match(sources=("atera",))),
        (Match(tags=("vip", "new")), Match(tags=("new",))),
        (Match(turns=("us", "nobody")), Match(turns=("customer",))),
        (Match(sla=(SlaState.CRITICAL,)), Match(sla=(SlaState.OVERDUE, SlaState.OK))),
        (Match(update=(SlaState.OVERDUE,)), Match(update=(SlaState.OK,))),
        (Match(unassigned=False), Match(unassigned=True)),
        (Match(first_response="pending"), Match(first_response="done")),
        (Match(types=("Incident",), unassigned=False), Match(types=("Incident",), unassigned=True)),
    ],
)
def test_a_condition_holds_or_fails(holds: Match, fails: Match) -> None:
    clocks = clocks_of(TICKET, SlaRules())
    assert holds.matches(TICKET, clocks, now=NOW)
    assert not fails.matches(TICKET, clocks, now=NOW)


def test_an_empty_match_holds_for_every_ticket() -> None:
    for ticket in (TICKET, BARE):
        assert Match().matches(ticket, clocks_of(ticket, SlaRules()), now=NOW)


@pytest.mark.parametrize(
    "match",
    [
        Match(priorities=(Priority.LOW,)),
        Match(types=("Incident",)),
        Match(groups=("9001",)),
        Match(agents=("ana",)),
        Match(tags=("vip",)),
        Match(first_response="pending"),
        Match(first_response="done"),
        Match(unassigned=False),
    ],
)
def test_a_ticket_that_lacks_the_field_does_not_match(match: Match) -> None:
    assert not match.matches(BARE, clocks_of(BARE, SlaRules()), now=NOW)


def test_only_states_of_clocks_depend_on_time() -> None:
    assert Match(sla=(SlaState.OK,)).depends_on_time
    assert Match(update=(SlaState.OK,)).depends_on_time
    assert not Match(phases=(Phase.OPEN,), first_response="pending", unassigned=True).depends_on_time


def test_equal_conditions_are_equal() -> None:
    assert Match(phases=(Phase.OPEN,)) == Match(phases=(Phase.OPEN,))
    assert Match(phases=(Phase.OPEN,)) != Match(phases=(Phase.PENDING,))
