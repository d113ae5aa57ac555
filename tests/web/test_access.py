"""Who may look: the matrix of addresses, networks and tokens."""

import gc
import hashlib
import logging
import tracemalloc

import pytest

from deskwatch.web.access import Gate, Refusal, WallToken
from tests.web.desk import FORBIDDEN, FOUND, NOT_FOUND, NOW, OK, ticket

TOKEN = "m8Yb2kQ0r4vT6xZ1"
HASH = hashlib.sha256(TOKEN.encode()).hexdigest()
OUTSIDE = "192.0.2.7"
BOARDS = "first: {title: First line}\nsecond: {title: Second line}\n"
TOKENS = f"access: {{tokens: [{{name: lobby, sha256: {HASH}}}]}}"
NETWORKS = "access: {allow_networks: [192.0.2.0/24, '2001:db8::/32']}"


@pytest.mark.parametrize(
    ("rules", "client", "status"),
    [
        ("", "127.0.0.1", OK),
        ("", "::1", OK),
        ("", "::ffff:127.0.0.1", OK),
        ("", OUTSIDE, FORBIDDEN),
        ("", "10.0.0.1", FORBIDDEN),
        ("", "", FORBIDDEN),
        ("", "nonsense", FORBIDDEN),
        (NETWORKS, OUTSIDE, OK),
        (NETWORKS, f"::ffff:{OUTSIDE}", OK),
        (NETWORKS, "2001:db8::7", OK),
        (NETWORKS, "198.51.100.1", FORBIDDEN),
        (NETWORKS, "127.0.0.1", OK),
        (TOKENS, OUTSIDE, FORBIDDEN),
        ("access: {insecure_open: true}", OUTSIDE, OK),
    ],
)
def test_addresses_and_networks_decide(make_desk, rules, client, status):
    desk = make_desk(deskwatch=rules)
    desk.step()
    assert desk.get("/b/helpdesk", client=client).status == status


def test_a_wall_link_makes_a_browser_a_wall(make_desk):
    desk = make_desk(deskwatch=TOKENS)
    desk.step()
    reply = desk.get(f"/w/{TOKEN}", client=OUTSIDE)
    assert (reply.status, reply.headers["location"]) == (FOUND, "../")
    cookie = reply.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    wall = cookie.partition(";")[0]
    assert desk.get("/b/helpdesk", client=OUTSIDE, cookie=f"other=1; {wall}").status == OK


@pytest.mark.parametrize("token", ["wrong", "", HASH, TOKEN[:-1], TOKEN + "x", "%00", "ü" * 40, "a;b=c"])
def test_a_wrong_wall_link_sets_nothing(make_desk, token):
    desk = make_desk(deskwatch=TOKENS)
    desk.step()
    reply = desk.get(f"/w/{token}", client=OUTSIDE)
    assert reply.status == FORBIDDEN
    assert "set-cookie" not in reply.headers
    assert desk.get("/b/helpdesk", client=OUTSIDE, cookie=f"deskwatch_wall={token}").status == FORBIDDEN


def test_an_empty_token_is_nobodys():
    gate = Gate(tokens=[WallToken("lobby", hashlib.sha256(b"").digest())])
    assert gate.recognize("") is None
    environ = {"REMOTE_ADDR": OUTSIDE, "HTTP_COOKIE": "other=1"}
    assert isinstance(gate.judge(environ, now=NOW), Refusal)


def test_a_wall_sees_its_boards_only(make_desk):
    desk = make_desk(
        deskwatch=f"access: {{tokens: [{{name: lobby, sha256: {HASH}, boards: [first]}}]}}",
        boards=BOARDS.replace("Second line", "Second line, match: [{types: [Secret]}]"),
    )
    desk.write(ticket(1, type="Secret"), ticket(2))
    desk.configure(
        "boards", "first: {title: First line, match: [{types: [Incident]}]}\nsecond: {title: Second line}\n"
    )
    desk.step()

    def ask(path):
        return desk.get(path, client=OUTSIDE, cookie=f"deskwatch_wall={TOKEN}")

    assert ask("/b/first").status == OK
    assert "Second line" not in ask("/b/first").text
    assert ask("/b/second").status == NOT_FOUND
    assert ask("/").headers["location"] == "b/first"
    assert [b["id"] for b in ask("/api/v1/boards").json["boards"]] == ["first"]
    assert ask("/api/v1/boards/second").status == NOT_FOUND
    assert [t["key"] for t in ask("/api/v1/tickets").json["tickets"]] == ["desk-2"]
    assert ask("/api/v1/tickets/desk-1").status == NOT_FOUND
    assert ask("/b/first/t/desk-1").status == NOT_FOUND
    assert ask("/b/first/t/desk-2").status == OK


def test_a_withdrawn_link_ends_at_once(make_desk):
    desk = make_desk(deskwatch=TOKENS)
    desk.step()
    cookie = f"deskwatch_wall={TOKEN}"
    assert desk.get("/b/helpdesk", client=OUTSIDE, cookie=cookie).status == OK
    desk.configure("deskwatch", "zone: Europe/Vienna\n")
    desk.step()
    assert desk.get("/b/helpdesk", client=OUTSIDE, cookie=cookie).status == FORBIDDEN


def test_no_token_reaches_the_log(make_desk, caplog):
    caplog.set_level(logging.DEBUG)
    desk = make_desk(deskwatch=TOKENS)
    desk.step()
    desk.get(f"/w/{TOKEN}", client=OUTSIDE)
    desk.get("/api/v1/status", client=OUTSIDE, cookie=f"deskwatch_wall={TOKEN}")
    assert TOKEN not in caplog.text


def test_strangers_with_long_cookies_cost_no_memory(make_desk):
    desk = make_desk(deskwatch="access: {allow_networks: [198.51.100.0/24]}")
    desk.step()
    desk.get("/", client=OUTSIDE)
    tracemalloc.start()
    for n in range(100):
        assert desk.get("/", client=OUTSIDE, cookie=f"other={n}{'x' * 60_000}").status == FORBIDDEN
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 1_000_000
