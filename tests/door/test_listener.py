"""What the listener does with clients that are slow, rude, large, many, or pages of other sites."""

import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from deskwatch.config import Home, check
from deskwatch.config.listener import ListenerSettings
from deskwatch.door import listener as listener_module
from deskwatch.door.listener import listen_settings
from deskwatch.errors import UsageError
from tests.door.door_desk import SECRET, DoorDesk, write_config

PUSH = {"secret": "env:HOOK_SECRET", "most_per_minute": 6000}
SOURCES = {"fs": {"kind": "freshservice", "base_url": "http://127.0.0.1:9", "push": PUSH}}
PROVEN = {"X-Deskwatch-Secret": SECRET}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorDesk]:
    """A listener that trusts a proxy on this machine, and has little patience."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listener_module, "PATIENCE", 1)
        patch.setattr(listener_module, "CONNECTIONS", 40)
        general = {"watcher": {"listener": {"trusted_proxies": ["127.0.0.1"]}}}
        home = tmp_path_factory.mktemp("door")
        with DoorDesk(home, sources=SOURCES, deskwatch=general) as desk:
            yield desk


def connected(desk: DoorDesk, data: bytes = b"") -> socket.socket:
    """A raw connection."""
    line = socket.create_connection(("127.0.0.1", desk.listener.port), timeout=10)
    line.sendall(data)
    return line


def test_clients_that_drip_are_hung_up_on_and_hold_up_nobody(desk: DoorDesk) -> None:
    head = b"POST /hooks/fs HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
    with ExitStack() as stack:
        lines = [stack.enter_context(connected(desk, head)) for _ in range(30)]
        began = time.monotonic()
        answer = desk.post("/hooks/fs", json={"id": 1}, headers=PROVEN)
        assert answer.status_code == 202
        assert time.monotonic() - began < 3.0
        alive = set(lines)
        while alive and time.monotonic() - began < 20:
            for line in list(alive):
                line.settimeout(0.01)
                try:
                    line.sendall(b"X")
                    gone = line.recv(1) == b""
                except TimeoutError:
                    continue
                except OSError:
                    gone = True
                if gone:
                    alive.discard(line)
        assert not alive, f"{len(alive)} clients that drip a byte now and then still hold a connection"


def test_silent_connections_up_to_the_limit_are_let_go_of(desk: DoorDesk) -> None:
    with ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(connected(desk))
        assert desk.post("/hooks/fs", json={"id": 1}, headers=PROVEN).status_code == 202


def test_headers_without_end_are_refused(desk: DoorDesk) -> None:
    with connected(desk, b"GET /healthz HTTP/1.1\r\n") as line:
        received = b""
        try:
            for _ in range(100):
                line.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")
            received = line.recv(100)
        except OSError:
            received = b"HTTP/1.1 431"
        assert b" 431 " in received + b" "


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"POST /hooks/fs HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /hooks/fs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /hooks/fs HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"GET /\xff\xfe%zz HTTP/1.1\r\nHost: \xff\r\n\r\n",
    ],
)
def test_what_is_no_http_gets_an_error_and_the_listener_goes_on(desk: DoorDesk, raw: bytes) -> None:
    with connected(desk, raw + b"\r\n\r\n") as line:
        answer = line.recv(200)
        assert answer == b"" or re.match(rb"HTTP/1\.[01] [45]", answer), answer
    assert desk.ask("GET", "/healthz").json() == {"ok": True}


def test_every_answer_carries_the_security_headers_and_no_server_version(desk: DoorDesk) -> None:
    for place, method in (("/healthz", "GET"), ("/nothing", "GET"), ("/hooks/fs", "POST"), ("/docs", "GET")):
        headers = desk.ask(method, place).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "script" not in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert "Server" not in headers
        assert "Set-Cookie" not in headers


def test_wrong_methods_are_told_the_right_ones(desk: DoorDesk) -> None:
    for method, place, allowed in (
        ("GET", "/hooks/fs", {"POST", "OPTIONS"}),
        ("DELETE", "/api/tickets/", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("POST", "/api/tickets/NDB-1/", {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}),
        ("PUT", "/api-token-auth/", {"POST", "OPTIONS"}),
        ("TRACE", "/healthz", {"GET", "HEAD", "OPTIONS"}),
    ):
        answer = desk.ask(method, place)
        assert answer.status_code == 405
        assert set(answer.headers["Allow"].split(", ")) == allowed
        assert "method" in answer.json()["error"]["words"]


def test_head_and_options_are_answered_without_a_body(desk: DoorDesk) -> None:
    assert desk.ask("HEAD", "/healthz").content == b""
    options = desk.ask("OPTIONS", "/api/tickets/")
    assert (options.status_code, options.content) == (200, b"")
    assert "POST" in options.headers["Allow"]
    assert "Access-Control-Allow-Origin" not in options.headers


def test_pages_of_other_sites_may_not_ask(desk: DoorDesk) -> None:
    for origin in ("https://evil.example.com", "null", "http://127.0.0.1.evil.example.com", "x"):
        answer = desk.post("/hooks/fs", json={"id": 1}, headers={**PROVEN, "Origin": origin})
        assert answer.status_code == 403, origin
    own = desk.listener.url
    assert desk.post("/hooks/fs", json={"id": 1}, headers={**PROVEN, "Origin": own}).status_code == 202


def test_nobody_can_register_and_is_told_who_can(desk: DoorDesk) -> None:
    answer = desk.post("/register/", json={"username": "ana", "email": "ana@example.com"})
    assert answer.status_code == 410
    assert "user add" in answer.json()["error"]["words"]


def test_an_unknown_address_is_told_where_to_look(desk: DoorDesk) -> None:
    answer = desk.ask("GET", "/api/v2/whatever")
    assert (answer.status_code, answer.json()["error"]["title"]) == (404, "Not Found")
    assert "/docs" in answer.json()["error"]["words"]


def test_the_address_behind_a_trusted_proxy_counts_and_its_forgeries_do_not(
    desk: DoorDesk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        desk.post("/hooks/fs", headers={"X-Forwarded-For": "10.9.9.9, 203.0.113.7"})
        desk.post("/hooks/fs", headers={"X-Forwarded-For": "203.0.113.8\t, rubbish"})
    assert "A webhook from 203.0.113.7 was refused" in caplog.text
    assert "10.9.9.9" not in caplog.text
    assert "203.0.113.8" not in caplog.text


def test_nobody_is_believed_about_addresses_without_a_trusted_proxy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with DoorDesk(tmp_path, sources=SOURCES) as desk, caplog.at_level(logging.WARNING):
        desk.post("/hooks/fs", headers={"X-Forwarded-For": "203.0.113.7"})
    assert "203.0.113.7" not in caplog.text


def test_without_the_api_there_are_only_webhooks(tmp_path: Path) -> None:
    general = {"watcher": {"listener": {"api": False}}}
    with DoorDesk(tmp_path, sources=SOURCES, deskwatch=general) as desk:
        assert desk.ask("GET", "/api/tickets/").status_code == 404
        assert desk.post("/api-token-auth/", json={}).status_code == 404
        assert desk.post("/hooks/fs", json={"id": 1}, headers=PROVEN).status_code == 202


def test_a_busy_port_is_told_with_its_number(tmp_path: Path, desk: DoorDesk) -> None:
    settings = ListenerSettings(port=desk.listener.port)
    with pytest.raises(UsageError, match=rf"port {desk.listener.port}: Address already in use"):
        listener_module.Listener(
            lambda: desk.live.current, settings, nudge=lambda *_: None, wake=lambda: None
        )


def test_the_port_is_free_again_when_the_listener_ends(tmp_path: Path) -> None:
    with DoorDesk(tmp_path, sources=SOURCES) as desk:
        port, threads = desk.listener.port, threading.active_count()
        assert desk.ask("GET", "/healthz").ok
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))
    assert threading.active_count() < threads
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.10.4", "::"])
def test_an_address_of_a_network_needs_a_word(tmp_path: Path, host: str) -> None:
    write_config(Home(tmp_path), "deskwatch", {"watcher": {"listener": {"host": host}}})
    problems = [str(problem) for problem in check(Home(tmp_path), env={}).problems]
    assert any("config/deskwatch.yaml:1" in p and "insecure_http: true" in p for p in problems), problems
    allowed = {"host": host, "insecure_http": True}
    write_config(Home(tmp_path), "deskwatch", {"watcher": {"listener": allowed}})
    assert not [p for p in check(Home(tmp_path), env={}).problems if p.severity == "error"]


def test_the_command_line_says_where_to_listen_and_needs_the_word_too(desk: DoorDesk) -> None:
    config = desk.live.current
    wanted: Any = listen_settings(config, "127.0.0.1:5999")
    assert (wanted.host, wanted.port, len(wanted.trusted_proxies)) == ("127.0.0.1", 5999, 1)
    ipv6: Any = listen_settings(config, "[::1]:5999")
    assert (ipv6.host, ipv6.port) == ("::1", 5999)
    for wrong in ("5999", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:x", "0.0.0.0:5999"):
        with pytest.raises(UsageError, match="--listen"):
            listen_settings(config, wrong)


def test_a_new_port_waits_for_the_next_start_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with DoorDesk(tmp_path, sources=SOURCES) as desk, caplog.at_level(logging.WARNING):
        desk.change("deskwatch", {"watcher": {"listener": {"port": 5998}}})
        assert desk.ask("GET", "/healthz").ok
    assert "Takes effect at the next start: watcher.listener" in caplog.text
