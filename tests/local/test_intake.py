"""What strangers put into the inbox: everything is answered in words, and nothing outside it is touched."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from deskwatch.core.own_commands import Command
from deskwatch.core.own_tickets import create
from deskwatch.store.errors import StoreError
from deskwatch.store.tickets import TicketFolder
from tests.local.own_desk import OwnDesk

GOOD = json.dumps({"op": "create", "by": "ana", "fields": {"subject": "Good"}})


@pytest.fixture
def desk(tmp_path: Path) -> OwnDesk:
    """A watcher whose inbox is there."""
    return OwnDesk(tmp_path).poll()


def reason(desk: OwnDesk, name: str) -> str:
    """Why a file was rejected."""
    return (desk.inbox.rejected / f"{name}.reason.txt").read_text("utf-8")


def put(desk: OwnDesk, name: str, content: str = GOOD) -> Path:
    """A file that somebody left there, as old as the test's clock says."""
    path = desk.inbox.folder / name
    path.write_text(content, "utf-8")
    os.utime(path, (desk.now.timestamp(), desk.now.timestamp()))
    return path


def test_a_shell_line_is_enough(desk: OwnDesk) -> None:
    put(desk, ".new.json").rename(desk.inbox.folder / "new.json")
    desk.poll()
    assert desk.ticket().subject == "Good"
    done = json.loads((desk.inbox.done / "new.json").read_text("utf-8"))
    assert done["fields"] == {"subject": "Good"}
    assert done["outcome"] == {"ticket": "desk-1", "number": "NDB-0001", "at": "2026-03-10T15:00:00Z"}


def test_a_file_that_is_still_growing_is_left_alone(desk: OwnDesk) -> None:
    path = put(desk, "slow.json", GOOD[:20])
    for end in (30, 40, 50):
        desk.later(seconds=4)
        path.write_text(GOOD[:end], "utf-8")
    assert desk.later(seconds=1).inbox.outcome("slow.json") is None
    path.write_text(GOOD, "utf-8")
    desk.later(seconds=2)
    assert desk.ticket().subject == "Good"


def test_half_a_file_is_rejected_after_a_while_and_nothing_of_it_is_lost(desk: OwnDesk) -> None:
    put(desk, "half.json", GOOD[:20])
    desk.poll()
    assert desk.inbox.outcome("half.json") is None
    desk.later(seconds=6)
    outcome = desk.inbox.outcome("half.json")
    assert outcome is not None
    assert (outcome.ok, outcome.code) == (False, "invalid")
    assert "not JSON" in outcome.reason
    assert (desk.inbox.rejected / "half.json").read_text("utf-8") == GOOD[:20]


def test_a_watcher_that_runs_only_now_and_then_rejects_too(desk: OwnDesk) -> None:
    put(desk, "half.json", GOOD[:20])
    desk.poll()
    desk.now = desk.now.replace(hour=16)
    desk.start()
    desk.poll()
    assert "not JSON" in reason(desk, "half.json")


NO_JSON = {
    "": "the file is empty",
    "[1]": "expected one JSON object, got a list",
    '{"op": "create", "x": NaN}': "not JSON",
    "\xff\xfe": "not JSON",
    "{" * 50_000: "not JSON",
    '{"a":' * 5_000 + "1" + "}" * 5_000: "not JSON",
    "x" * 70_000: "it has 70,000 bytes; a command has at most 65,536",
    "{}": "op: is missing",
}


@pytest.mark.parametrize("content", NO_JSON, ids=range(len(NO_JSON)))
def test_what_is_no_command_is_rejected_in_words(desk: OwnDesk, content: str) -> None:
    put(desk, "odd.json", content)
    desk.later(seconds=6).later(seconds=6)
    assert NO_JSON[content] in reason(desk, "odd.json")
    assert desk.inbox.is_empty()
    assert desk.beat()["error"] is None


