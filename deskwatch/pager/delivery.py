"""How notifications are sent, settled and proven: the settings of a dispatcher, and what it hands back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo
from types import MappingProxyType
from typing import Literal

from deskwatch.core.delivery import Failure, Notification, Reply
from deskwatch.core.limits import Limits
from deskwatch.core.people import Urgency

Mode = Literal["log", "redirect", "live"]


BUDGET = "budget"
"""Code of the failure of what the month's budget forbids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How to deliver; replaced whole when the configuration was read again.

    Attributes:
        mode: in ``log`` nothing is sent; a line in the log says who would have been told.
        settle_urgent, settle_normal: how long after a request with an unknown outcome the provider is asked
            what became of it. Never less than the channel's time limit plus ``lag``.
        lag: how long a provider may take until a message it accepted is in its list.
        listing_patience: when the provider could not be asked for so long, it is sent again, marked as
            a repeat.
        unconfirmed_after: urgent messages without proof of delivery by then are told by the next way too.
        replies_fast, replies_slow: how often replies are asked for while somebody is awaited, and else.
        width: requests at a time, for each channel.
        channels: names of all channels, for those on which people can answer.
        zone: where a month of the budget begins and ends.
    """

    mode: Mode = "log"
    limits: Limits = field(default_factory=Limits)
    settle_urgent: timedelta = timedelta(seconds=30)
    settle_normal: timedelta = timedelta(seconds=90)
    lag: timedelta = timedelta(seconds=5)
    listing_patience: timedelta = timedelta(minutes=3)
    unconfirmed_after: timedelta = timedelta(minutes=10)
    replies_fast: timedelta = timedelta(seconds=15)
    replies_slow: timedelta = timedelta(minutes=2)
    width: int = 16
    channels: tuple[str, ...] = ()
    zone: tzinfo = UTC

    def settle(self, urgency: Urgency, *, timeout: float) -> timedelta:
        """How long an outcome stays unknown before the provider is asked; ``timeout`` of the channel in s."""
        wanted = self.settle_urgent if urgency is Urgency.URGENT else self.settle_normal
        return max(wanted, timedelta(seconds=timeout) + self.lag)

    def replies_every(self, awaiting: bool) -> timedelta:
        """How often replies are asked for."""
        return self.replies_fast if awaiting else self.replies_slow


@dataclass(frozen=True, slots=True)
class Outcome:
    """A notification that did not, or not provably, reach anybody: somebody has to name the next way.

    Attributes:
        notification: as it stands when there is another way; commit it together with that way.
        otherwise: as it stands when there is none: it is tried once more later, unless that is hopeless.
        failure: what the channel said.
    """

    notification: Notification
    otherwise: Notification
    failure: Failure

    @property
    def is_dead_address(self) -> bool:
        """Whether this address will never work, whatever is sent there."""
        return self.failure.kind == "permanent" and self.failure.lasting and self.failure.code != BUDGET


@dataclass(frozen=True, slots=True)
class Heard:
    """A reply, and the channel it came by."""

    channel: str
    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a round of the dispatcher leaves to others. Told again each round until it is learned.

    Attributes:
        facts: commit them together with what the replies caused; then these replies are not told again.
    """

    outcomes: tuple[Outcome, ...] = ()
    replies: tuple[Heard, ...] = ()
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __bool__(self) -> bool:
        return bool(self.outcomes or self.replies or self.facts)
