"""From what a file says about a request to the request itself: places are filled in, nothing else happens."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from deskwatch.sources.rest.places import PLACE, places_of, plain_value
from deskwatch.sources.rest.settings import ChangesSettings, ListSettings, RequestSettings

LONGEST_PLACE = 20_000
"""Characters of what stands in a place."""


class PlaceError(ValueError):
    """A place that nothing fills; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request.

    Attributes:
        part: the settings behind it, such as ``tickets`` or ``details.sla``, for errors.
        doing: completes "while …" in an error.
        url: a whole address of the helpdesk's own host that replaces ``path``; its query is in it.
    """

    part: str
    doing: str
    method: str = "GET"
    path: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    ok: tuple[int, ...] = (200,)
    empty: tuple[int, ...] = ()
    url: str | None = None

    def with_(self, **changes: Any) -> "Request":
        """A copy with some of it changed."""
        return replace(self, **changes)


def fill(text: str, places: Mapping[str, Any]) -> str:
    """The text with its places filled in as they are.

    Raises:
        PlaceError: a place has no value.
    """
    return PLACE.sub(lambda match: _value(match[1], places), text)


def fill_path(text: str, places: Mapping[str, Any]) -> str:
    """The text with places filled in so that no value can add to the path or leave it.

    Raises:
        PlaceError: a place has no value, or one that means another folder.
    """

    def encoded(name: str) -> str:
        value = _value(name, places)
        if value in (".", ".."):
            raise PlaceError(f"{{{name}}} is {value!r}, which names another address")
        return quote(value, safe="")

    return PLACE.sub(lambda match: encoded(match[1]), text)


def fill_body(body: Any, places: Mapping[str, Any]) -> Any:
    """The body with the places in its texts filled in; a text that is one place keeps the value's kind.

    Raises:
        PlaceError: a place has no value.
    """
    if isinstance(body, str):
        alone = PLACE.fullmatch(body)
        value = places.get(alone[1]) if alone else None
        return value if isinstance(value, int | float) else fill(body, places)
    if isinstance(body, Mapping):
        return {fill(str(key), places): fill_body(value, places) for key, value in body.items()}
    if isinstance(body, list):
        return [fill_body(part, places) for part in body]
    return body


def with_parts(body: Any, parts: Mapping[str, Any]) -> dict[str, Any]:
    """The body with some more in it; ``params.offset`` is inside ``params`` where the body has that."""
    whole = dict(body) if isinstance(body, Mapping) else {}
    for name, value in parts.items():
        outer, _, inner = name.partition(".")
        if inner and name not in whole and isinstance(whole.get(outer), Mapping):
            whole[outer] = with_parts(whole[outer], {inner: value})
        else:
            whole[name] = value
    return whole


def without_parts(body: Any, names: Iterable[str]) -> Any:
    """The body without what ``with_parts`` puts there."""
    whole = dict(body) if isinstance(body, Mapping) else body
    for name in names if isinstance(whole, dict) else ():
        outer, _, inner = name.partition(".")
        if inner and name not in whole and isinstance(whole.get(outer), Mapping):
            whole[outer] = without_parts(whole[outer], [inner])
        whole.pop(name, None)
    return whole


def places_of_id(id_: str) -> dict[str, str | int]:
    """What stands for an id: ``{id}``, and ``{id_number}``, which is a number in a body if the id is one."""
    is_number = id_.isascii() and id_.isdigit() and len(id_) <= 18
    return {"id": id_, "id_number": int(id_) if is_number else id_}


def request_of(
    settings: RequestSettings, *, part: str, doing: str, places: Mapping[str, Any] | None = None
) -> Request:
    """The request that some settings describe.

    Raises:
        PlaceError: a place has no value.
    """
    places = places or {}
    return Request(
        part=part,
        doing=doing,
        method=settings.method,
        path=fill_path(settings.path, places),
        params={name: fill(text, places) for name, text in settings.params.items()},
        headers=dict(settings.headers),
        body=fill_body(settings.body, places),
        ok=tuple(settings.ok),
        empty=tuple(settings.empty),
    )


def changes_list(tickets: ListSettings, changes: ChangesSettings, *, with_token: bool) -> ListSettings:
    """The list of changes: all that ``changes`` does not say is as in ``tickets``."""
    kept = {name: text for name, text in tickets.params.items() if name not in changes.drop_params}
    added = changes.token_params if with_token else changes.params
    updates: dict[str, Any] = {"params": {**kept, **added}}
    for name in ("method", "path", "headers", "body", "ok", "empty", "items", "keep", "format", "paging"):
        value = getattr(changes, name)
        if value is not None:
            updates[name] = value
    return tickets.model_copy(update=updates)


def uses(settings: RequestSettings, place: str) -> bool:
    """Whether a request has this place anywhere."""
    return place in {name for text in _texts_of(settings) for name in places_of(text)}


def _texts_of(settings: RequestSettings) -> list[str]:
    texts = [settings.path, *settings.params.values()]
    rest: list[Any] = [settings.body]
    while rest:
        part = rest.pop()
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, Mapping):
            rest += [*part.keys(), *part.values()]
        elif isinstance(part, list):
            rest += part
    return texts


def _value(name: str, places: Mapping[str, Any]) -> str:
    value: Any = places.get(name)
    if value is None:
        value = plain_value(places, name)
    if value is None or isinstance(value, Mapping | list):
        raise PlaceError(f"nothing stands for the place {{{name}}}")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if len(text) > LONGEST_PLACE or any(c < " " or c == "\x7f" for c in text):
        raise PlaceError(f"what stands for the place {{{name}}} is too long or has control characters")
    return text
