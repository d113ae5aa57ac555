"""One conversation with a mail server: encrypted, logged in, one recipient per transaction."""

import base64
import re
import smtplib
import ssl
from collections.abc import Callable, Iterable
from typing import Any

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.mail_codes import Stage, refusal, trouble
from deskwatch.channels.mail_settings import MailSettings
from deskwatch.wire.hang_up import HangUp

Token = Callable[[], str]
"""Answers an access token; raises ``DeliveryError``."""

_LINE_END = re.compile(rb"\r\n|\r|\n")
_TROUBLE = (smtplib.SMTPException, OSError, ValueError)
"""ValueError: what smtplib makes of host names and replies that are not text."""


class MailSession:
    """A connection that is ready for mails. Used by one thread at a time.

    Every method raises ``DeliveryError`` and nothing else.
    """

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp
        self._stage: Stage = "connect"

    @classmethod
    def open(cls, settings: MailSettings, tls: ssl.SSLContext, token: Token, limit: HangUp) -> "MailSession":
        """Connect, encrypt, log in."""
        try:
            session = cls(_connect(settings, tls, limit))
        except _TROUBLE as problem:
            raise trouble(problem, "connect") from None
        try:
            session._make_ready(settings, tls, token)
        except DeliveryError:
            session.close()
            raise
        except _TROUBLE as problem:
            session.close()
            secrets = (settings.password.reveal(),) if settings.password is not None else ()
            raise trouble(problem, session._stage, secrets) from None
        return session

    def _make_ready(self, settings: MailSettings, tls: ssl.SSLContext, token: Token) -> None:
        self._smtp.ehlo_or_helo_if_needed()
        if settings.tls == "starttls":  # unconditional: a server that hides STARTTLS gets no mail at all
            self._smtp.starttls(context=tls)
            self._smtp.ehlo()
        if settings.user:
            self._stage = "login"
            self._log_in(settings, token)

    def _log_in(self, settings: MailSettings, token: Token) -> None:
        """One attempt by one method: smtplib's own ``login`` tries up to three, and that locks accounts."""
        smtp: Any = self._smtp
        if settings.oauth is not None:
            answer = f"user={settings.user}\x01auth=Bearer {token()}\x01\x01"
            smtp.auth("XOAUTH2", lambda challenge=None: "" if challenge else answer)
            return
        smtp.user = settings.user
        smtp.password = settings.password.reveal() if settings.password is not None else ""
        offered = smtp.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:  # by hand: smtplib's takes ASCII passwords only
            told = base64.b64encode(f"\0{smtp.user}\0{smtp.password}".encode()).decode()
            self._expect(235, *smtp.docmd("AUTH", f"PLAIN {told}"), secrets=(smtp.password, told))
        elif "LOGIN" in offered:
            smtp.auth("LOGIN", smtp.auth_login)
        elif "CRAM-MD5" in offered:
            smtp.auth("CRAM-MD5", smtp.auth_cram_md5)
        else:
            words = "the mail server offers no log-in that we know; leave user empty, or use another port"
            raise DeliveryError("broken", words)

    def send(self, sender: str, recipient: str, mail: bytes) -> str:
        """Hand over one mail; the server's last words."""
        try:
            self._begin(sender, recipient)
        except _TROUBLE as problem:
            raise trouble(problem, self._stage) from None
        try:
            self._smtp.send(_on_the_wire(mail))
            code, said = self._smtp.getreply()
        except _TROUBLE:
            words = "the mail server was silent or gone after the mail was handed over; it may have taken it"
            raise DeliveryError("unknown", words) from None
        if 400 <= code < 600:
            raise refusal("content", code, said)
        if not 200 <= code < 300:
            raise DeliveryError("unknown", "the mail server's answer to the mail cannot be understood")
        return said.decode("utf-8", "replace")

    def _begin(self, sender: str, recipient: str) -> None:
        self._stage = "sender"
        self._expect(250, *self._smtp.mail(sender))
        self._stage = "recipient"
        self._expect(250, *self._smtp.rcpt(recipient))
        self._stage = "content"
        self._expect(354, *self._smtp.docmd("DATA"))

    def _expect(self, wanted: int, code: int, said: bytes, *, secrets: Iterable[str] = ()) -> None:
        if code // 10 != wanted // 10:
            raise refusal(self._stage, code, said, secrets)

    def reset(self) -> None:
        """Forget the transaction before; also asks whether the server is still there."""
        self._stage = "connect"
        try:
            self._expect(250, *self._smtp.rset())
        except _TROUBLE as problem:
            raise trouble(problem, self._stage) from None

    def use(self, limit: HangUp) -> None:
        """The next mail has its own time limit."""
        smtp: Any = self._smtp
        smtp.limit = limit
        limit.watch(self._smtp.sock)

    def close(self) -> None:
        """Hang up at once: QUIT would wait for an answer that nobody needs."""
        self._smtp.close()


def _connect(settings: MailSettings, tls: ssl.SSLContext, limit: HangUp) -> smtplib.SMTP:
    where = (settings.host, settings.smtp_port)
    own_name = settings.sender.rpartition("@")[2]  # smtplib would ask DNS, which may take its time
    seconds = settings.timeout.total_seconds()
    if settings.tls == "implicit":
        return _WatchedTls(limit, *where, local_hostname=own_name, timeout=seconds, context=tls)
    return _Watched(limit, *where, local_hostname=own_name, timeout=seconds)


def _on_the_wire(mail: bytes) -> bytes:
    """Line ends as CRLF, dots doubled (RFC 5321 4.5.2), the end marked."""
    lines = _LINE_END.sub(b"\r\n", mail).removesuffix(b"\r\n")
    return re.sub(rb"(?m)^\.", b"..", lines) + b"\r\n.\r\n"


class _Watched(smtplib.SMTP):
    """Tells the time limit which socket is in use: it is another one after STARTTLS."""

    def __init__(self, limit: HangUp, *where: Any, **options: Any) -> None:
        self.limit = limit
        super().__init__(*where, **options)

    def getreply(self) -> tuple[int, bytes]:
        """One reply of the server."""
        self.limit.watch(self.sock)
        return super().getreply()


class _WatchedTls(_Watched, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""
