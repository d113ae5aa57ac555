"""What people answer: replies to messages, and wishes from the command line."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from deskwatch.core.acknowledging import (
    Ack,
    Acknowledgement,
    Start,
    Stop,
    is_for_the_carrier,
    may_be_thanks,
    parse_reply,
)
from deskwatch.core.alerts import AlertState, Raised
from deskwatch.core.delivery import Notification, NotificationState
from deskwatch.core.desk import Desk
from deskwatch.core.people import Contact
from deskwatch.core.ticket import TicketError, format_instant, parse_instant
from deskwatch.pager.acknowledging import Acknowledging
from deskwatch.pager.answering import (
    Answered,
    about,
    cause_of,
    is_answer,
    is_news,
    is_puzzled,
    outcome_of,
    plain,
)
from deskwatch.pager.delivery import Heard
from deskwatch.pager.inbox import Inbox, Wish
from deskwatch.pager.ledger import Ledger
from deskwatch.pager.raising import ARRIVALS
from deskwatch.pager.silences import Silences
from deskwatch.store.errors import StoreError
from deskwatch.store.outbox import BrokenAddress, Outbox

log = logging.getLogger(__name__)

BACK = timedelta(days=7)
"""How far back a reply may mean a message."""
EARLY = timedelta(seconds=30)
"""How long before a ticket arrives somebody may have taken it."""
MOST_EXPLAINED = 50
"""Alerts that are looked up to say how they stand when nothing is open."""
LONGEST_SILENCE = timedelta(days=30)
_NEVER_SENT = (NotificationState.PENDING, NotificationState.CANCELED, NotificationState.FAILED)


def masked(address: str) -> str:
    """An address for the log: its last three characters."""
    return f"…{address[-3:]}" if address else "nowhere"


class Hearing:
    """Understands answers and has them count."""

    def __init__(
        self,
        ledger: Ledger,
        acknowledging: Acknowledging,
        outbox: Outbox,
        inbox: Inbox,
        silences: Silences,
    ) -> None:
        self._ledger, self._acknowledging, self._outbox = ledger, acknowledging, outbox
        self._inbox, self._silences = inbox, silences
        self._recent: tuple[Notification, ...] | None = None
        self._answered: list[Answered] = []
        self._early: dict[str, Acknowledgement] = {}

    def take_answered(self) -> list[Answered]:
        """What came of the answers of this round, once."""
        answered, self._answered = self._answered, []
        return answered

    # Replies

    def replies(
        self, heard: Iterable[Heard], *, desk: Desk, extra_senders: Mapping[str, str], now: datetime
    ) -> None:
        """Take what recipients sent back. ``extra_senders``: other addresses that may answer, with names.

        Raises:
            StoreError: the database cannot be used; they are heard again, which does no harm.
        """
        self._recent = None
        for each in heard:
            try:
                self._heed(each, desk, extra_senders, now)
            except StoreError:
                raise
            except Exception:  # or it would come back for ever, and keep all others from being heard
                log.exception("A reply by %s cannot be understood; the others go on", each.channel)

    def _heed(self, heard: Heard, desk: Desk, extra_senders: Mapping[str, str], now: datetime) -> None:
        sender = sender_of(heard, desk.people, extra_senders)
        meant = parse_reply(heard.reply.text)
        if sender is None:
            words = masked(heard.reply.sender)
            log.warning("A reply by %s from %s, who is nobody here", heard.channel, words)
        elif isinstance(meant, Stop):
            self._stop(sender, heard, now)
        elif isinstance(meant, Start):
            self._start(sender, heard)
        elif meant is None:
            log.info("A reply of %s by %s means nothing to us", sender.name, heard.channel)
            self._puzzled(sender, heard, now)
        else:
            self._reply(meant, sender, heard, desk, now)

    def _stop(self, sender: Contact, heard: Heard, now: datetime) -> None:
        log.warning("%s wants no more messages by %s", sender.name, heard.channel)
        if sender.id:
            address = sender.addresses.get(heard.channel, heard.reply.sender)
            words = f"{sender.name} answered {heard.reply.text.strip()[:20]!r}"
            self._outbox.mark_broken(BrokenAddress(sender.id, heard.channel, address, words, now))

    def _start(self, sender: Contact, heard: Heard) -> None:
        log.info("%s wants messages by %s again", sender.name, heard.channel)
        if sender.id:
            self._outbox.mark_mended(sender.id, heard.channel)

    def _reply(self, meant: Ack, sender: Contact, heard: Heard, desk: Desk, now: datetime) -> None:
        sent, is_thanks = self._sent_to(sender, heard, now), False
        if meant.all:
            told = [key for each in sent for key in each.alerts]
        elif meant.codes:
            found = [self._outbox.notification_of_code(code) for code in meant.codes]
            told = [key for each in found if each is not None for key in each.alerts]
        else:
            here = [each for each in sent if _is_by(each, heard)] or sent
            is_thanks = bool(here) and all(map(is_news, here[-1].alerts))
            if not may_be_thanks(heard.reply.text):  # an answer of ours that came between is no alert
                here = [each for each in here if not all(map(is_answer, each.alerts))] or here
            told = list(here[-1].alerts) if here else []
        told = [cause_of(key) for key in told if not is_answer(key)]
        kind = desk.channels[heard.channel].kind if heard.channel in desk.channels else heard.channel
        words = f"taken by {sender.name} (reply by {kind})"
        sign = Acknowledgement(sender.name, kind, min(heard.reply.at, now), words, sender.id)
        if taken := self._take(told, sign, desk, now):
            lapses = min((each.lapses_at for each in taken if each.lapses_at is not None), default=None)
            facts = about(taken) | {"until": lapses and format_instant(lapses)}
            self._answered.append(Answered(heard, sender, "yours", facts))
            return
        log.info("A reply of %s is about nothing that is open", sender.name)
        if is_thanks:
            return
        if meant.codes and not told:
            facts = self._example(sent, heard)
            self._answered.append(Answered(heard, sender, "no_such_code", facts))
            return
        known = [self._ledger.living.get(key) or self._outbox.alert(key) for key in told[-MOST_EXPLAINED:]]
        outcome, facts = outcome_of([raised for raised in known if raised is not None], sender)
        self._answered.append(Answered(heard, sender, outcome, facts))

    def _puzzled(self, sender: Contact, heard: Heard, now: datetime) -> None:
        """Whoever believes to have taken something must hear that it is not so; thanks need no answer."""
        example = self._example(self._sent_to(sender, heard, now), heard)
        if example and not is_for_the_carrier(heard.reply.text):
            self._answered.append(Answered(heard, sender, "not_understood", example))

    def _example(self, sent: Iterable[Notification], heard: Heard) -> dict[str, Any]:
        """The code of the newest message that still waits for somebody, best one by the same channel."""
        newest = tuple(reversed(tuple(sent)))
        for each in sorted(newest, key=lambda told: told.channel != heard.channel):
            waiting = [self._ledger.living.get(key) for key in each.alerts]
            is_open = [raised for raised in waiting if raised and raised.state is AlertState.OPEN]
            if is_open:
                return about(is_open) | {"example": each.code}
        return {}

    def _sent_to(self, sender: Contact, heard: Heard, now: datetime) -> list[Notification]:
        """What the sender may mean; of what was made before the clock was set back only what still waits."""
        number = plain(heard.reply.sender)
        if self._recent is None:  # once for all replies of a round: there may be a thousand
            self._recent = self._outbox.notifications_since(now - BACK)
        return [
            each
            for each in self._recent
            if (each.person == sender.id or plain(each.address) == number)
            and each.state not in _NEVER_SENT
            and not all(map(is_puzzled, each.alerts))
            and (each.created_at <= heard.reply.at + timedelta(minutes=1) or each.created_at > now)
            and (each.created_at <= now + timedelta(minutes=1) or self._waits(each))
        ]

    def _waits(self, told: Notification) -> bool:
        """Whether anything a message told of is still open."""
        living = [self._ledger.living.get(key) for key in told.alerts]
        return any(raised is not None and raised.state is AlertState.OPEN for raised in living)

    def _take(self, keys: Iterable[str], sign: Acknowledgement, desk: Desk, now: datetime) -> list[Raised]:
        """Take these alerts, and with each the others of its ticket: whoever has one has the ticket."""
        meant: dict[str, Raised] = {}
        for key in keys:
            raised = self._ledger.living.get(key)
            if raised is not None:
                meant[key] = raised
                for other in self._ledger.of_ticket(raised.alert.ticket or ""):
                    meant[other.alert.key] = other
        return self._acknowledging.take(meant.values(), sign, desk=desk, now=now)

    # Wishes

    def wishes(self, *, desk: Desk, now: datetime) -> None:
        """Grant what lies in the inbox."""
        for wish in self._inbox.wishes():
            try:
                trouble = self._grant(wish, desk, now)
            except StoreError:
                raise
            except Exception:
                log.exception("A wish cannot be granted; the others go on")
                trouble = "it cannot be granted"
            if trouble:
                self._inbox.reject(wish.path, trouble)
            else:
                self._inbox.heard(wish)

    def _grant(self, wish: Wish, desk: Desk, now: datetime) -> str | None:
        ticket = wish.text("ticket")
        if wish.operation == "ack":
            return self._grant_ack(wish, ticket, desk, now)
        if wish.operation == "unsilence" and ticket:
            return None if self._silences.end(ticket, by=wish.by) else f"{ticket} is not silenced"
        if wish.operation == "silence" and ticket:
            return self._grant_silence(wish, ticket, now)
        return f"{wish.operation or 'nothing'} is not a wish, or its ticket is missing"

    def _grant_ack(self, wish: Wish, ticket: str | None, desk: Desk, now: datetime) -> str | None:
        code = wish.text("code")
        if wish.said.get("all") is True:
            keys = [raised.alert.key for raised in self._ledger if raised.state is AlertState.OPEN]
        elif code:
            found = self._outbox.notification_of_code(code)
            keys = list(found.alerts) if found else []
            if not found:
                return f"no message has the code {code[:8]}"
        elif ticket:
            keys = [raised.alert.key for raised in self._ledger.of_ticket(ticket)]
        else:
            return "neither code nor ticket nor all"
        contact = desk.contact(wish.by)
        name = contact.name if contact else wish.by
        person = contact.id if contact else None
        sign = Acknowledgement(name, "command", now, f"taken by {name} (command line)", person)
        if not self._take(keys, sign, desk, now):
            log.info("%s acknowledges what is not open", wish.by)
            if ticket and not keys:
                self._early[ticket] = sign
        return None

    def take_early(self, *, desk: Desk, now: datetime) -> None:
        """Let somebody have what they took before it was raised: who files a ticket often has it already."""
        self._early = {ticket: sign for ticket, sign in self._early.items() if now < sign.at + EARLY}
        for ticket, sign in tuple(self._early.items()):
            arrivals = [each for each in self._ledger.of_ticket(ticket) if each.alert.kind in ARRIVALS]
            if self._acknowledging.take(arrivals, sign, desk=desk, now=now):
                del self._early[ticket]

    def _grant_silence(self, wish: Wish, ticket: str, now: datetime) -> str | None:
        try:
            until = parse_instant(wish.text("until") or "")
        except TicketError as problem:
            return f"until: {problem}"
        if not now < until <= now + LONGEST_SILENCE:
            return f"until: expected an instant within the next {LONGEST_SILENCE.days} days"
        reason = wish.text("reason") or "no reason given"
        self._silences.add(ticket, until=until, by=wish.by, reason=reason, now=now)
        return None


def _is_by(told: Notification, heard: Heard) -> bool:
    """Whether somebody answers where a message came: by text message also to a call, and not to a mail."""
    return told.channel == heard.channel or plain(told.address) == plain(heard.reply.sender)


def sender_of(heard: Heard, people: Mapping[str, Contact], extra: Mapping[str, str]) -> Contact | None:
    """Who answered; ``None``: nobody we know. In a room it is known that somebody did, and not who."""
    number = plain(heard.reply.sender)
    for contact in people.values():
        if number in map(plain, contact.addresses.values()):
            return contact
    if heard.reply.sender == f"channel:{heard.channel}":
        return Contact(id=heard.reply.sender, name=f"somebody at {heard.channel}")
    name = next((name for address, name in extra.items() if plain(address) == number), None)
    return Contact(id=name, name=name) if name else None
