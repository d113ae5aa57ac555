import logging

import pytest
import requests

from deskwatch.config.alerts import DeadManSettings
from deskwatch.pager.dead_man import DeadMan
from deskwatch.settings import Secret
from tests.pager.provider import HandLanes


class Service:
    """Counts pings; ``fails`` makes it unreachable."""

    def __init__(self) -> None:
        self.pings: list[float] = []
        self.fails = False

    def __call__(self, url: str, timeout: float) -> int:
        self.pings.append(timeout)
        if self.fails:
            raise requests.ConnectTimeout(f"no answer from {url}")
        return 200


@pytest.fixture
def settings() -> DeadManSettings:
    return DeadManSettings(url=Secret("https://ping.example.com/secret-uuid"))


def test_a_good_round_pings_now_and_then(settings: DeadManSettings) -> None:
    service, lanes, clock = Service(), HandLanes(), [0.0]
    dead_man = DeadMan(lanes, clock=lambda: clock[0], ping=service)
    for second in range(0, 181, 15):
        clock[0] = float(second)
        dead_man.round_went_well(settings)
        lanes.run()
    assert len(service.pings) == 4
    assert set(service.pings) == {10.0}


def test_a_service_that_hangs_holds_up_nothing_and_is_not_asked_twice_at_a_time(
    settings: DeadManSettings,
) -> None:
    service, lanes, clock = Service(), HandLanes(), [0.0]
    dead_man = DeadMan(lanes, clock=lambda: clock[0], ping=service)
    for minute in range(5):
        clock[0] = minute * 60.0
        dead_man.round_went_well(settings)
    assert len(lanes.jobs) == 1


def test_a_failure_is_told_once_and_without_the_address(
    settings: DeadManSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service, lanes, clock = Service(), HandLanes(), [0.0]
    service.fails = True
    dead_man = DeadMan(lanes, clock=lambda: clock[0], ping=service)
    for minute in range(4):
        clock[0] = minute * 60.0
        dead_man.round_went_well(settings)
        lanes.run()
    assert dead_man.problem
    assert len(caplog.records) == 1
    assert "secret-uuid" not in caplog.text


def test_without_an_address_nothing_is_asked() -> None:
    service, lanes = Service(), HandLanes()
    DeadMan(lanes, ping=service).round_went_well(DeadManSettings())
    assert not lanes.jobs
