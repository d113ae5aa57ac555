"""``start.py config show``: the settings that hold, where each is written, and no secret."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deskwatch.__main__ import main

HOOK = "https://hooks.example.com/hush-hush-hush"
WEB = "zone: Europe/Vienna\nweb:\n  poll_seconds: env:POLL\n  reload_at: 04:30\nlog: {level: debug}\n"
ALERTS = "channels:\n  hook: {kind: webhook, url: env:HOOK_URL, secret: env:HOOK_SECRET}\n"
TOKEN = "access:\n  tokens: [{name: lobby, sha256: " + "ab" * 32 + "}]\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "deskwatch.yaml").write_text(WEB + TOKEN)
    (tmp_path / "config" / "alerts.yaml").write_text(ALERTS)
    (tmp_path / ".env").write_text(f"POLL=2.5\nHOOK_URL={HOOK}\n")
    (tmp_path / ".env").chmod(0o600)
    return tmp_path


def show(home: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["config", "show", *words, "--home", str(home)])


def told(result: Result) -> dict[str, tuple[str, str]]:
    """Setting to value and place; of the first file that has a setting of this name."""
    lines = (line for line in result.output.splitlines() if not line.startswith("#"))
    pairs = (line.rsplit("  # ", 1) for line in lines)
    found: dict[str, tuple[str, str]] = {}
    for said, place in pairs:
        setting, _, value = said.partition(": ")
        found.setdefault(setting, (value.strip(), place))
    return found


def test_each_value_is_shown_with_its_file_and_line_or_as_a_default(home: Path) -> None:
    found = told(show(home, "--origin"))
    file = "config/deskwatch.yaml"
    assert found["zone"] == ("Europe/Vienna", f"{file}:1")
    assert found["web.poll_seconds"] == ("2.5", f"{file}:3 (env:POLL)")
    assert found["web.reload_at"] == ("04:30", f"{file}:4")
    assert found["log.level"] == ("debug", f"{file}:5")
    assert found["log.format"] == ("text", "default")
    assert found["web.port"] == ("auto (5001)", "default")
    assert found["web.rescan_interval"] == ("15s", "default")
    assert found["calendars.desk.week.mon"] == ("[08:00-17:00]", "default")
    assert found["helpdesk.sections[0].match[0].phases"] == ("[open, pending]", "default")


def test_secrets_and_hashes_are_masked_and_one_that_is_not_there_is_called_missing(home: Path) -> None:
    result = show(home, "--origin")
    found = told(result)
    assert found["channels.hook.url"] == ("***", "config/alerts.yaml:2 (env:HOOK_URL)")
    assert found["channels.hook.secret"] == ("missing", "config/alerts.yaml:2 (env:HOOK_SECRET)")
    assert found["access.tokens[0].sha256"][0] == "***"
    assert "hush" not in result.output
    assert "abab" not in result.output


def test_only_what_is_written_or_what_contains_some_words_can_be_asked_for(home: Path) -> None:
    found = told(show(home, "--origin", "--written"))
    assert "default" not in {place for _, place in found.values()}
    assert {"zone", "web.poll_seconds", "channels.hook.url"} <= found.keys()
    assert show(home, "web.port").output == "# config/deskwatch.yaml\nweb.port: auto (5001)\n"
    nothing = show(home, "web.prot")
    assert nothing.exit_code == 1
    assert "contains web.prot" in nothing.output


def test_a_described_helpdesk_is_shown_as_its_file_says_it(home: Path) -> None:
    (home / "config" / "sources.d").mkdir()
    (home / "config" / "sources.d" / "acme.yaml").write_text(
        "base_url: https://acme.example.com\ntickets: {path: /list}\n"
        "fields:\n  id: number\n  subject: title\n"
    )
    found = told(show(home, "--origin", "acme.yaml"))
    assert found["fields.subject"] == ("title", "config/sources.d/acme.yaml:5")
    assert found["tickets.path"] == ("/list", "config/sources.d/acme.yaml:2")


def test_a_configuration_with_mistakes_is_answered_with_these(home: Path) -> None:
    (home / "config" / "sla.yaml").write_text("thresholds: soon\n")
    result = show(home)
    assert result.exit_code == 1
    assert "config/sla.yaml:1:" in result.output
