"""What pydantic found, in plain sentences with the place in the file. None of its own texts gets out."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from deskwatch.config.problems import Problem
from deskwatch.config.yaml_nodes import Node
from deskwatch.settings import Strict, clip, nearest

Path = tuple[int | str, ...]


def explain(errors: Sequence[ErrorDetails], schema: Any, root: Node | None, file: str) -> list[Problem]:
    """One problem for each mistake. ``schema`` is the type that was validated, ``root`` what the file says.

    A value that fits no branch of a union is one mistake: its sentences are joined.
    """
    words: dict[Path, list[str]] = {}
    for details in errors:
        tag = ("kind",) if details["type"].startswith("union_tag_") else ()
        place = _place(schema, (*details["loc"], *tag))
        sentence = _sentence(details, place)
        known = words.setdefault(place.path, [])
        if sentence not in known:
            known.append(sentence)
    return [problem_at(root, file, path, _either(sentences)) for path, sentences in words.items()]


def problem_at(root: Node | None, file: str, path: Path, message: str) -> Problem:
    """A problem at a setting's place, or at the nearest place above it."""
    mark = root.find(path) if root is not None else None
    return Problem(file, mark.line if mark else 0, mark.column if mark else 0, dotted(path), message)


def dotted(path: Sequence[int | str]) -> str:
    """``calendars.desk.week.mon`` and ``helpdesk.sections[2].title``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _either(sentences: list[str]) -> str:
    """One sentence of several: ``expected all or a list such as [a, b], got 'al'. Did you mean "all"?``"""
    first, *rest = sentences
    if not rest or not all(sentence.startswith("expected ") for sentence in sentences):
        return "; ".join(sentences)
    wanted, got, tail = first.partition(", got ")
    more = [sentence.removeprefix("expected ").partition(", got ")[0] for sentence in rest]
    return " or ".join([wanted, *more]) + got + tail


# --- where it is -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """A setting: its path in the file, without pydantic's own steps, and the models that hold it."""

    path: Path
    holders: tuple[type[BaseModel], ...]


def _place(schema: Any, location: Path) -> _Place:
    types, path = _branches(schema), list[int | str]()
    holders: tuple[type[BaseModel], ...] = ()
    for step in location:
        models = tuple(t for t in types if isinstance(t, type) and issubclass(t, BaseModel))
        tagged = [model for model in models if step in _tags(model)]
        if len(models) > 1 and tagged:
            types = tagged
            continue
        below = [inner for kind in types for inner in _below(kind, step)]
        if (below or models) and step != "[key]":
            path.append(step)
            types, holders = below, models
    return _Place(tuple(path), holders)


