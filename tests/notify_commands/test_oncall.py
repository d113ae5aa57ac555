"""The plan of the next weeks, in the terminal and as a calendar."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from deskwatch import cli
from deskwatch.config import Home
from deskwatch.errors import UsageError
from deskwatch.ics.entries import read_entries
from deskwatch.notify_commands.desk_view import DeskView
from deskwatch.notify_commands.oncall import calendar, lines, plan
from notifier import main

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir()
    files = {
        "deskwatch": "zone: Europe/Berlin",
        "people": "people: {ana: {name: Ana Example}, ben: {}, mia: {}}",
        "oncall": """
            layers:
              primary: {rotations: [{people: [ana, ben], start: 2026-03-02, handoff: 09:00}]}
              secondary: {shifts: [{people: [mia], start: 2026-03-02, end: 2026-03-04}]}
        """,
    }
    for name, text in files.items():
        (tmp_path / "config" / f"{name}.yaml").write_text(text, "utf-8")
    return tmp_path


@pytest.fixture
def view(home: Path) -> DeskView:
    return DeskView.of(Home(home), now=NOW)


def test_every_duty_and_every_gap_is_a_line_in_the_zone_of_the_desk(view: DeskView) -> None:
    assert list(lines(view, None, plan(view, None, WEEK), WEEK)) == [
        "Tue 2026-03-03 13:00 - Thu 2026-03-05 00:00  secondary: mia",
        "Tue 2026-03-03 13:00 - Mon 2026-03-09 09:00  primary: Ana Example",
        "Mon 2026-03-09 09:00 - Tue 2026-03-10 13:00  primary: ben",
        "Thu 2026-03-05 00:00 - Tue 2026-03-10 13:00  secondary: nobody",
    ]


def test_one_person_sees_their_own_duties(view: DeskView) -> None:
    (line,) = lines(view, "ben", plan(view, "ben", WEEK), WEEK)
    assert line.endswith("primary: ben")
    day = timedelta(days=1)
    assert list(lines(view, "ben", plan(view, "ben", day), day)) == ["ben is not on call in the next 1 days."]
    with pytest.raises(UsageError, match='Did you mean "ana"'):
        plan(view, "anna", WEEK)


def test_the_calendar_holds_the_same_duties_and_keeps_their_ids(view: DeskView) -> None:
    text = calendar(view, None, plan(view, None, WEEK))
    found = read_entries(text.encode(), NOW, NOW + WEEK, ZoneInfo("UTC")).entries
    assert [(entry.start, entry.summary) for entry in found] == [
        (NOW, "On call (secondary): mia"),
        (NOW, "On call (primary): Ana Example"),
        (datetime(2026, 3, 9, 8, tzinfo=UTC), "On call (primary): ben"),
    ]
    later = DeskView(view.home, view.config, NOW + timedelta(days=1))
    for uid in ("ben-primary-20260309T080000Z", "ana-primary-until-20260309T080000Z"):
        assert f"UID:{uid}@deskwatch" in text
        assert f"UID:{uid}@deskwatch" in calendar(later, None, plan(later, None, WEEK))


def test_the_command_prints_and_answers_wrong_names_in_words(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.exit_code(main, ["--home", str(home), "oncall", "--days", "9"]) == 0
    assert "primary: " in capsys.readouterr().out
    assert cli.exit_code(main, ["--home", str(home), "oncall", "--person", "anna"]) == 2
    assert 'Did you mean "ana"?' in capsys.readouterr().err
