from datetime import UTC, datetime, timedelta

import pytest

from deskwatch.pager.clock_doubt import PATIENCE, ClockDoubt

NINE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("jump", [timedelta(days=3), timedelta(hours=-2), timedelta(days=-1)])
def test_a_jump_is_doubted_until_a_poll_under_the_new_time(jump: timedelta) -> None:
    doubt = ClockDoubt()
    doubt.look(NINE, 0.0)
    now = NINE + jump + MINUTE
    assert doubt.look(now, 60.0) == jump
    assert doubt.words
    doubt.good_poll(NINE, now=now)
    assert doubt.words, "that poll was before the jump, or is from a time that has not come"
    doubt.good_poll(now + MINUTE, now=now + MINUTE)
    assert doubt.words is None


@pytest.mark.parametrize("seconds", [1, 60, 3 * 86_400])
def test_time_that_simply_passes_is_no_jump(seconds: int) -> None:
    doubt = ClockDoubt()
    doubt.look(NINE, 0.0)
    assert doubt.look(NINE + timedelta(seconds=seconds), float(seconds)) is None
    assert doubt.words is None


def test_small_corrections_are_no_jump() -> None:
    doubt = ClockDoubt()
    doubt.look(NINE, 0.0)
    assert doubt.look(NINE + 4 * MINUTE, 1.0) is None


def test_without_any_poll_the_clock_is_believed_again_after_a_while() -> None:
    doubt = ClockDoubt()
    doubt.look(NINE, 0.0)
    doubt.look(NINE + timedelta(days=1), 1.0)
    later = timedelta(days=1, seconds=PATIENCE + 2)
    doubt.look(NINE + later, PATIENCE + 3)
    assert doubt.words is None
