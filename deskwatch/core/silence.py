"""The clock of silence: how long a customer may wait for our word, and we for theirs."""

from deskwatch.core.sla_clock import SlaClock, Target
from deskwatch.core.sla_rules import SlaRules
from deskwatch.core.ticket import Ticket
from deskwatch.core.turn import Turn, turn_began, whose_turn

_SILENCE: dict[Turn, tuple[Target, str]] = {
    "us": ("update", "the customer waits on us"),
    "customer": ("chase", "we wait on the customer"),
    "third_party": ("chase", "we wait on a third party"),
    "nobody": ("update", "the ticket rests"),
}


def update_clock(ticket: Ticket, rules: SlaRules) -> SlaClock:
    """The clock of silence: to our next word to the customer, or to our reminder to whoever owes us one."""
    if ticket.phase.is_over:
        return SlaClock("update", why="the ticket is over")
    turn = whose_turn(ticket)
    target, why = _SILENCE[turn]
    limit = rules.limit_of(turn, ticket.priority)
    if limit is None:
        return SlaClock(target, why="no limit for this priority" if ticket.priority else "no priority")
    by_turn = rules.update_since == "turn"
    started_at = turn_began(ticket, turn) if by_turn else ticket.updated_at or ticket.created_at
    due_at = started_at and rules.later(started_at, limit.whole, rules.update_in)
    if started_at is None or due_at is None:
        return SlaClock(
            target,
            started_at,
            why="the ticket tells no time" if started_at is None else "the desk never opens",
        )
    warning_at = rules.later(started_at, limit.calm, rules.update_in) if limit.calm < limit.whole else None
    return SlaClock(target, started_at, due_at, warning_at, why=why, calendar=rules.calendar)
