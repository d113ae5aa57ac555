"""What is wrong with a described helpdesk although each of its settings is fine: names that nobody gave."""

import ssl
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from deskwatch.settings import nearest
from deskwatch.sources.rest.auth_settings import BodyAuth, LoginAuth
from deskwatch.sources.rest.field_mistakes import field_doubts, field_mistakes
from deskwatch.sources.rest.places import places_of
from deskwatch.sources.rest.secret_mistakes import secret_doubts, secret_mistakes
from deskwatch.sources.rest.settings import RestSettings
from deskwatch.sources.rest.settings_tree import Mistake, Place, requests_of, texts_of

_PLACES: Mapping[int | str, Collection[str]] = {"changes": ("since", "token"), "one": ("id", "id_number")}
"""What can stand in a place of a request, besides the secrets in ``auth``."""


def mistakes(settings: RestSettings) -> Iterator[Mistake]:
    """What has to be mended before the helpdesk can be read."""
    yield from _auth(settings)
    for place, request in requests_of(settings):
        if place[0] != "details":  # any plain field of an item is a place there
            yield from _unknown_places(place, request, _PLACES.get(place[0], ()), "has no value here")
        if "://" in (request.path or ""):
            yield (
                (*place, "path"),
                "is below base_url: write only what follows the host, such as /api/tickets",
            )
    yield from _details(settings)
    yield from _changes(settings)
    if settings.one is not None and not _uses(settings.one, "id", "id_number"):
        yield ("one", "path"), "needs the place {id}: this request asks for one ticket"
    yield from field_mistakes(settings)
    yield from secret_mistakes(settings)


def doubts(settings: RestSettings) -> Iterator[Mistake]:
    """What is worth a look."""
    yield from _certificates(settings)
    yield from secret_doubts(settings)
    yield from field_doubts(settings)


def _auth(settings: RestSettings) -> Iterator[Mistake]:
    known = list(settings.secrets)
    if isinstance(settings.auth, LoginAuth):
        for place, text in texts_of(settings.auth, ("auth",)):
            session = ["session"] if place[1] in ("send", "logout") else []
            yield from _unknown(place, text, [*known, *session], "is not one of secrets")
    else:
        yield from _unknown_places(("auth",), settings.auth, known, "is not one of secrets")
    if isinstance(settings.auth, BodyAuth):
        for place, request in requests_of(settings):
            if (request.method or settings.tickets.method) != "POST":
                yield place, "does not say who asks: auth is in the body, so it needs method: POST"


def _certificates(settings: RestSettings) -> Iterator[Mistake]:
    """A doubt and no mistake: it may lie on a share that is away, and other helpdesks do not need it."""
    ca = settings.tls.ca
    if ca is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(ca)
    except ssl.SSLError:
        yield ("tls", "ca"), f"there is no certificate (PEM) in {ca}"
    except OSError as error:
        yield ("tls", "ca"), f"{ca} cannot be read ({error.strerror})"


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


def _details(settings: RestSettings) -> Iterator[Mistake]:
    """A detail can use what those above it found, for they are asked for in the order of the file."""
    waiting = list(settings.details)
    for name, detail in settings.details.items():
        for place, text in texts_of(detail, ("details", name)):
            for inner in places_of(text):
                if inner.partition(".")[2] and inner.partition(".")[0] in waiting:
                    first = inner.partition(".")[0]
                    words = "itself" if first == name else f"{first}, which is asked for later: move it up"
                    yield place, f"the place {{{inner}}} is in the answer to {words}"
        waiting.remove(name)


def _uses(request: Any, *names: str) -> bool:
    return any(name in names for _, text in texts_of(request, ()) for name in places_of(text))


def _unknown_places(place: Place, request: Any, known: Collection[str], words: str) -> Iterator[Mistake]:
    for where, text in texts_of(request, place):
        yield from _unknown(where, text, known, words)


def _unknown(place: Place, text: str, known: Collection[str], words: str) -> Iterator[Mistake]:
    for name in places_of(text):
        if name not in known:
            hint = nearest(name, known)
            there = "" if hint or not known else f" (known here: {', '.join(f'{{{k}}}' for k in known)})"
            yield place, f"the place {{{name}}} {words}{hint and '.'}{hint}{there}"
