"""Who is told of an alert, by which channel, and when: one step at a time, each decision with its reason."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from deskwatch.core.alerts import Alert, AlertState, Raised
from deskwatch.core.delivery import Decision, Verdict
from deskwatch.core.desk import ChannelTraits, Desk
from deskwatch.core.envelope import NEWS, Envelope, Redirection, redirect
from deskwatch.core.escalation_policy import EscalationPolicy, EscalationStep
from deskwatch.core.fallback import next_way
from deskwatch.core.inhibition import inhibited
from deskwatch.core.moments import moment
from deskwatch.core.people import Urgency
from deskwatch.core.telling import Telling, Told
from deskwatch.core.ticket import Ticket
from deskwatch.core.windows import holding

__all__ = [
    "ChannelTraits",
    "Desk",
    "Envelope",
    "EscalationPolicy",
    "EscalationStep",
    "Redirection",
    "StepTaken",
    "first_step",
    "inhibited",
    "next_way",
    "redirect",
    "take_step",
]

_NOBODY: Told = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken:
    """What came of a step.

    Attributes:
        raised: the alert, with its next step.
        nobody: a sentence when somebody should have been on call, or when something urgent found nobody:
            worth an alert to the admins.
    """

    raised: Raised
    envelopes: tuple[Envelope, ...] = ()
    decisions: tuple[Decision, ...] = ()
    nobody: str | None = None

    @property
    def told(self) -> Told:
        """Who was told, to be handed to ``take_step`` for other alerts of the same ticket and instant."""
        return {envelope.person: self.raised.alert for envelope in self.envelopes if not envelope.copy}


def first_step(alert: Alert, *, desk: Desk, ticket: Ticket | None, now: datetime) -> StepTaken:
    """Begin with an alert: its first step is due at once, or later, or never. Nobody is told yet."""
    steps = desk.policy_of(alert).steps
    raised = Raised(
        alert=alert,
        state=AlertState.OPEN,
        raised_at=now,
        next_step_at=now + (steps[0].after if steps else timedelta(0)),
        why=alert.reason,
    )
    rule = desk.rules.get(alert.rule)
    calendar = desk.calendar_for(ticket)
    closed = alert.urgency is not Urgency.URGENT and not calendar.is_open(now)
    if rule is not None and rule.after_hours == "drop" and closed:
        why = f"not told: the desk is closed, and rule {alert.rule} drops what comes after hours"
        silent = raised.with_(state=AlertState.SILENT, next_step_at=None, why=why)
        return StepTaken(raised=silent, decisions=(_decision(alert, Verdict.SKIP, why, now),))
    return _held(raised, desk, ticket, now) or StepTaken(raised=raised)


def take_step(
    raised: Raised, *, desk: Desk, ticket: Ticket | None, now: datetime, told: Told = _NOBODY
) -> StepTaken:
    """Take the step that is due: tell everybody it names who can be told.

    A step that reaches nobody is skipped at once; when none is left, the last resort is told. ``told`` are
    people who know already by another alert about the same ticket and instant: a cause is told once. Take
    the steps of urgent alerts first, so that those are the ones that tell.
    """
    if held := _held(raised, desk, ticket, now):
        return held
    policy = desk.policy_of(raised.alert)
    telling = Telling(raised, desk, ticket, now, told)
    step, reached = raised.step, False
    while step < len(policy.steps) and not reached:
        reached = telling.step(policy, step)
        step += 1
    if not reached and _needs_last_resort(raised, policy):
        telling.last_resort(policy)
        step = len(policy.steps) + 1
    return StepTaken(
        raised=_following(raised, policy, step, now),
        envelopes=tuple(telling.envelopes),
        decisions=tuple(telling.decisions),
        nobody=telling.nobody,
    )


def _needs_last_resort(raised: Raised, policy: EscalationPolicy) -> bool:
    """Whether, with nobody left on the ladder, somebody else has to hear of it.

    Not while those who were told before will be told again, nor when they know of something not urgent.
    """
    told_before = raised.step > 0 or raised.lap > 0
    is_urgent = raised.alert.urgency is Urgency.URGENT
    if not told_before or raised.step >= len(policy.steps):
        return True
    return is_urgent and raised.lap >= policy.repeat


def _following(raised: Raised, policy: EscalationPolicy, step: int, now: datetime) -> Raised:
    """The alert with its next step: the next rung, the next lap, or the last resort of an urgent one."""
    steps, news = policy.steps, raised.alert.kind in NEWS
    raised = raised.with_(why=raised.alert.reason)
    if not news and step < len(steps):
        return raised.with_(step=step, next_step_at=now + steps[step].after)
    if not news and step == len(steps) and raised.lap < policy.repeat:
        return raised.with_(step=0, lap=raised.lap + 1, next_step_at=now + policy.repeat_after)
    if not news and step == len(steps) and raised.alert.urgency is Urgency.URGENT:
        return raised.with_(step=step, next_step_at=now + policy.repeat_after)
    return raised.with_(step=step, next_step_at=None)


def _held(raised: Raised, desk: Desk, ticket: Ticket | None, now: datetime) -> StepTaken | None:
    """The alert put off by a maintenance window or because the desk is closed; ``None``: nothing holds it."""
    alert = raised.alert
    if window := holding(desk.windows, alert, ticket, now=now):
        words = f"held until {moment(window.end, now=now, zone=desk.zone)} by {window.words}"
        return _until(raised, window.end, words, now)
    rule = desk.rules.get(alert.rule)
    if rule is None or rule.after_hours == "page" or alert.urgency is Urgency.URGENT:
        return None
    calendar = desk.calendar_for(ticket)
    opening = None if calendar.is_open(now) else calendar.next_opening(now)
    if opening is None:
        return None
    words = f"held until {moment(opening, now=now, zone=desk.zone)}, when the desk opens"
    return _until(raised, opening, words, now)


def _until(raised: Raised, at: datetime, words: str, now: datetime) -> StepTaken:
    held = raised.with_(held_until=at, next_step_at=at, why=words)
    return StepTaken(raised=held, decisions=(_decision(raised.alert, Verdict.WAIT, words, now, until=at),))


def _decision(
    alert: Alert, verdict: Verdict, reason: str, now: datetime, *, until: datetime | None = None
) -> Decision:
    return Decision(at=now, alert=alert.key, verdict=verdict, reason=reason, until=until)
