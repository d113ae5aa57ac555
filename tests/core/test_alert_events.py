"""What happened is told while it is news: arrivals at night and on holidays, people, replies, changes."""

from datetime import datetime
from typing import Any

import pytest

from deskwatch.core.alerts import AlertKind, AlertRule, AlertRules, is_backlog
from deskwatch.core.match import Match
from deskwatch.core.people import Urgency
from deskwatch.core.ticket import Person, Phase, PhaseSince, Priority, Ticket
from tests.core.alert_desk import ANA, BEN, BERLIN, HOUR, NINE, RULES, alerts, at, kinds, ticket


def berlin(text: str) -> float:
    """An instant of 2026 in Berlin as hours after Monday nine."""
    instant = datetime.fromisoformat(f"2026-{text}").replace(tzinfo=BERLIN)
    return (instant - NINE) / HOUR


def only(*rules: AlertRule) -> AlertRules:
    return AlertRules(rules=rules)


# --- arrivals


def test_a_ticket_that_comes_at_night_is_told_with_the_next_opening() -> None:
    comes = berlin("03-09 18:30")
    night = alerts(ticket(created_at=comes), comes + 0.1)
    assert set(night) == {"created", "after_hours"}
    alert = night["after_hours"]
    assert alert.key == "demo-12|after_hours|2026-03-09T17:30:00Z"
    assert alert.facts["next_opening"] == "2026-03-10T07:00:00Z"
    assert alert.reason == "it came in while the desk was closed (rule all)"


@pytest.mark.parametrize(
    ("comes", "expected"),
    [
        ("03-09 16:59", {"created"}),
        ("03-09 17:00", {"created", "after_hours"}),
        ("03-14 11:00", {"created", "after_hours"}),
        ("04-03 11:00", {"created", "holiday"}),
        ("12-24 11:59", {"created"}),
        ("12-24 12:00", {"created", "after_hours"}),
    ],
)
def test_whether_the_desk_was_open_decides_what_an_arrival_is(comes: str, expected: set[str]) -> None:
    hours = berlin(comes)
    assert kinds(ticket(created_at=hours), hours + 0.1) == expected


def test_a_holiday_is_told_by_its_name() -> None:
    comes = berlin("04-03 02:10")
    alert = alerts(ticket(created_at=comes), comes)["holiday"]
    assert alert.facts["holiday"] == "Good Friday"
    assert alert.reason == "it came in on a holiday (Good Friday) (rule all)"


def test_who_has_no_rule_for_holidays_is_told_as_after_hours_with_the_name() -> None:
    comes = berlin("04-03 11:00")
    rules = only(AlertRule(id="night", on=frozenset({AlertKind.AFTER_HOURS})))
    assert alerts(ticket(created_at=comes), comes, rules)["after_hours"].facts["holiday"] == "Good Friday"


# --- people, replies, changes


def test_an_assignment_tells_who_has_it_and_who_had_it() -> None:
    given = ticket(agent=ANA, assigned_since=2)
    assert alerts(given, 2.5)["assigned"].reason == "it was given to ana (rule all)"
    passed = alerts(ticket(agent=BEN, previous_agent=ANA, assigned_since=2), 2.5)
    assert "assigned" not in passed
    alert = passed["reassigned"]
    assert alert.reason == "it went from ana to ben (rule all)"
    assert (alert.facts["agent"], alert.facts["previous_agent"]) == ("ben", "ana")
    assert alert.key == "demo-12|reassigned|2026-03-09T10:00:00Z"


def test_a_ticket_that_comes_with_an_assignee_tells_them() -> None:
    assert kinds(ticket(agent=ANA, assigned_since=0), 0.1) == {"created", "assigned"}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"requester_responded_at": 2}, True),
        ({"requester_responded_at": 2, "agent_responded_at": 1}, True),
        ({"requester_responded_at": 2, "agent_responded_at": 2.2}, False),
        ({"requester_responded_at": 0}, False),
        ({"phase": Phase.CUSTOMER_REPLIED, "status_since": 2}, True),
        ({"requester_responded_at": 2, "phase": Phase.RESOLVED, "resolved_at": 2}, False),
    ],
)
def test_a_reply_of_the_customer_is_told_until_somebody_answers(fields: dict[str, Any], told: bool) -> None:
    assert ("customer_replied" in kinds(ticket(**fields), 2.5)) is told


def test_a_raised_priority_is_told_and_a_lowered_one_is_not() -> None:
    raised = ticket(priority=Priority.URGENT, previous_priority=Priority.LOW, priority_since=2)
    alert = alerts(raised, 2.5)["priority_raised"]
    assert alert.reason == "its priority went from low to urgent (rule all)"
    lowered = ticket(priority=Priority.LOW, previous_priority=Priority.URGENT, priority_since=2)
    assert "priority_raised" not in kinds(lowered, 2.5)


def test_a_reopened_ticket_is_told() -> None:
    assert "reopened" in kinds(ticket(reopened_at=2), 2.5)


