import pytest

from deskwatch.restarts import FAILED_PAUSE, WITHIN, Restarts

KILLED, CRASHED, BAD_CONFIGURATION, LOCK_HELD = -9, 1, 2, 3


def crash(restarts: Restarts, *, at: float, code: int = CRASHED) -> float:
    pause = restarts.after_exit(code, at=at)
    restarts.started()
    return pause


def test_a_crash_is_followed_by_a_start_after_one_second() -> None:
    restarts = Restarts()
    assert restarts.after_exit(KILLED, at=100.0) == 1.0
    assert (restarts.state, restarts.last_exit) == ("restarting", "killed by SIGKILL")
    restarts.started()
    assert (restarts.state, restarts.count) == ("running", 1)


def test_pauses_grow_and_the_fifth_crash_in_five_minutes_is_a_failure() -> None:
    restarts = Restarts()
    pauses = [crash(restarts, at=10.0 * number) for number in range(5)]
    assert pauses == [1, 2, 4, 8, FAILED_PAUSE]
    assert restarts.state == "failed"


def test_crashes_far_apart_never_count_as_failed() -> None:
    restarts = Restarts()
    pauses = [crash(restarts, at=WITHIN * number) for number in range(20)]
    assert pauses == [1.0] * 20
    assert restarts.state == "running"


def test_a_failed_program_is_still_tried_once_a_minute_but_says_failed_until_it_has_proven_itself() -> None:
    restarts = Restarts()
    for number in range(5):
        crash(restarts, at=float(number))
    assert crash(restarts, at=1000.0) == FAILED_PAUSE
    assert restarts.state == "failed"
    restarts.proven()
    assert restarts.state == "running"
    assert crash(restarts, at=2000.0) == 1.0


@pytest.mark.parametrize("code", [BAD_CONFIGURATION, LOCK_HELD])
def test_a_program_that_refuses_to_start_is_not_hammered_and_not_counted_as_crashing(code: int) -> None:
    restarts = Restarts()
    pauses = [crash(restarts, at=float(number), code=code) for number in range(6)]
    assert pauses == [5, 10, 20, 40, 60, 60]
    assert restarts.state == "failed"
    restarts.proven()
    assert crash(restarts, at=7.0) == 1.0


def test_ending_without_being_asked_counts_as_a_crash_even_with_exit_code_0() -> None:
    restarts = Restarts()
    assert restarts.after_exit(0, at=0.0) == 1.0
    assert restarts.last_exit == "exit 0 (ended by itself)"
