"""The fixed steps between what a helpdesk says and what a ticket has, applied in their declared order.

A step that works on texts works on each entry of a list; entries that become nothing fall out.
"""

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deskwatch.settings import clip
from deskwatch.sources.rest.dates import DateError, DateReader
from deskwatch.sources.rest.document_text import DocumentError, document_to_text
from deskwatch.sources.rest.field_settings import DateSettings, RegexStep, Step
from deskwatch.sources.rest.html_text import html_to_text
from deskwatch.sources.rest.patterns import Pattern, PatternError
from deskwatch.sources.rest.values import is_nothing, kind_of, text_of

MOST_ENTRIES = 200
"""Entries of a list that are looked at."""


class StepError(ValueError):
    """A value that a step cannot work with; the message says which and why."""


@dataclass(slots=True)
class Reading:
    """What is known while one item is read, and what there is to tell about it."""

    lookups: Mapping[str, Mapping[str, str]]
    notes: dict[str, str] = field(default_factory=dict)
    """Place of a field (``fields.created_at``) to why it could not be read."""
    unmapped: list[str] = field(default_factory=list)


Act = Callable[[Any, Reading], Any]


def acts_of(
    steps: Iterable[str | Step], *, name: str, dates: DateSettings, day_ends: bool = False
) -> tuple[Act, ...]:
    """The steps of a field, ready to be done. ``name`` is what unmapped words call the field."""
    return tuple(_act(step, name, dates, day_ends) for step in steps)


def _act(step: str | Step, name: str, dates: DateSettings, day_ends: bool) -> Act:
    if isinstance(step, str):
        if step == "date":
            return _date(DateReader(dates, day_ends=day_ends))
        return _WORDS[step]
    if step.date is not None:
        merged = dates.model_copy(update={key: getattr(step.date, key) for key in step.date.model_fields_set})
        return _date(DateReader(merged, day_ends=day_ends))
    if step.default is not None:
        return _default(step.default)
    if step.map is not None:
        return _map(step.map, name)
    if step.ranges is not None:
        return _ranges(step.ranges)
    if step.regex is not None:
        return _regex(step.regex)
    if step.null_if is not None:
        return _null_if(step.null_if)
    if step.lookup is not None:
        return _lookup(step.lookup)
    return _split(step.split or ",")


def _each(work: Callable[[str, Reading], Any], wanted: str = "a text") -> Act:
    """A step on one text as a step on a value: nothing stays nothing, a list is worked on entry by entry."""

    def one(value: Any, reading: Reading) -> Any:
        text = text_of(value)
        if text is None:
            raise StepError(f"expected {wanted}, found {kind_of(value)}")
        return work(text, reading)

    def act(value: Any, reading: Reading) -> Any:
        if value is None:
            return None
        if not isinstance(value, list):
            return one(value, reading)
        done = (one(entry, reading) for entry in value[:MOST_ENTRIES] if entry is not None)
        return [entry for entry in done if not is_nothing(entry)]

    return act


def _first(value: Any, reading: Reading) -> Any:
    if not isinstance(value, list):
        return value
    return next((entry for entry in value[:MOST_ENTRIES] if not is_nothing(entry)), None)


def _text(value: Any, reading: Reading) -> Any:
    if not isinstance(value, list):
        return value if isinstance(value, dict) else text_of(value)
    texts = (text_of(entry) for entry in value[:MOST_ENTRIES])
    return ", ".join(text for text in texts if text)


def _number(text: str, reading: Reading) -> Any:
    found = _NUMBER.search(text[:200].replace("\u00a0", " "))
    if found is None:
        if not text.strip():
            return None
        raise StepError(f"{clip(text)} has no number in it")
    number = float(found[0].replace(",", "."))
    return int(number) if number.is_integer() else number


_NUMBER = re.compile(r"-?\d{1,18}(?:[.,]\d{1,18})?", re.ASCII)


def _document(value: Any, reading: Reading) -> Any:
    """A tree of nodes, or a list of them, is one text; a text stays."""
    if value is None:
        return None
    try:
        return document_to_text(value)
    except DocumentError as problem:
        raise StepError(f"{problem}, found {kind_of(value)}") from None


def _base64(text: str, reading: Reading) -> str:
    """Also in lines, and as addresses have it. What is no text after all has its odd bytes replaced."""
    plain = "".join(text.split()).translate(_URL_SAFE)
    try:
        told = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:
        raise StepError(f"{clip(text)} is no base64") from None
    return told.decode("utf-8-sig", "replace")


_URL_SAFE = str.maketrans("-_", "+/")

_WORDS: dict[str, Act] = {
    "trim": _each(lambda text, reading: text.strip(" \t\r\n\f\v\u00a0\u200b\ufeff")),
    "lower": _each(lambda text, reading: text.lower()),
    "html_to_text": _each(lambda text, reading: html_to_text(text)),
    "document_to_text": _document,
    "base64": _each(_base64),
    "number": _each(_number, "a number"),
    "text": _text,
    "first": _first,
}


def _date(reader: DateReader) -> Act:
    def act(value: Any, reading: Reading) -> Any:
        try:
            return reader.read(value)
        except DateError as problem:
            raise StepError(str(problem)) from None

    return act


def _default(text: str) -> Act:
    return lambda value, reading: text if is_nothing(value) else value


def _map(texts: Mapping[str, str | None], name: str) -> Act:
    known = {key.strip().casefold(): text for key, text in texts.items()}

    def one(text: str, reading: Reading) -> Any:
        key = text.strip().casefold()
        if key in known:
            return known[key]
        if not key:
            return text
        reading.unmapped.append(f"{name} {clip(text.strip())}")
        return known.get("*", text)

    return _each(one)


def _ranges(texts: Mapping[str, str]) -> Act:
    steps = sorted(((float(start), text) for start, text in texts.items()), reverse=True)

    def one(text: str, reading: Reading) -> Any:
        try:
            number = float(text)
        except ValueError:
            if not text.strip():
                return None
            raise StepError(f"{clip(text)} is not a number") from None
        for start, name in steps:
            if number >= start:
                return name
        return None

    return _each(one, "a number")


def _regex(settings: RegexStep) -> Act:
    pattern = Pattern(settings.pattern)

    def one(text: str, reading: Reading) -> Any:
        try:
            return pattern.find(text)
        except PatternError as problem:
            raise StepError(str(problem)) from None

    return _each(one)


def _null_if(texts: Iterable[str]) -> Act:
    nothing = frozenset(text.strip().casefold() for text in texts)
    return _each(lambda text, reading: None if text.strip().casefold() in nothing else text)


def _lookup(table: str) -> Act:
    def one(text: str, reading: Reading) -> Any:
        return reading.lookups.get(table, {}).get(text.strip(), text)

    return _each(one)


def _split(separator: str) -> Act:
    def act(value: Any, reading: Reading) -> Any:
        if value is None or isinstance(value, list):
            return value
        parts = (text_of(value) or "").split(separator, MOST_ENTRIES)[:MOST_ENTRIES]
        return [part.strip() for part in parts if part.strip()]

    return act
