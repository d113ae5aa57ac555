"""Errors that are meant for people: a sentence that names the place and the mend, never a traceback."""

from collections.abc import Sequence


class DeskwatchError(Exception):
    """Base of everything a command prints as plain words. ``exit_code`` is what the script returns."""

    exit_code = 1


class UsageError(DeskwatchError):
    """The command line or the environment is wrong, or configuration is missing."""

    exit_code = 2


class ConfigError(DeskwatchError):
    """Configuration that cannot be used. ``problems`` holds one finished line for each mistake."""

    exit_code = 2

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class LockHeldError(DeskwatchError):
    """Another process already owns what only one may own."""

    exit_code = 3


class UnreachableError(DeskwatchError):
    """Something Deskwatch depends on did not answer."""

    exit_code = 4
