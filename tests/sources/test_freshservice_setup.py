"""What an account says about hours and targets becomes settings that load."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from deskwatch.config import load
from deskwatch.core.ticket import Priority
from deskwatch.sources.freshservice_setup import Setup, setup_of, slug
from deskwatch.sources.rails_zones import RAILS_ZONES, zone_named

WORKDAY = {"beginning_of_workday": "08:00", "end_of_workday": "17:00"}
OFFICE = {
    "id": 1,
    "name": "Default",
    "is_default": True,
    "time_zone": "Eastern Time (US & Canada)",
    "service_desk_hours": dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), WORKDAY),
    "list_of_holidays": [
        {"holiday_date": "--07-04", "holiday_name": "Independence Day"},
        {"holiday_date": "12-25", "holiday_name": "Christmas Day"},
        {"holiday_date": "soon", "holiday_name": "Someday"},
    ],
}
NIGHT: dict[str, Any] = {
    "id": 2,
    "name": "Night (24x7)",
    "is_default": False,
    "time_zone": "Nowhere",
    "service_desk_hours": {"sunday": {"beginning_of_workday": "12:00 am", "end_of_workday": "23:59"}},
    "list_of_holidays": [],
}
GROUPS = [
    {"id": 10, "name": "Service Desk", "business_hours_id": None},
    {"id": 11, "name": "Night Shift", "business_hours_id": 2},
]


def target(priority: int, respond: int, resolve: int, working: bool = True) -> dict[str, Any]:
    return {
        "priority": priority, "respond_within": respond, "resolve_within": resolve, "business_hours": working
    }  # fmt: skip


POLICIES = [
    {"name": "Default SLA Policy", "position": 2, "is_default": True, "active": True,
     "sla_targets": [target(1, 86400, 259200), target(4, 3600, 14400)], "applicable_to": None},
    {"name": "Network outages", "position": 1, "active": True, "sla_targets": [target(4, 900, 7200, False)],
     "applicable_to": {"ticket_type": ["Incident"], "group_id": [11], "department_id": [77],
                       "category": "Network", "source": [2], "service_items": []}},
    {"name": "Old", "position": 0, "active": False, "sla_targets": [target(4, 60, 60)]},
]  # fmt: skip


@pytest.fixture
def setup() -> Setup:
    return setup_of(hours=[NIGHT, OFFICE], policies=POLICIES, groups=GROUPS, clients={"77": "Acme"})


def test_what_is_imported_loads_and_means_the_same(setup: Setup, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "hours.yaml").write_text(yaml.safe_dump(setup.hours), "utf-8")
    (tmp_path / "config" / "sla.yaml").write_text(yaml.safe_dump({"policies": setup.policies}), "utf-8")
    config = load(tmp_path, env={})
    desk, night = config.calendars["desk"], config.calendars["night-24x7"]
    assert desk.zone == ZoneInfo("America/New_York")
    assert desk.is_open(datetime(2026, 3, 9, 12, tzinfo=UTC))
    assert desk.days[date(2027, 7, 4)].name == "Independence Day"
    assert night.is_open(datetime(2026, 3, 8, 23, 59, 30, tzinfo=UTC))
    assert [use.calendar.name for use in config.calendar_uses] == ["night-24x7"]
    outage, urgent, low = config.sla.policies
    assert (outage.name, outage.measure) == ("network-outages-urgent", "wall")
    assert (outage.first_response, outage.resolution) == (timedelta(minutes=15), timedelta(hours=2))
    assert outage.match[0].groups == ("Night Shift",)
    assert outage.match[0].clients == ("Acme",)
    assert urgent.match[0].priorities == (Priority.URGENT,)
    assert desk.working(low.first_response) == timedelta(hours=24) - timedelta(seconds=1)


def test_what_cannot_be_said_is_told(setup: Setup) -> None:
    notes = "\n".join(setup.notes)
    assert "calendar night-24x7: its time zone 'Nowhere' is not known" in notes
    assert "a holiday on 'soon' is left out" in notes
    assert "holidays of the account have no year" in notes
    assert "policy 'Network outages' also depends on source" in notes
    assert "24h would be a working day" in notes


def test_names_are_fit_for_the_files_and_never_twice() -> None:
    rows = [{**NIGHT, "id": n, "name": "日本"} for n in range(3)] + [
        {**OFFICE, "id": 9},
        {**OFFICE, "id": 10},
    ]
    found = setup_of(hours=rows, policies=[], groups=[], clients={})
    assert list(found.hours["calendars"]) == ["unnamed", "unnamed-2", "unnamed-3", "desk", "default"]
    assert slug("Office hours (US)") == "office-hours-us"


@pytest.mark.parametrize(
    "rubbish", [{}, {"id": 1}, {"id": 1, "service_desk_hours": [], "list_of_holidays": [3]}]
)
def test_rows_that_lack_everything_become_a_closed_calendar(rubbish: dict[str, Any]) -> None:
    found = setup_of(hours=[rubbish], policies=[{"sla_targets": [3, {}]}], groups=[{}], clients={})
    (calendar,) = found.hours["calendars"].values()
    assert set(calendar["week"].values()) <= {"closed"}
    assert found.policies == []


def test_every_zone_of_rails_is_one_of_ours() -> None:
    assert all(zone_named(name) for name in RAILS_ZONES)
    assert zone_named("Europe/Berlin") == "Europe/Berlin"
    assert zone_named("Berlin") == "Europe/Berlin"
    assert zone_named("../etc/passwd") is None
