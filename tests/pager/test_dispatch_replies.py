from datetime import timedelta

from deskwatch.core.delivery import Reply
from deskwatch.store.outbox import Batch
from tests.pager.provider import NINE, Pager


def reply(number: int, *, at_second: float, text: str = "ack K001") -> Reply:
    at = NINE + timedelta(seconds=at_second)
    return Reply(id=f"IN{number}", sender="+15550100001", text=text, at=at)


def told(pager: Pager) -> list[str]:
    return [heard.reply.id for heard in pager.heard]


def test_a_reply_is_told_once_however_often_it_is_listed() -> None:
    pager = Pager()
    pager.tick()
    pager.provider.inbound = [reply(1, at_second=3), reply(2, at_second=3)]
    pager.run(200)
    assert told(pager) == ["IN1", "IN2"]
    assert {heard.channel for heard in pager.heard} == {"sms"}


def test_replies_are_asked_for_often_while_somebody_should_react_and_seldom_else() -> None:
    pager = Pager()
    pager.tick()
    pager.provider.inbound = [reply(1, at_second=1)]
    assert pager.dispatcher.next_at(pager.now) == NINE + timedelta(seconds=15)
    assert pager.dispatcher.next_at(pager.now, awaiting=False) == NINE + timedelta(seconds=120)
    pager.run(16)
    assert told(pager) == ["IN1"]


def test_what_was_answered_before_the_very_first_start_is_no_news() -> None:
    pager = Pager()
    pager.provider.inbound = [reply(1, at_second=-3600)]
    pager.run(60)
    assert told(pager) == []


def test_what_was_answered_while_the_notifier_was_down_is_heard() -> None:
    pager = Pager()
    pager.run(20)
    pager.now += timedelta(hours=3)
    pager.provider.inbound = [reply(1, at_second=3600)]
    pager.restart()
    pager.run(5)
    assert told(pager) == ["IN1"]


def test_a_reply_that_is_listed_late_is_heard_all_the_same() -> None:
    pager = Pager()
    pager.tick()
    pager.provider.inbound = [reply(2, at_second=40)]
    pager.run(60)
    pager.provider.inbound = [reply(1, at_second=10), reply(2, at_second=40)]
    pager.run(30)
    assert told(pager) == ["IN2", "IN1"]


def test_a_death_between_hearing_and_recording_loses_no_reply_and_a_restart_doubles_none() -> None:
    pager = Pager()
    pager.tick()
    pager.provider.inbound = [reply(1, at_second=3)]
    pager.tick(16, network=False)
    pager.lanes.run()
    assert [heard.reply.id for heard in pager.dispatcher.take(pager.now).replies] == ["IN1"]
    pager.restart()
    pager.run(5)
    assert told(pager) == ["IN1"]
    pager.restart()
    pager.run(60)
    assert told(pager) == ["IN1"]


def test_replies_are_told_until_what_they_caused_is_recorded() -> None:
    pager = Pager()
    pager.tick()
    pager.provider.inbound = [reply(1, at_second=3)]
    pager.tick(16, network=False)
    pager.lanes.run()
    first = pager.dispatcher.take(pager.now)
    assert pager.dispatcher.take(pager.now).replies == first.replies
    pager.record(Batch(facts=first.facts))
    assert not pager.dispatcher.take(pager.now)


def test_a_list_that_cannot_be_had_is_one_line_and_is_read_later(caplog: object) -> None:
    pager = Pager()
    pager.tick()
    pager.provider.inbound = [reply(1, at_second=3)]
    pager.provider.can_list = False
    pager.run(60)
    pager.provider.can_list = True
    pager.run(16)
    assert told(pager) == ["IN1"]
    lines = [r for r in caplog.records if "cannot be read" in r.getMessage()]  # type: ignore[attr-defined]
    assert len(lines) == 1


def test_a_position_that_makes_no_sense_begins_anew() -> None:
    pager = Pager()
    pager.outbox.facts["replies:sms"] = '{"until": "yesterday"}'
    pager.restart()
    pager.provider.inbound = [reply(1, at_second=5)]
    pager.run(30)
    assert told(pager) == ["IN1"]
