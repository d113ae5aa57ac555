"""The API answers what docs/openapi.json promises."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from deskwatch.core.ticket import Person, Phase
from tests.web.desk import NOT_FOUND, NOT_MODIFIED, NOW, OK, ticket

OPENAPI = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text())
PLACES = {"board": "helpdesk", "key": "desk-1"}
NOT_JSON = ("/healthz", "/openapi.json", "/b/{board}/csv", "/on-call.ics", "/metrics")


@pytest.fixture
def desk(desk):
    shy = Person(id="9", name="Mia", email="mia@example.com", phone="+15550100")
    desk.write(
        ticket(1),
        ticket(2, phase=Phase.CUSTOMER_REPLIED, requester=shy),
        ticket(3, agent=None, priority=None),
    )
    desk.step()
    return desk


def expect(answer, path, status="200"):
    schema = OPENAPI["paths"][path]["get"]["responses"][status]["content"]["application/json"]["schema"]
    whole = {**schema, "components": OPENAPI["components"]}
    resource = Resource(contents=whole, specification=DRAFT202012)
    Draft202012Validator(whole, registry=Registry().with_resource("", resource)).validate(answer)


def test_the_description_is_valid_openapi():
    validate(OPENAPI)


def test_the_description_is_served(desk):
    assert desk.get("/openapi.json").json == OPENAPI


@pytest.mark.parametrize(
    "path",
    [p for p in OPENAPI["paths"] if p not in NOT_JSON],
)
def test_every_answer_is_as_described(desk, path):
    reply = desk.get(path.format(**PLACES))
    assert reply.status == OK
    assert reply.headers["content-type"] == "application/json"
    expect(reply.json, path)


def test_every_address_of_the_api_is_described(desk):
    desk.get("/api/v1/boards")
    rules = {
        str(rule).replace("<board_id>", "{board}").replace("<key>", "{key}")
        for rule in desk.front._behind.url_map.iter_rules()
        if not rule.endpoint.startswith("ticket_page.")  # pages for people
    }
    assert rules - {"/{board}", "/on-call"} <= OPENAPI["paths"].keys(), (
        "only pages and bookmarks are not part"
    )


@pytest.mark.parametrize("path", ["/api/v1/boards/nope", "/api/v1/tickets/nope"])
def test_what_is_not_there_is_told_in_json(desk, path):
    reply = desk.get(path)
    assert reply.status == NOT_FOUND
    assert "nope" in reply.json["error"]["words"]


@pytest.mark.parametrize(
    "limit", ["0", "-1", "x", "1001", "1e3", "٣", "9" * 99, "000000001999", "000000001" * 999, ""]
)
def test_a_wrong_limit_is_told(desk, limit):
    for path in ("/api/v1/tickets", "/api/v1/boards/helpdesk"):
        reply = desk.get(f"{path}?limit={limit}")
        assert reply.status == 400
        assert reply.json["error"]["words"] == "limit: expected a number from 1 to 1000."


def test_tickets_come_a_page_at_a_time(desk):
    first = desk.get("/api/v1/tickets?limit=2").json
    assert [t["key"] for t in first["tickets"]] == ["desk-1", "desk-2"]
    second = desk.get(f"/api/v1/tickets?limit=2&after={first['next_after']}").json
    assert [t["key"] for t in second["tickets"]] == ["desk-3"]
    assert second["next_after"] is None


def test_no_address_or_phone_number_is_shown(desk):
    for path in ("/api/v1/tickets", "/api/v1/boards/helpdesk", "/api/v1/tickets/desk-2", "/b/helpdesk"):
        text = desk.get(path).text
        assert "mia@example.com" not in text
        assert "5550100" not in text


def test_a_ticket_says_where_it_stands_and_why(desk):
    found = desk.get("/api/v1/tickets/desk-1").json
    assert found["description"] == "It does so since this morning."
    assert found["boards"]["helpdesk"]["sla"]["state"] == "critical"


def test_an_answer_that_did_not_change_is_not_sent_again(desk):
    etag = desk.get("/api/v1/boards").headers["etag"]
    assert desk.get("/api/v1/boards", if_none_match=etag).status == NOT_MODIFIED


def test_strange_numbers_in_a_ticket_file_break_nobody_elses_json(desk):
    (desk.home.tickets / "desk-8.json").write_text(
        '{"schema":1,"key":"desk-8","source":"desk","id":"8","x":NaN}'
    )
    (desk.home.tickets / "desk-9.json").write_text(
        '{"schema":1,"key":"desk-9","source":"desk","id":"9","subject":"\\ud800"}'
    )
    desk.step()
    keys = [t["key"] for t in desk.get("/api/v1/tickets").json["tickets"]]
    assert keys == ["desk-1", "desk-2", "desk-3", "desk-9"]
    assert [u["file"] for u in desk.get("/api/v1/status").json["unreadable"]] == ["desk-8.json"]
    assert "desk-8.json" in desk.get("/boards").text


def test_a_wall_with_fresh_data_is_ready(desk):
    desk.now = NOW
    reply = desk.get("/readyz")
    assert reply.json["watch"]["mode"] in ("native", "polling")
    assert reply.json["tickets"]["boards"]["helpdesk"]["open"] == 1


def test_a_clock_set_back_gives_no_negative_age_and_is_a_reason(desk):
    desk.beat(ago=timedelta(hours=-2), last_good_at=NOW + timedelta(hours=2))
    desk.step()
    reply = desk.get("/readyz")
    assert reply.status == 503
    assert reply.json["sources"]["desk"]["age_seconds"] is None
    assert any("clock of this machine was set back" in reason for reason in reply.json["reasons"])
    desk.beat(last_good_at=NOW + timedelta(seconds=30))
    desk.step()
    assert desk.get("/readyz").json["sources"]["desk"]["age_seconds"] == 0.0
