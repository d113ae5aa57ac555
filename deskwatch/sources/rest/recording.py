"""Answers of a helpdesk kept as files for a bug report, without what they tell of people; and replayed.

A recording is a folder of numbered JSON files, one for each request. Nothing is written before it was
redacted: the answers wait in memory until the status texts they use are known.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from deskwatch.settings import Secret
from deskwatch.sources.http_client import Answer
from deskwatch.sources.rest.api import Client
from deskwatch.sources.rest.auth_settings import BodyAuth, LoginAuth, OAuth2, QueryAuth
from deskwatch.sources.rest.places import PLACE
from deskwatch.sources.rest.redaction import OUR_HOST, Redactor
from deskwatch.sources.rest.requests import without_parts
from deskwatch.sources.rest.settings import RestSettings
from deskwatch.sources.source import SourceError

MOST_ANSWERS = 500
MOST_BYTES = 64 << 20
"""Of all answers of one recording, and of one file that is replayed."""

_HEADERS = ("content-type", "content-range", "date", "link", "retry-after")
_COUNTERS = re.compile(r"x-(total|next-page|page|per-page|ratelimit)[a-z-]*")
_HARMLESS = re.compile(r"[\w .,:;/=*+-]{0,200}")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, as they were."""

    method: str
    url: str
    params: Mapping[str, str]
    body: Any
    answer: Answer
    headers: Mapping[str, str] = field(default_factory=dict)


class RecordingClient:
    """Hands every request on, and remembers what was answered."""

    def __init__(self, inner: Client) -> None:
        self._inner = inner
        self._bytes = 0
        self.exchanges: list[Exchange] = []

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
    ) -> Answer:
        """As ``HttpClient.send``. A form is never remembered: it holds secrets."""
        answer = self._inner.send(method, url, params, doing=doing, headers=headers, json=json, form=form)
        self._bytes += len(answer.body)
        if len(self.exchanges) < MOST_ANSWERS and self._bytes <= MOST_BYTES:
            told = Exchange(method, url, dict(params or {}), json, answer, dict(headers or {}))
            self.exchanges.append(told)
        return answer

    def deadline(self) -> AbstractContextManager[None]:
        """That of the client inside."""
        limit: AbstractContextManager[None] = self._inner.deadline()
        return limit

    def close(self) -> None:
        """Hang up."""
        self._inner.close()


def in_words(exchange: Exchange, settings: RestSettings) -> str:
    """``GET /api/tickets?page=2 -> 200``. Its caller hides secrets."""
    path, params = _asked(exchange.url, exchange.params, settings)
    told = "" if _is_way_in(path, settings) else "&".join(f"{n}={v}" for n, v in params.items())
    return f"{exchange.method} {path}{'?' if told else ''}{told} -> {exchange.answer.status}"


def beginning(exchange: Exchange, settings: RestSettings, hidden: Callable[[str], str]) -> str:
    """How an answer begins, as one line; not that of a way in, which may hold a token.

    ``hidden`` takes secrets out before the text is cut.
    """
    path, _ = _asked(exchange.url, exchange.params, settings)
    if _is_way_in(path, settings) and exchange.answer.status < 300:
        return "(not shown, it may hold a token)"
    text = hidden(exchange.answer.body[:3000].decode("utf-8", "replace"))
    return " ".join(text[:300].split()) or "(nothing)"


