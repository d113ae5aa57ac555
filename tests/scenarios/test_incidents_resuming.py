"""Starts: a first one, one after an outage, one without a database. A backlog is one number."""

from datetime import timedelta
from pathlib import Path

import pytest

from deskwatch.core.ticket import Priority
from tests.pager.night import HOUR, MINUTE, TUESDAY_NIGHT, Night

DAY = timedelta(days=1)


def open_tickets(night: Night, count: int, *, urgent: int) -> None:
    """Tickets that are late since yesterday."""
    for number in range(count):
        night.ticket(
            f"demo-{number}",
            created_at=night.now - 2 * DAY,
            first_seen_at=night.now - 2 * DAY,
            priority=Priority.URGENT if number < urgent else Priority.LOW,
            priority_since=night.now - 2 * DAY,
            first_response_due_at=night.now - DAY,
        )


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path)


def test_a_first_start_over_a_backlog_is_one_summary_for_each_recipient(tmp_path: Path) -> None:
    night = Night(tmp_path, slept=True)
    open_tickets(night, 120, urgent=3)
    night.run(minutes=30)
    assert night.who("sms") == ["ana"]
    assert night.messages == 1
    assert "120" in night.told("sms")[0]


def test_a_backlog_without_anything_urgent_is_told_to_the_admin_by_mail(tmp_path: Path) -> None:
    night = Night(tmp_path, slept=True)
    open_tickets(night, 40, urgent=0)
    night.run(minutes=30)
    assert (night.messages, night.who("mail")) == (1, ["mia"])


def test_what_comes_after_the_very_first_start_is_news_even_if_that_start_is_cut_off(tmp_path: Path) -> None:
    night = Night(tmp_path, slept=True)
    open_tickets(night, 3, urgent=1)
    night.restart(after=timedelta(seconds=2))
    night.ticket("demo-77")
    night.restart(after=timedelta(seconds=2))
    night.restart(after=timedelta(seconds=2))
    night.run(minutes=5)
    assert "#77" in night.told("sms")[0]
    assert set(night.states("demo-0").values()) == {"silent"}


def test_a_lost_database_is_a_quiet_restart(night: Night) -> None:
    open_tickets(night, 5, urgent=1)
    night.run(minutes=20)
    night.wish(op="ack", all=True, by="ana")
    night.run(minutes=5)
    for provider in night.providers.values():
        provider.accepted.clear()
    night.restart(after=MINUTE, lose_database=True)
    night.run(hours=1)
    assert night.messages <= 1
    assert all(raised.state == "silent" for raised in night.alerts("demo-0"))


def test_restarts_without_a_change_tell_nobody(night: Night) -> None:
    open_tickets(night, 5, urgent=2)
    night.run(minutes=2)
    night.wish(op="ack", all=True, by="ana")
    night.run(minutes=30)
    before = night.messages
    for _ in range(10):
        night.restart(after=timedelta(seconds=20))
        night.run(minutes=2)
    assert night.messages == before


def test_what_happened_in_a_short_gap_is_told_after_it(night: Night) -> None:
    night.ticket("demo-1", first_response_due_at=night.now + 10 * MINUTE)
    night.run(minutes=1)
    night.wish(op="ack", all=True, by="ana")
    night.run(minutes=1)
    night.restart(after=15 * MINUTE)
    night.run(minutes=1)
    assert "sla_breach" in night.states("demo-1")
    assert night.states("demo-1")["sla_breach"] != "silent"


def test_after_a_long_outage_what_happened_meanwhile_is_one_number(night: Night) -> None:
    for number in range(6):
        night.ticket(
            f"demo-{number}", priority=Priority.HIGH, first_response_due_at=night.now + HOUR + number * MINUTE
        )
    night.run(minutes=2)
    assert night.messages == 0
    night.restart(after=3 * HOUR)
    night.run(minutes=30)
    assert {night.states(f"demo-{number}")["sla_breach"] for number in range(6)} == {"silent"}
    assert night.messages <= 1


def test_an_escalation_goes_on_where_it_was_after_a_restart(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    night.restart(after=MINUTE)
    night.run(minutes=10)
    assert night.who("sms") == ["ana", "ben"]


def test_a_ticket_that_left_while_nobody_watched_is_over(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=1)
    (night.home.tickets / "demo-1.json").unlink()
    night.restart(after=MINUTE)
    night.run(minutes=5)
    assert night.states("demo-1")["after_hours"] == "resolved"
    assert night.who("sms") == ["ana"]


def test_the_first_sync_of_a_source_is_no_reason_to_wake_anybody_twice(night: Night) -> None:
    for number in range(30):
        night.ticket(
            f"new-{number}",
            created_at=night.now - 3 * HOUR,
            first_response_due_at=night.now - HOUR,
        )
    night.run(minutes=30)
    assert night.who("sms") == ["ana"]
    assert night.messages == 1


def test_a_storm_is_told_as_one_and_its_tickets_are_recorded(tmp_path: Path) -> None:
    rules = "rules:\n  - {id: new, on: [created], urgency: urgent, escalation: on-call}\nlimits: {storm: 20}"
    night = Night(tmp_path, TUESDAY_NIGHT, alerts=rules)
    for number in range(60):
        night.ticket(f"demo-{number}")
    night.run(minutes=3)
    assert night.who("sms") == ["ana"]
    assert "60" in night.told("sms")[0]
    assert all(night.states(f"demo-{number}") == {"created": "silent"} for number in range(60))


def test_in_a_storm_the_urgent_ones_are_still_told_one_by_one(tmp_path: Path) -> None:
    rules = """
rules:
  - {id: loud, on: [created], match: [{priorities: [urgent]}], urgency: urgent, escalation: on-call}
  - {id: new, on: [created], escalation: assignee}
limits: {storm: 20}
"""
    night = Night(tmp_path, TUESDAY_NIGHT, alerts=rules)
    for number in range(60):
        night.ticket(f"demo-{number}", priority=Priority.URGENT if number < 2 else Priority.LOW)
    night.run(minutes=1)
    assert [night.states(f"demo-{number}")["created"] for number in (0, 1, 2)] == ["open", "open", "silent"]


def test_a_summary_that_was_not_told_yet_survives_a_restart(tmp_path: Path) -> None:
    night = Night(tmp_path, slept=True)
    open_tickets(night, 10, urgent=1)
    night.tick()
    assert night.messages == 0
    night.restart()
    night.run(minutes=3)
    assert night.who("sms") == ["ana"]
    assert "10" in night.told("sms")[0]
