"""``oncall.yaml``: who is on call, by date and by turns."""

from collections.abc import Mapping
from datetime import time
from types import MappingProxyType
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from deskwatch.config.fields import Auto, CalendarName, FeedName, LayerName, Name, PersonName
from deskwatch.config.hours import DayDate
from deskwatch.config.period import Period
from deskwatch.core.hours import BusinessCalendar
from deskwatch.core.oncall import (
    Every,
    IntendedGap,
    Layer,
    Override,
    Rotation,
    Schedule,
    Shift,
    TemporarySchedule,
    While,
)
from deskwatch.core.people import Contact
from deskwatch.core.rotation import Source
from deskwatch.ics.feed_settings import FeedSettings
from deskwatch.settings import HourMinute, Strict, Weekday, Zone

Calendars = Mapping[str, BusinessCalendar]


class ShiftSettings(Period):
    """People who are on call from one date to another."""

    people: Annotated[list[PersonName], Field(min_length=1)]
    """Who is on call; all of them are told."""

    def shift(self, zone: ZoneInfo) -> Shift:
        """The shift for the rules."""
        return Shift(*self.instants(zone), tuple(self.people))


class HoursOnly(Strict):
    """Restricted to the time while a calendar is open, or while it is closed."""

    hours: CalendarName | None = None
    """Only while this calendar of ``hours.yaml`` is open."""
    outside: CalendarName | None = None
    """Only while this calendar of ``hours.yaml`` is closed."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.hours and self.outside:
            raise ValueError("set either hours or outside")
        return self

    def while_(self, calendars: Calendars) -> While | None:
        """The restriction for the rules; ``None``: always."""
        name = self.hours or self.outside
        return While(calendars[name], is_open=self.hours is not None) if name else None


class RotationSettings(HoursOnly):
    """People who take turns."""

    people: Annotated[list[PersonName], Field(min_length=1)]
    """Who takes turns, in this order."""
    every: Every = Every.WEEK
    """What a turn is measured in."""
    count: Annotated[int, Field(ge=1, le=1000)] = 1
    """How many of those a turn lasts: ``2`` weeks, ``12`` hours."""
    handoff: HourMinute = time(9)
    """The local time at which a turn passes on, also when the clocks change."""
    weekday: Weekday | None = None
    """On which day weekly turns pass on. Default: the weekday of ``start``."""
    start: DayDate
    """The first day of the first person."""
    end: DayDate | None = None
    """The day on which the last turn ends, at the time of the handoff. Default: it goes on."""
    zone: Annotated[Zone | None, Auto()] = None
    """Time zone of the handoff. ``auto``: that of this file, else of ``deskwatch.yaml``."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.weekday is not None and self.every is not Every.WEEK:
            raise ValueError(f"weekday is for turns of weeks; these are of {self.every}s")
        if self.end is not None and self.end <= self.start:
            raise ValueError("ends before it starts")
        return self

    def rotation(self, zone: ZoneInfo, calendars: Calendars) -> Rotation:
        """The rotation for the rules."""
        return Rotation(
            people=tuple(self.people),
            every=self.every,
            count=self.count,
            handoff=self.handoff,
            weekday=self.weekday.number if self.weekday else None,
            start=self.start,
            end=self.end,
            zone=self.zone or zone,
            hours=self.while_(calendars),
        )


class SourceSettings(Strict):
    """Who is on call, by date and by turns; everybody named counts."""

    shifts: list[ShiftSettings] = Field(default_factory=list)
    """Fixed times; they may overlap."""
    rotations: list[RotationSettings] = Field(default_factory=list)
    """People who take turns."""

    def sources(self, zone: ZoneInfo, calendars: Calendars) -> tuple[Source, ...]:
        """The sources for the rules."""
        shifts = (shift.shift(zone) for shift in self.shifts)
        return (*shifts, *(rotation.rotation(zone, calendars) for rotation in self.rotations))


class LayerSettings(SourceSettings):
    """One line of people on call, such as ``primary`` and ``secondary``."""

    feeds: list[FeedName] = Field(default_factory=list)
    """Calendars of ``feeds`` below whose entries count too."""
    needed: HoursOnly = HoursOnly()
    """When somebody has to be on call; other hours without anybody are no gap. Default: always."""

    def layer(self, id_: str, zone: ZoneInfo, calendars: Calendars) -> Layer:
        """The layer for the rules."""
        return Layer(
            id=id_,
            sources=self.sources(zone, calendars),
            feeds=tuple(self.feeds),
            needed=self.needed.while_(calendars),
        )


