"""What an admin says: ``config/*.yaml`` becomes one frozen ``Config``, or every mistake with its place."""

from deskwatch.config.home import CLONE, Home, resolve_home
from deskwatch.config.live import LiveConfig
from deskwatch.config.load import Checked, check, load
from deskwatch.config.loaded import Config
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
