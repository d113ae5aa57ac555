"""Whoever missed a deadline owes a word, and what technicians do anyway is one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deskwatch.core.board import Board, Section, place
from deskwatch.core.match import Match
from deskwatch.core.sla import EscalateRules, SlaPolicy, SlaRules, explanation_due
from deskwatch.core.ticket import Phase, Priority, Ticket

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULES = SlaRules()


def ticket(**fields: Any) -> Ticket:
    """A ticket whose first response was due at ten."""
    given = {"created_at": NINE, "first_response_due_at": NINE + HOUR, **fields}
    return Ticket(key="lab-1", source="lab", id="1", **given)


def owed(asked: Ticket, hours: float, rules: SlaRules = RULES) -> float | None:
    at = explanation_due(asked, rules, now=NINE + hours * HOUR)
    return None if at is None else (at - NINE) / HOUR


def test_a_word_is_owed_an_hour_after_a_missed_deadline() -> None:
    assert [owed(ticket(), hours) for hours in (0.5, 1, 1.99, 2, 90)] == [None, None, None, 2, 2]


def test_a_deadline_that_means_never_is_never_missed() -> None:
    never = ticket(first_response_due_at=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert owed(never, 90) is None


def test_nobody_owes_anything_where_it_is_switched_off() -> None:
    assert owed(ticket(), 90, SlaRules(explain_after=None)) is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"agent_responded_at": 1.5}, None, id="an answer after the deadline"),
        pytest.param({"noted_at": 1.5}, None, id="a note after the deadline"),
        pytest.param({"status_since": 1.5}, None, id="another status after the deadline"),
        pytest.param({"noted_at": 0.5}, 2, id="a note before it does not count"),
        pytest.param({"requester_responded_at": 1.5}, 2, id="the customer's word is not ours"),
        pytest.param({"assigned_since": 1.5}, 2, id="giving it to somebody explains nothing"),
        pytest.param({"agent_responded_at": 0.5}, None, id="answered in time"),
        pytest.param({"phase": Phase.RESOLVED, "resolved_at": 3}, None, id="done with"),
        pytest.param({"phase": Phase.ON_HOLD, "status_since": 0.5}, None, id="paused before the deadline"),
    ],
)
def test_the_word_is_given_by_what_people_do_anyway(fields: dict[str, Any], expected: float | None) -> None:
    given = {
        name: NINE + value * HOUR if isinstance(value, int | float) else value
        for name, value in fields.items()
    }
    assert owed(ticket(**given), 5) == expected


def test_a_second_missed_deadline_does_not_hide_the_first() -> None:
    asked = ticket(resolution_due_at=NINE + 4 * HOUR)
    assert owed(asked, 4.5) == 2
    answered = asked.with_(agent_responded_at=NINE + 3 * HOUR)
    assert [owed(answered, hours) for hours in (3.5, 4.5, 5)] == [None, None, 5]


def test_a_new_deadline_by_escalation_does_not_excuse_the_old_one() -> None:
    rules = SlaRules(
        policies=(SlaPolicy(name="all", first_response=8 * HOUR, measure="wall"),), escalate=EscalateRules()
    )
    asked = ticket(priority=Priority.LOW)
    assert [owed(asked, hours, rules) for hours in (1.5, 2, 8)] == [None, 2, 2]


def test_a_board_may_have_a_section_for_what_is_owed_and_fills_it_in_time() -> None:
    section = Section(id="explain", title="Explain", match=(Match(explanation=True),), precedence=1)
    board = Board(id="b", title="b", sections=(section, Section(id="rest", title="Rest")))
    before = place(board, ticket(), RULES, now=NINE + 1.5 * HOUR)
    assert before is not None
    assert (before.section, before.valid_until) == ("rest", NINE + 2 * HOUR)
    after = place(board, ticket(), RULES, now=NINE + 2 * HOUR)
    assert after is not None
    assert (after.section, after.explanation) == ("explain", NINE + 2 * HOUR)
