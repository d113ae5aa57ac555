"""What an admin says: ``config/*.yaml`` becomes one frozen ``Config``, or every mistake with its place.

Its parts are loaded when they are first used: settings models cost half a second, which ``--help`` and
the like need not pay.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from deskwatch.config.home import CLONE, Home, resolve_home

if TYPE_CHECKING:
    from deskwatch.config.live import LiveConfig
    from deskwatch.config.loaded import Config
    from deskwatch.config.loading import Checked, check, load
    from deskwatch.config.problems import (
        Problem,
        describe_problems,
        problems_as_github,
        problems_as_json,
    )
    from deskwatch.settings import Secret

__all__ = [
    "CLONE",
    "Checked",
    "Config",
    "Home",
    "LiveConfig",
    "Problem",
    "Secret",
    "check",
    "describe_problems",
    "load",
    "problems_as_github",
    "problems_as_json",
    "resolve_home",
]

_WHERE = {
    "LiveConfig": "deskwatch.config.live",
    "Checked": "deskwatch.config.loading",
    "check": "deskwatch.config.loading",
    "load": "deskwatch.config.loading",
    "Config": "deskwatch.config.loaded",
    "Problem": "deskwatch.config.problems",
    "describe_problems": "deskwatch.config.problems",
    "problems_as_github": "deskwatch.config.problems",
    "problems_as_json": "deskwatch.config.problems",
    "Secret": "deskwatch.settings",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_WHERE[name]), name)
    return found
