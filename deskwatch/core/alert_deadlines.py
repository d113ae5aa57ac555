"""Deadlines worth telling: those that come near, those that were missed, and what followed from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from deskwatch.core.alert_causes import Cause
from deskwatch.core.alert_kinds import AlertKind
from deskwatch.core.alert_rules import AlertRule, AlertRules, Lead
from deskwatch.core.deadlines import Due, Dues, counted, dues_of, met_at
from deskwatch.core.escalating import Escalation, overlay_of, raised
from deskwatch.core.explaining import explanation_moment
from deskwatch.core.hours import BusinessCalendar
from deskwatch.core.silence import update_clock
from deskwatch.core.sla_clock import SlaClock, Target
from deskwatch.core.sla_rules import SlaRules
from deskwatch.core.ticket import Ticket

WORDS: dict[Target, str] = {
    "first_response": "first response",
    "resolution": "resolution",
    "update": "word to the customer",
    "chase": "reminder",
}


@dataclass(frozen=True, slots=True)
class Watch:
    """The deadlines of a ticket at one moment: running clocks, and ``ticket`` as escalation made it."""

    ticket: Ticket
    clocks: tuple[SlaClock, ...]
    steps: tuple[Escalation, ...]
    explanation: datetime | None

    def clock(self, target: str) -> SlaClock | None:
        """The clock that runs to this target."""
        return next((clock for clock in self.clocks if clock.target == target), None)


def watch_of(ticket: Ticket, sla_rules: SlaRules, *, now: datetime, silence: bool = True) -> Watch:
    """The deadlines that run; none for a ticket that is over, those of a paused ticket rest.

    ``silence``: whether the clock of the next update is wanted as well.
    """
    if ticket.is_over:
        return Watch(ticket, (), (), None)
    rules = sla_rules.of(ticket)
    dues = dues_of(ticket, rules)
    overlay = overlay_of(ticket, rules, now=now, dues=dues)
    seen = raised(ticket, overlay)
    clocks = list(_running(seen, overlay.dues, rules))
    if silence:
        update = update_clock(seen, rules)
        if update.due_at is not None:
            clocks.append(update)
    explanation = explanation_moment(ticket, rules, overlay)
    return Watch(seen, tuple(clocks), overlay.steps, explanation)


def _running(ticket: Ticket, dues: Dues, rules: SlaRules) -> Iterator[SlaClock]:
    if ticket.phase in rules.pausing_phases:
        return
    for target in counted(ticket, dues, rules):
        due = dues.of(target)
        if due is not None and met_at(ticket, target) is None:
            yield _clock(target, due, rules)


def _clock(target: Target, due: Due, rules: SlaRules) -> SlaClock:
    return SlaClock(
        target,
        due.since,
        due.at,
        calendar=due.calendar or rules.calendar,
        allowed=due.allowed,
        measure="wall" if due.calendar is None else "working",
    )


def wanted_for(rules: AlertRules, kind: AlertKind, watch: Watch, clock: SlaClock) -> AlertRule | None:
    """The first rule that follows this clock for alerts of this kind."""
    for rule in rules.of(kind):
        if clock.target in rule.targets and rule.wants(watch.ticket, clock.due_at, clock.calendar):
            return rule
    return None


def deadline_causes(watch: Watch, rules: AlertRules, *, now: datetime) -> Iterator[tuple[Cause, AlertRule]]:
    """Every deadline that was missed or of which a warning has begun, with the rule that wants it."""
    for clock in watch.clocks:
        due_at = clock.due_at
        assert due_at is not None
        if now >= due_at:
            rule = wanted_for(rules, AlertKind.SLA_BREACH, watch, clock)
            if rule is not None:
                yield breach(clock.target, due_at, clock), rule
        elif rule := wanted_for(rules, AlertKind.SLA_WARNING, watch, clock):
            warning = warning_of(clock, rule, now=now)
            if warning is not None:
                yield warning, rule


def breach(target: Target, due_at: datetime, clock: SlaClock | None = None) -> Cause:
    """A deadline that was missed."""
    words = f"its {WORDS[target]} was due"
    return Cause(AlertKind.SLA_BREACH, due_at, due_at, words, target, clock)


def warning_of(clock: SlaClock, rule: AlertRule, *, now: datetime) -> Cause | None:
    """The latest warning of a deadline that has begun; it takes the place of those before it."""
    latest: tuple[datetime, Lead] | None = None
    for lead in rule.leads:
        began_at = lead.begins_at(clock)
        if began_at is not None and began_at <= now and (latest is None or began_at >= latest[0]):
            latest = (began_at, lead)
    if latest is None or clock.due_at is None:
        return None
    began_at, lead = latest
    words = f"its {WORDS[clock.target]} is due soon ({lead.words})"
    detail = f"{clock.target}:{lead.label}"
    return Cause(AlertKind.SLA_WARNING, clock.due_at, began_at, words, detail, clock, lead)


def step_causes(watch: Watch, rules: AlertRules) -> Iterator[tuple[Cause, AlertRule]]:
    """The last step of escalation: told as such, else as the missed deadline it came from."""
    if not watch.steps:
        return
    step = watch.steps[-1]
    clock = watch.clock(step.target)
    if clock is None:
        return  # the target was reached, or rests
    for rule in rules.of(AlertKind.ESCALATED):
        if rule.wants(watch.ticket, step.at, clock.calendar):
            words = f"{step.reason}: its priority went from {step.from_} to {step.to}"
            yield Cause(AlertKind.ESCALATED, step.at, step.at, words, step.to, clock, step=step), rule
            return
    missed = SlaClock(step.target, clock.started_at, step.at, calendar=clock.calendar)
    if clock.due_at != step.at and (rule_ := wanted_for(rules, AlertKind.SLA_BREACH, watch, missed)):
        yield breach(step.target, step.at, missed), rule_


def lasting_causes(
    watch: Watch, rules: AlertRules, calendar: BusinessCalendar, *, now: datetime
) -> Iterator[tuple[Cause, AlertRule]]:
    """Every state of the deadlines that is worth telling, with the first rule that wants it."""
    told = None
    for cause, rule in step_causes(watch, rules):
        told = (cause.step and cause.step.target, cause.at)
        yield cause, rule
    for cause, rule in deadline_causes(watch, rules, now=now):
        if cause.kind is AlertKind.SLA_WARNING or (cause.detail, cause.at) != told:
            yield cause, rule
    owed = watch.explanation
    if owed is None or owed > now:
        return
    for rule in rules.of(AlertKind.EXPLANATION_DUE):
        if rule.wants(watch.ticket, owed, calendar):
            words = "a missed deadline waits for a word of explanation"
            yield Cause(AlertKind.EXPLANATION_DUE, owed, owed, words), rule
            return


def moments_of(watch: Watch, rules: AlertRules) -> Iterator[datetime]:
    """Every instant, past or to come, at which time alone may make a deadline worth telling."""
    for clock in watch.clocks:
        assert clock.due_at is not None
        yield clock.due_at
        for rule in rules.of(AlertKind.SLA_WARNING):
            if clock.target in rule.targets:
                for lead in rule.leads:
                    at = lead.begins_at(clock)
                    if at is not None:
                        yield at
    if watch.explanation is not None:
        yield watch.explanation
