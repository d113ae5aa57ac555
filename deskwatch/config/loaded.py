"""The configuration as the processes see it: one frozen value, without a secret in sight."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from deskwatch.config.general import (
    AccessSettings,
    AlertSettings,
    LogSettings,
    NotifierSettings,
    WatcherSettings,
    WebSettings,
)
from deskwatch.config.home import Home
from deskwatch.config.problems import Problem
from deskwatch.config.sources import SourceSettings
from deskwatch.core.board import Board
from deskwatch.core.calendars import CalendarUse, calendar_of
from deskwatch.core.hours import BusinessCalendar
from deskwatch.core.oncall import Schedule
from deskwatch.core.people import Contact
from deskwatch.core.sla import SlaRules
from deskwatch.core.ticket import Ticket
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
    sources: Mapping[str, SourceSettings]
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
    sla: SlaRules
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

    @property
    def demo(self) -> bool:
        """Whether any source is the simulated helpdesk."""
        return any(source.kind == "demo" for source in self.sources.values())