def test_a_change_is_told_unless_it_is_the_arrival_itself() -> None:
    assert "updated" in kinds(ticket(updated_at=2), 2.5)
    assert "updated" not in kinds(ticket(updated_at=0.01, first_seen_at=0.02), 0.1)


def test_a_resolved_ticket_is_told_once_though_it_is_closed_later() -> None:
    resolved = ticket(phase=Phase.RESOLVED, status_since=2)
    (alert,) = alerts(resolved, 2.5).values()
    assert alert.key == "demo-12|resolved|2026-03-09T10:00:00Z"
    history = (
        PhaseSince(Phase.OPEN, at(0)),
        PhaseSince(Phase.RESOLVED, at(2)),
        PhaseSince(Phase.CLOSED, at(2.4)),
    )
    closed = resolved.with_(phase=Phase.CLOSED, status_since=at(2.4), phases=history)
    assert [alert.key for alert in alerts(closed, 2.5).values()] == [alert.key]


# --- news and backlog


def test_news_gets_old() -> None:
    fresh_for = RULES.fresh_for / HOUR
    asked = ticket(agent=ANA, assigned_since=0)
    assert kinds(asked, fresh_for - 0.01) == {"created", "assigned"}
    assert kinds(asked, fresh_for) == set()


def test_a_helpdesk_whose_clock_is_ahead_delays_nothing() -> None:
    assert kinds(ticket(created_at=0.1), 0) == {"created"}


def test_the_past_of_a_ticket_that_was_old_at_first_sight_is_no_news() -> None:
    old = ticket(
        first_seen_at=48,
        agent=ANA,
        assigned_since=47.9,
        requester_responded_at=47.8,
        updated_at=47.9,
        first_response_due_at=3,
    )
    assert is_backlog(old, RULES)
    assert kinds(old, 48.1) == set()
    assert kinds(old.with_(updated_at=at(48.2), requester_responded_at=at(48.2)), 48.3) == {
        "updated",
        "customer_replied",
    }


def test_a_ticket_seen_an_hour_late_is_still_news() -> None:
    late = ticket(first_seen_at=0.9)
    assert not is_backlog(late, RULES)
    assert kinds(late, 0.95) == {"created"}


def test_a_file_of_another_program_without_stamps_is_no_backlog() -> None:
    asked = Ticket(key="lab-7", source="lab", id="7", created_at=at(0))
    assert kinds(asked, 0.5) == {"created"}
    assert kinds(Ticket(key="lab-7", source="lab", id="7"), 0.5) == set()


# --- rules


def test_the_first_rule_that_wants_a_kind_gets_it() -> None:
    urgent = AlertRule(
        id="urgent",
        on=frozenset({AlertKind.CREATED}),
        match=(Match(priorities=(Priority.URGENT,)),),
        urgency=Urgency.URGENT,
    )
    rules = only(urgent, AlertRule(id="rest", on=frozenset({AlertKind.CREATED})))
    told = alerts(ticket(priority=Priority.URGENT), 0, rules)["created"]
    assert (told.rule, told.urgency) == ("urgent", Urgency.URGENT)
    assert alerts(ticket(priority=Priority.LOW), 0, rules)["created"].rule == "rest"


def test_a_rule_may_leave_tickets_out_and_ask_for_clients_and_categories() -> None:
    rule = AlertRule(
        id="a",
        on=frozenset({AlertKind.CREATED}),
        match=(Match(categories=("hardware",)),),
        not_match=(Match(clients=("Bakery",)),),
    )
    assert kinds(ticket(category="Hardware"), 0, only(rule)) == {"created"}
    assert kinds(ticket(category="Software"), 0, only(rule)) == set()
    bakery = Person(id="3", name="Bakery")
    assert kinds(ticket(category="Hardware", client=bakery), 0, only(rule)) == set()


def test_a_rule_may_hold_only_while_the_desk_is_open_or_closed() -> None:
    on = frozenset({AlertKind.ASSIGNED})
    night = ticket(agent=ANA, assigned_since=10)
    day = ticket(agent=ANA, assigned_since=1)
    for when, told in (("any", (1, 1)), ("open", (1, 0)), ("closed", (0, 1))):
        rules = only(AlertRule(id="a", on=on, when=when))  # type: ignore[arg-type]
        assert (len(alerts(day, 1, rules)), len(alerts(night, 10, rules))) == told


def test_what_no_rule_wants_is_not_told() -> None:
    assert alerts(ticket(), 0, AlertRules()) == {}


def test_the_facts_say_what_a_text_may_need() -> None:
    asked = ticket(subject="Mail is down", priority=Priority.URGENT, agent=ANA, url="https://desk/12")
    facts = alerts(asked, 0)["created"].facts
    assert (facts["ticket"], facts["number"], facts["subject"]) == ("demo-12", "INC-12", "Mail is down")
    assert (facts["priority"], facts["priority_word"], facts["agent"]) == ("urgent", "Urgent", "ana")
    assert facts["next_opening"] is None


def test_the_same_look_gives_the_same_alerts() -> None:
    asked = ticket(agent=ANA, assigned_since=0.5, requester_responded_at=0.6)
    assert alerts(asked, 0.7) == alerts(asked, 0.7)
