"""What is wrong with a described helpdesk although each of its settings is fine: names that nobody gave."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from deskwatch.settings import clip, nearest
from deskwatch.sources.rest.auth_settings import LoginAuth
from deskwatch.sources.rest.field_settings import FieldSettings, Step
from deskwatch.sources.rest.places import places_of
from deskwatch.sources.rest.settings import RequestSettings, RestSettings

Place = tuple[int | str, ...]
"""Where in the file: ``("tickets", "params", "query")``."""
Mistake = tuple[Place, str]
"""Where, and one sentence about it."""


def mistakes(settings: RestSettings) -> Iterator[Mistake]:
    """What has to be mended before the helpdesk can be read."""
    yield from _auth(settings)
    for place, request, known in _requests(settings):
        yield from _unknown_places(place, request, known, "has no value here")
    yield from _changes(settings)
    if settings.one is not None and not _uses(settings.one, "id"):
        yield ("one", "path"), "needs the place {id}: this request asks for one ticket"
    yield from _lookups(settings)


def doubts(settings: RestSettings) -> Iterator[Mistake]:
    """What is worth a look."""
    used = {name for _, text in _texts(settings.auth, ()) for name in places_of(text)}
    for name in settings.secrets:
        if name not in used:
            yield ("secrets", name), f"is not used: no text of auth has the place {{{name}}}"
    if settings.statuses and settings.fields.status is None:
        yield ("statuses",), "is not used: fields.status does not say where an item has its status"
    if settings.priorities and settings.fields.priority is None:
        yield ("priorities",), "is not used: fields.priority does not say where an item has its priority"


def _auth(settings: RestSettings) -> Iterator[Mistake]:
    known = list(settings.secrets)
    if isinstance(settings.auth, LoginAuth):
        for place, text in _texts(settings.auth, ("auth",)):
            session = ["session"] if place[1] in ("send", "logout") else []
            yield from _unknown(place, text, [*known, *session], "is not one of secrets")
    else:
        yield from _unknown_places(("auth",), settings.auth, known, "is not one of secrets")


def _requests(settings: RestSettings) -> Iterator[tuple[Place, Any, Collection[str]]]:
    """Every request whose places are known beforehand; those of ``details`` and ``link`` are of items."""
    yield ("tickets",), settings.tickets, ()
    if settings.changes is not None:
        yield ("changes",), settings.changes, ("since", "token")
    if settings.one is not None:
        yield ("one",), settings.one, ("id",)
    if settings.probe is not None:
        yield ("probe",), settings.probe, ()
    for name, lookup in settings.lookups.items():
        if lookup.fetch is not None:
            yield ("lookups", name, "fetch"), lookup.fetch, ()


def _changes(settings: RestSettings) -> Iterator[Mistake]:
    changes = settings.changes
    if changes is None:
        return
    if not _uses(changes, "since", "token"):
        yield ("changes",), "asks for everything each time: one of its params needs the place {since}"
    if changes.token is None and _uses(changes, "token"):
        yield ("changes",), "has the place {token}, but changes.token does not say where an answer has one"
    if changes.token is not None and not changes.token_params:
        yield ("changes", "token"), "is not sent: token_params has no parameter with the place {token}"
    if changes.token is None and settings.fields.updated_at is None:
        yield ("changes",), "needs fields.updated_at: {since} is the newest change that was seen"


def _lookups(settings: RestSettings) -> Iterator[Mistake]:
    for place, where in _fields(settings.fields, ("fields",)):
        for number, step in enumerate(where.steps):
            name = step.lookup if isinstance(step, Step) else None
            if name is not None and name not in settings.lookups:
                hint = nearest(name, settings.lookups)
                yield (
                    (*place, "steps", number),
                    f"there is no table {clip(name)} in lookups{hint and '.'}{hint}",
                )


def _fields(part: Any, place: Place) -> Iterator[tuple[Place, FieldSettings]]:
    if isinstance(part, FieldSettings):
        yield place, part
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from _fields(getattr(part, name), (*place, name))


def _uses(request: Any, *names: str) -> bool:
    return any(name in names for _, text in _texts(request, ()) for name in places_of(text))


def _unknown_places(place: Place, request: Any, known: Collection[str], words: str) -> Iterator[Mistake]:
    for where, text in _texts(request, place):
        yield from _unknown(where, text, known, words)


def _unknown(place: Place, text: str, known: Collection[str], words: str) -> Iterator[Mistake]:
    for name in places_of(text):
        if name not in known:
            hint = nearest(name, known)
            there = "" if hint or not known else f" (known here: {', '.join(f'{{{k}}}' for k in known)})"
            yield place, f"the place {{{name}}} {words}{hint and '.'}{hint}{there}"


_FREE = ("headers", "format")
"""Of a request: texts without places."""


def _texts(part: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Every text that may have places, with where it stands; expressions are none."""
    if isinstance(part, str):
        yield place, part
    elif isinstance(part, BaseModel):
        free = _FREE if isinstance(part, RequestSettings) else ()
        for name in type(part).model_fields:
            if name not in free and name != "since":
                yield from _texts(getattr(part, name), (*place, name))
    elif isinstance(part, Mapping):
        for name, inner in part.items():
            yield from _texts(inner, (*place, name))
    elif isinstance(part, list):
        for number, inner in enumerate(part):
            yield from _texts(inner, (*place, number))
