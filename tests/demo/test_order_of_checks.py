"""Key, Accept, method, route, parameters, rate limit: the order in which the API refuses."""

import base64

import pytest
import requests

CREDITS = ("x-ratelimit-total", "x-ratelimit-remaining", "x-ratelimit-used-currentrequest")


@pytest.mark.parametrize("key", [None, "wrong", ""])
def test_a_missing_and_a_wrong_key_get_the_same_answer_before_anything_else_is_looked_at(client, key):
    answer = client.get("/no/such/path", key=key, headers_={"Accept": "text/xml"})
    assert answer.status_code == 401
    assert answer.json()["code"] == "invalid_credentials"
    assert not any(name in answer.headers for name in CREDITS), "a stranger learns nothing about the plan"


@pytest.mark.parametrize(
    "header", ["Basic", "Basic ???", "Bearer demo", "Basic " + base64.b64encode(b"\xff:X").decode()]
)
def test_a_garbled_key_is_a_wrong_key(client, header):
    answer = requests.get(client.url + "/api/v2/tickets", headers={"Authorization": header}, timeout=10)
    assert answer.status_code == 401


def test_an_address_and_a_password_are_no_longer_accepted(client):
    answer = client.get("/tickets", key="ana@desk.example")
    assert (answer.status_code, answer.json()["code"]) == (401, "unsupported_authentication_type")


def test_after_the_key_the_accept_header_is_checked(client):
    answer = client.get("/no/such/path", headers_={"Accept": "text/html"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")
    assert client.get("/tickets", headers_={"Accept": "application/json"}).status_code == 200


def test_then_the_method_then_the_route(client):
    refused = requests.put(client.url + "/api/v2/tickets?per_page=0", auth=("demo", "X"), timeout=10)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")
    missing = client.get("/tcikets", per_page=0)
    assert (missing.status_code, missing.content) == (404, b"")


def test_parameters_are_checked_before_the_rate_limit(make_desk, client_of):
    client = client_of(make_desk(plan="starter"))
    assert [client.get("/tickets").status_code for _ in range(41)][-2:] == [200, 429]
    assert client.get("/tickets", per_page=0).status_code == 400
    assert client.get("/tickets/999").status_code == 404


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/tickets", "*/*", 200),
        ("/tickets?per_page=0", "*/*", 400),
        ("/nothing", "*/*", 404),
        ("/tickets", "text/xml", 406),
    ],
)
def test_every_answer_after_the_key_costs_credits_and_says_so(client, desk, path, accept, status):
    answer = requests.get(
        client.url + "/api/v2" + path, auth=("demo", "X"), headers={"Accept": accept}, timeout=10
    )
    assert answer.status_code == status
    assert all(answer.headers[name].isdigit() for name in CREDITS)
    assert desk.log.of()[-1].credits == 1


def test_answers_carry_the_headers_of_the_real_api(client):
    headers = client.get("/tickets").headers
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["x-freshservice-api-version"] == "latest=v2; requested=v2"
    assert headers["x-fw-ratelimiting-managed"] == "true"
    assert (headers["server"], headers["status"]) == ("fwe", "200 OK")
    assert headers["date"] == "Tue, 10 Mar 2026 15:00:00 GMT", "the helpdesk's clock, not the machine's"
    assert headers["x-request-id"] != client.get("/tickets").headers["x-request-id"]
