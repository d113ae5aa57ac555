"""Ladders and monthly caps: how much is too much."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.limits import PACES, UNLIMITED, Ladder, Limits, MonthlyCap, Pace

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TEXTS = PACES["sms"].ladder

rungs = st.tuples(
    st.integers(min_value=1, max_value=12),
    st.integers(min_value=1, max_value=7200).map(lambda s: timedelta(seconds=s)),
)
waits = st.lists(st.integers(min_value=0, max_value=3600).map(lambda s: timedelta(seconds=s)), max_size=60)


def test_a_ladder_without_rungs_is_no_limit() -> None:
    assert Ladder().free_at([NOON] * 100, NOON) == NOON
    assert Limits().pace("anything") is UNLIMITED
    assert Limits().longest == timedelta(0)


def test_the_fifth_text_in_a_quarter_of_an_hour_is_the_last_one() -> None:
    times = [NOON + n * 2 * MINUTE for n in range(5)]
    assert TEXTS.free_at(times[:4], times[3]) == times[3] + MINUTE
    assert TEXTS.free_at(times, times[4]) == NOON + 15 * MINUTE


def test_the_second_half_of_an_hour_is_spread_evenly() -> None:
    times = [NOON + n * 2 * MINUTE for n in range(5)] + [NOON + 15 * MINUTE]
    assert TEXTS.free_at(times, times[-1]) == times[-1] + HOUR / 11


def test_after_a_quiet_time_the_next_message_goes_at_once() -> None:
    times = [NOON + n * 6 * MINUTE for n in range(21)]
    later = times[-1] + 3 * HOUR
    assert TEXTS.free_at(times, later) == later


@given(ladder=st.lists(rungs, max_size=4).map(lambda each: Ladder(tuple(each))), asked=waits)
def test_no_window_ever_holds_more_than_its_rung_allows(ladder: Ladder, asked: list[timedelta]) -> None:
    """Somebody asks after each wait and sends whenever the ladder allows it."""
    times: list[datetime] = []
    now = NOON
    for wait in asked:
        now += wait
        if ladder.free_at(times, now) <= now:
            times.append(now)
    for count, window in ladder.rungs:
        for start in times:
            assert sum(start <= time < start + window for time in times) <= count


@given(ladder=st.lists(rungs, max_size=4).map(lambda each: Ladder(tuple(each))), asked=waits)
def test_waiting_until_the_answer_is_always_enough(ladder: Ladder, asked: list[timedelta]) -> None:
    times: list[datetime] = []
    now = NOON
    for wait in asked:
        now = ladder.free_at(times, now + wait)
        assert ladder.free_at(times, now) == now
        times.append(now)


def test_room_is_how_many_may_go_in_one_go() -> None:
    ladder = Ladder(((10, MINUTE), (60, HOUR)))
    assert ladder.room([], NOON, 100) == 10
    assert ladder.room([NOON] * 4, NOON, 100) == 6
    assert ladder.room([], NOON, 3) == 3


def test_a_pace_waits_for_its_collecting_time_too() -> None:
    pace = Pace(Ladder(((1, MINUTE),)), collect=2 * MINUTE)
    assert pace.free_at([NOON], NOON) == NOON + 2 * MINUTE
    assert pace.free_at([], NOON) == NOON


def test_a_cap_warns_at_its_share_and_says_when_it_is_used_up() -> None:
    cap = MonthlyCap(1000, 0.8)
    assert cap.warning("sms", 799) is None
    assert cap.warning("sms", 800) == "sms has used 800 of the 1000 segments of this month"
    assert not cap.is_used_up(999)
    assert cap.is_used_up(1000)
    assert cap.warning("sms", 1000) == "sms has used all 1000 segments of this month; only urgent alerts go"
