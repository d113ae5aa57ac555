"""``python -m deskwatch check``: never 0 on a broken file, and readable for people and programs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deskwatch.__main__ import main
from tests.config.conftest import Write


def run(home: object, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--home", str(home), "check", *arguments])


def test_a_good_configuration_is_fine(write: Write) -> None:
    result = run(write())
    assert result.exit_code == 0
    assert "is fine. Sources: demo (demo). Boards: helpdesk." in result.output


@pytest.mark.parametrize("form", ["text", "json", "github"])
@pytest.mark.parametrize(
    "mistake", ["a: [", "zoen: UTC", "web:\n  port: x", "zone: UTC\nzone: UTC", "a: \x00", "- x"]
)
def test_a_broken_file_is_never_fine(mistake: str, form: str, write: Write) -> None:
    result = run(write(deskwatch=mistake), "--format", form)
    assert result.exit_code == 1
    assert "config/deskwatch.yaml" in result.output
    assert "started" not in result.output, "a check starts nothing anyhow"


def test_programs_get_one_json_object(write: Write) -> None:
    answer = json.loads(run(write(deskwatch="zoen: UTC"), "--format", "json").output)
    assert answer["ok"] is False
    assert answer["problems"][0]["path"] == "zoen"
    assert json.loads(run(write(deskwatch=""), "--format", "json").output) == {"ok": True, "problems": []}


def test_a_source_without_its_key_is_not_fine(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FRESHSERVICE_API_KEY", raising=False)
    result = run(write(sources="acme: {kind: freshservice, subdomain: acme}"))
    assert result.exit_code == 1
    assert "no secret FRESHSERVICE_API_KEY" in result.output


@pytest.mark.parametrize("command", [["check"], ["config", "show"]])
def test_a_home_that_is_not_there_is_called_what_somebody_wrote(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKWATCH_HOME", str(tmp_path / "gone"))
    by_environment = CliRunner().invoke(main, command).exception
    assert str(by_environment).startswith("DESKWATCH_HOME: there is no folder")
    by_option = CliRunner().invoke(main, ["--home", str(tmp_path / "gone"), *command]).exception
    assert str(by_option).startswith("--home: there is no folder")


def test_own_tickets_of_two_sources_with_the_same_numbers_are_doubted_at_both_places(write: Write) -> None:
    own = "desk: {kind: local}\nlab:\n  kind: local\n  id_prefix: ndb\n"
    output = run(write(sources=own)).output
    assert "sources.yaml:1:" in output
    assert "desk.id_prefix: is NDB, as that of lab is: NDB-1 means two tickets" in output
    assert "sources.yaml:4:" in output
    assert "lab.id_prefix: is ndb, as that of desk is" in output
    assert "id_prefix" not in run(write(sources=own.replace("ndb", "LAB"))).output
