"""Put files into a home without ever overwriting what somebody wrote, and tell what was done."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from difflib import unified_diff
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from deskwatch.config import Home
from deskwatch.config.files import ConfigFile, read_limited
from deskwatch.config.loading import SCHEMAS
from deskwatch.config.machine import Machine
from deskwatch.config.strict_yaml import MAX_BYTES, read_yaml
from deskwatch.logs import one_line
from deskwatch.store.atomic import FILE_MODE, STAGING, make_folder, write_atomic
from deskwatch.store.errors import StoreError

SECRET_MODE = 0o600
MOST_TOLD = 20


class Report:
    """What was done, in lines. ``changes`` counts files written, ``findings`` what needs a look."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.changes = 0
        self.findings = 0

    def did(self, place: str, words: str) -> None:
        """Something was written (or would be)."""
        self.changes += 1
        self.say(f"  {place:<24} {words}")

    def kept(self, place: str, words: str) -> None:
        """Nothing had to be done."""
        self.say(f"  {place:<24} {words}")

    def found(self, words: str) -> None:
        """Something that a person has to look at."""
        self.findings += 1
        self.say(f"  ! {words}")

    def found_all(self, problems: Iterable[str], what: str) -> None:
        """Many of one kind: the first ``MOST_TOLD`` by name, of the others only how many."""
        listed = list(problems)
        for problem in listed[:MOST_TOLD]:
            self.found(problem)
        if more := len(listed) - min(len(listed), MOST_TOLD):
            self.findings += more
            self.say(f"  ! and {more} more {what}")

    def say(self, line: str) -> None:
        """One line."""
        self.lines.append(one_line(line))


class Placer:
    """Writes into one home, or only says what it would write."""

    def __init__(self, home: Home, report: Report, *, dry_run: bool) -> None:
        self.home, self.report, self.dry_run = home, report, dry_run

    def write(self, path: Path, data: bytes, *, mode: int = FILE_MODE) -> None:
        """Replace or make one file, whole or not at all.

        Raises:
            StoreError: nothing was changed.
        """
        if self.dry_run:
            return
        make_folder(path.parent)
        write_atomic(path, data, mode=mode)
        with suppress(OSError):  # somebody else's unfinished file may be in it
            (path.parent / STAGING).rmdir()

    def copy_if_absent(self, name: str, data: bytes, *, mode: int = FILE_MODE) -> None:
        """A file of the home itself, such as ``cert.pem``."""
        path = self.home.path / name
        there = read(path)
        if there is None:
            self.write(path, data, mode=mode)
            self.report.did(name, "copied")
        elif there == data:
            self.report.kept(name, "is there already")
        else:
            self.report.found(f"{name}: another one is there already and stays")

    def yaml(self, name: str, wanted: str, *, but: tuple[str, ...] = ()) -> None:
        """A file of ``config/``: made, or put in place of one that says nothing but the defaults.

        Any other file stays. What was wanted is then written beside it, and the difference is told, unless
        the file says all of it already; keys in ``but`` are the admin's and are not compared.
        """
        path, shown = self.home.config / f"{name}.yaml", f"config/{name}.yaml"
        there = read(path)
        if there is None:
            self.write(path, wanted.encode())
            self.report.did(shown, "written")
        elif there == wanted.encode() or says(plain(there, shown), plain(wanted.encode(), shown), but):
            self.report.kept(shown, "says the same already")
        elif self.is_untouched(name):
            kept = self._keep(path, there)
            self.write(path, wanted.encode())
            self.report.did(shown, f"written; it held only defaults, kept as {kept}")
        else:
            self._beside(path, there.decode("utf-8", "replace"), wanted)

    def is_untouched(self, name: str) -> bool:
        """Whether a file of ``config/`` means nothing but the defaults, as the shipped ones do."""
        file, value = self._validated(name)
        default = SCHEMAS[name][1]
        return not file.problems and not file.missing_secrets and _dumped(value) == _dumped(default)

    def _validated(self, name: str) -> tuple[ConfigFile[Any], Any]:
        file = ConfigFile(self.home.config, name, *SCHEMAS[name])
        return file, file.validate(Machine(self.home, {}), needs_secrets=False)

    def _keep(self, path: Path, data: bytes) -> str:
        """Under a name that is free or holds this already: comments are worth keeping, each time."""
        kept, number = path.with_name(f"{path.name}.before-import"), 1
        while (there := read(kept)) not in (None, data):
            number += 1
            kept = path.with_name(f"{path.name}.before-import-{number}")
        if there is None:
            self.write(kept, data)
        return kept.name

    def _beside(self, path: Path, there: str, wanted: str) -> None:
        beside = path.with_name(f"{path.stem}.ticket-dash.yaml")
        if read(beside) != wanted.encode():
            self.write(beside, wanted.encode())
            self.report.changes += 1
        told = (
            f"config/{path.name} is your own and stays. What Ticket Dash had is in config/{beside.name}; "
            "merge what you want and delete that file."
        )
        if self._validated(path.stem)[0].problems:  # one of them may be a key that stands there
            self.report.found(f"{told} The difference is told once check finds nothing wrong in yours.")
            return
        self.report.found(f"{told} The difference:")
        lines = unified_diff(
            there.splitlines(), wanted.splitlines(), path.name, beside.name, lineterm="", n=1
        )
        for line in lines:
            self.report.say(f"      {line}")


def read(path: Path) -> bytes | None:
    """A file of the home; ``None``: there is none.

    Raises:
        StoreError: it cannot be read, so nobody can tell whether it may be replaced.
    """
    try:
        return read_limited(path, 16 * MAX_BYTES)
    except OSError as problem:
        raise StoreError.of("read", path, problem) from problem


def plain(data: bytes, shown: str) -> Any:
    """What a YAML file says, every scalar as its text; ``None`` when it says nothing or cannot be read."""
    document = read_yaml(data, shown)
    return document.root.plain() if document.root is not None and not document.problems else None


def says(there: Any, wanted: Any, but: tuple[str, ...] = ()) -> bool:
    """Whether everything wanted is there already, whatever else is."""
    if isinstance(wanted, Mapping):
        return isinstance(there, Mapping) and all(
            key in there and says(there[key], value, but) for key, value in wanted.items() if key not in but
        )
    return bool(there == wanted)


def _dumped(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump()
    if isinstance(value, Mapping):
        return {key: _dumped(inner) for key, inner in value.items()}
    return value


def counted(number: int, noun: str) -> str:
    """``1 ticket``, ``1,000 tickets``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
