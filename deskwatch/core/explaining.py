"""Whether a missed deadline still waits for a word of explanation."""

from datetime import UTC, datetime

from deskwatch.core.deadlines import counted
from deskwatch.core.escalating import Overlay, may_be_missed, overlay_of
from deskwatch.core.sla_rules import SlaRules
from deskwatch.core.ticket import Ticket


def explanation_due(ticket: Ticket, rules: SlaRules, *, now: datetime) -> datetime | None:
    """Since when a word about a missed deadline is owed; ``None``: it is not.

    It is owed a while (``explain_after``) after the deadline, unless an agent answered or left a note or the
    status changed since: what technicians do anyway is the explanation.
    """
    rules = rules.of(ticket)
    at = explanation_moment(ticket, rules, overlay_of(ticket, rules, now=now))
    return at if at is not None and at <= now else None


_LATEST = datetime.max.replace(tzinfo=UTC)


def explanation_moment(ticket: Ticket, rules: SlaRules, overlay: Overlay) -> datetime | None:
    """When the first word is owed that nobody has said yet, past or to come if nothing happens before."""
    after = rules.explain_after
    if after is None or ticket.is_over:
        return None
    last_word = _last_word(ticket)
    missed = [step.at for step in overlay.steps]
    for target in counted(ticket, overlay.dues, rules):
        due = overlay.dues.of(target)
        if due is not None and may_be_missed(ticket, target, due, rules):
            missed.append(due.at)
    owing = [at for at in missed if last_word is None or last_word <= at]
    first = min(owing, default=None)
    if first is None or first > _LATEST - after:  # "never" is often written as the year 9999
        return None
    return first + after


def _last_word(ticket: Ticket) -> datetime | None:
    words = (ticket.agent_responded_at, ticket.first_responded_at, ticket.noted_at, ticket.status_since)
    return max((word for word in words if word is not None), default=None)
