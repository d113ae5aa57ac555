"""Whether a missed deadline still waits for a word of explanation."""

from datetime import datetime

from deskwatch.core.deadlines import Dues, dues_of
from deskwatch.core.escalating import breaches_of
from deskwatch.core.sla_rules import SlaRules
from deskwatch.core.ticket import Ticket


def explanation_due(
    ticket: Ticket, rules: SlaRules, *, now: datetime, dues: Dues | None = None
) -> datetime | None:
    """Since when a word about a missed deadline is owed; ``None``: it is not.

    It is owed a while (``explain_after``) after the deadline, unless an agent answered or left a note or the
    status changed since: what technicians do anyway is the explanation.
    """
    at = explanation_moment(ticket, rules, now=now, dues=dues)
    return at if at is not None and at <= now else None


def explanation_moment(
    ticket: Ticket, rules: SlaRules, *, now: datetime, dues: Dues | None = None
) -> datetime | None:
    """When the word is owed, past or to come, for a deadline that was missed until ``now``."""
    after = rules.explain_after
    if after is None or ticket.is_over:
        return None
    breaches = breaches_of(ticket, dues or dues_of(ticket, rules.of(ticket)), rules, now=now)
    if not breaches:
        return None
    missed_at = breaches[-1].at
    words = (ticket.agent_responded_at, ticket.first_responded_at, ticket.noted_at, ticket.status_since)
    if any(word is not None and word > missed_at for word in words):
        return None
    return missed_at + after
