"""Wall links: for some boards, at a level, until a day, and gone within seconds when they are deleted."""

import hashlib
from datetime import timedelta

import pytest

from deskwatch.clock import utc_now
from deskwatch.core.privacy import Privacy
from deskwatch.store.heartbeat import write_heartbeat
from deskwatch.web.access import Gate, Grant, Refusal, WallToken
from tests import warm
from tests.web.desk import FORBIDDEN, FOUND, NOW, OK, Desk, ticket
from tests.web.test_process import Gui, wait_until

OUTSIDE = "192.0.2.7"
TOKEN = "m8Yb2kQ0r4vT6xZ1"
HASH = hashlib.sha256(TOKEN.encode()).hexdigest()
COOKIE = f"deskwatch_wall={TOKEN}"
BOARDS = """
lobby: {title: Lobby, match: [{sources: [desk], types: [Incident]}]}
secret: {title: Staff matters, match: [{types: [Secret]}]}
"""


def rules(more=""):
    return f"access: {{tokens: [{{name: lobby, sha256: {HASH}{more}}}]}}\n"


@pytest.fixture
def desk(make_desk):
    """A desk with a link to one of two boards, and every kind of trouble elsewhere."""
    desk = make_desk(deskwatch=rules(", boards: [lobby]"), boards=BOARDS)
    desk.write(ticket(1), ticket(2, type="Secret"), ticket(3, type="Secret"))
    desk.beat(
        notes=["agents cannot be read"],
        unmapped=["Parked by Zoe"],
        doubted={"missing": 7, "words": "secret-7 and 6 more"},
    )
    (desk.home.tickets / "secret-9.json").write_text("{")
    desk.configure("hours", "calendars: {secretcalendar: {nonsense: 1}}\n")
    desk.step()
    return desk


def by_link(desk, path):
    return desk.get(path, client=OUTSIDE, cookie=COOKIE)


ADDRESSES = ["/b/lobby", "/b/lobby/pulse", "/b/lobby?q=x", "/b/lobby/pulse?q=x", "/readyz", "/api/v1/status",
             "/api/v1/boards", "/boards", "/", "/api/v1/boards/lobby/light"]  # fmt: skip


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_link_for_one_board_is_told_nothing_of_files_configuration_and_other_boards(desk, path):
    mine = by_link(desk, path).text.lower()
    for word in ("secret", "staff", "config/", "parked", "zoe", "agents cannot", "nonsense", "hours.yaml"):
        assert word not in mine, word


def test_whoever_may_see_all_boards_is_told_all_of_it(desk):
    everything = desk.get("/readyz").text + desk.get("/boards").text
    for word in ("secret-9.json", "hours.yaml", "Parked by Zoe", "agents cannot"):
        assert word in everything


def test_a_link_still_tells_that_its_data_may_be_incomplete(desk):
    words = [trouble["title"] for trouble in by_link(desk, "/b/lobby/pulse").json["trouble"]]
    assert "Some ticket files are unreadable" in words
    assert "Some tickets are missing from an answer" in words
    ready = by_link(desk, "/readyz").json
    assert ready["tickets"] == {"total": 1, "boards": {"lobby": ready["tickets"]["boards"]["lobby"]}}
    assert (ready["unreadable"], ready["config"]["problems"]) == ([], [])


def test_a_source_that_the_board_cannot_show_is_none_of_its_business(desk):
    beat = {
        "state": "failing",
        "last_good_at": None,
        "error": {"kind": "auth", "words": "other.example.com says no"},
    }
    fine = {"state": "ok", "last_good_at": "2026-03-10T12:59:59Z"}
    said = {"schema": 1, "beat_at": "2026-03-10T13:00:00Z", "sources": {"desk": fine, "other": beat}}
    write_heartbeat(desk.home.state / "watcher.json", said)
    desk.step()
    assert "other" in desk.get("/readyz").json["sources"]
    assert desk.get("/readyz").status == 503
    assert list(by_link(desk, "/readyz").json["sources"]) == ["desk"]
    assert by_link(desk, "/readyz").status == OK
    pulse = by_link(desk, "/b/lobby/pulse").json
    assert [source["source"] for source in pulse["data"]] == ["desk"]
    assert "other" not in str(pulse["trouble"])
    assert desk.get("/b/lobby/pulse").json["data"] != pulse["data"]


