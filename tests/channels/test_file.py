"""The file channel: on the disk before it counts, and found again."""

import json
from pathlib import Path

import pytest

from deskwatch.channels.channel import DeliveryError, Traceable
from deskwatch.channels.file import File
from deskwatch.channels.file_settings import FileSettings
from tests.channels.notifications import NOW, notification


def make(path: Path, **settings: str) -> File:
    return File("file", FileSettings.model_validate({"path": path, **settings}), clock=lambda: NOW)


def test_a_notification_is_one_line_of_json(tmp_path: Path) -> None:
    channel = make(tmp_path / "state" / "out.jsonl")
    channel.send(notification(text="two\nlines \u2028 three"))
    (line,) = channel.path.read_text("utf-8").split("\n")[:-1]
    told = json.loads(line)
    assert told["person"] == "ana"
    assert told["text"] == "two\nlines \u2028 three"
    assert told["at"] == "2026-03-10T13:00:00+00:00"


@pytest.mark.parametrize("format_", ["json", "text"])
def test_what_was_written_is_found_and_nothing_else(tmp_path: Path, format_: str) -> None:
    channel = make(tmp_path / "out", format=format_)
    assert isinstance(channel, Traceable)
    assert channel.find(notification(), now=NOW) is None
    channel.send(notification())
    found = channel.find(notification(), now=NOW)
    assert found is not None
    assert found.state == "delivered"
    assert channel.find(notification(id="n-2"), now=NOW) is None


def test_a_line_that_a_crash_cut_off_does_not_count_and_harms_no_later_one(tmp_path: Path) -> None:
    channel = make(tmp_path / "out")
    channel.send(notification())
    whole = channel.path.read_bytes()
    channel.path.write_bytes(whole[: len(whole) // 2])
    assert channel.find(notification(), now=NOW) is None
    channel.send(notification(id="n-2"))
    assert channel.find(notification(id="n-2"), now=NOW) is not None


def test_a_file_that_cannot_be_written_is_a_broken_channel(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(DeliveryError) as caught:
        make(tmp_path / "out").send(notification())
    assert caught.value.failure.kind == "broken"