def _branches(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _branches(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [branch for part in get_args(annotation) for branch in _branches(part)]
    return [annotation]


def _tags(model: type[BaseModel]) -> tuple[Any, ...]:
    field = model.model_fields.get("kind")
    return get_args(field.annotation) if field else ()


def _below(annotation: Any, step: int | str) -> list[Any]:
    """The types that may stand at ``step`` of a value of this type."""
    origin, args = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(str(step))
        return _branches(field.annotation) if field else []
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _branches(args[1])
    if isinstance(origin, type) and issubclass(origin, Sequence) and isinstance(step, int):
        return _branches(args[0])
    return []


# --- what it is --------------------------------------------------------------------------------------

_EXPECTED = {
    "string_type": "text",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "int_parsing": "a whole number such as 30",
    "int_type": "a whole number such as 30",
    "int_from_float": "a whole number such as 30",
    "int_parsing_size": "a smaller number",
    "float_parsing": "a number such as 1.5",
    "float_type": "a number such as 1.5",
    "finite_number": "a number such as 1.5",
    "list_type": "a list such as [a, b]",
    "tuple_type": "a list such as [a, b]",
    "set_type": "a list such as [a, b]",
    "frozen_set_type": "a list such as [a, b]",
    "dict_type": "settings (key: value, each on a line)",
    "mapping_type": "settings (key: value, each on a line)",
    "model_type": "settings (key: value, each on a line)",
    "model_attributes_type": "settings (key: value, each on a line)",
    "date_type": "a date such as 2026-12-24",
    "date_parsing": "a date such as 2026-12-24",
    "date_from_datetime_parsing": "a date such as 2026-12-24",
    "date_from_datetime_inexact": "a date such as 2026-12-24",
    "datetime_type": "a date and time such as 2026-12-24 18:00",
    "datetime_parsing": "a date and time such as 2026-12-24 18:00",
    "datetime_from_date_parsing": "a date and time such as 2026-12-24 18:00",
    "path_type": "a path",
    "none_required": "nothing",
}


def _sentence(details: ErrorDetails, place: _Place) -> str:
    kind, value = details["type"], details["input"]
    if expected := _EXPECTED.get(kind):
        return f"expected {expected}, got {kind_of(value)}"
    explain_more = _EXPLAIN.get(kind)
    if explain_more is None:
        return "this value does not fit here; docs/configuration.md says what does"
    return explain_more(details.get("ctx", {}), value, place)


def kind_of(value: object) -> str:
    """What a value of the file is, in words; short texts are quoted."""
    if isinstance(value, str):
        return clip(value)
    names = {dict: "settings (key: value)", list: "a list", bool: "true or false", type(None): "nothing"}
    return names.get(type(value), "something else")


def _own(context: Mapping[str, Any], value: object, place: _Place) -> str:
    return str(context["error"])


def _unknown(context: Mapping[str, Any], value: object, place: _Place) -> str:
    key = str(place.path[-1])
    known = [name for model in place.holders for name in model.model_fields]
    words = next((m.unknown_key for m in place.holders if issubclass(m, Strict)), "unknown setting")
    if hint := nearest(key, known):
        return f"{words}.{hint}"
    return f"{words} (known here: {', '.join(known)})" if words == Strict.unknown_key else words


def _word(context: Mapping[str, Any], value: object, place: _Place) -> str:
    words = re.findall(r"'([^']*)'", str(context.get("expected") or context.get("expected_tags")))
    if not isinstance(value, str):
        return f"expected {_or(words)}, got {kind_of(value)}"
    return f"expected {_or(words)}, got {clip(value)}.{nearest(value, words)}".removesuffix(".")


def _tag(context: Mapping[str, Any], value: object, place: _Place) -> str:
    words = re.findall(r"'([^']*)'", str(context.get("expected_tags", "")))
    tag = str(context.get("tag", ""))
    return f"expected {_or(words)}, got {clip(tag)}.{nearest(tag, words)}".removesuffix(".")


def _or(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _bound(words: str, key: str) -> "Callable[[Mapping[str, Any], object, _Place], str]":
    return lambda context, value, place: f"must be {words} {context[key]}, got {kind_of(value)}"


def _length(words: str, key: str) -> "Callable[[Mapping[str, Any], object, _Place], str]":
    def sentence(context: Mapping[str, Any], value: object, place: _Place) -> str:
        one, many = ("character", "characters") if isinstance(value, str) else ("entry", "entries")
        return f"needs {words} {context[key]} {one if context[key] == 1 else many}"

    return sentence


_EXPLAIN: dict[str, Callable[[Mapping[str, Any], object, _Place], str]] = {
    "value_error": _own,
    "assertion_error": _own,
    "extra_forbidden": _unknown,
    "missing": lambda context, value, place: "is missing",
    "literal_error": _word,
    "enum": _word,
    "union_tag_invalid": _tag,
    "union_tag_not_found": lambda context, value, place: "is missing; it says which kind this is",
    "greater_than_equal": _bound("at least", "ge"),
    "greater_than": _bound("more than", "gt"),
    "less_than_equal": _bound("at most", "le"),
    "less_than": _bound("less than", "lt"),
    "string_too_short": _length("at least", "min_length"),
    "string_too_long": _length("at most", "max_length"),
    "too_short": _length("at least", "min_length"),
    "too_long": _length("at most", "max_length"),
    "string_pattern_mismatch": lambda context, value, place: f"{kind_of(value)} is not written as expected",
    "secret_missing": lambda context, value, place: str(context["words"]),
}
