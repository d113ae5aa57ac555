"""A wall answers to its own names: a page elsewhere cannot borrow a reader's address (DNS rebinding)."""

import hashlib
import socket
import threading

import pytest

from deskwatch.web.hosts import Hosts, host_of, own_names
from tests.web.desk import FORBIDDEN, NOT_MODIFIED, OK, ticket
from tests.web.test_process import wait_until

MISDIRECTED, BAD_REQUEST = 421, 400
INSIDE, OUTSIDE = "192.0.2.7", "198.51.100.1"
TOKEN = "a-wall-link-of-the-lobby"
HASH = hashlib.sha256(TOKEN.encode()).hexdigest()
RULES = "access: {allow_networks: [192.0.2.0/24], allowed_hosts: [wall.example.com, '*.walls.example.com']}"
PATHS = ["/", "/b/helpdesk", "/b/helpdesk/pulse", "/b/helpdesk/rows", "/readyz", "/api/v1/tickets"]


@pytest.mark.parametrize("client", ["127.0.0.1", "::1", INSIDE])
@pytest.mark.parametrize("path", PATHS)
def test_a_page_that_rebinds_its_name_reads_nothing(make_desk, client, path):
    desk = make_desk(deskwatch=RULES)
    desk.write(ticket(1))
    desk.step()
    reply = desk.get(path, client=client, host="evil.example")
    assert reply.status == MISDIRECTED
    assert "Printer" not in reply.text
    assert "evil.example" in reply.text
    assert "access.allowed_hosts" in reply.text


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:5001",
        "192.168.10.5:8443",
        "[::1]:5001",
        "[2001:db8::7]",
        "localhost:5001",
        "wall",
        "WALL:80",
        "kiosk.localhost",
        "wall.example.com",
        "Wall.Example.COM:443",
        "wall.example.com.",
        "lobby.walls.example.com",
    ],
)
def test_addresses_short_names_and_allowed_names_are_the_walls(make_desk, host):
    desk = make_desk(deskwatch=RULES)
    desk.step()
    assert desk.get("/b/helpdesk", client=INSIDE, host=host).status == OK


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "wall.example.com.evil.example",
        "walls.example.com",
        "xwalls.example.com",
        "127.0.0.1.nip.io",
        "1.2.3",
        "wall.example.org",
    ],
)
def test_any_other_name_is_not(make_desk, host):
    desk = make_desk(deskwatch=RULES)
    desk.step()
    assert desk.get("/b/helpdesk", client=INSIDE, host=host).status == MISDIRECTED


@pytest.mark.parametrize(
    "host",
    ["", "a b", "a/b", "<script>", "[::1", "a:b", "a:123456", "ü.example", "x" * 300, "[evil.example]", "."],
)
def test_a_request_without_a_readable_host_is_a_bad_one(make_desk, host):
    desk = make_desk(deskwatch=RULES)
    desk.step()
    reply = desk.get("/b/helpdesk", client=INSIDE, host=host)
    assert reply.status == BAD_REQUEST
    assert "for which host" in reply.text


def test_who_may_not_look_is_told_so_whatever_the_host(make_desk):
    desk = make_desk(deskwatch=RULES)
    desk.step()
    assert desk.get("/b/helpdesk", client=OUTSIDE, host="evil.example").status == FORBIDDEN


def test_a_wall_link_needs_no_known_name_because_its_cookie_stays_with_the_name_it_came_from(make_desk):
    desk = make_desk(deskwatch=f"access: {{tokens: [{{name: lobby, sha256: {HASH}}}]}}")
    desk.step()
    cookie = f"deskwatch_wall={TOKEN}"
    assert desk.get("/b/helpdesk", client=OUTSIDE, host="any.example", cookie=cookie).status == OK
    assert desk.get("/b/helpdesk", client="127.0.0.1", host="any.example", cookie=cookie).status == OK
    assert desk.get("/b/helpdesk", client="127.0.0.1", host="any.example").status == MISDIRECTED


def test_an_open_wall_is_open_under_every_name(make_desk):
    desk = make_desk(deskwatch="access: {insecure_open: true}")
    desk.step()
    assert desk.get("/b/helpdesk", client=OUTSIDE, host="any.example").status == OK


def test_over_https_the_certificate_keeps_other_names_away(make_desk):
    desk = make_desk(deskwatch=RULES)
    desk.step()
    assert desk.get("/b/helpdesk", client=INSIDE, host="any.example", scheme="https").status == OK


def test_the_name_in_public_url_is_known(make_desk):
    desk = make_desk(deskwatch="web: {public_url: 'https://tickets.example.net/wall'}")
    desk.step()
    assert desk.get("/b/helpdesk", host="tickets.example.net").status == OK


def test_this_machines_own_names_are_known_the_long_one_as_soon_as_dns_tells_it(make_desk, monkeypatch):
    dns = threading.Event()
    monkeypatch.setattr(socket, "gethostname", lambda: "Desk7")
    monkeypatch.setattr(socket, "getfqdn", lambda: dns.wait(10) and "desk7.office.example.com")
    own_names.cache_clear()
    try:
        desk = make_desk()
        desk.step()
        assert desk.get("/b/helpdesk", host="desk7.local").status == OK
        assert desk.get("/b/helpdesk", host="desk7.office.example.com").status == MISDIRECTED
        dns.set()
        name = "desk7.office.example.com"
        wait_until(lambda: desk.get("/b/helpdesk", host=name).status == OK, "the long name is known")
    finally:
        dns.set()
        own_names.cache_clear()


def test_a_name_that_is_allowed_later_is_answered_at_once(make_desk):
    desk = make_desk()
    desk.step()
    assert desk.get("/b/helpdesk", host="wall.example.com").status == MISDIRECTED
    desk.configure("deskwatch", "access: {allowed_hosts: [wall.example.com]}\n")
    desk.step()
    assert desk.get("/b/helpdesk", host="wall.example.com").status == OK


def test_a_wall_that_polls_is_judged_once(make_desk, monkeypatch):
    desk = make_desk(deskwatch=RULES)
    desk.step()
    etag = desk.get("/b/helpdesk/pulse", host="wall.example.com").headers["etag"]
    monkeypatch.setattr(Hosts, "know", None)
    again = desk.get("/b/helpdesk/pulse", host="wall.example.com", if_none_match=etag)
    assert again.status == NOT_MODIFIED


def test_a_host_is_read_as_browsers_send_it():
    assert host_of("Wall.example.com:8080") == "wall.example.com"
    assert host_of("[2001:DB8::1]:443") == "2001:db8::1"
    assert host_of("wall:") == "wall"
    assert host_of("wall.example.com@evil.example") is None


@pytest.mark.parametrize(
    "name", ["https://wall.example.com", "wall.example.com:443", "wall example", "*", "a*.b.c"]
)
def test_what_is_no_name_is_a_mistake_of_the_configuration(make_desk, name):
    desk = make_desk()
    desk.configure("deskwatch", f"access: {{allowed_hosts: ['{name}']}}\n")
    desk.step()
    assert "expected names such as wall.example.com" in " ".join(desk.feed.live.problems)
