"""Whose turn it is, and since when: what a technician would say after reading the ticket."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deskwatch.core.ticket import Phase, Ticket
from deskwatch.core.turn import turn_began, whose_turn

MONDAY = datetime(2026, 3, 9, 9, tzinfo=UTC)


def at(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


def ticket(phase: str, **hours: float) -> Ticket:
    """A ticket of Monday 09:00; other instants as hours after that."""
    instants: dict[str, Any] = {name: at(value) for name, value in hours.items()}
    return Ticket(
        key="fs-1",
        source="fs",
        id="1",
        phase=Phase(phase),
        **{"created_at": MONDAY, "updated_at": at(90)} | instants,
    )


@pytest.mark.parametrize(
    ("phase", "turn"),
    [
        ("open", "us"),
        ("customer_replied", "us"),
        ("pending", "us"),  # nobody has answered yet
        ("waiting_on_customer", "customer"),
        ("waiting_on_third_party", "third_party"),
        ("on_hold", "nobody"),
        ("scheduled", "nobody"),
        ("resolved", "nobody"),
        ("closed", "nobody"),
    ],
)
def test_without_replies_the_phase_says_whose_turn_it_is(phase: str, turn: str) -> None:
    assert whose_turn(ticket(phase)) == turn


@pytest.mark.parametrize(
    "phase", ["pending", "waiting_on_customer", "waiting_on_third_party", "on_hold", "scheduled"]
)
def test_a_reply_nobody_has_looked_at_makes_it_our_turn(phase: str) -> None:
    replied = ticket(phase, agent_responded_at=1, status_since=1.1, requester_responded_at=5)
    assert whose_turn(replied) == "us"
    assert turn_began(replied, "us") == at(5)


@pytest.mark.parametrize(
    ("phase", "turn"),
    [("pending", "customer"), ("waiting_on_customer", "customer"), ("waiting_on_third_party", "third_party")],
)
@pytest.mark.parametrize(
    "hours",
    [
        {"requester_responded_at": 2, "agent_responded_at": 3, "status_since": 1},  # we answered since
        {
            "requester_responded_at": 2,
            "agent_responded_at": 1,
            "status_since": 3,
        },  # we phoned and set the status
        {"agent_responded_at": 3},
        {"agent_responded_at": 1, "status_since": 2, "requester_responded_at": 2},  # the reply set the status
    ],
)
def test_a_reply_we_have_acted_on_leaves_the_turn_where_it_is(
    phase: str, turn: str, hours: dict[str, float]
) -> None:
    assert whose_turn(ticket(phase, **hours)) == turn


def test_an_open_ticket_stays_our_turn_after_we_answered() -> None:
    assert whose_turn(ticket("open", agent_responded_at=3, requester_responded_at=1)) == "us"


def test_a_closed_ticket_is_nobodys_turn_whatever_arrives() -> None:
    assert whose_turn(ticket("closed", agent_responded_at=1, requester_responded_at=5)) == "nobody"


@pytest.mark.parametrize(
    ("phase", "hours", "began"),
    [
        pytest.param("open", {"agent_responded_at": 4}, 4, id="open: since our last answer"),
        pytest.param(
            "open", {"agent_responded_at": 4, "status_since": 6}, 6, id="open: since it was set open again"
        ),
        pytest.param(
            "open",
            {"agent_responded_at": 4, "requester_responded_at": 30},
            4,
            id="open: a customer who asks again does not start a new wait",
        ),
        pytest.param(
            "open", {"requester_responded_at": 30}, 0, id="open and never answered: since it came in"
        ),
        pytest.param(
            "customer_replied",
            {"agent_responded_at": 1, "status_since": 20, "requester_responded_at": 40},
            20,
            id="customer replied: since the first of the replies, which set the status",
        ),
        pytest.param(
            "waiting_on_customer",
            {"agent_responded_at": 3, "requester_responded_at": 1, "status_since": 5},
            5,
            id="waiting: since anybody last did something",
        ),
        pytest.param(
            "on_hold", {"agent_responded_at": 3, "status_since": 2}, 3, id="on hold: since the last word"
        ),
        pytest.param("open", {}, 90, id="no replies known: since the last update"),
        pytest.param(
            "customer_replied", {"status_since": 20}, 90, id="no replies known: updates count in any phase"
        ),
        pytest.param(
            "open", {"first_responded_at": 2}, 90, id="only the first response known: since the last update"
        ),
    ],
)
def test_the_silence_began(phase: str, hours: dict[str, float], began: float) -> None:
    asked = ticket(phase, **hours)
    assert turn_began(asked, whose_turn(asked)) == at(began)


def test_a_ticket_without_any_instant_has_no_beginning() -> None:
    assert turn_began(Ticket(key="fs-1", source="fs", id="1"), "us") is None
