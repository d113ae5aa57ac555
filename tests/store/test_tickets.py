"""The ticket folder writes only what changed, archives with a reason and restores with the stamps."""

import json
from datetime import timedelta

import pytest

from deskwatch.core.ticket import Phase
from deskwatch.store import atomic
from deskwatch.store.errors import MissingTicketError, StoreError, UnreadableError
from deskwatch.store.tickets import TicketFolder, Unreadable
from tests.store.tickets import NOW, ticket


@pytest.fixture
def folder(tmp_path):
    folder = TicketFolder(tmp_path / "tickets")
    folder.prepare(now=NOW)
    return folder


def stamps(folder):
    return {path.name: path.stat().st_ino for path in folder.root.glob("*.json")}


def test_a_written_ticket_is_read_back(folder):
    assert folder.write([ticket(1), ticket(2)]) == ("desk-1", "desk-2")
    assert folder.read("desk-2") == ticket(2)
    assert folder.read_description("desk-2") == "It does so since this morning."


def test_the_file_is_named_after_the_key_and_says_so(folder):
    folder.write([ticket(1), ticket(2, key="desk-A/B")])
    assert set(folder.scan()) == {"desk-1.json", folder.file_name("desk-A/B")}
    assert folder.read("desk-A/B").key == "desk-A/B"


def test_an_unchanged_ticket_is_not_written_again(folder):
    folder.write([ticket(1)])
    before = stamps(folder)
    assert folder.write([ticket(1)]) == ()
    assert folder.write([ticket(1, seen_at=NOW + timedelta(hours=1))]) == ()
    assert stamps(folder) == before


def test_an_unchanged_ticket_is_not_written_again_after_a_restart(folder):
    nameless = ticket(2, agent=ticket().agent.__class__(id="9", name=""))
    folder.write([ticket(1), nameless])
    assert TicketFolder(folder.root).write([ticket(1), nameless]) == ()


def test_only_what_changed_is_written(folder):
    folder.write(ticket(n) for n in range(1, 20))
    assert folder.write(ticket(n, subject="x" if n == 7 else ticket(n).subject) for n in range(1, 20)) == (
        "desk-7",
    )
    assert folder.read("desk-7").subject == "x"


def test_a_file_that_somebody_damaged_or_removed_is_written_again(folder):
    folder.write([ticket(1), ticket(2), ticket(3)])
    (folder.root / "desk-1.json").write_text("{")
    (folder.root / "desk-2.json").unlink()
    assert folder.write([ticket(1), ticket(2), ticket(3)]) == ("desk-1", "desk-2")


def test_the_last_of_two_versions_in_one_go_is_kept(folder):
    assert folder.write([ticket(1, subject="old"), ticket(1, subject="new")]) == ("desk-1",)
    assert folder.read("desk-1").subject == "new"


def test_more_tickets_than_fit_one_batch_are_all_written(folder):
    count = atomic.BATCH + 10
    assert len(folder.write(ticket(n) for n in range(count))) == count
    assert len(folder.scan()) == count


def test_one_ticket_that_cannot_be_written_does_not_hold_up_the_others(folder):
    (folder.root / "desk-0.json").mkdir()
    with pytest.raises(StoreError, match=r"desk-0\.json"):
        folder.write(ticket(n) for n in range(atomic.BATCH + 10))
    assert folder.read(f"desk-{atomic.BATCH + 9}").id == str(atomic.BATCH + 9)


def test_a_ticket_that_is_not_there_and_one_that_cannot_be_read_are_told_apart(folder):
    (folder.root / "desk-1.json").write_text("{}")
    with pytest.raises(MissingTicketError, match=r"desk-2\.json: no such ticket"):
        folder.read("desk-2")
    with pytest.raises(UnreadableError, match=r"desk-1\.json: key: missing"):
        folder.read("desk-1")


def test_a_file_under_the_name_of_another_ticket_is_refused_with_the_right_name(folder):
    folder.write([ticket(1)])
    (folder.root / "desk-1.json").rename(folder.root / "desk-2.json")
    found = folder.load("desk-2.json")
    assert isinstance(found, Unreadable)
    assert found.reason == "its key is 'desk-1', so its name must be desk-1.json"


