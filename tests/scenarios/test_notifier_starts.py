"""A notifier that is started again, or another one that takes over, pages nobody twice: real processes."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.paging import PagerHome, Twilio, count
from tests.scenarios.running import until

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform != "linux", reason="kills process groups"),
    pytest.mark.timeout(240),
]


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
    home.drain(patience=60)
    found = count(home.written, home.twilio.texts)
    assert (found.lost, found.doubled) == ([], {})


def test_restarts_without_a_change_page_nobody(home: PagerHome) -> None:
    run = home.start()
    home.until_awake(run)
    home.write(3)
    home.drain(patience=60)
    for _ in range(3):
        home.kill(run)
        run = home.start()
        home.until_awake(run)
    assert len(home.twilio.texts) == 3
