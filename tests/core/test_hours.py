"""Business hours: tables of instants, the nights when clocks change, and laws that hold everywhere."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskwatch.core.hours import ALWAYS, WHOLE_DAY, BusinessCalendar, Day, Span

NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


def span(text: str) -> Span:
    start, end = text.split("-")
    return Span(time.fromisoformat(start), time(0) if end == "24:00" else time.fromisoformat(end))


def spans(text: str) -> tuple[Span, ...]:
    return tuple(span(part) for part in text.split())


def weekdays(text: str, zone: ZoneInfo = NEW_YORK) -> BusinessCalendar:
    return BusinessCalendar("desk", zone, dict.fromkeys(range(5), spans(text)))


def every_day(text: str, zone: ZoneInfo) -> BusinessCalendar:
    return BusinessCalendar("desk", zone, dict.fromkeys(range(7), spans(text)))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, zone: ZoneInfo = NEW_YORK) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


DESK = weekdays("08:00-17:00")

NIGHT_SHIFT = BusinessCalendar(
    "night", BERLIN, {4: spans("18:00-24:00"), 5: spans("00:00-06:00"), 0: spans("08:00-12:00 13:00-17:00")}
)

DECEMBER = BusinessCalendar(
    "december",
    BERLIN,
    dict.fromkeys(range(5), spans("09:00-17:00")),
    {
        date(2026, 12, 24): Day("Christmas Eve", spans("09:00-12:00")),
        date(2026, 12, 25): Day("Christmas Day"),
        date(2026, 12, 26): Day("Inventory", spans("10:00-14:00")),
    },
)


@pytest.mark.parametrize(
    ("calendar", "open_at", "closed_at"),
    [
        pytest.param(
            DESK,
            ["2026-03-09 08:00", "2026-03-09 12:30", "2026-03-13 16:59:59.999999"],
            ["2026-03-09 07:59:59.999999", "2026-03-09 17:00", "2026-03-08 12:00", "2026-03-07 12:00"],
            id="a plain week, closing time is closed",
        ),
        pytest.param(
            NIGHT_SHIFT,
            [
                "2026-03-13 18:00",
                "2026-03-13 23:59:59",
                "2026-03-14 00:00",
                "2026-03-14 05:59",
                "2026-03-09 11:59",
            ],
            ["2026-03-14 06:00", "2026-03-13 17:59", "2026-03-09 17:00", "2026-03-15 00:00"],
            id="hours to midnight and on, a lunch break on Monday",
        ),
        pytest.param(
            DECEMBER,
            ["2026-12-24 11:59", "2026-12-26 10:00", "2026-12-28 09:00", "2027-12-24 16:00"],
            ["2026-12-24 12:00", "2026-12-25 10:00", "2026-12-26 09:59", "2026-12-26 14:00"],
            id="half day, holiday, special opening on a Saturday, and only in that year",
        ),
        pytest.param(
            BusinessCalendar.always(BERLIN),
            ["2026-03-29 03:00", "2026-12-31 23:59:59", "2027-01-01 00:00"],
            [],
            id="24x7",
        ),
        pytest.param(BusinessCalendar("never", BERLIN, {}), [], ["2026-03-09 12:00"], id="never"),
    ],
)
def test_the_desk_is_open_exactly_within_its_spans(
    calendar: BusinessCalendar, open_at: list[str], closed_at: list[str]
) -> None:
    zone = calendar.zone
    assert isinstance(zone, ZoneInfo)
    assert [at for at in open_at if not calendar.is_open(local(at, zone))] == []
    assert [at for at in closed_at if calendar.is_open(local(at, zone))] == []


def test_a_lunch_break_is_closed() -> None:
    desk = BusinessCalendar("desk", BERLIN, {0: spans("13:00-17:00 08:00-12:00")})
    assert desk.is_open(local("2026-03-09 11:59", BERLIN))
    assert not desk.is_open(local("2026-03-09 12:00", BERLIN))
    assert desk.next_opening(local("2026-03-09 12:00", BERLIN)) == local("2026-03-09 13:00", BERLIN)


# Instants are in UTC here: local time is exactly what is in doubt in these nights.
CHANGES = [
    ("New York springs forward", "America/New_York", "2026-03-08 07:00"),
    ("New York falls back", "America/New_York", "2026-11-01 06:00"),
    ("Berlin springs forward", "Europe/Berlin", "2026-03-29 01:00"),
    ("Berlin falls back", "Europe/Berlin", "2026-10-25 01:00"),
    ("Lord Howe springs half an hour", "Australia/Lord_Howe", "2026-10-03 15:30"),
    ("Lord Howe falls half an hour", "Australia/Lord_Howe", "2026-04-04 15:00"),
    ("Santiago skips midnight", "America/Santiago", "2026-09-06 04:00"),
    ("Santiago repeats the hour to midnight", "America/Santiago", "2026-04-05 03:00"),
    ("Beirut skips midnight", "Asia/Beirut", "2026-03-28 22:00"),
    ("Casablanca leaves for Ramadan", "Africa/Casablanca", "2026-02-15 02:00"),
    ("Apia skips a whole day", "Pacific/Apia", "2011-12-30 10:00"),
    ("St John's at one minute past", "America/St_Johns", "2010-11-07 02:31"),
]


@pytest.mark.parametrize(("zone", "change"), [pytest.param(z, c, id=words) for words, z, c in CHANGES])
def test_the_table_of_clock_changes_is_right(zone: str, change: str) -> None:
    at = utc(change)
    before = (at - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).utcoffset()
    assert before != at.astimezone(ZoneInfo(zone)).utcoffset()


HOURS = [
    "00:00-24:00",
    "01:30-02:30",
    "00:00-01:15 01:45-05:00",
    "22:00-24:00",
    "00:00-06:00 23:30-24:00",
    "02:00-03:00",
]


def reads_open(calendar: BusinessCalendar, at: datetime) -> bool:
    """The rule, said slowly: the clock on the wall shows a time inside a span of that date."""
    there = at.astimezone(calendar.zone)
    day = calendar.days.get(there.date())
    today = calendar.week[there.weekday()] if day is None else day.spans
    clock = there.time()
    return any(s.start <= clock and (clock < s.end or s.end == time(0)) for s in today)


@pytest.mark.parametrize("hours", HOURS)
@pytest.mark.parametrize(("zone", "change"), [pytest.param(z, c, id=words) for words, z, c in CHANGES])
def test_the_nights_when_clocks_change_agree_with_the_clock_on_the_wall(
    zone: str, change: str, hours: str
) -> None:
    calendar = every_day(hours, ZoneInfo(zone))
    start = utc(change) - 30 * HOUR
    minutes = [start + n * MINUTE for n in range(60 * 60)]
    opened = [reads_open(calendar, at) for at in minutes]
    assert [calendar.is_open(at) for at in minutes] == opened
    assert calendar.between(start, start + 60 * HOUR) == sum(opened) * MINUTE
    openings = [at for (was, _), (now, at) in pairwise(zip(opened, minutes, strict=True)) if now and not was]
    closings = [at for (was, _), (now, at) in pairwise(zip(opened, minutes, strict=True)) if was and not now]
    for at in openings:
        assert calendar.next_opening(at - MINUTE) == at
    for at in closings:
        assert calendar.next_closing(at - MINUTE) == at


@pytest.mark.parametrize(
    ("hours", "zone", "night", "worth"),
    [
        ("00:00-06:00", "America/New_York", "2026-03-08", 5 * HOUR),
        ("00:00-06:00", "America/New_York", "2026-11-01", 7 * HOUR),
        ("00:00-24:00", "Europe/Berlin", "2026-03-29", 23 * HOUR),
        ("00:00-24:00", "Europe/Berlin", "2026-10-25", 25 * HOUR),
        ("02:00-03:00", "Europe/Berlin", "2026-03-29", 0 * HOUR),
        ("02:00-03:00", "Europe/Berlin", "2026-10-25", 2 * HOUR),
        ("00:00-24:00", "Australia/Lord_Howe", "2026-04-05", timedelta(hours=24, minutes=30)),
    ],
)
def test_a_span_in_a_night_of_change_is_worth_its_real_hours(
    hours: str, zone: str, night: str, worth: timedelta
) -> None:
    calendar = every_day(hours, ZoneInfo(zone))
    begin = local(f"{night} 00:00", ZoneInfo(zone))
    assert calendar.between(begin, local(f"{night} 12:00", ZoneInfo(zone)) + 12 * HOUR) == worth


def test_eight_hours_of_night_work_end_an_hour_later_on_the_clock_when_it_springs_forward() -> None:
    night = BusinessCalendar("night", NEW_YORK, {5: spans("22:00-24:00"), 6: spans("00:00-08:00")})
    assert night.add(local("2026-03-07 22:00"), 8 * HOUR) == local("2026-03-08 07:00")
    assert night.add(local("2026-10-31 22:00"), 8 * HOUR) == local("2026-11-01 05:00")


# --- due dates as a real helpdesk computes them: targets in seconds of opening time, New York

RESPOND = {"urgent": 3_600, "high": 14_400, "medium": 28_800, "low": 86_400}
RESOLVE = {"urgent": 14_400, "high": 43_200, "medium": 86_400, "low": 259_200}


@pytest.mark.parametrize(
    ("created", "priority", "respond_by", "resolve_by"),
    [
        ("2026-03-10T13:19:27", "urgent", "2026-03-10T14:19:27", "2026-03-10T17:19:27"),
        ("2026-03-10T13:19:27", "high", "2026-03-10T17:19:27", "2026-03-11T16:19:27"),
        ("2026-03-10T13:19:27", "medium", "2026-03-11T12:19:27", "2026-03-12T19:19:27"),
        ("2026-03-10T13:19:27", "low", "2026-03-12T19:19:27", "2026-03-20T13:19:27"),
        (
            "2026-03-06T21:30:00",
            "urgent",
            "2026-03-09T12:30:00",
            "2026-03-09T15:30:00",
        ),  # over the spring change
        ("2026-03-07T15:00:00", "high", "2026-03-09T16:00:00", "2026-03-10T15:00:00"),  # on a Saturday
        (
            "2026-03-09T12:00:00",
            "low",
            "2026-03-11T18:00:00",
            "2026-03-18T21:00:00",
        ),  # ends exactly at closing
        (
            "2026-03-09T20:00:00",
            "urgent",
            "2026-03-09T21:00:00",
            "2026-03-10T15:00:00",
        ),  # one hour before closing
        (
            "2026-10-30T20:30:00",
            "urgent",
            "2026-11-02T13:30:00",
            "2026-11-02T16:30:00",
        ),  # over the autumn change
    ],
)
def test_due_dates_come_out_as_the_helpdesk_sets_them(
    created: str, priority: str, respond_by: str, resolve_by: str
) -> None:
    assert DESK.add(utc(created), timedelta(seconds=RESPOND[priority])) == utc(respond_by)
    assert DESK.add(utc(created), timedelta(seconds=RESOLVE[priority])) == utc(resolve_by)


@pytest.mark.parametrize(
    ("at", "duration", "lands"),
    [
        ("2026-03-09 08:00", 9 * HOUR, "2026-03-09 17:00"),  # exactly a day stays on that day
        ("2026-03-09 08:00", 9 * HOUR + timedelta(microseconds=1), "2026-03-10 08:00:00.000001"),
        ("2026-03-09 03:00", 1 * HOUR, "2026-03-09 09:00"),
        ("2026-03-09 17:00", 1 * HOUR, "2026-03-10 09:00"),
        ("2026-03-10 10:00", -2 * HOUR, "2026-03-10 08:00"),  # back exactly to an opening stays there
        ("2026-03-10 10:00", -3 * HOUR, "2026-03-09 16:00"),
        ("2026-03-07 12:00", -1 * HOUR, "2026-03-06 16:00"),
        ("2026-03-07 12:00", 0 * HOUR, "2026-03-07 12:00"),
        ("2026-01-02 10:00", -4 * HOUR, "2026-01-01 15:00"),  # over the turn of a year
        ("2025-12-31 15:00", 4 * HOUR, "2026-01-01 10:00"),
    ],
)
def test_working_time_is_added_and_taken_back(at: str, duration: timedelta, lands: str) -> None:
    assert DESK.add(local(at), duration) == local(lands)


def test_answers_are_in_utc() -> None:
    landed = DESK.add(local("2026-03-09 08:00"), HOUR)
    assert landed is not None
    assert landed.tzinfo is UTC


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        DESK.between(datetime(2026, 3, 9), utc("2026-03-09"))  # noqa: DTZ001


# --- openings, closings, special days


@pytest.mark.parametrize(
    ("at", "opens", "closes"),
    [
        ("2026-03-09 07:00", "2026-03-09 08:00", "2026-03-09 17:00"),
        (
            "2026-03-09 08:00",
            "2026-03-10 08:00",
            "2026-03-09 17:00",
        ),  # just opened: the next opening is tomorrow's
        ("2026-03-06 17:00", "2026-03-09 08:00", "2026-03-09 17:00"),
        ("2025-12-31 18:00", "2026-01-01 08:00", "2026-01-01 17:00"),
    ],
)
def test_the_next_opening_and_closing_come_after_the_instant(at: str, opens: str, closes: str) -> None:
    assert DESK.next_opening(local(at)) == local(opens)
    assert DESK.next_closing(local(at)) == local(closes)


def test_midnight_is_no_closing_when_the_next_day_opens_at_once() -> None:
    assert NIGHT_SHIFT.next_closing(local("2026-03-13 20:00", BERLIN)) == local("2026-03-14 06:00", BERLIN)
    new_year = every_day("00:00-06:00 20:00-24:00", ZoneInfo("UTC"))
    assert new_year.next_closing(utc("2025-12-31 21:00")) == utc("2026-01-01 06:00")
    assert new_year.next_opening(utc("2025-12-31 21:00")) == utc("2026-01-01 20:00")


def test_a_desk_that_never_closes_has_no_closing_and_no_opening() -> None:
    assert ALWAYS.next_closing(utc("2026-03-09")) is None
    assert ALWAYS.next_opening(utc("2026-03-09")) is None
    assert ALWAYS.is_always_open
    assert not DESK.is_always_open


@pytest.mark.parametrize("duration", [HOUR, -HOUR])
def test_a_desk_that_never_opens_says_so_instead_of_searching_for_ever(duration: timedelta) -> None:
    never = BusinessCalendar("never", BERLIN, {0: ()}, {date(2026, 3, 9): Day("Stocktaking")})
    assert never.add(utc("2026-03-09"), duration) is None
    assert never.next_opening(utc("2026-03-09")) is None
    assert never.next_closing(utc("2026-03-09")) is None
    assert never.between(utc("2020-01-01"), utc("2026-01-01")) == timedelta(0)


def test_a_desk_open_on_one_date_only_has_just_those_hours() -> None:
    fair = BusinessCalendar("fair", BERLIN, {}, {date(2028, 5, 6): Day("Fair", spans("10:00-18:00"))})
    assert fair.add(utc("2026-01-01"), 8 * HOUR) == local("2028-05-06 18:00", BERLIN)
    assert fair.add(utc("2026-01-01"), 8 * HOUR + MINUTE) is None
    assert fair.add(utc("2031-01-01"), -8 * HOUR) == local("2028-05-06 10:00", BERLIN)
    assert fair.next_opening(utc("2026-01-01")) == local("2028-05-06 10:00", BERLIN)
    assert fair.next_opening(utc("2028-05-06 12:00")) is None


def test_years_of_holidays_do_not_hide_the_opening_after_them() -> None:
    closed = {date(2026, 1, 1) + n * DAY: Day("Renovation") for n in range(900)}
    desk = BusinessCalendar("desk", BERLIN, dict.fromkeys(range(7), spans("09:00-17:00")), closed)
    assert desk.next_opening(local("2026-01-01 10:00", BERLIN)) == local("2028-06-19 09:00", BERLIN)


def test_only_a_day_without_hours_is_a_holiday_and_it_keeps_its_name() -> None:
    assert DECEMBER.holiday_at(local("2026-12-25 23:59", BERLIN)) == "Christmas Day"
    assert DECEMBER.holiday_at(local("2026-12-24 15:00", BERLIN)) is None
    assert DECEMBER.holiday_at(local("2026-12-26 11:00", BERLIN)) is None
    half_day = DECEMBER.day_at(local("2026-12-24 15:00", BERLIN))
    assert half_day is not None
    assert (half_day.name, half_day.is_holiday) == ("Christmas Eve", False)


def test_the_date_of_a_holiday_is_that_of_the_calendars_zone() -> None:
    assert DECEMBER.holiday_at(utc("2026-12-24 23:30")) == "Christmas Day"
    assert DECEMBER.holiday_at(utc("2026-12-25 23:30")) is None


# --- what an admin can write


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: span("17:00-08:00"), "ends before it starts"),
        (lambda: span("08:00-08:00"), "ends before it starts"),
        (lambda: weekdays("08:00-12:00 11:59-17:00"), "Monday: 08:00-12:00 and 11:59-17:00 overlap"),
        (lambda: weekdays("08:00-24:00 22:00-24:00"), "Monday: 08:00-24:00 and 22:00-24:00 overlap"),
        (lambda: BusinessCalendar("x", BERLIN, {7: WHOLE_DAY}), "weekday 7: expected 0"),
        (
            lambda: BusinessCalendar(
                "x", BERLIN, {}, {date(2026, 1, 1): Day("d", spans("08:00-12:00 09:00-10:00"))}
            ),
            "2026-01-01: 08:00-12:00 and 09:00-10:00 overlap",
        ),
        (lambda: Span(time(8, tzinfo=UTC), time(9)), "the zone belongs to the calendar"),
    ],
)
def test_impossible_hours_are_refused_in_words(make: object, words: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=words):
        make()


def test_spans_may_touch_and_come_in_any_order() -> None:
    desk = BusinessCalendar("desk", BERLIN, {0: spans("12:00-17:00 08:00-12:00")})
    assert desk.next_closing(local("2026-03-09 09:00", BERLIN)) == local("2026-03-09 17:00", BERLIN)
    assert [str(s) for s in desk.week[0]] == ["08:00-12:00", "12:00-17:00"]


@pytest.mark.parametrize(
    ("duration", "meant"),
    [
        (2 * DAY, 18 * HOUR),
        (8 * HOUR, 8 * HOUR),
        (12 * HOUR, 12 * HOUR),
        (36 * HOUR, 36 * HOUR),
        (-2 * DAY, -18 * HOUR),
        (0 * DAY, 0 * DAY),
    ],
)
def test_a_day_of_working_time_is_a_working_day(duration: timedelta, meant: timedelta) -> None:
    assert DESK.working(duration) == meant


def test_two_working_days_from_friday_afternoon_end_on_tuesday_afternoon() -> None:
    assert DESK.add(local("2026-03-06 15:00"), DESK.working(2 * DAY)) == local("2026-03-10 15:00")
    assert ALWAYS.working(2 * DAY) == 2 * DAY


def test_calendars_with_the_same_hours_are_equal_and_cannot_be_changed() -> None:
    assert weekdays("08:00-17:00") == DESK
    assert hash(weekdays("08:00-17:00")) == hash(DESK)
    assert weekdays("08:00-16:00") != DESK
    with pytest.raises(TypeError):
        DESK.week[5] = WHOLE_DAY  # type: ignore[index]
    with pytest.raises(AttributeError):
        DESK.name = "other"  # type: ignore[misc]


def test_the_first_and_last_years_are_survived() -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    for calendar in (DESK, ALWAYS, BusinessCalendar("never", BERLIN, {})):
        assert calendar.add(first, -HOUR) is None
        assert calendar.add(last, HOUR) is None
        assert not calendar.is_open(first)
        assert calendar.next_opening(last) is None
        assert calendar.next_closing(last) is None


# --- laws

ZONES = [
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Santiago",
    "UTC",
]
moments = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
durations = st.timedeltas(timedelta(days=-40), timedelta(days=40))


@st.composite
def calendars(draw: st.DrawFn) -> BusinessCalendar:
    def day_spans() -> tuple[Span, ...]:
        quarters = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
        edges = [(time(q // 4, q % 4 * 15) if q < 96 else time(0)) for q in quarters]
        return tuple(Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False))

    week = {n: day_spans() for n in range(7)}
    dates = draw(st.lists(st.dates(date(2025, 1, 1), date(2025, 1, 9)), max_size=3))
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    return BusinessCalendar("any", zone, week, {on: Day("special", day_spans()) for on in dates})


@given(calendar=calendars(), at=moments, duration=durations)
def test_what_is_added_is_what_lies_between(
    calendar: BusinessCalendar, at: datetime, duration: timedelta
) -> None:
    landed = calendar.add(at, duration)
    if landed is None:
        assert not any(calendar.week.values())
    else:
        assert calendar.between(at, landed) == duration
        assert (landed > at) == (duration > timedelta(0))


@given(
    calendar=calendars(), at=moments, duration=durations, more=st.timedeltas(timedelta(0), timedelta(days=3))
)
def test_more_working_time_never_ends_earlier(
    calendar: BusinessCalendar, at: datetime, duration: timedelta, more: timedelta
) -> None:
    landed, later, started_later = (
        calendar.add(at, duration),
        calendar.add(at, duration + more),
        calendar.add(at + more, duration),
    )
    if landed and later and started_later:
        assert landed <= later
        assert landed <= started_later


@given(calendar=calendars(), a=moments, b=moments, c=moments)
def test_working_time_adds_up_and_turns_its_sign(
    calendar: BusinessCalendar, a: datetime, b: datetime, c: datetime
) -> None:
    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)
    assert calendar.between(a, b) == -calendar.between(b, a)
    assert abs(calendar.between(a, b)) <= abs(b - a)


@given(calendar=calendars(), at=moments)
def test_the_state_holds_until_the_next_opening_or_closing(calendar: BusinessCalendar, at: datetime) -> None:
    opened = calendar.is_open(at)
    change = calendar.next_closing(at) if opened else calendar.next_opening(at)
    if change is not None:
        assert calendar.is_open(change) != opened
        assert calendar.between(at, change) == (change - at if opened else timedelta(0))


@settings(max_examples=30)
@given(
    calendar=calendars(),
    minute=st.integers(0, 11 * 24 * 60),
)
def test_any_calendar_agrees_with_counting_minutes(calendar: BusinessCalendar, minute: int) -> None:
    start = utc("2024-12-28") + minute * MINUTE
    minutes = [start + n * 5 * MINUTE for n in range(12 * 24 * 3)]
    opened = [reads_open(calendar, at) for at in minutes]
    assert [calendar.is_open(at) for at in minutes] == opened
    assert calendar.between(start, start + 3 * DAY) == _counted(calendar, start, 3 * DAY)


def _counted(calendar: BusinessCalendar, start: datetime, length: timedelta) -> timedelta:
    return sum(reads_open(calendar, start + n * MINUTE) for n in range(length // MINUTE)) * MINUTE
