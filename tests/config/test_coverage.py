"""What the calendar lint tells: gaps, people nobody can reach, and dates that ran out."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from deskwatch.config import load
from deskwatch.config.coverage import coverage
from deskwatch.core.oncall import Shift
from tests.config.conftest import Write

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 2, 12, tzinfo=BERLIN)
PEOPLE = (
    "people: {ana: {email: ana@example.com}, ben: {email: ben@example.com}, mia: {email: mia@example.com}}"
)
ALERTS = "channels: {mail: {kind: email, host: smtp.example.com, from_email: desk@example.com}}"
EVERY_WEEK = "layers: {primary: {rotations: [{people: [ana, ben], start: 2026-03-02, handoff: 00:00}]}}"


@pytest.fixture
def told(write: Write):
    def told(**files: str) -> list[str]:
        home = write(**{"people": PEOPLE, "alerts": ALERTS, **files})
        config = load(home, env={"TZ": "Europe/Berlin"})
        return [str(problem) for problem in coverage(config, now=NOW)]

    return told


def test_a_covered_desk_has_nothing_to_tell(told) -> None:
    assert told(oncall=EVERY_WEEK) == []
    assert told(oncall="", people="", alerts="") == []


def test_gaps_of_the_next_thirty_days_are_named(told) -> None:
    shifts = ", ".join(
        f"{{people: [ana], start: 2026-03-0{day}, end: 2026-03-0{day} 20:00}}" for day in range(2, 8)
    )
    (gap,) = told(oncall=f"layers: {{primary: {{shifts: [{shifts}]}}}}")
    assert gap == (
        "config/oncall.yaml: warning: layers.primary: within 30 days nobody is on call "
        "from 2026-03-02 20:00 until 2026-03-03 00:00, from 2026-03-03 20:00 until 2026-03-04 00:00, "
        "from 2026-03-04 20:00 until 2026-03-05 00:00 and 3 times more; if that is meant, write it into gaps"
    )


def test_a_layer_is_not_judged_before_its_calendar_was_read(write: Write) -> None:
    home = write(oncall="layers: {primary: {feeds: [team]}}\nfeeds: {team: {file: team.ics}}", people=PEOPLE)
    config = load(home, env={"TZ": "Europe/Berlin"})
    assert coverage(config, now=NOW) == ()
    whole = config.schedule.with_(fed={"team": (Shift(NOW, NOW + timedelta(days=40), ("ana",)),)})
    assert coverage(config, now=NOW, schedule=whole) == ()
    half = config.schedule.with_(fed={"team": (Shift(NOW, NOW + timedelta(days=20), ("ana",)),)})
    assert "from 2026-03-22 12:00 until 2026-04-01 12:00" in str(coverage(config, now=NOW, schedule=half)[0])


def test_somebody_on_call_who_cannot_be_told_is_named_with_the_reason(told) -> None:
    people = "people: {ana: {}, ben: {phone: +491701234567}, mia: {}}\nlast_resort: mia\nadmins: [mia]"
    ana, ben, mia = told(people=people, oncall=EVERY_WEEK)
    assert ana.endswith("people.ana: is on call and cannot be told of anything urgent: "
                        "no phone, mail address or room is written there")  # fmt: skip
    assert ben.startswith("config/people.yaml: warning: people.ben: is on call")
    assert mia.startswith("config/people.yaml: warning: people.mia: is last resort")


def test_somebody_who_is_never_on_call_may_lack_an_address(told) -> None:
    assert (
        told(
            people="people: {ana: {email: a@example.com}, ben: {email: b@example.com}, mia: {}}",
            oncall=EVERY_WEEK,
        )
        == []
    )


def test_what_is_over_is_told(told) -> None:
    past = "start: 2026-02-01, end: 2026-02-02"
    oncall = f"""
overrides:
  - {{kind: add, people: [mia], start: 2026-03-02, end: 2026-03-05}}
  - {{kind: add, people: [mia], {past}}}
temporary: [{{layers: {{primary: {{}}}}, {past}}}]
gaps: [{{{past}}}]
{EVERY_WEEK}
"""
    found = told(oncall=oncall)
    assert [line.split(": ")[2] for line in found] == ["gaps[0]", "overrides[1]", "temporary[0]"]
    assert found[1].endswith("is over since 2026-02-03 00:00; delete it")


def test_somebody_muted_for_very_long_is_told(told) -> None:
    (muted,) = told(people="people: {ana: {email: a@example.com, mute_until: 2036-03-02 08:00}}", oncall="")
    assert "nothing reaches ana until 2036-03-02 08:00" in muted


@pytest.mark.parametrize(
    ("desk", "ends"),
    [
        ("{days: {2026-04-06: Easter Monday}}", True),
        ("{days: {2025-12-25: Christmas}}", True),
        ("{days: {2026-12-25: Christmas}}", False),
        ("{holidays: {country: DE}}", False),
        ("{}", False),
    ],
)
def test_holidays_that_end_within_sixty_days_are_told(told, desk: str, ends: bool) -> None:
    found = told(hours=f"calendars: {{desk: {desk}}}")
    assert bool(found) == ends
    assert all("write the next year's" in line for line in found)
