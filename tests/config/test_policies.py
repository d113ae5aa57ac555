"""``policies``, ``escalate`` and ``explanations`` of sla.yaml, the shipped example included."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deskwatch.config import CLONE, check, load
from deskwatch.config.loaded import Config
from deskwatch.core.calendars import CalendarUse
from deskwatch.core.sla import deadline_clock
from deskwatch.core.ticket import Priority, Ticket

CREATED = datetime(2026, 3, 9, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def configured(home: Path, **files: str) -> Config:
    (home / "config").mkdir(exist_ok=True)
    for name, text in files.items():
        (home / "config" / f"{name}.yaml").write_text(text, "utf-8")
    return load(home, env={})


def ticket(priority: str | None) -> Ticket:
    return Ticket(
        key="lab-1",
        source="lab",
        id="1",
        created_at=CREATED,
        priority=Priority(priority) if priority else None,
    )


def example() -> str:
    """The commented policies of the shipped file, without their comment signs."""
    text = (CLONE / "config" / "sla.yaml").read_text("utf-8")
    found = re.search(r"^# policies:\n(#  .*\n)+", text, re.MULTILINE)
    assert found is not None
    return re.sub(r"^# ", "", found[0], flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("priority", "hours"), [("urgent", 1 / 3), ("high", 8), ("medium", 24), ("low", 24), (None, 24)]
)
def test_the_shipped_example_gives_urgent_20_minutes_high_8_hours_and_normal_24(
    tmp_path: Path, priority: str | None, hours: float
) -> None:
    rules = configured(tmp_path, sla=example() + "\nescalate: {on_breach: true}\n").sla
    clock = deadline_clock(ticket(priority), rules)
    assert clock.due_at == CREATED + hours * HOUR


def test_without_policies_nothing_gets_a_deadline_of_ours(tmp_path: Path) -> None:
    rules = configured(tmp_path).sla
    assert deadline_clock(ticket("urgent"), rules).due_at is None
    assert rules.escalate is None


def test_escalation_and_explanations_are_read(tmp_path: Path) -> None:
    text = """
escalate: {on_breach: yes, match: [{clients: [Bakery]}], up_to: high}
explanations: {required: false}
"""
    rules = configured(tmp_path, sla=text).sla
    assert rules.escalate is not None
    assert rules.escalate.up_to is Priority.HIGH
    assert not rules.escalate.applies(ticket("low"))
    assert rules.explain_after is None


def test_the_hours_of_a_group_or_client_count_for_its_tickets(tmp_path: Path) -> None:
    hours = """
calendars:
  desk: {}
  night: {week: {mon: 20:00-24:00}}
use:
  - {calendar: night, clients: [Bakery]}
"""
    config = configured(tmp_path, hours=hours)
    night = config.calendars["night"]
    assert config.sla.calendar_uses == (CalendarUse(calendar=night, clients=frozenset({"bakery"})),)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("policies: [{name: a}]", "1:12: policies[0]", "a policy needs first_response or resolution"),
        (
            "policies: [{name: a, resolution: 8}]",
            "1:22: policies[0].resolution",
            "a duration needs a unit: 8s, 8m, 8h or 8d",
        ),
        ("policies: [{name: a, resolution: 1s}]", "1:22: policies[0].resolution", "must be at least 1m"),
        (
            "policies: [{name: a, resolution: 1h, calendar: dask}]",
            "1:38: policies[0].calendar",
            'Did you mean "desk"?',
        ),
        (
            "policies: [{name: a, resolution: 1h, match: [{sla: [ok]}]}]",
            "1:47: policies[0].match[0].sla",
            "unknown setting",
        ),
        (
            "policies: [{name: a, resolution: 1h}, {name: a, resolution: 1h}]",
            "1:1: policies",
            "two policies have the name a",
        ),
        ("escalate: yes", "1:1: escalate", "expected settings"),
        ("escalate: {up_to: highest}", "1:12: escalate.up_to", "expected low, medium, high or urgent"),
        ("explanations: {after: soon}", "1:16: explanations.after", "expected a duration"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, place: str, words: str) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "sla.yaml").write_text(text + "\n", "utf-8")
    (problem,) = check(tmp_path, env={}).problems
    assert str(problem).startswith(f"config/sla.yaml:{place}: ")
    assert words in str(problem)
