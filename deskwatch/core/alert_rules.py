"""Which alerts are wanted: rules as an admin states them in ``alerts.yaml``, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from deskwatch.core.alert_kinds import AlertKind
from deskwatch.core.hours import BusinessCalendar
from deskwatch.core.match import Match, selects
from deskwatch.core.people import Urgency
from deskwatch.core.sla_clock import Measure, SlaClock, SlaState, Target
from deskwatch.core.ticket import Ticket

AfterHours = Literal["page", "hold", "drop"]
When = Literal["any", "open", "closed"]
TellOthers = Literal["never", "free", "same"]
"""Whether those who were told hear that somebody has taken it: by a channel that costs nothing, or by the one
that told them."""
DEADLINES: frozenset[Target] = frozenset({"first_response", "resolution"})


@dataclass(frozen=True, slots=True)
class Lead:
    """How long before a deadline to warn: a duration before it, or the share of its time that is used up.

    ``label`` is its shortest text, ``1h`` or ``75%``; it is part of the key of an alert.
    """

    label: str
    before: timedelta | None = None
    share: float | None = None
    measure: Measure = "wall"

    @property
    def words(self) -> str:
        """``1h left`` or ``75% of its time is used up``."""
        return f"{self.label} left" if self.share is None else f"{self.label} of its time is used up"

    def begins_at(self, clock: SlaClock) -> datetime | None:
        """When the lead begins; ``None``: there is no deadline, or the lead is longer than all its time."""
        due_at, started_at = clock.due_at, clock.started_at
        if due_at is None:
            return None
        if self.before is not None:
            back = self.before if self.measure == "wall" else clock.calendar.working(self.before)
            at = _earlier(clock, due_at, back, self.measure)
        elif started_at is None:
            return None
        else:
            left = 1 - (self.share or 0)
            if clock.allowed is not None:
                at = _earlier(clock, due_at, left * clock.allowed, clock.measure)
            elif self.measure == "working":
                at = _earlier(clock, due_at, left * clock.calendar.between(started_at, due_at), "working")
            else:
                at = due_at - left * (due_at - started_at)
        return at if at is not None and (started_at is None or at > started_at) else None


def _earlier(clock: SlaClock, due_at: datetime, back: timedelta, measure: Measure) -> datetime | None:
    if measure == "working" and not clock.calendar.is_always_open:
        return clock.calendar.add(due_at, -back)
    try:
        return due_at - back
    except OverflowError:
        return None


@dataclass(frozen=True, kw_only=True)
class AlertRule:
    """Which kinds of alert are wanted for which tickets, and how urgent they are.

    Attributes:
        match, not_match: any of ``match`` must hold (none given: always), and none of ``not_match``.
        when: whether the desk has to be open or closed when the cause happens.
        escalation: name of the escalation of ``alerts.yaml`` that says who is told.
        after_hours: ``page`` at once, ``hold`` until the desk opens, ``drop``: tell nobody.
        leads: when ``sla_warning`` warns.
        targets: which clocks ``sla_warning`` and ``sla_breach`` follow.
        tell_others: who hears that it is taken; ``None``: as the desk says for what is urgent.
    """

    id: str
    on: frozenset[AlertKind]
    match: tuple[Match, ...] = ()
    not_match: tuple[Match, ...] = ()
    when: When = "any"
    urgency: Urgency = Urgency.NORMAL
    escalation: str = "assignee"
    after_hours: AfterHours = "page"
    leads: tuple[Lead, ...] = ()
    targets: frozenset[Target] = DEADLINES
    tell_others: TellOthers | None = None

    def wants(self, ticket: Ticket, at: datetime | None, calendar: BusinessCalendar) -> bool:
        """Whether the rule applies to the ticket, for a cause at that instant."""
        if self.when != "any" and at is not None and calendar.is_open(at) is not (self.when == "open"):
            return False
        return selects(self.match, self.not_match, ticket, SlaState.NONE, SlaState.NONE)


@dataclass(frozen=True, kw_only=True)
class AlertRules:
    """All rules, in the order of the file: the first that wants an alert of a kind for a ticket gets it.

    Attributes:
        backlog_after: a ticket older than this when it was first seen is backlog, and no news.
        fresh_for: how long something that happened (created, assigned …) is worth telling.
    """

    rules: tuple[AlertRule, ...] = ()
    backlog_after: timedelta = timedelta(hours=1)
    fresh_for: timedelta = timedelta(hours=1)
    follows_silence: bool = field(init=False, repr=False, compare=False)
    """Whether any rule follows the clocks of silence."""
    _by_kind: Mapping[AlertKind, tuple[AlertRule, ...]] = field(init=False, repr=False, compare=False)
    _by_id: Mapping[str, AlertRule] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_kind = {kind: tuple(rule for rule in self.rules if kind in rule.on) for kind in AlertKind}
        followers = (*by_kind[AlertKind.SLA_BREACH], *by_kind[AlertKind.SLA_WARNING])
        silence = any(rule.targets - DEADLINES for rule in followers)
        object.__setattr__(self, "follows_silence", silence)
        object.__setattr__(self, "_by_kind", MappingProxyType(by_kind))
        object.__setattr__(self, "_by_id", MappingProxyType({rule.id: rule for rule in self.rules}))

    def rule(self, id_: str) -> AlertRule | None:
        """The rule of that id."""
        return self._by_id.get(id_)

    def of(self, kind: AlertKind) -> tuple[AlertRule, ...]:
        """The rules for a kind of alert, in order."""
        return self._by_kind[kind]
