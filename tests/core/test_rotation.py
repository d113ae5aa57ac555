"""Rotations: tables of handoffs, the nights when clocks change, and a slow reference that counts minutes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskwatch.core.hours import BusinessCalendar, Span
from deskwatch.core.rotation import Every, Rotation, Shift, While, first_instant

BERLIN = ZoneInfo("Europe/Berlin")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def local(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


WEEKLY = Rotation(
    people=("ana", "ben"), every=Every.WEEK, weekday=0, handoff=time(9), start=date(2026, 3, 2), zone=BERLIN
)
DAILY = Rotation(
    people=("ana", "ben", "mia"), every=Every.DAY, handoff=time(8), start=date(2026, 3, 27), zone=BERLIN
)
DAY_AND_NIGHT = Rotation(
    people=("ana", "ben"), every=Every.HOUR, count=12, handoff=time(8), start=date(2026, 3, 27), zone=BERLIN
)


@pytest.mark.parametrize(
    ("at", "who"),
    [
        ("2026-03-02 08:59", ()),
        ("2026-03-02 09:00", ("ana",)),
        ("2026-03-09 08:59", ("ana",)),
        ("2026-03-09 09:00", ("ben",)),
        ("2026-03-30 08:59", ("ben",)),  # the first handoff of summer time
        ("2026-03-30 09:00", ("ana",)),
        ("2026-10-26 08:59", ("ben",)),  # the first one of winter time
        ("2026-10-26 09:00", ("ana",)),
    ],
)
def test_a_weekly_handoff_is_at_nine_by_the_clock_on_the_wall_all_year(at: str, who: tuple[str, ...]) -> None:
    assert WEEKLY.people_at(local(at)) == who


def test_the_next_change_is_the_next_handoff_in_real_time() -> None:
    assert WEEKLY.next_change(local("2026-02-01 00:00")) == utc("2026-03-02 08:00")
    assert WEEKLY.next_change(local("2026-03-23 09:00")) == utc("2026-03-30 07:00")
    assert WEEKLY.next_change(local("2026-10-19 09:00")) == utc("2026-10-26 08:00")


def test_a_rotation_that_starts_between_two_handoffs_begins_with_a_short_turn() -> None:
    rotation = Rotation(
        people=("ana", "ben"),
        every=Every.WEEK,
        weekday=0,
        handoff=time(9),
        start=date(2026, 3, 5),
        zone=BERLIN,
    )
    assert rotation.people_at(local("2026-03-05 08:59")) == ()
    assert rotation.people_at(local("2026-03-05 09:00")) == ("ana",)
    assert rotation.people_at(local("2026-03-09 09:00")) == ("ben",)


def test_turns_of_twelve_hours_keep_their_local_hours_when_the_clocks_change() -> None:
    changes = list(_changes(DAY_AND_NIGHT, local("2026-03-28 00:00"), local("2026-03-30 12:00")))
    assert [at.astimezone(BERLIN).strftime("%d. %H:%M") for at in changes] == [
        "28. 08:00", "28. 20:00", "29. 08:00", "29. 20:00", "30. 08:00",
    ]  # fmt: skip
    assert changes[2] - changes[1] == timedelta(hours=11)


def test_a_rotation_ends_at_the_handoff_of_its_last_day() -> None:
    rotation = replace(DAILY, people=("ana", "ben"), start=date(2026, 3, 1), end=date(2026, 3, 3))
    assert rotation.people_at(local("2026-03-03 07:59")) == ("ben",)
    assert rotation.people_at(local("2026-03-03 08:00")) == ()
    assert rotation.next_change(local("2026-03-02 12:00")) == local("2026-03-03 08:00")
    assert rotation.next_change(local("2026-03-03 08:00")) is None


def test_a_rotation_may_hold_only_while_the_desk_is_closed() -> None:
    desk = BusinessCalendar("desk", BERLIN, dict.fromkeys(range(5), (Span(time(8), time(17)),)))
    rotation = Rotation(
        people=("ana",), every=Every.DAY, handoff=time(8), start=date(2026, 3, 1), zone=BERLIN,
        hours=While(desk, is_open=False),
    )  # fmt: skip
    assert rotation.people_at(local("2026-03-03 07:59")) == ("ana",)
    assert rotation.people_at(local("2026-03-03 12:00")) == ()
    assert rotation.next_change(local("2026-03-03 12:00")) == local("2026-03-03 17:00")
    assert rotation.next_change(local("2026-03-03 17:00")) == local("2026-03-04 08:00")


def test_somebody_who_takes_turns_with_nobody_has_no_handoffs() -> None:
    alone = Rotation(people=("ana",), every=Every.HOUR, handoff=time(0), start=date(2026, 3, 1), zone=BERLIN)
    assert alone.next_change(local("2026-03-05 00:00")) is None


def test_a_handoff_in_a_skipped_hour_happens_when_the_clocks_jump() -> None:
    assert first_instant(datetime(2026, 3, 29, 2, 30), BERLIN) == utc("2026-03-29 01:00")  # noqa: DTZ001
    assert first_instant(datetime(2011, 12, 30, 9), ZoneInfo("Pacific/Apia")) == utc("2011-12-30 10:00")  # noqa: DTZ001


def test_a_handoff_in_a_repeated_hour_happens_once_the_first_time() -> None:
    assert first_instant(datetime(2026, 10, 25, 2, 30), BERLIN) == utc("2026-10-25 00:30")  # noqa: DTZ001
    rotation = Rotation(
        people=("ana", "ben"), every=Every.DAY, handoff=time(2, 30), start=date(2026, 10, 24), zone=BERLIN
    )
    who = [rotation.people_at(utc("2026-10-25 00:00") + n * 10 * MINUTE) for n in range(13)]
    assert who == [("ana",)] * 3 + [("ben",)] * 10


def test_a_shift_is_half_open_and_has_two_changes() -> None:
    shift = Shift(local("2026-03-01 08:00"), local("2026-03-02 08:00"), ("ana", "ben"))
    assert shift.people_at(shift.start) == ("ana", "ben")
    assert shift.people_at(shift.end) == ()
    assert shift.next_change(shift.start - MINUTE) == shift.start
    assert shift.next_change(shift.start) == shift.end
    assert shift.next_change(shift.end) is None


def test_a_rotation_without_people_or_length_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one person"):
        replace(DAILY, people=())
    with pytest.raises(ValueError, match="at least 1"):
        Rotation(
            people=("ana",), every=Every.DAY, count=0, handoff=time(8), start=date(2026, 3, 1), zone=BERLIN
        )


def _changes(rotation: Rotation, start: datetime, end: datetime) -> Iterator[datetime]:
    at = rotation.next_change(start)
    while at is not None and at <= end:
        yield at
        at = rotation.next_change(at)


# --- laws

CHANGING_CLOCKS = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/Santiago", date(2026, 9, 6)),  # at midnight
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/St_Johns", date(2010, 11, 7)),  # at one minute past midnight: the date goes back
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # by half an hour
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Africa/Casablanca", date(2026, 2, 15)),  # for Ramadan
    ("Europe/Dublin", date(2026, 10, 25)),
    ("Antarctica/Troll", date(2026, 3, 29)),  # by two hours
    ("Pacific/Apia", date(2011, 12, 30)),  # a day that was skipped
    ("Pacific/Kwajalein", date(1969, 9, 30)),  # a day that came twice
    ("Asia/Kathmandu", date(2026, 5, 1)),
    ("UTC", date(2026, 5, 1)),
]  # fmt: skip

PEOPLE = ("ana", "ben", "mia")


@st.composite
def rotations(draw: st.DrawFn) -> tuple[Rotation, datetime]:
    """A rotation that starts up to 10 days before its zone changes its clocks, and an instant about then."""
    name, on = draw(st.sampled_from(CHANGING_CLOCKS))
    every = draw(st.sampled_from(list(Every)))
    zone = ZoneInfo(name)
    start = on - draw(st.integers(0, 10)) * DAY
    rotation = Rotation(
        people=PEOPLE[: draw(st.integers(1, 3))],
        every=every,
        count=draw(st.sampled_from([1, 2, 5, 12, 36] if every is Every.HOUR else [1, 2])),
        handoff=time(draw(st.sampled_from([0, 1, 2, 3, 9, 23])), draw(st.sampled_from([0, 1, 30, 59]))),
        weekday=draw(st.none() | st.integers(0, 6)) if every is Every.WEEK else None,
        start=start,
        end=draw(st.none() | st.just(on + DAY)),
        zone=zone,
    )
    return rotation, datetime.combine(on, time(0), UTC)


def counted(rotation: Rotation, until: datetime) -> Iterator[tuple[datetime, tuple[str, ...]]]:
    """Every minute from before the start, and who is on call to somebody who only watches the wall clock."""
    length = {Every.HOUR: timedelta(hours=1), Every.DAY: DAY, Every.WEEK: 7 * DAY}[rotation.every]
    begins = datetime.combine(rotation.start, rotation.handoff)
    handoff = begins
    while rotation.weekday is not None and handoff.weekday() != rotation.weekday:
        handoff -= DAY
    turn, latest = -1, begins - 9 * DAY
    at = datetime.combine(rotation.start, time(0), UTC) - 2 * DAY
    while at <= until:
        latest = max(latest, at.astimezone(rotation.zone).replace(tzinfo=None))
        while latest >= handoff:
            turn, handoff = turn + 1, handoff + rotation.count * length
        over = rotation.end is not None and latest >= datetime.combine(rotation.end, rotation.handoff)
        on = latest >= begins and not over
        yield at, (rotation.people[turn % len(rotation.people)],) if on else ()
        at += MINUTE


@settings(max_examples=100)
@given(drawn=rotations())
def test_a_rotation_agrees_with_counting_minutes_where_the_clocks_change(
    drawn: tuple[Rotation, datetime],
) -> None:
    rotation, about = drawn
    due = rotation.next_change(about - 12 * DAY - 2 * DAY)
    before: tuple[str, ...] = ()
    for at, who in counted(rotation, about + 2 * DAY):
        if who != before:
            assert rotation.people_at(at - MINUTE) == before
            assert rotation.people_at(at) == who
            while due is not None and due < at:
                due = rotation.next_change(due)
            assert due == at, "next_change passes over a change"
        elif at.minute % 15 == 0:
            assert rotation.people_at(at) == who
        before = who