def test_files_of_the_predecessor_and_notes_stay_where_they_are(folder):
    for name in ("17.txt", "README.md", ".keep"):
        (folder.root / name).write_text("mine")
    folder.write([ticket(1)])
    assert set(folder.scan()) == {"desk-1.json"}
    assert (folder.root / "17.txt").read_text() == "mine"


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(StoreError, match=f"cannot list {tmp_path}/none: no such folder"):
        TicketFolder(tmp_path / "none").scan()


# Archive


def archived(folder):
    return sorted(str(path.relative_to(folder.root / "archive")) for path in folder.root.glob("archive/*/*"))


def test_an_archived_ticket_says_when_and_why(folder):
    folder.write([ticket(1)])
    assert folder.archive("desk-1", reason="closed in the helpdesk", now=NOW)
    assert sorted(path.name for path in folder.root.iterdir()) == [".staging", "archive"]
    assert archived(folder) == ["2026-03/desk-1.json"]
    plain = json.loads((folder.root / "archive/2026-03/desk-1.json").read_bytes())
    assert plain["archived_at"] == "2026-03-10T13:00:00Z"
    assert plain["archive_reason"] == "closed in the helpdesk"
    assert plain["subject"] == ticket(1).subject


def test_archiving_what_is_not_there_is_no_error(folder):
    assert not folder.archive("desk-1", reason="closed", now=NOW)
    assert archived(folder) == []


def test_a_reopened_ticket_comes_back_with_its_stamps(folder):
    known = ticket(1, assigned_since=NOW - timedelta(days=3), extra={"vip": True})
    folder.write([known])
    folder.archive("desk-1", reason="closed", now=NOW)
    assert folder.restore("desk-1") == known
    assert folder.read("desk-1") == known
    assert archived(folder) == []


def test_the_newest_archived_version_comes_back(folder):
    for month, subject in ((1, "old"), (3, "new"), (2, "middle")):
        folder.write([ticket(1, subject=subject)])
        folder.archive("desk-1", reason="closed", now=NOW.replace(month=month))
    assert folder.restore("desk-1").subject == "new"


def test_a_ticket_that_is_still_in_the_folder_wins_over_its_archived_copy(folder):
    """A crash between the two steps of archiving leaves both."""
    folder.write([ticket(1, subject="old")])
    folder.archive("desk-1", reason="closed", now=NOW)
    folder.write([ticket(1, subject="newer")])
    assert folder.restore("desk-1").subject == "newer"
    assert archived(folder) == []


def test_nothing_is_restored_from_an_empty_archive(folder):
    assert folder.restore("desk-1") is None
    assert TicketFolder(folder.root / "none").restore("desk-1") is None


def test_an_unreadable_file_is_archived_as_it_is(folder):
    (folder.root / "desk-1.json").write_text("{")
    assert folder.archive("desk-1", reason="gone", now=NOW)
    assert (folder.root / "archive/2026-03/desk-1.json").read_text() == "{"
    assert folder.restore("desk-1") is None


def test_old_archives_are_pruned_to_the_day(folder):
    for day, number in ((1, 1), (9, 2), (10, 3), (20, 4)):
        folder.write([ticket(number)])
        folder.archive(f"desk-{number}", reason="closed", now=NOW.replace(day=day))
    folder.write([ticket(5)])
    folder.archive("desk-5", reason="closed", now=NOW.replace(month=1))
    (folder.root / "archive" / "notes").mkdir()
    (folder.root / "archive" / "notes" / "a.json").write_text("mine")
    (folder.root / "archive" / "2026-03" / "README").write_text("mine")
    assert folder.prune(NOW.replace(day=10)) == 3
    assert archived(folder) == [
        "2026-03/README",
        "2026-03/desk-3.json",
        "2026-03/desk-4.json",
        "notes/a.json",
    ]


def test_a_closed_ticket_may_be_archived_again_and_again(folder):
    for day in range(1, 5):
        folder.write([ticket(1, phase=Phase.CLOSED)])
        assert folder.archive("desk-1", reason="closed", now=NOW.replace(day=day))
    assert archived(folder) == ["2026-03/desk-1.json"]


def test_an_archived_ticket_can_be_looked_at_where_it_is(folder):
    folder.write([ticket(1)])
    folder.archive(ticket(1).key, reason="closed", now=NOW)
    assert folder.archived(ticket(1).key) == ticket(1)
    assert folder.archived(ticket(2).key) is None
    assert not (folder.root / f"{ticket(1).key}.json").exists()
