"""The simulator takes a priority and a note as Freshservice does, and refuses what that refuses."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from deskwatch.demo import Helpdesk, Server, create_helpdesk, serve


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Helpdesk, Server]]:
    now = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
    helpdesk = create_helpdesk(started_at=now, clock=lambda: now, tickets=0)
    with serve(helpdesk) as server:
        yield helpdesk, server


def call(server: Server, method: str, path: str, json: Any = None, **more: Any) -> requests.Response:
    url = f"{server.url}/api/v2/tickets/{path}"
    return requests.request(method, url, json=json, auth=("demo", "X"), timeout=5, **more)


def test_a_priority_is_taken_and_the_ticket_comes_back(running: tuple[Helpdesk, Server]) -> None:
    helpdesk, server = running
    id_ = helpdesk.create_ticket(priority=2).id
    answer = call(server, "PUT", str(id_), {"priority": 3})
    assert (answer.status_code, answer.json()["ticket"]["priority"]) == (200, 3)
    assert answer.headers["x-ratelimit-used-currentrequest"] == "1"
    assert helpdesk.ticket(id_).priority == 3


def test_a_note_is_private_and_stands_in_the_conversation(running: tuple[Helpdesk, Server]) -> None:
    helpdesk, server = running
    id_ = helpdesk.create_ticket().id
    answer = call(server, "POST", f"{id_}/notes", {"body": "<div>a &lt; b<br>c</div>", "private": True})
    assert answer.status_code == 201
    (row,) = call(server, "GET", f"{id_}/conversations").json()["conversations"]
    assert row == answer.json()["conversation"]
    assert (row["private"], row["source"], row["body_text"]) == (True, 2, "a < b\nc")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("PUT", "{}", {"priority": 7}, 400, "one of these values: '1,2,3,4'"),
        ("PUT", "{}", {"priority": "3"}, 400, "datatype_mismatch"),
        ("PUT", "{}", {"prio": 3}, 400, "invalid_field"),
        ("PUT", "{}", {}, 400, "at least one field"),
        ("PUT", "{}", [3], 400, "invalid_json"),
        ("PUT", "999999", {"priority": 3}, 404, ""),
        ("POST", "{}/notes", {"private": True}, 400, "missing_field"),
        ("POST", "{}/notes", {"body": "  "}, 400, "blank"),
        ("POST", "{}/notes", {"body": "a", "private": "yes"}, 400, "Boolean"),
        ("POST", "{}", {"priority": 3}, 405, "GET, PUT"),
        ("DELETE", "{}", None, 405, "GET, PUT"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    running: tuple[Helpdesk, Server], method: str, path: str, body: Any, status: int, words: str
) -> None:
    helpdesk, server = running
    ticket = helpdesk.create_ticket(priority=2)
    answer = call(server, method, path.format(ticket.id), body)
    assert answer.status_code == status
    assert words in answer.text
    assert helpdesk.ticket(ticket.id) == ticket
    assert helpdesk.conversation(ticket.id) == []


def test_another_format_and_a_key_that_may_only_read_are_refused(running: tuple[Helpdesk, Server]) -> None:
    helpdesk, server = running
    id_ = helpdesk.create_ticket(priority=2).id
    assert call(server, "PUT", str(id_), data="priority=3").status_code == 415
    helpdesk.switches.read_only = True
    answer = call(server, "PUT", str(id_), {"priority": 3})
    helpdesk.switches.read_only = False
    assert (answer.status_code, answer.json()["code"]) == (403, "access_denied")
    assert helpdesk.ticket(id_).priority == 2
