"""One conversation with a mail server: encrypted, logged in, one recipient per transaction."""

import re
import smtplib
import ssl
from collections.abc import Callable
from typing import Any

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.hang_up import HangUp
from deskwatch.channels.mail_codes import Stage, refusal, trouble
from deskwatch.channels.mail_settings import MailSettings

Token = Callable[[], str]
"""Answers an access token; raises ``DeliveryError``."""

_LINE_END = re.compile(rb"\r\n|\r|\n")


class MailSession:
    """A connection that is ready for mails. Used by one thread at a time.

    Raises:
        DeliveryError: from every method; nothing else.
    """

    def __init__(self, settings: MailSettings, tls: ssl.SSLContext, token: Token, limit: HangUp) -> None:
        self._stage: Stage = "connect"
        timeout = settings.timeout.total_seconds()
        own_name = settings.sender.rpartition("@")[2]
        if settings.tls == "implicit":
            self._smtp: smtplib.SMTP = _WatchedTls(own_name, timeout, limit, context=tls)
        else:
            self._smtp = _Watched(own_name, timeout, limit)
        try:
            self._open(settings, tls, token)
        except DeliveryError:
            self.close()
            raise
        except (smtplib.SMTPException, OSError, ValueError) as problem:
            self.close()
            raise trouble(problem, self._stage) from None

    def _open(self, settings: MailSettings, tls: ssl.SSLContext, token: Token) -> None:
        code, said = self._smtp.connect(settings.host, settings.smtp_port)
        if code != 220:
            raise refusal("connect", code, said)
        self._smtp.ehlo_or_helo_if_needed()
        if settings.tls == "starttls":  # unconditional: a server that hides STARTTLS gets no mail at all
            self._smtp.starttls(context=tls)
            self._smtp.ehlo()
        if settings.user:
            self._stage = "login"
            self._log_in(settings, token)

    def _log_in(self, settings: MailSettings, token: Token) -> None:
        """One attempt only: three wrong ones in a row lock accounts."""
        offered = self._smtp.esmtp_features.get("auth", "").upper().split()
        smtp: Any = self._smtp
        if settings.oauth is not None:
            answer = f"user={settings.user}\x01auth=Bearer {token()}\x01\x01"
            smtp.auth("XOAUTH2", lambda challenge=None: "" if challenge else answer)
            return
        smtp.user = settings.user
        smtp.password = settings.password.reveal() if settings.password else ""
        ways = {"PLAIN": smtp.auth_plain, "LOGIN": smtp.auth_login, "CRAM-MD5": smtp.auth_cram_md5}
        way = next((way for way in ways if way in offered), None)
        if way is None:
            raise DeliveryError(
                "broken",
                "the mail server offers no log-in that we know; leave user empty, or use another port",
            )
        smtp.auth(way, ways[way])

    def send(self, sender: str, recipient: str, mail: bytes) -> str:
        """Hand over one mail; the server's last words."""
        try:
            self._command("sender", *self._smtp.mail(sender))
            self._command("recipient", *self._smtp.rcpt(recipient))
            self._stage = "content"
            code, said = self._smtp.docmd("DATA")
            if code != 354:
                raise refusal("content", code, said)
        except (smtplib.SMTPException, OSError, ValueError) as problem:
            raise trouble(problem, self._stage) from None
        return self._hand_over(mail)

    def _command(self, stage: Stage, code: int, said: bytes) -> None:
        self._stage = stage
        if not 200 <= code < 300:
            raise refusal(stage, code, said)

    def _hand_over(self, mail: bytes) -> str:
        """From here on a cut may come after the server has taken the mail."""
        try:
            self._smtp.send(_on_the_wire(mail))
            code, said = self._smtp.getreply()
        except (smtplib.SMTPException, OSError) as problem:
            raise DeliveryError(
                "unknown", "the mail server was silent or gone after the mail was handed over"
            ) from problem
        if 400 <= code < 600:
            raise refusal("content", code, said)
        if not 200 <= code < 300:
            raise DeliveryError("unknown", "the mail server's last answer was not readable")
        return said.decode("utf-8", "replace")

    def reset(self) -> None:
        """Forget a transaction that was refused."""
        try:
            self._smtp.rset()
        except (smtplib.SMTPException, OSError) as problem:
            raise trouble(problem, self._stage) from None

    def use(self, limit: HangUp) -> None:
        """The next mail has its own time limit."""
        smtp: Any = self._smtp
        smtp.limit = limit
        limit.watch(self._smtp.sock)

    def close(self) -> None:
        """Hang up at once. QUIT would wait for an answer nobody needs."""
        self._smtp.close()


def _on_the_wire(mail: bytes) -> bytes:
    """Line ends as CRLF, dots doubled (RFC 5321 4.5.2), the end marked."""
    lines = _LINE_END.sub(b"\r\n", mail).removesuffix(b"\r\n")
    return re.sub(rb"(?m)^\.", b"..", lines) + b"\r\n.\r\n"


class _Watched(smtplib.SMTP):
    """Tells the time limit which socket is in use: it changes with STARTTLS."""

    def __init__(self, own_name: str, timeout: float, limit: HangUp) -> None:
        self.limit = limit
        super().__init__(local_hostname=own_name, timeout=timeout)

    def getreply(self) -> tuple[int, bytes]:
        """One reply of the server."""
        self.limit.watch(self.sock)
        return super().getreply()


class _WatchedTls(smtplib.SMTP_SSL):
    """The same for TLS from the first byte."""

    def __init__(self, own_name: str, timeout: float, limit: HangUp, *, context: ssl.SSLContext) -> None:
        self.limit = limit
        super().__init__(local_hostname=own_name, timeout=timeout, context=context)

    def getreply(self) -> tuple[int, bytes]:
        """One reply of the server."""
        self.limit.watch(self.sock)
        return super().getreply()
