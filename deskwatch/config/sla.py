"""``sla.yaml``: which deadline counts, when a ticket turns yellow and red, and how long silence may last."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from deskwatch.config.fields import Auto, CalendarName, Name
from deskwatch.config.matching import TicketMatch
from deskwatch.core.calendars import CalendarUse
from deskwatch.core.hours import BusinessCalendar
from deskwatch.core.sla import DeadlineTarget, EscalateRules, Measure, SlaPolicy, SlaRules
from deskwatch.core.ticket import Phase, Priority
from deskwatch.settings import Duration, Strict, at_least

_RULES = SlaRules()
"""Where the defaults come from, so that the rules and their file cannot drift apart."""

Limits = dict[Priority, Annotated[Duration, at_least("1m")]]


def _of(name: str) -> Any:
    value = getattr(_RULES, name)
    return Field(default_factory=lambda: dict(value))


class ThresholdSettings(Strict):
    """How long before its deadline a ticket changes colour."""

    warning: Annotated[Duration, at_least("0s")] = _RULES.warning
    """Yellow from here on."""
    critical: Annotated[Duration, at_least("0s")] = _RULES.critical
    """Orange from here on."""
    measure: Measure = _RULES.thresholds_in
    """``wall``: day and night. ``working``: only while the desk is open; ``1d`` is then one working day."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.critical > self.warning:
            raise ValueError("critical must not be longer than warning: it comes after it")
        return self


class TargetSettings(Strict):
    """Which of a ticket's two due dates its clock counts to."""

    by_type: dict[str, DeadlineTarget] = _of("target_by_type")
    """Ticket type to ``first_response`` or ``resolution``."""
    default: DeadlineTarget = _RULES.default_target
    """For every other type."""
    other_target: bool = _RULES.other_target
    """When the target is met or has no due date, the ticket's other due date counts."""


class UpdateSettings(Strict):
    """How long silence may last before somebody has to write."""

    limits: Limits = _of("update_limits")
    """By priority, while the customer waits on us; a priority that is not named has no limit."""
    chase_limits: Limits = _of("chase_limits")
    """By priority, while we wait for the customer or a third party: when to remind them."""
    hold_limits: Limits = _of("hold_limits")
    """By priority, while a ticket is on hold or scheduled. Empty: for ever."""
    measure: Measure = _RULES.update_in
    """``working``: only while the desk is open; ``2d`` is then two working days. ``wall``: day and night."""
    since: Literal["turn", "updated"] = _RULES.update_since
    """``turn``: since the turn changed hands or we last answered. ``updated``: since any change."""
    warning_share: Annotated[float, Field(ge=0, le=1)] = _RULES.update_warning
    """Warn when this share of the limit is left: ``0.25`` is the last quarter; ``0`` never warns."""


class PolicySettings(Strict):
    """Deadlines for tickets whose source gives none. The first policy that applies counts."""

    name: Name
    """Short name; the tooltip of a deadline says it."""
    match: list[TicketMatch] = Field(default_factory=list)
    """Any of these must hold. Empty: every ticket."""
    not_match: list[TicketMatch] = Field(default_factory=list)
    """None of these may hold."""
    first_response: Annotated[Duration, at_least("1m")] | None = None
    """Time for the first answer. Empty: this policy sets no such deadline."""
    resolution: Annotated[Duration, at_least("1m")] | None = None
    """Time for the solution. Empty: this policy sets no such deadline."""
    measure: Measure = "wall"
    """``wall``: day and night. ``working``: only while the desk is open; ``1d`` is then one working day."""
    calendar: Annotated[CalendarName | None, Auto()] = None
    """The calendar of ``hours.yaml`` for working time. ``auto``: that of the ticket."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.first_response is None and self.resolution is None:
            raise ValueError("a policy needs first_response or resolution, such as resolution: 8h")
        return self

    def policy(self, calendars: Mapping[str, BusinessCalendar]) -> SlaPolicy:
        """The policy for the core."""
        return SlaPolicy(
            name=self.name,
            match=tuple(match.match() for match in self.match),
            not_match=tuple(match.match() for match in self.not_match),
            first_response=self.first_response,
            resolution=self.resolution,
            measure=self.measure,
            calendar=calendars[self.calendar] if self.calendar else None,
        )


class EscalateSettings(Strict):
    """What a missed deadline changes. The ticket in the helpdesk stays as it is."""

    on_breach: bool = False
    """``true``: a ticket that missed its deadline counts as one priority higher, with the deadline that the
    policies give to that priority."""
    match: list[TicketMatch] = Field(default_factory=list)
    """Any of these must hold. Empty: every ticket."""
    not_match: list[TicketMatch] = Field(default_factory=list)
    """None of these may hold."""
    up_to: Priority = Priority.URGENT
    """Nothing is raised above this priority."""

    def rules(self) -> EscalateRules | None:
        """The rules for the core; ``None``: nothing is raised."""
        if not self.on_breach:
            return None
        return EscalateRules(
            match=tuple(match.match() for match in self.match),
            not_match=tuple(match.match() for match in self.not_match),
            up_to=self.up_to,
        )


class ExplanationSettings(Strict):
    """Whether somebody has to say why a deadline was missed: an answer, a note or another status will do."""

    required: bool = True
    """``true``: a ticket without a word since its deadline owes one."""
    after: Annotated[Duration, at_least("0s")] = timedelta(hours=1)
    """How long after the deadline the word is owed."""


class SlaSettings(Strict):
    """``sla.yaml``."""

    calendar: CalendarName = "desk"
    """The calendar of ``hours.yaml`` in which working time is measured."""
    thresholds: ThresholdSettings = ThresholdSettings()
    targets: TargetSettings = TargetSettings()
    pausing_phases: list[Phase] = Field(default_factory=lambda: sorted(_RULES.pausing_phases))
    """Phases in which the deadline's clock stands still."""
    updates: UpdateSettings = UpdateSettings()
    policies: list[PolicySettings] = Field(default_factory=list)
    """Deadlines for tickets whose source gives none."""
    escalate: EscalateSettings = EscalateSettings()
    explanations: ExplanationSettings = ExplanationSettings()

    @field_validator("policies")
    @classmethod
    def _have_names_of_their_own(cls, policies: list[PolicySettings]) -> list[PolicySettings]:
        names = [policy.name for policy in policies]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"two policies have the name {', '.join(sorted(twice))}")
        return policies

    def rules(
        self, calendars: Mapping[str, BusinessCalendar], uses: tuple[CalendarUse, ...] = ()
    ) -> SlaRules:
        """The rules as plain values for the core; ``uses``: calendars that count for some tickets."""
        return SlaRules(
            warning=self.thresholds.warning,
            critical=self.thresholds.critical,
            thresholds_in=self.thresholds.measure,
            target_by_type=self.targets.by_type,
            default_target=self.targets.default,
            other_target=self.targets.other_target,
            pausing_phases=frozenset(self.pausing_phases),
            update_limits=self.updates.limits,
            chase_limits=self.updates.chase_limits,
            hold_limits=self.updates.hold_limits,
            update_in=self.updates.measure,
            update_since=self.updates.since,
            update_warning=self.updates.warning_share,
            calendar=calendars[self.calendar],
            calendar_uses=uses,
            policies=tuple(policy.policy(calendars) for policy in self.policies),
            escalate=self.escalate.rules(),
            explain_after=self.explanations.after if self.explanations.required else None,
        )
