"""Programs and bookmarks made for Ticket Dash find what they expect, as far as they may look."""

import gzip
import json
from datetime import timedelta
from hashlib import sha256

import pytest

from deskwatch.core.ticket import Person, Phase, Status
from tests.web.desk import FOUND, HOUR, NOT_FOUND, NOW, OK, ticket

ANA, BEN = Person(id="19000000001", name="Ana Weiss"), Person(id="19000000002", name="Ben Roth")
MIA = Person(id="19000000101", name="Mia Lang")
BOARDS = """
helpdesk:
  title: Helpdesk
  not_match: [{groups: ["7"]}]
professional-services:
  title: Professional Services
  match: [{groups: ["7"]}]
hall:
  title: Hall
  privacy: %s
street:
  title: Street
  public: true
"""
PROJECTS = Person(id="7", name="Projects")
TICKETS = (
    ticket(17, agent=ANA, requester=MIA, description="Since this morning."),
    ticket(18, agent=BEN, requester=MIA, group=PROJECTS, status=Status(id="26", name="Answered")),
    ticket(
        19,
        agent=None,
        updated_at=NOW - timedelta(days=9),
        phase=Phase.ON_HOLD,
        status=Status(id="23", name="x"),
    ),
)


@pytest.fixture
def made(make_desk):
    """Makes a desk with these tickets on four boards."""

    def make(privacy="full", deskwatch="", tickets=TICKETS):
        desk = make_desk(boards=BOARDS % privacy, deskwatch=deskwatch)
        desk.write(*tickets)
        desk.beat()
        desk.step()
        return desk

    return make


def ids(answer):
    return [[item["id"] for item in answer[f"s{n}_items"]] for n in range(1, 5)]


def items(answer):
    return {item["id"]: item for n in range(1, 5) for item in answer[f"s{n}_items"]}


def test_each_view_answers_with_the_tickets_of_its_board(made):
    desk = made()
    reply = desk.get("/api/tickets/helpdesk")
    assert (reply.status, reply.headers["content-type"]) == (OK, "application/json")
    assert reply.headers["cache-control"] == "no-store"
    assert (ids(reply.json), reply.json["view"]) == ([[17], [], [19], []], "Helpdesk")
    projects = desk.get("/api/tickets/professional-services").json
    assert (ids(projects), projects["section1_name_js"]) == (
        [[], [18], [], []],
        "Open Professional Services Tickets",
    )
    assert desk.get("/api/tickets/street").json["total_active_items"] == 3


def test_an_item_says_what_its_file_says(made):
    item = items(made().get("/api/tickets/helpdesk").json)[17]
    assert (item["agent_name"], item["requester_name"], item["priority_raw"]) == ("Ana Weiss", "Mia Lang", 3)
    assert (item["description_text"], item["status_raw"]) == ("Since this morning.", 2)
    assert (item["sla_text"], item["sla_class"]) == ("2.0 hours for FR", "sla-critical")


def test_a_long_answer_is_packed_for_whoever_takes_it(made):
    desk = made(tickets=[ticket(number) for number in range(1, 40)])
    packed = desk.get("/api/tickets/helpdesk", accept_encoding="br, gzip")
    plain = desk.get("/api/tickets/helpdesk", accept_encoding="gzip;q=0")
    assert "content-encoding" not in plain.headers
    assert len(packed.body) * 5 < len(plain.body)
    assert json.loads(gzip.decompress(packed.body)) == plain.json


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("agent_id=19000000001", {17}),
        ("agent_id=19000000002", {18}),
        ("agent_id=4", set()),
        ("agent_id=ana", {17, 18, 19}),
        ("agent_id=", {17, 18, 19}),
        ("agent_id=0", {17, 18, 19}),
        ("agent_id=-5", {17, 18, 19}),
        ("agent_id=" + "9" * 400, {17, 18, 19}),
    ],
)
def test_an_agent_id_filters_and_what_is_no_number_is_ignored(made, query, numbers):
    assert items(made().get(f"/api/tickets/street?{query}").json).keys() == numbers


@pytest.mark.parametrize("view", ["nope", "incidents", "settings", "%F0%9F%92%A9", "x" * 300])
def test_a_view_that_does_not_exist_is_an_error_in_json(made, view):
    reply = made().get(f"/api/tickets/{view}")
    assert (reply.status, reply.headers["content-type"]) == (NOT_FOUND, "application/json")
    assert list(reply.json) == ["error"]
    assert isinstance(reply.json["error"], str)


def test_a_board_with_initials_tells_initials_only(made):
    desk = made("initials")
    reply = desk.get("/api/tickets/hall")
    item = items(reply.json)[17]
    assert (item["agent_name"], item["requester_name"], item["description_text"]) == ("A. W.", "M. L.", "")
    for hidden in ("Weiss", "Lang", "Since this morning", "19000000001", "19000000101"):
        assert hidden not in reply.text
    assert items(desk.get("/api/tickets/hall?agent_id=19000000001").json).keys() == {17, 18, 19}


