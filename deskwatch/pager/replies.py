"""Answers of recipients, asked for at the provider, each told once however often and late it is listed."""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from deskwatch.core.delivery import Reply
from deskwatch.core.ticket import TicketError, format_instant, parse_instant
from deskwatch.pager.delivery import Heard

log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=2)
"""How late a provider may list a reply."""


def fact_of(channel: str) -> str:
    """Name of the fact that remembers how far the replies of a channel were read."""
    return f"replies:{channel}"


@dataclass(frozen=True, slots=True)
class Position:
    """How far the replies of a channel were read.

    Attributes:
        until: instant of the newest reply, at first the start of the notifier: what is older is no news.
        seen: replies of the last two minutes before it, by id.
    """

    until: datetime
    seen: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def since(self) -> datetime:
        """From where to ask."""
        return self.until - OVERLAP

    def news(self, replies: Iterable[Reply]) -> list[Reply]:
        """Those not read yet, oldest first."""
        found = {reply.id: reply for reply in replies if reply.at >= self.since and reply.id not in self.seen}
        return sorted(found.values(), key=lambda reply: (reply.at, reply.id))

    def after(self, replies: Iterable[Reply]) -> "Position":
        """The position when these were read as well."""
        known = {**self.seen, **{reply.id: reply.at for reply in replies}}
        until = max([self.until, *known.values()])
        return Position(until, {id_: at for id_, at in known.items() if at >= until - OVERLAP})

    def to_fact(self) -> str:
        """As one line of JSON."""
        seen = {id_: format_instant(at) for id_, at in self.seen.items()}
        return json.dumps({"until": format_instant(self.until), "seen": seen})

    @classmethod
    def of_fact(cls, text: str, *, otherwise: datetime) -> "Position":
        """The remembered position; ``otherwise``: where to begin when nothing sensible is remembered."""
        try:
            told = json.loads(text)
            seen = {str(id_): parse_instant(at) for id_, at in told["seen"].items()}
            return cls(parse_instant(told["until"]), seen)
        except (ValueError, KeyError, TypeError, AttributeError, TicketError):
            if text:
                log.warning("How far replies were read is not known any more; beginning anew")
            return cls(otherwise)


class ReplyDesk:
    """When to ask which channel for replies, and which of them nobody has dealt with yet."""

    def __init__(self, facts: Mapping[str, str] = MappingProxyType({})) -> None:
        self._facts = dict(facts)
        self._read: dict[str, Position] = {}
        self._staged: dict[str, Position] = {}
        self._heard: list[Heard] = []
        self._asked_at: dict[str, datetime] = {}
        self._unheard_of: set[str] = set()

    @property
    def heard(self) -> tuple[Heard, ...]:
        """What nobody has dealt with yet."""
        return tuple(self._heard)

    @property
    def facts(self) -> dict[str, str]:
        """What to remember once that has been dealt with."""
        return {fact_of(channel): position.to_fact() for channel, position in self._staged.items()}

    def due_at(self, channel: str, every: timedelta, *, now: datetime) -> datetime:
        """When to ask a channel next; a clock that was put back does not put it off."""
        asked = self._asked_at.get(channel)
        return now if asked is None or asked > now else asked + every

    def ask(self, channel: str, *, now: datetime) -> datetime:
        """Since when to ask; from now on the channel counts as asked."""
        self._asked_at[channel] = now
        return self._position(channel, now).since

    def begin(self, channel: str, *, now: datetime) -> dict[str, str]:
        """Where a channel that was never read begins, to be remembered at once; else nothing."""
        known = channel in self._read or fact_of(channel) in self._facts
        return {} if known else {fact_of(channel): self._position(channel, now).to_fact()}

    def hear(self, channel: str, said: object, *, now: datetime) -> None:
        """A channel's answer: its replies, or why there are none."""
        if not isinstance(said, list):
            if channel not in self._unheard_of:
                self._unheard_of.add(channel)
                log.warning("Replies by %s cannot be read: %s", channel, getattr(said, "words", said))
            return
        self._unheard_of.discard(channel)
        position = self._staged.get(channel) or self._position(channel, now)
        news = position.news(said)
        if news:
            self._heard += [Heard(channel, reply) for reply in news]
            self._staged[channel] = position.after(news)

    def learn(self, facts: Mapping[str, str]) -> None:
        """These were recorded, with all that the replies before them caused."""
        for channel, position in list(self._staged.items()):
            if facts.get(fact_of(channel)) == position.to_fact():
                self._read[channel] = self._staged.pop(channel)
                self._heard = [each for each in self._heard if each.channel != channel]

    def _position(self, channel: str, now: datetime) -> Position:
        if channel not in self._read:
            self._read[channel] = Position.of_fact(self._facts.get(fact_of(channel), ""), otherwise=now)
        read = self._read[channel]
        if read.until > now + OVERLAP:  # the clock was set back: what is said now is news all the same
            self._read[channel] = replace(read, until=now)
        return self._read[channel]
