"""What a person sees when a command ends: plain words and an exit code, never a traceback."""

import ast
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from deskwatch import cli, interpreter, logs
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


SCRIPTS = ["gui.py", "ticket_watcher.py", "notifier.py"]
BARE = [sys.executable, "-S", "-E"]
"""A Python without packages: only the standard library."""


def clone(folder: Path, script: str) -> Path:
    """A folder with one of our scripts, as git has it, and no .venv. The script."""
    (folder / "deskwatch").symlink_to(ROOT / "deskwatch")
    return Path(shutil.copy(ROOT / script, folder))


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_without_its_packages_says_how_to_get_them(script: str, tmp_path: Path) -> None:
    bare = [*BARE, str(clone(tmp_path, script)), "check"]
    run = subprocess.run(bare, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == (
        f"Deskwatch is not installed yet: run `python3 start.py check` in {tmp_path} once, then this again.\n"
    )


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for .venv is a shell script")
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_run_with_another_python_goes_on_with_the_one_of_its_venv(
    script: str, tmp_path: Path
) -> None:
    copied = clone(tmp_path, script)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nfor word; do echo "$word"; done\nexit 3\n')
    python.chmod(0o755)
    run = subprocess.run(
        [*BARE, copied.name, "user", "a b"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert (run.returncode, run.stdout.splitlines(), run.stderr) == (3, [str(copied), "user", "a b"], "")


def test_a_venv_that_lacks_packages_is_not_tried_again_and_again(tmp_path: Path) -> None:
    copied = clone(tmp_path, "notifier.py")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(Path(sys.executable).resolve())  # no pyvenv.cfg, no site-packages
    bare = [str(python), "-S", "-E", str(copied), "check"]
    run = subprocess.run(bare, capture_output=True, text=True, timeout=60)
    assert (run.returncode, "is not installed yet" in run.stderr) == (2, True)


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
@pytest.mark.parametrize("script", [*SCRIPTS, "start.py"])
def test_a_script_can_be_run_by_its_name(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)


def test_every_package_that_is_imported_is_looked_for_before() -> None:
    come_along = {"markupsafe", "pydantic_core", "urllib3", "werkzeug"}
    imported = {
        name.partition(".")[0]
        for path in (ROOT / "deskwatch").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    ours = imported - sys.stdlib_module_names - come_along - {"deskwatch", "apprise"}  # that one is optional
    assert set(interpreter.NEEDS) == ours
