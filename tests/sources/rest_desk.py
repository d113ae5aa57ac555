"""A small helpdesk over HTTP that can be any helpdesk: pages, ways in and traps can be switched."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit
from zoneinfo import ZoneInfo

from deskwatch.settings import Secret
from deskwatch.sources.rest.settings import RestSettings

TUESDAY = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
KEY, SECRET = "good-key-123", "client-secret-456"
HELD = {"open", "waiting"}

Item = dict[str, Any]
Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Clock:
    """The one clock of helpdesk and watcher."""

    now: datetime = TUESDAY

    def __call__(self) -> datetime:
        """The time."""
        return self.now

    def monotonic(self) -> float:
        """Seconds that only ever grow."""
        return (self.now - datetime(2026, 1, 1, tzinfo=UTC)).total_seconds()

    def pass_(self, **duration: float) -> None:
        """Let time pass."""
        self.now += timedelta(**duration)


@dataclass
class Desk:
    """Its tickets and its manners.

    Attributes:
        paging: page, offset, next_url, link, token, range or none.
        auth: none, basic, header, query, oauth2, login.
        wrong_key: what a wrong key gets: ``401``, ``empty`` (200 and no tickets) or ``public`` (200).
        mumbles: a wrong key gets 200 and nobody even where it asks who it is.
        cap: most items of a page, whatever is asked for.
        total: what the answer says about the number of all items.
        past_end: what is served behind the last page: ``empty``, ``404`` or ``repeat`` (the last page again).
        zone: in which times without a zone are read in ``since``.
        vanished: ids that lists leave out although they exist.
        forbidden: everything below /tickets answers 404, as GitLab does for private projects.
        faults: replies to the next requests, instead of what they asked for.
        dated: whether answers have a Date header.
        next_of: changes the address of the next page.
    """

    clock: Clock = field(default_factory=Clock)
    paging: str = "page"
    auth: str = "header"
    wrong_key: str = "401"
    cap: int = 100
    total: Callable[[int], int] = lambda n: n
    past_end: str = "empty"
    zone: str = "UTC"
    mumbles: bool = False
    sees_changes: bool = True
    forbidden: bool = False
    has_updated: bool = True
    dated: bool = True
    vanished: set[str] = field(default_factory=set)
    faults: list[Reply] = field(default_factory=list)
    detail_faults: list[Reply] = field(default_factory=list)
    next_of: Callable[[str], str] = lambda url: url
    tickets: dict[str, Item] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    issued: int = 0
    token_life: int | None = 3600
    url: str = ""

    # What people do

    def create(self, subject: str = "Printer is out", **more: Any) -> str:
        """A new ticket; its id."""
        id_ = str(len(self.tickets) + 1)
        item = {"id": int(id_), "subject": subject, "status": "open", "priority": "high", "agent": None}
        self.tickets[id_] = item | {"created": self.stamp(), "updated": self.stamp()} | more
        return id_

    def change(self, id_: str, **fields: Any) -> None:
        """Somebody edits a ticket."""
        self.tickets[id_] |= fields | {"updated": self.stamp()}

    def stamp(self) -> str:
        """The time as dates are written."""
        return self.clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")

    # What it answers

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        """One request."""
        parts = urlsplit(target)
        params = dict(parse_qsl(parts.query, True))
        self.requests.append(f"{method} {target}")
        self.headers.append(headers)
        if parts.path in ("/oauth/token", "/login"):
            return self._let_in(parts.path, headers, body)
        if parts.path == "/logout":
            self.tokens.discard(headers.get("session-token", ""))
            return _json({})
        if self.faults:
            return self.faults.pop(0)
        good = self._is_good(headers, params)
        if not good and (self.wrong_key == "401" or (parts.path == "/me" and not self.mumbles)):
            return _json({"message": f"Bad key {headers.get('x-key', '')}"}, status=401)
        if parts.path == "/me":
            return _json({"user": {"id": 7} if good else None})
        if parts.path == "/agents":
            return _json([{"id": "a1", "name": "Ana"}, {"id": "b2", "name": "Ben"}])
        if self.forbidden:
            return _json({"message": "404 Project Not Found"}, status=404)
        if parts.path == "/tickets":
            return self._list(method, target, params, headers, body, good)
        return self._one(parts.path.removeprefix("/tickets/"), good)

    def _one(self, path: str, good: bool) -> Reply:
        id_, _, detail = path.partition("/")
        item = self.tickets.get(id_) if good else None
        if item is None:
            return _json({"message": "no such ticket"}, status=404)
        if detail:
            return self.detail_faults.pop(0) if self.detail_faults else _json({"text": f"All about {id_}"})
        return _json({"ticket": self._shown(item)})

    def _list(
        self,
        method: str,
        target: str,
        params: dict[str, str],
        headers: dict[str, str],
        body: bytes,
        good: bool,
    ) -> Reply:
        if method == "POST" and body:
            params = params | {name: str(value) for name, value in json.loads(body).items()}
        items = [item for id_, item in self.tickets.items() if id_ not in self.vanished]
        if not good:
            items = [item for item in items if item.get("public")] if self.wrong_key == "public" else []
        if params.get("status") == "open":
            items = [item for item in items if item["status"] in HELD]
        if params.get("since"):
            items = self._since(items, params["since"]) if self.sees_changes else []
            items.sort(key=lambda item: str(item["updated"]))
        return self._page(target, params, headers, [self._shown(item) for item in items])

    def _since(self, items: list[Item], text: str) -> list[Item]:
        if text.isdigit():
            at = datetime.fromtimestamp(int(text), UTC)
        else:
            at = datetime.fromisoformat(text)
            at = at.replace(tzinfo=ZoneInfo(self.zone)) if at.tzinfo is None else at
        return [item for item in items if datetime.fromisoformat(str(item["updated"])) >= at]

    def _shown(self, item: Item) -> Item:
        return item if self.has_updated else {n: v for n, v in item.items() if n != "updated"}

    def _page(self, target: str, params: dict[str, str], headers: dict[str, str], items: list[Item]) -> Reply:
        size = min(int(params.get("size", "100")), self.cap)
        start = self._start(params, headers, size)
        page = items[start : start + size]
        if start >= len(items) and start > 0:
            if self.past_end == "404":
                return _json({"message": "no such page"}, status=404)
            if self.past_end == "repeat":
                page = items[(len(items) - 1) // size * size :]
        more = start + size < len(items)
        told: Item = {"items": page, "total": self.total(len(items)), "more": more}
        extra: dict[str, str] = {}
        status = 200
        if more:
            url = self.next_of(f"{self.url}{_with(target, start=str(start + size))}")
            told |= {"next": url, "token": f"t{start + size}"}
            if self.paging == "link":
                extra["Link"] = f'<{self.url}/first>; rel="first", <{url}>; rel="next"'
        if self.paging == "range":
            extra["Content-Range"] = f"{start}-{start + len(page) - 1}/{len(items)}"
            status = 206 if more else 200
        return _json(told, status=status, **extra)

    def _start(self, params: dict[str, str], headers: dict[str, str], size: int) -> int:
        if self.paging == "page":
            return (int(params.get("page", "1")) - 1) * size
        if self.paging == "range":
            return int(
                (params.get("range") or headers.get("range", "items=0-").partition("=")[2]).split("-")[0]
            )
        if self.paging == "token":
            return int(params.get("token", "t0")[1:])
        return int(params.get("start", "0"))

    # Who may come in

    def _is_good(self, headers: dict[str, str], params: dict[str, str]) -> bool:
        if self.auth == "basic":
            return headers.get("authorization") == "Basic " + base64.b64encode(f"{KEY}:X".encode()).decode()
        if self.auth == "query":
            return params.get("key") == KEY
        if self.auth == "oauth2":
            return headers.get("authorization", "").removeprefix("Bearer ") in self.tokens
        if self.auth == "login":
            return headers.get("session-token", "") in self.tokens
        return self.auth == "none" or headers.get("x-key") == KEY

    def _let_in(self, path: str, headers: dict[str, str], body: bytes) -> Reply:
        form = dict(parse_qsl(body.decode()))
        good = (
            SECRET in form.values()
            if path == "/oauth/token"
            else headers.get("authorization") == f"user_token {KEY}"
        )
        if not good:
            return _json({"error_description": "who are you?"}, status=401)
        self.issued += 1
        self.tokens = {f"session-{self.issued}"}
        life = {} if self.token_life is None else {"expires_in": self.token_life}
        return _json(
            {"access_token": f"session-{self.issued}", "session_token": f"session-{self.issued}", **life}
        )


def _with(target: str, **params: str) -> str:
    parts = urlsplit(target)
    all_ = dict(parse_qsl(parts.query, True)) | params
    return f"{parts.path}?" + "&".join(f"{n}={quote(v, safe=' ')}" for n, v in all_.items())


def _json(told: Any, *, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"Content-Type": "application/json", **named}, json.dumps(told).encode()


def reply(body: bytes = b"{}", *, status: int = 200, **headers: str) -> Reply:
    """An answer of one's own for ``faults``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"Content-Type": "application/json", **named}, body


