"""How requests prove who asks: fixed ones, tokens that are fetched, sessions that are begun."""

import base64
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from deskwatch.clock import Monotonic
from deskwatch.settings import is_loopback
from deskwatch.sources.http_client import Answer
from deskwatch.sources.rest.auth_settings import (
    Auth,
    BasicAuth,
    BodyAuth,
    HeaderAuth,
    LoginAuth,
    OAuth2,
    QueryAuth,
)
from deskwatch.sources.rest.expression import ExpressionError
from deskwatch.sources.rest.requests import Request, fill, fill_body, fill_path
from deskwatch.sources.rest.words import Words
from deskwatch.sources.source import SourceError

LONGEST_TOKEN = 20_000


@dataclass(frozen=True, slots=True)
class Proof:
    """What goes along with a request."""

    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    posted: Mapping[str, str] = field(default_factory=dict)
    """Parts of the body."""


def secrets_of(proof: Proof) -> list[str]:
    """What must not be repeated of a proof: whole values, and what follows a word such as ``Bearer``."""
    values = [*proof.headers.values(), *proof.params.values(), *proof.posted.values()]
    return [text for value in values for text in (value, value.partition(" ")[2])]


class Authenticator(Protocol):
    """One way in. ``proof`` may ask the helpdesk for a token first."""

    def proof(self) -> Proof:
        """What goes along now."""

    def renew(self, refused: Proof) -> bool:
        """The proof was refused: whether another one is worth a try. Answers at once when nothing helps."""

    def close(self) -> None:
        """Leave politely; errors are nobody's business any more."""


@dataclass(slots=True)
class Fixed:
    """The same proof each time."""

    given: Proof

    def proof(self) -> Proof:
        """It."""
        return self.given

    def renew(self, refused: Proof) -> bool:
        """The key does not get better by repeating it."""
        return False

    def close(self) -> None:
        """Nothing was begun."""


Ask = Callable[..., Answer]
"""``ask(request, form=…)``: one request without proof; raises SourceError."""


class Tokens:
    """A token or session that has to be fetched, kept by one lock for all threads of a source."""

    def __init__(
        self, fetch: Callable[[], tuple[Proof, float | None]], words: Words, clock: Monotonic
    ) -> None:
        self._fetch, self._words, self._clock = fetch, words, clock
        self._lock = threading.Lock()
        self._proof: Proof | None = None
        self._ends: float | None = None

    @property
    def held(self) -> Proof | None:
        """What is held now, without asking."""
        return self._proof

    def proof(self) -> Proof:
        """The token; fetched when there is none or it is about to end."""
        with self._lock:
            if self._proof is None or (self._ends is not None and self._clock() >= self._ends):
                self._proof = None
                self._proof, life = self._fetch()
                self._words.hide(*secrets_of(self._proof))
                self._ends = None if life is None else self._clock() + life
            return self._proof

    def renew(self, refused: Proof) -> bool:
        """Forget a refused token; true, since the next one may be good."""
        with self._lock:
            if self._proof is refused:
                self._proof = None
            return True

    def close(self) -> None:
        """Forget it."""
        with self._lock:
            self._proof = None


class Sessions(Tokens):
    """A login call; its session is ended at close."""

    def __init__(
        self, auth: LoginAuth, secrets: Mapping[str, str], ask: Ask, words: Words, clock: Monotonic
    ) -> None:
        super().__init__(self._log_in, words, clock)
        self._auth, self._secrets, self._ask = auth, secrets, ask

    def _log_in(self) -> tuple[Proof, float | None]:
        auth, doing = self._auth, "logging in"
        request = Request(
            part="auth",
            doing=doing,
            method=auth.method,
            path=fill_path(auth.path, self._secrets),
            headers={name: fill(text, self._secrets) for name, text in auth.headers.items()},
            body=fill_body(auth.body, self._secrets),
            ok=(200, 201),
        )
        told = decoded(self._ask(request), request, self._words)
        try:
            session = auth.value(told)
        except ExpressionError:
            session = None
        session = str(session) if isinstance(session, str | int) and not isinstance(session, bool) else ""
        if not _can_travel(session):
            problem = f"the answer has no session where auth.value says; check it in {self._words.file}"
            raise self._words.error("auth", doing, problem, status=200)
        places = {**self._secrets, "session": session}
        return Proof({name: fill(text, places) for name, text in auth.send.items()}), None

    def close(self) -> None:
        """End the session, when the file says how."""
        held = self.held
        super().close()
        if held is None or self._auth.logout is None:
            return
        request = Request(
            part="auth.logout",
            doing="logging out",
            path=fill_path(self._auth.logout, self._secrets),
            headers=held.headers,
        )
        try:
            self._ask(request)
        except SourceError:  # it ends by itself some day
            return


