"""A wall set up like Ticket Dash sorts tickets as Ticket Dash did; where it does not, the table says so."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from deskwatch.core.board import Board, Match, Section, place
from deskwatch.core.sla import SlaRules, SlaState
from deskwatch.core.ticket import Phase, Priority, Status, Ticket

NOW = datetime(2026, 3, 10, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE_IN_HOURS = 1 / 60

PHASES = {
    2: Phase.OPEN,
    3: Phase.PENDING,
    8: Phase.SCHEDULED,
    9: Phase.WAITING_ON_CUSTOMER,
    10: Phase.WAITING_ON_THIRD_PARTY,
    13: Phase.OPEN,
    19: Phase.OPEN,
    23: Phase.ON_HOLD,
    26: Phase.CUSTOMER_REPLIED,
    27: Phase.WAITING_ON_THIRD_PARTY,
}
PRIORITIES = {1: Priority.LOW, 2: Priority.MEDIUM, 3: Priority.HIGH, 4: Priority.URGENT}
LIMITS = {
    Priority.URGENT: timedelta(minutes=30),
    Priority.HIGH: timedelta(days=2),
    Priority.MEDIUM: timedelta(days=3),
    Priority.LOW: timedelta(days=4),
}

RULES = SlaRules(
    other_target=False,
    pausing_phases=frozenset(),
    update_limits=LIMITS,
    chase_limits=LIMITS,
    hold_limits=LIMITS,
    update_in="wall",
    update_since="updated",
    update_warning=0,
)
BOARD = Board(
    id="helpdesk",
    title="Helpdesk",
    sections=(
        Section(id="s1", title="Open", match=(Match(statuses=("2", "3", "19")),), precedence=3),
        Section(id="s2", title="Customer Replied", match=(Match(statuses=("26",)),), precedence=1),
        Section(
            id="s3",
            title="Needs Agent / Update Overdue",
            match=(Match(update=(SlaState.OVERDUE,)),),
            not_match=(Match(statuses=("27",)),),
            precedence=2,
        ),
        Section(id="s4", title="Other Active", precedence=4),
    ),
)


class Case(NamedTuple):
    """Ages and due dates in hours; ``first_due`` and ``due`` from now, negative when past."""

    words: str
    section: str
    state: str | None = None  # of the deadline; None: Ticket Dash shows none in this section
    status: int = 2
    priority: int = 1
    type: str = "Incident"
    untouched: float = 1
    first_due: float | None = None
    due: float | None = None
    responded: bool = False


CASES = [
    Case("due in two days", "s1", "ok", first_due=48),
    Case("due in just over 12 h", "s1", "ok", first_due=12.01),
    Case("due in just under 12 h", "s1", "warning", first_due=11.99),
    Case("due in just over 4 h", "s1", "warning", first_due=4.01),
    Case("due in just under 4 h", "s1", "critical", first_due=3.99),
    Case("due in half a minute", "s1", "critical", first_due=0.5 * MINUTE_IN_HOURS),
    Case("two days late", "s1", "overdue", first_due=-60),
    Case("no due date", "s1", "none"),
    Case("first response given", "s1", "met", first_due=-5, due=-2, responded=True),
    Case("a request counts to its resolution", "s1", "ok", type="Service Request", first_due=-9, due=20),
    Case("a late request", "s1", "overdue", type="Service Request", first_due=9, due=-1),
    Case("a request without resolution date", "s1", "none", type="Service Request", first_due=9),
    Case("pending is open and not paused", "s1", "overdue", status=3, first_due=-1),
    Case("update needed is open", "s1", "warning", status=19, first_due=8),
    Case("customer replied", "s2", status=26),
    Case("customer replied beats update overdue", "s2", status=26, untouched=900),
    Case("pending on the marketing tool", "s4", status=27),
    Case("pending on the marketing tool is never update overdue", "s4", status=27, untouched=20 * 24),
    Case("urgent and silent for 31 min", "s3", priority=4, untouched=31 * MINUTE_IN_HOURS),
    Case("urgent and silent for 29 min", "s1", "none", priority=4, untouched=29 * MINUTE_IN_HOURS),
    Case("high and silent for more than 2 days", "s3", priority=3, untouched=48.1),
    Case("high and silent for less than 2 days", "s1", "none", priority=3, untouched=47.9),
    Case("medium and silent for more than 3 days", "s3", priority=2, untouched=72.1),
    Case("low and silent for more than 4 days", "s3", priority=1, untouched=96.1),
    Case("update overdue beats a missed first response", "s3", "overdue", untouched=97, first_due=-90),
    Case("waiting on the customer is update overdue too", "s3", status=9, untouched=97),
    Case("on hold is update overdue too", "s3", status=23, untouched=97),
    Case("an unknown priority is never update overdue", "s1", "none", priority=9, untouched=900),
    Case("waiting on the customer", "s4", status=9),
    Case("waiting on a third party", "s4", status=10),
    Case("scheduled", "s4", status=8),
    Case("on hold", "s4", status=23),
    Case("under investigation", "s4", status=13),
    Case("an unknown status", "s4", status=77),
]

DIFFERENT = [
    # Ticket Dash: "FR Met". The deadline of a request is its resolution, and answering does not meet that.
    Case(
        "an answered request keeps its deadline", "s1", "ok", type="Service Request", due=20, responded=True
    ),
    # Ticket Dash asks for more than the limit, Deskwatch for the whole limit: one instant apart.
    Case("silent for exactly the limit", "s3", priority=3, untouched=48),
    # The same at a threshold: with exactly 4 h left Ticket Dash still warns.
    Case("exactly 4 h left", "s1", "critical", first_due=4),
    Case("due this very moment", "s1", "overdue", first_due=0),
]


def ticket(case: Case) -> Ticket:
    def instant(hours: float | None) -> datetime | None:
        return None if hours is None else NOW + hours * HOUR

    return Ticket(
        key="fs-1",
        source="fs",
        id="1",
        type=case.type,
        status=Status(id=str(case.status), name=f"Status {case.status}"),
        phase=PHASES.get(case.status, Phase.OPEN),
        priority=PRIORITIES.get(case.priority),
        created_at=instant(-1000),
        updated_at=instant(-case.untouched),
        first_response_due_at=instant(case.first_due),
        resolution_due_at=instant(case.due),
        first_responded_at=instant(-500) if case.responded else None,
    )


@pytest.mark.parametrize("case", [pytest.param(c, id=c.words) for c in (*CASES, *DIFFERENT)])
def test_a_wall_set_up_like_ticket_dash_puts_it_there(case: Case) -> None:
    row = place(BOARD, ticket(case), RULES, now=NOW)
    assert row is not None
    assert row.section == case.section
    if case.state is not None:
        assert row.state == case.state


def test_types_ticket_dash_drops_are_shown() -> None:
    case = Case("an alert", "s1", "ok", type="Alert", first_due=48)
    row = place(BOARD, ticket(case), RULES, now=NOW)
    assert row is not None
    assert (row.section, row.state) == (case.section, case.state)
