"""Service levels: which deadline of a ticket counts, whose turn it is, and how long silence may last.

The names that others use; each part has its own module.
"""

from deskwatch.core.answers import FirstResponse, first_response_of
from deskwatch.core.deadlines import deadline_clock
from deskwatch.core.escalating import Escalation, effective, escalations_of
from deskwatch.core.explaining import explanation_due
from deskwatch.core.policies import DeadlineTarget, EscalateRules, SlaPolicy
from deskwatch.core.silence import update_clock
from deskwatch.core.sla_clock import Clocks, Measure, SlaClock, SlaState, Target
from deskwatch.core.sla_rules import PAUSING_PHASES, SlaRules
from deskwatch.core.standing import Standing, standing_of
from deskwatch.core.ticket import Ticket
from deskwatch.core.turn import Turn, whose_turn

__all__ = [
    "PAUSING_PHASES",
    "Clocks",
    "DeadlineTarget",
    "EscalateRules",
    "Escalation",
    "FirstResponse",
    "Measure",
    "SlaClock",
    "SlaPolicy",
    "SlaRules",
    "SlaState",
    "Standing",
    "Target",
    "Turn",
    "clocks_of",
    "deadline_clock",
    "effective",
    "escalations_of",
    "explanation_due",
    "first_response_of",
    "standing_of",
    "update_clock",
    "whose_turn",
]


def clocks_of(ticket: Ticket, rules: SlaRules) -> Clocks:
    """The clock of the ticket's deadline and that of its next update, before any step of escalation."""
    rules = rules.of(ticket)
    return Clocks(deadline_clock(ticket, rules), update_clock(ticket, rules))
