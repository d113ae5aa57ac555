"""Deadlines that come near or were missed: which warning, which key, and when to look again."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.alerts import (
    FACTS,
    AlertKind,
    AlertRule,
    AlertRules,
    Lead,
    alerts_of,
    next_moment,
    still_holds,
)
from deskwatch.core.match import Match
from deskwatch.core.sla import EscalateRules, SlaPolicy, SlaRules
from deskwatch.core.ticket import Phase, PhaseSince, Priority, Ticket
from tests.core.alert_desk import (
    ANA,
    BEN,
    DAY,
    DESK,
    HOUR,
    LEADS,
    MINUTE,
    RULE,
    RULES,
    SLA,
    alerts,
    at,
    ticket,
)


def told(asked: Ticket, hours: float, rules: AlertRules = RULES, sla: SlaRules = SLA) -> set[str]:
    """What is told of deadlines; arrivals and changes are left out."""
    about = ("sla_", "escalated", "explanation_due")
    return {name for name in alerts(asked, hours, rules, sla) if name.startswith(about)}


def watching(*leads: Lead, **fields: Any) -> AlertRules:
    on = frozenset({AlertKind.SLA_WARNING, AlertKind.SLA_BREACH})
    return AlertRules(rules=(AlertRule(id="sla", on=on, leads=leads, **fields),))


DUE_AT_FOUR = {"first_response_due_at": 4}


# --- warnings and breaches


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (1.99, set()),
        (2, {"sla_warning:first_response:50%"}),
        (2.99, {"sla_warning:first_response:50%"}),
        (3, {"sla_warning:first_response:60m"}),
        (3.97, {"sla_warning:first_response:2m"}),
        (4, {"sla_breach:first_response"}),
        (400, {"sla_breach:first_response"}),
    ],
)
def test_of_several_warnings_only_the_latest_holds_and_the_breach_ends_them(
    hours: float, expected: set[str]
) -> None:
    assert told(ticket(**DUE_AT_FOUR), hours) == expected


def test_the_keys_name_the_deadline_and_a_moved_one_is_news() -> None:
    warned = alerts(ticket(**DUE_AT_FOUR), 3)["sla_warning:first_response:60m"]
    assert warned.key == "demo-12|sla_warning:first_response:60m|2026-03-09T12:00:00Z"
    assert (warned.occurred_at, warned.reason) == (
        at(3),
        "its first response is due soon (60m left) (rule all)",
    )
    moved = alerts(ticket(first_response_due_at=4.5), 3.5)["sla_warning:first_response:60m"]
    assert moved.key == "demo-12|sla_warning:first_response:60m|2026-03-09T12:30:00Z"
    missed = alerts(ticket(**DUE_AT_FOUR), 5)["sla_breach:first_response"]
    assert missed.key == "demo-12|sla_breach:first_response|2026-03-09T12:00:00Z"
    assert missed.reason == "its first response was due (rule all)"


def test_the_facts_name_the_deadline_the_target_and_the_warning() -> None:
    facts = alerts(ticket(**DUE_AT_FOUR), 3)["sla_warning:first_response:60m"].facts
    assert set(facts) == set(FACTS)
    assert (facts["due_at"], facts["target"], facts["lead"]) == (
        "2026-03-09T12:00:00Z",
        "first_response",
        "60m",
    )


def test_a_warning_longer_than_all_its_time_is_none() -> None:
    assert told(ticket(first_response_due_at=0.5), 0, watching(Lead("60m", before=HOUR))) == set()


def test_a_warning_may_be_counted_in_working_time() -> None:
    rules = watching(Lead("2h", before=2 * HOUR, measure="working"))
    tuesday_nine = ticket(resolution_due_at=24)
    assert told(tuesday_nine, 6.99, rules) == set()
    assert told(tuesday_nine, 7, rules) == {"sla_warning:resolution:2h"}  # Monday 16:00


def test_a_share_may_be_counted_in_working_time() -> None:
    rules = watching(Lead("50%", share=0.5, measure="working"))
    tuesday_nine = ticket(resolution_due_at=24)  # nine opening hours after Monday nine
    assert told(tuesday_nine, 4.49, rules) == set()
    assert told(tuesday_nine, 4.5, rules) == {"sla_warning:resolution:50%"}


def test_the_share_of_a_policy_counts_only_time_that_ran() -> None:
    policy = SlaPolicy(name="all", resolution=8 * HOUR, measure="wall")
    sla = SlaRules(policies=(policy,), calendar=DESK, explain_after=None)
    history = (
        PhaseSince(Phase.OPEN, at(0)),
        PhaseSince(Phase.ON_HOLD, at(1)),
        PhaseSince(Phase.OPEN, at(11)),
    )
    asked = ticket(phases=history, status_since=11)
    rules = watching(Lead("50%", share=0.5))
    assert told(asked, 13.99, rules, sla) == set()
    assert told(asked, 14, rules, sla) == {"sla_warning:resolution:50%"}
    assert told(asked, 18, rules, sla) == {"sla_breach:resolution"}


def test_a_paused_ticket_and_one_that_is_done_with_are_not_late() -> None:
    assert told(ticket(**DUE_AT_FOUR, phase=Phase.ON_HOLD, status_since=1), 9) == set()
    assert told(ticket(**DUE_AT_FOUR, phase=Phase.CLOSED, closed_at=8), 9) == set()
    assert told(ticket(**DUE_AT_FOUR, agent_responded_at=3), 9) == set()


def test_an_incident_is_watched_to_its_first_response_and_to_its_resolution() -> None:
    asked = ticket(type="Incident", **DUE_AT_FOUR, resolution_due_at=6)
    assert told(asked, 7) == {"sla_breach:first_response", "sla_breach:resolution"}


def test_a_service_request_is_watched_to_its_resolution_only() -> None:
    asked = ticket(type="Service Request", **DUE_AT_FOUR, resolution_due_at=6)
    assert told(asked, 5) == {"sla_warning:resolution:60m"}


def test_a_rule_follows_only_its_targets() -> None:
    asked = ticket(**DUE_AT_FOUR, resolution_due_at=6)
    assert told(asked, 7, watching(targets=frozenset({"resolution"}))) == {"sla_breach:resolution"}
    assert told(asked, 4000, watching(targets=frozenset({"chase"}))) == set()


def test_the_clocks_of_silence_warn_and_miss_like_deadlines() -> None:
    rules = watching(Lead("75%", share=0.75), targets=frozenset({"update", "chase"}))
    sla = SlaRules(update_in="wall", calendar=DESK)
    urgent = ticket(priority=Priority.URGENT, status_since=0)
    assert told(urgent, 0.37, rules, sla) == set()
    assert told(urgent, 0.38, rules, sla) == {"sla_warning:update:75%"}
    assert told(urgent, 0.5, rules, sla) == {"sla_breach:update"}
    waiting = ticket(priority=Priority.URGENT, phase=Phase.WAITING_ON_CUSTOMER, status_since=0)
    assert told(waiting, 24, rules, sla) == {"sla_breach:chase"}


def test_a_ticket_that_is_reopened_already_late_is_not_nagged_about_the_past() -> None:
    asked = ticket(**DUE_AT_FOUR, reopened_at=30)
    assert told(asked, 30.5) == set()
    moved = asked.with_(first_response_due_at=at(32))
    assert told(moved, 31) == {"sla_warning:first_response:60m"}


def test_a_deadline_missed_before_a_backlog_ticket_was_first_seen_is_no_news() -> None:
    asked = ticket(first_seen_at=48, first_response_due_at=4, resolution_due_at=50)
    assert told(asked, 48.5) == set()
    assert told(asked, 50) == {"sla_breach:resolution"}


def test_the_first_rule_that_follows_the_clock_gets_it() -> None:
    on = frozenset({AlertKind.SLA_BREACH})
    urgent = AlertRule(id="urgent", on=on, match=(Match(priorities=(Priority.URGENT,)),))
    rules = AlertRules(rules=(urgent, AlertRule(id="rest", on=on)))
    late = ticket(priority=Priority.URGENT, **DUE_AT_FOUR)
    assert alerts(late, 5, rules)["sla_breach:first_response"].rule == "urgent"
    assert alerts(ticket(**DUE_AT_FOUR), 5, rules)["sla_breach:first_response"].rule == "rest"


# --- escalation and explanation

HIGH_IN_EIGHT = SlaPolicy(name="high", match=(Match(priorities=(Priority.HIGH,)),), first_response=8 * HOUR)
ESCALATING = SlaRules(
    calendar=DESK,
    policies=(HIGH_IN_EIGHT,),
    escalate=EscalateRules(up_to=Priority.HIGH),
    explain_after=HOUR,
)


def test_an_escalation_tells_of_the_missed_deadline_and_of_the_new_one() -> None:
    asked = ticket(priority=Priority.MEDIUM, priority_since=0, **DUE_AT_FOUR)
    assert told(asked, 4, RULES, ESCALATING) == {"escalated:high"}
    alert = alerts(asked, 4, RULES, ESCALATING)["escalated:high"]
    assert alert.key == "demo-12|escalated:high|2026-03-09T12:00:00Z"
    assert (alert.facts["escalated_from"], alert.facts["escalated_to"]) == ("medium", "high")
    assert (alert.facts["due_at"], alert.facts["priority"]) == ("2026-03-09T12:00:00Z", "high")
    assert alert.facts["new_due_at"] is not None


def test_without_a_rule_for_escalations_the_missed_deadline_is_told() -> None:
    asked = ticket(priority=Priority.MEDIUM, priority_since=0, **DUE_AT_FOUR)
    found = alerts(asked, 4.5, watching(), ESCALATING)
    assert {alert.key for alert in found.values()} == {
        "demo-12|sla_breach:first_response|2026-03-09T12:00:00Z"
    }


def test_the_new_deadline_is_watched_like_the_old_one() -> None:
    asked = ticket(priority=Priority.MEDIUM, priority_since=0, **DUE_AT_FOUR)
    assert "sla_warning:first_response:60m" in told(asked, 11, RULES, ESCALATING)
    assert {"escalated:high", "sla_breach:first_response"} <= told(asked, 12, RULES, ESCALATING)


def test_an_explanation_is_asked_for_an_hour_after_the_deadline_and_once() -> None:
    sla = SlaRules(calendar=DESK)
    asked = ticket(**DUE_AT_FOUR)
    assert "explanation_due" not in told(asked, 4.9, RULES, sla)
    alert = alerts(asked, 5, RULES, sla)["explanation_due"]
    assert alert.key == "demo-12|explanation_due|2026-03-09T13:00:00Z"
    assert alerts(asked, 50, RULES, sla)["explanation_due"].key == alert.key
    assert "explanation_due" not in told(asked.with_(noted_at=at(4.5)), 5, RULES, sla)


# --- when to look again


def test_the_next_look_is_at_the_next_warning_the_deadline_and_the_explanation() -> None:
    asked, sla = ticket(**DUE_AT_FOUR), SlaRules(calendar=DESK)
    moments, now = [], at(0)
    while (moment := next_moment(asked, sla, RULES, DESK, now=now)) is not None:
        moments.append((moment - at(0)) / HOUR)
        now = moment
    assert moments == pytest.approx([2, 3, 4 - 2 / 60, 4, 5])


def test_a_paused_ticket_needs_no_look_until_it_is_touched() -> None:
    asked = ticket(**DUE_AT_FOUR, phase=Phase.ON_HOLD, status_since=1)
    assert next_moment(asked, SLA, RULES, DESK, now=at(2)) is None


# --- when it is over


@pytest.mark.parametrize(
    ("hours", "later", "changes", "why"),
    [
        (5, 6, {}, None),
        (5, 6, {"agent_responded_at": 5.5}, "the first response was given"),
        (5, 6, {"phase": Phase.RESOLVED, "resolved_at": 5.5}, "the ticket is done with"),
        (5, 6, {"first_response_due_at": 9}, "the deadline was moved to 2026-03-09T17:00:00Z"),
        (
            5,
            6,
            {"phase": Phase.ON_HOLD, "status_since": 5.5},
            "the clock of its first response rests while it is on hold",
        ),
        (3, 3.5, {}, None),
        (3, 4, {}, "the deadline was missed"),
        (2, 3, {}, "a later warning took its place (60m left)"),
    ],
)
def test_a_deadline_alert_says_why_it_is_over(
    hours: float, later: float, changes: dict[str, Any], why: str | None
) -> None:
    (alert,) = (a for a in alerts(ticket(**DUE_AT_FOUR), hours).values() if a.kind.startswith("sla"))
    assert still_holds(alert, ticket(**{**DUE_AT_FOUR, **changes}), SLA, RULES, DESK, now=at(later)) == why


@pytest.mark.parametrize(
    ("before", "changes", "why"),
    [
        ({"agent": ANA, "assigned_since": 1}, {}, None),
        (
            {"agent": ANA, "assigned_since": 1},
            {"agent": BEN, "assigned_since": at(2)},
            "it was given to ben since",
        ),
        ({"agent": ANA, "assigned_since": 1}, {"agent": None}, "nobody has the ticket any more"),
        ({"requester_responded_at": 1}, {"agent_responded_at": at(2)}, "the customer was answered"),
        ({"requester_responded_at": 1}, {"requester_responded_at": at(2)}, "the customer wrote again"),
        ({"reopened_at": 1}, {"reopened_at": at(2)}, "it was reopened again"),
        ({"updated_at": 1}, {"updated_at": at(2)}, "it was changed again"),
        (
            {"phase": Phase.CLOSED, "closed_at": 1},
            {"phase": Phase.OPEN, "closed_at": None},
            "it was reopened",
        ),
        ({"created_at": 1}, {"agent": ANA}, None),
        ({"created_at": 1}, {"phase": Phase.CLOSED, "closed_at": at(2)}, "the ticket is done with"),
        (
            {"priority": Priority.HIGH, "previous_priority": Priority.LOW, "priority_since": 1},
            {"priority": Priority.URGENT, "priority_since": at(2)},
            "the priority was changed again",
        ),
    ],
)
def test_an_event_says_why_nobody_needs_to_hear_of_it(
    before: dict[str, Any], changes: dict[str, Any], why: str | None
) -> None:
    asked = ticket(**before)
    found = list(alerts(asked, 1.1, AlertRules(rules=(RULE,), fresh_for=30 * MINUTE)).values())
    assert len(found) == 1
    assert still_holds(found[0], asked.with_(**changes), SLA, RULES, DESK, now=at(2.5)) == why


def test_an_escalation_and_an_explanation_end_as_well() -> None:
    asked = ticket(priority=Priority.MEDIUM, priority_since=0, **DUE_AT_FOUR)
    found = alerts(asked, 5.5, RULES, ESCALATING)
    assert set(found) >= {"escalated:high", "explanation_due"}

    def why(name: str, **changes: Any) -> str | None:
        return still_holds(found[name], asked.with_(**changes), ESCALATING, RULES, DESK, now=at(6))

    assert (why("escalated:high"), why("explanation_due")) == (None, None)
    assert why("escalated:high", agent_responded_at=at(5.8)) == "the first response was given"
    assert why("escalated:high", first_response_due_at=at(9)) == "the deadline was moved"
    assert why("explanation_due", noted_at=at(5.8)) == "somebody gave a word of explanation"


# --- laws

past = st.none() | st.integers(-80, 0).map(lambda n: n / 2)
dates = st.none() | st.integers(-40, 40).map(lambda n: n / 2)
looks = st.integers(0, 40).map(lambda n: at(n / 2))
DATES = ("first_response_due_at", "resolution_due_at")
FACTS_OF_THE_PAST = (
    "created_at",
    "updated_at",
    "first_seen_at",
    "first_responded_at",
    "agent_responded_at",
    "requester_responded_at",
    "assigned_since",
    "status_since",
    "priority_since",
    "reopened_at",
    "resolved_at",
    "noted_at",
)
tickets = st.builds(
    lambda phase, priority, before, agent, previous, type_, instants: Ticket(
        key="demo-12",
        source="demo",
        id="12",
        phase=phase,
        priority=priority,
        previous_priority=before,
        agent=agent,
        previous_agent=previous,
        type=type_,
        **{name: None if value is None else at(value) for name, value in instants.items()},
    ),
    st.sampled_from(Phase),
    st.none() | st.sampled_from(Priority),
    st.none() | st.sampled_from(Priority),
    st.sampled_from([None, ANA, BEN]),
    st.sampled_from([None, ANA]),
    st.sampled_from([None, "Incident", "Service Request"]),
    st.fixed_dictionaries({**dict.fromkeys(FACTS_OF_THE_PAST, past), **dict.fromkeys(DATES, dates)}),
)
slas = st.builds(
    SlaRules,
    calendar=st.just(DESK),
    update_in=st.sampled_from(["wall", "working"]),
    policies=st.sampled_from([(), (HIGH_IN_EIGHT, SlaPolicy(name="all", resolution=DAY))]),
    escalate=st.sampled_from([None, EscalateRules()]),
    explain_after=st.sampled_from([None, HOUR]),
)
leads = st.lists(st.sampled_from([*LEADS, Lead("3h", 3 * HOUR, None, "working")]), max_size=4).map(tuple)
targets = st.sampled_from(
    [frozenset({"first_response", "resolution"}), frozenset({"update", "chase", "resolution"})]
)
rule_lists = st.builds(
    lambda leads, targets, on: AlertRules(
        rules=(
            AlertRule(id="all", on=frozenset(AlertKind) - on, leads=leads, targets=targets),
            AlertRule(id="rest", on=on, leads=LEADS),
        )
    ),
    leads,
    targets,
    st.frozensets(st.sampled_from(AlertKind), max_size=8),
)


@given(asked=tickets, sla=slas, rules=rule_lists, now=looks)
def test_nothing_new_is_missed_between_two_looks(
    asked: Ticket, sla: SlaRules, rules: AlertRules, now: Any
) -> None:
    known = {alert.key for alert in alerts_of(asked, sla, rules, DESK, now=now)}
    moment = next_moment(asked, sla, rules, DESK, now=now)
    end = moment or now + 30 * DAY
    assert end > now
    times = [now + n * timedelta(minutes=37) for n in range(60)] + [end - timedelta(microseconds=1)]
    for look in times:
        if now <= look < end:
            assert {alert.key for alert in alerts_of(asked, sla, rules, DESK, now=look)} <= known


@given(asked=tickets, sla=slas, rules=rule_lists, now=looks)
def test_what_is_told_holds_and_has_a_key_of_its_own(
    asked: Ticket, sla: SlaRules, rules: AlertRules, now: Any
) -> None:
    found = alerts_of(asked, sla, rules, DESK, now=now)
    assert len({alert.key for alert in found}) == len(found)
    for alert in found:
        assert still_holds(alert, asked, sla, rules, DESK, now=now) is None
