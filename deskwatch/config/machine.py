"""What settings may ask about this machine: environment, ``.env``, secret files, and names in other files."""

import os
import stat
from collections.abc import Collection, Mapping
from io import StringIO
from pathlib import Path

from dotenv.parser import parse_stream

from deskwatch.config.home import Home
from deskwatch.config.problems import Problem
from deskwatch.settings import Secret, SecretRef

MAX_SECRET_BYTES = 64 * 1024
LEGACY_FILES = {"FRESHSERVICE_API_KEY": "token.txt"}
"""Where the predecessor kept a secret: read last, with a warning."""


class Machine:
    """Looks things up for one load. ``consulted`` are all files whose change may change the answer."""

    def __init__(self, home: Home, env: Mapping[str, str]) -> None:
        self.home = home
        self.warnings: list[Problem] = []
        self.consulted: set[Path] = set()
        self.found: list[Secret] = []
        self.lenient = False
        """Whether a secret that is not there is taken as a ``Secret.missing``."""
        self._names: dict[str, Collection[str]] = {}
        self._env = env
        self._dotenv = self._read_dotenv(home.path / ".env")

    def learn(self, kind: str, names: Collection[str]) -> None:
        """From now on ``names`` are all sources, boards or calendars (``kind``) there are."""
        self._names[kind] = names

    def names(self, kind: str) -> Collection[str] | None:
        """All sources, boards or calendars; ``None`` when their file cannot be read, so nobody can tell."""
        return self._names.get(kind)

    def place(self, path: str) -> Path:
        """A path of the configuration: ``~`` is expanded, relative ones start in the home."""
        return self.home.path / Path(path).expanduser()

    def variable(self, name: str) -> str | None:
        """An environment variable, else what ``.env`` says; an empty one is not set."""
        return (self._env.get(name) or self._dotenv.get(name) or "").strip() or None

    def secret(self, reference: SecretRef) -> Secret:
        """The secret a reference points at.

        Raises:
            LookupError: in words, where it was looked for.
        """
        try:
            secret = Secret(self._value(reference))
        except LookupError as problem:
            if not self.lenient:
                raise
            return Secret.missing(str(problem.args[0]))
        self.found.append(secret)
        return secret

    def _value(self, reference: SecretRef) -> str:
        if reference.kind == "file":
            path = self.place(reference.target)
            if (value := self._read_secret(path)) is None:
                raise LookupError(f"there is no secret file {path}")
            return value
        if reference.kind == "env":
            value = self.variable(reference.target) or self._named_file(reference.target)
            if value is None:
                raise LookupError(
                    f"the environment variable {reference.target} is not set (nor is it in .env)"
                )
            return value
        return self._by_name(reference.target)

    def _by_name(self, name: str) -> str:
        """Look in the order that ``docs/configuration.md`` promises; the first hit wins."""
        folder = self._env.get("CREDENTIALS_DIRECTORY")
        value = (
            (self._read_secret(Path(folder) / name, private=True) if folder else None)
            or self._named_file(name)
            or self.variable(name)
            or self._read_secret(self.home.config / "secrets" / name)
            or self._legacy(name)
        )
        if value is None:
            raise LookupError(
                f"no secret {name}: set it in the environment or in .env, or put it into the file "
                f"config/secrets/{name}"
            )
        return value

    def _named_file(self, name: str) -> str | None:
        path = self.variable(f"{name}_FILE")
        if path is None:
            return None
        value = self._read_secret(self.place(path))
        if value is None:
            raise LookupError(f"{name}_FILE names {path}, and there is no such file")
        return value

    def _legacy(self, name: str) -> str | None:
        file = LEGACY_FILES.get(name)
        value = self._read_secret(self.home.path / file) if file else None
        if file and value:
            mend = f"mkdir -p config/secrets && mv {file} config/secrets/{name}"
            self._warn(file, f"used as {name}, for the last time in version 1; move it: {mend}")
        return value

    def _read_secret(self, path: Path, *, private: bool = False) -> str | None:
        """A file's text, stripped; ``None``: no such file. ``private``: its mode does not matter."""
        self.consulted.add(path)
        try:
            about = path.stat()
            if not stat.S_ISREG(about.st_mode):
                raise LookupError(f"{path} is not a file")
            if about.st_size > MAX_SECRET_BYTES:
                raise LookupError(f"{path} is larger than a secret can be (64 KiB)")
            text = path.read_bytes().decode("utf-8-sig").strip()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise LookupError(f"{path} cannot be read ({error.strerror}); let this user read it") from None
        except UnicodeDecodeError:
            raise LookupError(f"{path} is not text in UTF-8") from None
        if not text:
            raise LookupError(f"{path} is empty")
        if not private:
            self._warn_if_public(path, about.st_mode)
        return text

    def _warn_if_public(self, path: Path, mode: int) -> None:
        if os.name == "posix" and mode & stat.S_IROTH:
            self._warn(self._shown(path), f"everybody on this machine can read it; run: chmod 600 {path}")

    def _read_dotenv(self, path: Path) -> dict[str, str | None]:
        self.consulted.add(path)
        try:
            about = path.stat()
            if not stat.S_ISREG(about.st_mode):
                return {}
            text = path.read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError):
            self._warn(".env", "cannot be read; it must be text in UTF-8 that this user may read")
            return {}
        self._warn_if_public(path, about.st_mode)
        lines = list(parse_stream(StringIO(text)))
        for line in lines:
            if line.error:
                self._warn(".env", "is skipped, it is not NAME=value", line=line.original.line)
        return {line.key: line.value for line in lines if line.key is not None}

    def _shown(self, path: Path) -> str:
        return (
            path.relative_to(self.home.path).as_posix() if path.is_relative_to(self.home.path) else str(path)
        )

    def _warn(self, file: str, message: str, *, line: int = 0) -> None:
        warning = Problem(file, line, int(line > 0), message=message, severity="warning")
        if warning not in self.warnings:
            self.warnings.append(warning)
