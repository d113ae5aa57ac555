"""Who can be told, and how each of them wants to be reached."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from deskwatch.core.hours import BusinessCalendar


class Urgency(StrEnum):
    """Two classes are enough: what may wake somebody, and everything else."""

    URGENT = "urgent"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class Way:
    """One of a person's ways to be reached: a channel of ``alerts.yaml``, and how long to wait before it."""

    channel: str
    after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Absence:
    """A time in which a person is not to be counted on, half-open. ``stand_in``: who is instead."""

    start: datetime
    end: datetime
    stand_in: str | None = None

    def covers(self, at: datetime) -> bool:
        """Whether the person is away at that instant."""
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person, or a place many people read, such as a chat room.

    Attributes:
        addresses: channel name to phone number (E.164), mail address or whatever that channel sends to.
        agents: ids, names and mail addresses (in lower case) under which the helpdesk knows this person.
        urgent, normal: the person's own order of channels for each urgency.
        quiet: when this calendar is open, only urgent messages get through.
        mute_until: nothing at all gets through before this instant.
        unwanted: kinds of alert this person does not want.
    """

    id: str
    name: str
    addresses: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    agents: frozenset[str] = frozenset()
    urgent: tuple[Way, ...] = ()
    normal: tuple[Way, ...] = ()
    quiet: BusinessCalendar | None = None
    mute_until: datetime | None = None
    unwanted: frozenset[str] = frozenset()
    absences: tuple[Absence, ...] = ()

    def ways(self, urgency: Urgency) -> tuple[Way, ...]:
        """The person's own order for an urgency."""
        return self.urgent if urgency is Urgency.URGENT else self.normal
