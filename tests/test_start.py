"""start.py in a copy of its own, with a lock file that pins one tiny package lying beside it: no network."""

import ast
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes
ROOT = Path(__file__).resolve().parents[1]
PYTHON = getattr(sys, "_base_executable", sys.executable)
"""What a newcomer has: a Python that belongs to no environment."""
PROGRAM = """
import sys
try:
    import deskbell
    found = deskbell.__name__
except ImportError:
    found = "nothing"
print(found, sys.argv[1:], sys.prefix != sys.base_prefix)
"""


class Clone:
    """A folder with start.py and what it starts, but programs that only say how they were called."""

    def __init__(self, folder: Path, shelf: Path) -> None:
        self.folder, self.shelf = folder, shelf
        self.shadow = folder.parent / "shadow"
        (folder / "deskwatch").mkdir(parents=True)
        shutil.copy(ROOT / "start.py", folder)
        (folder / "deskwatch" / "__main__.py").write_text(PROGRAM)
        (folder / "pytest.py").write_text(PROGRAM)
        self.lock()

    def lock(self, *, name: str = "requirements.lock", broken: bool = False) -> None:
        """Pin the bell in both lock files, or in one of them with a wrong hash."""
        digest = hashlib.sha256(make_wheel(self.shelf).read_bytes()).hexdigest()
        pin = f"deskbell==1.0 --hash=sha256:{'0' * 64 if broken else digest}\n"
        (self.folder / name).write_text(pin)
        if not (self.folder / "requirements-dev.lock").exists():
            (self.folder / "requirements-dev.lock").write_text("# test tools\n" + pin)

    def shadows(self, module: str, source: str) -> None:
        """Let this Python find another module of that name first."""
        self.shadow.mkdir(exist_ok=True)
        (self.shadow / f"{module}.py").write_text(source)

    def environment(self, *, path: str = "/nowhere") -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.shelf.as_uri(), "PATH": path}
        offline |= {"UV_NO_INDEX": "1", "UV_FIND_LINKS": str(self.shelf), "UV_OFFLINE": "1"}
        return kept | offline | {"PYTHONPATH": str(self.shadow)}

    def start(self, *arguments: str, path: str = "/nowhere") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PYTHON, str(self.folder / "start.py"), *arguments],
            env=self.environment(path=path),
            cwd=self.shelf,
            capture_output=True,
            text=True,
            timeout=60,
        )