@contextmanager
def serving(desk: Desk) -> Iterator[Desk]:
    """The desk on a port of the loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, given, told = desk.answer(self.command, self.path, headers, body)
            self.send_response_only(status)
            date = {"Date": format_datetime(desk.clock.now, usegmt=True)} if desk.dated else {}
            for name, value in {**date, **given}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    desk.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield desk
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


PAGINGS: dict[str, dict[str, Any]] = {
    "page": {"kind": "page", "size_param": "size", "total": "total"},
    "offset": {"kind": "offset", "param": "start", "size_param": "size", "total": "total"},
    "next_url": {"kind": "next_url", "next": "next", "size_param": "size"},
    "link": {"kind": "link", "size_param": "size"},
    "token": {"kind": "token", "token": "token", "param": "token", "size_param": "size"},
    "range": {"kind": "range", "size": "100"},
}
AUTHS: dict[str, dict[str, Any]] = {
    "none": {"kind": "none"},
    "basic": {"kind": "basic", "user": "{key}", "password": "X"},
    "header": {"kind": "header", "headers": {"X-Key": "{key}"}},
    "query": {"kind": "query", "params": {"key": "{key}"}},
    "oauth2": {
        "kind": "oauth2",
        "path": "/oauth/token",
        "params": {"client_id": "deskwatch", "client_secret": "{secret}"},
    },
    "login": {
        "kind": "login",
        "method": "GET",
        "path": "/login",
        "headers": {"Authorization": "user_token {key}"},
        "value": "session_token",
        "send": {"Session-Token": "{session}"},
        "logout": "/logout",
    },
}


def described(desk: Desk, **changes: Any) -> dict[str, Any]:
    """What a file of ``config/sources.d`` says about this desk; ``None`` leaves a part out."""
    told = {
        "base_url": desk.url,
        "secrets": {"key": "env:DESK_KEY", "secret": "env:DESK_SECRET"},
        "auth": AUTHS[desk.auth],
        "per_minute": "6000",
        "tickets": {
            "path": "/tickets",
            "params": {"status": "open"},
            "items": "items",
            "ok": ["200", "206"],
            "paging": {"size": "100", **PAGINGS[desk.paging]},
        },
        "changes": {"drop_params": ["status"], "params": {"since": "{since}"}},
        "one": {"path": "/tickets/{id}", "item": "ticket"},
        "probe": {"path": "/me", "expect": "user.id"},
        "fields": {
            "id": "id",
            "subject": "subject",
            "status": "status",
            "priority": "priority",
            "agent": {"id": "agent", "name": {"path": "agent", "steps": [{"lookup": "agents"}]}},
            "created_at": "created",
            "updated_at": "updated",
        },
        "lookups": {"agents": {"fetch": {"path": "/agents"}}},
        "statuses": {"open": "open", "waiting": "waiting_on_customer", "solved": "resolved"},
        "link": "{base}/show/{id}",
        **changes,
    }
    return {name: value for name, value in told.items() if value is not None}


def settings_of(desk: Desk, *, key: str = KEY, **changes: Any) -> RestSettings:
    """The same as the engine gets it."""
    told = described(desk, **changes)
    told["secrets"] = {"key": Secret(key), "secret": Secret(SECRET)}
    return RestSettings.model_validate(told)
