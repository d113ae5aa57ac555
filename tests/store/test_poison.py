"""Whatever lies in the ticket folder: no crash, every good ticket shown, each bad file named once."""

import json
import os

import pytest

from deskwatch.store.mirror import TicketMirror
from deskwatch.store.names import printable
from deskwatch.store.tickets import TicketFolder
from tests.store.poison import ODD_FILES, bad_files, odd_but_good
from tests.store.tickets import NOW, ticket


@pytest.fixture
def folder(tmp_path):
    folder = TicketFolder(tmp_path / "tickets")
    folder.prepare(now=NOW)
    folder.write(ticket(n) for n in range(20))
    for name, drop in bad_files():
        drop(folder.root / name)
    for key, content in odd_but_good().items():
        (folder.root / f"{key}.json").write_bytes(content)
    return folder


def test_every_good_ticket_is_shown_and_every_bad_file_is_named_once(folder):
    mirror = TicketMirror(folder)
    changes = mirror.refresh(None)
    good = {f"desk-{n}" for n in range(20)} | set(odd_but_good())
    assert set(mirror.tickets) == good
    assert set(changes.unreadable) == {printable(name) for name, _ in bad_files()}
    assert not mirror.refresh(None)
    assert not mirror.refresh({name for name, _ in bad_files()})


def test_what_is_no_plain_file_is_called_what_it_is(folder):
    odd = folder.root / "odd.json"
    told = []
    for drop in ODD_FILES:
        drop(odd)
        told.append(folder.load("odd.json").reason)
        odd.rmdir() if odd.is_dir() and not odd.is_symlink() else odd.unlink()
    assert told == [
        "it has 1,073,741,824 bytes; at most 1,048,576 are read",
        "it is a pipe; only plain files are read",
        "it is a folder; only plain files are read",
        *["it is a symbolic link; only plain files are read"] * 3,
    ]


def test_every_reason_is_a_short_sentence_of_its_own(folder):
    mirror = TicketMirror(folder)
    mirror.refresh(None)
    for name, reason in mirror.unreadable.items():
        assert 8 < len(reason) < 320, name
        assert "Traceback" not in reason
        assert (name + reason).isprintable(), repr(name)


def test_good_tickets_can_be_written_again_as_strict_json(folder):
    mirror = TicketMirror(folder, keep_description=True)
    mirror.refresh(None)
    folder.write(t.with_(url="https://desk.example.com") for t in mirror.tickets.values())
    for key in mirror.tickets:
        json.loads((folder.root / f"{key}.json").read_bytes(), parse_constant=pytest.fail)


def test_a_bad_file_never_hides_behind_a_good_one(folder):
    """A bad file dropped over a good ticket: the ticket stays, the file is named."""
    mirror = TicketMirror(folder)
    mirror.refresh(None)
    target = folder.root / "desk-1.json"
    for name, drop in bad_files():
        if target.is_dir() and not target.is_symlink():
            target.rmdir()
        else:
            target.unlink()
        drop(target)
        changes = mirror.refresh({"desk-1.json"})
        assert "desk-1" in mirror.tickets, name
        assert set(changes.unreadable) <= {"desk-1.json"}, name
        assert "desk-1.json" in mirror.unreadable, name


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_nobody_may_read_is_named_until_somebody_may(folder):
    path = folder.root / "desk-1.json"
    path.chmod(0)
    mirror = TicketMirror(folder)
    assert "permission" in mirror.refresh(None).unreadable["desk-1.json"].lower()
    assert not mirror.refresh(None)
    path.chmod(0o640)
    assert [t.key for t in mirror.refresh(None).changed] == ["desk-1"]
