"""Trouble with the desk itself: a silent watcher, a dead feed, a wrong clock, an empty roster."""

from datetime import timedelta
from pathlib import Path

import pytest

from deskwatch.core.ticket import format_instant
from tests.pager.night import ALERTS, CHANNELS, HOUR, MINUTE, TUESDAY_NIGHT, TUESDAY_NOON, Night


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path)


def about(night: Night, word: str) -> list[str]:
    return [text for text in night.told("mail", "mia") if word in text.lower()]


def test_a_silent_watcher_pages_the_admin_once_and_its_return_is_told_once(night: Night) -> None:
    beats, night.watcher_beats = night.watcher_beats, None
    night.run(minutes=9)
    assert night.messages == 0
    night.run(minutes=5)
    assert night.who("mail") == ["mia"]
    night.wish(op="ack", all=True, by="mia")
    night.run(hours=1)
    assert night.who("mail") == ["mia"]
    night.watcher_beats = beats
    night.run(minutes=5)
    assert night.who("mail") == ["mia", "mia"]
    assert "over" in night.told("mail")[-1].lower()
    assert "because you are one of those who were told." in night.told("mail")[-1]


def test_a_restart_while_the_watcher_is_silent_does_not_page_again(night: Night) -> None:
    night.watcher_beats = None
    night.run(minutes=15)
    night.wish(op="ack", all=True, by="mia")
    night.run(minutes=1)
    night.restart(after=MINUTE)
    night.run(minutes=15)
    assert night.who("mail") == ["mia"]


def test_deadlines_of_a_dead_feed_wait_and_are_told_when_it_is_back(tmp_path: Path) -> None:
    night = Night(tmp_path, TUESDAY_NOON)
    night.ticket("demo-1", first_response_due_at=night.now + HOUR)
    night.run(minutes=1)
    good = format_instant(night.now)
    night.sources["demo"] = {
        "state": "failing",
        "last_good_at": good,
        "error": {"kind": "auth", "words": "401: the key is wrong"},
    }
    night.run(hours=1, minutes=30)
    assert "sla_breach" not in night.states("demo-1")
    assert len(about(night, "demo")) >= 1
    assert night.who("sms") == []
    night.sources["demo"] = {}
    night.run(minutes=1)
    assert night.states("demo-1")["sla_breach"] == "open"


def test_deadlines_that_were_met_while_the_feed_was_dead_are_told_to_nobody(tmp_path: Path) -> None:
    night = Night(tmp_path, TUESDAY_NOON)
    night.ticket("demo-1", first_response_due_at=night.now + HOUR)
    night.run(minutes=1)
    night.sources["demo"] = {"state": "failing", "last_good_at": format_instant(night.now)}
    night.run(hours=2)
    night.sources["demo"] = {}
    night.ticket(
        "demo-1",
        first_responded_at=night.now - 2 * HOUR + 5 * MINUTE,
        agent_responded_at=night.now - 2 * HOUR + 5 * MINUTE,
    )
    night.run(minutes=5)
    assert "sla_breach" not in night.states("demo-1")


@pytest.mark.parametrize("jump", [timedelta(days=3), timedelta(hours=-2), timedelta(days=-1)])
def test_a_clock_that_jumps_brings_no_burst_and_loses_nothing(tmp_path: Path, jump: timedelta) -> None:
    night = Night(tmp_path, TUESDAY_NOON)
    for number in range(10):
        night.ticket(f"demo-{number}", first_response_due_at=night.now + (number + 1) * HOUR)
    night.run(minutes=1)
    good = format_instant(night.now)
    before = night.messages
    night.sources["demo"] = {"last_good_at": good}
    night.jump(jump)
    night.run(minutes=5)
    assert night.messages - before <= 2, "a word about the feed, but no deadline"
    assert not any("sla_breach" in night.states(f"demo-{number}") for number in range(10))
    night.sources["demo"] = {}
    night.run(minutes=5)
    late = sum(night.now > TUESDAY_NOON + (number + 1) * HOUR for number in range(10))
    found = sum("sla_breach" in night.states(f"demo-{number}") for number in range(10))
    assert found == late


