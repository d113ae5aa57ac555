"""Secrets that a description of a helpdesk has in the open, forgets, or would send readable."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from deskwatch.settings import is_loopback
from deskwatch.sources.rest.auth_settings import Auth, BasicAuth, LoginAuth, NoAuth, OAuth2
from deskwatch.sources.rest.places import PLACE, places_of
from deskwatch.sources.rest.settings import RestSettings
from deskwatch.sources.rest.settings_tree import Mistake, texts_of

_HOW = "put it where env:NAME or file:PATH finds it, name it under secrets, and write its place, {name}, here"
_LONG = re.compile(r"[A-Za-z0-9+/_=-]{16,}")
_CLIENT = re.compile(r"client[_-]?id|scope|tenant|audience|resource", re.IGNORECASE)
_NAMED = re.compile(r"(.*[_-])?(secret|password|token|key|authorization)", re.IGNORECASE)
_TELLING = re.compile(
    r"authorization|cookie|(x-)?(api|auth|access|private|app|user|session)?[_-]?(key|token|secret|password)",
    re.IGNORECASE,
)


def secret_mistakes(settings: RestSettings) -> Iterator[Mistake]:
    """What has to be mended before a secret is sent anywhere. No message repeats a text of ``auth``."""
    auth = settings.auth
    texts = list(texts_of(auth, ("auth",)))
    if not isinstance(auth, NoAuth) and not any(
        name in settings.secrets for _, text in texts for name in places_of(text)
    ):
        yield ("auth",), f"has no secret: {_HOW}"
    for place, text in texts:
        if place[1] not in ("kind", "method", "path", "logout") and not _CLIENT.fullmatch(str(place[-1])):
            if _looks_secret(PLACE.sub(" ", text)):
                yield place, f"looks like a secret that is written into YAML: {_HOW}"
            elif not places_of(text) and _NAMED.fullmatch(str(place[-1])) and not _is_filler(auth, text):
                yield place, f"is a secret that is written into YAML: {_HOW}"
    for place, text in _telling(settings):
        if text and not places_of(text):
            yield place, "carries a secret: auth (kind: header or query) is the place for it"
    yield from _readable(settings)


def secret_doubts(settings: RestSettings) -> Iterator[Mistake]:
    """What is worth a look."""
    used = {name for _, text in texts_of(settings.auth, ()) for name in places_of(text)}
    for name in settings.secrets:
        if name not in used:
            yield ("secrets", name), f"is not used: no text of auth has the place {{{name}}}"


def _looks_secret(text: str) -> bool:
    """Whether a text has a long word of letters and digits in it, as keys are."""
    return any(re.search(r"\d", word) and re.search(r"[A-Za-z]", word) for word in _LONG.findall(text))


def _is_filler(auth: Auth, text: str) -> bool:
    """Whether a password only fills its place, such as ``X`` beside a key that is the user."""
    return not text or (isinstance(auth, BasicAuth) and bool(places_of(auth.user)))


def _telling(settings: RestSettings) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """Headers and parameters of requests that carry a secret by their very name."""
    requests = {"tickets": settings.tickets, "one": settings.one, "probe": settings.probe}
    for key, request in requests.items():
        if request is not None:
            for part, given in (("headers", request.headers), ("params", request.params)):
                for name, text in given.items():
                    if _TELLING.fullmatch(name):
                        yield (key, part, name), text


def _readable(settings: RestSettings) -> Iterator[Mistake]:
    """Addresses without encryption, to another machine."""
    if settings.allow_http:
        return
    auth = settings.auth
    login = [(("auth", "path"), auth.path)] if isinstance(auth, OAuth2 | LoginAuth) else []
    for place, address in [(("base_url",), settings.base_url), *login]:
        parts = urlsplit(PLACE.sub("x", address))
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            yield (
                place,
                "has to begin with https://; anybody on the way could read the key and the tickets. "
                "allow_http: true permits it all the same",
            )
