"""Business hours: when the desk is open, and arithmetic in working time.

The desk is open when the clock on its wall reads a time inside a span. In the night the clocks go forward, a
span that covers the gap is an hour shorter; when they go back, an hour longer: durations are real seconds.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from types import MappingProxyType

from deskwatch.core.openings import FIRST_YEAR, LAST_YEAR, OpenYear, new_year, tabulate

_DAY = timedelta(days=1)
_ZERO = timedelta(0)
_MIDNIGHT = time(0)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CACHED_YEARS = 32


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Opening hours within a day, half-open: at ``end`` the desk is closed. An ``end`` of 00:00 means 24:00.

    Raises:
        ValueError: the span is empty, or runs over midnight (write two spans, one for each day).
    """

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start.tzinfo or self.end.tzinfo:
            raise ValueError(f"{self}: opening hours are wall times; the zone belongs to the calendar")
        if self.end != _MIDNIGHT and self.end <= self.start:
            raise ValueError(f"{self}: ends before it starts; hours over midnight are two spans of two days")

    def __str__(self) -> str:
        end = "24:00" if self.end == _MIDNIGHT else self.end.isoformat("auto").removesuffix(":00")
        return f"{self.start.isoformat('auto').removesuffix(':00')}-{end}"

    @property
    def opens(self) -> timedelta:
        """Wall time from midnight to the opening."""
        return _since_midnight(self.start)

    @property
    def closes(self) -> timedelta:
        """Wall time from midnight to the closing, 24 h for the end of the day."""
        return _DAY if self.end == _MIDNIGHT else _since_midnight(self.end)


WHOLE_DAY = (Span(_MIDNIGHT, _MIDNIGHT),)


