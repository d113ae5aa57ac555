"""Nights at a desk, told as they happen."""

from datetime import timedelta
from pathlib import Path

import pytest

from deskwatch.core.ticket import Person, Phase, Priority, Status
from tests.pager.night import ANA, BEN, CHRISTMAS_NIGHT, HOUR, MINUTE, TUESDAY_NOON, Night


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path)


def test_an_urgent_ticket_at_night_wakes_the_person_on_call_until_she_takes_it(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    assert night.who("sms") == ["ana"]
    assert f"[{night.code()}]" in night.told("sms")[0]
    night.run(minutes=3)
    assert night.who("voice") == ["ana"], "she sleeps through a text, so she is called"
    night.assign("demo-1", "19", "Ana")
    night.run(hours=1)
    assert (night.who("sms"), night.who("voice")) == (["ana"], ["ana"])
    assert night.states("demo-1")["after_hours"] == "acknowledged"


def test_a_ticket_that_is_taken_and_let_go_again_wakes_somebody_again(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    night.assign("demo-1", "19", "Ana")
    night.run(minutes=5)
    told = len(night.who("sms"))
    night.ticket("demo-1", agent=None, assigned_since=None)
    night.run(minutes=5)
    assert len(night.who("sms")) == told + 1
    assert night.states("demo-1")["after_hours"] == "open"
    assert "Ana gave the ticket back" in [decision.reason for decision in night.decisions("demo-1")]
    night.run(minutes=10)
    assert "ben" in night.who("sms"), "the steps go on from the first"


def test_christmas_night_ends_with_a_reply_of_the_second_person(tmp_path: Path) -> None:
    policy = """
escalations:
  everyone-on-call:
    {steps: [{notify: [everyone_on_call]}, {after: 10m, notify: [next]}], cc: [manager]}
"""
    night = Night(tmp_path, CHRISTMAS_NIGHT, alerts=policy)
    on_call, following = ("ana", "ben") if night.oncall()["on_call"][0]["person"] == "ana" else ("ben", "ana")
    night.ticket("demo-1", subject="The shop is down")
    night.run(minutes=1)
    assert night.who("sms") == [on_call]
    assert "Christmas" in night.told("sms")[0]
    assert night.who("mail") == ["mia"], "the manager gets a copy"
    night.run(minutes=10)
    assert night.who("sms") == [on_call, following]
    night.reply(BEN if following == "ben" else ANA, f"ok {night.code().lower()}")
    night.run(minutes=1)
    taken = night.oncall()["tickets"]["demo-1"]
    assert (taken["acknowledged_by"], taken["via"]) == (following.capitalize(), "sms")
    night.run(minutes=1)
    assert "#1 is yours" in night.told("sms", following)[-1]
    before = night.messages
    night.run(hours=2)
    assert night.messages == before, "whoever has answered is left alone"


def test_when_nobody_reacts_the_next_person_and_then_the_manager_are_told(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=12)
    assert night.who("sms") == ["ana", "ben"]
    night.run(minutes=12)
    assert "mia" in night.who("mail")


def test_a_reply_from_a_stranger_takes_nothing(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    night.reply("+12025550199", f"ack {night.code()}")
    night.run(minutes=1)
    assert night.states("demo-1")["after_hours"] == "open"


def test_a_bare_ok_takes_what_was_told_last(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    night.reply(ANA, "ok")
    night.run(minutes=1)
    assert night.states("demo-1")["after_hours"] == "acknowledged"


def test_whoever_answers_stop_is_told_by_another_channel_from_then_on(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    night.reply(ANA, "STOP")
    night.run(minutes=1)
    night.ticket("demo-2")
    night.run(minutes=1)
    assert night.who("sms") == ["ana"]
    assert "ana" in night.who("voice"), "the call that stood by comes at once"


def test_whoever_answers_start_gets_messages_again(night: Night) -> None:
    for number, word in enumerate(["STOP", "START"], 1):
        night.ticket(f"demo-{number}")
        night.run(minutes=1)
        night.reply(ANA, word)
        night.run(minutes=10)
    night.ticket("demo-3")
    night.run(minutes=2)
    assert any("demo-3" in text or "#3" in text for text in night.told("sms", "ana"))


def test_a_word_at_the_command_line_takes_a_ticket(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    night.wish(op="ack", ticket="demo-1", by="ana")
    night.run(minutes=30)
    assert night.who("sms") == ["ana"]
    assert [file.name for file in (night.home.state / "inbox").iterdir()] == []


def test_a_wish_that_makes_no_sense_is_put_aside(night: Night) -> None:
    night.wish(op="ack", code="ZZZZ")
    night.run(minutes=1)
    assert [file.suffix for file in (night.home.state / "inbox").iterdir()] == [".rejected"]


def test_a_silenced_ticket_is_told_when_the_silence_ends_if_it_holds_then(night: Night) -> None:
    until = (night.now + 2 * HOUR).isoformat()
    night.wish(op="silence", ticket="demo-1", until=until, by="mia", reason="we know")
    night.tick()
    night.ticket("demo-1")
    night.run(hours=1)
    assert night.messages == 0
    assert night.oncall()["tickets"]["demo-1"]["silenced_until"].startswith("2026-03-10T04:00")
    night.restart()
    night.run(minutes=55)
    assert night.messages == 0, "a restart forgets no silence"
    night.run(minutes=10)
    assert night.who("sms") == ["ana"]


def test_a_ticket_that_is_done_before_the_desk_opens_is_told_to_nobody(tmp_path: Path) -> None:
    rules = "rules:\n  - {id: late, on: [created], escalation: on-call, after_hours: hold}"
    night = Night(tmp_path, alerts=rules)
    for key in ("demo-1", "demo-2", "demo-3"):
        night.ticket(key, subject=f"Printer {key}", priority=Priority.LOW)
    night.run(minutes=30)
    assert night.messages == 0
    night.resolve("demo-2")
    night.run(hours=5, minutes=35)
    assert night.messages == 1, "one ordered summary at the opening"
    (text,) = night.told("mail")
    assert "Printer demo-1" in text
    assert "Printer demo-2" not in text
    assert "Printer demo-3" in text


def test_an_alert_is_over_when_its_cause_is_and_those_who_were_woken_hear_it_by_mail(tmp_path: Path) -> None:
    rules = """
rules: [{id: late, on: [sla_breach], urgency: urgent, escalation: mia}]
escalations: {mia: {steps: [{notify: [mia]}]}}
"""
    night = Night(tmp_path, TUESDAY_NOON, alerts=rules)
    night.ticket("demo-1", first_response_due_at=night.now + 5 * MINUTE)
    night.run(minutes=10)
    assert night.who("mail") == ["mia"]
    night.ticket("demo-1", first_responded_at=night.now, agent_responded_at=night.now)
    night.run(minutes=5)
    assert night.who("mail") == ["mia", "mia"]
    assert night.states("demo-1")["sla_breach"] == "resolved"


def test_a_text_message_is_not_spent_on_good_news(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    night.resolve("demo-1")
    night.run(minutes=30)
    assert night.who("sms") == ["ana"]
    assert night.who("voice") == [], "the call that waited is called off"
    canceled = [each.channel for each in night.sent("demo-1") if each.state == "canceled"]
    assert canceled == ["voice"]


def test_maintenance_holds_alerts_until_its_end(tmp_path: Path) -> None:
    window = (
        "maintenance:\n  - {start: 2026-03-10T01:00:00Z, end: 2026-03-10T05:00:00Z, reason: new firewall}"
    )
    night = Night(tmp_path, alerts=window)
    night.ticket("demo-1")
    night.ticket("demo-2")
    night.run(hours=1)
    assert night.messages == 0
    assert any("new firewall" in decision.reason for decision in night.decisions("demo-1"))
    night.resolve("demo-2")
    night.run(hours=2, minutes=5)
    assert night.who("sms")[:1] == ["ana"]
    assert not any(each.state == "sent" for each in night.sent("demo-2"))


def test_the_log_says_that_an_alert_is_taken_and_by_what_sign(
    night: Night, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    night.ticket("demo-1")
    night.ticket("demo-2")
    night.run(minutes=1)
    answered = night.now - timedelta(seconds=1)
    night.ticket("demo-1", agent=Person(id="20", name="Ben"), agent_responded_at=answered)
    night.assign("demo-2", "19", "Ana")
    night.run(minutes=1)
    assert "demo-1 after_hours: taken: Ben answered the customer\n" in caplog.text
    assert "demo-2 after_hours: taken by Ana\n" in caplog.text


def test_an_acknowledgement_lapses_when_the_ticket_is_still_late(tmp_path: Path) -> None:
    more = "escalations:\n  late: {steps: [{notify: [oncall]}], acknowledgement_lapses: 1h}"
    night = Night(tmp_path, alerts=more)
    night.ticket("demo-1", created_at=night.now, first_response_due_at=night.now + MINUTE)
    night.run(minutes=2)
    night.wish(op="ack", all=True, by="ana")
    night.run(minutes=55)
    told = night.messages
    night.run(minutes=10)
    assert night.messages > told
    night.ticket("demo-1", first_responded_at=night.now, agent_responded_at=night.now)
    night.run(hours=3)
    assert night.states("demo-1")["sla_breach"] == "resolved"


def test_an_old_sign_of_work_takes_an_alert_only_once(tmp_path: Path) -> None:
    more = "escalations:\n  late: {steps: [{notify: [oncall]}], acknowledgement_lapses: 1h, repeat_after: 7d}"
    night = Night(tmp_path, alerts=more)
    night.ticket("demo-1", first_response_due_at=night.now + MINUTE)
    night.run(minutes=2)
    night.assign("demo-1", "19", "Ana")
    night.run(minutes=1)
    assert night.states("demo-1")["sla_breach"] == "acknowledged"
    night.run(hours=1)
    assert night.states("demo-1")["sla_breach"] == "open"
    night.run(minutes=5)
    told = night.messages
    night.ticket("demo-1", subject="Mail is still down")
    night.run(minutes=10)
    assert (night.states("demo-1")["sla_breach"], night.messages) == ("open", told)
    night.assign("demo-1", "20", "Ben")
    night.run(minutes=1)
    assert night.states("demo-1")["sla_breach"] == "acknowledged"


def test_what_is_taken_and_not_late_stays_taken(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    night.assign("demo-1", "19", "Ana")
    night.run(hours=5, minutes=30)
    assert night.states("demo-1")["after_hours"] == "acknowledged"
    assert night.who("sms") == ["ana"]


def test_a_number_that_does_not_exist_costs_a_minute_at_most(night: Night) -> None:
    night.providers["sms"].mishaps.append("invalid")
    night.ticket("demo-1")
    night.run(minutes=1)
    assert night.who("voice") == ["ana"], "the next channel of the same person"
    assert any("ana" in text.lower() for text in night.told("mail", "mia")), "the admin hears of the number"
    assert night.oncall()["tickets"]["demo-1"]["told"] >= 2


def test_an_account_that_is_suspended_pages_the_admin_by_another_channel_once(night: Night) -> None:
    night.providers["sms"].mishaps.append("suspended")
    night.channels["sms"].healthy = False
    night.ticket("demo-1")
    night.run(minutes=5)
    assert night.who("voice") == ["ana"]
    first = [text for text in night.told("mail", "mia") if "sms" in text]
    assert len(first) == 1
    assert night.heartbeat()["channels"]["sms"]["state"] == "broken"
    night.channels["sms"].healthy = True
    night.run(minutes=15)
    assert night.heartbeat()["channels"]["sms"]["state"] == "ok"
    assert len([text for text in night.told("mail", "mia") if "over" in text.lower()]) == 1


def test_a_channel_that_is_still_broken_after_a_restart_is_not_called_well(night: Night) -> None:
    night.providers["sms"].mishaps.append("suspended")
    night.channels["sms"].healthy = False
    night.ticket("demo-1")
    night.run(minutes=5)
    mails = night.told("mail", "mia")
    night.restart(after=MINUTE)
    night.run(minutes=3)
    assert night.heartbeat()["channels"]["sms"]["state"] == "broken"
    assert [text for text in night.told("mail", "mia")[len(mails) :] if "sms" in text] == []
    night.channels["sms"].healthy = True
    night.run(minutes=15)
    assert night.heartbeat()["channels"]["sms"]["state"] == "ok"
    assert len([text for text in night.told("mail", "mia") if "over" in text.lower()]) == 1


def test_a_channel_that_was_mended_while_nobody_ran_is_used_again_at_once(night: Night) -> None:
    night.providers["sms"].mishaps.append("suspended")
    night.channels["sms"].healthy = False
    night.ticket("demo-1")
    night.run(minutes=5)
    night.channels["sms"].healthy = True
    night.restart(after=MINUTE)
    night.run(seconds=20)
    night.ticket("demo-2")
    night.run(minutes=2)
    assert any("demo-2" in text or "#2" in text for text in night.told("sms", "ana"))


def test_every_silence_has_its_reason(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    night.assign("demo-1", "19", "Ana")
    night.run(minutes=5)
    reasons = [decision.reason for decision in night.decisions("demo-1")]
    assert any("told by sms" in reason for reason in reasons)
    assert any("taken by Ana" in reason for reason in reasons)


def test_a_ticket_whose_file_vanishes_for_a_moment_is_not_over(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    data = (night.home.tickets / "demo-1.json").read_bytes()
    (night.home.tickets / "demo-1.json").unlink()
    night.run(seconds=30)
    (night.home.tickets / "demo-1.json").write_bytes(data)
    night.run(minutes=3)
    assert night.states("demo-1")["after_hours"] == "open"
    (night.home.tickets / "demo-1.json").unlink()
    night.run(minutes=3)
    assert night.states("demo-1")["after_hours"] == "resolved"


def test_log_mode_says_who_would_have_been_told_and_sends_nothing(tmp_path: Path) -> None:
    night = Night(tmp_path)
    night.config("alerts", (night.home.config / "alerts.yaml").read_text().replace("mode: live", "mode: log"))
    night.live.refresh(now_please=True)
    night.ticket("demo-1")
    night.run(minutes=5)
    assert night.messages == 0
    assert {str(each.state) for each in night.sent("demo-1")} == {"logged"}


def test_redirect_sends_everything_to_one_address_with_the_true_recipient_in_front(tmp_path: Path) -> None:
    night = Night(tmp_path)
    text = (night.home.config / "alerts.yaml").read_text()
    text = text.replace("mode: live", "mode: redirect\nredirect: {channel: mail, to: test@example.com}")
    night.config("alerts", text)
    night.live.refresh(now_please=True)
    night.ticket("demo-1")
    night.run(minutes=1)
    assert (night.told("sms"), len(night.told("mail"))) == ([], 1)
    assert "Ana" in night.told("mail")[0]
    assert night.sent("demo-1")[0].address == "test@example.com"


def test_a_new_rule_does_not_page_for_what_was_so_before(tmp_path: Path) -> None:
    quiet = "rules: []"
    night = Night(tmp_path, alerts=quiet)
    for number in range(20):
        night.ticket(f"demo-{number}", first_response_due_at=night.now + MINUTE)
    night.run(minutes=10)
    assert night.messages == 0
    loud = "rules:\n  - {id: late, on: [sla_breach], urgency: urgent, escalation: on-call}"
    night.config("alerts", (night.home.config / "alerts.yaml").read_text().replace(quiet, loud))
    night.live.refresh(now_please=True)
    night.run(minutes=1)
    assert night.who("sms") == ["ana"], "one number, not twenty pages"
    night.ticket("demo-99", first_response_due_at=night.now + MINUTE)
    night.run(minutes=4)
    assert len(night.who("sms")) == 2


def test_people_edited_at_night_count_at_once_and_a_bad_edit_changes_nothing(night: Night) -> None:
    night.config("people", (night.home.config / "people.yaml").read_text().replace(ANA, "not a number"))
    night.live.refresh(now_please=True)
    assert night.live.problems
    night.ticket("demo-1")
    night.run(minutes=1)
    assert night.who("sms") == ["ana"]
    night.config(
        "oncall", "layers: {primary: {shifts: [{people: [ben], start: 2026-01-01, end: 2027-01-01}]}}"
    )
    night.config("people", (night.home.config / "people.yaml").read_text().replace("not a number", ANA))
    night.live.refresh(now_please=True)
    night.ticket("demo-2")
    night.run(minutes=1)
    assert night.who("sms") == ["ana", "ben"]


def test_one_cause_is_told_once_to_one_person(night: Night) -> None:
    night.ticket("demo-1", agent=Person(id="19", name="Ana"), assigned_since=night.now)
    night.run(minutes=1)
    assert night.who("sms") == ["ana"]
    assert night.told("mail", "ana") == []


def test_a_status_that_customers_cause_is_no_acknowledgement(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    night.ticket(
        "demo-1", phase=Phase.CUSTOMER_REPLIED, status=Status(id="9", name="Replied"), status_since=night.now
    )
    night.run(minutes=1)
    assert night.states("demo-1")["after_hours"] == "open"
    assert timedelta(0) < night.now - night.alerts("demo-1")[0].raised_at
