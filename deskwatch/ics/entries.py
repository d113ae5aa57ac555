"""What a calendar says, as plain entries. What cannot be read of it is told, and the rest counts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from deskwatch.errors import DeskwatchError

MAX_BYTES = 5 << 20
MAX_ENTRIES = 20_000
"""How many entries of the time that is asked for are taken."""

_TOO_OFTEN = {"SECONDLY", "MINUTELY"}
_MOST_A_DAY = 48
"""How often an event may repeat within a day: the library takes minutes over millions of times."""
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)
"""What the libraries raise over broken calendars; they promise nothing more exact."""


class IcsError(DeskwatchError):
    """A calendar that cannot be used, in words that never hold its address."""


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One occurrence of an event.

    Attributes:
        people: mail addresses (in lower case) and names of those who take part.
        whole_days: it has dates and no times.
    """

    start: datetime
    end: datetime
    summary: str = ""
    people: tuple[str, ...] = ()
    whole_days: bool = False

    @property
    def dates(self) -> Iterator[date]:
        """The days it touches, by the clock of its own zone."""
        on = self.start.date()
        while datetime.combine(on, time(0), self.end.tzinfo) < self.end:
            yield on
            on += timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Contents:
    """The entries of a time, in order, and a sentence for each event that could not be read."""

    entries: tuple[Entry, ...]
    problems: tuple[str, ...] = ()


def read_entries(data: bytes, start: datetime, end: datetime, zone: ZoneInfo) -> Contents:
    """The entries that touch the time from ``start`` until ``end``; dates and floating times are of ``zone``.

    Cost: about a millisecond for ten events that repeat, and 0.2 s once to import the libraries.

    Raises:
        IcsError: this is no calendar, or the libraries for it are not installed.
    """
    icalendar, recurring = _libraries()
    if len(data) > MAX_BYTES:
        raise IcsError(f"it is larger than {MAX_BYTES >> 20} MB")
    try:
        calendar = icalendar.Calendar.from_ical(data)
        zones = list(calendar.walk("VTIMEZONE"))
        series = _series(calendar)
    except _UNREADABLE:
        raise IcsError("it is no calendar (iCalendar, a file that begins with BEGIN:VCALENDAR)") from None
    if calendar.name != "VCALENDAR":
        raise IcsError("it is no calendar: BEGIN:VCALENDAR is missing")
    entries: list[Entry] = []
    problems: list[str] = []
    for events in series:
        try:
            _check(events)
            alone = icalendar.Calendar()
            alone.subcomponents = [*zones, *events]
            entries += [_entry(e, zone) for e in recurring.of(alone).between(start, end) if _counts(e)]
        except _UNREADABLE as problem:
            problems.append(f"{_called(events[0])} is skipped: {_reason(problem)}")
        if len(entries) > MAX_ENTRIES:
            raise IcsError(f"it has more than {MAX_ENTRIES} entries")
    return Contents(tuple(sorted(entries)), tuple(problems))


def _libraries() -> tuple[Any, Any]:
    try:
        return import_module("icalendar"), import_module("recurring_ical_events")
    except ImportError:
        raise IcsError("reading calendars needs two more packages: pip install 'deskwatch[ics]'") from None


def _series(calendar: Any) -> list[list[Any]]:
    """The events by their id: a repeated event and its exceptions belong together."""
    series: dict[str, list[Any]] = {}
    for number, event in enumerate(calendar.walk("VEVENT")):
        series.setdefault(str(event.get("UID") or f"event {number}"), []).append(event)
    return list(series.values())


def _check(events: Sequence[Any]) -> None:
    """Refuse what the libraries would guess about, or spend minutes on."""
    for event in events:
        if "DTSTART" not in event:
            raise ValueError("it has no start")
        start, end = event["DTSTART"].dt, event["DTEND"].dt if "DTEND" in event else None
        if end is not None and type(start) is not type(end):
            raise ValueError("one of its start and end has a time and the other has none")
        if end is not None and end < start:
            raise ValueError("it ends before it starts")
        rules = event.get("RRULE", ())
        for rule in rules if isinstance(rules, list) else [rules] if rules else []:
            if _TOO_OFTEN & {str(word).upper() for word in rule.get("FREQ", ())}:
                raise ValueError("it repeats every minute or second")
            if _times_a_day(rule) > _MOST_A_DAY:
                raise ValueError(f"it repeats more than {_MOST_A_DAY} times a day")


def _times_a_day(rule: Any) -> int:
    hourly = "HOURLY" in {str(word).upper() for word in rule.get("FREQ", ())}
    times = 24 if hourly else 1
    for part in ("BYMINUTE", "BYSECOND") if hourly else ("BYHOUR", "BYMINUTE", "BYSECOND"):
        times *= max(1, len(rule.get(part, ())))
    return times


def _counts(event: Any) -> bool:
    return str(event.get("STATUS", "")).upper() != "CANCELLED"


def _entry(event: Any, zone: ZoneInfo) -> Entry:
    start, end = event["DTSTART"].dt, event["DTEND"].dt
    attendees = event.get("ATTENDEE", [])
    people = [
        word
        for who in (attendees if isinstance(attendees, list) else [attendees])
        for word in (re.sub(r"(?i)^mailto:", "", str(who)), str(who.params.get("CN", "")))
    ]
    return Entry(
        _instant(start, zone),
        _instant(end, zone),
        " ".join(str(event.get("SUMMARY", "")).split()),
        tuple(word.strip().lower() for word in people if word.strip()),
        not isinstance(start, datetime),
    )


def _instant(at: Any, zone: ZoneInfo) -> datetime:
    if not isinstance(at, datetime):
        return datetime.combine(at, time(0), zone)
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)


def _called(event: Any) -> str:
    """An event as its keeper would recognise it."""
    summary = " ".join(str(event.get("SUMMARY", "")).split())
    try:
        return f"{summary[:40]!r} of {event['DTSTART'].dt}"
    except _UNREADABLE:
        return f"{summary[:40]!r}"


def _reason(problem: BaseException) -> str:
    words = " ".join(str(problem).split())
    return words[:120] or "it cannot be read"