class OverrideSettings(Period):
    """A change of who is on call for a time."""

    kind: Literal["replace", "add", "remove"]
    """``replace``: ``people`` instead of ``instead_of`` or everybody. ``add``: as well. ``remove``: not."""
    people: Annotated[list[PersonName], Field(min_length=1)]
    """Who comes or, with ``remove``, goes."""
    instead_of: list[PersonName] = Field(default_factory=list)
    """With ``replace``: whose place they take. Empty: everybody's in the layer."""
    layer: LayerName | None = None
    """Which layer. Default: every layer for ``remove`` and with ``instead_of``, else the first."""

    @model_validator(mode="after")
    def _replaces_somebody(self) -> Self:
        if self.instead_of and self.kind != "replace":
            raise ValueError(f"instead_of is for kind replace; this is {self.kind}")
        return self

    def override(self, zone: ZoneInfo) -> Override:
        """The override for the rules."""
        start, end = self.instants(zone)
        return Override(
            start=start,
            end=end,
            kind=self.kind,
            people=tuple(self.people),
            instead_of=tuple(self.instead_of),
            layer=self.layer,
        )


class TemporarySettings(Period):
    """A plan that holds for a time instead of the usual one, such as the days around Christmas."""

    name: str = ""
    """What it is for."""
    layers: Annotated[dict[LayerName, SourceSettings], Field(min_length=1)]
    """Layer to who is on call in that time; layers that are not named stay as usual."""

    def temporary(self, zone: ZoneInfo, calendars: Calendars) -> TemporarySchedule:
        """The temporary schedule for the rules."""
        start, end = self.instants(zone)
        layers = {id_: sources.sources(zone, calendars) for id_, sources in self.layers.items()}
        return TemporarySchedule(start=start, end=end, layers=MappingProxyType(layers), name=self.name)


class GapSettings(Period):
    """A time in which nobody is meant to be on call."""

    layer: LayerName | None = None
    """In which layer. Default: in all."""
    reason: str = ""
    """Why that is well."""

    def gap(self, zone: ZoneInfo) -> IntendedGap:
        """The gap for the rules."""
        return IntendedGap(*self.instants(zone), self.layer, self.reason)


class OncallSettings(Strict):
    """``oncall.yaml``."""

    zone: Annotated[Zone | None, Auto()] = None
    """Time zone of this file. ``auto``: that of ``deskwatch.yaml``."""
    layers: dict[Name, LayerSettings] = Field(default_factory=dict)
    """Lines of people on call by name; the first is told first."""
    overrides: list[OverrideSettings] = Field(default_factory=list)
    """Changes for a time, applied in this order."""
    temporary: list[TemporarySettings] = Field(default_factory=list)
    """Plans that hold for a time instead of the usual one."""
    gaps: list[GapSettings] = Field(default_factory=list)
    """Times in which nobody is meant to be on call."""
    feeds: dict[Name, FeedSettings] = Field(default_factory=dict)
    """Calendars that are kept elsewhere (iCalendar), by name. Needs the extra ``deskwatch[ics]``."""

    @model_validator(mode="after")
    def _layers_have_feeds_of_duties(self) -> Self:
        for id_, layer in self.layers.items():
            for name in layer.feeds:
                if name in self.feeds and self.feeds[name].means != "on_call":
                    raise ValueError(
                        f"layer {id_} takes its people from {name}, which is a calendar of absences"
                    )
        return self

    def schedule(self, people: Mapping[str, Contact], calendars: Calendars, zone: ZoneInfo) -> Schedule:
        """The schedule for the rules; ``zone`` is that of the desk."""
        zone = self.zone or zone
        layers = {id_: layer.layer(id_, zone, calendars) for id_, layer in self.layers.items()}
        return Schedule(
            layers=MappingProxyType(layers),
            overrides=tuple(override.override(zone) for override in self.overrides),
            temporary=tuple(one.temporary(zone, calendars) for one in self.temporary),
            absences=MappingProxyType({id_: who.absences for id_, who in people.items() if who.absences}),
            intended=tuple(gap.gap(zone) for gap in self.gaps),
        )
