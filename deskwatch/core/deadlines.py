"""The deadlines of a ticket: those its source gives, else those of a policy, and which of them counts."""

from datetime import datetime, timedelta
from typing import NamedTuple

from deskwatch.core.answers import responded_at
from deskwatch.core.hours import BusinessCalendar
from deskwatch.core.merging import is_partial
from deskwatch.core.own_commands import is_own
from deskwatch.core.policies import DeadlineTarget, SlaPolicy, due_at, paused_since
from deskwatch.core.sla_clock import Measure, SlaClock
from deskwatch.core.sla_rules import SlaRules
from deskwatch.core.ticket import Phase, Ticket

_PAUSED = {
    Phase.OPEN: "the clock stops while open",
    Phase.PENDING: "the clock stops while pending",
    Phase.WAITING_ON_CUSTOMER: "the clock stops while waiting on customer",
    Phase.WAITING_ON_THIRD_PARTY: "the clock stops while waiting on third party",
    Phase.CUSTOMER_REPLIED: "the clock stops while customer replied",
    Phase.ON_HOLD: "the clock stops while on hold",
    Phase.SCHEDULED: "the clock stops while scheduled",
    Phase.RESOLVED: "the clock stops while resolved",
    Phase.CLOSED: "the clock stops while closed",
}
"""Written out, for walls say them in other languages."""


class Due(NamedTuple):
    """A deadline: when, since when its time runs, and how much time a policy gave.

    ``calendar`` is that of the policy when it counts working time.
    """

    at: datetime
    since: datetime | None
    allowed: timedelta | None = None
    calendar: BusinessCalendar | None = None
    why: str = ""


class Dues(NamedTuple):
    """Both deadlines of a ticket."""

    first_response: Due | None
    resolution: Due | None

    def of(self, target: DeadlineTarget) -> Due | None:
        """The deadline for a target."""
        return self.first_response if target == "first_response" else self.resolution


_NO_DUES = Dues(None, None)


def dues_of(ticket: Ticket, rules: SlaRules) -> Dues:
    """The deadlines the source gives; when it gives none, those of the first policy that applies.

    Without details nobody knows whether somebody answered, so a short row gets no deadline for that.
    """
    first, resolution = ticket.first_response_due_at, ticket.resolution_due_at
    if first is not None or resolution is not None:
        return Dues(_given(first, ticket), _given(resolution, ticket))
    since = ticket.created_at or ticket.first_seen_at
    if not rules.policies or since is None:
        return _NO_DUES
    policy = rules.policy_of(ticket)
    if policy is None:
        return _NO_DUES
    unknown = responded_at(ticket) is None and is_partial(ticket)
    return Dues(
        None if unknown else policy_due(ticket, "first_response", policy, rules, since=since),
        policy_due(ticket, "resolution", policy, rules, since=since),
    )


def _given(at: datetime | None, ticket: Ticket) -> Due | None:
    if at is None:
        return None
    return Due(at, ticket.created_at, why="the due date of the ticket" if is_own(ticket) else "")


def policy_due(
    ticket: Ticket, target: DeadlineTarget, policy: SlaPolicy, rules: SlaRules, *, since: datetime
) -> Due | None:
    """The deadline that a policy sets, counted from ``since``, without the time its clock stood still."""
    calendar = policy.calendar or rules.calendar
    allowed = policy.target(target, calendar)
    if allowed is None:
        return None
    hours = calendar if policy.measure == "working" and not calendar.is_always_open else None
    at = due_at(ticket, allowed, rules.pausing_phases, hours, since=since)
    return Due(at, since, allowed, hours, f"policy {policy.name}") if at is not None else None


def counted(ticket: Ticket, dues: Dues, rules: SlaRules) -> tuple[DeadlineTarget, ...]:
    """The targets that count for the ticket, that of its type first; only those with a deadline."""
    wanted = rules.target_of(ticket.type)
    other: DeadlineTarget = "resolution" if wanted == "first_response" else "first_response"
    if wanted == "resolution" and dues.resolution is not None:
        return (wanted,)  # it lasts until the ticket is over: the other one has no turn
    targets = (wanted, other) if rules.other_target else (wanted,)
    return tuple(target for target in targets if dues.of(target) is not None)


def met_at(ticket: Ticket, target: DeadlineTarget) -> datetime | None:
    """When the target was reached; a ticket that is over reached both."""
    over_at = None
    if ticket.is_over:
        over_at = ticket.resolved_at or ticket.closed_at or ticket.updated_at
    if target == "resolution":
        return over_at
    return responded_at(ticket) or over_at


def deadline_clock(ticket: Ticket, rules: SlaRules, dues: Dues | None = None) -> SlaClock:
    """The clock that counts for this ticket: to the first response or to the resolution.

    Due dates of a helpdesk already contain its business hours: they are never moved here. A paused ticket
    keeps an old due date that the helpdesk pushes out later, so it is never overdue. A ticket that an agent
    answered counts as responded to, also when the source does not name the first response.
    """
    if dues is None:
        dues = dues_of(ticket, rules)
    resolution, responded = dues.resolution, responded_at(ticket)
    if ticket.phase.is_over:
        at = resolution and resolution.at
        over_at = ticket.resolved_at or ticket.closed_at or ticket.updated_at or at
        return SlaClock("resolution", ticket.created_at, at, met_at=over_at, why="over")
    target = rules.target_of(ticket.type)
    first = dues.first_response if responded is None else None
    if target == "first_response":
        if first is not None:
            return running_clock("first_response", ticket, first, rules)
        if resolution is not None and rules.other_target:
            return running_clock("resolution", ticket, resolution, rules)
        if responded is not None:
            due = dues.first_response
            return SlaClock(target, ticket.created_at, due and due.at, met_at=responded)
    elif resolution is not None:
        return running_clock("resolution", ticket, resolution, rules)
    elif first is not None and rules.other_target:
        return running_clock("first_response", ticket, first, rules)
    return SlaClock(
        target,
        ticket.created_at,
        why="no policy of sla.yaml fits" if is_own(ticket) else "the helpdesk gave no due date",
    )


def running_clock(target: DeadlineTarget, ticket: Ticket, due: Due, rules: SlaRules) -> SlaClock:
    """The clock of a deadline that is not reached yet: running, or paused by the ticket's phase."""
    measure: Measure = "wall" if due.calendar is None else "working"
    if ticket.phase in rules.pausing_phases:
        since = paused_since(ticket, rules.pausing_phases) or due.at
        why = _PAUSED[ticket.phase]
        return SlaClock(target, due.since, due.at, paused_since=since, why=why, allowed=due.allowed)
    warning, critical = rules.leads
    return SlaClock(
        target,
        due.since,
        due.at,
        rules.later(due.at, warning, rules.thresholds_in),
        rules.later(due.at, critical, rules.thresholds_in),
        why=due.why,
        calendar=due.calendar or rules.calendar,
        allowed=due.allowed,
        measure=measure,
    )
