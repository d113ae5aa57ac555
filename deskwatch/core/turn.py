"""Whose turn it is: who has to act next on a ticket, and since when."""

from datetime import datetime
from typing import Literal

from deskwatch.core.ticket import Phase, Ticket

Turn = Literal["us", "customer", "third_party", "nobody"]
"""Who has to act next."""

_TURN_OF_PHASE: dict[Phase, Turn] = {
    Phase.OPEN: "us",
    Phase.CUSTOMER_REPLIED: "us",
    Phase.PENDING: "customer",
    Phase.WAITING_ON_CUSTOMER: "customer",
    Phase.WAITING_ON_THIRD_PARTY: "third_party",
    Phase.ON_HOLD: "nobody",
    Phase.SCHEDULED: "nobody",
    Phase.RESOLVED: "nobody",
    Phase.CLOSED: "nobody",
}


def whose_turn(ticket: Ticket) -> Turn:
    """Who has to act next: us, the customer, a third party, or nobody.

    The phase decides, with two exceptions. A customer's reply that is newer than our last reply and than the
    status makes it our turn, whatever the status says: somebody answered and nobody has looked yet. And a
    pending ticket that we never answered cannot wait for the customer.
    """
    phase = ticket.phase
    turn = _TURN_OF_PHASE[phase]
    if turn == "us" or phase.is_over:
        return turn
    if _has_new_reply(ticket):
        return "us"
    if phase is Phase.PENDING and ticket.agent_responded_at is None and ticket.requester_responded_at is None:
        return "us"
    return turn


def turn_began(ticket: Ticket, turn: Turn) -> datetime | None:
    """Since when whoever's turn it is has been silent, as far as the ticket tells.

    On our turn a customer who writes again does not start a new wait; on any other turn every word counts.
    A source that does not name our last reply leaves only ``updated_at``.
    """
    replied, answered = ticket.requester_responded_at, ticket.agent_responded_at
    if answered is None and (replied is None or ticket.first_responded_at is not None):
        return ticket.updated_at or ticket.status_since or ticket.created_at
    if turn == "us":
        if _TURN_OF_PHASE[ticket.phase] != "us" and _has_new_reply(ticket):
            return replied
        return _latest(ticket.status_since, answered, ticket.created_at)
    return _latest(ticket.status_since, answered, replied, ticket.created_at)


def _has_new_reply(ticket: Ticket) -> bool:
    """Whether the customer wrote after we last wrote and after the status was set, as far as known."""
    replied = ticket.requester_responded_at
    seen = _latest(ticket.first_responded_at, ticket.agent_responded_at, ticket.status_since)
    return replied is not None and seen is not None and replied > seen


def _latest(*instants: datetime | None) -> datetime | None:
    latest = None
    for at in instants:
        if at is not None and (latest is None or at > latest):
            latest = at
    return latest
