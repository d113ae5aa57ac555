"""``alerts.yaml``: what is worth telling, who is told, by what, and how much of it is too much."""

from collections.abc import Iterator, Mapping
from datetime import time, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from deskwatch.channels.channel_settings import SecretAddress
from deskwatch.config.channels import Channels
from deskwatch.config.escalations import DEFAULT_ESCALATIONS, Escalations
from deskwatch.config.fields import ChannelName, Name
from deskwatch.config.limits import ChannelKind, LimitSettings
from deskwatch.config.matching import TicketMatch
from deskwatch.config.rules import DEFAULT_RULES, RuleSettings
from deskwatch.config.targets import Target
from deskwatch.config.windows import WindowSettings
from deskwatch.core.acknowledging import AckEvent
from deskwatch.core.alert_rules import AlertRules, TellOthers
from deskwatch.core.envelope import Redirection
from deskwatch.core.escalation_policy import EscalationPolicy
from deskwatch.core.windows import Window
from deskwatch.settings import Duration, HourMinute, Strict, Weekday, at_least, at_most

_RULES = AlertRules()


class RedirectSettings(Strict):
    """Where everything goes in mode ``redirect``."""

    channel: ChannelName
    """A channel of ``channels``."""
    to: str = ""
    """The number or address; empty for channels that reach one place, such as a room."""

    def redirection(self) -> Redirection:
        """The redirection for the core."""
        return Redirection(self.channel, self.to)


def _any_work() -> list[AckEvent]:
    return ["assigned", "replied", "status"]


class AcknowledgementSettings(Strict):
    """How somebody shows that an alert is taken. Replies and the command line always count."""

    by: list[AckEvent] = Field(default_factory=_any_work)
    """What done to the ticket counts: it is ``assigned`` to somebody, an agent ``replied``, its ``status``
    was changed to something that people set. Leave ``assigned`` out when your helpdesk assigns by itself."""
    replies: bool = True
    """Whether answers to text messages are fetched: ``ack K7Q2``, ``ack all``."""
    confirm: bool = True
    """Whether somebody of ``people.yaml`` who answers a text message is told what came of it: whose the
    ticket is, or that the answer was not understood. ``STOP`` and ``HELP`` are answered by the carrier."""
    confirm_most: Annotated[int, Field(ge=1, le=60)] = 10
    """The most of these a person gets in an hour, so that two machines cannot answer each other for ever."""
    tell_others: TellOthers = "free"
    """Whether the others who were told of something urgent hear that somebody has taken it. ``free``: by a
    channel that costs nothing, so not by text message, WhatsApp or call. ``same``: by the channel that told
    them, but never by a call. ``never``: they do not."""


class DigestSettings(Strict):
    """A summary at a fixed time."""

    id: Name
    """Short name, part of the record."""
    title: str = "Summary"
    """What the message is called."""
    notify: Annotated[list[Target], Field(min_length=1)]
    """Who gets it: ``[manager]``."""
    at: HourMinute | Literal["opening", "closing"] = "opening"
    """``08:00``; ``opening``: when the day of the desk begins; ``closing``: when it ends. At closing it lists
    what will be late before the desk opens again, and who is on call until then. Breaks of less than four
    hours neither end nor begin a day."""
    days: list[Weekday] = Field(default_factory=list)
    """On which days: ``[mon, fri]``. Empty: every day."""
    channels: list[ChannelName] = Field(default_factory=list)
    """By which channels. Empty: by each person's own order for what is not urgent."""
    match: list[TicketMatch] = Field(default_factory=list)
    """Which tickets it counts. Empty: all."""

    @property
    def time(self) -> time | None:
        """The time of day; ``None``: when the desk opens or closes."""
        return None if isinstance(self.at, str) else self.at

    @property
    def weekdays(self) -> frozenset[int]:
        """On which days; 0 is Monday."""
        return frozenset(day.number for day in self.days or Weekday)


class FreshnessSettings(Strict):
    """What is too old to be news. After a first start or a long outage, one summary is told."""

    fresh_for: Annotated[Duration, at_least("1m"), at_most("7d")] = _RULES.fresh_for
    """How long something that happened is worth telling."""
    backlog_after: Annotated[Duration, at_least("1m"), at_most("30d")] = _RULES.backlog_after
    """A ticket that was older than this when it was first seen is backlog, and no news."""
    outage_after: Annotated[Duration, at_least("1m"), at_most("7d")] = timedelta(minutes=30)
    """When the notifier was away for longer, what happened meanwhile is told as one summary: to those whom
    the urgent part of it would have woken, else to the admins."""


class DeliverySettings(Strict):
    """How sends are settled and proven. The defaults fit Twilio and ordinary mail servers."""

    settle_urgent: Annotated[Duration, at_least("0.2s"), at_most("10m")] = timedelta(seconds=30)
    """When the outcome of a request is unknown, the provider is asked after this time whether it has the
    message; before that it may not show it yet."""
    settle_normal: Annotated[Duration, at_least("0.2s"), at_most("1h")] = timedelta(seconds=90)
    """The same for what is not urgent."""
    lag: Annotated[Duration, at_least("0s"), at_most("5m")] = timedelta(seconds=5)
    """How long a provider may take to list what it accepted; never asked earlier than the channel's
    ``timeout`` and this."""
    listing_patience: Annotated[Duration, at_least("0.2s"), at_most("1h")] = timedelta(minutes=3)
    """When the provider cannot be asked for so long, the message is sent again and says that it may be a
    repeat."""
    unconfirmed_after: Annotated[Duration, at_least("1s"), at_most("1d")] = timedelta(minutes=10)
    """An urgent message without proof of delivery for so long is told by the person's next channel too."""
    replies_fast: Annotated[Duration, at_least("0.2s"), at_most("1h")] = timedelta(seconds=15)
    """How often answers are fetched while somebody should react."""
    replies_slow: Annotated[Duration, at_least("0.2s"), at_most("1d")] = timedelta(minutes=2)
    """How often answers are fetched at other times."""
    width: Annotated[int, Field(ge=1, le=64)] = 16
    """How many requests each channel may have under way at a time."""


