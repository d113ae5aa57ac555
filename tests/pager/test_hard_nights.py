"""Nights on which things cross: an answer and a fault, a reload and a message, a reply and a bug."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.pager.night import ALERTS, ANA, CHANNELS, PEOPLE, Night
from tests.test_notify import FullDisk


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path)


def test_a_message_on_its_way_that_is_refused_after_somebody_took_the_ticket_is_not_sent_again(
    night: Night,
) -> None:
    night.ticket("demo-1")
    night.providers["sms"].mishaps.append("refused")
    night.notifier.tick(night.now)  # the request is on its way
    night.wish(op="ack", all=True, by="ben")
    night.notifier.tick(night.now)
    night.run(minutes=30)
    assert night.messages == 0
    assert [str(each.state) for each in night.sent("demo-1") if each.channel == "sms"] == ["canceled"]


def test_a_message_in_doubt_that_did_not_arrive_is_not_sent_again_once_the_ticket_is_taken(
    night: Night,
) -> None:
    night.ticket("demo-1")
    night.providers["sms"].mishaps.append("lost")
    night.tick()
    night.wish(op="ack", all=True, by="ben")
    night.run(minutes=30)
    assert night.messages == 0


def test_nor_is_it_after_a_restart(night: Night) -> None:
    night.ticket("demo-1")
    night.notifier.tick(night.now)  # it is on its way when somebody takes the ticket and the process dies
    night.wish(op="ack", all=True, by="ben")
    night.notifier.tick(night.now)
    night.restart(after=timedelta(seconds=5))
    night.run(minutes=30)
    assert night.messages == 0


def test_what_could_not_be_recorded_before_somebody_took_the_ticket_is_not_sent_after(night: Night) -> None:
    disk = FullDisk(night)
    night.ticket("demo-1")
    night.run(seconds=5)
    night.wish(op="ack", all=True, by="ben")
    night.run(seconds=5)
    disk.is_full = False
    night.run(minutes=30)
    assert night.messages == 0


def test_a_person_who_was_removed_while_a_message_waits_is_no_trouble(
    night: Night, caplog: pytest.LogCaptureFixture
) -> None:
    night.providers["sms"].mishaps.extend(["refused"] * 3)
    night.ticket("demo-1")
    night.tick()
    night.config("people", PEOPLE.replace("  ana:\n", "  ann:\n"))
    night.config(
        "oncall",
        "zone: UTC\nlayers: {primary: {rotations: [{people: [ben], every: week, start: 2026-03-09}]}}",
    )
    night.live.refresh(now_please=True)
    assert night.live.problems == ()
    night.run(minutes=30)
    assert "ben" in night.who("sms")
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("mishap", ["invalid", "refused", "lost", "suspended"])
def test_a_channel_that_was_removed_while_a_message_waits_is_no_trouble(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, mishap: str
) -> None:
    night = Night(tmp_path)
    night.providers["sms"].mishaps.append(mishap)  # type: ignore[arg-type]
    night.ticket("demo-1")
    night.notifier.tick(night.now)
    without = "\n".join(line for line in CHANNELS.splitlines() if not line.strip().startswith("sms:"))
    night.config("alerts", ALERTS.format(channels=without, more=""))
    night.config("people", PEOPLE.replace("sms, {voice: 3m}", "voice").replace("[sms]", "[mail]"))
    del night.channels["sms"]
    night.live.refresh(now_please=True)
    assert night.live.problems == ()
    night.run(minutes=30)
    assert "ana" in night.who("voice")
    assert "Traceback" not in caplog.text


def test_no_reply_keeps_the_others_from_being_heard(
    night: Night, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    hearing = night.notifier._hearing
    understood = hearing._reply

    def stumbles(meant: object, sender: object, heard: object, *rest: object) -> None:
        if heard.reply.text == "yes":  # type: ignore[attr-defined]
            raise ValueError("a bug of ours")
        understood(meant, sender, heard, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(hearing, "_reply", stumbles)
    night.reply(ANA, "yes")
    night.reply(ANA, "ok")
    night.run(minutes=1)
    assert set(night.states("demo-1").values()) == {"acknowledged"}


def test_a_thousand_replies_are_heard_at_once(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    for _ in range(1000):
        night.reply("+12025550199", "who is this?")
    night.reply(ANA, "ok")
    night.run(minutes=1)
    assert set(night.states("demo-1").values()) == {"acknowledged"}


def test_a_next_way_that_cannot_be_written_ends_neither_the_round_nor_the_message(
    night: Night, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    night.providers["sms"].mishaps.append("suspended")
    night.ticket("demo-1")
    night.notifier.tick(night.now)

    def stumbles(*_: object, **__: object) -> None:
        raise ValueError("a bug of ours")

    with monkeypatch.context() as patch:
        patch.setattr("deskwatch.pager.fallback.next_way", stumbles)
        night.run(seconds=10)
    assert caplog.text.count("a bug of ours") < 10, "not in each round for ever"
    night.run(minutes=30)
    assert night.who("voice") == ["ana"]
    assert "ben" in night.who("sms")


def test_a_message_is_one_line_in_the_log_when_it_left_and_one_when_it_arrived(
    night: Night, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "deskwatch")
    night.ticket("demo-1")
    night.run(minutes=2)
    lines = [record.getMessage() for record in caplog.records if "SM0" in record.getMessage()]
    assert [line.partition(",")[0].rpartition(" ")[2] for line in lines] == ["sent", "delivered"]
    assert all(night.code() in line and ANA not in line for line in lines)
