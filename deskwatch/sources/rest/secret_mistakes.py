"""Secrets that a description of a helpdesk has in the open, forgets, or would send readable."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from deskwatch.settings import is_loopback
from deskwatch.sources.rest.auth_settings import Auth, BasicAuth, LoginAuth, NoAuth, OAuth2
from deskwatch.sources.rest.places import PLACE, places_of
from deskwatch.sources.rest.settings import RestSettings
from deskwatch.sources.rest.settings_tree import Mistake, Place, requests_of, texts_of

_HOW = "put it where env:NAME or file:PATH finds it, name it under secrets, and write its place, {name}, here"
_LONG = re.compile(r"[A-Za-z0-9+/_=-]{16,}")
_CLIENT = re.compile(r"client[_-]?id|scope|tenant|audience|resource", re.IGNORECASE)
_NAMED = re.compile(r"(.*[_-])?(secret|password|token|key|authorization)", re.IGNORECASE)
_TELLING = re.compile(
    r"authorization|cookie|(x-)?(api|auth|access|private|app|user|session)?[_-]?(key|token|secret|password)",
    re.IGNORECASE,
)
_POSTED = re.compile(
    r"authorization|cookie|password|secret|(x-)?(api|auth|access|private|app|user|session)[_-]?(key|token|secret)",
    re.IGNORECASE,
)
"""In a body, ``key`` and ``token`` alone are often something else."""


def secret_mistakes(settings: RestSettings) -> Iterator[Mistake]:
    """What has to be mended before a secret is sent anywhere. No message repeats a text of ``auth``."""
    auth = settings.auth
    texts = list(texts_of(auth, ("auth",)))
    open_ = [place for place, text in texts if _is_open(auth, place, text)]
    for place in open_:
        yield place, f"is a secret that is written into YAML: {_HOW}"
    if not isinstance(auth, NoAuth) and not open_ and not any(places_of(text) for _, text in texts):
        yield ("auth",), f"has no secret: {_HOW}"
    for place, text in _telling(settings):
        if text and not places_of(text):
            kind = "body" if "body" in place else "header or query"
            yield place, f"carries a secret: auth (kind: {kind}) is the place for it"
    yield from _readable(settings)


def secret_doubts(settings: RestSettings) -> Iterator[Mistake]:
    """What is worth a look."""
    used = {name for _, text in texts_of(settings.auth, ()) for name in places_of(text)}
    for name in settings.secrets:
        if name not in used:
            yield ("secrets", name), f"is not used: no text of auth has the place {{{name}}}"


def _is_open(auth: Auth, place: Place, text: str) -> bool:
    """Whether a text of ``auth`` is, or has in it, what belongs under ``secrets``."""
    name = str(place[-1])
    if place[1] in ("kind", "method", "path", "logout") or _CLIENT.fullmatch(name):
        return False
    words = _LONG.findall(PLACE.sub(" ", text))
    if any(re.search(r"\d", word) and re.search(r"[A-Za-z]", word) for word in words):
        return True
    is_filler = isinstance(auth, BasicAuth) and bool(places_of(auth.user))  # such as X beside a key as user
    return bool(text) and not places_of(text) and not is_filler and _NAMED.fullmatch(name) is not None


def _telling(settings: RestSettings) -> Iterator[tuple[Place, str]]:
    """Headers and parameters of requests that carry a secret by their very name."""
    for place, request in requests_of(settings):
        for part in ("headers", "params", "token_params"):
            for name, text in (getattr(request, part, None) or {}).items():
                if _TELLING.fullmatch(name):
                    yield (*place, part, name), text
        for where, text in texts_of(request.body, (*place, "body")):
            if _POSTED.fullmatch(str(where[-1])):
                yield where, text
        for name, text in parse_qsl(urlsplit(request.path or "").query):
            if _TELLING.fullmatch(name):
                yield (*place, "path"), text


def _readable(settings: RestSettings) -> Iterator[Mistake]:
    """Addresses without encryption, to another machine."""
    if settings.allow_http:
        return
    auth = settings.auth
    login = [(("auth", "path"), auth.path)] if isinstance(auth, OAuth2 | LoginAuth) else []
    for place, address in [(("base_url",), settings.base_url), *login]:
        try:
            parts = urlsplit(PLACE.sub("x", address))
        except ValueError:
            yield place, "is no address, such as https://login.example.com/token"
            continue
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            yield (
                place,
                "has to begin with https://; anybody on the way could read the key and the tickets. "
                "allow_http: true permits it all the same",
            )
