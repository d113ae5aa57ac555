"""The plan of who is on call, as readers of the wall see it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from deskwatch.config import Home, load
from deskwatch.core.privacy import Privacy
from deskwatch.web.oncall_plan import current_schedule, day_words, names_of, plan
from deskwatch.web.wording import wording

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
FILES = {
    "deskwatch": "zone: Europe/Berlin",
    "people": "people: {ana: {name: Ana Example}, ben: {}, mia: {}}",
    "oncall": """
        layers:
          primary: {rotations: [{people: [ana, ben], start: 2026-03-02, handoff: 09:00}]}
          secondary:
            shifts: [{people: [mia], start: 2026-03-02, end: 2026-03-04}]
    """,
}


@pytest.fixture
def config(tmp_path):
    (tmp_path / "config").mkdir()
    for name, text in FILES.items():
        (tmp_path / "config" / f"{name}.yaml").write_text(text, "utf-8")
    return load(Home(tmp_path))


def planned(config, privacy=Privacy.FULL, **wishes):
    schedule = current_schedule(config, now=NOW)
    return plan(schedule, names_of(config, privacy), now=NOW, **wishes)


def test_each_layer_lists_its_turns_and_its_gaps_in_order(config):
    primary, secondary = planned(config, days=7)
    assert [(s.name, s.is_now) for s in primary.stretches] == [("Ana Example", True), ("ben", False)]
    assert [(s.name, s.is_gap) for s in secondary.stretches] == [("mia", False), ("", True)]
    assert primary.stretches[1].start == datetime(2026, 3, 9, 8, tzinfo=UTC)


def test_one_person_sees_only_their_own_turns(config):
    (only,) = planned(config, days=7, person="ben")
    assert [(s.name, s.is_gap) for s in only.stretches] == [("ben", False)]


def test_a_wall_that_hides_names_hides_these(config):
    primary, _ = planned(config, Privacy.INITIALS, days=1)
    assert primary.stretches[0].name == "A. E."
    primary, _ = planned(config, Privacy.NONE, days=1)
    assert primary.stretches[0].name == "Somebody"


def test_days_are_told_in_the_zone_of_the_plan():
    berlin = ZoneInfo("Europe/Berlin")
    assert day_words(NOW, berlin, wording("en")) == "Tue 2026-03-03 13:00"
    assert day_words(NOW + timedelta(hours=12), berlin, wording("en")) == "Wed 2026-03-04 01:00"
