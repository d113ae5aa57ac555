"""The tables of settings in the documentation, made from the models and their docstrings."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import Enum, StrEnum
from inspect import get_annotations
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from deskwatch.config.loading import SCHEMAS
from deskwatch.settings import Secret, format_duration
from deskwatch.sources.rest.settings import RestSettings

_BLOCK = re.compile(r"(<!-- settings: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


MODELS: Mapping[str, Any] = {
    **{name: schema for name, (schema, _) in SCHEMAS.items()},
    "source": RestSettings,
}
"""File name to what it may hold; ``source`` are the files of ``config/sources.d/``."""


EMPTY = '""'
"""How a text of no letters is written."""
TOLD_BY_KIND = ("source",)
"""Files whose tables say for each setting to which kind it belongs: there, kinds share names."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of a table: dotted path, default as written in YAML, meaning."""

    path: str
    default: str
    words: str


def with_tables(page: str) -> str:
    """The page with the tables between its ``<!-- settings: NAME -->`` marks made anew."""
    return _BLOCK.sub(lambda block: f"{block[1]}{_table(block[2])}{block[3]}", page)


def settings_of(name: str) -> list[Setting]:
    """Every setting of ``config/NAME.yaml`` in the order of its model, each once."""
    rows: dict[str, Setting] = {}
    for setting in _Walk(by_kind=name in TOLD_BY_KIND).through(MODELS[name], ""):
        rows.setdefault(setting.path, setting)
    return list(rows.values())


def _table(name: str) -> str:
    rows = [f"| `{row.path}` | {row.default} | {row.words} |" for row in settings_of(name)]
    if name in TOLD_BY_KIND:
        rows = [row.replace("| see the shipped file |", "| see below |") for row in rows]
    return "\n".join(["| setting | default | meaning |", "| --- | --- | --- |", *rows, ""])


class _Walk:
    """One walk through a schema; what a model inherits or repeats is told where it comes first."""

    def __init__(self, *, by_kind: bool) -> None:
        self._by_kind = by_kind
        self._told: dict[tuple[type, str], str] = {}

    def through(self, annotation: Any, prefix: str) -> Iterator[Setting]:
        origin, args = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            yield from self.through(args[0], prefix)
        elif origin in (Union, UnionType):
            yield from self._union(args, prefix)
        elif isinstance(origin, type) and issubclass(origin, Mapping):
            yield from self.through(args[1], f"{prefix}.{_key(args[0])}".lstrip("."))
        elif isinstance(origin, type) and issubclass(origin, Sequence):
            yield from self.through(args[0], f"{prefix}[]")
        elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from self._model(annotation, prefix)

    def _union(self, branches: Sequence[Any], prefix: str) -> Iterator[Setting]:
        kinds = [kind for branch in branches for kind in _kinds(branch)]
        if kinds:
            words = ", ".join(f"`{kind}`" for kind in kinds)
            yield Setting(f"{prefix}.kind", "required", f"Which kind this is: {words}.")
        if kinds and self._by_kind:
            yield from self._told_by_kind(branches, prefix)
            return
        for branch in branches:
            yield from self.through(branch, prefix)

    def _told_by_kind(self, branches: Sequence[Any], prefix: str) -> Iterator[Setting]:
        """One line for each setting, although several kinds have it: each kind's own words."""
        told: dict[str, dict[tuple[str, str], list[str]]] = {}
        for branch in branches:
            for setting in self.through(branch, prefix):
                if setting.path == f"{prefix}.kind":
                    continue
                words = told.setdefault(setting.path, {})
                words.setdefault((setting.default, setting.words), []).extend(map(str, _kinds(branch)))
        every = {kind for words in told.values() for kinds in words.values() for kind in kinds}
        for path, words in told.items():
            defaults = dict.fromkeys(default for default, _ in words)
            parts = [
                text if set(kinds) == every else f"{', '.join(f'`{kind}`' for kind in kinds)}: {text}"
                for (_, text), kinds in words.items()
            ]
            yield Setting(path, " or ".join(defaults), " ".join(parts))

    def _model(self, model: type[BaseModel], prefix: str) -> Iterator[Setting]:
        for name, field in model.model_fields.items():
            path = f"{prefix}.{name}".lstrip(".")
            owner = next(c for c in model.__mro__ if name in get_annotations(c))
            if self._told.setdefault((owner, name), path) not in (path, ""):
                continue
            inner = list(self.through(field.annotation, path))
            if field.description or not inner:
                yield Setting(path, _default(field), _words(field))
            yield from inner


def _kinds(branch: Any) -> tuple[Any, ...]:
    model = get_args(branch)[0] if get_origin(branch) is Annotated else branch
    field = (
        model.model_fields.get("kind") if isinstance(model, type) and issubclass(model, BaseModel) else None
    )
    return get_args(field.annotation) if field else ()


def _key(annotation: Any) -> str:
    kind = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    return {int: "ID", date: "DATE"}.get(kind, "NAME")


def _words(field: FieldInfo) -> str:
    words = " ".join((field.description or "").replace("``", "`").split()).replace("|", "\\|")
    choices = _choices(field.annotation)
    return f"{words} One of {choices}.".strip() if choices and not _names_all(words, choices) else words


def _names_all(words: str, choices: str) -> bool:
    return all(choice in words for choice in choices.split(", "))


def _choices(annotation: Any) -> str:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in args)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return ", ".join(f"`{word}`" for word in annotation)
    if origin is Annotated or origin in (Union, UnionType, list):
        return next((words for part in args if (words := _choices(part))), "")
    return ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None:
        return "`auto`" if any(type(mark).__name__ == "Auto" for mark in field.metadata) else "none"
    if isinstance(kind := getattr(value, "kind", None), str):
        return f"kind `{kind}`"
    if type(value).__name__ == "Expression":
        return f"`{value.text}`"
    if isinstance(value, time):
        return f"`{value:%H:%M}`"
    if isinstance(value, BaseModel | Secret) or (isinstance(value, list | tuple | dict) and value):
        return _collection(value)
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, timedelta):
        return f"`{format_duration(value)}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    empty = {(): "closed", "": "none"}
    return empty.get(value, f"`{value}`") if isinstance(value, str | tuple) else f"`{value}`"


def _collection(value: Any) -> str:
    if isinstance(value, dict) and not any(isinstance(v, BaseModel) for v in value.values()):
        pairs = (
            f"{key}: {format_duration(v) if isinstance(v, timedelta) else v}" for key, v in value.items()
        )
        return f"`{{{', '.join(pairs)}}}`"
    if isinstance(value, list) and not any(isinstance(v, BaseModel) for v in value):
        return f"`[{', '.join(str(v) or EMPTY for v in value)}]`"
    return "see the shipped file"