def authenticator(
    auth: Auth, secrets: Mapping[str, str], ask: Ask, words: Words, clock: Monotonic
) -> Authenticator:
    """The way in that the settings describe.

    Raises:
        UsageError: a secret was not found.
    """
    way = _way(auth, secrets, ask, words, clock)
    if isinstance(way, Fixed):
        words.hide(*secrets_of(way.given))
    return way


def _way(auth: Auth, secrets: Mapping[str, str], ask: Ask, words: Words, clock: Monotonic) -> Authenticator:
    if isinstance(auth, BasicAuth):
        more = {name: fill(text, secrets) for name, text in auth.headers.items()}
        return Fixed(Proof({**more, **_basic(fill(auth.user, secrets), fill(auth.password, secrets))}))
    if isinstance(auth, HeaderAuth):
        return Fixed(Proof({name: fill(text, secrets) for name, text in auth.headers.items()}))
    if isinstance(auth, QueryAuth):
        return Fixed(Proof(params={name: fill(text, secrets) for name, text in auth.params.items()}))
    if isinstance(auth, BodyAuth):
        return Fixed(Proof(posted={name: fill(text, secrets) for name, text in auth.params.items()}))
    if isinstance(auth, LoginAuth):
        return Sessions(auth, secrets, ask, words, clock)
    if isinstance(auth, OAuth2):
        return Tokens(lambda: _token(auth, secrets, ask, words), words, clock)
    return Fixed(Proof())


def _token(auth: OAuth2, secrets: Mapping[str, str], ask: Ask, words: Words) -> tuple[Proof, float | None]:
    doing = "fetching an access token"
    form = {name: fill(text, secrets) for name, text in auth.params.items()}
    headers: dict[str, str] = {}
    if auth.basic:
        headers = _basic(form.pop("client_id", ""), form.pop("client_secret", ""))
    path = fill(auth.path, secrets) if "://" in auth.path else fill_path(auth.path, secrets)
    url = None
    if "://" in path:
        url, parts = path, urlsplit(path)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise words.config_error(doing, "auth.path must start with https://")
    request = Request(
        part="auth", doing=doing, method="POST", path=path, url=url, headers=headers, ok=(200, 201)
    )
    told = decoded(ask(request, form={"grant_type": "client_credentials", **form}), request, words)
    token = told.get("access_token") if isinstance(told, Mapping) else None
    if not isinstance(token, str) or not _can_travel(token):
        raise words.error("auth", doing, f"the answer has no access_token; check auth in {words.file}")
    life = told.get("expires_in")
    try:
        seconds = float(life) if isinstance(life, str | int | float) else None
    except ValueError:
        seconds = None
    if seconds is not None:  # one that is about to end when it comes is used all the same, for a little
        seconds = max(seconds - auth.renew_before.total_seconds(), min(seconds, 1.0))
    return Proof({"Authorization": f"Bearer {token}"}), seconds


def decoded(answer: Answer, request: Request, words: Words) -> Any:
    """The JSON of an answer.

    Raises:
        SourceError: it is a web page, empty, cut off, too deep, or not JSON.
    """
    start = answer.body[:200].lstrip()[:1]
    if not start:
        raise words.error("answer", request.doing, "the answer is empty", status=answer.status)
    if start == b"<":
        problem = f"the answer is a web page, not data; check base_url and {request.part} in {words.file}"
        raise words.error("answer", request.doing, problem, status=answer.status)
    try:
        return answer.decoded()
    except ValueError as problem:
        reason = "".join(c if " " <= c <= "~" else "?" for c in str(problem))[:120]
        raise words.error(
            "answer", request.doing, f"the answer is not readable ({reason})", status=answer.status
        ) from None


def _can_travel(token: str) -> bool:
    """Whether a header can carry it."""
    return 0 < len(token) <= LONGEST_TOKEN and token.isascii() and token.isprintable()


def _basic(user: str, password: str) -> dict[str, str]:
    pair = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    return {"Authorization": f"Basic {pair}"}
