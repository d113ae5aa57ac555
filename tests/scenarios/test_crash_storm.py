"""Nobody is paged twice and no page is lost, whatever dies when: real processes, killed while they send."""

import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.paging import Behaviour, PagerHome, Twilio, count
from tests.scenarios.running import until
from tests.scenarios.storm import crash_storm

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform != "linux", reason="kills process groups"),
    pytest.mark.timeout(240),
]


@pytest.mark.parametrize(("behaviour", "seed"), [("completes", 1), ("drops", 2)])
def test_every_page_of_a_killed_notifier_is_accepted_exactly_once(
    tmp_path: Path, behaviour: Behaviour, seed: int
) -> None:
    storm = crash_storm(tmp_path / "home", kills=8, alerts=32, behaviour=behaviour, seed=seed)
    assert (storm.count.lost, storm.count.doubled) == ([], {})


def test_when_the_provider_cannot_be_asked_nothing_is_lost_and_each_repeat_says_so(tmp_path: Path) -> None:
    storm = crash_storm(tmp_path / "home", kills=6, alerts=6, behaviour="completes", seed=3, can_list=False)
    assert storm.count.lost == []
    assert storm.count.unmarked == []
    assert storm.count.repeats <= storm.kills


def test_restarts_in_the_middle_of_sending_lose_and_double_nothing(tmp_path: Path) -> None:
    storm = crash_storm(tmp_path / "home", kills=3, alerts=12, behaviour="drops", seed=4, sign=signal.SIGTERM)
    assert (storm.count.lost, storm.count.doubled) == ([], {})
    assert max(storm.stops) < 10


@pytest.fixture
def home(tmp_path: Path) -> Iterator[PagerHome]:
    twilio = Twilio("completes")
    made = PagerHome(tmp_path / "home", twilio)
    yield made
    made.end()
    twilio.end()


def test_a_second_notifier_takes_over_within_15_seconds_and_pages_nobody_twice(home: PagerHome) -> None:
    first = home.start()
    home.until_awake(first)
    second = home.start()
    until(lambda: "Standing by" in home.printed, "the second one does not stand by")
    home.write(5)
    until(lambda: home.twilio.texts, "nothing was sent")
    home.kill(first)
    gone = time.monotonic()
    home.write(5)
    home.until_awake(second)
    assert time.monotonic() - gone <= 15
    home.drain(patience=40)
    found = count(home.written, home.twilio.texts)
    assert (found.lost, found.doubled) == ([], {})


def test_restarts_without_a_change_page_nobody(home: PagerHome) -> None:
    run = home.start()
    home.until_awake(run)
    home.write(3)
    home.drain(patience=30)
    for _ in range(3):
        home.kill(run)
        run = home.start()
        home.until_awake(run)
    assert len(home.twilio.texts) == 3
