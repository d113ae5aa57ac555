"""The mirror knows every readable ticket, reads only what changed, and names each bad file once."""

import gc
import os
from datetime import timedelta

import pytest

from deskwatch.clock import utc_now
from deskwatch.store.mirror import TicketMirror
from deskwatch.store.tickets import TicketFolder
from tests.store.tickets import NOW, ticket


class CountingFolder(TicketFolder):
    """A folder that remembers which files were read."""

    def __init__(self, root):
        super().__init__(root)
        self.read_names = []

    def load(self, name, **options):
        self.read_names.append(name)
        return super().load(name, **options)


@pytest.fixture
def folder(tmp_path):
    folder = CountingFolder(tmp_path / "tickets")
    folder.prepare(now=NOW)
    return folder


def an_hour_later():
    """A clock so far ahead that no file is young any more."""
    return utc_now() + timedelta(hours=1)


@pytest.fixture
def mirror(folder):
    return TicketMirror(folder, clock=an_hour_later)


def keys(tickets):
    return sorted(t.key for t in tickets)


def test_the_first_look_loads_everything(folder, mirror):
    folder.write([ticket(1), ticket(2)])
    assert not mirror.loaded
    changes = mirror.refresh(None)
    assert keys(changes.changed) == ["desk-1", "desk-2"]
    assert mirror.loaded
    assert mirror.tickets["desk-1"].subject == ticket(1).subject


def test_an_empty_folder_is_loaded_too(mirror):
    assert not mirror.refresh(None)
    assert mirror.loaded


def test_a_rescan_reads_only_what_differs(folder, mirror):
    folder.write(ticket(n) for n in range(10))
    mirror.refresh(None)
    folder.read_names.clear()
    folder.write([ticket(3, subject="changed")])
    changes = mirror.refresh(None)
    assert folder.read_names == ["desk-3.json"]
    assert [t.subject for t in changes.changed] == ["changed"]


def test_named_files_are_read_and_no_others(folder, mirror):
    folder.write(ticket(n) for n in range(10))
    mirror.refresh(None)
    folder.read_names.clear()
    folder.write([ticket(3, subject="a"), ticket(4, subject="b")])
    assert keys(mirror.refresh({"desk-3.json"}).changed) == ["desk-3"]
    assert folder.read_names == ["desk-3.json"]


def test_a_rewritten_file_with_the_same_ticket_is_no_change(folder, mirror):
    folder.write([ticket(1)])
    mirror.refresh(None)
    (folder.root / "desk-1.json").touch()
    assert not mirror.refresh(None)


def test_archived_and_deleted_tickets_are_removed(folder, mirror):
    folder.write([ticket(1), ticket(2), ticket(3, key="Desk/3")])
    mirror.refresh(None)
    folder.archive("desk-1", reason="closed", now=NOW)
    assert mirror.refresh({"desk-1.json"}).removed == ("desk-1",)
    folder.archive("Desk/3", reason="closed", now=NOW)
    (folder.root / "desk-2.json").unlink()
    assert sorted(mirror.refresh(None).removed) == ["Desk/3", "desk-2"]
    assert mirror.tickets == {}
    assert not mirror.refresh(None)


def test_names_that_are_no_tickets_are_ignored(folder, mirror):
    (folder.root / "README.md").write_text("x")
    assert not mirror.refresh({"README.md", ".staging", "none.json"})
    assert folder.read_names == []


def test_a_file_that_turned_bad_keeps_its_last_good_version(folder, mirror):
    folder.write([ticket(1)])
    mirror.refresh(None)
    (folder.root / "desk-1.json").write_text('{"key": ')
    changes = mirror.refresh(None)
    assert changes.unreadable == {"desk-1.json": mirror.unreadable["desk-1.json"]}
    assert changes.removed == ()
    assert mirror.tickets["desk-1"] == ticket(1, description="")


def test_a_bad_file_is_reported_once_for_each_content(folder, mirror):
    bad = folder.root / "bad.json"
    bad.write_text("{")
    assert set(mirror.refresh(None).unreadable) == {"bad.json"}
    assert not mirror.refresh(None)
    assert not mirror.refresh({"bad.json"})
    bad.touch()
    assert not mirror.refresh(None)
    bad.write_text("[")
    assert set(mirror.refresh(None).unreadable) == {"bad.json"}
    assert set(mirror.unreadable) == {"bad.json"}


def test_a_bad_file_that_is_mended_or_removed_is_no_longer_named(folder, mirror):
    folder.write([ticket(1), ticket(2)])
    for name in ("desk-1.json", "desk-2.json"):
        (folder.root / name).write_text("{")
    mirror.refresh(None)
    folder.write([ticket(1)])
    (folder.root / "desk-2.json").unlink()
    assert keys(mirror.refresh(None).changed) == ["desk-1"]
    assert mirror.unreadable == {}


def test_two_changes_within_one_tick_of_the_file_system_are_both_seen(folder):
    """Same length, same time stamp, same inode: only reading tells. A young file is therefore read again."""
    mirror = TicketMirror(folder, clock=utc_now)
    folder.write([ticket(1, subject="aaaa")])
    path = folder.root / "desk-1.json"
    mirror.refresh(None)
    before = path.stat()
    with path.open("r+b") as file:
        content = file.read().replace(b"aaaa", b"bbbb")
        file.seek(0)
        file.write(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert [t.subject for t in mirror.refresh(None).changed] == ["bbbb"]


def test_old_files_are_not_read_twice(folder):
    mirror = TicketMirror(folder, clock=utc_now)
    folder.write([ticket(1)])
    an_hour_ago = (utc_now() - timedelta(hours=1)).timestamp()
    os.utime(folder.root / "desk-1.json", (an_hour_ago, an_hour_ago))
    mirror.refresh(None)
    mirror.refresh(None)
    assert folder.read_names == ["desk-1.json"]


def test_a_folder_that_vanished_leaves_the_tickets_and_says_so(folder, mirror):
    folder.write([ticket(1)])
    mirror.refresh(None)
    folder.root.rename(folder.root.with_name("away"))
    assert not mirror.refresh(None)
    assert keys(mirror.tickets.values()) == ["desk-1"]
    assert mirror.problem == f"cannot list {folder.root}: no such folder; create it or correct --home"
    folder.root.with_name("away").rename(folder.root)
    mirror.refresh(None)
    assert mirror.problem is None


def test_descriptions_stay_on_disk_unless_wanted(folder):
    folder.write([ticket(1)])
    lean, full = TicketMirror(folder), TicketMirror(folder, keep_description=True)
    lean.refresh(None)
    full.refresh(None)
    assert lean.tickets["desk-1"].description == ""
    assert full.tickets["desk-1"] == ticket(1)


def test_equal_people_are_kept_once(folder, mirror):
    folder.write(ticket(n) for n in range(3))
    mirror.refresh(None)
    assert len({id(t.agent) for t in mirror.tickets.values()}) == 1


def test_garbage_collection_is_as_it_was_after_a_load(mirror):
    mirror.refresh(None)
    assert gc.isenabled()
