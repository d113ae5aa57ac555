"""The description of the API is valid, complete and true, and its page is plain and safe."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests
from openapi_spec_validator import validate

from deskwatch.config.users import UsersSettings
from deskwatch.local.commands import Fields
from tests.door.door_desk import SECRET
from tests.door.own_desk import PASSWORD, OwnDesk

ROOT = Path(__file__).resolve().parents[2]
SAID: dict[str, Any] = json.loads((ROOT / "docs" / "openapi-tickets.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnDesk]:
    """Own tickets and webhooks."""
    with OwnDesk(tmp_path_factory.mktemp("own")) as desk:
        yield desk


def found(part: dict[str, Any]) -> dict[str, Any]:
    """A part of the description, references followed."""
    while "$ref" in part:
        target: Any = SAID
        for name in part["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        part = target
    return part


def check(place: str, method: str, answer: requests.Response) -> requests.Response:
    """Hold a real answer against what the description says about it."""
    told = SAID["paths"][place][method]["responses"]
    assert str(answer.status_code) in told, (
        f"{method} {place} answers {answer.status_code}: {answer.text[:200]}"
    )
    content = found(told[str(answer.status_code)]).get("content")
    if content is None:
        assert answer.content == b""
        return answer
    kind = answer.headers["Content-Type"].partition(";")[0]
    assert kind in content
    if kind == "application/json":
        schema = {**content[kind]["schema"], "components": SAID["components"]}
        jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(
            answer.json()
        )
    for name in found(told[str(answer.status_code)]).get("headers", {}):
        assert name in answer.headers
    return answer


def test_the_description_is_valid_openapi() -> None:
    validate(SAID)


def test_every_address_of_the_listener_is_described_with_its_methods(desk: OwnDesk) -> None:
    app = desk.listener._server.application
    rules = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule).replace("{id_}", "{id}"), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {
        (place, method) for place, item in SAID["paths"].items() for method in item if method != "parameters"
    }
    assert rules - described == {("/docs.css", "get"), ("/register/", "get")}
    assert described <= rules


def test_what_can_be_set_is_what_a_command_can_set() -> None:
    described = SAID["components"]["schemas"]["TicketChange"]["properties"].keys() - {"note"}
    assert described == Fields.model_fields.keys()


def test_real_answers_are_as_described(desk: OwnDesk) -> None:
    tickets, one = "/api/tickets/", "/api/tickets/{id}/"
    login = {"username": "ana", "password": PASSWORD}
    check("/api-token-auth/", "post", desk.post("/api-token-auth/", login, by=None))
    check("/api-token-auth/", "post", desk.post("/api-token-auth/", {"username": "ana"}, by=None))
    check("/api-token-auth/", "post", desk.ask("POST", "/api-token-auth/", by=None, data="x"))
    example = SAID["paths"][tickets]["post"]["requestBody"]["content"]["application/json"]["example"]
    made = check(tickets, "post", desk.post(tickets, example))
    place = made.headers["Location"]
    check(tickets, "post", desk.post(tickets, {"subject": ""}))
    check(tickets, "post", desk.post(tickets, example, by=None))
    check(tickets, "post", desk.ask("POST", tickets, data="{}"))
    check(tickets, "get", desk.get(tickets + "?source=all&page_size=1"))
    check(tickets, "get", desk.get(tickets + "?page=x"))
    check(one, "get", desk.get(place))
    check(one, "get", desk.get(tickets + "NDB-99999/"))
    check(one, "patch", desk.patch(place, {"agent": "me", "tags": ["a"]}, by="ana"))
    check(one, "patch", desk.patch(place, {"agent": "ben"}, by="mia"))
    check(one, "patch", desk.patch(tickets + "fs-17/", {"priority": "low"}))
    check(one, "put", desk.ask("PUT", place, json=desk.get(place).json()))
    noted = check(one + "notes/", "post", desk.post(place + "notes/", {"text": "Called."}))
    assert noted.status_code == 201
    check(one + "notes/", "get", desk.get(place + "notes/"))
    check(one + "ack/", "post", desk.post(place + "ack/"))
    change = SAID["paths"][one]["patch"]["requestBody"]["content"]["application/json"]["example"]
    assert check(one, "patch", desk.patch(place, change)).json()["phase"] == "resolved"
    check(one, "delete", desk.ask("DELETE", place, by="mia"))
    check(one, "delete", desk.ask("DELETE", place))
    check("/api/outcomes/{name}/", "get", desk.get("/api/outcomes/nothing/"))
    check("/hooks/{source}", "post", desk.post("/hooks/fs", {"id": 1}, by=None))
    check("/hooks/{source}/{secret}", "post", desk.post(f"/hooks/fs/{SECRET}", {"id": 1}, by=None))
    check("/healthz", "get", desk.get("/healthz", by=None))
    check("/register/", "post", desk.post("/register/", {}, by=None))
    assert check("/openapi.json", "get", desk.get("/openapi.json", by=None)).json() == SAID
    check("/docs", "get", desk.get("/docs", by=None))


class Page(HTMLParser):
    """What is on a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Remember it."""
        self.text += data


def test_the_docs_page_shows_every_address_and_needs_nothing_from_elsewhere(desk: OwnDesk) -> None:
    answer = desk.get("/docs", by=None)
    page = Page(answer.text)
    for place in SAID["paths"]:
        assert place in page.text
    assert not {"script", "img", "iframe", "style"} & {tag for tag, _ in page.tags}
    assert not [attrs for _, attrs in page.tags if "style" in attrs or any(a.startswith("on") for a in attrs)]
    links = [attrs.get("href") for _, attrs in page.tags if attrs.get("href")]
    assert links == ["docs.css", "openapi.json"]
    style = desk.get("/docs.css", by=None)
    assert style.headers["Content-Type"].startswith("text/css")
    assert "url(" not in style.text


def test_an_empty_users_file_lets_nobody_in() -> None:
    assert UsersSettings().users == {}
    assert UsersSettings().tokens == {}
