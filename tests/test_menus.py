"""Starting a command: what is loaded for it, what ``--help`` promises, and Ctrl-C before it runs."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

import deskwatch.__main__ as together
from deskwatch import cli, ctrl_c, gui_commands, notify_commands, watch_menu

ROOT = Path(__file__).resolve().parents[1]
MENUS = {
    "start.py": together.MENU,
    "gui.py": gui_commands.MENU,
    "notifier.py": notify_commands.MENU,
    "ticket_watcher.py": watch_menu.MENU,
    "ticket_watcher.py source": watch_menu.SOURCE_MENU,
}
HEAVY = (
    "deskwatch.config.loading",
    "pydantic",
    "sqlalchemy",
    "twilio",
    "requests",
    "jinja2",
    "flask",
    "watchdog",
)
LOADED = f"""
import json, runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]), file=sys.stderr)
"""


SLOW = "import _signal\nprint('loading', flush=True)\n_signal.pause()\n"
WRAPPING = """
import _signal
try:
    print('loading', flush=True)
    _signal.pause()
except KeyboardInterrupt:
    raise ValueError('a library wrapped it') from None
"""


def start(shadow: Path, *words: str) -> "subprocess.Popen[str]":
    """A program that finds the modules of a folder first, and is loading one of them."""
    paths = {"PYTHONPATH": os.pathsep.join([str(shadow), str(ROOT)]), "DESKWATCH_HOME": str(ROOT)}
    program = subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, **paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "loading\n"
    return program


@pytest.mark.parametrize("program", MENUS)
def test_the_help_of_a_program_says_of_each_command_what_the_command_says_itself(program: str) -> None:
    group = cli.Menu("program", menu=MENUS[program])
    context = click.Context(group)
    for name, (_, words) in MENUS[program].items():
        found = group.get_command(context, name)
        assert found is not None
        assert found.name == name
        own = " ".join((found.help or "").split())
        assert own.startswith(words.removesuffix(".")), f"{program} {name}"


@pytest.mark.processes
@pytest.mark.parametrize(
    "words",
    [["gui.py", "--help"], ["notifier.py", "--help"], ["ticket_watcher.py", "source", "presets"]],
    ids=" ".join,
)
def test_what_a_command_does_not_need_is_not_loaded_for_it(words: list[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-c", LOADED, *words], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert run.stdout
    assert json.loads(run.stderr.splitlines()[-1]) == []


def test_a_command_that_does_not_exist_is_refused_with_exit_code_2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    group = cli.Menu("program", menu=MENUS["gui.py"])
    assert cli.exit_code(group, ["tokn"]) == 2
    assert "No such command 'tokn'. Did you mean 'token'?" in capsys.readouterr().err


@pytest.mark.processes
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize(
    ("slow", "words"),
    [
        ("signal", ["gui.py", "--help"]),
        ("signal", ["start.py", "check"]),
        ("click", ["gui.py", "--help"]),
        ("click", ["-m", "deskwatch", "check"]),
        ("yaml", ["notifier.py", "check"]),
        ("yaml", ["-m", "deskwatch", "check"]),
        ("argparse", ["start.py", "check"]),
    ],
    ids=str,
)
def test_ctrl_c_while_modules_are_loaded_is_130_and_says_nothing(
    slow: str, words: list[str], tmp_path: Path
) -> None:
    (tmp_path / f"{slow}.py").write_text(SLOW)
    program = start(tmp_path, *words)
    program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=60)
    assert (program.returncode, out, err.strip()) == (130, "", "")


@pytest.mark.processes
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_ctrl_c_in_a_library_that_makes_another_error_of_it_is_130_as_well(tmp_path: Path) -> None:
    (tmp_path / "yaml.py").write_text(WRAPPING)
    program = start(tmp_path, "notifier.py", "check")
    program.send_signal(signal.SIGINT)
    _, err = program.communicate(timeout=60)
    assert (program.returncode, err.strip()) == (130, "")


def test_a_ctrl_c_that_python_wrapped_in_another_error_still_counts_as_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    @click.command()
    def loading() -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as pressed:
            raise RuntimeError("Error calling __set_name__") from pressed

    assert cli.exit_code(loading, []) == 130
    assert capsys.readouterr().err == ""
    assert not ctrl_c.caused(RuntimeError("a real one"))
