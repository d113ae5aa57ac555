"""The business hours of the simulated tenant, in the words Freshservice uses for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, time
from zoneinfo import ZoneInfo

from deskwatch.core.hours import ALWAYS, BusinessCalendar, Span

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskHours:
    """A calendar as the API shows it and as due dates count it. ``time_zone`` is a Rails zone name."""

    id: int
    name: str
    time_zone: str
    calendar: BusinessCalendar
    is_default: bool = False
    week: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    holidays: tuple[tuple[str, str], ...] = ()


AROUND_THE_CLOCK = DeskHours(
    id=31000060001,
    name="Around the clock",
    time_zone="UTC",
    calendar=ALWAYS,
    is_default=True,
    week=dict.fromkeys(_WEEKDAYS, ("00:00", "23:59")),  # how Freshservice writes an end at midnight
)
"""The demo's calendar: the wall has to live on a Sunday night too."""

OFFICE_HOURS = DeskHours(
    id=31000060002,
    name="Office hours",
    time_zone="Lisbon",
    calendar=BusinessCalendar(
        "Office hours", ZoneInfo("Europe/Lisbon"), dict.fromkeys(range(5), (Span(time(9), time(18)),))
    ),
    week=dict.fromkeys(_WEEKDAYS[:5], ("09:00", "18:00")),
    holidays=(("--12-25", "Christmas Day"), ("--01-01", "New Year")),
)
"""A second calendar that no ticket uses, for tests of imports. Holidays carry no year on the wire."""

WEEKDAYS_UTC = DeskHours(
    id=31000060003,
    name="Weekdays",
    time_zone="UTC",
    calendar=BusinessCalendar("Weekdays", UTC, dict.fromkeys(range(5), (Span(time(8), time(17)),))),
    is_default=True,
    week=dict.fromkeys(_WEEKDAYS[:5], ("08:00", "17:00")),
)
"""Monday to Friday, 08:00 to 17:00 UTC: for tests about nights and weekends."""
