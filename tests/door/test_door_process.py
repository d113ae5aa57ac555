"""The real ticket_watcher.py with its listener: webhooks, kill -9, secrets, and a port that is taken."""

import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from deskwatch.clock import monotonic, utc_now
from deskwatch.config import Home
from deskwatch.core.ticket import Ticket, format_instant
from deskwatch.demo import Helpdesk, create_helpdesk, faults, serve
from deskwatch.door.tokens import TokenShelf
from deskwatch.store.heartbeat import read_heartbeat
from deskwatch.store.tickets import TicketFolder
from tests import warm
from tests.door.door_desk import SECRET, write_config
from tests.door.own_desk import HASH, MANY, PASSWORD

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.processes


def wait_for(truth: Callable[[], Any], seconds: float = 20.0) -> float:
    """Wait until something is true, at most so long; how long it took."""
    began = monotonic()
    while not truth():
        assert monotonic() - began < seconds, "it did not happen in time"
        threading.Event().wait(0.02)
    return monotonic() - began


def is_idle(home: Path) -> bool:
    """Whether the heartbeat says that no helpdesk is asked within the next minutes."""
    beat = read_heartbeat(home / "state" / "watcher.json") or {}
    soon = format_instant(utc_now() + timedelta(minutes=5))
    sources = [told for told in beat.get("sources", {}).values() if told["kind"] != "local"]
    return bool(sources) and all((told["next_try_at"] or "") > soon for told in sources)


