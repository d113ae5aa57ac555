import json
import os
from pathlib import Path

import pytest

from deskwatch.pager.inbox import MOST, Inbox


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "inbox")


def drop(tmp_path: Path, name: str, text: str) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text, "utf-8")
    stamp = path.stat().st_mtime_ns + 1_000_000
    os.utime(folder, ns=(stamp, stamp))
    return path


def test_a_wish_lies_there_until_what_it_caused_is_committed(tmp_path: Path, inbox: Inbox) -> None:
    path = drop(tmp_path, "a.json", json.dumps({"op": "ack", "ticket": " demo-1 ", "by": "ana"}))
    assert inbox.has_news()
    (wish,) = inbox.wishes()
    assert (wish.operation, wish.by, wish.text("ticket")) == ("ack", "ana", "demo-1")
    inbox.heard(wish)
    drop(tmp_path, "b.json", "{}")
    assert [each.path.name for each in inbox.wishes()] == ["b.json"], "it is not heard twice"
    assert path.exists()
    inbox.committed()
    assert not path.exists()


def test_no_folder_is_no_wish(inbox: Inbox) -> None:
    assert (inbox.wishes(), inbox.has_news()) == ([], False)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"op": NaN}', "\x00"])
def test_what_is_no_object_is_put_aside_and_told(
    tmp_path: Path, inbox: Inbox, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    drop(tmp_path, "a.json", text)
    assert inbox.wishes() == []
    assert [path.name for path in (tmp_path / "inbox").iterdir()] == ["a.rejected"]
    assert "a.json" in caplog.text


def test_files_that_are_still_written_are_left_alone(tmp_path: Path, inbox: Inbox) -> None:
    drop(tmp_path, "a.json.tmp", "{")
    assert inbox.wishes() == []


def test_a_flood_of_wishes_is_heard_bit_by_bit(tmp_path: Path, inbox: Inbox) -> None:
    for number in range(MOST + 5):
        drop(tmp_path, f"{number:04}.json", "{}")
    first = inbox.wishes()
    assert len(first) == MOST
    for wish in first:
        inbox.heard(wish)
    inbox.committed()
    assert len(inbox.wishes()) == 5


def test_texts_have_an_end(tmp_path: Path, inbox: Inbox) -> None:
    drop(
        tmp_path, "a.json", json.dumps({"op": "silence", "by": "x" * 9000, "reason": "y" * 9000, "ticket": 7})
    )
    (wish,) = inbox.wishes()
    assert (len(wish.by), len(wish.text("reason") or ""), wish.text("ticket")) == (80, 400, None)


def test_a_link_to_nowhere_keeps_no_wish_from_being_heard(tmp_path: Path, inbox: Inbox) -> None:
    drop(tmp_path, "a.json", "{}")
    (tmp_path / "inbox" / "0.json").symlink_to(tmp_path / "nowhere")
    (tmp_path / "inbox" / "secret.json").symlink_to(drop(tmp_path, "target", '{"op": "ack"}'))
    assert [wish.path.name for wish in inbox.wishes()] == ["a.json"]
    assert (tmp_path / "inbox" / "0.rejected").is_symlink()
    assert (tmp_path / "inbox" / "secret.rejected").is_symlink(), "links are not followed"


def test_a_wish_that_came_in_the_instant_of_the_last_look_is_heard(tmp_path: Path, inbox: Inbox) -> None:
    folder = drop(tmp_path, "a.json", "{}").parent
    (wish,) = inbox.wishes()
    stamp = folder.stat().st_mtime_ns
    drop(tmp_path, "b.json", "{}")
    os.utime(folder, ns=(stamp, stamp))  # time stamps of folders are coarse
    inbox.heard(wish)
    assert [wish.path.name for wish in inbox.wishes()] == ["b.json"]


def test_what_cannot_be_deleted_is_granted_once(
    tmp_path: Path, inbox: Inbox, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drop(tmp_path, "a.json", '{"op": "ack", "all": true}')
    (wish,) = inbox.wishes()
    inbox.heard(wish)

    def refuses(_path: Path, **_how: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuses)
        inbox.committed()
    assert "cannot be deleted" in caplog.text
    drop(tmp_path, "b.json", "{}")
    assert [wish.path.name for wish in inbox.wishes()] == ["b.json"]
    inbox.committed()
    assert not path.exists(), "it is deleted as soon as that is allowed"


def test_a_file_that_cannot_be_put_aside_does_not_make_the_notifier_look_for_ever(
    tmp_path: Path, inbox: Inbox
) -> None:
    drop(tmp_path, "a.json", "{")
    (tmp_path / "inbox" / "a.rejected").mkdir()
    inbox.wishes()
    assert not inbox.has_news()
