"""What came of an answer, told to whoever gave it: whose the ticket is, or that nobody understood."""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal

from deskwatch.config.alerts import AcknowledgementSettings
from deskwatch.core.alerts import Alert, AlertKind, AlertState, Raised
from deskwatch.core.delivery import Verdict
from deskwatch.core.desk import Desk
from deskwatch.core.envelope import Envelope, rank_of
from deskwatch.core.people import Contact, Urgency
from deskwatch.core.reach import unusable
from deskwatch.core.sending import ALONE
from deskwatch.core.ticket import format_instant
from deskwatch.pager.codes import Codes
from deskwatch.pager.delivery import Heard
from deskwatch.pager.ledger import Ledger
from deskwatch.pager.writing import Writer
from deskwatch.store.outbox import Outbox

log = logging.getLogger(__name__)

HOUR = timedelta(hours=1)
MOST_PUZZLED = 2
"""In an hour somebody hears so often that nobody understood: a machine that answers would not stop."""
_KINDS = frozenset({"sms", "whatsapp"})
_ABOUT = f"desk|{AlertKind.ANSWER}|"
_SUMS_UP = frozenset({AlertKind.DIGEST, AlertKind.SHIFT_STARTS, AlertKind.BACKLOG, AlertKind.RESOLVED})
_PUZZLED = ("not_understood", "no_such_code")

Outcome = Literal["yours", "yours_already", "taken", "over", "nothing", "no_such_code", "not_understood"]


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of an answer; ``facts`` for the text that tells it."""

    heard: Heard
    sender: Contact
    outcome: Outcome
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def key(self) -> str:
        """What comes before the provider's id of the answer: whether it was understood."""
        return f"{_ABOUT}{self.outcome in _PUZZLED:d}|{self.heard.reply.id}"


def is_answer(key: str) -> bool:
    """Whether an alert is only the answer to an answer."""
    return key.startswith(_ABOUT)


def is_puzzled(key: str) -> bool:
    """Whether it is an answer that asks for a better one."""
    return key.startswith(f"{_ABOUT}1|")


def is_news(key: str) -> bool:
    """Whether an alert, by its key, says that another one is over or taken, answers, or sums up."""
    kind = key.split("|")[1:2]
    return key != cause_of(key) or is_answer(key) or (bool(kind) and kind[0].partition(":")[0] in _SUMS_UP)


def cause_of(key: str) -> str:
    """The key of the alert of which an all-clear, or the word that somebody has taken it, tells."""
    return key if is_answer(key) else "|".join(key.split("|")[:3])


def plain(address: str) -> str:
    """A number or address without what providers put around it."""
    return address.strip().removeprefix("whatsapp:").casefold()


def outcome_of(found: Iterable[Raised], sender: Contact) -> tuple[Outcome, dict[str, Any]]:
    """How alerts stand that were meant, and of which none was open."""
    known = [raised for raised in found if not is_answer(raised.alert.key)]
    held = [raised for raised in known if raised.state is AlertState.ACKNOWLEDGED]
    if not known:
        return "nothing", {}
    if not held:
        return "over", about(known)
    mine = [raised for raised in held if raised.acknowledged_by == sender.name]
    at = held[-1].acknowledged_at
    facts = about(mine or held) | {"person": held[-1].acknowledged_by, "since": at and format_instant(at)}
    return ("yours_already" if mine else "taken"), facts


def about(alerts: Iterable[Raised]) -> dict[str, Any]:
    """Facts about the tickets of these alerts, each once."""
    first = {raised.alert.ticket or raised.alert.key: raised.alert for raised in alerts}
    return {
        "count": len(first),
        "tickets": [{"number": a.facts.get("number"), "ticket": a.ticket} for a in first.values()][:20],
    }


class Answering:
    """Answers people of ``people.yaml`` by the channel they wrote by. Nobody else, and not too often."""

    def __init__(self, ledger: Ledger, outbox: Outbox, codes: Codes) -> None:
        self._ledger, self._outbox, self._codes = ledger, outbox, codes

    def answer(
        self,
        answered: Iterable[Answered],
        settings: AcknowledgementSettings,
        *,
        own: Collection[str],
        write: Writer,
        now: datetime,
    ) -> None:
        """Have these told. ``own``: our own numbers, which are never answered.

        Raises:
            StoreError: the database cannot be used; the answers are heard again.
        """
        for each in answered:
            if not settings.confirm or each.key in self._ledger:
                continue
            if why := self._refusal(each, settings, own, write.desk, now):
                log.info("%s is not told what came of an answer: %s", each.sender.name, why)
                continue
            self._tell(each, write, now)

    def _refusal(
        self,
        each: Answered,
        settings: AcknowledgementSettings,
        own: Collection[str],
        desk: Desk,
        now: datetime,
    ) -> str | None:
        channel, number = each.heard.channel, plain(each.heard.reply.sender)
        traits, contact = desk.channels.get(channel), desk.people.get(each.sender.id)
        if contact is None or plain(contact.addresses.get(channel, "")) != number:
            return f"it is nobody's address for {channel}"
        if number in own:
            return "the number is our own"
        if traits is None or traits.kind not in _KINDS:
            return f"nobody is answered by {channel}"
        if AlertKind.ANSWER in contact.unwanted:
            return f"{contact.name} does not want it"
        if why := unusable(contact, channel, Urgency.URGENT, desk=desk):
            return why
        told = [key for key, person in self._lately(now) if person == contact.id]
        if len(told) >= settings.confirm_most:
            return f"{len(told)} were told in an hour"
        puzzled = sum(map(is_puzzled, told))
        if each.outcome in _PUZZLED and puzzled >= MOST_PUZZLED:
            return f"{puzzled} answers were not understood in an hour"
        return None

    def _lately(self, now: datetime) -> list[tuple[str, str]]:
        """Key and person of each answer that was told in the last hour, or is about to be."""
        recorded = self._outbox.notifications_since(now - HOUR)
        return list(
            {
                each.id: (each.alerts[0], each.person)
                for each in (*recorded, *self._ledger.created)
                if each.alerts and is_answer(each.alerts[0])
            }.values()
        )

    def _tell(self, each: Answered, write: Writer, now: datetime) -> None:
        contact, channel = write.desk.people[each.sender.id], each.heard.channel
        words = f"{contact.name} answered by {channel}: {each.outcome.replace('_', ' ')}"
        alert = Alert(
            key=each.key,
            kind=AlertKind.ANSWER,
            rule=AlertKind.ANSWER,
            ticket=None,
            occurred_at=min(each.heard.reply.at, now),
            urgency=Urgency.NORMAL,
            reason=words,
            facts={"outcome": each.outcome, **each.facts},
        )
        envelope = Envelope(
            person=contact.id,
            channel=channel,
            address=contact.addresses[channel],
            alerts=(alert.key,),
            urgency=Urgency.NORMAL,
            rank=rank_of(alert),
            group=f"{ALONE}{alert.key}",
        )
        notification = write.notification(envelope, [alert], self._codes)
        state = AlertState.RESOLVED
        self._ledger.add(Raised(alert=alert, state=state, raised_at=now, resolved_at=now, why="told"))
        self._ledger.note(now, alert.key, Verdict.SEND, words)
        self._ledger.send([notification])
