"""Looking at a large ticket folder again and again: what is found at once, what in turn, and the price."""

import os
from pathlib import Path

import pytest

from deskwatch.store import mirror as mirror_module
from deskwatch.store import vigil as vigil_module
from deskwatch.store.mirror import TicketMirror
from deskwatch.store.tickets import TicketFolder
from deskwatch.store.vigil import Vigil

COUNT, PORTION = 25, 10


@pytest.fixture
def folder(tmp_path: Path) -> TicketFolder:
    """Files and a folder that nobody has touched for an hour."""
    for number in range(COUNT):
        write(tmp_path, number)
    settle(tmp_path)
    return TicketFolder(tmp_path)


@pytest.fixture
def vigil(folder: TicketFolder, monkeypatch: pytest.MonkeyPatch) -> Vigil:
    """One that has looked at everything."""
    monkeypatch.setattr(vigil_module, "PORTION", PORTION)
    vigil = Vigil(TicketMirror(folder))
    assert len(vigil.look().changed) == COUNT
    return vigil


def write(root: Path, number: int, text: str = "") -> None:
    """A ticket file, written in place."""
    plain = f'{{"key": "lab-{number}", "source": "lab", "id": "{number}", "subject": "{text}"}}'
    (root / f"lab-{number}.json").write_text(plain, "utf-8")


def settle(root: Path) -> None:
    """An hour passes."""
    then = root.stat().st_mtime - 3600
    for path in (*root.glob("*.json"), root):
        os.utime(path, (then, then))


def test_a_file_that_vanished_is_missed_at_once(vigil: Vigil, folder: TicketFolder) -> None:
    (folder.root / "lab-24.json").unlink()
    assert vigil.look().removed == ("lab-24",)


def test_a_file_that_was_added_or_replaced_is_seen_at_once(vigil: Vigil, folder: TicketFolder) -> None:
    aside = folder.root / "aside"
    aside.mkdir()
    write(aside, 24, "replaced")
    (aside / "lab-24.json").replace(folder.root / "lab-24.json")
    write(folder.root, 99)
    assert {t.key for t in vigil.look().changed} == {"lab-24", "lab-99"}


def test_a_file_that_is_spoilt_where_it_lies_is_found_when_its_turn_comes(
    vigil: Vigil, folder: TicketFolder
) -> None:
    for number in range(COUNT):
        (folder.root / f"lab-{number}.json").write_bytes(b"{")
    found = [len(vigil.look().unreadable) for _ in range(3)]
    assert found == [10, 10, 5]


def test_a_quiet_look_asks_about_a_portion_of_the_files_only(
    vigil: Vigil, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    ask = mirror_module._lstat
    monkeypatch.setattr(mirror_module, "_lstat", lambda root, name: asked.append(name) or ask(root, name))
    counts = []
    for _ in range(4):
        asked.clear()
        assert not vigil.look()
        counts.append(len(asked))
    assert counts == [10, 10, 5, 10]


def test_a_change_within_the_grain_of_the_file_systems_clock_is_not_missed(
    vigil: Vigil, folder: TicketFolder
) -> None:
    (folder.root / "lab-1.json").unlink()
    stamp = folder.root.stat().st_mtime_ns
    assert vigil.look().removed == ("lab-1",)
    (folder.root / "lab-2.json").unlink()
    os.utime(folder.root, ns=(stamp, stamp))
    assert vigil.look().removed == ("lab-2",)


def test_a_folder_that_was_moved_away_is_told(vigil: Vigil, folder: TicketFolder) -> None:
    folder.root.rename(folder.root.with_name("elsewhere"))
    vigil.look()
    assert vigil._mirror.problem is not None
