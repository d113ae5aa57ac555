"""What is sent to whom, how it stands, and why: notifications and decisions as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal

from deskwatch.core.people import Urgency


class NotificationState(StrEnum):
    """Where a notification stands.

    ``sending`` is recorded before the request leaves, so that a process that dies in between knows what to
    ask the provider. ``unknown`` may have been accepted: it is looked up before anything is sent again.
    ``bundled``: told within another notification. ``logged``: written to the log, as ``alerts.mode`` says.
    """

    PENDING = "pending"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    BUNDLED = "bundled"
    CANCELED = "canceled"
    LOGGED = "logged"

    @property
    def is_final(self) -> bool:
        """Whether nothing more is to be done; ``sent`` still waits for proof of delivery."""
        return self not in _UNFINISHED


_UNFINISHED = frozenset(
    {
        NotificationState.PENDING,
        NotificationState.SENDING,
        NotificationState.UNKNOWN,
        NotificationState.SENT,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One alert or one bundle of them, for one recipient, by one channel.

    Attributes:
        id: never used twice.
        code: four letters and digits that stand in the text: for replies, and to find it at the provider.
        alerts: keys of the alerts it tells.
        person: id of the contact. ``channel``: name of a channel of ``alerts.yaml``.
        rank: order of sending, smallest first.
        group: pending notifications of one person, channel and group are always told in one.
        not_before: when it may be sent at the earliest.
        tried_at: when the last request left. ``settle_at``: when an unknown outcome may be looked up.
        repeat: sent once more although the first may have arrived; the text says so.
        bundle: id of the notification that tells this one.
        checks: how often the provider was asked for proof of delivery, and ``check_at``: when to ask next.
        facts: the facts of its first alert, for channels that send data instead of text.
    """

    id: str
    code: str
    alerts: tuple[str, ...]
    person: str
    channel: str
    address: str
    urgency: Urgency
    state: NotificationState
    created_at: datetime
    rank: int = 0
    group: str | None = None
    step: int = 0
    subject: str = ""
    text: str = ""
    html: str | None = None
    url: str | None = None
    thread: str | None = None
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    not_before: datetime | None = None
    attempts: int = 0
    tried_at: datetime | None = None
    settle_at: datetime | None = None
    sent_at: datetime | None = None
    finished_at: datetime | None = None
    provider_id: str | None = None
    provider_status: str | None = None
    segments: int = 0
    checks: int = 0
    check_at: datetime | None = None
    error_code: str | None = None
    error: str | None = None
    repeat: bool = False
    bundle: str | None = None

    def with_(self, **changes: Any) -> "Notification":
        """A copy with some fields changed."""
        return replace(self, **changes)


class Verdict(StrEnum):
    """What was decided about telling somebody."""

    SEND = "send"
    WAIT = "wait"
    SKIP = "skip"
    GIVE_UP = "give_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Why somebody was told, or was not: one row for each message and for each silence."""

    at: datetime
    alert: str
    verdict: Verdict
    reason: str
    person: str | None = None
    channel: str | None = None
    step: int | None = None
    until: datetime | None = None


FailureKind = Literal["permanent", "transient", "unknown", "broken"]
"""``permanent``: this address will never work. ``transient``: try again, nothing was accepted. ``unknown``:
may have been accepted. ``broken``: the channel's configuration or account needs a person; use another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a channel said when it did not accept a notification."""

    kind: FailureKind
    words: str
    code: str | None = None
    retry_after: float | None = None
    """Seconds the provider asked to be left alone."""
    lasting: bool = True
    """Of a permanent failure: whether the address is dead. Else it is about this message only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a channel said when it accepted a notification, or was asked about one later.

    ``delivered``: the provider proves it. ``failed``: accepted at first, then given up; ``failure`` says why.
    """

    state: Literal["sent", "delivered", "failed"]
    provider_id: str | None = None
    status: str | None = None
    """The provider's own word, for the log."""
    segments: int = 1
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Something a recipient sent back."""

    id: str
    sender: str
    text: str
    at: datetime
