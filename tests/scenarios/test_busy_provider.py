"""A provider that takes little at a time gets everything in the end, once, and what is urgent first."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deskwatch.channels.sms import Sms
from deskwatch.channels.twilio_settings import SmsSettings
from deskwatch.core.ticket import Priority
from deskwatch.demo.twilio import TwilioServer, serve_twilio
from deskwatch.demo.twilio_faults import too_many_requests
from deskwatch.demo.twilio_state import SENDER
from tests.channels.twilio_world import settings_for
from tests.pager.night import TUESDAY_NIGHT, TWILIO, Night
from tests.scenarios.paging import NUMBER

ALERTS = f"""
mode: live
channels: {{sms: {{kind: sms, {TWILIO}, sender: "{SENDER}"}}}}
rules:
  - {{id: urgent, on: [created], match: [{{priorities: [urgent]}}], urgency: urgent, escalation: now}}
  - {{id: other, on: [created], escalation: now}}
escalations:
  now: {{steps: [{{notify: [ana]}}], repeat_after: 7d, acknowledgement_lapses: never}}
limits: {{ladders: {{sms: []}}, collect: 0s, only_urgent: [], storm: 1000}}
"""
"""One person and one channel: what that cannot take has no other way."""
PEOPLE = """
people:
  ana: {name: Ana, phone: "+12025550101", urgent: [sms], normal: [sms]}
  ben: {name: Ben, phone: "+12025550102", urgent: [sms]}
last_resort: ana
"""
NORMAL = [f"{number}" for number in range(100, 112)]
URGENT = [f"{number}" for number in range(200, 208)]


class BusyNight(Night):
    """A night whose text messages go through the real channel to a Twilio that shares its clock."""

    def __init__(self, path: Path, twilio: TwilioServer) -> None:
        self.twilio = twilio
        super().__init__(path, TUESDAY_NIGHT)
        self.config("people", PEOPLE)
        self.config("alerts", ALERTS)
        self.restart()
        self.run(seconds=30)

    def start(self) -> None:
        settings = SmsSettings(**settings_for(self.twilio.url))
        self.twilio.state.clock = lambda: self.now
        self.channels["sms"] = Sms("sms", settings, clock=lambda: self.now)  # type: ignore[assignment]
        super().start()

    def arrive(self, numbers: list[str], priority: Priority) -> None:
        """Tickets come in."""
        for number in numbers:
            self.ticket(f"demo-{number}", priority=priority)

    @property
    def numbers(self) -> list[str]:
        """The tickets that were told, in the order in which Twilio took them."""
        return [number for message in self.twilio.messages for number in NUMBER.findall(message.body)]

    @property
    def queue(self) -> dict[str, Any]:
        """What the heartbeat says of the queue."""
        queue: dict[str, Any] = self.heartbeat()["queue"]
        return queue


@pytest.fixture
def night(tmp_path: Path) -> Iterator[BusyNight]:
    with serve_twilio() as twilio:
        made = BusyNight(tmp_path, twilio)
        yield made
        made.channels["sms"].close()


def test_one_message_a_second_all_go_out_once_and_what_is_urgent_goes_first(night: BusyNight) -> None:
    night.twilio.switches.per_second = 1
    night.arrive(NORMAL, Priority.LOW)
    night.run(seconds=3)
    before = len(night.numbers)
    night.arrive(URGENT, Priority.URGENT)
    night.run(seconds=60)
    assert Counter(night.numbers) == Counter([*NORMAL, *URGENT])
    assert set(night.numbers[before : before + len(URGENT)]) == set(URGENT)


def test_429_for_four_of_five_requests_costs_time_and_nothing_else(night: BusyNight) -> None:
    night.twilio.faults.add(too_many_requests("1"), times=None, share=0.8)
    night.arrive(NORMAL, Priority.LOW)
    night.run(seconds=10)
    before = len(night.numbers)
    night.arrive(URGENT, Priority.URGENT)
    night.run(minutes=10)
    assert Counter(night.numbers) == Counter([*NORMAL, *URGENT])
    assert before < len(NORMAL) - 2
    last = max(night.numbers.index(number) for number in URGENT)
    assert last <= before + len(URGENT), "more than what left together with the last urgent one"
    refused = sum(record.status == 429 for record in night.twilio.requests)
    assert refused > 2 * len(night.numbers)


def test_the_heartbeat_tells_how_long_the_queue_is_and_how_old_its_oldest(night: BusyNight) -> None:
    night.twilio.faults.add(too_many_requests("1"), times=None)
    night.arrive(NORMAL, Priority.LOW)
    for _ in range(3):
        before = night.queue
        night.run(seconds=5)
        assert night.queue["pending"] + night.queue["sending"] == night.queue["length"] == len(NORMAL)
        assert night.queue["oldest_due_seconds"] >= before["oldest_due_seconds"] + 4
    night.twilio.faults.clear()
    night.run(minutes=2)
    queue = night.queue
    assert (queue["pending"], queue["oldest_due_seconds"]) == (0, 0)
