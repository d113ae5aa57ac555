"""Summaries at fixed times, and the notice that a shift begins: alerts that nobody has to react to."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from deskwatch.config import Config
from deskwatch.config.alerts import DigestSettings
from deskwatch.core.alert_rules import AlertRule
from deskwatch.core.alerts import Alert, AlertKind, AlertState, Raised, desk_alert
from deskwatch.core.day_edges import edges
from deskwatch.core.desk import Desk
from deskwatch.core.escalation_policy import EscalationPolicy, EscalationStep
from deskwatch.core.match import selects
from deskwatch.core.oncall import Schedule
from deskwatch.core.sla import clocks_of
from deskwatch.core.sla_clock import SlaClock, SlaState
from deskwatch.core.ticket import Ticket, format_instant
from deskwatch.pager.closing import closing_facts

LATEST = timedelta(hours=6)
"""A digest that is later than this is left out: the next one says the same."""
EDITED = timedelta(minutes=1)
"""A time that was past for less than this when it was written into the configuration still counts."""
_NAMED = 100  # tickets a digest names at most


def rule_name(what: str, name: str) -> str:
    """The rule under which routing knows a digest, or the notice for one person."""
    return f"{what}:{name}"


def with_notices(desk: Desk, config: Config) -> Desk:
    """The desk, knowing who gets which digest and that a shift's notice goes to whom it is about."""
    policies = {
        rule_name("digest", each.id): EscalationStep(notify=tuple(each.notify), channels=tuple(each.channels))
        for each in config.alerts.digests
    }
    if config.alert_rules.of(AlertKind.SHIFT_STARTS):
        policies |= {rule_name("shift", person): EscalationStep(notify=(person,)) for person in desk.people}
    if not policies:
        return desk
    rules = {name: AlertRule(id=name, on=frozenset({AlertKind.DIGEST}), escalation=name) for name in policies}
    ladders = {name: EscalationPolicy(name=name, steps=(step,)) for name, step in policies.items()}
    return replace(desk, rules={**desk.rules, **rules}, escalations={**desk.escalations, **ladders})


class Notices:
    """Knows up to when it has looked, so that each digest and each shift is told once."""

    def __init__(self, looked_until: datetime) -> None:
        self._until = looked_until
        self._next_at: datetime | None = None
        self._planned: Config | None = None

    def next_at(self) -> datetime | None:
        """When the next one is due."""
        return self._next_at

    def due(
        self,
        config: Config,
        schedule: Schedule,
        tickets: Iterable[Ticket],
        living: Iterable[Raised],
        *,
        now: datetime,
    ) -> list[Alert]:
        """What is due since the last look.

        Another configuration is planned anew at once. Nothing of the old one was due until then, so a time it
        names that is past already is left for its next day.
        """
        if self._next_at is not None and self._until <= now < self._next_at:
            if config is self._planned:
                return []
            self._until = max(self._until, now - EDITED)
        self._planned = config
        since, self._until = max(min(self._until, now), now - LATEST), now
        found: list[Alert] = []
        coming: list[datetime] = [now + timedelta(hours=1)]
        for digest in config.alerts.digests:
            at = None
            for moment in moments_of(digest, config, since):
                if moment > now:
                    coming.append(moment)
                    break
                at = moment
            if at is not None:
                told = _digest(digest, config, schedule, tickets, living, at=at, now=now)
                found += [told] if told is not None else []
        if config.alert_rules.of(AlertKind.SHIFT_STARTS):
            found += _shifts(config, schedule, since, now)
            if (handoff := schedule.next_handoff(now)) is not None:
                coming.append(handoff)
        self._next_at = min(coming)
        return found


def moments_of(digest: DigestSettings, config: Config, after: datetime) -> Iterator[datetime]:
    """The instants after ``after`` at which a digest is due, within a fortnight."""
    if not isinstance(digest.at, time):
        yield from edges(config.desk_calendar, digest.at, after=after, weekdays=digest.weekdays)
        return
    day = after.astimezone(config.zone).date() - timedelta(days=1)
    for days in range(16):
        on = day + timedelta(days=days)
        at = datetime.combine(on, digest.at, config.zone).astimezone(UTC)
        if at > after and on.weekday() in digest.weekdays:
            yield at


