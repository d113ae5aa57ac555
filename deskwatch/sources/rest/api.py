"""Speaks with one helpdesk: proof, pace, one more try after a refused token, errors in words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from deskwatch.clock import Monotonic, monotonic
from deskwatch.settings import Secret, is_loopback
from deskwatch.sources.http_client import Answer, HttpClient, Timeouts
from deskwatch.sources.http_words import clean_line, date_of
from deskwatch.sources.rest.auth import Proof, authenticator, decoded
from deskwatch.sources.rest.auth_settings import QueryAuth
from deskwatch.sources.rest.pace import Pace
from deskwatch.sources.rest.requests import Request, with_parts
from deskwatch.sources.rest.settings import RestSettings
from deskwatch.sources.rest.words import Words
from deskwatch.sources.source import SourceError
from deskwatch.sources.told_time import ToldTime


class Client(Protocol):
    """What ``HttpClient`` offers, so that answers can be recorded and replayed."""

    def send(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        doing: str,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer: ...
    def deadline(self) -> Any: ...
    def close(self) -> None: ...


class Api:
    """One account. Told the time by ``at(now)``, it can measure the other clock.

    Attributes:
        asked: each request in words, for ``source try``; at most a few hundred.
    """

    def __init__(
        self,
        name: str,
        settings: RestSettings,
        *,
        timeouts: Timeouts | None = None,
        clock: Monotonic = monotonic,
        client: Client | None = None,
    ) -> None:
        self.settings, self.clock = settings, clock
        usual = timeouts or Timeouts()
        if settings.timeout is not None:
            silence = settings.timeout.total_seconds()
            usual = replace(usual, read=silence, total=max(usual.total, silence))
        self.timeouts = usual
        self.given = client
        self.client: Client = client or self.new_client()
        self.pace = Pace(settings.per_minute, clock)
        self.asked: list[str] = []
        self.skew: float | None = None
        self._secrets = _Secrets(settings.secrets)
        self.words = Words(name, self._secrets.values())
        self._auth = authenticator(settings.auth, self._secrets, self._send, self.words, clock)
        self._time = ToldTime(clock)
        self._ends: float | None = None

    # Time

    def at(self, now: datetime) -> None:
        """Say what time it is; from here on the monotonic clock tells."""
        self._time.at(now)

    @property
    def now(self) -> datetime:
        """The time of this machine."""
        return self._time.now

    @property
    def has_time(self) -> bool:
        """Whether anybody said what time it is."""
        return self._time.is_told

    @contextmanager
    def deadline(self) -> Iterator[None]:
        """One total time-out for everything asked inside; an inner one changes nothing."""
        outer = self._ends is None
        if outer:
            self._ends = monotonic() + self.timeouts.total
        try:
            with self.client.deadline():
                yield
        finally:
            if outer:
                self._ends = None

    @property
    def left(self) -> float:
        """Seconds until the deadline, and all of them when there is none."""
        return self.timeouts.total if self._ends is None else self._ends - monotonic()

    # Requests

    def ask(self, request: Request, *, client: Client | None = None) -> Answer:
        """The answer to a request, when its state is one of ``ok`` or ``empty``.

        Raises:
            SourceError: no answer, or an unhappy one.
        """
        proof = self._auth.proof()
        answer = self._exchange(request, proof, client)
        if answer.status == 401 and self._auth.renew(proof):
            proof = self._auth.proof()
            answer = self._exchange(request, proof, client)
        return self._checked(answer, request)

    def renew(self) -> bool:
        """Begin the session anew with the next request; false: the way in has none, and never changes."""
        return self._auth.renew(self._auth.proof())

    def data(self, request: Request, *, client: Client | None = None) -> Any:
        """The JSON of the answer; None for a state that means "nothing".

        Raises:
            SourceError: no answer, an unhappy one, or one that is no JSON.
        """
        answer = self.ask(request, client=client)
        if answer.status in request.empty:
            return None
        return decoded(answer, request, self.words)

    def close(self) -> None:
        """End the session with the helpdesk and hang up."""
        try:
            with self.deadline():
                if self.has_time:
                    self._auth.close()
        finally:
            self.client.close()

    def new_client(self, total: float | None = None) -> HttpClient:
        """A connection of its own, for another thread; everything it asks ends after ``total`` seconds."""
        settings = self.settings
        return HttpClient(
            timeouts=self.timeouts if total is None else replace(self.timeouts, total=total),
            direct=is_loopback(urlsplit(settings.base_url).hostname or ""),
            accept="text/csv, application/json" if settings.tickets.format == "csv" else "application/json",
            ca=settings.tls.ca,
            proxy=settings.proxy,
            body_limit=settings.max_body << 20,
        )

    def _send(self, request: Request, form: Mapping[str, str] | None = None) -> Answer:
        """A request of the way in: it carries no proof, and is not repeated."""
        return self._checked(self._exchange(request, Proof(), None, form=form), request)

    def _exchange(
        self,
        request: Request,
        proof: Proof,
        client: Client | None,
        *,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        headers = {**request.headers, **proof.headers}
        for name, value in headers.items():
            if not value.isascii() or not value.isprintable():
                problem = f"the value of the header {name} has characters that cannot be sent"
                raise self.words.config_error(request.doing, problem)
        path = request.path if request.path.startswith("/") else f"/{request.path}"
        self.pace.note()
        try:
            answer = (client or self.client).send(
                request.method,
                request.url or f"{self.settings.base_url}{path}",
                {**request.params, **proof.params},
                doing=request.doing,
                headers=headers,
                json=with_parts(request.body, proof.posted) if proof.posted else request.body,
                form=form,
            )
        except SourceError as error:
            raise self.words.named(error) from None
        self._note(request, answer)
        return answer

    def _note(self, request: Request, answer: Answer) -> None:
        date = date_of(answer.headers)
        if date is not None and self.has_time:
            self.skew = (self.now - date).total_seconds()
        if len(self.asked) < 500:
            where = urlsplit(request.url).path if request.url else request.path
            params = "&".join(f"{name}={value}" for name, value in request.params.items())
            line = f"{request.method} {where}{'?' if params else ''}{params} -> {answer.status}"
            self.asked.append(clean_line(self.words.hidden(line), longest=500))

    def _checked(self, answer: Answer, request: Request) -> Answer:
        if answer.status in request.ok or answer.status in request.empty:
            return answer
        now = self.now if self.has_time else date_of(answer.headers)
        if now is None:
            raise RuntimeError("at(now) comes first")
        raise self.words.of_answer(
            answer.status, answer.headers, answer.body, doing=request.doing, part=request.part, now=now
        )

    @property
    def hidden_params(self) -> frozenset[str]:
        """Parameters that are secrets."""
        auth = self.settings.auth
        return frozenset(auth.params) if isinstance(auth, QueryAuth) else frozenset()


class _Secrets(Mapping[str, str]):
    """Revealed when a place asks for one; a missing one raises UsageError."""

    def __init__(self, secrets: Mapping[str, Secret]) -> None:
        self._secrets = secrets

    def __getitem__(self, name: str) -> str:
        return self._secrets[name].reveal()

    def __iter__(self) -> Iterator[str]:
        return iter(self._secrets)

    def __len__(self) -> int:
        return len(self._secrets)
