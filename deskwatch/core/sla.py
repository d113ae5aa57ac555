"""Service levels: which deadline of a ticket counts, whose turn it is, and how long silence may last."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from deskwatch.core.answers import FirstResponse, first_response_of
from deskwatch.core.answers import responded_at as _responded_at
from deskwatch.core.hours import ALWAYS, BusinessCalendar
from deskwatch.core.sla_clock import Clocks, Measure, SlaClock, SlaState, Target
from deskwatch.core.ticket import Phase, Priority, Ticket
from deskwatch.core.turn import Turn, turn_began, whose_turn

__all__ = [
    "Clocks",
    "DeadlineTarget",
    "Escalation",
    "FirstResponse",
    "Measure",
    "SlaClock",
    "SlaRules",
    "SlaState",
    "Target",
    "Turn",
    "clocks_of",
    "deadline_clock",
    "effective",
    "escalations_of",
    "explanation_due",
    "first_response_of",
    "update_clock",
    "whose_turn",
]

DeadlineTarget = Literal["first_response", "resolution"]

Limits = Mapping[Priority, timedelta]

_UPDATE_LIMITS: Limits = {
    Priority.URGENT: timedelta(minutes=30),
    Priority.HIGH: timedelta(days=2),
    Priority.MEDIUM: timedelta(days=3),
    Priority.LOW: timedelta(days=4),
}
_CHASE_LIMITS: Limits = {
    Priority.URGENT: timedelta(days=1),
    Priority.HIGH: timedelta(days=3),
    Priority.MEDIUM: timedelta(days=5),
    Priority.LOW: timedelta(days=7),
}
PAUSING_PHASES = frozenset(
    {
        Phase.PENDING,
        Phase.WAITING_ON_CUSTOMER,
        Phase.WAITING_ON_THIRD_PARTY,
        Phase.ON_HOLD,
        Phase.SCHEDULED,
    }
)


class Limit(NamedTuple):
    """How long silence may last, and how much of it passes before the warning."""

    whole: timedelta
    calm: timedelta


_SILENCE: dict[Turn, tuple[Target, str]] = {
    "us": ("update", "the customer waits on us"),
    "customer": ("chase", "we wait on the customer"),
    "third_party": ("chase", "we wait on a third party"),
    "nobody": ("update", "the ticket rests"),
}
_PAUSED = {phase: f"the clock stops while {phase.replace('_', ' ')}" for phase in Phase}


@dataclass(frozen=True, kw_only=True)
class SlaRules:
    """What an admin says in ``sla.yaml``, as plain values.

    Of durations measured in ``working`` time, whole days count full days of the calendar: ``2d`` means
    two working days, ``8h`` or ``36h`` that many open hours.
    """

    warning: timedelta = timedelta(hours=12)
    critical: timedelta = timedelta(hours=4)
    thresholds_in: Measure = "wall"
    target_by_type: Mapping[str, DeadlineTarget] = field(
        default_factory=lambda: {"Incident": "first_response", "Service Request": "resolution"}
    )
    default_target: DeadlineTarget = "first_response"
    other_target: bool = True
    """When the target is met or has no due date, the ticket's other deadline counts."""
    pausing_phases: frozenset[Phase] = PAUSING_PHASES

    update_limits: Limits = field(default_factory=lambda: dict(_UPDATE_LIMITS))
    """How long a customer may wait for a word from us, by priority; a missing priority has no limit."""
    chase_limits: Limits = field(default_factory=lambda: dict(_CHASE_LIMITS))
    """How long we wait for the customer or a third party before somebody reminds them."""
    hold_limits: Limits = field(default_factory=dict)
    """How long a ticket on hold or scheduled may rest; empty: for ever."""
    update_in: Measure = "working"
    update_since: Literal["turn", "updated"] = "turn"
    """``turn``: since the turn changed hands or we last answered; ``updated``: since the last change."""
    update_warning: float = 0.25
    """The update clock warns when this share of its limit is left (0 to 1; 0 never warns)."""
    calendar: BusinessCalendar = ALWAYS
    _targets: dict[str, DeadlineTarget] = field(init=False, repr=False, compare=False)
    _limits: dict[Turn, dict[Priority, Limit]] = field(init=False, repr=False, compare=False)
    _leads: tuple[timedelta, timedelta] = field(init=False, repr=False, compare=False)
    _never_closes: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        limits = {
            "us": self.update_limits,
            "customer": self.chase_limits,
            "third_party": self.chase_limits,
            "nobody": self.hold_limits,
        }
        meant = {turn: {p: self._limit(d) for p, d in of.items()} for turn, of in limits.items()}
        leads = tuple(-self._measured(lead, self.thresholds_in) for lead in (self.warning, self.critical))
        object.__setattr__(self, "_targets", {t.casefold(): to for t, to in self.target_by_type.items()})
        object.__setattr__(self, "_limits", meant)
        object.__setattr__(self, "_leads", leads)
        object.__setattr__(self, "_never_closes", self.calendar.is_always_open)

    @property
    def leads(self) -> tuple[timedelta, timedelta]:
        """From the due instant to that of warning and of critical, ready for ``later``."""
        return self._leads

    def target_of(self, type_: str | None) -> DeadlineTarget:
        """What has to happen in time for tickets of this type; types are compared without case."""
        return self._targets.get(type_.casefold(), self.default_target) if type_ else self.default_target

    def limit_of(self, turn: Turn, priority: Priority | None) -> Limit | None:
        """How long silence may last, ready for ``later``; ``None``: for ever."""
        return None if priority is None else self._limits[turn].get(priority)

    def later(self, at: datetime, duration: timedelta, measure: Measure) -> datetime | None:
        """``at`` plus a duration; ``None`` when the desk never works that long or the years run out."""
        if measure == "working" and not self._never_closes:
            return self.calendar.add(at, duration)
        try:
            return at + duration
        except OverflowError:
            return None

    def _measured(self, duration: timedelta, measure: Measure) -> timedelta:
        return self.calendar.working(duration) if measure == "working" else duration

    def _limit(self, duration: timedelta) -> Limit:
        whole = self._measured(duration, self.update_in)
        return Limit(whole, whole - self.update_warning * whole)


