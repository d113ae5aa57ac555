"""The made-up helpdesk of docs/add-a-helpdesk.md, on loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "the-key-of-brightdesk"
PEOPLE = [{"id": 7, "name": "ben"}, {"id": 8, "name": "mia"}]
REQUESTS: list[dict[str, Any]] = [
    {
        "id": 101,
        "ref": "BD-17",
        "title": "Printer on floor 2 is silent",
        "body": "<p>It hums, but <b>prints nothing</b>.</p>",
        "state": "working",
        "urgency": 3,
        "from": {"name": "ana", "email": "ana@example.com"},
        "owner_id": 7,
        "team": "First line",
        "opened": "10.03.2026 08:15",
        "touched": "10.03.2026 15:38",
        "due": "11.03.2026",
    },
    {
        "id": 102,
        "ref": "BD-18",
        "title": "Access to the wiki",
        "body": "<p>Please &amp; thank you.</p>",
        "state": "parked",
        "urgency": 1,
        "from": {"name": "mia", "email": "mia@example.com"},
        "owner_id": None,
        "team": "-",
        "opened": "09.03.2026 16:40",
        "touched": "09.03.2026 16:40",
        "due": None,
    },
    {
        "id": 103,
        "ref": "BD-19",
        "title": "New laptop",
        "body": "",
        "state": "asked back",
        "urgency": 2,
        "from": {"name": "ana", "email": "ana@example.com"},
        "owner_id": 8,
        "team": "First line",
        "opened": "06.03.2026 11:00",
        "touched": "09.03.2026 09:12",
        "due": None,
    },
]


class Handler(BaseHTTPRequestHandler):
    """Answers like Brightdesk: a wrong key gets 200 and an empty list."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """One answer."""
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        state, told = self._answer(parts.path, query, knows=self.headers.get("X-Desk-Key") == KEY)
        body = json.dumps(told).encode()
        self.send_response(state)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, path: str, query: dict[str, str], *, knows: bool) -> tuple[int, Any]:
        if path == "/api/requests":
            size, page = int(query.get("per_page", 2)), int(query.get("page", 1))
            found = REQUESTS if knows else []
            if after := query.get("changed_after"):
                found = [r for r in found if _sortable(r["touched"]) >= _sortable(after)]
            some = found[(page - 1) * size : page * size]
            return 200, {"requests": some, "page": page, "pages": -(-len(found) // size)}
        if path.startswith("/api/requests/"):
            one = [r for r in REQUESTS if knows and str(r["id"]) == path.rpartition("/")[2]]
            return (200, {"request": one[0]}) if one else (404, {"error": "no such request"})
        if path == "/api/people":
            return 200, PEOPLE if knows else []
        if path == "/api/me":
            return (200, {"name": "Wall display"}) if knows else (401, {"error": "unknown key"})
        return 404, {"error": "no such page"}

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


def _sortable(text: str) -> tuple[str, ...]:
    day, _, time = text.partition(" ")
    return (*reversed(day.split(".")), time)


@contextmanager
def brightdesk() -> Iterator[str]:
    """Its address while it runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
