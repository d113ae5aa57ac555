"""The command that tells what a helpdesk says about business hours, against the simulated one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deskwatch import cli
from deskwatch.demo import create_helpdesk, serve
from ticket_watcher import main

SOURCES = 'fs: {kind: freshservice, base_url: "%s", api_key: env:KEY_OF_TESTS}\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("KEY_OF_TESTS", "demo")
    now = datetime(2026, 3, 10, 12, tzinfo=UTC)
    with serve(create_helpdesk(started_at=now, clock=lambda: now, tickets=0)) as server:
        (tmp_path / "config").mkdir()
        (tmp_path / "config" / "sources.yaml").write_text(SOURCES % server.url, "utf-8")
        yield tmp_path


def run(home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = cli.exit_code(main, ["--home", str(home), "import", "hours", *words])
    printed = capsys.readouterr()
    return code, printed.out + printed.err


def test_hours_and_targets_are_told_as_a_difference_and_nothing_is_written(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "config" / "hours.yaml").write_text("calendars: {desk: {week: {mon: 08:00-17:00}}}\n", "utf-8")
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    code, said = run(home, capsys)
    assert code == 0
    assert "# From fs. Nothing was written" in said
    assert "--- config/hours.yaml\n+++ config/hours.yaml as fs has it\n" in said
    assert "-      mon: 08:00-17:00" in said
    assert "+      mon: 00:00-24:00" in said
    assert "+- name: default-sla-policy-urgent" in said
    assert {path: path.read_bytes() for path in before} == before
    assert not (home / "config" / "sla.yaml").exists()


def test_a_source_that_is_not_there_is_told_with_those_that_are(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = run(home, capsys, "acme")
    assert code == 2
    assert "acme is no source of kind freshservice or demo: fs" in said


def test_a_helpdesk_that_does_not_answer_is_told_in_words(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "config" / "sources.yaml").write_text(SOURCES % "http://127.0.0.1:9", "utf-8")
    code, said = run(home, capsys, "fs")
    assert code == 4
    assert "while reading business hours" in said
