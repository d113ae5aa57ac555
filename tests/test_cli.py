"""What a person sees when a command ends: plain words and an exit code, never a traceback."""

import logging
import subprocess
import sys
from pathlib import Path

import click
import pytest

from deskwatch import cli, logs
from deskwatch.errors import ConfigError, DeskwatchError, LockHeldError, UnreachableError, UsageError

ROOT = Path(__file__).resolve().parents[1]


def command(error: BaseException | None = None, answer: int | None = None) -> click.Command:
    @click.command()
    @cli.home_option
    @cli.port_option
    @cli.log_level_option
    @cli.version_option
    def script(**options: object) -> int | None:
        if error:
            raise error
        return answer

    return script


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DeskwatchError("The ticket folder is gone."), 1),
        (UsageError("No such folder."), 2),
        (ConfigError(["config/sla.yaml:3:1: a", "config/sla.yaml:4:1: b"]), 2),
        (LockHeldError("Process 17 on desk1 is already watching."), 3),
        (UnreachableError("The helpdesk did not answer."), 4),
    ],
)
def test_an_error_meant_for_people_is_printed_as_it_is(
    error: DeskwatchError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.exit_code(command(error), []) == code
    assert capsys.readouterr().err == f"{error}\n"


def test_an_unexpected_error_is_one_line_that_names_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger().handlers.clear()
    assert cli.exit_code(command(ZeroDivisionError("division by zero")), []) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "please report it" in told
    assert "ZeroDivisionError: division by zero, at test_cli.py:" in told


def test_a_secret_in_an_error_is_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    logs.SECRETS.register("canary-of-the-desk")
    cli.exit_code(command(DeskwatchError("refused: canary-of-the-desk\x1b[2J")), [])
    assert capsys.readouterr().err == "refused: ***\\x1b[2J\n"


@pytest.mark.parametrize(
    "arguments", [["--prot", "1"], ["--port", "99999"], ["--log-level", "loud"], ["surplus"]]
)
def test_wrong_usage_is_explained_with_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.exit_code(command(), arguments) == 2
    assert "Error:" in capsys.readouterr().err


def test_ctrl_c_before_the_work_begins_is_130() -> None:
    assert cli.exit_code(command(KeyboardInterrupt()), []) == 130


@pytest.mark.parametrize(("answer", "code"), [(None, 0), (0, 0), (1, 1), (4, 4)])
def test_what_a_command_answers_is_its_exit_code(answer: int | None, code: int) -> None:
    assert cli.exit_code(command(answer=answer), []) == code


def test_every_script_can_say_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.exit_code(command(), ["--version"]) == 0
    assert capsys.readouterr().out.startswith("Deskwatch 0.")


@pytest.mark.parametrize("script", ["gui.py", "ticket_watcher.py", "notifier.py"])
def test_a_script_without_its_packages_says_how_to_get_them(script: str) -> None:
    bare = [sys.executable, "-S", "-E", script, "--help"]  # -S: no packages besides the standard library
    run = subprocess.run(bare, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert run.returncode == 1
    assert run.stderr.strip() == f"Run `python3 start.py check` once, then: .venv/bin/python {script}"
