"""Who is on call: layers of shifts and rotations, what overrides them, and who stands in for the absent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Literal

from deskwatch.core.people import Absence
from deskwatch.core.rotation import Every, Rotation, Shift, Source, While, earliest

__all__ = [
    "Every",
    "Gap",
    "Handoff",
    "IntendedGap",
    "Layer",
    "Override",
    "Rotation",
    "Schedule",
    "Shift",
    "TemporarySchedule",
    "While",
]

LOOK_AHEAD = timedelta(days=366)
"""How far the next handoff is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A change of who is on call from ``start`` until ``end``, half-open.

    ``replace``: ``people`` stand in for ``instead_of`` wherever one of those is on call; without
    ``instead_of`` they stand in for everybody of the layer. ``add``: they are on call as well. ``remove``:
    they are not. ``layer`` ``None`` means every layer for ``remove`` and a ``replace`` that names
    ``instead_of``, and the first layer for the others.
    """

    start: datetime
    end: datetime
    kind: Literal["replace", "add", "remove"]
    people: tuple[str, ...]
    instead_of: tuple[str, ...] = ()
    layer: str | None = None

    def covers(self, at: datetime) -> bool:
        """Whether it holds at that instant."""
        return self.start <= at < self.end

    def apply(self, people: tuple[str, ...]) -> tuple[str, ...]:
        """Who is on call instead of ``people``."""
        if self.kind == "add":
            return people + self.people
        if self.kind == "remove":
            return tuple(person for person in people if person not in self.people)
        if not self.instead_of:
            return self.people
        if not set(people) & set(self.instead_of):
            return people
        return (*(person for person in people if person not in self.instead_of), *self.people)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporarySchedule:
    """Shifts and rotations that hold for a time instead of those of the layers it names."""

    start: datetime
    end: datetime
    layers: Mapping[str, tuple[Source, ...]]
    name: str = ""

    def covers(self, at: datetime) -> bool:
        """Whether it holds at that instant."""
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One line of people on call, such as primary or secondary; all its sources count together.

    Attributes:
        feeds: names of calendars elsewhere whose entries count too, see ``Schedule.fed``.
        needed: when somebody has to be on call; ``None``: always.
    """

    id: str
    sources: tuple[Source, ...] = ()
    feeds: tuple[str, ...] = ()
    needed: While | None = None


@dataclass(frozen=True, slots=True)
class IntendedGap:
    """A time in which nobody is meant to be on call; ``layer`` ``None``: in no layer."""

    start: datetime
    end: datetime
    layer: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """A time in which nobody of a layer is on call although somebody should be, half-open."""

    start: datetime
    end: datetime
    layer: str