class WatchSettings(Strict):
    """When the admins are told that Deskwatch itself, or a helpdesk, does not work."""

    watcher_silent_after: Annotated[Duration, at_least("1s"), at_most("1d")] = timedelta(minutes=10)
    """The watcher has not reported for so long."""
    source_failing_after: Annotated[Duration, at_least("1s"), at_most("1d")] = timedelta(minutes=10)
    """A source could not be read for so long. Its deadlines are not alarmed meanwhile: they may be met."""


class DeadManSettings(Strict):
    """A ping to a service that raises the alarm when it stops: healthchecks and the like."""

    url: SecretAddress | None = None
    """The address that is asked after each good round. It is a secret: ``env:DEAD_MAN_URL``."""
    every: Annotated[Duration, at_least("10s"), at_most("1d")] = timedelta(minutes=1)
    """How often."""
    timeout: Annotated[Duration, at_least("1s"), at_most("1m")] = timedelta(seconds=10)
    """The longest wait for an answer."""


class TextSettings(Strict):
    """What texts may say. The texts themselves are files in ``templates/messages/``."""

    wall_url: str = ""
    """Where the wall can be opened from a phone: ``https://desk.example.com``. Empty: no link to it."""
    short_facts: list[str] = Field(default_factory=lambda: ["number", "priority", "subject"])
    """Facts of ``docs/pager.md`` that text messages and calls may contain: a text lies on a lock screen, a
    call is heard by others."""
    ticket_links: bool = True
    """Whether a text message may also contain the link to the ticket, when it fits in."""


class AlertSettings(Strict):
    """``alerts.yaml``."""

    mode: Literal["log", "redirect", "live"] = "log"
    """``log``: the log says who would have been told. ``redirect``: everything goes to one address.
    ``live``: people are told."""
    redirect: RedirectSettings | None = None
    """Where everything goes in mode ``redirect``."""
    channels: Channels = Field(default_factory=dict)
    """Channels by name; people name them in their order of channels."""
    rules: list[RuleSettings] = Field(default_factory=lambda: list(DEFAULT_RULES))
    """What is worth telling. The first rule that wants a kind of alert for a ticket gets it."""
    escalations: Escalations = Field(default_factory=lambda: dict(DEFAULT_ESCALATIONS))
    """Who is told, and who next. Own ones stand beside ``on-call``, ``everyone-on-call``, ``assignee``,
    ``late``, ``explanation`` and ``admin``, or replace one of those."""
    acknowledgement: AcknowledgementSettings = AcknowledgementSettings()
    limits: LimitSettings = LimitSettings()
    maintenance: list[WindowSettings] = Field(default_factory=list)
    """Times in which alerts wait, for planned work."""
    silences: list[WindowSettings] = Field(default_factory=list)
    """The same for tickets that everybody knows about: ``tickets: [demo-12]``."""
    digests: list[DigestSettings] = Field(default_factory=list)
    """Summaries at fixed times."""
    freshness: FreshnessSettings = FreshnessSettings()
    delivery: DeliverySettings = DeliverySettings()
    watch: WatchSettings = WatchSettings()
    dead_man: DeadManSettings = DeadManSettings()
    texts: TextSettings = TextSettings()

    @field_validator("escalations")
    @classmethod
    def _beside_the_usual_ones(cls, own: Escalations) -> Escalations:
        return {**DEFAULT_ESCALATIONS, **own}

    @field_validator("rules", "digests")
    @classmethod
    def _have_ids_of_their_own(
        cls, several: list[RuleSettings] | list[DigestSettings]
    ) -> list[RuleSettings] | list[DigestSettings]:
        ids = [one.id for one in several]
        if twice := sorted({id_ for id_ in ids if ids.count(id_) > 1}):
            raise ValueError(f"two of them have the id {', '.join(twice)}")
        return several

    @model_validator(mode="after")
    def _redirect_has_an_address(self) -> Self:
        if self.mode == "redirect" and self.redirect is None:
            raise ValueError("mode redirect needs redirect: with channel and to")
        if self.redirect is not None and self.redirect.channel not in self.channels:
            raise ValueError(f"redirect needs a channel {self.redirect.channel} in channels")
        return self

    @property
    def kinds(self) -> Mapping[str, ChannelKind]:
        """Every channel to its kind."""
        return {name: channel.kind for name, channel in self.channels.items()}

    def alert_rules(self) -> AlertRules:
        """The rules for the core."""
        return AlertRules(
            rules=tuple(rule.rule() for rule in self.rules),
            backlog_after=self.freshness.backlog_after,
            fresh_for=self.freshness.fresh_for,
        )

    def policies(self) -> dict[str, EscalationPolicy]:
        """The escalations for the core, by name."""
        return {name: escalation.policy(name) for name, escalation in self.escalations.items()}

    def windows(self, zone: ZoneInfo) -> Iterator[Window]:
        """Maintenance and silences for the core; ``zone`` is that of the desk."""
        for number, settings in enumerate(self.maintenance, 1):
            yield settings.window(f"maintenance {number}", zone)
        for number, settings in enumerate(self.silences, 1):
            yield settings.window(f"silence {number}", zone)