MISTAKES: list[tuple[dict[str, Any], str]] = [
    (
        {"op": "crate"},
        'op: expected one of create, update, assign, note, ack, resolve, delete. Did you mean "c',
    ),
    ({"by": None}, "by: expected text"),
    ({"subject": "x"}, "subject: unknown; it belongs into fields"),
    ({"idempotency-key": "x"}, 'idempotency-key: unknown. Did you mean "idempotency_key"?'),
    ({"at": "2027-01-01T00:00:00Z"}, "at: 2027-01-01T00:00:00Z lies in the future"),
    ({"at": "0026-03-10T12:00:00Z"}, "at: expected a year from 1970 to 2999, got '0026-03-10T12:00:00Z'"),
    ({"source": "lab"}, "source: there is no source 'lab' (known: desk)"),
    ({"id": 7}, "id: a new ticket gets its number here; leave it out"),
    ({"fields": []}, "fields: expected an object"),
    ({"op": "note", "id": "../../etc/passwd", "text": "x"}, "note changes no fields; use update"),
    (
        {"op": "note", "id": "../../etc/passwd", "text": "x", "fields": {}},
        "there is no ticket ../../etc/passwd",
    ),
    ({"op": "note", "id": "NDB-0099", "text": "x", "fields": {}}, "there is no ticket NDB-0099 here"),
    ({"op": "note", "id": "NDB-0001", "fields": {}}, "text: is missing; a note needs one"),
    ({"op": "assign", "id": "NDB-0001"}, "fields.agent: is missing; say who gets it"),
    ({"op": "resolve"}, "id: is missing; resolve needs the number or key of a ticket"),
]


@pytest.mark.parametrize(("said", "words"), MISTAKES)
def test_a_mistake_in_a_command_is_named(desk: OwnDesk, said: dict[str, Any], words: str) -> None:
    outcome = desk.say(**{"op": "create", "fields": {"subject": "x"}, "id_": None, **said})
    assert (outcome.ok, desk.tickets()) == (False, {})
    assert words in outcome.reason


FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"title": "x"}, 'fields.title: unknown. Did you mean "subject"?'),
    ({"due": "x"}, 'fields.due: unknown. Did you mean "resolution_due_at"?'),
    ({"subject": " "}, "fields.subject: is empty"),
    ({"subject": "x" * 501}, "fields.subject: has more than 500 characters"),
    ({"priority": "hihg"}, "got 'hihg'. Did you mean \"high\"?"),
    ({"status": "Dune"}, "fields.status: expected one of Open, In progress"),
    ({"status": "Resolved"}, "fields.status: a new ticket cannot be resolved"),
    (
        {"resolution_due_at": "2026-03-10 12:00"},
        "fields.resolution_due_at: expected an instant with an offset",
    ),
    ({"resolution_due_at": "9999-12-31T23:59:59Z"}, "fields.resolution_due_at: expected a year from 1970"),
    ({"agent": {"nick": "x"}}, "fields.agent: unknown field 'nick': id, name, email and phone are known"),
    ({"agent": 7}, "fields.agent: expected a name"),
    ({"tags": ["x"] * 51}, "fields.tags: has more than 50 entries"),
]


@pytest.mark.parametrize(("fields", "words"), FIELDS)
def test_a_mistake_in_a_field_is_named(desk: OwnDesk, fields: dict[str, Any], words: str) -> None:
    outcome = desk.say("create", fields={"subject": "x", **fields})
    assert (outcome.ok, outcome.code, desk.tickets()) == (False, "invalid", {})
    assert words in outcome.reason


def test_an_odd_file_holds_up_nobody(desk: OwnDesk) -> None:
    for number in range(3):
        put(desk, f"a{number}.json", "{")
        put(desk, f"b{number}.json")
    desk.poll()
    assert len(desk.tickets()) == 3


