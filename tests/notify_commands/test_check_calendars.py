"""``notifier.py check`` reads the calendars of others and says what it found."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deskwatch import cli
from deskwatch.clock import utc_now
from deskwatch.config import Home
from deskwatch.notify_commands.checking import check
from deskwatch.notify_commands.desk_view import DeskView
from notifier import main
from tests.ics.calendars import WEEK_OF_ANA, calendar, event
from tests.ics.server import saying, serving

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
ONCALL = "layers: {primary: {feeds: [team]}}\nfeeds: {team: {%s}}\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "people.yaml").write_text("people: {ana: {email: ana@example.com}}", "utf-8")
    (tmp_path / "config" / "oncall.yaml").write_text(ONCALL % "file: config/team.ics", "utf-8")
    return tmp_path


def said(home: Path, capsys: pytest.CaptureFixture[str], *, live: bool = False) -> tuple[int, str]:
    code = check(DeskView.of(Home(home), now=NOW), live=live)
    return code, capsys.readouterr().out


def test_who_a_calendar_names_is_on_call_and_its_gaps_are_told(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "config" / "team.ics").write_bytes(calendar(WEEK_OF_ANA))
    code, words = said(home, capsys)
    assert code == cli.FINDINGS
    assert "primary: ana on call until" in words
    assert "layers.primary: within 30 days nobody is on call from 2026-03-09" in words


def test_a_calendar_that_cannot_be_read_or_names_nobody_is_a_finding(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "NOT calendar team: there is no file team.ics" in said(home, capsys)[1]
    somebody = event(":20260303T080000Z", ":20260303T200000Z", "Somebody")
    (home / "config" / "team.ics").write_bytes(calendar(somebody))
    assert "NOT calendar team: 'Somebody' of 2026-03-03 names nobody of people.yaml" in said(home, capsys)[1]


def test_a_server_is_asked_only_when_servers_are_to_be_asked(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "config" / "oncall.yaml").write_text(ONCALL % "url: env:ONCALL_ICS", "utf-8")
    with serving() as server:
        monkeypatch.setenv("ONCALL_ICS", f"{server.url}/5up3r")
        server.answers["/5up3r"] = saying(calendar(WEEK_OF_ANA))
        _, words = said(home, capsys)
        assert server.asked == []
        assert "nobody on call" in words
        _, words = said(home, capsys, live=True)
        assert server.asked == ["/5up3r"]
        assert "primary: ana on call" in words
        assert "5up3r" not in words


def test_a_single_round_asks_the_calendars_before_it_looks_for_gaps(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    day = timedelta(days=1)
    start, end = (f"{utc_now() + n * day:%Y%m%d}" for n in (-1, 2))
    (home / "config" / "team.ics").write_bytes(
        calendar(event(f";VALUE=DATE:{start}", f";VALUE=DATE:{end}", "Ana"))
    )
    assert cli.exit_code(main, ["--home", str(home), "--once"]) == 0
    assert "nobody is on call" not in capsys.readouterr().err
    (turn,) = json.loads((home / "state" / "oncall.json").read_text("utf-8"))["on_call"]
    assert turn["person"] == "ana"
