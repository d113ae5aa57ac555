"""Calendars that others keep, read again and again; the last good reading of each stays until the next."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from deskwatch.core.oncall import Schedule, Shift
from deskwatch.core.people import Absence, Contact
from deskwatch.ics.entries import Contents, Entry, IcsError, read_entries
from deskwatch.ics.feed_settings import FeedSettings
from deskwatch.ics.fetch import fetch
from deskwatch.ics.fetch import read_file as read_copy
from deskwatch.ics.people import Names
from deskwatch.store.atomic import write_atomic
from deskwatch.store.errors import StoreError

log = logging.getLogger(__name__)

BEHIND, AHEAD = timedelta(days=2), timedelta(days=100)
"""Which time around now is taken from a calendar."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
TOLD = 5
"""How many problems of one calendar are told at once."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one calendar said when it was last read.

    Attributes:
        read_at: when it was read from its origin; ``None``: not since the start, the last good copy is used.
        tried_at: when that was last tried.
        is_known: whether it was ever read, or at least asked; before, its being empty means nothing.
        problem: why the last try failed; the entries are then older ones.
        doubts: entries that do not count, and why.
    """

    tried_at: datetime
    read_at: datetime | None = None
    shifts: tuple[Shift, ...] = ()
    absences: Mapping[str, tuple[Absence, ...]] = field(default_factory=dict)
    problem: str | None = None
    doubts: tuple[str, ...] = ()
    is_known: bool = True


class Feeds:
    """The calendars of ``oncall.yaml``. ``refresh`` waits for servers: run it beside the tick, not in it.

    ``readings`` is replaced as a whole, so any thread may look at it. Copies of good calendars are kept in
    ``folder``, so that a restart while a server is down does not empty the roster.
    """

    def __init__(
        self,
        feeds: Mapping[str, FeedSettings],
        *,
        people: Mapping[str, Contact],
        zone: ZoneInfo,
        folder: Path,
        fetch: Callable[[FeedSettings], bytes] = fetch,
    ) -> None:
        self.readings: Mapping[str, Reading] = {}
        self._feeds, self._zone, self._folder, self._fetch = feeds, zone, folder, fetch
        self._names = Names(people)
        self._busy = threading.Lock()

    def remember(self, now: datetime) -> None:
        """Take the last good copies, without asking anybody; for the start, and for who only looks."""
        self.readings = {name: self._from_copy(name, None, now, None) for name in self._feeds}

    def next_at(self) -> datetime | None:
        """When something is due; an instant of the past: now. ``None``: there are no calendars."""
        due = [self._due(name) for name in self._feeds]
        return min(due, default=None)

    def refresh(self, now: datetime, *, only_files: bool = False) -> None:
        """Read every calendar that is due. Never raises for what a calendar or its server does.

        ``only_files`` asks no server; what those say is then as old as the last good copy.
        """
        if not self._busy.acquire(blocking=False):
            return
        try:
            asked = [name for name, feed in self._feeds.items() if feed.file or not only_files]
            due = [name for name in asked if self._due(name) <= now]
            read = {name: self._read(name, now) for name in due}
            self.readings = {**self.readings, **read}
        finally:
            self._busy.release()

    def schedule(self, schedule: Schedule) -> Schedule:
        """The schedule with what the calendars say; one that was not asked yet is not in ``Schedule.fed``."""
        absences: dict[str, tuple[Absence, ...]] = {}
        for reading in self.readings.values():
            for person, more in reading.absences.items():
                absences[person] = absences.get(person, ()) + more
        fed = {name: reading.shifts for name, reading in self.readings.items() if reading.is_known}
        return schedule.with_(fed=fed, absences=absences)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the calendars, one sentence each."""
        return tuple(
            f"calendar {name}: {words}"
            for name, reading in self.readings.items()
            for words in (*([reading.problem] if reading.problem else []), *reading.doubts[:TOLD])
        )

    def _due(self, name: str) -> datetime:
        reading = self.readings.get(name)
        if reading is None or (reading.read_at is None and reading.problem is None):
            return _LONG_AGO
        return reading.tried_at + self._feeds[name].refresh

    def _read(self, name: str, now: datetime) -> Reading:
        try:
            data = self._fetch(self._feeds[name])
            reading = self._understood(name, self._contents(data, now), now)
        except IcsError as problem:
            words = f"{problem}; the last good one stays"
            return self._from_copy(name, self.readings.get(name), now, words)
        self._keep(name, data)
        return reading

    def _from_copy(self, name: str, before: Reading | None, now: datetime, problem: str | None) -> Reading:
        """The last good copy, looked at anew because time passes; without one, what was known before."""
        known = before or Reading(now, is_known=False)
        try:
            contents = self._contents(read_copy(self._copy(name)), now)
        except IcsError:
            is_known = known.is_known or problem is not None
            return replace(known, tried_at=now, problem=problem, is_known=is_known)
        reading = self._understood(name, contents, now)
        return replace(reading, read_at=known.read_at, problem=problem)

    def _contents(self, data: bytes, now: datetime) -> Contents:
        return read_entries(data, now - BEHIND, now + AHEAD, self._zone)

    def _understood(self, name: str, contents: Contents, now: datetime) -> Reading:
        feed = self._feeds[name]
        wanted = feed.containing.casefold()
        shifts: list[Shift] = []
        absences: dict[str, tuple[Absence, ...]] = {}
        doubts = list(contents.problems)
        for entry in contents.entries:
            if wanted not in entry.summary.casefold() or entry.start >= entry.end:
                continue
            start, end = entry.start.astimezone(UTC), entry.end.astimezone(UTC)
            people = self._names.of(entry)
            if not people:
                doubts.append(_nobody(entry))
            elif feed.means == "on_call":
                shifts.append(Shift(start, end, people))
            else:
                for person in people:
                    away = Absence(start, end)
                    absences[person] = (*absences.get(person, ()), away)
        return Reading(now, now, tuple(shifts), absences, None, tuple(doubts))

    def _copy(self, name: str) -> Path:
        return self._folder / f"{name}.ics"

    def _keep(self, name: str, data: bytes) -> None:
        path = self._copy(name)
        try:
            if not path.is_file() or path.read_bytes() != data:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_atomic(path, data)
        except (OSError, StoreError) as problem:
            log.warning("The copy of calendar %s cannot be kept: %s", name, problem)


def _nobody(entry: Entry) -> str:
    who = f" ({', '.join(entry.people[:2])})" if entry.people else ""
    return f"{entry.summary[:40]!r} of {entry.start:%Y-%m-%d}{who} names nobody of people.yaml"
