"""Tickets whose file comes and goes, whose times are corrected, or that get their priority late."""

from datetime import timedelta
from pathlib import Path

import pytest

from deskwatch.core.ticket import Priority
from tests.pager.night import HOUR, MINUTE, Night


@pytest.fixture
def night(tmp_path: Path) -> Night:
    """Ana was called for a ticket of Atera."""
    night = Night(tmp_path)
    night.ticket("atera-1")
    night.run(minutes=2)
    assert night.who("sms") == ["ana"]
    return night


def vanish(night: Night, *, minutes: float, restart: bool = False) -> None:
    """The file of the ticket is away for a while, and comes back as it was."""
    file = night.home.tickets / "atera-1.json"
    content = file.read_bytes()
    file.unlink()
    night.run(minutes=3)
    assert night.states("atera-1")["after_hours"] == "resolved"
    if restart:
        night.restart(after=timedelta(minutes=minutes))
    else:
        night._advance(timedelta(minutes=minutes))
    file.write_bytes(content)


@pytest.mark.parametrize("restart", [False, True])
def test_a_ticket_that_was_away_and_comes_back_calls_people_again(night: Night, restart: bool) -> None:
    vanish(night, minutes=20, restart=restart)
    night.run(minutes=12)
    assert night.who("sms") == ["ana", "ana", "ben"]
    assert "the ticket is back" in [decision.reason for decision in night.decisions("atera-1")]


def test_who_has_taken_a_ticket_still_has_it_when_it_comes_back(night: Night) -> None:
    night.wish(op="ack", all=True, by="ana")
    night.run(minutes=1)
    vanish(night, minutes=20)
    night.run(minutes=30)
    assert night.states("atera-1")["after_hours"] == "acknowledged"
    assert night.who("sms") == ["ana"]


def test_who_took_a_ticket_when_it_was_told_again_still_has_it_when_it_comes_back(tmp_path: Path) -> None:
    alerts = "escalations: {on-call: {steps: [{notify: [oncall]}], repeat: 5, repeat_after: 10m}}"
    night = Night(tmp_path, alerts=alerts)
    night.ticket("atera-1")
    night.run(minutes=12)
    night.wish(op="ack", all=True, by="ana")
    night.run(minutes=1)
    told = night.who("sms")
    assert told == ["ana", "ana"]
    vanish(night, minutes=5)
    night.run(minutes=12)
    assert night.states("atera-1")["after_hours"] == "acknowledged"
    assert night.who("sms") == told


def test_who_gave_a_ticket_back_does_not_have_it_because_its_file_was_away(night: Night) -> None:
    night.assign("atera-1", "19", "Ana")
    night.run(minutes=2)
    assert night.states("atera-1")["after_hours"] == "acknowledged"
    night.ticket("atera-1", agent=None, assigned_since=None)
    night.run(minutes=2)
    told = len(night.who("sms"))
    vanish(night, minutes=20)
    night.run(minutes=5)
    assert night.states("atera-1")["after_hours"] == "open"
    assert len(night.who("sms")) > told


def test_a_ticket_that_comes_back_done_or_after_more_than_a_day_calls_nobody(night: Night) -> None:
    vanish(night, minutes=20)
    night.resolve("atera-1")
    night.run(minutes=12)
    assert night.who("sms") == ["ana"]
    night.ticket("atera-2")
    night.run(minutes=2)
    told = len(night.who("sms"))
    file = night.home.tickets / "atera-2.json"
    content = file.read_bytes()
    file.unlink()
    night.run(minutes=3)
    night._advance(25 * HOUR)
    file.write_bytes(content)
    night.run(minutes=12)
    assert len(night.who("sms")) == told


def test_a_ticket_arrives_once_though_its_helpdesk_corrects_when_it_came(night: Night) -> None:
    night.ticket("atera-1", created_at=night.now - 31 * MINUTE)
    night.run(minutes=3)
    night.ticket("jira-7", created_at=None)
    night.run(minutes=3)
    night.ticket("jira-7", created_at=night.now - 5 * MINUTE)
    night.run(minutes=3)
    assert night.who("sms").count("ana") == 2, "one for each ticket"


def test_a_ticket_that_is_found_to_be_urgent_hours_later_calls_somebody(tmp_path: Path) -> None:
    night = Night(tmp_path)
    night.ticket("zendesk-1", priority=None)
    night.run(minutes=2)
    night._advance(2 * HOUR)
    night.ticket("zendesk-1", priority=Priority.URGENT, priority_since=night.now)
    night.run(minutes=2)
    assert night.who("sms") == ["ana"]
    assert "priority raised to Urgent" in night.told("sms")[0]


def test_a_ticket_that_gets_an_ordinary_priority_late_calls_nobody(tmp_path: Path) -> None:
    rule = "rules: [{id: up, on: [priority_raised], urgency: urgent, escalation: on-call}]"
    night = Night(tmp_path, alerts=rule)
    night.ticket("zendesk-1", priority=None)
    night.run(minutes=2)
    night.ticket("zendesk-1", priority=Priority.MEDIUM, priority_since=night.now)
    night.run(minutes=2)
    assert night.messages == 0


def test_who_files_a_ticket_and_takes_it_at_once_is_not_called_for_it(tmp_path: Path) -> None:
    night = Night(tmp_path)
    night.wish(op="ack", ticket="desk-1", by="ana")  # the watcher hands it on before it writes the ticket
    night.tick()
    night._advance(timedelta(seconds=1))
    night.ticket("desk-1")
    night.run(minutes=12)
    assert night.messages == 0
    assert night.states("desk-1")["after_hours"] == "acknowledged"
    night.wish(op="ack", ticket="desk-2", by="ana")
    night.run(minutes=2)
    night.ticket("desk-2")
    night.run(minutes=2)
    assert night.who("sms") == ["ana"], "that was another time"
