"""Acknowledgements: who has taken an alert, how we know, and when that no longer counts."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from deskwatch.core.alerts import AlertState, Raised
from deskwatch.core.ticket import Phase, Ticket

AckEvent = Literal["assigned", "replied", "status"]
"""What somebody does to a ticket that shows that it is being worked on."""
ACK_EVENTS: frozenset[AckEvent] = frozenset({"assigned", "replied", "status"})
_BY_WORK = frozenset(
    {
        Phase.PENDING,
        Phase.WAITING_ON_CUSTOMER,
        Phase.WAITING_ON_THIRD_PARTY,
        Phase.ON_HOLD,
        Phase.SCHEDULED,
        Phase.RESOLVED,
        Phase.CLOSED,
    }
)
"""Phases that people put a ticket into; ``open`` and ``customer_replied`` may be the customer's doing."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody has taken it: ``via`` is ``assigned``, ``replied``, ``status``, ``sms`` or ``command``.

    ``person``: the id of who has taken it, when it is somebody of ``people.yaml``.
    """

    by: str
    via: str
    at: datetime
    words: str
    person: str | None = None


def acknowledgement(
    raised: Raised, ticket: Ticket, *, now: datetime, events: frozenset[AckEvent] = ACK_EVENTS
) -> Acknowledgement | None:
    """Whether work on the ticket shows that somebody has taken this alert; the earliest sign counts.

    Assignments and status changes count when the watcher saw them after the alert was raised, an agent's
    reply when it was written after what caused the alert: its time is the helpdesk's own.
    """
    agent = ticket.agent.name if ticket.agent is not None else ""
    signs: list[Acknowledgement] = []
    if "assigned" in events and agent and _after(ticket.assigned_since, raised.raised_at, now):
        assert ticket.assigned_since is not None
        signs.append(Acknowledgement(agent, "assigned", ticket.assigned_since, f"taken by {agent}"))
    replied_at = max(
        (at for at in (ticket.agent_responded_at, ticket.first_responded_at) if at is not None), default=None
    )
    if "replied" in events and _after(replied_at, raised.alert.occurred_at, now):
        assert replied_at is not None
        who = agent or "an agent"
        signs.append(Acknowledgement(who, "replied", replied_at, f"{who} answered the customer"))
    changed = ticket.phase in _BY_WORK and _after(ticket.status_since, raised.raised_at, now)
    if "status" in events and changed:
        assert ticket.status_since is not None
        who = agent or "somebody"
        words = f"{who} set it to {ticket.status.name or ticket.phase.replace('_', ' ')}"
        signs.append(Acknowledgement(who, "status", ticket.status_since, words))
    return min(signs, key=lambda sign: sign.at, default=None)


def acknowledged(
    raised: Raised, acknowledgement: Acknowledgement, *, lapses_after: timedelta | None
) -> Raised:
    """The alert with its steps stopped."""
    return raised.with_(
        state=AlertState.ACKNOWLEDGED,
        next_step_at=None,
        acknowledged_at=acknowledgement.at,
        acknowledged_by=acknowledgement.by,
        acknowledged_via=acknowledgement.via,
        lapses_at=acknowledgement.at + lapses_after if lapses_after is not None else None,
        why=acknowledgement.words,
    )


def lapse(raised: Raised, *, still_late: bool, now: datetime) -> Raised | None:
    """The alert when its acknowledgement is over; ``None``: it still counts, or never ends.

    It begins again with the first step when the ticket is still late; otherwise it stays acknowledged.
    """
    if raised.state is not AlertState.ACKNOWLEDGED or raised.lapses_at is None or now < raised.lapses_at:
        return None
    if not still_late:
        return raised.with_(lapses_at=None)
    by = raised.acknowledged_by or "somebody"
    return _begun_again(raised, now, f"taken by {by}, but still late when that lapsed")


def given_back(raised: Raised, ticket: Ticket, *, now: datetime) -> Raised | None:
    """The alert when whoever took it by taking the ticket has let go of it again; ``None``: somebody has it.

    It begins again at once: nobody is at it, and everybody who was told believes somebody is.
    """
    is_taken = raised.state is AlertState.ACKNOWLEDGED and raised.acknowledged_via == "assigned"
    if not is_taken or ticket.agent is not None or ticket.phase in _BY_WORK:
        return None
    return _begun_again(raised, now, f"{raised.acknowledged_by or 'whoever took it'} gave the ticket back")


def _begun_again(raised: Raised, now: datetime, why: str) -> Raised:
    return raised.with_(
        state=AlertState.OPEN,
        step=0,
        lap=raised.lap + 1,
        next_step_at=now,
        held_until=None,
        lapses_at=None,
        why=why,
    )


@dataclass(frozen=True, slots=True)
class Ack:
    """A reply that takes alerts: those whose texts bear these codes, or ``all``; neither: the last one."""

    codes: tuple[str, ...] = ()
    all: bool = False

    @property
    def code(self) -> str | None:
        """The first code, in capitals."""
        return self.codes[0] if self.codes else None


@dataclass(frozen=True, slots=True)
class Stop:
    """A reply that forbids further messages to this number; the provider obeys it on its own."""


@dataclass(frozen=True, slots=True)
class Start:
    """A reply that allows messages to this number again; the provider obeys it on its own."""


_START = frozenset({"start", "unstop", "yes"})
"""Words that Twilio takes for an opt-in; ``yes`` alone therefore takes no alert, ``yes a7k2`` does."""
_STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"})
"""https://help.twilio.com/articles/223134027: the words that Twilio itself takes for an opt-out."""
_HELP = frozenset({"help", "info"})
"""Words that Twilio answers by itself."""
_TAKE = frozenset({"ack", "acknowledge", "ok", "okay", "yes", "taken", "mine"})
_REFUSES = frozenset({"not", "no", "cannot", "can", "cant", "dont", "don", "won", "wont", "nobody"})
"""With any of these somebody says more than we understand; then it is safer that others are told."""
_CODE = re.compile(r"(?=.*[0-9])(?=.*[a-z])[a-z0-9]{4}")
"""Codes mix letters and digits, so that no word is one."""


