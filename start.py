#!/usr/bin/env python3
"""Start Deskwatch, or run its tests, on a machine that has nothing but Python 3.11 and this folder.

    python3 start.py                make .venv, install what is locked, start everything, print the address
    python3 start.py check          say in words what is wrong in config/, and start nothing
    python3 start.py config show [--origin] [--written] [PART]
                                    print what holds, and in which file and line it is written
    python3 start.py test [ARGS]    install the test tools too and run every test, or hand ARGS to pytest
    python3 start.py import ticket-dash FOLDER [--home DIR] [--dry-run]
                                    move over from Ticket Dash; FOLDER stays as it is

Nothing outside this folder is touched. Only the standard library is used: there is nothing else yet.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 -- this file parses on Python 3.6, where the sentence is needed
    sys.stderr.write(
        "Deskwatch needs Python 3.11 or newer, and this is Python {}.{}: install a newer one "
        "(for example with `uv python install 3.11`) and start it with that.\n".format(*sys.version_info[:2])
    )
    sys.exit(2)

if __name__ == "__main__":  # Ctrl-C ends this without a traceback, also while the rest is being loaded
    try:
        import os
        import signal

        signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    except KeyboardInterrupt:
        sys.exit(130)

import argparse
import contextlib
import difflib
import hashlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / ".deskwatch-installed"
"""Names the lock file, and its hash, that .venv holds completely. Written last."""
UNFINISHED = VENV / ".deskwatch-unfinished"
"""Exists while .venv is being changed. Found at the start, it means that the last time was interrupted."""
HANDED_ON = ("import", "config")
"""Commands whose words are none of our business."""
LOCK, DEV_LOCK = "requirements.lock", "requirements-dev.lock"


def main(arguments: list[str]) -> NoReturn:
    """Prepare .venv and become the program that was asked for."""
    if arguments[:1] == ["test"]:
        rest = arguments[2:] if arguments[1:2] == ["--"] else arguments[1:]
        prepare(DEV_LOCK)
        workers = str(min(4, max(3, os.cpu_count() or 1)))
        become("pytest", rest or ["-n", workers, "--dist", "loadfile", "--no-loadscope-reorder"])
    home, words = home_before(arguments)
    if words and words[0] in HANDED_ON:
        prepare(LOCK)
        become("deskwatch", [*home, *words[:2], *absolute(words[2:], folders=words[0] == "import")])
    options = parse(arguments)
    prepare(LOCK)
    words = [options.command] if options.command == "check" else []
    for name in ("home", "host", "port"):
        if getattr(options, name) is not None:
            words += [f"--{name}", str(getattr(options, name))]
    become("deskwatch", words)


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line; paths become absolute because the program runs in this folder."""
    parser = argparse.ArgumentParser(
        prog="start.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    words = ["run", "check", "test", *HANDED_ON]
    parser.add_argument("command", nargs="?", metavar="{" + ",".join(words) + "}", default="run")
    parser.add_argument(
        "--home",
        type=lambda text: Path(text).resolve(),
        help="folder that holds config/, tickets/ and state/ (default: DESKWATCH_HOME, else this folder)",
    )
    parser.add_argument("--host", help="address of the wall (default: web.host of config/deskwatch.yaml)")
    parser.add_argument(
        "--port", type=int, help="port of the wall (default: web.port of config/deskwatch.yaml)"
    )
    options, surplus = parser.parse_known_args(arguments)
    odd = "unrecognized arguments: "
    if surplus and surplus[0].startswith("-"):
        parser.error(f"{odd}{surplus[0]}.{meant(surplus[0], ('--home', '--host', '--port', '--help'))}")
    if options.command in ("test", *HANDED_ON):
        parser.error(f"`{options.command}` comes first, its options after it: {options.command} ...")
    if options.command not in words:
        parser.error(f"no such command {options.command!r}.{meant(options.command, words)}")
    if surplus:
        parser.error(odd + " ".join(surplus))
    return options


def meant(word: str, known: Iterable[str]) -> str:
    """`` Did you mean 'check'?`` for a slip, else nothing."""
    near = difflib.get_close_matches(word.partition("=")[0], known, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def home_before(arguments: list[str]) -> tuple[list[str], list[str]]:
    """``--home DIR`` in front of a command, as an absolute path, and the words after it."""
    option, equals, value = (arguments or [""])[0].partition("=")
    if option != "--home" or (not equals and len(arguments) < 2):
        return [], arguments
    rest = arguments[1:] if equals else arguments[2:]
    return ["--home", os.path.abspath(value if equals else arguments[1])], rest


def absolute(words: list[str], *, folders: bool) -> list[str]:
    """The same words, with paths that do not depend on the folder they were written in.

    ``folders``: whether a word may also name a folder without an option before it.
    """
    found = list[str]()
    for word in words:
        option, equals, value = word.partition("=") if word.startswith("--home=") else ("", "", word)
        before = found[-1] if found else ""
        is_folder = folders and before not in ("--domain", "--allow-network") and os.path.isdir(word)
        if equals or before == "--home" or (not word.startswith("-") and is_folder):
            value = os.path.abspath(value)
        found.append(option + equals + value)
    return found


def become(module: str, arguments: list[str]) -> NoReturn:
    """Run ``python -m module`` of .venv in place of this process, in this folder."""
    if os.environ.get("DESKWATCH_HOME"):
        os.environ["DESKWATCH_HOME"] = os.path.abspath(os.environ["DESKWATCH_HOME"])
    os.chdir(ROOT)
    command = [str(PYTHON), "-m", module, *arguments]
    sys.stdout.flush()
    if os.name != "nt":
        if module == "deskwatch":  # it takes a Ctrl-C of this moment as soon as it can do that in silence
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        os.execv(command[0], command)
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Windows has no exec: the child gets the Ctrl-C, we wait for it
    sys.exit(subprocess.call(command))


def prepare(lock: str) -> None:
    """See to it that .venv holds exactly what ``lock`` pins. Does nothing, fast, when it already does."""
    if is_installed(lock):
        return
    with one_at_a_time():
        if is_installed(lock):
            return
        if UNFINISHED.exists() or not works(
            [PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        ):
            create()
        UNFINISHED.touch()
        STAMP.unlink(missing_ok=True)
        count = sum("==" in line for line in (ROOT / lock).read_text("utf-8").splitlines())
        say(f"Installing {count} packages from {lock} into .venv (once) ...")
        installed = install(ROOT / lock)
        UNFINISHED.unlink()
        if not installed:
            sys.exit(
                "The packages could not be installed; the lines above say why. Behind a proxy, set "
                "HTTPS_PROXY; for your own package index, set PIP_INDEX_URL. Then run this again."
            )
        STAMP.write_text(stamp(lock), "utf-8")


def is_installed(lock: str) -> bool:
    """Whether .venv was completed from this very lock file. The test tools' lock contains the other one."""
    try:
        found = STAMP.read_text("utf-8")
    except OSError:
        return False
    accepted = {stamp(name) for name in (lock, DEV_LOCK) if (ROOT / name).exists()}
    return found in accepted and PYTHON.exists()


def stamp(lock: str) -> str:
    """What STAMP says when .venv holds ``lock``."""
    return f"{lock} {hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()}\n"


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two people who start at the same moment must not build the same .venv. (Not guarded on Windows.)"""
    if os.name == "nt":
        yield
        return
    import fcntl

    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def create() -> None:
    """Make an empty .venv: with uv, with venv, or on a Debian without python3-venv with the system's pip."""
    if not os.access(ROOT, os.W_OK):
        say(f"{ROOT} cannot be written to, so there is no place for .venv. Clone it to a folder of your own.")
        sys.exit(2)
    say("Making .venv ...")
    uv = find_uv()
    ways: list[list[str | Path]] = [[sys.executable, "-m", "venv", VENV]]
    if uv:
        ways.insert(0, [uv, "venv", "--quiet", "--no-project", "--python", sys.executable, VENV])
    if system_pip():
        ways.append([sys.executable, "-m", "venv", "--without-pip", VENV])
    for way in ways:
        shutil.rmtree(VENV, ignore_errors=True)
        if works(way) and PYTHON.exists():
            return
    shutil.rmtree(VENV, ignore_errors=True)
    say("Python cannot make a virtual environment here. Install what is missing and run this again:")
    print("sudo apt install python3-venv", flush=True)
    sys.exit(2)


def install(lock: Path) -> bool:
    """Install with the first tool that manages; each checks every file against the hash in the lock."""
    wanted: list[str | Path] = ["--require-hashes", "-r", lock]
    quiet: list[str | Path] = ["--quiet", "--disable-pip-version-check", "--no-input"]
    uv = find_uv()
    if uv:
        if runs([uv, "pip", "sync", "--quiet", "--python", PYTHON, "--require-hashes", lock]):
            return True
        say("uv did not manage that; trying pip ...")
    if not works([PYTHON, "-m", "pip", "--version"]):
        if system_pip():
            return runs([sys.executable, "-m", "pip", "--python", PYTHON, "install", *quiet, *wanted])
        works([PYTHON, "-m", "ensurepip"])
    return runs([PYTHON, "-m", "pip", "install", *quiet, *wanted])


def find_uv() -> str | None:
    """A working uv, which is faster. Where only pip was told which index to use, pip is the one to ask."""
    if "PIP_INDEX_URL" in os.environ and not {"UV_INDEX_URL", "UV_DEFAULT_INDEX"} & set(os.environ):
        return None
    uv = shutil.which("uv")
    return uv if uv and works([uv, "--version"]) else None


def system_pip() -> bool:
    """Whether this Python has a pip that can install into another one (22.3 or newer)."""
    return works([sys.executable, "-m", "pip", "--python", sys.executable, "--version"])


def works(command: list[str | Path]) -> bool:
    """Run silently; whether it succeeded."""
    try:
        return (
            subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0
        )
    except OSError:
        return False


def runs(command: list[str | Path]) -> bool:
    """Run in sight of the user; whether it succeeded."""
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL).returncode == 0


def say(words: str) -> None:
    """Progress goes to stderr, so that stdout stays the program's own."""
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