@dataclass(frozen=True, slots=True)
class Day:
    """A date with hours of its own: a holiday (no spans), a half day or a special opening."""

    name: str
    spans: tuple[Span, ...] = ()

    @property
    def is_holiday(self) -> bool:
        """Whether the desk stays closed all day."""
        return not self.spans


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """When a desk is open: spans for each weekday (0 is Monday), dates with hours of their own, one zone.

    Instants go in aware and come out in UTC. The object is immutable for its users; it remembers the open
    intervals of the years it was asked about, so that a question costs about a microsecond.

    Raises:
        ValueError: a weekday outside 0-6, or spans of one day that overlap.
    """

    name: str
    zone: tzinfo
    week: Mapping[int, tuple[Span, ...]]
    days: Mapping[date, Day] = field(default_factory=dict)
    _years: dict[int, OpenYear] = field(default_factory=dict, init=False, repr=False, compare=False)
    _full_day: timedelta = field(default=_DAY, init=False, repr=False, compare=False)
    _never_closes: bool = field(default=False, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for weekday in self.week:
            if weekday not in range(7):
                raise ValueError(f"weekday {weekday!r}: expected 0 (Monday) to 6 (Sunday)")
        week = {n: _ordered(self.week.get(n, ()), _WEEKDAYS[n]) for n in range(7)}
        days = {on: Day(day.name, _ordered(day.spans, str(on))) for on, day in sorted(self.days.items())}
        object.__setattr__(self, "week", MappingProxyType(week))
        object.__setattr__(self, "days", MappingProxyType(days))
        lengths = [_length(spans) for spans in week.values()]
        object.__setattr__(self, "_full_day", max(lengths) or _DAY)
        object.__setattr__(self, "_never_closes", not days and all(length == _DAY for length in lengths))

    def __hash__(self) -> int:
        return hash((self.name, str(self.zone)))

    @classmethod
    def always(cls, zone: tzinfo = UTC) -> "BusinessCalendar":
        """A desk that never closes."""
        return cls("24x7", zone, dict.fromkeys(range(7), WHOLE_DAY))

    @property
    def is_always_open(self) -> bool:
        """Whether working time is simply time."""
        return self._never_closes

    @property
    def full_day(self) -> timedelta:
        """The working time of a full day: that of the longest weekday, 24 h when no weekday has hours."""
        return self._full_day

    def working(self, duration: timedelta) -> timedelta:
        """What people mean by a duration in working time: whole days are full days of this desk."""
        days, rest = divmod(duration, _DAY)
        return duration if rest else days * self.full_day

    def is_open(self, at: datetime) -> bool:
        """Whether the desk is open at that instant."""
        at = _in_utc(at)
        year = self._year(at.year)
        i = bisect_right(year.starts, at) - 1
        return i >= 0 and at < year.ends[i]

    def day_at(self, at: datetime) -> Day | None:
        """The date with hours of its own that this instant falls on, in the calendar's zone."""
        return self.days.get(at.astimezone(self.zone).date())

    def holiday_at(self, at: datetime) -> str | None:
        """The name of the holiday this instant falls on; half days and special openings are none."""
        day = self.day_at(at)
        return day.name if day is not None and day.is_holiday else None

    def next_opening(self, at: datetime) -> datetime | None:
        """The first instant after ``at`` at which the closed desk opens; ``None``: it never does again."""
        at = _in_utc(at)
        return next((opens for opens, _ in self._intervals(at) if opens > at), None)

    def next_closing(self, at: datetime) -> datetime | None:
        """The first instant after ``at`` at which the open desk closes; ``None``: it never does again."""
        return next((closes for _, closes in self._intervals(_in_utc(at))), None)

    def add(self, at: datetime, duration: timedelta) -> datetime | None:
        """The instant with ``duration`` of working time between it and ``at``; negative durations go back.

        Of several such instants it is the nearest: a target that ends exactly at closing stays on that day,
        one that goes back exactly to an opening stays there. ``None``: the desk does not work that long.
        """
        at = _in_utc(at)
        if not duration:
            return at
        number = at.year
        year = self._year(number)
        worked = year.worked(at) + duration
        if duration > _ZERO:
            last = self._last_year(number)
            while worked > year.total:
                worked -= year.total
                number += 1
                if number > last:
                    return None
                year = self._year(number)
            return year.earliest(worked)
        first = self._first_year(number)
        while worked < _ZERO:
            number -= 1
            if number < first:
                return None
            year = self._year(number)
            worked += year.total
        return year.latest(worked)

    def between(self, a: datetime, b: datetime) -> timedelta:
        """The working time from ``a`` to ``b``; negative when ``b`` comes first."""
        a, b = _in_utc(a), _in_utc(b)
        if b < a:
            return -self.between(b, a)
        worked = self._year(b.year).worked(b) - self._year(a.year).worked(a)
        for number in range(a.year, b.year):
            worked += self._year(number).total
        return worked

    def _year(self, number: int) -> OpenYear:
        year = self._years.get(number)
        if year is None:
            if len(self._years) >= _CACHED_YEARS:
                self._years.clear()  # dates of a far century, one by one, must not fill the memory
            year = self._years[number] = tabulate(number, self.zone, self._hours_on)
        return year

    def _hours_on(self, on: date) -> Iterator[tuple[timedelta, timedelta]]:
        day = self.days.get(on)
        spans = self.week[on.weekday()] if day is None else day.spans
        return ((span.opens, span.closes) for span in spans)

    def _intervals(self, at: datetime) -> Iterator[tuple[datetime, datetime | None]]:
        """Opening and closing of every interval that is not over at ``at``; ``None``: it never closes."""
        last = min(max([at.year, *(on.year for on in self.days)]) + 1, LAST_YEAR)
        opens: datetime | None = None
        closes: datetime | None = None
        for number in range(at.year, last + 1):
            year = self._year(number)
            first = bisect_right(year.ends, at)
            for start, end in zip(year.starts[first:], year.ends[first:], strict=True):
                if start != closes:
                    if opens is not None:
                        yield opens, closes
                    opens = start
                closes = end
        if opens is not None:
            yield opens, closes if closes != new_year(last + 1) else None

    def _first_year(self, number: int) -> int:
        if any(self.week.values()):
            return FIRST_YEAR
        return min([number, *(on.year - 1 for on in self.days)])

    def _last_year(self, number: int) -> int:
        if any(self.week.values()):
            return LAST_YEAR
        return max([number, *(on.year + 1 for on in self.days)])


def _in_utc(at: datetime) -> datetime:
    if at.tzinfo is UTC:
        return at
    if at.tzinfo is None:  # astimezone() would quietly read it in the zone of this machine
        raise TypeError(f"expected an aware instant, got {at.isoformat()}")
    return at.astimezone(UTC)


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


def _length(spans: Iterable[Span]) -> timedelta:
    return sum((span.closes - span.opens for span in spans), _ZERO)


def _ordered(spans: Iterable[Span], place: str) -> tuple[Span, ...]:
    ordered = tuple(sorted(spans))
    for earlier, later in pairwise(ordered):
        if later.opens < earlier.closes:
            raise ValueError(f"{place}: {earlier} and {later} overlap")
    return ordered


ALWAYS = BusinessCalendar.always()
