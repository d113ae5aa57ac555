"""An envelope: who is told by which channel and when, before there is a text."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from deskwatch.core.alerts import Alert, AlertKind
from deskwatch.core.people import Urgency
from deskwatch.core.ticket import Priority

NEWS = frozenset(
    {
        AlertKind.RESOLVED,
        AlertKind.RECOVERED,
        AlertKind.TAKEN,
        AlertKind.ANSWER,
        AlertKind.DIGEST,
        AlertKind.SHIFT_STARTS,
    }
)
"""Kinds that nobody has to react to: they are told once, and to nobody else instead."""

_LAST_PRIORITY = 4
_URGENT, _NORMAL, _STAGE, _FOR_INFORMATION = 0, 100, 10, 4
_PRIORITY = {priority.value: 4 - priority.rank for priority in Priority}


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A notification without its text.

    Attributes:
        person: id of the contact, also when ``redirect`` sends it elsewhere.
        rank: order of sending, smallest first.
        group: envelopes of one person, channel and group are told in one message.
        step: index of the step; ``lap`` above 0 says that the ladder is climbed again.
        why: why this person, to fit after "you are": ``on call in layer primary``.
        copy: for information only, such as a manager's copy by mail.
        prefix: stands before the text; says for whom it was meant when it is redirected.
    """

    person: str
    channel: str
    address: str
    alerts: tuple[str, ...]
    urgency: Urgency
    rank: int = 0
    group: str | None = None
    step: int = 0
    lap: int = 0
    not_before: datetime | None = None
    why: str = ""
    copy: bool = False
    prefix: str = ""

    def with_(self, **changes: Any) -> "Envelope":
        """A copy with some fields changed."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Redirection:
    """Where everything goes instead (``alerts.mode: redirect``): a channel and an address of it."""

    channel: str
    to: str


def redirect(envelope: Envelope, to: Redirection, *, name: str | None = None) -> Envelope:
    """The same envelope to one address; its text will begin with the person it was meant for."""
    prefix = f"[for {name or envelope.person} by {envelope.channel}] "
    return envelope.with_(channel=to.channel, address=to.to, prefix=prefix)


def rank_of(alert: Alert, *, step: int = 0, lap: int = 0, copy: bool = False) -> int:
    """The order of sending: urgent first, then news before escalations before repeats, then by priority."""
    priority = _PRIORITY.get(str(alert.facts.get("priority")), _LAST_PRIORITY)
    if copy or alert.kind is AlertKind.DIGEST:
        stage = _FOR_INFORMATION
    elif alert.kind in (AlertKind.RESOLVED, AlertKind.RECOVERED, AlertKind.TAKEN):
        stage = 3
    else:
        stage = 2 if lap else 1 if step else 0
    return (_URGENT if alert.urgency is Urgency.URGENT else _NORMAL) + _STAGE * stage + priority


def is_for_information(rank: int) -> bool:
    """Whether a message of this rank is a copy or a summary."""
    return rank % _NORMAL >= _STAGE * _FOR_INFORMATION