def clocks_of(ticket: Ticket, rules: SlaRules) -> Clocks:
    """The clock of the ticket's deadline and that of its next update."""
    return Clocks(deadline_clock(ticket, rules), update_clock(ticket, rules))


def deadline_clock(ticket: Ticket, rules: SlaRules) -> SlaClock:
    """The clock that counts for this ticket: to the first response or to the resolution.

    Due dates are the helpdesk's and already contain its business hours: they are never moved here. A paused
    ticket keeps an old due date that the helpdesk pushes out later, so it is never overdue. A ticket that an
    agent answered counts as responded to, also when the source does not name the first response.
    """
    target = rules.target_of(ticket.type)
    resolution_due, responded_at = ticket.resolution_due_at, _responded_at(ticket)
    if ticket.phase.is_over:
        over_at = ticket.resolved_at or ticket.closed_at or ticket.updated_at or resolution_due
        return SlaClock("resolution", ticket.created_at, resolution_due, met_at=over_at, why="over")
    first_due = ticket.first_response_due_at if responded_at is None else None
    if target == "first_response":
        if first_due is not None:
            return _running("first_response", ticket, first_due, rules)
        if resolution_due is not None and rules.other_target:
            return _running("resolution", ticket, resolution_due, rules)
        if responded_at is not None:
            due_at = ticket.first_response_due_at
            return SlaClock(target, ticket.created_at, due_at, met_at=responded_at)
    elif resolution_due is not None:
        return _running("resolution", ticket, resolution_due, rules)
    elif first_due is not None and rules.other_target:
        return _running("first_response", ticket, first_due, rules)
    return SlaClock(target, ticket.created_at, why="the helpdesk gave no due date")


def update_clock(ticket: Ticket, rules: SlaRules) -> SlaClock:
    """The clock of silence: to our next word to the customer, or to our reminder to whoever owes us one."""
    if ticket.phase.is_over:
        return SlaClock("update", why="the ticket is over")
    turn = whose_turn(ticket)
    target, why = _SILENCE[turn]
    limit = rules.limit_of(turn, ticket.priority)
    if limit is None:
        return SlaClock(target, why="no limit for this priority" if ticket.priority else "no priority")
    by_turn = rules.update_since == "turn"
    started_at = turn_began(ticket, turn) if by_turn else ticket.updated_at or ticket.created_at
    due_at = started_at and rules.later(started_at, limit.whole, rules.update_in)
    if started_at is None or due_at is None:
        return SlaClock(
            target,
            started_at,
            why="the ticket tells no time" if started_at is None else "the desk never opens",
        )
    warning_at = rules.later(started_at, limit.calm, rules.update_in) if limit.calm < limit.whole else None
    return SlaClock(target, started_at, due_at, warning_at, why=why, calendar=rules.calendar)


def _running(target: DeadlineTarget, ticket: Ticket, due_at: datetime, rules: SlaRules) -> SlaClock:
    if ticket.phase in rules.pausing_phases:
        since = ticket.status_since or ticket.updated_at or ticket.created_at or due_at
        return SlaClock(target, ticket.created_at, due_at, paused_since=since, why=_PAUSED[ticket.phase])
    warning, critical = rules.leads
    return SlaClock(
        target,
        ticket.created_at,
        due_at,
        rules.later(due_at, warning, rules.thresholds_in),
        rules.later(due_at, critical, rules.thresholds_in),
        calendar=rules.calendar,
    )


@dataclass(frozen=True, slots=True)
class Escalation:
    """A step of the overlay: the priority counts as raised from ``at`` on, with a new deadline."""

    at: datetime
    from_: Priority
    to: Priority
    due_at: datetime | None
    reason: str


def escalations_of(ticket: Ticket, rules: SlaRules, *, now: datetime) -> tuple[Escalation, ...]:
    """The steps taken so far, oldest first; none unless ``sla.yaml`` wants them."""
    return ()


def effective(ticket: Ticket, rules: SlaRules, *, now: datetime) -> Ticket:
    """The ticket as walls and rules see it: with the raised priority and its new deadline."""
    return ticket


def explanation_due(ticket: Ticket, rules: SlaRules, *, now: datetime) -> datetime | None:
    """Since when a missed deadline waits for a word of explanation; ``None``: it does not."""
    return None
