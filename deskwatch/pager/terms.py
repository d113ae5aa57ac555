"""What the configuration means to the parts of the pager, made once for each generation of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from deskwatch.config import Config
from deskwatch.config.home import CLONE
from deskwatch.core.desk import Desk
from deskwatch.core.envelope import Redirection
from deskwatch.core.oncall import Schedule
from deskwatch.core.windows import Window
from deskwatch.messages import Messages
from deskwatch.pager.answering import plain
from deskwatch.pager.delivery import Delivery
from deskwatch.pager.digests import with_notices
from deskwatch.store.outbox import BrokenAddress

TEMPLATES = CLONE / "templates" / "messages"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """One generation of the configuration, ready for use."""

    config: Config
    messages: Messages
    delivery: Delivery

    @classmethod
    def of(cls, config: Config) -> "Terms":
        """Prepare a configuration."""
        texts, how = config.alerts.texts, config.alerts.delivery
        own = config.home.config / "templates"
        return cls(
            config=config,
            messages=Messages(
                (own, TEMPLATES),
                config.zone,
                {"short": texts.short_facts, "speech": texts.short_facts},
            ),
            delivery=Delivery(
                mode=config.alerts.mode,
                limits=config.limits,
                settle_urgent=how.settle_urgent,
                settle_normal=how.settle_normal,
                lag=how.lag,
                listing_patience=how.listing_patience,
                unconfirmed_after=how.unconfirmed_after,
                replies_fast=how.replies_fast,
                replies_slow=how.replies_slow,
                width=how.width,
                channels=tuple(config.alerts.channels) if config.alerts.acknowledgement.replies else (),
                zone=config.zone,
            ),
        )

    @property
    def own_numbers(self) -> frozenset[str]:
        """The numbers that we send from."""
        channels = self.config.alerts.channels.values()
        return frozenset(plain(str(number)) for each in channels if (number := getattr(each, "sender", None)))

    @property
    def redirection(self) -> Redirection | None:
        """Where everything goes in mode ``redirect``."""
        alerts = self.config.alerts
        return alerts.redirect.redirection() if alerts.mode == "redirect" and alerts.redirect else None

    def desk(
        self,
        *,
        schedule: Schedule,
        broken: Iterable[BrokenAddress],
        broken_channels: Mapping[str, str],
        silences: Iterable[Window],
    ) -> Desk:
        """The desk as it is right now. An address that was changed since it broke is believed in again."""
        desk = with_notices(self.config.desk, self.config)
        gone = {
            (each.person, each.channel): each.reason
            for each in broken
            if each.person in desk.people
            and desk.people[each.person].addresses.get(each.channel) == each.address
        }
        return replace(
            desk,
            schedule=schedule,
            broken=gone,
            broken_channels={**broken_channels, **desk.broken_channels},
            windows=(*desk.windows, *silences),
        )
