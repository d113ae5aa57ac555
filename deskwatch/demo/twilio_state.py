"""What the simulated Twilio remembers: messages and calls, and how they fare as time goes by."""

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from deskwatch.clock import Clock, utc_now

ACCOUNT_SID = "AC" + "de5c" * 8
AUTH_TOKEN = "demo-auth-token"
API_KEY, API_SECRET = "SK" + "de5c" * 8, "demo-api-secret"
SERVICE_SID = "MG" + "de5c" * 8
TEMPLATE_SID = "HX" + "de5c" * 8
SENDER = "+12025550100"
"""The number the account owns, for texts, WhatsApp and calls."""

_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"})
_START = frozenset({"START", "YES", "UNSTOP"})
_WINDOW = timedelta(hours=24)
"""How long after their last word people can be sent free text by WhatsApp."""


@dataclass(kw_only=True, slots=True)
class Switches:
    """How this Twilio behaves; tests change these between requests. Durations in seconds."""

    accept_delay: tuple[float, float] = (0.0, 0.0)
    """Between reading a request and accepting it, at random; real seconds."""
    when_client_dies: Literal["completes", "drops"] = "completes"
    """What becomes of a request whose client hangs up during ``accept_delay``."""
    list_lag: float = 0.0
    """How long an accepted message or call is missing from the lists."""
    sent_after: float = 0.5
    delivered_after: float = 2.0
    per_second: int | None = None
    """Requests a second for each resource that are not answered 429. ``None``: any number."""
    suspended: bool = False
    trial_numbers: frozenset[str] | None = None
    """The account is a trial that reaches only these numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What becomes of messages or calls to a number."""

    final: str
    code: int | None = None
    after: float = 2.0
    """Seconds from acceptance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An accepted or received message."""

    sid: str
    to: str
    sender: str | None
    body: str
    created_at: datetime
    inbound: bool = False
    service: str | None = None
    content_sid: str | None = None
    validity: int = 36000
    fate: Fate | None = None

    def state(self, now: datetime, switches: Switches) -> tuple[str, int | None, datetime | None]:
        """Status, error code, and when it was sent."""
        if self.inbound:
            return "received", None, self.created_at
        age = (now - self.created_at).total_seconds()
        sent_at = self.created_at + timedelta(seconds=switches.sent_after)
        if self.fate is not None and age >= self.fate.after:
            failed_at_once = self.fate.final in ("failed", "canceled")
            return self.fate.final, self.fate.code, None if failed_at_once else sent_at
        if age < switches.sent_after:
            return ("accepted" if self.service else "queued"), None, None
        if age < switches.delivered_after or self.fate is not None:
            return "sent", None, sent_at
        return "delivered", None, sent_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An accepted call."""

    sid: str
    to: str
    sender: str
    twiml: str
    created_at: datetime
    ring: int = 60
    fate: Fate | None = None

    def state(self, now: datetime) -> tuple[str, datetime | None]:
        """Status, and when it began to ring."""
        age = (now - self.created_at).total_seconds()
        fate = self.fate or Fate(final="completed", after=10.0)
        started_at = self.created_at + timedelta(seconds=1)
        if age >= fate.after:
            return fate.final, None if fate.final == "canceled" else started_at
        if age < 1:
            return "queued", None
        return ("ringing" if age < 3 or fate.final in ("busy", "no-answer") else "in-progress"), started_at


class RefusalError(Exception):
    """A request that Twilio turns down: HTTP status, error code, words."""

    def __init__(self, status: int, code: int, words: str, retry_after: str | None = None) -> None:
        super().__init__(words)
        self.status, self.code, self.words, self.retry_after = status, code, words, retry_after


@dataclass
class TwilioState:
    """One account. Every method may be called from any thread."""

    clock: Clock = utc_now
    switches: Switches = field(default_factory=Switches)
    messages: list[Message] = field(default_factory=list)
    """Everything accepted or received, in order."""
    calls: list[Call] = field(default_factory=list)
    numbers: set[str] = field(default_factory=lambda: {SENDER})
    templates: dict[str, str] = field(default_factory=lambda: {TEMPLATE_SID: "Deskwatch {{1}} {{2}}: {{3}}"})
    fates: dict[str, Fate] = field(default_factory=dict)
    """By recipient, as in ``To``."""
    opted_out: set[tuple[str, str]] = field(default_factory=set)
    """Pairs of recipient and sender."""
    random: Random = field(default_factory=lambda: Random(1))
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def accepted(self) -> list[Message]:
        """The messages sent by the account."""
        with self.lock:
            return [message for message in self.messages if not message.inbound]

    def accept_message(
        self,
        *,
        to: str,
        sender: str | None,
        body: str,
        service: str | None,
        content_sid: str | None,
        validity: int,
    ) -> Message:
        """Take a message that passed every check."""
        with self.lock:
            message = Message(
                sid=_sid("SM"),
                to=to,
                sender=sender,
                body=body,
                created_at=self.clock(),
                service=service,
                content_sid=content_sid,
                validity=validity,
                fate=self.fates.get(to),
            )
            if to.startswith("whatsapp:") and content_sid is None and not self._is_talking(to):
                message = replace(message, fate=Fate(final="failed", code=63016, after=0.0))
            self.messages.append(message)
            return message

    def accept_call(self, *, to: str, sender: str, twiml: str, ring: int) -> Call:
        """Take a call that passed every check."""
        with self.lock:
            call = Call(
                sid=_sid("CA"), to=to, sender=sender, twiml=twiml, created_at=self.clock(), ring=ring,
                fate=self.fates.get(to),
            )  # fmt: skip
            self.calls.append(call)
            return call

    def receive(self, sender: str, text: str, *, to: str = SENDER) -> Message:
        """Somebody answers; ``STOP`` and its like have their effect."""
        with self.lock:
            if sender.startswith("whatsapp:") and not to.startswith("whatsapp:"):
                to = f"whatsapp:{to}"
            word = text.strip().upper()
            if word in _STOP:
                self.opted_out.add((sender, to))
            elif word in _START:
                self.opted_out.discard((sender, to))
            message = Message(
                sid=_sid("SM"), to=to, sender=sender, body=text, created_at=self.clock(), inbound=True
            )
            self.messages.append(message)
            return message

    def reset(self) -> None:
        """Forget everything but the switches."""
        with self.lock:
            for memory in (self.messages, self.calls):
                memory.clear()
            self.fates.clear()
            self.opted_out.clear()

    def rendered(self, content_sid: str, variables: Mapping[str, str]) -> str:
        """The text of a template."""
        text = self.templates[content_sid]
        for name, value in variables.items():
            text = text.replace("{{" + name + "}}", value)
        return text

    def _is_talking(self, to: str) -> bool:
        since = self.clock() - _WINDOW
        return any(m.inbound and m.sender == to and m.created_at > since for m in reversed(self.messages))


def _sid(prefix: str) -> str:
    return prefix + uuid.uuid4().hex
