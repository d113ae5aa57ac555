"""E-mail keeps the contract, against a server with STARTTLS and log-in."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from deskwatch.channels.build import build
from deskwatch.core.delivery import FailureKind
from tests.channels.contract import ChannelContract, World
from tests.channels.mail_account import settings_for
from tests.channels.smtp_server import PASSWORD, Mailbox, mail_server


class MailWorld(World):
    """A mail channel and its server."""

    secrets = (PASSWORD,)

    def __init__(self, server: Mailbox) -> None:
        self.server = server
        self.channel = build("under-test", settings_for(server.port, timeout="1s"))

    def arrived(self) -> list[str]:
        bodies = [mail.get_body(("plain",)) for mail in self.server.mails]
        return [str(body.get_content()) for body in bodies if body is not None]

    def fail(self, how: str) -> None:
        command, _, answer = how.partition(" ")
        self.server.answers[command] = [answer]


class TestMail(ChannelContract):
    kind, medium, address = "email", "mail", "ana@example.com"
    failures: ClassVar[Mapping[str, FailureKind]] = {
        "RCPT 450 4.2.0 greylisted": "transient",
        "RCPT 421 4.7.0 too many connections": "transient",
        "RCPT 550 5.1.1 no such user": "permanent",
        "RCPT 550 5.7.1 policy": "permanent",
        "MAIL 553 5.1.8 sender unknown": "broken",
        "MAIL 451 4.3.0 later": "transient",
        "DATA 452 4.3.1 disk full": "transient",
        "DATA 552 5.3.4 too large": "permanent",
        "DATA cut": "unknown",
        "DATA silence": "unknown",
        "AUTH 535 5.7.8 wrong password canary-password": "broken",
        "AUTH 454 4.7.0 temporary": "transient",
    }

    @contextmanager
    def open(self, folder: Path) -> Iterator[World]:
        with mail_server() as server:
            yield MailWorld(server)

    def test_ten_threads_may_use_it_at_once(self, world: World) -> None:
        assert isinstance(world, MailWorld)
        world.channel = build(
            "under-test", settings_for(world.server.port, timeout="30s")
        )  # they wait in turn
        super().test_ten_threads_may_use_it_at_once(world)