def test_a_board_without_names_tells_none_and_no_subject(made):
    reply = made("none").get("/api/tickets/hall")
    item = items(reply.json)[17]
    assert (item["agent_name"], item["responder_id"], item["requester_id"]) == ("Somebody", None, None)
    assert items(reply.json)[19]["agent_name"] == "Unassigned"
    for hidden in ("Ana", "Mia", "Printer", "Since this morning"):
        assert hidden not in reply.text


def test_a_public_board_tells_no_description(made):
    assert items(made().get("/api/tickets/street").json)[17]["description_text"] == ""


def test_a_wall_link_for_one_board_opens_only_that_view(made):
    token = "a-token-for-the-wall-in-the-hall"
    link = f"{{name: hall, sha256: {sha256(token.encode()).hexdigest()}, boards: [hall]}}"
    desk = made(deskwatch=f"access:\n  tokens: [{link}]\n")
    asked = {"client": "192.0.2.7", "cookie": f"deskwatch_wall={token}"}
    assert desk.get("/api/tickets/hall", **asked).status == OK
    assert desk.get("/api/tickets/helpdesk", **asked).status == NOT_FOUND
    assert desk.get("/hall", **asked).status == FOUND
    assert desk.get("/helpdesk", **asked).status == NOT_FOUND
    assert desk.get("/api/tickets/hall", client="192.0.2.7").status == 403


def test_a_wall_link_may_be_stricter_than_the_board(made):
    token = "a-token-for-the-wall-at-the-door"
    link = f"{{name: door, sha256: {sha256(token.encode()).hexdigest()}, privacy: initials}}"
    desk = made(deskwatch=f"access:\n  tokens: [{link}]\n")
    reply = desk.get("/api/tickets/helpdesk", client="192.0.2.7", cookie=f"deskwatch_wall={token}")
    assert items(reply.json)[17]["agent_name"] == "A. W."
    assert items(reply.json)[17]["description_text"] == ""
    assert "Weiss" not in reply.text


def test_constants_of_ones_own_reach_the_api(make_desk):
    desk = make_desk(deskwatch="web:\n  ticket_dash: {customer_replied: 2, open: [26]}\n")
    desk.configure("sla", "thresholds: {warning: 2h, critical: 1h}\nupdates: {limits: {high: 30m}}\n")
    desk.configure(
        "sources",
        "desk:\n  kind: freshservice\n  base_url: https://desk.example.com\n"
        "  statuses: {23: {name: Parked, phase: on_hold}, 40: {name: Triage, phase: open}}\n",
    )
    desk.write(
        ticket(1),
        ticket(2, status=Status(id="26", name="x"), updated_at=NOW, first_response_due_at=NOW + 1.5 * HOUR),
        ticket(3, status=Status(id="40", name="x"), updated_at=NOW),
        ticket(4, status=Status(id="40", name="x")),
    )
    desk.feed.live.refresh(now_please=True)
    desk.step()
    answer = desk.get("/api/tickets/helpdesk").json
    assert ids(answer) == [[2], [1], [4], [3]]
    assert items(answer)[2]["sla_class"] == "sla-warning"
    assert items(answer)[3]["sla_text"] == "Triage (Just now)"


# Bookmarks


@pytest.mark.parametrize(
    ("bookmark", "wall"),
    [
        ("/helpdesk", "b/helpdesk"),
        ("/professional-services?agent_id=5", "b/professional-services?agent_id=5"),
        ("/fun", "b/helpdesk"),
        ("/hall?kiosk=1&theme=dark", "b/hall?kiosk=1&theme=dark"),
        ("/helpdesk?agent_id=ana", "b/helpdesk"),
        ("/helpdesk?agent_id=x&q=a%20b%26c", "b/helpdesk?q=a+b%26c"),
    ],
)
def test_a_bookmark_leads_to_the_wall_of_its_board(made, bookmark, wall):
    reply = made().get(bookmark)
    assert (reply.status, reply.headers["location"]) == (FOUND, wall)


@pytest.mark.parametrize(
    ("bookmark", "words"),
    [
        ("/professional-services", "professional-services: {title: Professional Services"),
        ("/incidents", "incidents: {title: Incidents, match: [{types: [Incident]}]}"),
        ("/settings", "config/*.yaml"),
    ],
)
def test_a_bookmark_without_a_board_says_what_to_write(desk, bookmark, words):
    reply = desk.get(bookmark)
    assert reply.status == NOT_FOUND
    assert words in reply.text


def test_other_addresses_are_still_unknown(desk):
    reply = desk.get("/wp-login.php")
    assert reply.status == NOT_FOUND
    assert "Nothing lives at this address." in reply.text


def test_a_redirect_leads_nowhere_else(made):
    for path in ("//evil.example/helpdesk", "/helpdesk\\@evil.example", "/helpdesk%0d%0aX: y", "/.."):
        reply = made().get(path)
        assert reply.status == NOT_FOUND
        assert "location" not in reply.headers
