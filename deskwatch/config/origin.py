"""The configuration that holds, setting by setting, and where each value comes from."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from deskwatch.config.explain import Path, dotted
from deskwatch.config.fields import Auto
from deskwatch.config.files import ConfigFile
from deskwatch.config.loaded import Config
from deskwatch.config.loading import read_files
from deskwatch.config.sources import FOLDER
from deskwatch.config.yaml_nodes import Node
from deskwatch.core.hours import Span
from deskwatch.settings import Secret, format_duration

DEFAULT = "default"
KEPT_ELSEWHERE = ("env:", "file:")
MASK = "***"
HASHES = ("password", "sha256")
"""Settings that are no secrets, but made from one."""


@dataclass(frozen=True, slots=True)
class Origin:
    """One setting: ``path`` within ``file``, its value as YAML would say it (a secret as ``***``), its place.

    ``place`` is ``config/FILE.yaml:LINE``, with what the line refers to, or ``default``.
    """

    file: str
    path: str
    value: str
    place: str


def origins(config: Config, *, env: Mapping[str, str] = os.environ) -> Iterator[Origin]:
    """Every setting of a configuration that was found to be fit, in the order of files and models."""
    files = read_files(config.home, env)
    filled = _filled_in(config)
    for name, file in [*files.plain.items(), *((f"{FOLDER}/{n}", f) for n, f in files.described.items())]:
        settings = file.validate(files.machine, needs_secrets=False)
        for path, value, auto, node in _leaves(settings, (), file.document.root):
            hidden = value and path[-1:] and path[-1] in HASHES
            said = MASK if hidden else _shown(value, node, auto, filled.get((name, *path)))
            yield Origin(file.shown, dotted(path), said, _place(file, node))


Leaf = tuple[Path, Any, bool, Node | None]
"""Path, value, whether no value means ``auto``, and where it is written."""


def _leaves(value: Any, path: Path, node: Node | None, auto: bool = False) -> Iterator[Leaf]:
    """Every single value below a setting; what is written in short (a text for a mapping) stays whole."""
    inner: Iterator[tuple[int | str, Any, bool]]
    if node is not None and isinstance(node.value, str):
        inner = iter(())
    elif isinstance(value, BaseModel):
        fields = type(value).model_fields
        inner = (
            (n, getattr(value, n), any(isinstance(m, Auto) for m in f.metadata)) for n, f in fields.items()
        )
    elif isinstance(value, Mapping):
        inner = ((key, one, False) for key, one in value.items())
    elif isinstance(value, list | tuple) and any(isinstance(one, BaseModel | Mapping) for one in value):
        inner = ((number, one, False) for number, one in enumerate(value))
    else:
        inner = iter(())
    single = True
    for step, one, is_auto in inner:
        single = False
        yield from _leaves(one, (*path, step), _below(node, step), is_auto)
    if single:
        yield path, value, auto, node


def _below(node: Node | None, step: int | str) -> Node | None:
    value = node.value if node is not None else None
    if isinstance(value, dict) and str(step) in value:
        return value[str(step)].node
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return None


def _place(file: ConfigFile[Any], node: Node | None) -> str:
    if node is None or node.value is None:
        return DEFAULT
    place = f"{file.shown}:{node.mark.line}"
    refers = isinstance(node.value, str) and node.value.startswith(KEPT_ELSEWHERE)
    return f"{place} ({node.value})" if refers else place


def _filled_in(config: Config) -> Mapping[Path, Any]:
    """What stands for ``auto`` and for what this machine says itself."""
    web = ("port", "certificate", "key")
    return {("deskwatch", "zone"): config.zone} | {
        ("deskwatch", "web", name): getattr(config.web, name) for name in web
    }


def _shown(value: Any, node: Node | None, auto: bool, filled: Any) -> str:
    if isinstance(value, Secret):
        return "missing" if value.why_missing else MASK
    if value is None:
        usual = "auto" if auto else "null"
        return f"{usual} ({_text(filled)})" if filled is not None else usual
    written = node.plain() if node is not None else None
    if written is None or (isinstance(written, str) and written.startswith(KEPT_ELSEWHERE)):
        return _text(value)
    return _text(written)


def _text(value: Any) -> str:
    """A value as somebody would write it."""
    if isinstance(value, bool) or value is None:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, Span):
        return f"{value.start:%H:%M}-{value.end:%H:%M}"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, ZoneInfo):
        return value.key
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(key)}: {_text(one)}" for key, one in value.items()) + "}"
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str):
        return f"[{', '.join(map(_text, value))}]"
    if (label := getattr(value, "label", None)) is not None:
        return str(label)
    return '""' if value == "" else str(value)