def make_wheel(shelf: Path) -> Path:
    """A package of one empty module, as an index would have it."""
    wheel = shelf / "deskbell-1.0-py3-none-any.whl"
    if not wheel.exists():
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("deskbell.py", "")
            archive.writestr(
                "deskbell-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: deskbell\nVersion: 1.0\n"
            )
            archive.writestr(
                "deskbell-1.0.dist-info/WHEEL",
                "Wheel-Version: 1.0\nGenerator: ana\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            )
            archive.writestr("deskbell-1.0.dist-info/RECORD", "deskbell.py,,\n")
    return wheel


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    return Clone(tmp_path / "Anas Schöne Tickets" / "desk watch", shelf)


def started(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_from_nothing_to_running_and_the_next_time_nothing_is_installed(clone: Clone) -> None:
    first = clone.start("--port", "5002")
    assert started(first) == "deskbell ['--port', '5002'] True"
    assert "Installing 1 packages from requirements.lock" in first.stderr
    second = clone.start()
    assert started(second) == "deskbell [] True"
    assert second.stderr == ""
    elsewhere = clone.start("--home", "desk")
    assert started(elsewhere) == f"deskbell ['--home', '{clone.shelf / 'desk'}'] True", (
        "relative to the caller"
    )

    tools = clone.start("test", "-k", "update clock")
    assert started(tools) == "deskbell ['-k', 'update clock'] True"
    assert "requirements-dev.lock" in tools.stderr
    assert clone.start("test", "--", "-x").stderr == "", "the test tools were installed twice"
    assert clone.start().stderr == "", "the test tools' lock contains the other one"

    (clone.folder / "requirements.lock").write_text(
        "# moved on\n" + (clone.folder / "requirements.lock").read_text()
    )
    (clone.folder / "requirements-dev.lock").unlink()
    assert "Installing" in clone.start().stderr, "a new lock file was not installed"


def test_a_file_that_is_not_the_locked_one_is_refused(clone: Clone) -> None:
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", clone.folder / ".venv"], check=True)
    clone.lock(broken=True)
    result = clone.start()
    assert result.returncode == 1
    assert "could not be installed" in result.stderr
    clone.lock()
    assert started(clone.start()) == "deskbell [] True"


def test_an_import_is_handed_on_with_paths_that_are_relative_to_the_caller(clone: Clone) -> None:
    for name in ("ticket-dash", "old wall"):
        (clone.shelf / name).mkdir()
    words = ("import", "ticket-dash", "old wall", "--home", "new", "--dry-run")
    old, new = clone.shelf / "old wall", clone.shelf / "new"
    assert (
        started(clone.start(*words))
        == f"deskbell {[*words[:2], str(old), '--home', str(new), '--dry-run']} True"
    )
    same = ("import", "ticket-dash", "--domain", "old wall", "--domain=a.b", "ticket-dash", "--home=new")
    place = clone.shelf / "ticket-dash"
    assert started(clone.start(*same)) == f"deskbell {[*same[:5], str(place), f'--home={new}']} True"


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_words_of_config_show_stay_words_although_there_are_such_folders(clone: Clone) -> None:
    (clone.shelf / "state").mkdir(exist_ok=True)
    words = ["config", "show", "state", "--home"]
    answer = started(clone.start(*words, "desk"))
    assert answer == f"deskbell {[*words, str(clone.shelf / 'desk')]} True"
    home = ["--home", str(clone.shelf / "desk")]
    for before in (["--home", "desk"], ["--home=desk"]):  # as well as after the command
        assert started(clone.start(*before, *words[:3])) == f"deskbell {[*home, *words[:3]]} True"


def test_an_installation_that_was_killed_heals(clone: Clone, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    half_way = tmp_path / "half-way"
    uv = tools / "uv"
    uv.write_text(
        f'#!/bin/sh\ncase "$1" in\n  venv) {PYTHON} -m venv --without-pip "$6";;\n'
        f"  pip) : >'{half_way}'; sleep 60;;\nesac\n"
    )
    uv.chmod(0o755)
    process = subprocess.Popen(
        [PYTHON, str(clone.folder / "start.py")],
        env=clone.environment(path=f"{tools}:/usr/bin:/bin"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    try:
        for _ in range(400):
            if half_way.exists():
                break
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.05)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert half_way.exists(), "the installation was never reached"
    healed = clone.start()
    assert started(healed) == "deskbell [] True"
    assert "Making .venv" in healed.stderr, "a half-installed environment was kept"


HALF_A_VENV = """
import pathlib, runpy, sys
sys.path.remove(str(pathlib.Path(__file__).parent))
if "--without-pip" not in sys.argv:
    (pathlib.Path(sys.argv[-1]) / "bin").mkdir(parents=True)
    sys.exit("The virtual environment was not created successfully because ensurepip is not available.")
del sys.modules["__main__"]
runpy.run_module("venv", run_name="__main__")
"""


def test_a_debian_without_python3_venv_is_served_by_the_systems_pip(clone: Clone) -> None:
    if subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode:
        pytest.skip("this Python has no pip")
    clone.shadows("venv", HALF_A_VENV)
    clone.shadows("ensurepip", "raise ImportError")
    assert started(clone.start()) == "deskbell [] True"


def test_without_any_way_to_make_a_venv_the_one_command_that_helps_is_printed(clone: Clone) -> None:
    clone.shadows("venv", HALF_A_VENV)
    clone.shadows("pip", "raise ImportError")
    result = clone.start()
    assert (result.returncode, result.stdout) == (2, "sudo apt install python3-venv\n")
    assert not (clone.folder / ".venv").exists(), "a half-made directory was left behind"


def test_uv_is_used_when_it_is_there(clone: Clone, tmp_path: Path) -> None:
    uv = shutil.which("uv")
    if uv is None or subprocess.run([uv, "--version"], capture_output=True).returncode:
        pytest.skip("no uv on this machine")
    clone.shadows("venv", "raise SystemExit('uv was not used')")
    result = clone.start(path=os.environ["PATH"])
    assert started(result) == "deskbell [] True"
    assert "trying pip" not in result.stderr
    pip = subprocess.run([clone.folder / ".venv/bin/python", "-m", "pip", "--version"], capture_output=True)
    assert pip.returncode != 0, "uv makes environments without pip; somebody else made this one"


def test_help_names_the_two_commands_and_installs_nothing(clone: Clone) -> None:
    result = clone.start("--help")
    assert result.returncode == 0
    assert "python3 start.py test" in result.stdout
    assert not (clone.folder / ".venv").exists()


def test_a_misspelled_command_is_refused_before_anything_is_installed(clone: Clone) -> None:
    result = clone.start("tset")
    assert result.returncode == 2
    assert "no such command 'tset'. Did you mean 'test'?" in result.stderr
    assert "no such command 'start'." in clone.start("start").stderr
    assert "unrecognized arguments: twice" in clone.start("check", "twice").stderr
    assert "`config` comes first" in clone.start("--port", "5002", "config", "show").stderr
    assert "`test` comes first" in clone.start("--home", "desk", "test").stderr
    assert "arguments: --hom. Did you mean '--home'?" in clone.start("--hom", "desk", "check").stderr
    assert not (clone.folder / ".venv").exists()


def test_a_python_that_is_too_old_is_told_in_one_sentence() -> None:
    source = (ROOT / "start.py").read_text("utf-8")
    guard = ast.parse(source, feature_version=(3, 6)).body[2]
    assert isinstance(guard, ast.If), "the check of the version must come before everything else"
    old = "import sys; sys.version_info = (3, 9, 2, 'final', 0)\n" + ast.unparse(guard)
    result = subprocess.run([sys.executable, "-c", old], capture_output=True, text=True)
    assert result.returncode == 2
    assert result.stderr.startswith("Deskwatch needs Python 3.11 or newer, and this is Python 3.9: install")
    assert result.stderr.count("\n") == 1
