"""The ``rules:`` of alerts.yaml: leads as people write them, mistakes in words, and the shipped rules."""

from datetime import timedelta
from pathlib import Path

import pytest

from deskwatch.config import check, load
from deskwatch.config.escalations import DEFAULT_ESCALATIONS
from deskwatch.config.rules import DEFAULT_RULES, RuleSettings, parse_lead
from deskwatch.core.alert_rules import AlertRules, Lead
from deskwatch.core.alerts import Alert, AlertKind
from deskwatch.core.people import Urgency
from deskwatch.core.ticket import Phase, Priority
from tests.core.alert_desk import ANA, BEN, alerts, ticket

MINUTE = timedelta(minutes=1)
SHIPPED = AlertRules(rules=tuple(rule.rule() for rule in DEFAULT_RULES))
NIGHT = 12


def told(found: dict[str, Alert]) -> set[tuple[str, str]]:
    """Which rule tells what."""
    return {(alert.rule, alert.kind) for alert in found.values()}


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        ("60m", Lead("1h", before=60 * MINUTE)),
        ("1h30m", Lead("1h30m", before=90 * MINUTE)),
        ("2m", Lead("2m", before=2 * MINUTE)),
        ("75%", Lead("75%", share=0.75)),
        (" 50 % ", Lead("50%", share=0.5)),
        ("99.5%", Lead("99.5%", share=0.995)),
    ],
)
def test_a_lead_is_time_left_or_a_share_used_up(text: str, lead: Lead) -> None:
    assert parse_lead(text) == lead
    assert parse_lead(parse_lead(text).label) == lead


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("on: [sla_warning], leads: [60]", "a duration needs a unit: 60s, 60m, 60h or 60d"),
        ("on: [sla_warning], leads: [0m]", "0 before the deadline is the deadline: that is sla_breach"),
        ("on: [sla_warning], leads: [100%]", "how much of its time is used up (75%), got '100%'"),
        ("on: [sla_warning], leads: [0%]", "0% is the start"),
        ("on: [sla_warning]", "sla_warning needs leads, such as leads: [75%, 60m]"),
        ("on: [created], leads: [60m]", "leads are for sla_warning, which is not in on"),
        ("on: [assignd]", 'Did you mean "assigned"?'),
        ("on: []", "rules[0].on"),
        ("on: [created], match: [{client: Acme}]", 'Did you mean "clients"?'),
        ("on: [created], match: [{sources: [demmo]}]", "there is no source 'demmo'"),
        ("on: [created], targets: [answer]", "expected first_response, resolution, update or chase"),
        ("on: [created], after_hours: never", "expected page, hold or drop"),
        ("on: [created], when: night", "expected any, open or closed"),
    ],
)
def test_a_mistake_in_a_rule_is_named_with_its_place(tmp_path: Path, rule: str, words: str) -> None:
    (tmp_path / "config").mkdir()
    text = f"rules:\n  - {{id: a, escalation: on-call, {rule}}}\n"
    (tmp_path / "config" / "alerts.yaml").write_text(text, "utf-8")
    (problem,) = check(tmp_path, env={}).problems
    assert str(problem).startswith("config/alerts.yaml:2:")
    assert words in str(problem)


def test_tickets_of_other_programs_may_be_named_by_their_source(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    rule = "{id: lab, on: [created], match: [{sources: [laboratory]}], escalation: admin}"
    (tmp_path / "config" / "alerts.yaml").write_text(f"rules: [{rule}]\n", "utf-8")
    assert check(tmp_path, env={}).problems == ()


def test_a_rule_of_the_file_means_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "alerts.yaml").write_text(
        """
rules:
  - id: big-customer
    on: [created, sla_warning]
    match: [{clients: [Acme], priorities: [high, urgent]}]
    not_match: [{categories: [Newsletter]}]
    when: closed
    urgency: urgent
    escalation: on-call
    after_hours: hold
    leads: [2h, 90%]
    measure: working
    targets: [update]
""",
        "utf-8",
    )
    (rule,) = load(tmp_path, env={}).alert_rules.rules
    assert rule.on == {AlertKind.CREATED, AlertKind.SLA_WARNING}
    assert rule.leads == (
        Lead("2h", before=120 * MINUTE, measure="working"),
        Lead("90%", share=0.9, measure="working"),
    )
    assert (rule.when, rule.urgency, rule.escalation) == ("closed", Urgency.URGENT, "on-call")
    assert (rule.after_hours, rule.targets) == ("hold", {"update"})
    assert (rule.match[0].clients, rule.not_match[0].categories) == (("Acme",), ("Newsletter",))


# --- the shipped rules, as their users meet them


def test_an_urgent_ticket_at_night_wakes_who_is_on_call_and_another_waits() -> None:
    urgent = alerts(ticket(created_at=NIGHT, priority=Priority.URGENT), NIGHT, SHIPPED)
    assert told(urgent) == {("urgent-after-hours", "after_hours")}
    (alert,) = urgent.values()
    assert alert.urgency is Urgency.URGENT
    assert alerts(ticket(created_at=NIGHT, priority=Priority.HIGH), NIGHT, SHIPPED) == {}