@pytest.mark.skipif(os.name == "nt", reason="links and pipes")
def test_a_command_that_trips_the_watcher_holds_up_nobody(
    desk: OwnDesk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def trips(command: Command, *rest: Any, **more: Any) -> Any:
        if command.values["subject"] == "poison":
            raise ZeroDivisionError
        return create(command, *rest, **more)

    monkeypatch.setattr("deskwatch.local.source.create", trips)
    names = [desk.drop("create", fields={"subject": words}) for words in ("before", "poison", "after")]
    desk.poll()
    outcomes = [desk.inbox.outcome(name) for name in names]
    assert [each and each.ok for each in outcomes] == [True, False, True]
    assert outcomes[1] is not None
    assert "unexpected ZeroDivisionError" in outcomes[1].reason
    assert (desk.inbox.rejected / names[1]).exists(), "nothing of it is lost"
    assert "please report it" in caplog.text


def test_links_pipes_and_folders_are_moved_away_unopened(desk: OwnDesk, tmp_path: Path) -> None:
    secret = tmp_path / "outside.json"
    secret.write_text(GOOD, "utf-8")
    os.symlink(secret, desk.inbox.folder / "link.json")
    os.mkfifo(desk.inbox.folder / "pipe.json")
    (desk.inbox.folder / "folder.json").mkdir()
    (desk.inbox.folder / "folder.json" / "inner.json").write_text(GOOD, "utf-8")
    desk.poll()
    for name in ("link.json", "pipe.json", "folder.json"):
        assert "it is no plain file" in reason(desk, name)
        assert os.path.lexists(desk.inbox.rejected / name)
    assert secret.read_text("utf-8") == GOOD
    assert desk.tickets() == {}
    desk.watcher.refresh_soon()
    desk.later(hours=24 * 200)
    assert secret.exists()


@pytest.mark.skipif(os.name == "nt", reason="such names cannot exist")
@pytest.mark.parametrize(
    "name", ["two words.json", "new\nline.json", "-rf.json", "ä.json", "a" * 200 + ".json"]
)
def test_strange_names_are_rejected_under_a_plain_one(desk: OwnDesk, name: str) -> None:
    put(desk, name)
    desk.poll()
    (moved,) = desk.inbox.rejected.glob("*.json")
    assert moved.name.isascii()
    assert moved.name.isprintable()
    assert "a command's file is named with" in reason(desk, moved.name)
    assert desk.inbox.is_empty()


def test_a_name_that_is_no_name_has_no_outcome(desk: OwnDesk) -> None:
    for name in ("../desk-1.json", "done/x.json", "/etc/passwd", "", "..", "x"):
        assert desk.inbox.outcome(name) is None


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_we_may_not_read_is_named(desk: OwnDesk) -> None:
    put(desk, "closed.json").chmod(0)
    desk.later(seconds=1).later(seconds=6)
    assert "make it readable for the user that runs the watcher" in reason(desk, "closed.json")


def test_a_forgotten_file_that_is_no_command_is_told_in_the_health(desk: OwnDesk) -> None:
    put(desk, "ticket.txt")
    desk.later(minutes=10)
    assert desk.beat()["notes"] == ["1 file in tickets/.inbox not named like a command (*.json): ticket.txt"]
    assert (desk.inbox.folder / "ticket.txt").exists()


def test_old_commands_are_deleted_with_the_archive(desk: OwnDesk) -> None:
    put(desk, "new.json")
    put(desk, "odd.json", "[]")
    desk.later(seconds=6).later(minutes=2)
    assert len(list(desk.inbox.folder.glob("*/*"))) == 3
    desk.now = desk.now.replace(year=2030)
    desk.poll()
    assert [path.name for path in desk.inbox.folder.glob("*/*.*")] == []


@pytest.mark.parametrize("name", ["done", "rejected"])
def test_nothing_is_deleted_behind_a_link_that_somebody_put_there(
    desk: OwnDesk, tmp_path: Path, name: str
) -> None:
    somebodys = tmp_path / "somebodys"
    somebodys.mkdir()
    (somebodys / "old.json").write_text("{}", "utf-8")
    folder = desk.inbox.folder / name
    folder.rmdir()
    folder.symlink_to(somebodys)
    desk.now = desk.now.replace(year=2030)
    desk.poll()
    assert (somebodys / "old.json").exists()


def test_many_files_are_applied_in_their_order(desk: OwnDesk) -> None:
    for number in range(210):  # more than one round takes
        put(desk, f"{number:04}.json", GOOD.replace("Good", f"Number {number + 1}"))
    last = desk.drop("note", "NDB-0001", text="Of the first one.")
    desk.poll()
    outcome = desk.inbox.outcome(last)
    assert outcome is not None
    assert outcome.ok
    tickets = desk.tickets()
    assert len(tickets) == 210
    assert all(ticket.subject == f"Number {ticket.id}" for ticket in tickets.values())


def test_what_the_disk_does_not_take_keeps_its_turn(desk: OwnDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deskwatch.local.intake.MOST", 2)
    names = [desk.drop("create", fields={"subject": f"Number {n}"}) for n in (1, 2, 3)]
    names += [desk.drop("note", f"NDB-000{n}", text="x") for n in (1, 2, 3)]
    with monkeypatch.context() as full:

        def refuse(self: object, tickets: object) -> None:
            raise StoreError("the disk is full")

        full.setattr(TicketFolder, "write", refuse)
        for _ in range(5):
            desk.later(seconds=10)
        assert "the disk is full" in desk.beat()["error"]["words"]
        assert len(list(desk.inbox.folder.glob("*.json"))) == 6
    desk.later(minutes=10)
    outcomes = [desk.inbox.outcome(name) for name in names]
    assert [each and each.ok for each in outcomes] == [True] * 6
    assert [len(ticket.extra["notes"]) for ticket in desk.tickets().values()] == [1, 1, 1]
