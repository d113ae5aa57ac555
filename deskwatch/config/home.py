"""The folder that holds everything one Deskwatch knows: ``config/``, ``tickets/`` and ``state/``."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from deskwatch.errors import UsageError

CLONE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Home(os.PathLike[str]):
    """Where configuration, tickets and state live. The folders need not exist yet."""

    path: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(os.path.abspath(self.path)))

    @property
    def config(self) -> Path:
        """Written by people, read by all processes."""
        return self.path / "config"

    @property
    def tickets(self) -> Path:
        """Written by the watcher only."""
        return self.path / "tickets"

    @property
    def state(self) -> Path:
        """Heartbeats, locks and the database."""
        return self.path / "state"

    def __fspath__(self) -> str:
        return str(self.path)

    def __str__(self) -> str:
        return str(self.path)


def resolve_home(
    option: Path | str | None = None, *, env: Mapping[str, str] = os.environ, may_be_new: bool = False
) -> Home:
    """``--home`` if given, else ``DESKWATCH_HOME``, else the clone.

    ``may_be_new``: whether a command makes what is missing there.

    Raises:
        UsageError: somebody named a place that is no folder, or one without ``config/`` in it.
    """
    said = option or env.get("DESKWATCH_HOME")
    home = Home(Path(said or CLONE))
    name = "--home" if option else "DESKWATCH_HOME"
    if home.path.exists() and not home.path.is_dir():
        raise UsageError(f"{name}: {home} is not a folder. It names the folder that holds config/.")
    if said and not may_be_new and not home.config.is_dir():
        raise UsageError(f"{name}: {_what_is_wrong_with(home)}")
    return home


def _what_is_wrong_with(home: Home) -> str:
    """Why a folder is no home, and the mend."""
    if home.path.name == "config" and any(home.path.glob("*.yaml")):
        return f"{home} is the config folder itself. Name the folder that holds it: {home.path.parent}"
    make = f"To begin a new one: mkdir -p {shlex.quote(str(home.config))}"
    if home.path.is_dir():
        return f"{home} has no folder config/ in it, so it is not the home of a Deskwatch. {make}"
    beside = home.path.parent.iterdir() if home.path.parent.is_dir() else ()
    homes = [path.name for path in beside if (path / "config").is_dir()]
    meant = get_close_matches(home.path.name, homes, n=1)
    hint = f"Did you mean {home.path.parent / meant[0]}?" if meant else make
    return f"there is no folder {home}. {hint}"
