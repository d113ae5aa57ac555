"""The notifier as a process sees it: ticks, waits, restarts, files. Incidents are told in tests/scenarios."""

import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest

from deskwatch.core.ticket import Priority
from deskwatch.notify import Notifier
from deskwatch.store.errors import StoreError
from deskwatch.store.outbox import Batch
from tests.pager.night import HOUR, MINUTE, TUESDAY_NOON, Night


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path, TUESDAY_NOON)


def late(night: Night, key: str, **changes: object) -> None:
    night.ticket(key, first_response_due_at=night.now + MINUTE, **changes)


def test_time_alone_is_enough_no_file_has_to_change(night: Night) -> None:
    night.ticket("demo-1", first_response_due_at=night.now + HOUR)
    night.tick()
    assert "sla_breach" not in night.states("demo-1")
    night._advance(HOUR)
    night.tick()
    assert night.states("demo-1")["sla_breach"] == "open"


def test_the_next_tick_is_asked_for_when_a_tickets_moment_comes(night: Night) -> None:
    night.run(minutes=1)
    night.ticket("demo-1", first_response_due_at=night.now + timedelta(seconds=7), priority=Priority.LOW)
    assert night.tick() == pytest.approx(0.75 * 7, abs=0.01), "the warning when 75 % is used up"


def test_an_idle_notifier_wakes_every_fifteen_seconds_at_least(night: Night) -> None:
    night.config("deskwatch", "notifier: {interval: 10m}")
    night.restart()
    night.run(minutes=1)
    assert 5 < night.tick() <= 15


def test_a_ticket_that_breaks_the_rules_keeps_no_other_from_being_told(
    night: Night, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = night.notifier.judging._raise

    def stumbles(ticket: object, *rest: object) -> None:
        if getattr(ticket, "key", "") == "demo-1":
            raise ValueError("a bug of ours")
        look(ticket, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(night.notifier.judging, "_raise", stumbles)
    late(night, "demo-1")
    late(night, "demo-2")
    night.run(minutes=2)
    assert night.states("demo-2")["sla_breach"] == "open"
    assert "demo-1 cannot be judged" in caplog.text


def test_an_alert_that_breaks_a_rule_keeps_no_other_from_being_told_and_is_tried_again(
    night: Night, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    raising = night.notifier.raising
    begin = raising._begin

    def stumbles(alert: object, *rest: object) -> None:
        if getattr(alert, "ticket", "") == "demo-1":
            raise ValueError("a bug of ours")
        begin(alert, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(raising, "_begin", stumbles)
        for number in range(4):
            late(night, f"demo-{number}")
        night.run(minutes=2)
    assert [len(night.states(f"demo-{number}")) > 0 for number in range(4)] == [True, False, True, True]
    assert "demo-1" in caplog.text
    night.run(minutes=6)
    assert night.states("demo-1")["sla_breach"] == "open"


class FullDisk:
    """An outbox whose disk is full for a while."""

    def __init__(self, night: Night) -> None:
        self.is_full, self._commit = True, night.notifier.outbox.commit
        night.notifier.outbox.commit = self.commit  # type: ignore[method-assign]

    def commit(self, batch: Batch) -> None:
        if self.is_full and batch:
            raise StoreError("the database cannot be used: disk is full")
        self._commit(batch)


def test_nothing_is_sent_that_is_not_recorded_and_nothing_is_lost_by_a_full_disk(night: Night) -> None:
    disk = FullDisk(night)
    late(night, "demo-1", priority=Priority.URGENT)
    night.run(minutes=2)
    assert night.messages == 0
    assert "disk is full" in night.heartbeat()["database"]
    disk.is_full = False
    night.run(seconds=5)
    assert night.messages >= 1
    told = [(each.alerts, each.person, each.channel) for each in night.sent("demo-1")]
    assert len(told) == len(set(told)), "once, however often it could not be recorded"
    assert night.heartbeat()["database"] == "ok"


def test_the_ticket_folder_may_come_later(tmp_path: Path) -> None:
    night = Night(tmp_path, TUESDAY_NOON, slept=True)
    for folder in (night.home.tickets / ".staging", night.home.tickets / "archive", night.home.tickets):
        folder.rmdir()
    assert night.tick() > 0, "no busy loop"
    night.folder.prepare(now=night.now)
    late(night, "demo-1")
    night.run(minutes=2)
    assert night.states("demo-1")["sla_breach"] == "open"


def test_a_start_reads_and_judges_bit_by_bit_and_sends_meanwhile(tmp_path: Path) -> None:
    night = Night(tmp_path, TUESDAY_NOON)
    for number in range(600):
        night.ticket(f"old-{number}", priority=Priority.LOW)
    night.restart()
    ticking = iter(range(10**9))
    night.notifier.reading._clock = lambda: next(ticking) * 0.05
    night.notifier.judging.agenda._clock = lambda: next(ticking) * 0.05
    assert night.notifier.tick(night.now) == 0
    assert len(night.notifier.mirror.tickets) < 600
    night.notifier._wake = type(night.notifier._wake)(names=frozenset({"demo-9.json"}))
    late(night, "demo-9")
    night.notifier.tick(night.now)
    assert night.notifier.judging.agenda.next_at() is not None, "a changed ticket does not wait for the rest"
    rounds = 0
    while night.notifier.tick(night.now) == 0:
        rounds += 1
        assert rounds < 500
    assert len(night.notifier.mirror.tickets) == 601
    assert night.heartbeat()["catching_up"] == 0 or night.notifier.judging.backlog == 0


def test_the_old_keys_of_the_heartbeat_are_still_there(night: Night) -> None:
    (night.home.tickets / "demo-2.json").write_text("{")
    late(night, "demo-1")
    night.run(minutes=2)
    beat = night.heartbeat()
    assert (beat["process"], beat["schema"], beat["tickets"], beat["unreadable"]) == ("notifier", 1, 1, 1)
    assert beat["beat_at"] == "2026-03-10T12:02:30Z"
    assert beat["alerts"]["raised"] >= 1
    assert beat["watch"]["mode"] in ("native", "polling")


def test_a_wish_ends_the_wait_within_a_second(night: Night) -> None:
    night.notifier._clock = lambda: 0.0
    night.wish(op="ack", all=True, by="ana")
    night.notifier.watch._rescan_due = float("inf")
    night.notifier.wait(60)
    assert night.notifier._inbox.has_news()


def test_a_kick_ends_the_wait(night: Night) -> None:
    night.notifier.kick()
    night.notifier.wait(60)


def test_no_log_line_tells_a_number_or_a_secret(night: Night, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    night.providers["sms"].mishaps.extend(["invalid", "refused"])
    late(night, "demo-1")
    night.run(minutes=20)
    night.reply("+12025550199", "ok")
    night.run(minutes=1)
    for secret in ("+12025550101", "12025550101", "12025550199", "token-of-the-tests"):
        assert secret not in caplog.text


def test_what_is_written_for_the_wall_can_be_read_by_anybody(night: Night) -> None:
    late(night, "demo-1")
    night.run(minutes=2)
    for name in ("oncall.json", "notifier.json"):
        json.loads((night.home.state / name).read_text(), parse_constant=pytest.fail)
    assert isinstance(night.notifier, Notifier)
