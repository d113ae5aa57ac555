"""Credits: half of each bucket and no more, whatever the headers say."""

from dataclasses import dataclass

import pytest

from deskwatch.sources.credits import Credits


@dataclass
class Stopwatch:
    """Seconds that tests set."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


def told(total: object = 140, left: object = 100, used: object = 5) -> dict[str, str]:
    """Headers of an answer."""
    return {
        "x-ratelimit-total": str(total),
        "x-ratelimit-remaining": str(left),
        "x-ratelimit-used-currentrequest": str(used),
    }


def test_half_of_a_bucket_is_spent_in_a_minute_and_then_waited_for() -> None:
    clock = Stopwatch()
    credits_ = Credits(share=0.5, clock=clock)
    for _ in range(14):
        assert credits_.wait_for("list", 5) == 0
        credits_.spend("list", 5, told())
        clock.seconds += 1
    assert credits_.wait_for("list", 5) == 46
    clock.seconds += 46
    assert credits_.wait_for("list", 5) == 0


def test_buckets_of_operations_are_counted_apart() -> None:
    credits_ = Credits(clock=Stopwatch())
    credits_.spend("list", 5, told(total=10, left=0))
    assert credits_.wait_for("list", 5) > 0
    assert credits_.wait_for("view", 3) == 0


def test_credits_that_others_used_up_are_waited_for() -> None:
    clock = Stopwatch()
    credits_ = Credits(clock=clock)
    credits_.spend("list", 5, told(left=4))
    clock.seconds += 20
    assert credits_.wait_for("list", 5) == 40
    assert credits_.wait_for("list", 3) == 0


def test_a_call_that_costs_more_than_the_share_is_still_made_once_a_minute() -> None:
    clock = Stopwatch()
    credits_ = Credits(share=0.05, clock=clock)
    assert credits_.wait_for("list", 5) == 0
    credits_.spend("list", 5, told(total=40))
    assert credits_.wait_for("list", 5) == 60
    clock.seconds += 60
    assert credits_.wait_for("list", 5) == 0


def test_the_helpdesks_own_count_of_a_call_wins() -> None:
    credits_ = Credits(clock=Stopwatch())
    credits_.spend("list", 5, told(used=9))
    assert credits_.used == 9


@pytest.mark.parametrize("odd", ["lots", "", "-1", "NaN", "9" * 30, "1e3"])
def test_odd_headers_change_nothing(odd: str) -> None:
    credits_ = Credits(clock=Stopwatch())
    credits_.spend("list", 5, told(odd, odd, odd))
    assert credits_.bucket("list").total is None
    assert credits_.bucket("list").left is None
    assert credits_.used == 5


def test_a_total_with_a_fraction_is_read() -> None:
    credits_ = Credits(clock=Stopwatch())
    credits_.spend("list", 5, told("100.0", "95.0", "5"))
    assert credits_.bucket("list").total == 100
    assert credits_.bucket("list").left == 95


def test_a_helpdesk_that_tells_no_limit_is_not_throttled() -> None:
    credits_ = Credits(clock=Stopwatch())
    for _ in range(1000):
        credits_.spend("list", 5, {})
    assert credits_.wait_for("list", 5) == 0