def save(exchanges: list[Exchange], folder: Path, settings: RestSettings, redactor: Redactor) -> list[Path]:
    """Write a recording; the files that were written.

    Raises:
        OSError: the folder cannot be made, or is not empty.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise OSError(0, "there are files in it already; name a new folder")
    written = []
    for number, exchange in enumerate(exchanges, start=1):
        path = folder / f"{number:03}.json"
        with path.open("x", encoding="utf-8", newline="\n") as file:
            json.dump(_redacted(exchange, settings, redactor), file, indent=2, ensure_ascii=False)
            file.write("\n")
        written.append(path)
    return written


def _redacted(exchange: Exchange, settings: RestSettings, redactor: Redactor) -> dict[str, Any]:
    path, params = _asked(exchange.url, exchange.params, settings)
    request: dict[str, Any] = {"method": exchange.method, "path": redactor.path(path)}
    if not _is_way_in(path, settings):
        request["params"] = {name: redactor.asked(value) for name, value in params.items()}
        if exchange.body is not None:
            request["body"] = redactor.posted(_posted(exchange.body, settings))
    told = exchange.answer
    answer: dict[str, Any] = {"status": told.status, "headers": _headers(told.headers, redactor)}
    try:
        answer["json"] = redactor.value(told.decoded())
    except ValueError:
        text = told.body.decode("utf-8", "replace")
        answer["text"] = redactor.table(text) if settings.tickets.format == "csv" else redactor.text(text)
    return {"request": request, "answer": answer}


def _headers(headers: Mapping[str, str], redactor: Redactor) -> dict[str, str]:
    """Those that paging and pace need; every other one may tell who asked."""
    kept = {}
    for name, value in headers.items():
        if name == "link":
            kept[name] = redactor.link_header(value)
        elif (name in _HEADERS or _COUNTERS.fullmatch(name)) and _HARMLESS.fullmatch(value):
            kept[name] = value
    return kept


def _asked(url: str, params: Mapping[str, str], settings: RestSettings) -> tuple[str, dict[str, str]]:
    """Path and parameters of a request, however they were handed over, without secret ones."""
    parts = urlsplit(url)
    hidden = settings.auth.params if isinstance(settings.auth, QueryAuth) else {}
    every = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **params}
    return unquote(parts.path), {name: value for name, value in every.items() if name not in hidden}


def _posted(body: Any, settings: RestSettings) -> Any:
    """The body of a request, without secret parts."""
    return without_parts(body, settings.auth.params) if isinstance(settings.auth, BodyAuth) else body


def _is_way_in(path: str, settings: RestSettings) -> bool:
    """Whether a request fetches a token or begins a session: its body holds secrets."""
    auth = settings.auth
    if not isinstance(auth, OAuth2 | LoginAuth):
        return False
    ways = [auth.path, auth.logout or ""] if isinstance(auth, LoginAuth) else [auth.path]
    return any(_ending_in(urlsplit(way).path).fullmatch(path) for way in ways if way)


def _ending_in(path: str) -> re.Pattern[str]:
    """Paths that end in this one, whatever stands in its places."""
    fixed = PLACE.split(path)[::2]
    return re.compile((".*" if path else "/?") + ".*".join(map(re.escape, fixed)))


def proofs_in(exchanges: Iterable[Exchange], settings: RestSettings) -> Iterator[str]:
    """With what the requests proved who asks: tokens that were fetched too, which nobody else knows."""
    auth = settings.auth
    given = {**getattr(auth, "headers", {}), **getattr(auth, "send", {}), "Authorization": ""}
    names = {name.lower() for name in given}
    for exchange in exchanges:
        for name, value in exchange.headers.items():
            if name.lower() in names:
                yield from (value, value.partition(" ")[2])


def last_telling(exchanges: Sequence[Exchange], settings: RestSettings) -> Exchange | None:
    """The last exchange that tells why it went wrong; the end of a session comes after it."""
    for exchange in reversed(exchanges):
        path, _ = _asked(exchange.url, exchange.params, settings)
        if exchange.answer.status >= 300 or not _is_way_in(path, settings):
            return exchange
    return exchanges[-1] if exchanges else None


def for_replay(settings: RestSettings) -> RestSettings:
    """The settings without secrets of this machine: a recording knows none."""
    return settings.model_copy(update={"secrets": dict.fromkeys(settings.secrets, Secret("replayed"))})


class ReplayClient:
    """Answers from a recording, without a network.

    Raises:
        ValueError: there is no recording in the folder, or a file of it is broken.
    """

    def __init__(self, folder: Path, settings: RestSettings) -> None:
        self._settings = settings
        self._host = urlsplit(settings.base_url).netloc
        self._answers: dict[str, list[Answer]] = {}
        self._turn: dict[str, int] = {}
        for key, answer in self._read(folder):
            self._answers.setdefault(key, []).append(answer)

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
    ) -> Answer:
        """The recorded answer; the same question gets its answers in turn, the last one again and again.

        Raises:
            SourceError: nobody asked this when it was recorded.
        """
        path, given = _asked(url, params or {}, self._settings)
        key = self._key(method, path, given, _posted(json, self._settings))
        answers = self._answers.get(key)
        if not answers:
            words = f"while {doing}: the recording has no answer to {method} {path}"
            raise SourceError("answer", f"{words}; record it again, perhaps with a higher --limit")
        turn = self._turn.get(key, 0)
        self._turn[key] = turn + 1
        return answers[min(turn, len(answers) - 1)]

    def deadline(self) -> AbstractContextManager[None]:
        """Nothing takes long here."""
        return nullcontext()

    def close(self) -> None:
        """Nothing is open."""

    def _key(self, method: str, path: str, params: Mapping[str, str], body: Any) -> str:
        if _is_way_in(path, self._settings):
            return f"{method} {path}"
        told = json.dumps([sorted(params.items()), body], sort_keys=True)
        return f"{method} {path} {told}"

    def _read(self, folder: Path) -> Iterator[tuple[str, Answer]]:
        paths = sorted(folder.glob("*.json")) if folder.is_dir() else []
        if not paths:
            raise ValueError(f"there is no recording in {folder}; ticket_watcher.py source record makes one")
        for path in paths:
            try:
                if path.stat().st_size > MOST_BYTES:
                    raise ValueError("it is too large")
                told = json.loads(path.read_text("utf-8"))
                request, answer = told["request"], told["answer"]
                key = self._key(
                    str(request["method"]),
                    str(request["path"]),
                    {str(name): str(value) for name, value in request.get("params", {}).items()},
                    request.get("body"),
                )
                yield key, self._answer(answer)
            except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
                words = problem.strerror if isinstance(problem, OSError) else str(problem)[:100]
                raise ValueError(f"{path} is no part of a recording ({words})") from None

    def _answer(self, told: Mapping[str, Any]) -> Answer:
        body = json.dumps(told["json"]) if "json" in told else str(told.get("text", ""))
        headers = {str(name).lower(): str(value) for name, value in told.get("headers", {}).items()}
        if "link" in headers:
            headers["link"] = headers["link"].replace(OUR_HOST, self._host)
        return Answer(int(told["status"]), headers, body.replace(OUR_HOST, self._host).encode())
