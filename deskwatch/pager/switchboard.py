"""The channels in use: asks them beside the loop, and knows how each of them stands."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from random import Random

from deskwatch.channels.channel import Answerable, Channel, DeliveryError, Traceable
from deskwatch.core.delivery import Failure, Notification, Receipt
from deskwatch.errors import DeskwatchError
from deskwatch.pager.calls import Answer, Calls
from deskwatch.pager.delivery import Delivery
from deskwatch.pager.standing import RECHECKS, Standing
from deskwatch.pager.verdicts import Known

log = logging.getLogger(__name__)

QUESTIONS = 4
"""So many questions (what became of it?) a channel is asked at a time."""


class Switchboard:
    """``channels`` answers the channel of that name, or raises ``LookupError`` or ``DeskwatchError``."""

    def __init__(
        self, channels: Callable[[str], Channel], calls: Calls, *, delivery: Delivery, random: Random
    ) -> None:
        self.delivery = delivery
        self._channels, self._calls, self._random = channels, calls, random
        self._standings: dict[str, Standing] = {}

    def standing(self, name: str) -> Standing:
        """How a channel stands."""
        if name not in self._standings:
            self._standings[name] = Standing(self.delivery.width)
        return self._standings[name]

    @property
    def broken(self) -> dict[str, str]:
        """Channels that need a person before they work again, and what they said."""
        return {name: each.broken.words for name, each in self._standings.items() if each.broken}

    def was_broken(self, name: str, failure: Failure, now: datetime) -> None:
        """Take over from the process before that a channel did not work, if there still is one."""
        try:
            self._channel(name)
        except DeliveryError:
            return
        self.standing(name).was_broken(failure, now)

    def known(self, name: str) -> Known:
        """What is needed to judge a channel's answers."""
        try:
            channel: Channel | None = self._channel(name)
        except DeliveryError:
            channel = None
        return Known(
            traceable=isinstance(channel, Traceable),
            medium=channel.medium if channel else "short",
            timeout=channel.timeout if channel else 0.0,
            standing=self.standing(name),
            delivery=self.delivery,
            jitter=self._random.random(),
        )

    def is_busy(self, notification: Notification) -> bool:
        """Whether its channel still has to answer something about it."""
        return self._calls.is_open(notification.channel, notification.id)

    def in_flight(self) -> int:
        """How many messages are on their way."""
        return sum(each.in_flight for each in self._standings.values())

    def answers(self, now: datetime, *, wait: float | None = None) -> Iterator[Answer]:
        """What came in, but for looks at broken channels: those are dealt with here."""
        for answer in self._calls.answers(wait=wait):
            standing = self.standing(answer.channel)
            if answer.question == "send":
                standing.in_flight -= 1
            elif answer.question == "check":
                self._rechecked(answer, now)
                continue
            else:
                standing.askable = not isinstance(answer.said, Failure)
            yield answer

    def send(self, notification: Notification) -> None:
        """Let a request leave; it has been recorded."""
        self.standing(notification.channel).in_flight += 1

        def call() -> Receipt:
            return self._channel(notification.channel).send(notification)

        self._calls.ask("send", notification.channel, notification.id, call)

    def ask_about(self, notification: Notification, *, now: datetime, find: bool) -> None:
        """Ask what became of it, by its code (``find``) or the provider's id; not while much is asked."""
        name = notification.channel
        if self._calls.asked(name) >= QUESTIONS or self.is_busy(notification):
            return

        def call() -> Receipt | None:
            channel = self._channel(name)
            if not isinstance(channel, Traceable):
                raise DeliveryError("transient", f"channel {name} cannot be asked any more")
            if find:
                return channel.find(notification, now=now)
            return channel.status(notification.provider_id or "")

        self._calls.ask("find" if find else "status", name, notification.id, call)

    def is_answerable(self, name: str) -> bool:
        """Whether recipients can answer on a channel, and it can be asked now."""
        try:
            return isinstance(self._channel(name), Answerable) and not self._calls.is_open(name, "replies")
        except DeliveryError:
            return False

    def ask_replies(self, name: str, since: datetime) -> None:
        """Ask a channel for replies."""
        channel = self._channel(name)
        if isinstance(channel, Answerable):
            self._calls.ask("replies", name, "replies", partial(channel.replies, since=since))

    def recheck(self, now: datetime) -> None:
        """Look again at broken channels whose time has come, without telling anybody."""
        for name, each in self._standings.items():
            is_due = each.recheck_at is not None and not now < each.recheck_at <= now + RECHECKS[-1]
            if is_due and not self._calls.is_open(name, "check"):
                self._calls.ask("check", name, "check", partial(self._check, name))

    def moments(self) -> Iterator[datetime]:
        """When a channel has to be looked at again, or may be used again."""
        for name, each in self._standings.items():
            if each.recheck_at is not None and not self._calls.is_open(name, "check"):
                yield each.recheck_at
            if each.rest_until is not None:
                yield each.rest_until

    def _check(self, name: str) -> str:
        return self._channel(name).check()

    def _rechecked(self, answer: Answer, now: datetime) -> None:
        standing = self.standing(answer.channel)
        if isinstance(answer.said, Failure):
            standing.broke(answer.said, now)
        elif standing.broken is not None:
            standing.mended()
            log.warning("Channel %s works again: %s", answer.channel, answer.said)

    def _channel(self, name: str) -> Channel:
        try:
            return self._channels(name)
        except (LookupError, DeskwatchError) as error:
            if isinstance(error, DeliveryError):
                raise
            words = str(error) if isinstance(error, DeskwatchError) else "it is not in alerts.yaml any more"
            raise DeliveryError("broken", f"channel {name} cannot be used: {words}") from error
