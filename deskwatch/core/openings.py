"""A year of opening hours as intervals of real time: the one place that has to know about changing clocks."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

FIRST_YEAR, LAST_YEAR = 2, 9998  # a zone's offset must not push an instant off the calendar
_DAY = timedelta(days=1)

HoursOn = Callable[[date], Iterable[tuple[timedelta, timedelta]]]
"""Opening and closing of each span of a date, as wall time since midnight, in order."""


@dataclass(frozen=True, slots=True)
class OpenYear:
    """The open intervals of one UTC year, in order and apart, with the working time before each."""

    starts: tuple[datetime, ...] = ()
    ends: tuple[datetime, ...] = ()
    before: tuple[timedelta, ...] = ()
    total: timedelta = timedelta(0)

    def worked(self, at: datetime) -> timedelta:
        """Working time from the start of the year to ``at``."""
        i = bisect_right(self.starts, at) - 1
        if i < 0:
            return timedelta(0)
        end = self.ends[i]
        return self.before[i] + ((at if at < end else end) - self.starts[i])

    def earliest(self, worked: timedelta) -> datetime:
        """The first instant with that much working time behind it; more than none, at most ``total``."""
        i = bisect_left(self.before, worked) - 1
        return self.starts[i] + (worked - self.before[i])

    def latest(self, worked: timedelta) -> datetime:
        """The last instant with that much working time behind it; less than ``total``."""
        i = bisect_right(self.before, worked) - 1
        return self.starts[i] + (worked - self.before[i])


def new_year(number: int) -> datetime:
    """The first instant of a year, in UTC."""
    return datetime(number, 1, 1, tzinfo=UTC)


def tabulate(number: int, zone: tzinfo, hours_on: HoursOn) -> OpenYear:
    """Work out the open intervals of one UTC year: about a millisecond, once."""
    if not FIRST_YEAR <= number <= LAST_YEAR:
        return OpenYear()
    starts: list[datetime] = []
    ends: list[datetime] = []
    before: list[timedelta] = []
    total = timedelta(0)
    for start, end in _open_intervals(number, zone, hours_on):
        if ends and ends[-1] == start:
            ends[-1] = end
        else:
            starts.append(start)
            ends.append(end)
            before.append(total)
        total += end - start
    return OpenYear(tuple(starts), tuple(ends), tuple(before), total)


def _open_intervals(number: int, zone: tzinfo, hours_on: HoursOn) -> Iterator[tuple[datetime, datetime]]:
    """Walk the stretches of the year in which the zone keeps one offset: wall time is plain there."""
    for begin, until, offset in _stretches(number, zone):
        midnight = datetime.combine((begin + offset).date(), time(0), UTC) - offset
        while midnight < until:
            for opens, closes in hours_on((midnight + offset).date()):
                start, end = max(midnight + opens, begin), min(midnight + closes, until)
                if start < end:
                    yield start, end
            midnight += _DAY


def _stretches(number: int, zone: tzinfo) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Cut the year where the zone changes its offset. No zone does that twice within one day."""
    begin, until = new_year(number), new_year(number + 1)
    offset = _offset(zone, begin)
    probe = begin
    while probe < until:
        probe, earlier = min(probe + _DAY, until), probe
        if _offset(zone, probe) != offset:
            change = first_change(zone, earlier, probe)
            yield begin, change, offset
            begin, offset = change, _offset(zone, change)
    if begin < until:
        yield begin, until, offset


def first_change(zone: tzinfo, low: datetime, high: datetime) -> datetime:
    """The second at which the offset of ``low`` gives way to that of ``high``."""
    old = _offset(zone, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if _offset(zone, middle) == old else (low, middle)
    return high


def _offset(zone: tzinfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)
