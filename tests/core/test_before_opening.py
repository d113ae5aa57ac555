"""What is missed while nobody is there, against an oracle that walks through the minutes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from deskwatch.core.before_opening import closed_hours, due_before_opening
from deskwatch.core.board import Row
from deskwatch.core.hours import BusinessCalendar, Day, Span
from deskwatch.core.sla import SlaClock, SlaState

VIENNA = ZoneInfo("Europe/Vienna")
MINUTE = timedelta(minutes=1)
DESK = BusinessCalendar(
    "desk",
    VIENNA,
    {
        **{n: (Span(time(8), time(12)), Span(time(13), time(17))) for n in range(4)},
        4: (Span(time(8), time(12)), Span(time(12), time(15))),  # Friday without a break, written as two
        6: (Span(time(1, 30), time(3, 30)),),  # Sunday, over the hours that summer time takes and gives
    },
    {
        date(2026, 3, 30): Day("Holiday"),
        date(2026, 3, 31): Day("Short", (Span(time(10), time(11)),)),
        date(2026, 10, 26): Day("National day"),
    },
)


def row(key: str, due_at: datetime | None, **clock: object) -> Row:
    sla = SlaClock("resolution", due_at=due_at, **clock)
    return Row(
        key, "open", (0, 0, 0.0, 0, 0.0, key), sla, SlaClock("update"), sla.state(NOW), SlaState.NONE, None
    )


NOW = datetime(2026, 3, 27, 12, 0, tzinfo=UTC)


def naive_span(now: datetime) -> tuple[datetime, datetime]:
    """Minute by minute: the first closed one from now on (or now), and the first open one after it."""
    at = now
    while DESK.is_open(at):
        at += MINUTE
    since = at
    while not DESK.is_open(at):
        at += MINUTE
    return since, at


AROUND_CHANGES = st.one_of(
    st.integers(0, 5 * 24 * 60).map(lambda m: datetime(2026, 3, 26, 0, 0, tzinfo=UTC) + m * MINUTE),
    st.integers(0, 5 * 24 * 60).map(lambda m: datetime(2026, 10, 22, 0, 0, tzinfo=UTC) + m * MINUTE),
)


@settings(max_examples=60, deadline=None)
@given(now=AROUND_CHANGES, offsets=st.lists(st.integers(-300, 6 * 24 * 60), max_size=30))
def test_the_lane_holds_what_a_walk_through_the_minutes_finds(now, offsets):
    since, opening = naive_span(now)
    closed = closed_hours(DESK, now=now)
    assert closed is not None
    assert (closed.since, closed.opening) == (since, opening)
    dues = [now + minutes * MINUTE for minutes in offsets]
    rows = []
    for number, due in enumerate(dues):
        sla = SlaClock("resolution", due_at=due)
        rows.append(
            Row(
                f"t{number:02}",
                "open",
                (0, 0, 0.0, 0, 0.0, ""),
                sla,
                sla,
                sla.state(now),
                SlaState.NONE,
                None,
            )
        )
    expected = sorted((due, f"t{n:02}") for n, due in enumerate(dues) if now < due and since < due <= opening)
    assert [(r.sla.due_at, r.key) for r in due_before_opening(rows, closed)] == expected


@settings(max_examples=30, deadline=None)
@given(now=AROUND_CHANGES)
def test_nothing_changes_by_time_alone_before_it_is_said_to(now):
    closed = closed_hours(DESK, now=now)
    assert closed is not None
    later = closed.valid_until - timedelta(seconds=1)
    if later > now:
        again = closed_hours(DESK, now=later)
        assert again is not None
        assert again.opening == closed.opening
        assert DESK.is_open(later) == DESK.is_open(now)
    after = closed_hours(DESK, now=closed.valid_until)
    assert after is not None
    assert after.valid_until > closed.valid_until
    assert DESK.is_open(closed.valid_until) != DESK.is_open(now)


def test_over_a_weekend_with_a_holiday_the_lane_reaches_to_the_day_after():
    friday_evening = datetime(2026, 10, 23, 18, 0, tzinfo=VIENNA)
    closed = closed_hours(
        BusinessCalendar(
            "office",
            VIENNA,
            {n: (Span(time(8), time(17)),) for n in range(5)},
            {date(2026, 10, 26): Day("Holiday")},
        ),
        now=friday_evening,
    )
    assert closed is not None
    assert closed.opening == datetime(2026, 10, 27, 8, 0, tzinfo=VIENNA)


def test_a_deadline_at_the_opening_belongs_to_the_lane_and_one_at_the_closing_does_not():
    closed = closed_hours(DESK, now=NOW)
    assert closed is not None
    rows = [row("at opening", closed.opening), row("at closing", closed.since)]
    assert [r.key for r in due_before_opening(rows, closed)] == ["at opening"]


def test_clocks_that_stand_still_are_not_in_the_lane():
    closed = closed_hours(DESK, now=NOW)
    assert closed is not None
    at = closed.opening - MINUTE
    rows = [
        row("runs", at),
        row("paused", at, paused_since=NOW - MINUTE),
        row("met", at, met_at=NOW - MINUTE),
        row("no deadline", None),
    ]
    assert [r.key for r in due_before_opening(rows, closed)] == ["runs"]


def test_a_desk_that_never_closes_or_never_opens_again_has_no_lane():
    assert closed_hours(BusinessCalendar.always(), now=NOW) is None
    assert closed_hours(BusinessCalendar("shut", VIENNA, {}), now=NOW) is None
    last_day = BusinessCalendar(
        "ends", VIENNA, {}, {date(2026, 3, 27): Day("Last", (Span(time(8), time(17)),))}
    )
    assert closed_hours(last_day, now=NOW) is None
