"""E-mail by SMTP: a channel that tells a wrong password from a full mailbox from a broken cable."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.mail_codes import is_policy
from deskwatch.channels.mail_message import Sender, compose
from deskwatch.channels.mail_oauth import TokenSource
from deskwatch.channels.mail_session import MailSession
from deskwatch.channels.mail_settings import MailSettings, wire_address
from deskwatch.channels.words import one_line
from deskwatch.clock import Clock, Monotonic, monotonic, utc_now
from deskwatch.core.delivery import Notification, Receipt
from deskwatch.wire.hang_up import HangUp

LONGEST_IDLE = 20.0
"""Seconds after which a kept connection is not trusted any more."""

CONVERSATION = 4
"""A whole conversation may take this many times the time limit of one answer, and waiting for a free
connection once that limit."""

LOCK_OUT_PAUSE = 300.0
"""Seconds without another log-in after one was refused: hammering locks the account."""


class Mail:
    """Sends each notification as one mail to one recipient."""

    kind = "email"
    medium = "mail"

    def __init__(
        self,
        name: str,
        settings: MailSettings,
        *,
        clock: Clock = utc_now,
        ticks: Monotonic = monotonic,
    ) -> None:
        self.name = name
        seconds = settings.timeout.total_seconds()
        self.timeout = seconds * (1 + CONVERSATION)
        self._settings = settings
        if settings.password is not None:
            settings.password.reveal()  # one that is missing is told now, not at night
        self._sender = Sender(settings.sender, settings.from_name, settings.reply_to)
        self._clock = clock
        self._ticks = ticks
        self._tokens = TokenSource(settings.oauth, seconds=seconds, ticks=ticks) if settings.oauth else None
        self._free = threading.BoundedSemaphore(settings.connections)
        self._lock = threading.Lock()
        self._idle: list[tuple[float, MailSession]] = []
        self._refused: tuple[float, str] | None = None
        self._turned_away: set[str] = set()
        """Whom a policy kept from getting mail since the last mail was taken."""

    def send(self, notification: Notification) -> Receipt:
        """Hand the mail to the server.

        Raises:
            DeliveryError: ``unknown`` when the line broke after the mail was handed over.
        """
        try:
            recipient = wire_address(notification.address)
        except ValueError:
            words = f"the mail address of {notification.person} is none such as ana@example.com"
            raise DeliveryError("permanent", words) from None
        mail = compose(notification, self._sender, recipient, now=self._clock())
        with self._connection() as limit:
            said = self._hand_over(recipient, mail.as_bytes(), limit)
        return Receipt(state="sent", provider_id=str(mail["Message-ID"]), status=one_line(said, 200))

    @contextmanager
    def _connection(self) -> Iterator[HangUp]:
        """One of the connections that we may have at a time, for one conversation."""
        seconds = self._settings.timeout.total_seconds()
        if not self._free.acquire(timeout=seconds):
            raise DeliveryError(
                "transient", f"all connections to the mail server were busy for {seconds:g} s"
            )
        try:
            with HangUp(seconds * CONVERSATION) as limit:
                yield limit
        finally:
            self._free.release()

    def _hand_over(self, recipient: str, mail: bytes, limit: HangUp) -> str:
        while (session := self._kept()) is not None:
            session.use(limit)
            try:
                session.reset()
            except DeliveryError:
                session.close()  # the server has hung up meanwhile; nothing was sent
                continue
            return self._send(session, recipient, mail)
        return self._send(self._connect(limit), recipient, mail)

    def _send(self, session: MailSession, recipient: str, mail: bytes) -> str:
        try:
            said = session.send(self._sender.address, recipient, mail)
        except DeliveryError as error:
            if error.failure.code is None or error.failure.code == "421":
                session.close()
            else:
                self._keep(session)
            raise self._seen_together(error, recipient) from None
        self._keep(session)
        with self._lock:
            self._turned_away.clear()
        return said

    def _seen_together(self, error: DeliveryError, recipient: str) -> DeliveryError:
        """A policy that turns away one person is about that person; one that turns away two is about us."""
        if not is_policy(error.failure):
            return error
        with self._lock:
            self._turned_away.add(recipient)
            if len(self._turned_away) == 1:
                return error
        return DeliveryError("broken", error.failure.words, code=error.failure.code)

    def check(self) -> str:
        """Connect and log in; nothing is sent."""
        with self._connection() as limit:
            self._keep(MailSession.open(self._settings, self._tls, self._token, limit))
        self._refused = None
        where = f"{self._settings.host}:{self._settings.smtp_port}"
        return f"{where} accepts the log-in" if self._settings.user else f"{where} answers"

    def close(self) -> None:
        """Hang up."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, session in idle:
            session.close()

    def _connect(self, limit: HangUp) -> MailSession:
        refused = self._refused
        if refused is not None and self._ticks() < refused[0]:
            raise DeliveryError("broken", refused[1], code="535")
        try:
            session = MailSession.open(self._settings, self._tls, self._token, limit)
        except DeliveryError as error:
            if error.failure.code == "535" and self._tokens is not None:
                self._tokens.forget()
            elif error.failure.code == "535":
                self._refused = (self._ticks() + LOCK_OUT_PAUSE, error.failure.words)
            raise
        self._refused = None
        return session

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._settings.ca_file is not None:
            try:
                context.load_verify_locations(self._settings.ca_file)
            except OSError as problem:  # an SSLError is one
                words = f"ca_file {self._settings.ca_file} cannot be used ({problem.strerror or problem})"
                raise DeliveryError("broken", one_line(words, 300)) from None
        return context

    def _token(self) -> str:
        return self._tokens.token() if self._tokens is not None else ""

    def _kept(self) -> MailSession | None:
        with self._lock:
            while self._idle:
                since, session = self._idle.pop()
                if self._ticks() - since < LONGEST_IDLE:
                    return session
                session.close()
        return None

    def _keep(self, session: MailSession) -> None:
        with self._lock:
            if len(self._idle) < self._settings.connections:
                self._idle.append((self._ticks(), session))
                return
        session.close()