@pytest.mark.parametrize("path", ["/b/lobby", "/b/lobby/pulse", "/boards", "/readyz"])
def test_a_link_for_one_board_is_told_that_its_helpdesk_fails_and_not_what_it_said(desk, path):
    desk.beat(error={"kind": "auth", "words": "the key of jim is refused"}, last_good_at=None)
    desk.step()
    mine = by_link(desk, path).text
    assert "refuses the API key" in mine or "not been read" in mine
    assert "the key of jim" not in mine
    assert "Details: /boards" not in mine
    assert "the key of jim" in desk.get("/boards").text


def test_a_link_may_be_stricter_than_its_boards(make_desk):
    desk = make_desk(deskwatch=rules(", privacy: initials"))
    desk.write(ticket(1))
    desk.step()
    assert "Ben" in desk.get("/b/helpdesk").text
    for path in ("/b/helpdesk", "/b/helpdesk?privacy=full", "/b/helpdesk/rows", "/api/v1/tickets"):
        assert "Ben" not in by_link(desk, path).text
        assert "B." in by_link(desk, path).text


def test_an_expired_link_opens_nothing(make_desk):
    desk = make_desk(deskwatch=rules(", expires: 2026-03-11"))
    desk.step()
    assert by_link(desk, "/b/helpdesk").status == OK
    assert desk.get(f"/w/{TOKEN}", client=OUTSIDE).status == FOUND
    desk.now = NOW.replace(hour=22, minute=59)  # Vienna is an hour ahead
    assert by_link(desk, "/b/helpdesk").status == OK
    desk.now += timedelta(minutes=1)
    reply = by_link(desk, "/b/helpdesk/pulse")
    assert reply.status == FORBIDDEN
    assert "expired" in reply.text
    assert desk.get(f"/w/{TOKEN}", client=OUTSIDE).status == FORBIDDEN


def test_an_expired_link_takes_nothing_from_those_who_may_look_anyway():
    token = WallToken("lobby", bytes.fromhex(HASH), expires_at=NOW)
    environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_COOKIE": COOKIE, "HTTP_HOST": "localhost"}
    gate = Gate(tokens=[token])
    assert isinstance(gate.judge(environ, now=NOW), Grant)
    assert isinstance(gate.judge({**environ, "REMOTE_ADDR": OUTSIDE}, now=NOW), Refusal)


def test_a_link_keeps_its_level_in_its_grant():
    token = WallToken("lobby", bytes.fromhex(HASH), frozenset({"lobby"}), Privacy.NONE)
    grant = Gate(tokens=[token]).judge({"REMOTE_ADDR": OUTSIDE, "HTTP_COOKIE": COOKIE}, now=NOW)
    assert grant == Grant("wall token lobby", frozenset({"lobby"}), Privacy.NONE)


@pytest.mark.processes
def test_a_deleted_link_is_void_within_seconds_in_the_running_program(tmp_path):
    desk = Desk(tmp_path / "home")
    desk.configure("deskwatch", rules())
    desk.now = utc_now()
    desk.beat()
    gui = Gui(desk.home, start=warm.start)
    try:
        gui.wait()

        def status():
            # the cookie alone decides: by this name the machine's own address opens nothing
            return gui.ask("/b/helpdesk", Cookie=COOKIE, Host="wall.example.com")[0]

        assert status() == OK
        desk.configure("deskwatch", "zone: Europe/Vienna\n")
        wait_until(lambda: status() == 421, "the link is void", 5)
        desk.configure("deskwatch", rules())
        wait_until(lambda: status() == OK, "the link is valid again", 5)
        desk.configure("deskwatch", rules(", expires: 2026-01-01"))
        wait_until(lambda: status() == FORBIDDEN, "the link has expired", 5)
    finally:
        output = gui.stop()
        gui.process.stdout.close()
    assert TOKEN not in output
