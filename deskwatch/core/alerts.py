"""What is worth telling somebody: alerts as functions of (ticket, now), each with a key that stays."""

from collections.abc import Iterator
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple

from deskwatch.core.alert_causes import Cause
from deskwatch.core.alert_deadlines import Watch, lasting_causes, moments_of, watch_of
from deskwatch.core.alert_endings import LASTING, end_of_event, end_of_lasting
from deskwatch.core.alert_events import events_of, is_backlog, old_until
from deskwatch.core.alert_facts import FACTS, facts_of
from deskwatch.core.alert_kinds import AlertKind
from deskwatch.core.alert_record import Alert, AlertState, Raised, alert_key, desk_alert
from deskwatch.core.alert_rules import AlertRule, AlertRules, Lead
from deskwatch.core.hours import BusinessCalendar
from deskwatch.core.sla import SlaRules
from deskwatch.core.ticket import Ticket

__all__ = [
    "FACTS",
    "Alert",
    "AlertKind",
    "AlertRule",
    "AlertRules",
    "AlertState",
    "Lead",
    "Raised",
    "Survey",
    "alerts_of",
    "desk_alert",
    "is_backlog",
    "next_moment",
    "still_holds",
    "survey",
]


_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_SAYS_IT_TOO = MappingProxyType(
    {
        AlertKind.CREATED: AlertKind.PRIORITY_RAISED,
        AlertKind.AFTER_HOURS: AlertKind.PRIORITY_RAISED,
        AlertKind.HOLIDAY: AlertKind.PRIORITY_RAISED,
        AlertKind.CUSTOMER_REPLIED: AlertKind.REOPENED,
    }
)
"""What happened, to what came of it: whoever hears of the latter needs no message about the former."""


class Survey(NamedTuple):
    """What one look at a ticket tells: its alerts, and when to look again though nobody touched it."""

    alerts: tuple[Alert, ...]
    next_moment: datetime | None


def survey(
    ticket: Ticket, sla_rules: SlaRules, rules: AlertRules, calendar: BusinessCalendar, *, now: datetime
) -> Survey:
    """``alerts_of`` and ``next_moment`` for the price of one."""
    watch = watch_of(ticket, sla_rules, now=now, silence=rules.follows_silence)
    found = tuple(_told(ticket, watch, rules, calendar, now=now))
    coming = min((at for at in moments_of(watch, rules) if at > now), default=None)
    return Survey(found, coming)


def alerts_of(
    ticket: Ticket, sla_rules: SlaRules, rules: AlertRules, calendar: BusinessCalendar, *, now: datetime
) -> tuple[Alert, ...]:
    """Everything about the ticket that is worth telling at ``now``, and wanted by a rule.

    What happened (created, assigned …) is told while it is fresh; what lasts (a missed deadline) while it
    lasts. Of several warnings of one deadline only the latest holds. A cause that was there before a ticket
    of the backlog was first seen, or before a late ticket was reopened, is no news.
    """
    return survey(ticket, sla_rules, rules, calendar, now=now).alerts


def next_moment(
    ticket: Ticket, sla_rules: SlaRules, rules: AlertRules, calendar: BusinessCalendar, *, now: datetime
) -> datetime | None:
    """The first instant after ``now`` at which time alone may bring the ticket a new alert."""
    return survey(ticket, sla_rules, rules, calendar, now=now).next_moment


def _told(
    ticket: Ticket, watch: Watch, rules: AlertRules, calendar: BusinessCalendar, *, now: datetime
) -> Iterator[Alert]:
    yield from _news(watch.ticket, rules, calendar, now=now)
    old = old_until(ticket, rules)
    for cause, rule in lasting_causes(watch, rules, calendar, now=now):
        if old is not None and cause.began_at <= old:
            continue
        if ticket.reopened_at is not None and cause.began_at <= ticket.reopened_at:
            continue
        yield _alert(watch.ticket, cause, rule, calendar)


def _news(ticket: Ticket, rules: AlertRules, calendar: BusinessCalendar, *, now: datetime) -> Iterator[Alert]:
    """What happened, each with the first rule that wants it; a holiday is not told as after hours, too.

    Of an arrival that became urgent, and of an answer that opened it again, the same people hear once.
    """
    wanted = [
        (cause, rule)
        for cause in events_of(ticket, rules, calendar, now=now)
        if (rule := next((r for r in rules.of(cause.kind) if r.wants(ticket, cause.at, calendar)), None))
    ]
    kinds = {cause.kind for cause, _ in wanted}
    told = {(cause.kind, rule.escalation): cause.at for cause, rule in wanted}
    for cause, rule in wanted:
        if cause.kind is AlertKind.AFTER_HOURS and AlertKind.HOLIDAY in kinds:
            continue
        later = _SAYS_IT_TOO.get(cause.kind)
        if later is not None and cause.at <= told.get((later, rule.escalation), _LONG_AGO):
            continue
        yield _alert(ticket, cause, rule, calendar)


def _alert(ticket: Ticket, cause: Cause, rule: AlertRule, calendar: BusinessCalendar) -> Alert:
    return Alert(
        key=alert_key(ticket.key, cause.kind, cause.detail, cause.at),
        kind=cause.kind,
        rule=rule.id,
        ticket=ticket.key,
        occurred_at=cause.began_at,
        urgency=rule.urgency,
        reason=f"{cause.words} (rule {rule.id})",
        facts=facts_of(ticket, cause, calendar),
    )


def still_holds(
    alert: Alert,
    ticket: Ticket,
    sla_rules: SlaRules,
    rules: AlertRules,
    calendar: BusinessCalendar,
    *,
    now: datetime,
) -> str | None:
    """``None``: the cause of the alert holds; else why it is over, in words."""
    if alert.kind in LASTING:
        return end_of_lasting(alert, watch_of(ticket, sla_rules, now=now), ticket, rules, now=now)
    return end_of_event(alert, ticket)
