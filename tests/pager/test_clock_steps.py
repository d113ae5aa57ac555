"""A clock that is set while messages are on their way: nothing waits for a day that never comes."""

from datetime import timedelta
from pathlib import Path

import pytest

from deskwatch.pager.resuming import remembered_tick
from tests.pager.night import ANA, Night


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path)


def test_a_message_that_waits_for_its_next_try_waits_no_longer_because_the_clock_was_set_back(
    night: Night,
) -> None:
    night.providers["sms"].mishaps.extend(["refused", "refused"])
    night.ticket("demo-1")
    night.tick()
    night.jump(timedelta(days=-1))
    night.run(minutes=2)
    assert "ana" in night.who("sms")


@pytest.mark.parametrize("jump", [timedelta(days=-1), timedelta(hours=-2), timedelta(days=3)])
def test_a_message_in_doubt_is_settled_in_its_time_whatever_the_clock_does(
    night: Night, jump: timedelta
) -> None:
    night.providers["sms"].mishaps.append("lost")
    night.ticket("demo-1")
    night.tick()
    night.jump(jump)
    night.run(minutes=2)
    assert night.who("sms")[:1] == ["ana"]


def test_a_provider_that_asked_for_a_pause_is_used_again_when_the_clock_was_set_back(night: Night) -> None:
    night.providers["sms"].mishaps.append("429")
    night.ticket("demo-1")
    night.tick()
    night.jump(timedelta(days=-1))
    night.run(minutes=2)
    assert "ana" in night.who("sms")


def test_a_broken_channel_is_looked_at_again_when_the_clock_was_set_back(night: Night) -> None:
    night.providers["sms"].mishaps.append("suspended")
    night.ticket("demo-1")
    night.tick()
    night.jump(timedelta(days=-1))
    night.run(minutes=10)
    assert night.notifier.dispatcher.broken_channels == {}


def test_who_works_on_a_ticket_has_taken_it_also_after_the_clock_was_set_back(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    night.jump(timedelta(hours=-2))
    night.run(minutes=1)
    night.assign("demo-1", "19", "Ana")
    night.run(minutes=30)
    assert night.who("sms") == ["ana"]


def test_an_ok_without_a_code_counts_also_after_the_clock_was_set_back(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    night.jump(timedelta(hours=-2))
    night.run(seconds=30)
    night.reply(ANA, "ok")
    night.run(minutes=30)
    assert night.who("sms") == ["ana", "ana"]
    assert "#1 is yours" in night.told("sms")[-1]


def test_an_answer_counts_although_the_clock_was_set_back_while_the_notifier_was_down(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    night.reply("+12025550199", "who is this?")
    night.run(minutes=1)
    night.jump(timedelta(days=-1))
    night.restart(after=timedelta(seconds=5))
    night.run(minutes=1)
    night.reply(ANA, "ok")
    night.run(minutes=1)
    assert "acknowledged" in night.states("demo-1").values()


def test_an_escalation_goes_on_although_the_clock_was_set_back_while_the_notifier_was_down(
    night: Night,
) -> None:
    night.ticket("demo-1")
    night.run(minutes=2)
    night.jump(timedelta(hours=-2))
    night.restart(after=timedelta(seconds=5))
    night.run(minutes=15)
    assert night.who("sms") == ["ana", "ben"]


def test_what_comes_after_the_clock_was_set_back_is_news_also_soon_after_a_first_start(
    tmp_path: Path,
) -> None:
    night = Night(tmp_path, slept=True)
    night.run(minutes=5)
    night.jump(timedelta(hours=-2))
    night.run(minutes=1)
    night.ticket("demo-1")
    night.run(minutes=1)
    assert night.states("demo-1") == {"after_hours": "open"}


def test_a_restart_after_the_clock_was_set_back_tells_nothing_twice(night: Night) -> None:
    night.jump(timedelta(days=1))
    night.run(minutes=5)
    night.ticket("demo-1")
    night.run(seconds=2)
    night.jump(timedelta(days=-1))
    night.run(minutes=2)
    night.wish(op="ack", all=True, by="ana")
    night.run(seconds=1)
    before = night.messages
    night.restart(after=timedelta(seconds=5))
    night.jump(timedelta(hours=-1))
    night.restart(after=timedelta(seconds=5))
    night.run(minutes=30)
    assert night.messages == before


def test_how_long_a_notifier_has_looked_is_remembered_also_after_the_clock_was_set_back(night: Night) -> None:
    night.jump(timedelta(days=-1))
    night.run(minutes=5)
    told = remembered_tick(night.notifier.outbox.load())
    assert told is not None
    assert night.now - timedelta(minutes=2) <= told <= night.now


def test_a_restart_right_after_the_clock_was_set_back_settles_what_is_in_doubt(night: Night) -> None:
    night.providers["sms"].mishaps.append("lost")
    night.ticket("demo-1")
    night.tick()
    night.jump(timedelta(days=-1))
    night.tick()
    night.run(seconds=5)
    night.restart(after=timedelta(seconds=5))
    night.run(minutes=2)
    assert night.who("sms") == ["ana"]
