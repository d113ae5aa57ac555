"""The file, the terminal and Apprise keep the contract too."""

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest

from deskwatch.channels.build import build
from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.chat_settings import AppriseSettings
from deskwatch.channels.console import Console
from deskwatch.channels.file_settings import ConsoleSettings, FileSettings
from deskwatch.core.delivery import FailureKind
from deskwatch.settings import Secret
from tests.channels.contract import ChannelContract, World
from tests.channels.http_server import Recorder, Reply, web_server
from tests.channels.notifications import notification

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:apprise", "ignore:'imghdr'")


class FileWorld(World):
    """A file that may turn into a folder, or a disk that is full."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.channel = build("under-test", FileSettings(path=path))

    def arrived(self) -> list[str]:
        return [json.loads(line)["text"] for line in self.path.read_text("utf-8").split("\n") if line]

    def fail(self, how: str) -> None:
        if how == "folder in the way":
            self.path.mkdir()
        else:
            self.path.symlink_to("/dev/full")


class TestFile(ChannelContract):
    kind, medium = "file", "chat"
    failures: ClassVar[Mapping[str, FailureKind]] = {"folder in the way": "broken"}

    @contextmanager
    def open(self, folder: Path) -> Iterator[World]:
        yield FileWorld(folder / "out.jsonl")


class ConsoleWorld(World):
    """Standard output, as long as somebody reads it."""

    def __init__(self) -> None:
        self.screen = io.StringIO()
        self.channel = Console("under-test", ConsoleSettings(), stream=self.screen)

    def arrived(self) -> list[str]:
        return self.screen.getvalue().split("under-test to ")[1:]

    def fail(self, how: str) -> None:
        self.screen.close()


class TestConsole(ChannelContract):
    kind, medium = "console", "chat"
    failures: ClassVar[Mapping[str, FailureKind]] = {"nobody reads": "broken"}

    @contextmanager
    def open(self, folder: Path) -> Iterator[World]:
        yield ConsoleWorld()


class AppriseWorld(World):
    """Apprise's JSON service and a web server."""

    secrets = ("canary5f1e",)

    def __init__(self, server: Recorder) -> None:
        self.server = server
        address = server.url.replace("http://", "json://user:canary5f1e@") + "?cto=2&rto=2"
        settings = AppriseSettings.model_validate({"url": Secret(address), "timeout": "4s"})
        self.channel = build("under-test", settings)

    def arrived(self) -> list[str]:
        return [json.loads(post.body)["message"] for post in self.server.posts]

    def fail(self, how: str) -> None:
        replies = {
            "500": Reply(500),
            "401": Reply(401),
            "silence": Reply(silent=True),
            "cut": Reply(cut=True),
        }
        self.server.next.append(replies[how])


class TestApprise(ChannelContract):
    kind, medium = "apprise", "chat"
    failures: ClassVar[Mapping[str, FailureKind]] = {
        "500": "transient",
        "401": "transient",
        "silence": "transient",
        "cut": "transient",
    }

    @contextmanager
    def open(self, folder: Path) -> Iterator[World]:
        with web_server(Reply()) as server:
            yield AppriseWorld(server)


def test_an_address_apprise_does_not_know_is_a_broken_channel_and_not_printed() -> None:
    channel = build("under-test", AppriseSettings(url=Secret("nosuch://canary5f1e")))
    for call in (channel.check, lambda: channel.send(notification())):
        with pytest.raises(DeliveryError) as caught:
            call()
        assert caught.value.failure.kind == "broken"
        assert "canary5f1e" not in str(caught.value)


def test_a_terminal_that_knows_few_letters_shows_question_marks() -> None:
    screen = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Console("under-test", ConsoleSettings(), stream=screen).send(notification(text="Büro 🔥"))
    screen.seek(0)
    assert "B?ro ?" in screen.read()