def test_an_escalation_keeps_its_pace_when_the_clock_is_set_back(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    night.jump(timedelta(hours=-2))
    night.run(minutes=11)
    assert night.who("sms") == ["ana", "ben"]


def test_an_empty_roster_is_told_once_for_each_gap(tmp_path: Path) -> None:
    night = Night(tmp_path, TUESDAY_NIGHT)
    shift = "{people: [ana], start: 2026-03-10T03:00:00Z, end: 2026-03-10T05:00:00Z}"
    night.config("oncall", f"layers: {{primary: {{shifts: [{shift}]}}}}")
    night.live.refresh(now_please=True)
    night.run(minutes=5)
    assert len(about(night, "on call")) == 1
    night.wish(op="ack", all=True, by="mia")
    night.run(minutes=50)
    assert len(about(night, "nobody")) == 1
    night.run(minutes=10)
    before = len(night.told("mail"))
    night.run(hours=2)
    assert len(night.told("mail")) == before + 1


def test_a_ticket_at_night_with_nobody_on_call_reaches_the_last_resort(tmp_path: Path) -> None:
    night = Night(tmp_path)
    night.config("oncall", "layers: {}")
    night.live.refresh(now_please=True)
    night.ticket("demo-1")
    night.run(minutes=1)
    assert "mia" in night.who("mail")


def test_the_heartbeat_says_how_everything_stands_also_when_nothing_happens(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    beat = night.heartbeat()
    assert (beat["process"], beat["mode"], beat["tickets"], beat["standby"]) == ("notifier", "live", 1, False)
    assert beat["alerts"]["open"] == 1
    assert beat["on_call"] == ["Ana"]
    assert beat["database"] == "ok"
    assert beat["queue"]["length"] >= 1
    first = beat["beat_at"]
    night.run(seconds=16)
    assert night.heartbeat()["beat_at"] > first


def test_the_file_for_the_wall_knows_turns_and_takers_and_no_address(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    night.assign("demo-1", "19", "Ana")
    night.run(minutes=1)
    told = night.oncall()
    assert told["on_call"] == [
        {"layer": "primary", "person": "ana", "name": "Ana", "until": "2026-03-16T09:00:00Z"}
    ]
    assert told["next"][0]["name"] == "Ben"
    assert told["tickets"]["demo-1"]["acknowledged_by"] == "Ana"
    text = (night.home.state / "oncall.json").read_text()
    assert "+1202" not in text
    assert "@" not in text


def test_that_nobody_could_be_told_is_not_over_because_the_notifier_starts_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    night = Night(tmp_path)
    for name, text in {"alerts": "mode: live", "oncall": "layers: {}", "people": "people: {}"}.items():
        night.config(name, text)
    assert night.live.refresh(now_please=True)
    night.ticket("demo-1")
    night.run(minutes=2)
    assert (
        "ALERT Deskwatch itself: nobody_on_call: an alert could not be told as the rules want" in caplog.text
    )
    night.restart(after=MINUTE)
    night.run(minutes=2)
    assert "is over" not in caplog.text


def test_a_digest_comes_at_its_time_once_also_across_a_restart(tmp_path: Path) -> None:
    digest = 'digests:\n  - {id: morning, title: Good morning, notify: [manager], at: "07:00"}'
    night = Night(tmp_path, TUESDAY_NIGHT, alerts=digest)
    night.ticket("demo-1", priority=None)
    night.run(hours=5, minutes=5)
    assert night.who("mail") == ["mia"]
    night.restart(after=MINUTE)
    night.run(hours=1)
    assert night.who("mail") == ["mia"]
    night.run(hours=23)
    assert night.who("mail") == ["mia", "mia"]


def edit_digests(night: Night, *digests: str) -> None:
    more = "digests:\n" + "\n".join(
        f"  - {{title: Good morning, notify: [manager], {each}}}" for each in digests
    )
    night.config("alerts", ALERTS.format(channels=CHANNELS, more=more))
    assert night.live.refresh(now_please=True)


def test_a_digest_that_is_edited_or_added_while_the_notifier_runs_comes_at_its_new_time(
    tmp_path: Path,
) -> None:
    morning = "digests:\n  - {id: morning, notify: [manager], at: '07:00'}"
    night = Night(tmp_path, TUESDAY_NIGHT, alerts=morning)
    night.run(minutes=5)
    edit_digests(night, "id: morning, at: '02:20'")
    night.run(minutes=10)
    assert night.who("mail") == [], "not before its time"
    night.run(minutes=6)
    assert night.who("mail") == ["mia"]
    edit_digests(night, "id: morning, at: '02:20'", "id: another, at: '02:25'")
    night.run(minutes=10)
    assert night.who("mail") == ["mia", "mia"]


def test_a_digest_that_is_moved_to_a_time_that_is_past_waits_for_its_next_day(tmp_path: Path) -> None:
    morning = "digests:\n  - {id: morning, notify: [manager], at: '02:20'}"
    night = Night(tmp_path, TUESDAY_NIGHT, alerts=morning)
    night.run(minutes=40)
    edit_digests(night, "id: morning, at: '02:30'")
    night.run(hours=1)
    assert night.who("mail") == ["mia"], "that of 02:20"
    night.run(hours=23)
    assert night.who("mail") == ["mia", "mia"]


def test_a_shift_that_starts_is_told_to_whom_it_concerns_when_a_rule_asks(tmp_path: Path) -> None:
    rule = "rules:\n  - {id: turns, on: [shift_starts], escalation: admin}"
    night = Night(tmp_path, TUESDAY_NIGHT, alerts=rule)
    turns = '{people: [ana, ben], every: day, handoff: "06:00", start: 2026-03-09}'
    night.config("oncall", f"zone: UTC\nlayers: {{primary: {{rotations: [{turns}]}}}}")
    night.live.refresh(now_please=True)
    night.run(hours=5)
    assert len(night.who("mail")) == 1
    assert night.who("mail")[0] in ("ana", "ben")


def test_most_of_the_months_budget_is_told_to_the_admin_once(tmp_path: Path) -> None:
    night = Night(tmp_path, alerts="limits: {monthly_segments: {sms: 1}}")
    night.ticket("demo-1")
    night.run(minutes=3)
    assert len(about(night, "sms has used")) == 1
    night.wish(op="ack", all=True, by="mia")
    night.run(hours=2)
    assert len(about(night, "sms has used")) == 1
