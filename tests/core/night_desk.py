"""A small desk for incidents: ana is on call, ben next, mia the manager. Open on weekdays 08:00-17:00."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from deskwatch.core.alert_rules import AlertRule
from deskwatch.core.alerts import Alert, AlertKind, Raised
from deskwatch.core.delivery import Decision, Verdict
from deskwatch.core.desk import ChannelTraits, Desk
from deskwatch.core.escalation_policy import EscalationPolicy, EscalationStep
from deskwatch.core.hours import BusinessCalendar, Span
from deskwatch.core.people import Absence, Contact, Urgency, Way
from deskwatch.core.routing import StepTaken, first_step, take_step
from deskwatch.core.ticket import Person, Ticket, format_instant

TUESDAY_NIGHT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
TUESDAY_NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OFFICE = {day: (Span(time(8), time(17)),) for day in range(5)}

ANA = Contact(
    id="ana",
    name="Ana",
    addresses={"sms": "+491", "voice": "+491", "mail": "ana@example.com"},
    agents=frozenset({"19", "ana alvarez"}),
    urgent=(Way("sms"), Way("voice", 3 * MINUTE)),
    normal=(Way("mail"),),
)
BEN = Contact(
    id="ben",
    name="Ben",
    addresses={"sms": "+492", "mail": "ben@example.com"},
    urgent=(Way("sms"),),
    normal=(Way("mail"),),
)
MIA = Contact(
    id="mia",
    name="Mia",
    addresses={"mail": "mia@example.com"},
    urgent=(Way("mail"),),
    normal=(Way("mail"),),
)
CHANNELS = {
    "sms": ChannelTraits("sms", "short"),
    "voice": ChannelTraits("voice", "speech"),
    "mail": ChannelTraits("email", "mail"),
    "room": ChannelTraits("slack", "chat"),
}


@dataclass(frozen=True)
class Roster:
    """A schedule that never turns."""

    layers: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {"primary": ("ana",)})
    coming: tuple[str, ...] = ("ben",)
    needed: bool = True
    absences: Mapping[str, tuple[Absence, ...]] = field(default_factory=dict)

    def on_call_at(self, at: datetime, *, layer: str | None = None) -> tuple[str, ...]:
        layers = self.layers.values() if layer is None else [self.layers.get(layer, ())]
        return tuple(person for people in layers for person in people)

    def who_is_next(self, at: datetime, layer: str | None = None) -> tuple[tuple[str, datetime], ...]:
        return tuple((person, at + HOUR) for person in self.coming)

    def is_missed(self, at: datetime, *, layer: str | None = None) -> bool:
        return self.needed and bool(self.layers) and not self.on_call_at(at, layer=layer)


def ladder(*steps: EscalationStep, **more: Any) -> EscalationPolicy:
    """The policy ``night``; without steps: on call, after 10 minutes the next, after 10 more the manager."""
    usual = (
        EscalationStep(notify=("oncall",)),
        EscalationStep(notify=("next",), after=10 * MINUTE),
        EscalationStep(notify=("manager",), after=10 * MINUTE),
    )
    return EscalationPolicy(name="night", steps=steps or usual, **more)


def step(*notify: str, after: int = 0, **more: Any) -> EscalationStep:
    """A step, ``after`` in minutes."""
    return EscalationStep(notify=notify, after=after * MINUTE, **more)


def desk(policy: EscalationPolicy | None = None, *, after_hours: Any = "page", **more: Any) -> Desk:
    """The desk with one rule, ``night``."""
    rule = AlertRule(
        id="night", on=frozenset({AlertKind.AFTER_HOURS}), escalation="night", after_hours=after_hours
    )
    usual: dict[str, Any] = {
        "people": {"ana": ANA, "ben": BEN, "mia": MIA},
        "groups": {"Service Desk": ("ana", "ben")},
        "managers": ("mia",),
        "admins": ("mia",),
        "schedule": Roster(),
        "calendar": BusinessCalendar("desk", UTC, OFFICE),
        "rules": {"night": rule},
        "escalations": {"night": policy or ladder()},
        "channels": CHANNELS,
    }
    return Desk(**{**usual, **more})


def without(desk: Desk, *people: str) -> Desk:
    """The desk when nobody has heard of some people."""
    return replace(desk, people={id_: who for id_, who in desk.people.items() if id_ not in people})


def changed(desk: Desk, id_: str, **changes: Any) -> Desk:
    """The desk with another side of a person."""
    return replace(desk, people={**desk.people, id_: replace(desk.people[id_], **changes)})


TICKET = Ticket(
    key="demo-12",
    source="demo",
    id="12",
    subject="Mail is down",
    agent=Person(id="19", name="Ana Alvarez"),
    group=Person(id="7", name="Service Desk"),
)


def alert(
    kind: AlertKind = AlertKind.AFTER_HOURS,
    *,
    urgency: Urgency = Urgency.URGENT,
    at: datetime = TUESDAY_NIGHT,
    rule: str = "night",
    ticket: str | None = "demo-12",
    detail: str = "",
    **facts: Any,
) -> Alert:
    """An alert about TICKET."""
    key = f"{ticket or 'desk'}|{kind}{detail and ':'}{detail}|{format_instant(at)}"
    facts = {"source": "demo", "priority": "urgent", **facts}
    return Alert(
        key=key, kind=kind, rule=rule, ticket=ticket, occurred_at=at, urgency=urgency, reason="x", facts=facts
    )


def raised(cause: Alert | None = None, *, on: Desk, now: datetime = TUESDAY_NIGHT) -> Raised:
    """An alert at its first step."""
    return first_step(cause or alert(), desk=on, ticket=TICKET, now=now).raised


def take(
    raised: Raised, *, on: Desk, now: datetime = TUESDAY_NIGHT, ticket: Ticket | None = TICKET, **more: Any
) -> StepTaken:
    """Take the step that is due."""
    return take_step(raised, desk=on, ticket=ticket, now=now, **more)


def told(taken: StepTaken) -> list[str]:
    """``["ana sms", "ana voice +3m"]``: who is told by what and when, in the order of envelopes."""
    return [
        f"{each.person} {each.channel}"
        + (f" +{_minutes(each.not_before, taken)}m" if each.not_before else "")
        + (" copy" if each.copy else "")
        for each in taken.envelopes
    ]


def reasons(decisions: tuple[Decision, ...], *verdicts: Verdict) -> list[str]:
    """Why, of some verdicts or of all."""
    return [each.reason for each in decisions if not verdicts or each.verdict in verdicts]


def _minutes(at: datetime, taken: StepTaken) -> int:
    return round((at - taken.decisions[0].at) / MINUTE)
