"""Nobody is paged twice and no page is lost, whatever dies when: real processes, killed while they send."""

import signal
import sys
from pathlib import Path

import pytest

from tests.scenarios.paging import Behaviour
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
    storm = crash_storm(tmp_path / "home", kills=6, alerts=24, behaviour=behaviour, seed=seed)
    assert (storm.count.lost, storm.count.doubled) == ([], {})


def test_when_the_provider_cannot_be_asked_nothing_is_lost_and_each_repeat_says_so(tmp_path: Path) -> None:
    storm = crash_storm(tmp_path / "home", kills=4, alerts=4, behaviour="completes", seed=3, can_list=False)
    assert storm.count.lost == []
    assert storm.count.unmarked == []
    assert storm.count.repeats <= storm.kills


def test_restarts_in_the_middle_of_sending_lose_and_double_nothing(tmp_path: Path) -> None:
    storm = crash_storm(tmp_path / "home", kills=3, alerts=12, behaviour="drops", seed=4, sign=signal.SIGTERM)
    assert (storm.count.lost, storm.count.doubled) == ([], {})
    assert max(storm.stops) < 10