def _digest(
    digest: DigestSettings,
    config: Config,
    schedule: Schedule,
    tickets: Iterable[Ticket],
    living: Iterable[Raised],
    *,
    at: datetime,
    now: datetime,
) -> Alert | None:
    """The digest that was due ``at``; ``None``: the desk is open again, so that nothing is to be said."""
    match = tuple(each.match() for each in digest.match)
    open_ = [
        ticket
        for ticket in tickets
        if not ticket.is_over and selects(match, (), ticket, SlaState.NONE, SlaState.NONE)
    ]
    if digest.at == "closing":
        facts = closing_facts(open_, config, schedule, now=now)
    else:
        facts = _summary(open_, config, schedule, living, now=now)
    if facts is None:
        return None
    return desk_alert(
        AlertKind.DIGEST,
        digest.id,
        occurred_at=at,
        reason=f"the digest {digest.id} is due",
        rule=rule_name("digest", digest.id),
        facts={"title": digest.title, **facts},
    )


def _summary(
    open_: Sequence[Ticket],
    config: Config,
    schedule: Schedule,
    living: Iterable[Raised],
    *,
    now: datetime,
) -> dict[str, Any]:
    clocks = [(_worst(ticket, config, now), ticket) for ticket in open_]
    rows = [(clock.state(now), clock.due_at, ticket) for clock, ticket in clocks]
    rows.sort(key=lambda row: (row[0].rank, row[1] or now + timedelta(days=3660), row[2].key))
    names = [config.people[who].name for who in schedule.on_call_at(now) if who in config.people]
    return {
        "count": len(open_),
        "figures": _figures(open_, [state for state, _, _ in rows], living),
        "people": names,
        "tickets": [
            _row(ticket, state, due_at)
            for state, due_at, ticket in rows[:_NAMED]
            if state in (SlaState.OVERDUE, SlaState.CRITICAL, SlaState.WARNING)
        ],
    }


def _figures(open_: Sequence[Ticket], states: Sequence[SlaState], living: Iterable[Raised]) -> dict[str, int]:
    """The counts at the head of a digest, by what they count."""
    alerts = [raised.state for raised in living if raised.alert.ticket is not None]
    return {
        "open": len(open_),
        "overdue": states.count(SlaState.OVERDUE),
        "critical": states.count(SlaState.CRITICAL),
        "unassigned": sum(ticket.agent is None for ticket in open_),
        "alerts nobody has taken": alerts.count(AlertState.OPEN),
        "alerts somebody has taken": alerts.count(AlertState.ACKNOWLEDGED),
    }


def _worst(ticket: Ticket, config: Config, now: datetime) -> SlaClock:
    return min(clocks_of(ticket, config.sla), key=lambda clock: clock.state(now).rank)


def _row(ticket: Ticket, state: SlaState, due_at: datetime | None) -> dict[str, Any]:
    return {
        "ticket": ticket.key,
        "number": ticket.number or ticket.id,
        "subject": ticket.subject,
        "url": ticket.url,
        "priority": ticket.priority and ticket.priority.value,
        "priority_word": ticket.priority and ticket.priority.value.capitalize(),
        "due_at": due_at and format_instant(due_at),
        "detail": str(state),
    }


def _shifts(config: Config, schedule: Schedule, since: datetime, now: datetime) -> Iterator[Alert]:
    for handoff in schedule.handoffs(since, now):
        until = schedule.next_handoff(handoff.at, layer=handoff.layer)
        for person in handoff.arriving:
            name = config.people[person].name if person in config.people else person
            yield desk_alert(
                AlertKind.SHIFT_STARTS,
                f"{handoff.layer}:{person}",
                occurred_at=handoff.at,
                reason=f"{name} is on call now in layer {handoff.layer}",
                rule=rule_name("shift", person),
                facts={
                    "layer": handoff.layer,
                    "people": [name],
                    "person": name,
                    "until": until and format_instant(until),
                },
            )
