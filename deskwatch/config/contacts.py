"""``people.yaml``: who can be told, how each of them wants to be reached, and their names in the helpdesk."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from deskwatch.channels.mail_settings import is_mail_address
from deskwatch.channels.phone import parse_phone
from deskwatch.config.fields import Auto, ChannelName, Moment, Name, PersonName
from deskwatch.config.hours import WeekSettings
from deskwatch.config.period import Period, at_zone
from deskwatch.core.alerts import AlertKind
from deskwatch.core.hours import BusinessCalendar
from deskwatch.core.people import Absence, Contact, Way
from deskwatch.settings import Duration, Strict, Zone, at_most, clip

PHONE_KINDS = ("sms", "whatsapp", "voice")
"""Kinds of channel that take a phone number."""

ChannelKinds = Mapping[str, str]
"""Name of a channel of ``alerts.yaml`` to its kind."""

DEFAULT_KINDS = MappingProxyType({kind: kind for kind in (*PHONE_KINDS, "email")})
"""The channels that are meant while ``alerts.yaml`` names none."""

CALL_AFTER = timedelta(minutes=5)
"""When a person without an own order is called, after the text message."""


def parse_mail(text: str) -> str:
    """A mail address without a display name.

    Raises:
        ValueError: it is something else.
    """
    if not is_mail_address(text):
        raise ValueError(f"expected a mail address such as ana@example.com, got {clip(text)}")
    return text


Phone = Annotated[str, AfterValidator(parse_phone), WithJsonSchema({"type": ["string", "number"]})]
"""A phone number in E.164: ``+491701234567``."""

Mail = Annotated[str, AfterValidator(parse_mail), WithJsonSchema({"type": "string", "format": "email"})]
"""A mail address: ``ana@example.com``."""


class WaySettings(Strict):
    """One way to reach a person, and when."""

    channel: ChannelName
    """A channel of ``alerts.yaml``."""
    after: Annotated[Duration, at_most("1d")] = timedelta(0)
    """How long to wait before it, from the moment the person is told."""


def _way(value: Any) -> Any:
    """``sms``, or ``voice: 3m``, or the settings written out."""
    if isinstance(value, str):
        return {"channel": value}
    if isinstance(value, dict) and len(value) == 1 and "channel" not in value:
        ((channel, after),) = value.items()
        return {"channel": channel, "after": after}
    return value


OneWay = Annotated[
    WaySettings, BeforeValidator(_way, json_schema_input_type=WaySettings | str | dict[str, Duration])
]


class AbsenceSettings(Period):
    """A time in which the person is skipped."""

    stand_in: PersonName | None = None
    """Who is on call instead, whenever the person would be."""

    def absence(self, zone: ZoneInfo) -> Absence:
        """The absence for the rules."""
        start, end = self.instants(zone)
        return Absence(start, end, self.stand_in)


class QuietSettings(Strict):
    """Hours in which only urgent messages get through."""

    zone: Annotated[Zone | None, Auto()] = None
    """Time zone of these hours. ``auto``: that of ``deskwatch.yaml``."""
    week: WeekSettings = Field(default_factory=WeekSettings)
    """Quiet hours by weekday: ``00:00-07:00, 20:00-24:00``."""


class PersonSettings(Strict):
    """One person."""

    name: str = ""
    """As others know them. Default: the key."""
    phone: Phone | None = None
    """Mobile number for text messages, WhatsApp and calls: ``+491701234567``. Mail works without."""
    email: Mail | None = None
    """Mail address."""
    addresses: dict[ChannelName, str] = Field(default_factory=dict)
    """Channel of ``alerts.yaml`` to the address used there, when it is not ``phone`` or ``email``."""
    agents: list[str] = Field(default_factory=list)
    """Ids, names or mail addresses under which the helpdesk knows the person; with several helpdesks ids say
    whose they are: ``atera:12``."""
    urgent: list[OneWay] = Field(default_factory=list)
    """Channels for urgent messages in this person's order: ``[sms, {voice: 3m}]``. Empty: text message and
    mail at once, a call after 5 minutes, as far as there are addresses."""
    normal: list[OneWay] = Field(default_factory=list)
    """Channels for everything else. Empty: mail and chat."""
    quiet: QuietSettings | None = None
    """Hours in which only urgent messages get through."""
    mute_until: Moment | None = None
    """Nothing at all gets through before this."""
    unwanted: list[AlertKind] = Field(default_factory=list)
    """Kinds of alert this person does not want: ``[created, resolved]``."""
    absences: list[AbsenceSettings] = Field(default_factory=list)
    """Times in which the person is skipped."""

    def contact(self, id_: str, kinds: ChannelKinds, zone: ZoneInfo) -> Contact:
        """The person for the rules. ``kinds`` are the channels there are, ``zone`` is that of the desk."""
        addresses = self.addresses_by(kinds)
        return Contact(
            id=id_,
            name=self.name or id_,
            addresses=MappingProxyType(addresses),
            agents=frozenset(name.strip().casefold() for name in self.agents),
            urgent=_ways(self.urgent) or _usual_urgent(addresses, kinds),
            normal=_ways(self.normal) or _usual_normal(addresses, kinds),
            quiet=self._quiet(zone),
            mute_until=at_zone(self.mute_until, zone) if self.mute_until else None,
            unwanted=frozenset(self.unwanted),
            absences=tuple(absence.absence(zone) for absence in self.absences),
        )

    def addresses_by(self, kinds: ChannelKinds) -> dict[str, str]:
        """Channel to address: ``phone`` and ``email`` by the kind of channel, then own ``addresses``."""
        usual = {**dict.fromkeys(PHONE_KINDS, self.phone), "email": self.email}
        found = {name: address for name, kind in kinds.items() if (address := usual.get(kind))}
        return {**found, **self.addresses}

    def _quiet(self, zone: ZoneInfo) -> BusinessCalendar | None:
        if self.quiet is None:
            return None
        return BusinessCalendar("quiet hours", self.quiet.zone or zone, self.quiet.week.spans())


class PeopleSettings(Strict):
    """``people.yaml``."""

    people: dict[Name, PersonSettings] = Field(default_factory=dict)
    """People by a short name that the other files use: ``ana``."""
    groups: dict[str, list[PersonName]] = Field(default_factory=dict)
    """Group of the helpdesk, by name or id (``atera:3``: of that source), to the people told for it."""
    managers: list[PersonName] = Field(default_factory=list)
    """Who is meant by ``manager``."""
    admins: list[PersonName] = Field(default_factory=list)
    """Who is meant by ``admin``, and told when Deskwatch itself needs help."""
    last_resort: PersonName | None = None
    """Who is told when nobody else can be; give this person an address that always exists."""

    def contacts(self, kinds: ChannelKinds, zone: ZoneInfo) -> dict[str, Contact]:
        """Everybody, for the rules."""
        return {id_: person.contact(id_, kinds, zone) for id_, person in self.people.items()}


def _ways(ways: list[WaySettings]) -> tuple[Way, ...]:
    return tuple(Way(way.channel, way.after) for way in ways)


def _usual_urgent(addresses: Mapping[str, str], kinds: ChannelKinds) -> tuple[Way, ...]:
    """By each kind of channel once: WhatsApp only when text messages cannot be had, a call last and later."""
    first = _first_of_each_kind(addresses, kinds)
    call = first.pop("voice", None)
    if "sms" in first:
        first.pop("whatsapp", None)
    return (*map(Way, first.values()), *([Way(call, CALL_AFTER)] if call else []))


def _usual_normal(addresses: Mapping[str, str], kinds: ChannelKinds) -> tuple[Way, ...]:
    """By mail and chat; text messages and calls are for what is urgent."""
    first = _first_of_each_kind(addresses, kinds)
    return tuple(Way(name) for kind, name in first.items() if kind not in PHONE_KINDS)


def _first_of_each_kind(addresses: Mapping[str, str], kinds: ChannelKinds) -> dict[str, str]:
    """Kind to the first channel of that kind, in the order of the channels."""
    first: dict[str, str] = {}
    for name in addresses:
        if name in kinds:
            first.setdefault(kinds[name], name)
    return first
