"""When the cause of an alert is over, and why: so that nobody is told of what is no longer true."""

from datetime import datetime

from deskwatch.core.alert_deadlines import WORDS, Watch, warning_of
from deskwatch.core.alert_events import over_since, replied_at
from deskwatch.core.alert_kinds import AlertKind
from deskwatch.core.alert_record import Alert
from deskwatch.core.alert_rules import AlertRules
from deskwatch.core.instants import format_instant, parse_instant
from deskwatch.core.sla_clock import SlaClock
from deskwatch.core.ticket import Ticket

LASTING = frozenset(
    {AlertKind.SLA_WARNING, AlertKind.SLA_BREACH, AlertKind.ESCALATED, AlertKind.EXPLANATION_DUE}
)
"""Kinds that tell a state of a deadline; the others tell that something happened."""

_OVER = "the ticket is done with"


def end_of_event(alert: Alert, ticket: Ticket) -> str | None:
    """Why nobody needs to hear any more that it happened; ``None``: they do."""
    kind, at = alert.kind, alert.occurred_at
    if kind is AlertKind.RESOLVED:
        return None if ticket.is_over and over_since(ticket) == at else "it was reopened"
    if ticket.is_over:
        return _OVER
    if kind in (AlertKind.ASSIGNED, AlertKind.REASSIGNED):
        if ticket.agent is None:
            return "nobody has the ticket any more"
        return None if ticket.assigned_since == at else f"it was given to {ticket.agent.name} since"
    if kind is AlertKind.CUSTOMER_REPLIED:
        replied = replied_at(ticket)
        if replied is None:
            return "the customer was answered"
        return None if replied == at else "the customer wrote again"
    if kind is AlertKind.REOPENED:
        return None if ticket.reopened_at == at else "it was reopened again"
    if kind is AlertKind.PRIORITY_RAISED:
        return None if ticket.priority_since == at else "the priority was changed again"
    if kind is AlertKind.UPDATED:
        return None if ticket.updated_at == at else "it was changed again"
    return None


def end_of_lasting(
    alert: Alert, watch: Watch, ticket: Ticket, rules: AlertRules, *, now: datetime
) -> str | None:
    """Why the deadline is no concern any more; ``None``: it is."""
    if ticket.is_over:
        return _OVER
    if alert.kind is AlertKind.EXPLANATION_DUE:
        if watch.explanation is None or watch.explanation > now:
            return "somebody gave a word of explanation"
        return None if watch.explanation == alert.occurred_at else "another deadline was missed since"
    target, due = str(alert.facts.get("target")), str(alert.facts.get("due_at"))
    clock = watch.clock(target)
    if clock is None or clock.due_at is None:
        return _stopped(target, ticket)
    due_at = parse_instant(due)
    if alert.kind is AlertKind.ESCALATED:
        latest = watch.steps[-1] if watch.steps else None
        if latest is None:
            return "the deadline was moved"
        return None if latest.at == due_at else f"it was escalated to {latest.to}"
    if any(step.target == target and step.at == due_at for step in watch.steps[-1:]):
        return None if alert.kind is AlertKind.SLA_BREACH else "the deadline was missed"
    if clock.due_at != due_at:
        return f"the deadline was moved to {format_instant(clock.due_at)}"
    if alert.kind is AlertKind.SLA_WARNING:
        return _end_of_warning(alert, clock, rules, now=now)
    return None


def _stopped(target: str, ticket: Ticket) -> str:
    if target == "first_response" and (ticket.first_responded_at or ticket.agent_responded_at):
        return "the first response was given"
    if target in ("update", "chase"):
        return "the turn changed hands"
    words = next((words for name, words in WORDS.items() if name == target), target)
    return f"the clock of its {words} rests while it is {ticket.phase.replace('_', ' ')}"


def _end_of_warning(alert: Alert, clock: SlaClock, rules: AlertRules, *, now: datetime) -> str | None:
    if clock.due_at is not None and now >= clock.due_at:
        return "the deadline was missed"
    rule = rules.rule(alert.rule)
    if rule is None:
        return f"the rule {alert.rule} is no more"
    latest = warning_of(clock, rule, now=now)
    if latest is not None and latest.lead is not None and latest.lead.label != alert.facts.get("lead"):
        return f"a later warning took its place ({latest.lead.words})"
    return None
