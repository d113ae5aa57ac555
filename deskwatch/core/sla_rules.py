"""The rules of ``sla.yaml`` as plain values: targets, thresholds, limits of silence, policies."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from deskwatch.core.calendars import CalendarUse, calendar_of
from deskwatch.core.hours import ALWAYS, BusinessCalendar
from deskwatch.core.policies import DeadlineTarget, EscalateRules, SlaPolicy
from deskwatch.core.sla_clock import Measure
from deskwatch.core.ticket import Phase, Priority, Ticket
from deskwatch.core.turn import Turn

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
    calendar_uses: tuple[CalendarUse, ...] = ()
    """Calendars of some groups, clients or sources; they count instead of ``calendar``."""
    policies: tuple[SlaPolicy, ...] = ()
    """Deadlines for tickets whose source gives none; the first that applies counts."""
    escalate: EscalateRules | None = None
    """Whether a missed deadline raises the priority; ``None``: it does not."""
    explain_after: timedelta | None = timedelta(hours=1)
    """How long after a missed deadline a word of explanation is due; ``None``: none is asked for."""
    _local: dict[BusinessCalendar, "SlaRules"] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
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

    def of(self, ticket: Ticket) -> "SlaRules":
        """The rules with the calendar that counts for this ticket."""
        if not self.calendar_uses:
            return self
        calendar = calendar_of(ticket, self.calendar_uses, self.calendar)
        local = self._local.get(calendar)
        if local is None:
            local = self._local[calendar] = replace(self, calendar=calendar, calendar_uses=())
        return local

    def policy_of(self, ticket: Ticket) -> SlaPolicy | None:
        """The first policy that applies to the ticket."""
        for policy in self.policies:
            if policy.applies(ticket):
                return policy
        return None

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
