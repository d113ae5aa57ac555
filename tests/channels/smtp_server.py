"""A real mail server on loopback: STARTTLS, log-in, and recipients with a fate of their own."""

import asyncio
import base64
import socket
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

FATES = {
    "nobody": "550 5.1.1 no such user",
    "full": "552 5.2.2 mailbox full",
    "busy": "450 4.2.0 greylisted, come back later",
    "forbidden": "550 5.7.1 policy forbids it",
    "slowdown": "421 4.7.0 too many mails",
}
"""Left side of a recipient to the answer it gets."""


@dataclass
class Mailbox:
    """What the server took, and how it behaves."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    connections: int = 0
    times_refused: dict[str, int] = field(default_factory=dict)
    """Left side of a recipient to how often it is still refused."""
    after_data: str = "250 2.0.0 taken"
    """The answer to a mail; empty: it is taken and the line is cut."""
    raw: list[bytes] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        name = address.partition("@")[0]
        left = self.times_refused.get(name)
        if name in FATES and left != 0:
            if left is not None:
                self.times_refused[name] = left - 1
            return FATES[name]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.after_data[:1] in ("", "2", "x"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.raw.append(content)
            mail = message_from_bytes(content, policy=default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
            self.recipients += envelope.rcpt_tos
        if not self.after_data:
            server.transport.abort()
        return self.after_data

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
        right = isinstance(data, LoginPassword) and data.password.decode() == PASSWORD
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
        controller.stop()
