"""The folder that holds everything one Deskwatch knows: ``config/``, ``tickets/`` and ``state/``."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
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


def resolve_home(option: Path | str | None = None, *, env: Mapping[str, str] = os.environ) -> Home:
    """``--home`` if given, else ``DESKWATCH_HOME``, else the clone.

    Raises:
        UsageError: the place exists and is not a folder.
    """
    home = Home(Path(option or env.get("DESKWATCH_HOME") or CLONE))
    if home.path.exists() and not home.path.is_dir():
        raise UsageError(
            f"{home} is not a folder. --home (or DESKWATCH_HOME) names the folder that holds config/."
        )
    return home
