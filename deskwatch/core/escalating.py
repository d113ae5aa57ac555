"""What a missed deadline changes: a step up in priority with a new deadline, as an overlay on the ticket.

Nothing is stored: the steps follow from the ticket, the rules and the time, so that the wall and the notifier
always agree, and a restart changes nothing. The ticket file keeps the priority of the helpdesk.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from deskwatch.core.deadlines import Due, Dues, counted, dues_of, met_at, policy_due
from deskwatch.core.policies import DeadlineTarget, paused_since
from deskwatch.core.sla_rules import SlaRules
from deskwatch.core.ticket import Priority, Ticket

_ABOVE = {Priority.LOW: Priority.MEDIUM, Priority.MEDIUM: Priority.HIGH, Priority.HIGH: Priority.URGENT}
_REASONS = {"first_response": "the first response was due", "resolution": "the resolution was due"}


class Breach(NamedTuple):
    """A deadline that was missed, and when."""

    target: DeadlineTarget
    at: datetime


@dataclass(frozen=True, slots=True)
class Escalation:
    """A step of the overlay: the priority counts as raised from ``at`` on.

    ``due_at`` is the new deadline for ``target``; ``None``: no policy gives one for the new priority.
    """

    at: datetime
    from_: Priority
    to: Priority
    due_at: datetime | None
    reason: str
    target: DeadlineTarget = "resolution"


class Overlay(NamedTuple):
    """The steps so far, and the deadlines that hold after them."""

    steps: tuple[Escalation, ...]
    dues: Dues


def may_be_missed(ticket: Ticket, target: DeadlineTarget, due: Due, rules: SlaRules) -> bool:
    """Whether the deadline was missed, or will be when it comes if nothing happens before.

    It is not when the target was reached in time, or while the clock stands still before the due date.
    """
    met = met_at(ticket, target)
    if met is not None:
        return met > due.at
    stopped = paused_since(ticket, rules.pausing_phases)
    return stopped is None or due.at <= stopped


def breaches_of(ticket: Ticket, dues: Dues, rules: SlaRules, *, now: datetime) -> tuple[Breach, ...]:
    """The deadlines that count and were missed until ``now``, oldest first."""
    missed = []
    for target in counted(ticket, dues, rules):
        due = dues.of(target)
        if due is not None and due.at <= now and may_be_missed(ticket, target, due, rules):
            missed.append(Breach(target, due.at))
    missed.sort(key=lambda breach: breach.at)
    return tuple(missed)


def overlay_of(ticket: Ticket, rules: SlaRules, *, now: datetime, dues: Dues | None = None) -> Overlay:
    """The steps so far with the deadlines that hold after them; none unless ``sla.yaml`` wants them.

    A priority that somebody set after a deadline was missed is their answer to it: that one raises nothing.
    """
    if dues is None:
        dues = dues_of(ticket, rules)
    escalate = rules.escalate
    if escalate is None or ticket.priority is None or not escalate.applies(ticket):
        return Overlay((), dues)
    steps: list[Escalation] = []
    while breach := _next_breach(ticket, dues, rules, steps, now=now):
        from_ = steps[-1].to if steps else ticket.priority
        if from_.rank >= escalate.up_to.rank:
            break
        raised = ticket.with_(priority=_ABOVE[from_])
        policy = rules.policy_of(raised)
        due = policy_due(raised, breach.target, policy, rules, since=breach.at) if policy else None
        due_at, reason = due and due.at, _REASONS[breach.target]
        steps.append(Escalation(breach.at, from_, _ABOVE[from_], due_at, reason, breach.target))
        if due is not None:
            dues = dues._replace(**{breach.target: due})
    return Overlay(tuple(steps), dues)


def _next_breach(
    ticket: Ticket, dues: Dues, rules: SlaRules, steps: list[Escalation], *, now: datetime
) -> Breach | None:
    """The oldest missed deadline that has raised nothing yet and that nobody answered."""
    done = {(step.target, step.at) for step in steps}
    answered = ticket.priority_since
    for breach in breaches_of(ticket, dues, rules, now=now):
        if breach not in done and (answered is None or answered <= breach.at):
            return breach
    return None


def escalations_of(ticket: Ticket, rules: SlaRules, *, now: datetime) -> tuple[Escalation, ...]:
    """The steps taken so far, oldest first; none unless ``sla.yaml`` wants them."""
    return overlay_of(ticket, rules.of(ticket), now=now).steps


def effective(ticket: Ticket, rules: SlaRules, *, now: datetime) -> Ticket:
    """The ticket as walls and rules see it: with the raised priority and its new deadlines."""
    return raised(ticket, overlay_of(ticket, rules.of(ticket), now=now))


def raised(ticket: Ticket, overlay: Overlay) -> Ticket:
    """The ticket with the priority and the deadlines of an overlay."""
    if not overlay.steps:
        return ticket
    first, resolution = overlay.dues
    return ticket.with_(
        priority=overlay.steps[-1].to,
        first_response_due_at=first and first.at,
        resolution_due_at=resolution and resolution.at,
    )
