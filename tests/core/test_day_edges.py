"""When the day of a desk begins and ends, whatever breaks, half days, holidays and clocks there are."""

from datetime import UTC, date, datetime, time
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from deskwatch.core.day_edges import Edge, edges, never_comes
from deskwatch.core.hours import ALWAYS, WHOLE_DAY, BusinessCalendar, Day, Span

BERLIN = ZoneInfo("Europe/Berlin")
MORNING, AFTERNOON = Span(time(8), time(12)), Span(time(13), time(17))
OFFICE = dict.fromkeys(range(5), (MORNING, AFTERNOON))


def found(
    calendar: BusinessCalendar, edge: Edge, after: str, count: int, weekdays: frozenset[int] | None = None
) -> list[str]:
    at = datetime.fromisoformat(after).replace(tzinfo=calendar.zone)
    days = frozenset(range(7)) if weekdays is None else weekdays
    got = islice(edges(calendar, edge, after=at, weekdays=days), count)
    return [f"{moment.astimezone(calendar.zone):%a %d %H:%M}" for moment in got]


def test_a_break_at_noon_neither_ends_a_day_nor_begins_one() -> None:
    office = BusinessCalendar("office", BERLIN, OFFICE)
    assert found(office, "closing", "2026-03-10 07:00", 2) == ["Tue 10 17:00", "Wed 11 17:00"]
    assert found(office, "opening", "2026-03-10 07:00", 2) == ["Tue 10 08:00", "Wed 11 08:00"]


def test_half_days_end_early_and_holidays_and_weekends_do_not_end() -> None:
    days = {date(2026, 3, 11): Day("Holiday"), date(2026, 3, 12): Day("Half", (MORNING,))}
    office = BusinessCalendar("office", BERLIN, OFFICE, days)
    told = ["Tue 10 17:00", "Thu 12 12:00", "Fri 13 17:00", "Mon 16 17:00"]
    assert found(office, "closing", "2026-03-10 12:30", 4) == told


def test_a_day_ends_by_the_clock_on_the_wall_also_when_the_clocks_change() -> None:
    office = BusinessCalendar("office", BERLIN, OFFICE)
    friday = datetime(2026, 3, 27, 12, 0, tzinfo=UTC)
    ends = list(islice(edges(office, "closing", after=friday), 2))
    assert ends == [datetime(2026, 3, 27, 16, tzinfo=UTC), datetime(2026, 3, 30, 15, tzinfo=UTC)]


def test_a_night_shift_ends_once_and_midnight_belongs_to_the_day_before() -> None:
    night = {day: (Span(time(0), time(6)), Span(time(22), time(0))) for day in range(7)}
    assert found(BusinessCalendar("night", BERLIN, night), "closing", "2026-03-10 07:00", 2) == [
        "Wed 11 06:00",
        "Thu 12 06:00",
    ]
    late = BusinessCalendar("late", BERLIN, {4: (Span(time(12), time(0)),)})
    assert found(late, "closing", "2026-03-10 07:00", 1, frozenset({4})) == ["Sat 14 00:00"]
    assert found(late, "closing", "2026-03-10 07:00", 1, frozenset({5})) == []


def test_the_instant_itself_is_not_told_again() -> None:
    office = BusinessCalendar("office", BERLIN, OFFICE)
    assert found(office, "closing", "2026-03-10 17:00", 1) == ["Wed 11 17:00"]


def test_the_last_day_of_all_has_no_closing_time() -> None:
    last = BusinessCalendar("ends", BERLIN, {}, {date(2026, 3, 27): Day("Last", (MORNING,))})
    assert found(last, "closing", "2026-03-20 07:00", 1) == []
    assert never_comes(last, "closing")
    assert not never_comes(last, "opening")


HOLIDAY = {date(2026, 12, 25): Day("Christmas")}


@pytest.mark.parametrize(
    ("calendar", "days", "never"),
    [
        (ALWAYS, range(7), True),
        (BusinessCalendar("shut", UTC, {}), range(7), True),
        (BusinessCalendar("office", UTC, OFFICE), range(7), False),
        (BusinessCalendar("office", UTC, OFFICE), [5, 6], True),
        (
            BusinessCalendar("24x7 but Christmas", UTC, dict.fromkeys(range(7), WHOLE_DAY), HOLIDAY),
            range(7),
            False,
        ),
        (BusinessCalendar("office", UTC, OFFICE, HOLIDAY), [6], True),
        (
            BusinessCalendar("office", UTC, OFFICE, {date(2026, 12, 20): Day("Sale", (MORNING,))}),
            [6],
            False,
        ),
        (BusinessCalendar("breaks", UTC, dict.fromkeys(range(7), (Span(time(2), time(0)),))), range(7), True),
    ],
)
def test_a_closing_that_never_comes_is_known(
    calendar: BusinessCalendar, days: list[int], never: bool
) -> None:
    assert never_comes(calendar, "closing", weekdays=frozenset(days)) is never


def test_looking_for_an_edge_that_is_not_there_ends() -> None:
    assert found(ALWAYS, "closing", "2026-03-10 17:00", 1) == []
