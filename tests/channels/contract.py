"""What every channel promises, checked against a server of its kind. See ``deskwatch/channels/channel.py``.

A channel's test file subclasses ``ChannelContract`` and says how to open its world.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from time import monotonic
from typing import ClassVar

import pytest

from deskwatch.channels.channel import Channel, DeliveryError
from deskwatch.core.delivery import Failure, FailureKind, Notification, Receipt
from tests.channels.notifications import notification

HOSTILE = "a\r\nBcc: mia@example.com\r\n\r\n<!channel> & \x00\x1b[31m \ud800 \u2028 “quoted” 🔥 " + "x" * 5000
"""What a ticket may say: breaks, controls, markup, half a character, and too much of it."""

TALKATIVE = ("urllib3", "twilio", "mail.log")
"""Loggers that ``deskwatch/logs.py`` quiets too; the last belongs to the mail server of the tests."""

PATIENCE = 1.0
"""Seconds a send may take above its time limit on a busy machine."""


class World(ABC):
    """A channel and the provider behind it."""

    channel: Channel
    secrets: tuple[str, ...] = ()

    @abstractmethod
    def arrived(self) -> list[str]:
        """The texts the provider took, oldest first."""

    @abstractmethod
    def fail(self, how: str) -> None:
        """The next request ends like this."""


class ChannelContract:
    """Subclasses set ``kind``, ``medium``, ``failures`` and ``open``."""

    kind: ClassVar[str]
    medium: ClassVar[str]
    address: ClassVar[str] = ""
    failures: ClassVar[Mapping[str, FailureKind]] = {}
    """How a request may end to what the channel must make of it."""

    def open(self, folder: Path) -> AbstractContextManager[World]:
        """A provider that works, and a channel that talks to it with a time limit of a second."""
        raise NotImplementedError

    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[World]:
        with self.open(tmp_path) as world:
            yield world
            world.channel.close()
            world.channel.close()  # harmless twice

    def notification(self, **changes: object) -> Notification:
        return notification(**{"address": self.address, **changes})

    def test_it_says_what_it_is(self, world: World) -> None:
        channel = world.channel
        assert (channel.name, channel.kind, channel.medium) == ("under-test", self.kind, self.medium)
        assert 0 < channel.timeout < 120

    def test_an_accepted_notification_has_a_receipt_and_has_arrived_once(self, world: World) -> None:
        receipt = world.channel.send(self.notification())
        assert isinstance(receipt, Receipt)
        assert receipt.state in ("sent", "delivered")
        (text,) = world.arrived()
        assert "Mail is down" in text

    def test_the_check_tells_nobody(self, world: World) -> None:
        words = world.channel.check()
        assert words
        assert "\n" not in words
        assert world.arrived() == []

    def test_each_failure_is_told_apart(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        for talkative in TALKATIVE:
            caplog.set_level(logging.WARNING, talkative)
        for number, (how, kind) in enumerate(self.failures.items()):
            folder = tmp_path / str(number)
            folder.mkdir()
            with self.open(folder) as world:
                world.fail(how)
                failure = failure_of(world.channel, self.notification())
                world.channel.close()
                assert failure.kind == kind, f"{how}: {failure}"
                shown = repr(failure) + caplog.text
                assert not [secret for secret in world.secrets if secret in shown], how
            assert failure.words
            assert "\n" not in failure.words
            assert len(failure.words) < 500

    def test_what_a_ticket_says_is_no_reason_to_fail(self, world: World) -> None:
        world.channel.send(self.notification(subject=HOSTILE, text=HOSTILE, html=None))
        assert len(world.arrived()) == 1

    def test_a_notification_without_extras_is_sent_too(self, world: World) -> None:
        world.channel.send(self.notification(subject="", url=None, thread=None, facts={}))
        assert len(world.arrived()) == 1

    def test_ten_threads_may_use_it_at_once(self, world: World) -> None:
        texts = [f"Mail is down {number} [K7Q2]" for number in range(10)]
        each = [self.notification(id=f"n-{number}", text=text) for number, text in enumerate(texts)]
        with ThreadPoolExecutor(10) as pool:
            receipts = list(pool.map(world.channel.send, each))
        assert len(receipts) == 10
        arrived = world.arrived()
        assert sorted(text for text in texts if any(text in got for got in arrived)) == sorted(texts)
        assert len(arrived) == 10

    def test_it_works_again_after_a_failure(self, world: World) -> None:
        transient = [how for how, kind in self.failures.items() if kind in ("transient", "unknown")]
        for how in transient[:1]:
            world.fail(how)
            failure_of(world.channel, self.notification())
            before = len(world.arrived())
            world.channel.send(self.notification())
            assert len(world.arrived()) == before + 1


def failure_of(channel: Channel, sent: Notification) -> Failure:
    """How the send failed; it must do so in time, and in no other way."""
    started = monotonic()
    with pytest.raises(DeliveryError) as caught:
        channel.send(sent)
    assert monotonic() - started < channel.timeout + PATIENCE
    return caught.value.failure
