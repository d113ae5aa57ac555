"""Everything that routing may know about a desk: its people, who is on call, its ways to reach them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from typing import Any, Protocol

from deskwatch.core.alerts import Alert
from deskwatch.core.escalation_policy import EscalationPolicy, EscalationStep
from deskwatch.core.hours import ALWAYS, BusinessCalendar
from deskwatch.core.people import Absence, Contact, Urgency, Way
from deskwatch.core.ticket import Person, Ticket
from deskwatch.core.windows import Window

_PERSONAL = frozenset({"sms", "whatsapp", "voice", "email"})
MEDIA = MappingProxyType(
    {
        "sms": "short",
        "whatsapp": "chat",
        "voice": "speech",
        "email": "mail",
        "webhook": "data",
    }
)
"""Kind of channel to the texts it takes; every other kind takes those of a chat."""
ROOM = "channel:"
"""A target that is not a person but a place many people read: ``channel:helpdesk-slack``."""


class OnCall(Protocol):
    """What routing asks an on-call schedule; ``core.oncall.Schedule`` is one."""

    @property
    def layers(self) -> Mapping[str, Any]:
        """The layers by name, such as ``primary`` and ``secondary``."""

    @property
    def absences(self) -> Mapping[str, tuple[Absence, ...]]:
        """By person, also those that stand in calendars elsewhere."""

    def on_call_at(self, at: datetime, *, layer: str | None = None) -> tuple[str, ...]:
        """Ids of the people on call, of one layer or of all."""

    def who_is_next(self, at: datetime, layer: str | None = None) -> tuple[tuple[str, datetime], ...]:
        """Who takes over next, and when."""

    def is_missed(self, at: datetime, *, layer: str | None = None) -> bool:
        """Whether somebody should be on call and nobody is."""


class Routed(Protocol):
    """What routing asks an alert rule; ``core.alerts.AlertRule`` is one."""

    @property
    def escalation(self) -> str:
        """The name of the policy that says who is told."""

    @property
    def after_hours(self) -> str:
        """``page``, ``hold`` or ``drop`` while the desk is closed."""

    @property
    def tell_others(self) -> str | None:
        """``never``, ``free`` or ``same``: whether the others hear that somebody has taken it."""


@dataclass(frozen=True, slots=True)
class NobodyOnCall:
    """The schedule of a desk without one."""

    layers: Mapping[str, Any] = field(default_factory=dict)
    absences: Mapping[str, tuple[Absence, ...]] = field(default_factory=dict)

    def on_call_at(self, at: datetime, *, layer: str | None = None) -> tuple[str, ...]:
        """Nobody."""
        return ()

    def who_is_next(self, at: datetime, layer: str | None = None) -> tuple[tuple[str, datetime], ...]:
        """Nobody."""
        return ()

    def is_missed(self, at: datetime, *, layer: str | None = None) -> bool:
        """Never: nobody is meant to be on call."""
        return False


@dataclass(frozen=True, slots=True)
class ChannelTraits:
    """What routing knows about a channel: its kind (``sms``, ``email`` …) and the texts it takes."""

    kind: str
    medium: str

    @property
    def is_personal(self) -> bool:
        """Whether everybody has an own address there; other channels reach one place, such as a room."""
        return self.kind in _PERSONAL


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The desk at one moment of its configuration.

    Attributes:
        groups: the helpdesk's groups, by name or id, to ids of people.
        rules: alert rules by id; ``escalations``: policies by name.
        only_urgent: kinds of channels that are kept for urgent alerts.
        windows: maintenance and silences.
        broken: (person, channel) to why messages do not arrive there.
        broken_channels: channels that need an admin before they work again, and why.
        several_sources: whether the same id can be somebody else in another helpdesk.
        calendar: the hours of the desk; ``calendar_of``: those that count for a ticket, when they differ.
    """

    people: Mapping[str, Contact] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    managers: tuple[str, ...] = ()
    admins: tuple[str, ...] = ()
    last_resort: str | None = None
    schedule: OnCall = field(default_factory=NobodyOnCall)
    calendar: BusinessCalendar = ALWAYS
    rules: Mapping[str, Routed] = field(default_factory=dict)
    escalations: Mapping[str, EscalationPolicy] = field(default_factory=dict)
    channels: Mapping[str, ChannelTraits] = field(default_factory=dict)
    only_urgent: frozenset[str] = frozenset({"sms", "voice"})
    windows: tuple[Window, ...] = ()
    broken: Mapping[tuple[str, str], str] = field(default_factory=dict)
    broken_channels: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo = UTC
    several_sources: bool = False
    calendar_of: Callable[[Ticket], BusinessCalendar] | None = field(default=None, repr=False, compare=False)

    def calendar_for(self, ticket: Ticket | None) -> BusinessCalendar:
        """The business hours that count for a ticket."""
        return self.calendar if ticket is None or self.calendar_of is None else self.calendar_of(ticket)

    def policy_of(self, alert: Alert) -> EscalationPolicy:
        """Who is told of an alert.

        One whose rule is gone since it was raised goes to whom such alerts usually go; one about the desk
        itself that no rule wants, to the admins.
        """
        rule = self.rules.get(alert.rule)
        names = [] if rule is None else [rule.escalation]
        if alert.ticket is not None:
            names.append("on-call" if alert.urgency is Urgency.URGENT else "assignee")
        known = (self.escalations.get(name) for name in [*names, "admin"])
        return next((policy for policy in known if policy is not None), ADMIN_POLICY)

    def contact(self, id_: str) -> Contact | None:
        """A person, or a room by its target."""
        if id_.startswith(ROOM):
            name = id_.removeprefix(ROOM)
            way = (Way(name),)
            return Contact(id=id_, name=name, addresses={name: ""}, urgent=way, normal=way)
        return self.people.get(id_)

    def absence(self, contact: Contact, at: datetime) -> Absence | None:
        """Why a person is not to be counted on at that instant; ``None``: there is no such reason."""
        known = (*contact.absences, *self.schedule.absences.get(contact.id, ()))
        return next((absence for absence in known if absence.covers(at)), None)

    def agent(self, source: str, agent: Person) -> str | None:
        """The person whom the helpdesk ``source`` knows as this agent: by id, name or mail address.

        An id that says its source (``atera:12``) counts before anything else. A bare one counts last when
        there are several sources: 12 may be another person in each. Without ``agents`` of their own, people
        are found by their mail address or their name.
        """
        there = {f"{source}:{agent.id}".casefold()} if agent.id else set()
        names = {name.casefold() for name in (agent.name, agent.email) if name}
        ids = {agent.id.casefold()} - {""}
        ways = [(there, _agents), (names | ids, _agents), (names, _addresses)]
        if self.several_sources:
            ways = [(there, _agents), (names, _agents), (names, _addresses), (ids, _agents)]
        for wanted, known_as in ways:
            for id_, contact in self.people.items():
                if wanted & known_as(contact):
                    return id_
        return None

    def members(self, source: str, group: Person) -> tuple[str, ...]:
        """Ids of the people of a group of a helpdesk; those of its ``atera:3`` before those of any 3."""
        names = ({f"{source}:{group.id}".casefold()}, {group.id.casefold(), group.name.casefold()} - {""})
        for wanted in names:
            found = [ids for name, ids in self.groups.items() if name.casefold() in wanted]
            if found:
                return tuple(dict.fromkeys(id_ for ids in found for id_ in ids))
        return ()


def _agents(contact: Contact) -> frozenset[str]:
    return contact.agents


def _addresses(contact: Contact) -> frozenset[str]:
    return frozenset(text.casefold() for text in (contact.name, *contact.addresses.values()) if text)


ADMIN_POLICY = EscalationPolicy(name="admin", steps=(EscalationStep(notify=("admin",)),))
"""What holds for alerts about the desk itself as long as no policy is called ``admin``."""
