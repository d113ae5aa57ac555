"""Whether and when somebody answered the customer, as far as the source tells."""

from datetime import datetime
from typing import Literal

from deskwatch.core.ticket import Ticket

FirstResponse = Literal["pending", "done"]


def responded_at(ticket: Ticket) -> datetime | None:
    """When the customer had a first response; an agent's answer counts when the source names no first one."""
    return ticket.first_responded_at or ticket.agent_responded_at


def first_response_of(ticket: Ticket) -> FirstResponse | None:
    """Whether the customer has had a first response; ``None``: the source gives no sign of either."""
    if responded_at(ticket) is not None:
        return "done"
    return None if ticket.first_response_due_at is None else "pending"
