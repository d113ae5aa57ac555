"""``ticket_watcher.py ticket``, as people type it beside a running watcher and without one."""

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deskwatch import cli
from deskwatch.clock import utc_now
from deskwatch.store.lock import OneOf
from tests.local.own_desk import OwnDesk
from ticket_watcher import main


class Terminal:
    """A terminal in a home of tickets of its own."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.desk, self._capsys = OwnDesk(path, now=utc_now()).poll(), capsys

    def run(self, *words: str) -> tuple[int, str]:
        """Exit code and everything that was printed."""
        code = cli.exit_code(main, ["--home", str(self.desk.home), "ticket", *words])
        printed = self._capsys.readouterr()
        return code, (printed.out + printed.err).strip()

    def apart(self, *words: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr."""
        code = cli.exit_code(main, ["--home", str(self.desk.home), "ticket", *words])
        printed = self._capsys.readouterr()
        return code, printed.out, printed.err


@pytest.fixture
def alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """No watcher runs."""
    return Terminal(tmp_path, capsys)


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Terminal]:
    """A watcher runs: a thread that takes every command at once."""
    terminal = Terminal(tmp_path, capsys)
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.01):
            if not terminal.desk.inbox.is_empty():
                terminal.desk.poll()

    thread = threading.Thread(target=watch)
    with OneOf(terminal.desk.home.state / "watcher.lock"):
        thread.start()
        yield terminal
        stop.set()
        thread.join()


def test_a_new_ticket_answers_its_number(terminal: Terminal) -> None:
    assert terminal.run("new", "Printer is out", "--priority", "high", "--client", "Acme", "--by", "ana") == (
        0,
        "NDB-0001",
    )
    ticket = terminal.desk.ticket()
    assert (ticket.subject, ticket.priority, ticket.client and ticket.client.name) == (
        "Printer is out",
        "high",
        "Acme",
    )
    assert terminal.desk.history()[0].by == "ana"


def test_a_ticket_lives_on_the_command_line(terminal: Terminal, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("First line\nSecond line", "utf-8")
    for command in (
        ("new", "Printer is out", "--due", "2026-12-24 18:00"),
        ("assign", "NDB-0001", "ben"),
        ("update", "NDB-0001", "--status", "in progress", "--tag", "toner", "--note", f"@{words}"),
        ("note", "1", "Toner is ordered.", "--by", "ben"),
    ):
        assert terminal.run(*command) == (0, "NDB-0001")
    code, shown = terminal.run("show", "ndb-1")
    assert code == 0
    for words_ in ("NDB-0001  Printer is out", "In progress", "ben", "toner", "  Second line", "2026-12-24"):
        assert words_ in shown
    assert terminal.run("list", "--agent", "Ben")[1].split()[0] == "NDB-0001"
    assert terminal.run("list", "--agent", "-") == (0, "")
    assert terminal.run("resolve", "NDB-0001", "Changed the toner.") == (0, "NDB-0001")
    assert terminal.run("list") == (0, "")
    assert "Resolved" in terminal.run("show", "desk-1")[1]
    assert terminal.run("update", "NDB-0001", "--status", "Open") == (0, "NDB-0001")
    assert terminal.run("resolve", "NDB-0001", "Again.") == (0, "NDB-0001")
    assert terminal.run("delete", "NDB-0001", "a test", "--by", "ana") == (0, "NDB-0001")
    assert "deleted by ana: a test" in terminal.run("show", "NDB-0001")[1]


def test_an_ack_does_not_claim_that_an_alert_was_open(terminal: Terminal) -> None:
    terminal.run("new", "x")
    assert terminal.apart("ack", "1") == (
        0,
        "NDB-0001\n",
        "the notifier is asked to; whether an alert was open to be taken: notifier.py explain NDB-0001\n",
    )
    assert "notifier.py explain" in json.loads(terminal.run("ack", "1", "--json")[1])["notice"]


def test_a_remark_about_a_stranger_does_not_get_into_the_number_a_script_reads(terminal: Terminal) -> None:
    (terminal.desk.home.config / "agents.yaml").write_text('"7": Ana Example\n', "utf-8")
    remark = "Zoe is in neither config/people.yaml nor config/agents.yaml"
    assert terminal.apart("new", "x", "--agent", "Zoe") == (0, "NDB-0001\n", f"{remark}\n")
    assert json.loads(terminal.run("new", "y", "--agent", "Zoe Two", "--json")[1])["notice"] == (
        "Zoe Two is in neither config/people.yaml nor config/agents.yaml"
    )


def test_what_is_rejected_says_why(terminal: Terminal) -> None:
    assert terminal.run("note", "NDB-0099", "x") == (1, "there is no ticket NDB-0099 here")
    code, answer = terminal.run("note", "NDB-0099", "x", "--json")
    assert (code, json.loads(answer)["code"]) == (1, "not_found")


def test_json_answers_for_scripts(terminal: Terminal) -> None:
    code, answer = terminal.run("new", "x", "--json")
    assert (code, json.loads(answer)) == (
        0,
        {"state": "done", "ticket": "desk-1", "number": "NDB-0001", "code": "done"},
    )
    assert json.loads(terminal.run("list", "--json")[1])["key"] == "desk-1"


def test_without_a_watcher_the_command_waits_for_one(alone: Terminal) -> None:
    code, answer = alone.run("new", "Printer is out")
    assert code == 0
    assert answer == "No watcher runs here: it waits in tickets/.inbox until ticket_watcher.py runs."
    alone.desk.poll()
    assert alone.desk.ticket().subject == "Printer is out"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("new", ""), "fields.subject: is empty"),
        (("new", "x", "--status", "Dune"), "fields.status: expected one of Open"),
        (("new", "x", "--due", "soon"), "expected a date and time such as 2026-12-24 18:00, got 'soon'"),
        (("assign", "NDB-0001"), "who gets it?"),
        (("update", "NDB-0001"), "fields: is missing; say what to change"),
        (("note", "NDB-0001", "@/nowhere"), "/nowhere cannot be read"),
        (("show", "NDB-0001"), "there is no ticket NDB-0001"),
    ],
)
def test_a_slip_is_named_before_anything_is_written(
    alone: Terminal, words: tuple[str, ...], answer: str
) -> None:
    code, printed = alone.run(*words)
    assert code == 2
    assert answer in printed
    assert alone.desk.inbox.is_empty()


def test_without_a_source_of_that_kind_the_lines_to_add_are_told(alone: Terminal) -> None:
    alone.desk.sources = {"fs": {"kind": "demo"}}
    alone.desk.configure()
    code, printed = alone.run("new", "x")
    assert code == 2
    assert "kind: local" in printed


def test_a_dead_watcher_is_no_watcher(alone: Terminal) -> None:
    lock = alone.desk.home.state / "watcher.lock"
    with OneOf(lock):
        told = lock.read_text("utf-8")
    lock.write_text(told.replace(str(os.getpid()), "4194304"), "utf-8")
    assert alone.run("new", "x")[1].startswith("No watcher runs here")
