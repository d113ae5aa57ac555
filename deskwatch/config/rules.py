"""The ``rules:`` of ``alerts.yaml``: what is worth telling, for which tickets, and how urgent it is."""

import re
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from deskwatch.config.fields import EscalationName, Name
from deskwatch.config.matching import TicketMatch
from deskwatch.core.alert_kinds import AlertKind
from deskwatch.core.alert_rules import AfterHours, AlertRule, Lead, TellOthers, When
from deskwatch.core.people import Urgency
from deskwatch.core.sla_clock import Measure, Target
from deskwatch.core.ticket import Priority
from deskwatch.settings import Strict, clip, format_duration, parse_duration

_HOW = "expected how long before a deadline (60m, 1d) or how much of its time is used up (75%)"
_SHARE = re.compile(r"([0-9]{1,2}(?:\.[0-9]{1,2})?) ?%")


def parse_lead(value: Any) -> Lead:
    """Read ``60m`` (left until the deadline) or ``75%`` (of its time used up).

    Raises:
        ValueError: something else, or nothing at all: what happens at the deadline is a breach.
    """
    if isinstance(value, Lead):
        return value
    text = str(value).strip()
    if match := _SHARE.fullmatch(text):
        share = float(match[1]) / 100
        if not share:
            raise ValueError("0% is the start: a warning needs some of the time to be used up")
        return Lead(f"{float(match[1]):g}%", share=share)
    if text.endswith("%"):
        raise ValueError(f"{_HOW}, got {clip(text)}")
    before = parse_duration(text)
    if not before:
        raise ValueError("0 before the deadline is the deadline: that is sla_breach")
    return Lead(format_duration(before), before=before)


LeadText = Annotated[
    Lead,
    BeforeValidator(parse_lead),
    PlainSerializer(lambda lead: lead.label),
    WithJsonSchema({"type": "string", "examples": ["60m", "75%"]}),
]


def _deadlines() -> list[Target]:
    return ["first_response", "resolution"]


class RuleSettings(Strict):
    """One rule. Of the rules that want an alert of a kind for a ticket, the first in the file gets it."""

    id: Name
    """Short name; ``explain`` and the history say which rule it was."""
    on: Annotated[list[AlertKind], Field(min_length=1)]
    """What has to happen."""
    match: list[TicketMatch] = Field(default_factory=list)
    """Any of these must hold. Empty: every ticket."""
    not_match: list[TicketMatch] = Field(default_factory=list)
    """None of these may hold."""
    when: When = "any"
    """``open`` or ``closed``: only while the desk is that."""
    urgency: Urgency = Urgency.NORMAL
    """``urgent`` may wake somebody; each person has an own order of channels for both."""
    escalation: EscalationName
    """Who is told, and who next: a name of ``escalations``."""
    after_hours: AfterHours = "page"
    """While the desk is closed: ``page`` at once, ``hold`` until it opens, ``drop``: tell nobody."""
    leads: list[LeadText] = Field(default_factory=list)
    """For ``sla_warning``: ``60m`` before the deadline, or when ``75%`` of its time is used up."""
    measure: Measure = "wall"
    """How ``leads`` are counted. ``wall``: day and night. ``working``: only while the desk is open."""
    targets: list[Target] = Field(default_factory=_deadlines, min_length=1)
    """For ``sla_warning`` and ``sla_breach``: which clocks."""
    tell_others: TellOthers | None = None
    """Whether the others who were told hear that somebody has taken it: ``never``, ``free`` or ``same``.
    Default: what ``acknowledgement.tell_others`` says, and only for what is urgent."""

    @model_validator(mode="after")
    def _warns_in_time(self) -> Self:
        warns = AlertKind.SLA_WARNING in self.on
        if warns and not self.leads:
            raise ValueError("sla_warning needs leads, such as leads: [75%, 60m]")
        if self.leads and not warns:
            raise ValueError("leads are for sla_warning, which is not in on")
        return self

    def rule(self) -> AlertRule:
        """The rule for the core."""
        return AlertRule(
            id=self.id,
            on=frozenset(self.on),
            match=tuple(match.match() for match in self.match),
            not_match=tuple(match.match() for match in self.not_match),
            when=self.when,
            urgency=self.urgency,
            escalation=self.escalation,
            after_hours=self.after_hours,
            leads=tuple(Lead(lead.label, lead.before, lead.share, self.measure) for lead in self.leads),
            targets=frozenset(self.targets),
            tell_others=self.tell_others,
        )


def _rule(id_: str, *on: AlertKind, **more: Any) -> RuleSettings:
    return RuleSettings(id=id_, on=list(on), **more)


DEFAULT_RULES: tuple[RuleSettings, ...] = (
    _rule("holiday", AlertKind.HOLIDAY, urgency=Urgency.URGENT, escalation="everyone-on-call"),
    _rule(
        "urgent-after-hours",
        AlertKind.AFTER_HOURS,
        AlertKind.PRIORITY_RAISED,
        AlertKind.REOPENED,
        when="closed",
        match=[TicketMatch(priorities=[Priority.URGENT])],
        urgency=Urgency.URGENT,
        escalation="on-call",
    ),
    _rule(
        "urgent-and-free",
        AlertKind.CREATED,
        when="open",
        match=[TicketMatch(priorities=[Priority.URGENT], unassigned=True)],
        escalation="assignee",
    ),
    _rule(
        "urgent-by-day",
        AlertKind.PRIORITY_RAISED,
        when="open",
        match=[TicketMatch(priorities=[Priority.URGENT])],
        escalation="assignee",
    ),
    _rule(
        "assigned",
        AlertKind.ASSIGNED,
        AlertKind.REASSIGNED,
        escalation="assignee",
        after_hours="hold",
    ),
    _rule("reopened", AlertKind.REOPENED, escalation="assignee", after_hours="hold"),
    _rule("customer-replied", AlertKind.CUSTOMER_REPLIED, escalation="assignee", after_hours="hold"),
    _rule(
        "deadline-near",
        AlertKind.SLA_WARNING,
        escalation="assignee",
        after_hours="hold",
        leads=["75%", "60m"],
    ),
    _rule(
        "deadline-missed",
        AlertKind.SLA_BREACH,
        match=[TicketMatch(priorities=[Priority.URGENT])],
        urgency=Urgency.URGENT,
        escalation="late",
    ),
    _rule("deadline-missed-later", AlertKind.SLA_BREACH, escalation="late", after_hours="hold"),
    _rule("escalated", AlertKind.ESCALATED, escalation="late", after_hours="hold"),
    _rule("explain", AlertKind.EXPLANATION_DUE, escalation="explanation", after_hours="hold"),
    _rule(
        "desk",
        AlertKind.WATCHER_SILENT,
        AlertKind.SOURCE_FAILING,
        AlertKind.NOBODY_ON_CALL,
        AlertKind.CHANNEL_BROKEN,
        urgency=Urgency.URGENT,
        escalation="admin",
    ),
)
"""What holds without ``rules:``; the escalations it names are those of ``DEFAULT_ESCALATIONS``."""
