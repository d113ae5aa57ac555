"""What a missed deadline changes: one step up with a new deadline, for the wall and for the pager."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deskwatch.core.board import Board, Section, place
from deskwatch.core.match import Match
from deskwatch.core.sla import (
    EscalateRules,
    SlaPolicy,
    SlaRules,
    SlaState,
    effective,
    escalations_of,
    standing_of,
)
from deskwatch.core.ticket import Phase, PhaseSince, Priority, Ticket

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
POLICIES = (
    SlaPolicy(
        name="urgent",
        match=(Match(priorities=(Priority.URGENT,)),),
        resolution=20 * MINUTE,
        measure="wall",
    ),
    SlaPolicy(name="high", match=(Match(priorities=(Priority.HIGH,)),), resolution=8 * HOUR, measure="wall"),
    SlaPolicy(name="normal", resolution=24 * HOUR, measure="wall"),
)
RULES = SlaRules(policies=POLICIES, escalate=EscalateRules(), default_target="resolution", target_by_type={})


def ticket(**fields: Any) -> Ticket:
    given = {"created_at": NINE, "priority": Priority.MEDIUM, "priority_since": NINE, **fields}
    return Ticket(key="lab-1", source="lab", id="1", **given)


def steps(asked: Ticket, hours: float, rules: SlaRules = RULES) -> list[tuple[str, str, datetime | None]]:
    found = escalations_of(asked, rules, now=NINE + hours * HOUR)
    return [(step.from_, step.to, step.due_at) for step in found]


def test_nothing_is_raised_unless_somebody_wants_it() -> None:
    asked = ticket()
    assert escalations_of(asked, SlaRules(policies=POLICIES), now=NINE + 900 * HOUR) == ()
    assert effective(asked, SlaRules(policies=POLICIES), now=NINE + 900 * HOUR) is asked


def test_a_missed_deadline_raises_the_priority_one_step_with_the_deadline_of_the_new_one() -> None:
    assert steps(ticket(), 23.99) == []
    assert steps(ticket(), 24) == [("medium", "high", NINE + 32 * HOUR)]
    raised = effective(ticket(), RULES, now=NINE + 24 * HOUR)
    assert (raised.priority, raised.resolution_due_at) == (Priority.HIGH, NINE + 32 * HOUR)


def test_it_goes_on_until_urgent_and_keeps_the_history() -> None:
    assert steps(ticket(), 500) == [
        ("medium", "high", NINE + 32 * HOUR),
        ("high", "urgent", NINE + 32 * HOUR + 20 * MINUTE),
    ]
    (first, second) = escalations_of(ticket(), RULES, now=NINE + 500 * HOUR)
    assert (first.at, second.at) == (NINE + 24 * HOUR, NINE + 32 * HOUR)
    assert first.reason == "the resolution was due"


def test_nothing_is_raised_above_the_limit_or_for_other_tickets() -> None:
    for escalate in (EscalateRules(up_to=Priority.HIGH), EscalateRules()):
        rules = SlaRules(policies=POLICIES, escalate=escalate, default_target="resolution", target_by_type={})
        assert len(steps(ticket(), 500, rules)) == (1 if escalate.up_to is Priority.HIGH else 2)
    only = EscalateRules(match=(Match(clients=("Bakery",)),))
    rules = SlaRules(policies=POLICIES, escalate=only, default_target="resolution", target_by_type={})
    assert steps(ticket(), 500, rules) == []


@pytest.mark.parametrize(
    ("fields", "raised"),
    [
        pytest.param({"phase": Phase.RESOLVED, "resolved_at": NINE + HOUR}, 0, id="resolved in time"),
        pytest.param({"phase": Phase.RESOLVED, "resolved_at": NINE + 25 * HOUR}, 1, id="resolved too late"),
        pytest.param(
            {"priority": Priority.HIGH, "priority_since": NINE + 8 * HOUR + MINUTE},
            0,
            id="a person answered with a priority",
        ),
        pytest.param({"priority": None}, 0, id="no priority, no step"),
        pytest.param({"phase": Phase.ON_HOLD, "status_since": NINE + HOUR}, 0, id="paused before"),
        pytest.param({"phase": Phase.ON_HOLD, "status_since": NINE + 25 * HOUR}, 1, id="paused after"),
    ],
)
def test_only_a_deadline_that_was_really_missed_raises(fields: dict[str, Any], raised: int) -> None:
    assert len(steps(ticket(**fields), 30)) == raised


def test_a_pause_after_the_step_moves_the_new_deadline() -> None:
    history = (
        PhaseSince(Phase.OPEN, NINE),
        PhaseSince(Phase.ON_HOLD, NINE + 25 * HOUR),
        PhaseSince(Phase.OPEN, NINE + 30 * HOUR),
    )
    asked = ticket(phases=history, phase=Phase.OPEN, status_since=NINE + 30 * HOUR)
    assert steps(asked, 31) == [("medium", "high", NINE + 37 * HOUR)]


def test_a_deadline_of_the_helpdesk_is_followed_by_one_of_the_policy() -> None:
    asked = ticket(first_response_due_at=NINE + HOUR, resolution_due_at=NINE + 3 * HOUR)
    assert steps(asked, 4) == [("medium", "high", NINE + 11 * HOUR)]


def test_without_a_policy_the_ticket_is_raised_once_and_stays_late() -> None:
    rules = SlaRules(escalate=EscalateRules())
    asked = ticket(first_response_due_at=NINE + HOUR)
    assert steps(asked, 90, rules) == [("medium", "high", None)]
    raised = standing_of(asked, rules, now=NINE + 90 * HOUR)
    assert raised.clocks.deadline.state(NINE + 90 * HOUR) is SlaState.OVERDUE


def test_first_response_and_resolution_each_raise_a_step() -> None:
    rules = SlaRules(policies=POLICIES, escalate=EscalateRules())
    asked = ticket(
        first_response_due_at=NINE + HOUR,
        resolution_due_at=NINE + 3 * HOUR,
        agent_responded_at=NINE + 2 * HOUR,
    )
    assert steps(asked, 2, rules) == [("medium", "high", None)]
    assert steps(asked, 3, rules) == [
        ("medium", "high", None),
        ("high", "urgent", NINE + 3 * HOUR + 20 * MINUTE),
    ]


def test_the_wall_shows_the_raised_priority_its_history_and_the_new_deadline() -> None:
    urgent_first = Section(id="now", title="Now", match=(Match(priorities=(Priority.HIGH,)),), precedence=1)
    board = Board(id="b", title="b", sections=(urgent_first, Section(id="rest", title="Rest")))
    before = place(board, ticket(), RULES, now=NINE + 23 * HOUR)
    assert before is not None
    assert (before.section, before.priority, before.escalations) == ("rest", Priority.MEDIUM, ())
    after = place(board, ticket(), RULES, now=NINE + 24 * HOUR)
    assert after is not None
    assert (after.section, after.priority) == ("now", Priority.HIGH)
    assert after.sla.due_at == NINE + 32 * HOUR
    assert [(step.from_, step.to) for step in after.escalations] == [("medium", "high")]
    assert after.state is SlaState.WARNING  # eight hours are left