@dataclass(frozen=True, slots=True, order=True)
class Handoff:
    """An instant at which the people of a layer change."""

    at: datetime
    layer: str
    arriving: tuple[str, ...]
    leaving: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Who is on call at every instant.

    In this order: the sources of a layer, or of the last temporary schedule that names it; then the overrides
    as they are written; last, whoever is absent is skipped and, when one is named, the stand-in comes in.

    Attributes:
        layers: by id, the first one is told first.
        fed: shifts read from calendars elsewhere, by the name of the feed.
        absences: by person.
        intended: times in which nobody is meant to be on call.
    """

    layers: Mapping[str, Layer] = field(default_factory=lambda: MappingProxyType({}))
    overrides: tuple[Override, ...] = ()
    temporary: tuple[TemporarySchedule, ...] = ()
    fed: Mapping[str, tuple[Shift, ...]] = field(default_factory=lambda: MappingProxyType({}))
    absences: Mapping[str, tuple[Absence, ...]] = field(default_factory=lambda: MappingProxyType({}))
    intended: tuple[IntendedGap, ...] = ()

    def with_(
        self,
        *,
        fed: Mapping[str, tuple[Shift, ...]] | None = None,
        absences: Mapping[str, tuple[Absence, ...]] | None = None,
    ) -> "Schedule":
        """The schedule with the shifts of feeds, and with more absences than it has."""
        away = dict(self.absences)
        for person, more in (absences or {}).items():
            away[person] = away.get(person, ()) + more
        return replace(self, fed=self.fed if fed is None else fed, absences=away)

    def on_call_at(self, at: datetime, *, layer: str | None = None) -> tuple[str, ...]:
        """Ids of the people on call, each once, in the order of the layers; ``layer``: of this one only."""
        layers = self.layers if layer is None else (layer,)
        return _each_once(person for id_ in layers for person in self._people(id_, at))

    def next_handoff(self, at: datetime, *, layer: str | None = None) -> datetime | None:
        """The first instant after ``at`` at which a layer has other people; ``None``: not within a year.

        Two layers that exchange their people hand over too, although the same people are on call.
        """
        layers = tuple(self.layers) if layer is None else (layer,)
        now = [set(self.on_call_at(at, layer=id_)) for id_ in layers]
        for change in self._changes(at, at + LOOK_AHEAD):
            if [set(self.on_call_at(change, layer=id_)) for id_ in layers] != now:
                return change
        return None

    def who_is_next(self, at: datetime, layer: str | None = None) -> tuple[tuple[str, datetime], ...]:
        """Who comes on call next without being it now, each with the instant; empty: nobody within a year."""
        now = self.on_call_at(at, layer=layer)
        for change in self._changes(at, at + LOOK_AHEAD):
            arriving = [person for person in self.on_call_at(change, layer=layer) if person not in now]
            if arriving:
                return tuple((person, change) for person in arriving)
        return ()

    def handoffs(self, start: datetime, end: datetime) -> tuple[Handoff, ...]:
        """Every change of people of a layer after ``start`` and not after ``end``, in order."""
        found = []
        before = {id_: self.on_call_at(start, layer=id_) for id_ in self.layers}
        for at in self._changes(start, end):
            for id_ in self.layers:
                people = self.on_call_at(at, layer=id_)
                arriving = tuple(person for person in people if person not in before[id_])
                leaving = tuple(person for person in before[id_] if person not in people)
                if arriving or leaving:
                    found.append(Handoff(at, id_, arriving, leaving))
                before[id_] = people
        return tuple(found)

    def gaps(self, start: datetime, end: datetime) -> tuple[Gap, ...]:
        """The times from ``start`` until ``end`` in which a layer needs somebody on call and has nobody.

        Of a layer with a feed that was not asked yet nothing is known, so it has none.
        """
        found: list[Gap] = []
        for id_ in self.layers:
            edges = [start, *(at for at in self._changes(start, end) if at < end), end]
            for since, until in pairwise(edges):
                if since >= until or not self.is_missed(since, layer=id_):
                    continue
                if found and found[-1].layer == id_ and found[-1].end == since:
                    found[-1] = Gap(found[-1].start, until, id_)
                else:
                    found.append(Gap(since, until, id_))
        return tuple(sorted(found))

    def is_missed(self, at: datetime, *, layer: str | None = None) -> bool:
        """Whether somebody should be on call and nobody is, in this layer or in any."""
        return any(self._is_missed(id_, at) for id_ in self.layers if layer in (None, id_))

    def _is_missed(self, layer: str, at: datetime) -> bool:
        usual = self.layers[layer]
        if any(feed not in self.fed for feed in usual.feeds):
            return False
        if usual.needed is not None and not usual.needed.holds(at):
            return False
        if any(gap.start <= at < gap.end for gap in self.intended if gap.layer in (None, layer)):
            return False
        return not self._people(layer, at)

    def _people(self, layer: str, at: datetime) -> tuple[str, ...]:
        people = tuple(person for source in self._sources(layer, at) for person in source.people_at(at))
        first = next(iter(self.layers), None)
        for override in self.overrides:
            everywhere = override.kind == "remove" or override.instead_of
            wanted = override.layer or (layer if everywhere else first)
            if wanted == layer and override.covers(at):
                people = override.apply(people)
        return _each_once(present for person in people for present in self._present(person, at))

    def _sources(self, layer: str, at: datetime) -> tuple[Source, ...]:
        for temporary in reversed(self.temporary):
            if layer in temporary.layers and temporary.covers(at):
                return temporary.layers[layer]
        if layer not in self.layers:
            return ()
        usual = self.layers[layer]
        return (*usual.sources, *(shift for name in usual.feeds for shift in self.fed.get(name, ())))

    def _present(self, person: str, at: datetime) -> Iterator[str]:
        """The person, or whoever stands in; nobody when all of them are away."""
        asked: set[str] = set()
        who: str | None = person
        while who is not None and who not in asked:
            asked.add(who)
            away = next((absence for absence in self.absences.get(who, ()) if absence.covers(at)), None)
            if away is None:
                yield who
                return
            who = away.stand_in

    def _changes(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Every instant after ``after``, up to ``until``, at which an answer may be another, in order."""
        fixed = sorted({at for at in self._fixed_edges() if after < at <= until}, reverse=True)
        turning = [source for source in self._all_sources() if not isinstance(source, Shift)]
        turning += [layer.needed for layer in self.layers.values() if layer.needed is not None]
        pending = [(source, source.next_change(after)) for source in turning]
        while True:
            times = [at for _, at in pending if at is not None]
            nearest = earliest([*times, *fixed[-1:]])
            if nearest is None or nearest > until:
                return
            yield nearest
            if fixed and fixed[-1] == nearest:
                fixed.pop()
            pending = [
                (source, source.next_change(nearest) if at == nearest else at) for source, at in pending
            ]

    def _all_sources(self) -> Iterator[Source | While]:
        for layer in self.layers.values():
            yield from layer.sources
            for name in layer.feeds:
                yield from self.fed.get(name, ())
        for temporary in self.temporary:
            for sources in temporary.layers.values():
                yield from sources

    def _fixed_edges(self) -> Iterator[datetime]:
        ranges: list[Shift | Override | TemporarySchedule | Absence | IntendedGap] = [
            *(source for source in self._all_sources() if isinstance(source, Shift)),
            *self.overrides,
            *self.temporary,
            *(absence for absences in self.absences.values() for absence in absences),
            *self.intended,
        ]
        for one in ranges:
            yield one.start
            yield one.end


def _each_once(people: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(people))