def test_a_ticket_that_becomes_urgent_or_comes_back_at_night_does_so_too() -> None:
    raised = ticket(
        priority=Priority.URGENT, previous_priority=Priority.LOW, priority_since=NIGHT, created_at=1
    )
    assert told(alerts(raised, NIGHT, SHIPPED)) == {("urgent-after-hours", "priority_raised")}
    back = ticket(priority=Priority.URGENT, reopened_at=NIGHT)
    assert told(alerts(back, NIGHT, SHIPPED)) == {("urgent-after-hours", "reopened")}
    by_day = raised.with_(priority_since=raised.created_at)
    assert told(alerts(by_day, 1.5, SHIPPED)) == {("urgent-by-day", "priority_raised")}


def test_a_ticket_that_becomes_urgent_soon_after_it_came_in_is_told_once() -> None:
    low = ticket(created_at=NIGHT, priority=Priority.LOW)
    assert alerts(low, NIGHT, SHIPPED) == {}
    urgent = low.with_(
        priority=Priority.URGENT,
        previous_priority=Priority.LOW,
        priority_since=ticket(created_at=NIGHT + 0.25).created_at,
    )
    assert told(alerts(urgent, NIGHT + 0.25, SHIPPED)) == {("urgent-after-hours", "priority_raised")}


def test_an_urgent_ticket_that_comes_in_by_day_and_is_nobodys_is_told_at_once_and_not_by_text_message() -> (
    None
):
    free = ticket(created_at=1, priority=Priority.URGENT)
    (alert,) = alerts(free, 1, SHIPPED).values()
    assert (alert.rule, alert.urgency) == ("urgent-and-free", Urgency.NORMAL)
    given = free.with_(agent=ANA, assigned_since=free.created_at)
    assert told(alerts(given, 1, SHIPPED)) == {("assigned", "assigned")}, "whoever has it hears it once"
    assert alerts(free.with_(priority=Priority.HIGH), 1, SHIPPED) == {}


def test_every_ticket_of_a_holiday_is_told_to_everyone_on_call() -> None:
    good_friday = 25 * 24 + 1  # summer time has begun
    found = alerts(ticket(created_at=good_friday, priority=Priority.LOW), good_friday, SHIPPED)
    assert told(found) == {("holiday", "holiday")}
    rule = SHIPPED.rule("holiday")
    assert rule is not None
    assert (rule.escalation, rule.urgency, rule.after_hours) == ("everyone-on-call", "urgent", "page")


def test_technicians_hear_what_was_given_to_them_and_what_their_customers_wrote() -> None:
    given = ticket(agent=BEN, previous_agent=ANA, assigned_since=1, requester_responded_at=1)
    assert told(alerts(given, 1.5, SHIPPED)) == {
        ("assigned", "reassigned"),
        ("customer-replied", "customer_replied"),
    }


def test_a_ticket_that_an_answer_opens_again_is_told_once_and_the_next_answer_by_itself() -> None:
    back = ticket(priority=Priority.LOW, agent=ANA, requester_responded_at=1, reopened_at=1.1)
    assert told(alerts(back, 1.2, SHIPPED)) == {("reopened", "reopened")}
    again = back.with_(requester_responded_at=ticket(created_at=1.5).created_at)
    assert told(alerts(again, 1.6, SHIPPED)) == {
        ("reopened", "reopened"),
        ("customer-replied", "customer_replied"),
    }


def test_deadlines_are_warned_of_missed_and_explained() -> None:
    asked = ticket(priority=Priority.HIGH, first_response_due_at=8)
    assert told(alerts(asked, 6, SHIPPED)) == {("deadline-near", "sla_warning")}
    assert told(alerts(asked, 8, SHIPPED)) == {("deadline-missed-later", "sla_breach")}
    urgent = asked.with_(priority=Priority.URGENT)
    assert told(alerts(urgent, 8, SHIPPED)) == {("deadline-missed", "sla_breach")}
    assert alerts(asked.with_(phase=Phase.ON_HOLD), 8, SHIPPED) == {}


def test_an_explanation_is_asked_for_more_than_once_and_then_the_manager_hears_of_it() -> None:
    rule = SHIPPED.of(AlertKind.EXPLANATION_DUE)[0]
    steps = DEFAULT_ESCALATIONS[rule.escalation].policy(rule.escalation).steps
    assert [step.notify for step in steps] == [("assignee",), ("assignee",), ("assignee", "manager")]


def test_every_rule_names_an_escalation_that_is_there() -> None:
    assert {rule.escalation for rule in DEFAULT_RULES} <= set(DEFAULT_ESCALATIONS)


def test_every_shipped_rule_reads_as_it_writes() -> None:
    for rule in DEFAULT_RULES:
        assert RuleSettings.model_validate(rule.model_dump(mode="json")) == rule
