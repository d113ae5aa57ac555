"""``hours.yaml``: when the desk is open."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from deskwatch.config.fields import OUR_YEARS, Auto, CalendarName, Name, SourceName
from deskwatch.config.holiday_settings import HolidayFileSetting, HolidaySettings, MonthDay, every_year
from deskwatch.config.spans import Spans
from deskwatch.core.calendars import CalendarUse
from deskwatch.core.hours import BusinessCalendar, Day, Span
from deskwatch.settings import Strict, Weekday, Zone, clip


class WeekSettings(Strict):
    """The hours of an ordinary week; a day that is not named is closed."""

    unknown_key: ClassVar[str] = "not a weekday (use mon, tue, wed, thu, fri, sat, sun)"

    mon: Spans = ()
    """Monday: ``08:00-12:00, 13:00-17:00``, a list of such spans, or ``closed``."""
    tue: Spans = ()
    """Tuesday."""
    wed: Spans = ()
    """Wednesday."""
    thu: Spans = ()
    """Thursday."""
    fri: Spans = ()
    """Friday."""
    sat: Spans = ()
    """Saturday."""
    sun: Spans = ()
    """Sunday."""

    def spans(self) -> dict[int, tuple[Span, ...]]:
        """Spans by the number of the weekday, Monday is 0."""
        return {day.number: getattr(self, day) for day in Weekday}


class DaySettings(Strict):
    """A date with hours of its own."""

    name: str = ""
    """What the day is called: ``Christmas``."""
    hours: Spans = ()
    """Opening hours of a half day or special opening. Default: closed."""


def _named_day(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


def _date(text: Any) -> date:
    if isinstance(text, date):
        return text
    try:
        on = date.fromisoformat(str(text).strip())
    except ValueError:
        on = None
    if on is None or on.year not in OUR_YEARS:
        raise ValueError(f"expected a date such as 2026-12-24, got {clip(str(text))}")
    return on


DayDate = Annotated[date, BeforeValidator(_date)]
NamedDay = Annotated[
    DaySettings,
    BeforeValidator(_named_day, json_schema_input_type=DaySettings | str),
]


def _office_week() -> WeekSettings:
    return WeekSettings.model_validate(dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-17:00"))


class CalendarSettings(Strict):
    """One calendar of business hours."""

    zone: Annotated[Zone | None, Auto()] = None
    """Time zone of these hours. ``auto``: that of ``deskwatch.yaml``."""
    week: WeekSettings = Field(default_factory=_office_week)
    """Opening hours by weekday. Default: Monday to Friday 08:00-17:00."""
    holidays: HolidaySettings | None = None
    """Public holidays, on which the desk is closed: ``{country: DE, subdivision: BY}``."""
    holiday_files: list[HolidayFileSetting] = Field(default_factory=list)
    """Calendar files (iCalendar) whose whole days are holidays: ``[config/holidays.ics]``."""
    yearly: dict[MonthDay, NamedDay] = Field(default_factory=dict)
    """The same for a date of every year; ``12-24: {name: Christmas Eve, hours: 08:00-12:00}``."""
    days: dict[DayDate, NamedDay] = Field(default_factory=dict)
    """Dates with hours of their own; ``2026-12-25: Christmas`` is closed all day. They win over holidays."""

    def calendar(self, name: str, zone: ZoneInfo) -> BusinessCalendar:
        """The calendar for the rules; ``zone`` is that of the desk."""
        days = dict(self.holidays.days()) if self.holidays else {}
        for file in self.holiday_files:
            days.update(file.days)
        for on, day in self.yearly.items():
            days.update(every_year(on, day.name or "closed", day.hours))
        days.update((on, Day(day.name or "closed", day.hours)) for on, day in self.days.items())
        return BusinessCalendar(name, self.zone or zone, self.week.spans(), days)


class CalendarUseSettings(Strict):
    """Tickets that another calendar than the desk's counts for; all conditions that are given must hold."""

    calendar: CalendarName
    """The calendar that counts."""
    groups: list[str] = Field(default_factory=list)
    """Group names or ids."""
    clients: list[str] = Field(default_factory=list)
    """Client names or ids."""
    sources: list[SourceName] = Field(default_factory=list)
    """Sources of ``sources.yaml``."""

    @model_validator(mode="after")
    def _is_for_some(self) -> Self:
        if not (self.groups or self.clients or self.sources):
            raise ValueError("name the groups, clients or sources this calendar counts for")
        return self

    def use(self, calendars: Mapping[str, BusinessCalendar]) -> CalendarUse:
        """The use for the rules."""
        return CalendarUse(
            calendar=calendars[self.calendar],
            groups=_folded(self.groups),
            clients=_folded(self.clients),
            sources=frozenset(self.sources),
        )


def _folded(names: list[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


class HoursSettings(Strict):
    """``hours.yaml``."""

    calendars: dict[Name, CalendarSettings] = Field(default_factory=lambda: {"desk": CalendarSettings()})
    """Calendars by name. ``desk`` is the one that ``sla.yaml`` uses unless it names another."""
    use: list[CalendarUseSettings] = Field(default_factory=list)
    """Which calendar counts for which tickets: the first that fits, else the one of ``sla.yaml``."""