def parse_reply(text: str) -> Ack | Stop | Start | None:
    """What somebody meant by a reply; ``None``: nothing we know.

    ``ack a7k2``, ``A7K2``, ``[A7K2]``, ``ok a7k2 b3c4``, ``ack all``, ``ack``, ``STOP``, ``START``.
    """
    folded = unicodedata.normalize("NFKC", text[:200]).casefold()
    words = re.findall(r"[a-z0-9]+", folded)
    if not words or len(words) > 12:
        return None
    if words[0] in _STOP and len(words) == 1:
        return Stop()
    if words[0] in _START and len(words) == 1:
        return Start()
    takes = words[0] in _TAKE
    rest = words[1:] if takes else words
    if not _REFUSES.isdisjoint(words):
        return None
    codes = tuple(dict.fromkeys(word.upper() for word in rest if _CODE.fullmatch(word)))
    if takes and rest[:1] == ["all"]:
        return Ack(all=True)
    if codes and (takes or all(_CODE.fullmatch(word) for word in rest)):
        return Ack(codes)
    return Ack() if takes and not rest else None


def may_be_thanks(text: str) -> bool:
    """Whether a reply that takes something may as well be an "ok" to what was said last."""
    words = re.findall(r"[a-z0-9]+", unicodedata.normalize("NFKC", text[:200]).casefold())
    return words[:1] in (["ok"], ["okay"], ["yes"])


def is_for_the_carrier(text: str) -> bool:
    """Whether a reply is one of the words that the carrier or Twilio answers, so that we had better not."""
    words = re.findall(r"[a-z0-9]+", unicodedata.normalize("NFKC", text[:200]).casefold())
    return len(words) == 1 and words[0] in _STOP | _START | _HELP


def _after(at: datetime | None, than: datetime, now: datetime) -> bool:
    """Whether something happened after an instant; what lies in the future has not happened."""
    return at is not None and than < at <= now
