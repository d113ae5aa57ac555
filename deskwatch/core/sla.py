"""Service levels: which deadline of a ticket counts, whose turn it is, and how long silence may last."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, NamedTuple

from deskwatch.core.hours import ALWAYS, BusinessCalendar
from deskwatch.core.sla_clock import SlaClock, SlaState, Target
from deskwatch.core.ticket import Phase, Priority, Ticket

__all__ = [
    "Clocks",
    "DeadlineTarget",
    "Measure",
    "SlaClock",
    "SlaRules",
    "SlaState",
    "Target",
    "Turn",
    "clocks_of",
    "deadline_clock",
    "update_clock",
    "whose_turn",
]

Measure = Literal["wall", "working"]
"""Whether a duration runs day and night or only while the desk is open."""
DeadlineTarget = Literal["first_response", "resolution"]
Turn = Literal["us", "customer", "third_party", "nobody"]
"""Who has to act next."""

Limits = Mapping[Priority, timedelta]

_UPDATE_LIMITS: Limits = {
    Priority.URGENT: timedelta(minutes=30),
    Priority.HIGH: timedelta(days=2),
    Priority.MEDIUM: timedelta(days=3),
    Priority.LOW: timedelta(days=4),
}
_CHASE_LIMITS: Limits = {
    Priority.URGENT: timedelta(days=1),
    Priority.HIGH: timedelta(days=3),
    Priority.MEDIUM: timedelta(days=5),
    Priority.LOW: timedelta(days=7),
}
PAUSING_PHASES = frozenset(
    {
        Phase.PENDING,
        Phase.WAITING_ON_CUSTOMER,
        Phase.WAITING_ON_THIRD_PARTY,
        Phase.ON_HOLD,
        Phase.SCHEDULED,
    }
)


@dataclass(frozen=True, kw_only=True)
class SlaRules:
    """What an admin says in ``sla.yaml``, as plain values.

    Durations measured in ``working`` time count a day (24 h) as one full day of the calendar: ``2d``
    means two working days, ``8h`` means eight open hours.
    """

    warning: timedelta = timedelta(hours=12)
    critical: timedelta = timedelta(hours=4)
    thresholds_in: Measure = "wall"
    target_by_type: Mapping[str, DeadlineTarget] = field(
        default_factory=lambda: {"Incident": "first_response", "Service Request": "resolution"}
    )
    default_target: DeadlineTarget = "first_response"
    other_target: bool = True
    """When the target is met or has no due date, the ticket's other deadline counts."""
    pausing_phases: frozenset[Phase] = PAUSING_PHASES

    update_limits: Limits = field(default_factory=lambda: dict(_UPDATE_LIMITS))
    """How long a customer may wait for a word from us, by priority; a missing priority has no limit."""
    chase_limits: Limits = field(default_factory=lambda: dict(_CHASE_LIMITS))
    """How long we wait for the customer or a third party before somebody reminds them."""
    hold_limits: Limits = field(default_factory=dict)
    """How long a ticket on hold or scheduled may rest; empty: for ever."""
    update_in: Measure = "working"
    update_since: Literal["turn", "updated"] = "turn"
    """``turn``: since the turn changed hands or we last answered; ``updated``: since the last change."""
    update_warning: float = 0.25
    """The update clock warns when this share of its limit is left (0 to 1; 0 never warns)."""
    calendar: BusinessCalendar = ALWAYS


class Clocks(NamedTuple):
    """Both clocks of a ticket."""

    deadline: SlaClock
    update: SlaClock


def clocks_of(ticket: Ticket, rules: SlaRules) -> Clocks:
    """The clock of the ticket's deadline and that of its next update."""
    return Clocks(deadline_clock(ticket, rules), update_clock(ticket, rules))


def deadline_clock(ticket: Ticket, rules: SlaRules) -> SlaClock:
    """The clock that counts for this ticket: to the first response or to the resolution."""
    return SlaClock("first_response", why="the helpdesk gave no due date")


def whose_turn(ticket: Ticket) -> Turn:
    """Who has to act next: us, the customer, a third party, or nobody."""
    return "us"


def update_clock(ticket: Ticket, rules: SlaRules) -> SlaClock:
    """The clock of silence: to our next word to the customer, or to our reminder to whoever owes us one."""
    return SlaClock("update")
