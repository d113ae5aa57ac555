"""A real mail server on loopback: STARTTLS, log-in, and recipients with a fate of their own."""

import asyncio
import base64
import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.channels.certificates import certificate

USER, PASSWORD, TOKEN = "desk@example.com", "canary-password", "canary-token"


@dataclass
class Mailbox:
    """What the server took, and how it behaves."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    connections: int = 0
    answers: dict[str, list[str]] = field(default_factory=dict)
    """Command (AUTH, MAIL, RCPT, DATA) to its next answers. ``cut`` ends the line, ``silence`` says nothing,
    ``slow`` never comes to an end, ``take ANSWER`` takes the mail all the same."""
    password: str = PASSWORD
    ways: str = "PLAIN LOGIN"
    """Log-ins on offer."""
    raw: list[bytes] = field(default_factory=list)
    servers: list[SMTP] = field(default_factory=list)
    stuck: threading.Event = field(default_factory=threading.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.servers.append(server)
        return [f"250-AUTH {self.ways}" if " AUTH " in f" {r[4:]} " else r for r in responses]

    def hang_up(self) -> None:
        """End every conversation, as servers do with idle ones."""
        for server in (each for each in self.servers if each.transport is not None):
            server.loop.call_soon_threadsafe(server.transport.close)

    def answer(self, command: str) -> str:
        """What was chosen for the next such command, else nothing."""
        chosen = self.answers.get(command)
        return chosen.pop(0) if chosen else ""

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not (chosen := self.answer("MAIL")):
            envelope.mail_from = address
        return chosen or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not (chosen := self.answer("RCPT")):
            envelope.rcpt_tos.append(address)
        return chosen or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        chosen = self.answer("DATA") or "take 250 2.0.0 queued as 4F1"
        if chosen.startswith(("take ", "cut", "silence")):
            content = envelope.content
            assert isinstance(content, bytes)
            self.raw.append(content)
            mail = message_from_bytes(content, policy=default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
            self.recipients += envelope.rcpt_tos
        if chosen == "cut":
            server.transport.abort()
        while chosen == "slow" and not self.over.is_set():
            await server.push("250-still at it")
            self.stuck.set()
            await asyncio.sleep(0.1)
        if chosen == "silence":
            await self.over.wait()
        return chosen.removeprefix("take ")

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        told = base64.b64decode(args[1]).decode() if len(args) > 1 else ""
        self.logins.append(f"XOAUTH2 {told}")
        if told == f"user={USER}\x01auth=Bearer {TOKEN}\x01\x01":
            return AuthResult(success=True)
        await server.challenge_auth('{"status":"401"}')
        return AuthResult(success=False, handled=False)

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, how: str, data: Any
    ) -> AuthResult:
        """Whether user and password are right."""
        self.logins.append(how)
        if chosen := self.answer("AUTH"):
            return AuthResult(success=False, handled=False, message=chosen)
        right = isinstance(data, LoginPassword) and data.password.decode() == self.password
        return AuthResult(success=right, handled=False)


class _Controller(Controller):
    """On a port the system chooses."""

    def __init__(self, mailbox: Mailbox, **options: Any) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        port = self.listener.getsockname()[1]
        super().__init__(mailbox, hostname="127.0.0.1", port=port, **options)

    def _create_server(self) -> Any:
        return self.loop.create_server(self._counted, sock=self.listener, ssl=self.ssl_context)

    def _counted(self) -> asyncio.Protocol:
        self.handler.connections += 1
        with warnings.catch_warnings(action="ignore"):  # that it asks for log-ins without TLS
            return self._factory_invoker()


@contextmanager
def mail_server(*, tls: str = "starttls", login: bool = True, **behaviour: Any) -> Iterator[Mailbox]:
    """It speaks ``starttls``, ``implicit`` TLS or ``none``; with ``login`` nobody else may send."""
    mailbox = Mailbox(**behaviour)
    context = certificate().server_context()
    options: dict[str, Any] = {"ident": "a mail server"}
    if tls == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    if login:
        options |= {
            "auth_required": True,
            "authenticator": mailbox.authenticate,
            "auth_require_tls": tls == "starttls",
        }
    controller = _Controller(mailbox, ssl_context=context if tls == "implicit" else None, **options)
    mailbox.port = controller.port
    controller.start()
    mailbox.connections = 0
    try:
        yield mailbox
    finally:
        controller.loop.call_soon_threadsafe(mailbox.over.set)
        controller.stop()
