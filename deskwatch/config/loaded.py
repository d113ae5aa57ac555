"""The configuration as the processes see it: one frozen value, without a secret in sight."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from deskwatch.config.alerts import AlertSettings
from deskwatch.config.general import (
    AccessSettings,
    LogSettings,
    NotifierSettings,
    WatcherSettings,
    WebSettings,
)
from deskwatch.config.home import Home
from deskwatch.config.problems import Problem
from deskwatch.config.sources import AnySource
from deskwatch.config.users import UsersSettings
from deskwatch.core.alert_rules import AlertRules
from deskwatch.core.board import Board
from deskwatch.core.calendars import CalendarUse, calendar_of
from deskwatch.core.desk import MEDIA, ChannelTraits, Desk
from deskwatch.core.hours import BusinessCalendar
from deskwatch.core.limits import Limits
from deskwatch.core.oncall import Schedule
from deskwatch.core.people import Contact
from deskwatch.core.sla import SlaRules
from deskwatch.core.ticket import Ticket
from deskwatch.ics.feed_settings import FeedSettings
from deskwatch.settings import Secret


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything ``config/*.yaml`` says, checked. Two are equal when nothing that matters differs."""

    home: Home
    zone: ZoneInfo
    web: WebSettings
    access: AccessSettings
    watcher: WatcherSettings
    notifier: NotifierSettings
    database_url: Secret | None
    log: LogSettings
    alerts: AlertSettings
    sources: Mapping[str, AnySource]
    boards: Mapping[str, Board]
    calendars: Mapping[str, BusinessCalendar]
    desk_calendar: BusinessCalendar
    """The calendar that ``sla.yaml`` names."""
    calendar_uses: tuple[CalendarUse, ...] = ()
    people: Mapping[str, Contact]
    groups: Mapping[str, tuple[str, ...]]
    """Group of the helpdesk, by name or id, to ids of people."""
    managers: tuple[str, ...] = ()
    admins: tuple[str, ...] = ()
    last_resort: str | None = None
    schedule: Schedule
    """Who is on call, without what the calendars of ``feeds`` say; ``deskwatch.ics.feeds`` adds that."""
    feeds: Mapping[str, FeedSettings]
    oncall_zone: ZoneInfo
    sla: SlaRules
    users: UsersSettings = field(default_factory=UsersSettings)
    """Who may use the API for own tickets."""
    agents: Mapping[str, str]
    requesters: Mapping[str, str]
    warnings: tuple[Problem, ...] = ()
    """What works, but should be changed."""
    missing_secrets: tuple[Problem, ...] = ()
    """Secrets that were not found, and that the process that loaded this does not need."""
    secrets: tuple[Secret, ...] = field(default=(), repr=False)
    """Every secret that was found, for the log to hide."""
    files: frozenset[Path] = field(default=frozenset(), repr=False, compare=False)
    """Every file whose change may change the configuration, whether it exists or not."""

    @property
    def database(self) -> Path | str:
        """Where the notifier's memory and the history of tickets are kept."""
        url = self.database_url
        return self.home.state / "deskwatch.db" if url is None else url.reveal()

    def calendar_for(self, ticket: Ticket) -> BusinessCalendar:
        """The business hours that count for a ticket."""
        return calendar_of(ticket, self.calendar_uses, self.desk_calendar)

    @cached_property
    def desk(self) -> Desk:
        """What routing knows about the desk; what broke since is added by the notifier."""
        rules = {rule.id: rule for rule in self.alert_rules.rules}
        off = {name for name, channel in self.alerts.channels.items() if not channel.enabled}
        return Desk(
            people=self.people,
            groups=self.groups,
            managers=self.managers,
            admins=self.admins,
            last_resort=self.last_resort,
            schedule=self.schedule,
            calendar=self.desk_calendar,
            calendar_of=self.calendar_for,
            rules=rules,
            escalations=self.alerts.policies(),
            channels={
                name: ChannelTraits(kind, MEDIA.get(kind, "chat")) for name, kind in self.alerts.kinds.items()
            },
            only_urgent=frozenset(self.alerts.limits.only_urgent),
            windows=tuple(self.alerts.windows(self.zone)),
            broken_channels=dict.fromkeys(off, "it is switched off (enabled: false)"),
            zone=self.zone,
            several_sources=self.has_several_helpdesks,
        )

    @cached_property
    def alert_rules(self) -> AlertRules:
        """What is worth telling."""
        return self.alerts.alert_rules()

    @cached_property
    def limits(self) -> Limits:
        """How many messages a person gets by each channel."""
        return self.alerts.limits.limits(self.alerts.kinds)

    @property
    def has_several_helpdesks(self) -> bool:
        """Whether ids of people can clash; tickets of our own name people and have no ids of theirs."""
        return sum(source.kind != "local" for source in self.sources.values()) > 1

    @property
    def demo(self) -> bool:
        """Whether any source is the simulated helpdesk."""
        return any(source.kind == "demo" for source in self.sources.values())
