"""The announcement of the wall, against a real little server."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from deskwatch.welcome import PATIENCE, Part, Welcome


class Wall:
    """Answers ``/readyz`` as it is told."""

    def __init__(self) -> None:
        self.report: Any = {"ready": True, "reasons": [], "tickets": {"total": 214}}
        self.asked: list[str] = []
        wall = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                wall.asked.append(self.path)
                body = json.dumps(wall.report).encode()
                self.send_response(200 if wall.report.get("ready") else 503)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def wall() -> Iterator[Wall]:
    made = Wall()
    yield made
    made.close()


class Hands:
    """A stopwatch that only moves when told."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


def welcome(port: int, hands: Hands, *, host: str = "127.0.0.1") -> Welcome:
    return Welcome(f"http://localhost:{port}/", host=host, port=port, tls=False, monotonic=hands)


def test_a_ready_wall_is_announced_once_with_its_address_and_tickets(wall: Wall) -> None:
    greeting = welcome(wall.port, Hands())
    words = greeting.words()
    assert words is not None
    assert f"Deskwatch is running:  http://localhost:{wall.port}/" in words
    assert "214 tickets." in words
    assert (greeting.done, greeting.words()) == (True, None)
    assert wall.asked == ["/readyz"]


def test_before_the_wall_answers_there_is_nothing_to_say(wall: Wall) -> None:
    closed = wall.port
    wall.close()
    greeting = welcome(closed, Hands())
    assert greeting.words() is None
    assert not greeting.done


def test_a_wall_that_has_no_tickets_yet_gets_some_time_and_is_then_announced_with_its_reasons(
    wall: Wall,
) -> None:
    wall.report = {"ready": False, "reasons": ["demo: no good poll yet"], "tickets": {"total": 0}}
    hands = Hands()
    greeting = welcome(wall.port, hands)
    assert greeting.words() is None
    hands.at = PATIENCE
    words = greeting.words()
    assert words is not None
    assert "  - demo: no good poll yet" in words


def test_a_wall_on_every_address_is_asked_on_this_machine(wall: Wall) -> None:
    assert welcome(wall.port, Hands(), host="0.0.0.0").words() is not None


def test_a_part_that_refuses_its_configuration_is_named_with_the_place_of_its_reason(wall: Wall) -> None:
    states = [
        Part("watcher", up=True),
        Part("notifier", up=False, ended="exit 2 (configuration)", asked_by="ask me"),
    ]
    greeting = Welcome(
        "http://wall/", host="127.0.0.1", port=wall.port, tls=False, parts=lambda: tuple(states)
    )
    words = greeting.words()
    assert words is not None
    assert "Deskwatch is running" not in words
    assert "Only a part of Deskwatch runs:  http://wall/" in words
    assert "The notifier does not run, so nobody is alerted: exit 2 (configuration)." in words
    assert "or  ask me" in words
    assert greeting.words() is None
    states[1] = Part("notifier", up=True, ended="exit 2 (configuration)")
    assert greeting.words() == "\nEverything runs now:  http://wall/\n"
    assert greeting.words() is None


def test_nothing_is_announced_as_running_before_every_part_has_begun_its_work(wall: Wall) -> None:
    states, hands = [Part("notifier", up=False)], Hands()
    greeting = Welcome(
        "http://wall/",
        host="127.0.0.1",
        port=wall.port,
        tls=False,
        parts=lambda: tuple(states),
        monotonic=hands,
    )
    assert greeting.words() is None
    hands.at = PATIENCE
    words = greeting.words()
    assert words is not None
    assert "Deskwatch is running" in words, "a slow machine is no failure"
