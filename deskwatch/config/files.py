"""One configuration file: read, validated, and its mistakes collected."""

import os
import stat
from collections.abc import Collection
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from deskwatch.config.explain import explain
from deskwatch.config.machine import Machine
from deskwatch.config.problems import Problem
from deskwatch.config.strict_yaml import MAX_BYTES, Document, read_yaml
from deskwatch.settings import Strict

T = TypeVar("T")


def read_limited(path: Path, limit: int) -> bytes | None:
    """The first ``limit`` bytes and one more of a regular file; ``None``: there is no such file.

    Raises:
        OSError: it cannot be read, or is a folder or a device. ``strerror`` says so.
    """
    try:
        with open(path, "rb", opener=_open_now) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise OSError(0, "not a regular file")
            return file.read(limit + 1)
    except FileNotFoundError:
        return None


def _open_now(path: str, flags: int) -> int:
    """Open without waiting for a writer, should somebody have put a named pipe there."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


class ConfigFile(Generic[T]):
    """One file of ``config/``: what it says, what it means, and what is wrong with it.

    ``shown`` is for a file somewhere else: how messages call it; ``name`` then has its ending.
    """

    def __init__(self, folder: Path, name: str, schema: Any, default: T, *, shown: str | None = None) -> None:
        self.path = folder / f"{name}.yaml" if shown is None else folder / name
        self.shown = shown or f"config/{name}.yaml"
        self.problems: list[Problem] = []
        self.missing_secrets: list[Problem] = []
        self._schema = schema
        self._default = default
        self.document = self._read()

    def _read(self) -> Document:
        try:
            data = read_limited(self.path, MAX_BYTES)
        except OSError as error:
            message = f"cannot be read ({error.strerror}); it must be a file this user may read"
            document = Document(None, (Problem(self.shown, message=message),))
        else:
            document = Document(None, ()) if data is None else read_yaml(data, self.shown)
        self.problems += document.problems
        return document

    def keys(self, *path: str) -> Collection[str] | None:
        """The keys of the mapping at ``path``, or the default's; ``None`` when they cannot be known."""
        if self.problems and self.document.root is None:
            return None
        data = self.document.root.plain() if self.document.root else None
        for step in path:
            data = data.get(step) if isinstance(data, dict) else None
        if data is None:
            default: Any = self._default
            for step in path:
                default = getattr(default, step)
            return list(default)
        return list(data) if isinstance(data, dict) else None

    def validate(self, machine: Machine, *, needs_secrets: bool) -> T:
        """What the file means; the default when it is missing, empty or wrong (then see ``problems``)."""
        root = self.document.root
        if root is None and not isinstance(self._default, Strict):
            return self._default
        adapter: TypeAdapter[T] = TypeAdapter(self._schema)
        data = root.plain() if root is not None else {}
        try:
            return adapter.validate_python(data, context=machine)
        except ValidationError as error:
            errors = error.errors(include_url=False)
        missing = [] if needs_secrets else [e for e in errors if e["type"] == "secret_missing"]
        wrong = [e for e in errors if e not in missing]
        self.missing_secrets = explain(missing, self._schema, root, self.shown)
        self.problems += explain(wrong, self._schema, root, self.shown)
        if wrong:
            return self._default
        machine.lenient = True
        try:
            return adapter.validate_python(data, context=machine)
        except ValidationError as error:
            self.problems += explain(error.errors(include_url=False), self._schema, root, self.shown)
            return self._default
        finally:
            machine.lenient = False
