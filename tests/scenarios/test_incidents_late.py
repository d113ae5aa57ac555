"""Deadlines of our own, told by the shipped rules: a warning, a step up, and a word that is owed."""

from pathlib import Path

from deskwatch.core.ticket import Person, Priority
from tests.pager.night import TUESDAY_NOON, Night

SLA = """\
policies:
  - {name: high, match: [{priorities: [high]}], resolution: 8h}
  - {name: normal, resolution: 4h}
targets: {default: resolution, by_type: {}}
escalate: {on_breach: true, up_to: high}
"""


def test_a_ticket_that_nobody_touches_is_warned_of_raised_and_asked_about(tmp_path: Path) -> None:
    night = Night(tmp_path, TUESDAY_NOON)
    night.config("sla", SLA)
    ana = Person(id="19", name="Ana")
    night.ticket("demo-1", priority=Priority.MEDIUM, agent=ana, assigned_since=night.now)
    night.run(hours=3.1)
    assert night.states("demo-1") == {"assigned": "open", "sla_warning": "open"}
    night.run(hours=1)
    (escalated,) = [raised.alert for raised in night.alerts("demo-1") if raised.alert.kind == "escalated"]
    assert (escalated.facts["escalated_from"], escalated.facts["escalated_to"]) == ("medium", "high")
    assert "mia" in night.who("mail")
    night.run(hours=1)
    assert "explanation_due" in night.states("demo-1")
    night.ticket("demo-1", noted_at=night.now)
    night.run(minutes=1)
    assert night.states("demo-1")["explanation_due"] == "resolved"