class Program:
    """ticket_watcher.py as a process."""

    def __init__(self, home: Path, *words: str) -> None:
        self.home, self._words = home, words
        self.log = home / "log.txt"

    def start(self) -> str:
        """Start it; answers where it listens."""
        env = {**os.environ, "HOOK_SECRET": SECRET, "PATH_SECRET": SECRET + "-path", "KEY_OF_TESTS": "demo"}
        before = len(self.said())
        command = [sys.executable, str(ROOT / "ticket_watcher.py"), "--home", str(self.home), *self._words]
        with self.log.open("ab") as output:
            self.process = warm.start(command, env=env, stdout=output, stderr=output, start_new_session=True)
        wait_for(lambda: "Listening at" in self.said()[before:] or self.process.poll() is not None)
        found = re.search(r"Listening at (\S+)", self.said()[before:])
        assert found, self.said()
        return found[1]

    def said(self) -> str:
        """Everything it printed."""
        return self.log.read_text("utf-8") if self.log.exists() else ""

    def kill(self) -> None:
        """kill -9."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@contextmanager
def running(home: Path, *words: str) -> Iterator[tuple[Program, str]]:
    """The program while it runs, and where it listens."""
    program = Program(home, *words)
    url = program.start()
    try:
        yield program, url
    finally:
        program.kill()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Helpdesk, str, Program]]:
    """A watcher that polls every ten minutes, with webhooks; its helpdesk; where it listens."""
    home, now = tmp_path_factory.mktemp("home"), utc_now()
    helpdesk = create_helpdesk(started_at=now, clock=utc_now, tickets=0)
    for number in range(3):
        helpdesk.create_ticket(f"Phone {number} is mute", created_at=now - timedelta(hours=3))
    with serve(helpdesk) as server:
        fs = {
            "kind": "freshservice",
            "base_url": server.url,
            "api_key": "env:KEY_OF_TESTS",
            "poll_interval": "10m",
        }
        push = {"secret": "env:HOOK_SECRET", "most_per_minute": 6000}
        sources = {"fs": {**fs, "push": push}, "desk": {"kind": "local"}}
        sources["pathed"] = {**fs, "push": {"secret": "env:PATH_SECRET", "proof": "path"}}
        write_config(Home(home), "sources", sources)
        write_config(Home(home), "users", {"users": {"ana": {"role": "admin", "password": HASH}}})
        pace = {"watcher": {"listener": {"pace": MANY}}, "log": {"level": "debug"}}
        write_config(Home(home), "deskwatch", pace)
        with running(home, "--listen", "127.0.0.1:0") as (program, url):
            folder = TicketFolder(home / "tickets")
            wait_for(lambda: len([name for name in folder.scan() if name.startswith("fs-")]) == 3)
            wait_for(lambda: is_idle(home))
            yield home, helpdesk, url, program


def post(url: str, id_: int, proof: str = SECRET) -> requests.Response:
    """A webhook."""
    headers = {"X-Deskwatch-Secret": proof}
    return requests.post(f"{url}/hooks/fs", json={"ticket_id": id_}, headers=headers, timeout=10)


def test_a_webhook_shows_the_change_within_two_seconds_although_the_poll_is_minutes_away(
    world: tuple[Path, Helpdesk, str, Program],
) -> None:
    home, helpdesk, url, _ = world
    ticket = helpdesk.open_tickets()[0]
    helpdesk.edit(ticket.id, subject="Phone smells of smoke")
    answer = post(url, ticket.id)
    assert (answer.status_code, answer.elapsed < timedelta(seconds=1)) == (202, True)
    path = home / "tickets" / f"fs-{ticket.id}.json"
    took = wait_for(lambda: "Phone smells of smoke" in path.read_text("utf-8"))
    assert took < 5.0  # 1 s to let helpdesks finish, and room for a busy machine


def test_a_new_ticket_comes_and_a_resolved_one_goes_by_webhook(
    world: tuple[Path, Helpdesk, str, Program],
) -> None:
    home, helpdesk, url, _ = world
    fresh = helpdesk.create_ticket("Phone rings for ever")
    over = helpdesk.open_tickets()[1]
    helpdesk.resolve(over.id)
    post(url, fresh.id)
    post(url, over.id)
    wait_for(lambda: (home / "tickets" / f"fs-{fresh.id}.json").exists())
    wait_for(lambda: not (home / "tickets" / f"fs-{over.id}.json").exists())


def test_a_webhook_is_answered_at_once_while_a_poll_takes_its_time(
    world: tuple[Path, Helpdesk, str, Program],
) -> None:
    home, helpdesk, url, program = world
    helpdesk.faults.add("any", faults.stall(2.0), times=1)
    (home / "state" / "refresh").touch()
    program.process.send_signal(signal.SIGUSR1)
    wait_for(lambda: not helpdesk.faults._entries)
    answers = [post(url, 1) for _ in range(5)]
    assert max(answer.elapsed for answer in answers) < timedelta(seconds=1)
    assert {answer.status_code for answer in answers} == {202}


def test_secrets_passwords_and_tokens_are_in_no_log_and_no_file_others_read(
    world: tuple[Path, Helpdesk, str, Program],
) -> None:
    home, _, url, program = world
    requests.post(f"{url}/hooks/pathed/{SECRET}-path", json={"id": 1}, timeout=10)
    requests.post(f"{url}/hooks/pathed/{SECRET}-path/more", json={"id": 1}, timeout=10)
    requests.get(f"{url}/hooks/pathed/{SECRET}-path", timeout=10)
    post(url, 1, proof="canary-4711")
    login = {"username": "ana", "password": PASSWORD}
    token = requests.post(f"{url}/api-token-auth/", json=login, timeout=10).json()["token"]
    requests.post(f"{url}/api-token-auth/", json={**login, "password": "canary-4711"}, timeout=10)
    headers = {"Authorization": f"Token {token}", "Idempotency-Key": "canary-4711"}
    made = requests.post(f"{url}/api/tickets/", json={"subject": "x"}, headers=headers, timeout=20)
    assert made.status_code == 201
    for secret in (SECRET, PASSWORD, token, "canary-4711"):
        assert secret not in program.said()
        for path in home.rglob("*"):
            if path.is_file() and path.name != "log.txt":
                assert secret.encode() not in path.read_bytes(), path
    with open(f"/proc/{program.process.pid}/cmdline", "rb") as line:
        assert SECRET.encode() not in line.read()


def test_it_stops_at_once_also_with_connections_that_wait(tmp_path: Path) -> None:
    write_config(Home(tmp_path), "sources", {"desk": {"kind": "local"}})
    with running(tmp_path, "--listen", "127.0.0.1:0") as (program, url):
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(b"POST /hooks/x HTTP/1.1\r\nContent-Length: 10\r\n")
            began = monotonic()
            program.process.send_signal(signal.SIGTERM)
            assert program.process.wait(10) == 0
            assert monotonic() - began < 2.5


def test_a_port_that_is_taken_ends_with_words_and_not_with_a_traceback(tmp_path: Path) -> None:
    write_config(Home(tmp_path), "sources", {"desk": {"kind": "local"}})
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        place = f"127.0.0.1:{other.getsockname()[1]}"
        program = Program(tmp_path, "--listen", place)
        with pytest.raises(AssertionError):
            program.start()
    assert program.process.wait() == 2
    assert f"port {place[10:]}: Address already in use" in program.said()
    assert "Traceback" not in program.said()


def test_what_was_acknowledged_survives_kill_9_and_is_applied_once(tmp_path: Path) -> None:
    write_config(Home(tmp_path), "sources", {"desk": {"kind": "local"}})
    write_config(Home(tmp_path), "users", {"users": {"ana": {"role": "admin"}}})
    write_config(
        Home(tmp_path), "deskwatch", {"watcher": {"listener": {"port": 0, "pace": MANY, "wait": "0s"}}}
    )
    shelf = TokenShelf(tmp_path / "state" / "api-tokens.json")
    token, _ = shelf.issue("ana", life=timedelta(days=1), now=utc_now())
    headers, acknowledged = {"Authorization": f"Token {token}"}, list[str]()
    program = Program(tmp_path)
    try:
        for life in range(3):
            url = program.start()
            killer = threading.Timer(0.1 + 0.1 * life, program.process.kill)
            for number in range(5000):
                subject = f"Life {life} number {number}"
                key = {"Idempotency-Key": subject}
                try:
                    body = {"subject": subject}
                    answer = requests.post(
                        f"{url}/api/tickets/", json=body, headers={**headers, **key}, timeout=30
                    )
                except requests.RequestException:  # refused, cut off, or cut off in the middle of an answer
                    break
                assert answer.status_code in (201, 202)
                acknowledged.append(subject)
                if killer.ident is None:
                    killer.start()
            killer.join()
            program.kill()
        assert acknowledged
        url = program.start()
        folder = TicketFolder(tmp_path / "tickets")

        def subjects() -> list[str]:
            return [t.subject for name in folder.scan() if isinstance(t := folder.load(name), Ticket)]

        wait_for(lambda: set(acknowledged) <= set(subjects()))
        retried = {"Idempotency-Key": acknowledged[0]}
        requests.post(
            f"{url}/api/tickets/",
            json={"subject": acknowledged[0]},
            headers={**headers, **retried},
            timeout=5,
        )
        inbox = tmp_path / "tickets" / ".inbox"
        wait_for(lambda: not list(inbox.glob("*.json")))
        assert len(subjects()) == len(set(subjects()))
    finally:
        program.kill()
