"""Where in a description of a helpdesk something stands, so that a mistake is found at its line."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from deskwatch.sources.rest.field_settings import FieldSettings, PersonFields
from deskwatch.sources.rest.settings import ChangesSettings, RequestSettings, RestSettings

Place = tuple[int | str, ...]
"""Where in the file: ``("tickets", "params", "query")``."""
Mistake = tuple[Place, str]
"""Where, and one sentence about it."""

_FREE = ("headers", "format")
"""Of a request: texts without places."""


def texts_of(part: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Every text that may have places, with where it stands; expressions are none."""
    if isinstance(part, str):
        yield place, part
    elif isinstance(part, BaseModel):
        free = _FREE if isinstance(part, RequestSettings | ChangesSettings) else ()
        for name in type(part).model_fields:
            if name not in free and name != "since":
                yield from texts_of(getattr(part, name), (*place, name))
    elif isinstance(part, Mapping):
        for name, inner in part.items():
            yield from texts_of(inner, (*place, name))
    elif isinstance(part, list):
        for number, inner in enumerate(part):
            yield from texts_of(inner, (*place, number))


def digest_of(*parts: object) -> str:
    """The same for the same settings, so that what was remembered under other ones is known as such."""
    return hashlib.blake2b(repr(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()


def requests_of(settings: RestSettings) -> Iterator[tuple[Place, RequestSettings | ChangesSettings]]:
    """Every request of the file but those of ``auth``, with where it stands."""
    for key in ("tickets", "changes", "one", "probe"):
        if (request := getattr(settings, key)) is not None:
            yield (key,), request
    yield from ((("details", name), detail) for name, detail in settings.details.items())
    for name, lookup in settings.lookups.items():
        if lookup.fetch is not None:
            yield ("lookups", name, "fetch"), lookup.fetch


def fields_of(part: Any, place: Place) -> Iterator[tuple[Place, FieldSettings]]:
    """Every field of ``fields``, those of people too, with where it stands."""
    if isinstance(part, FieldSettings):
        yield place, part
        yield from fields_of(part.otherwise, (*place, "otherwise"))
    elif isinstance(part, BaseModel):
        if isinstance(part, PersonFields) and part.path is not None and part.named is not None:
            yield place, part.named
        for name in type(part).model_fields:
            yield from fields_of(getattr(part, name), (*place, name))
