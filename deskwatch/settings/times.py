"""Durations, time zones, times of day and weekdays as the configuration writes them."""

import re
from collections.abc import Callable
from datetime import time, timedelta
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from deskwatch.settings.words import clip, nearest

_UNIT_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(
    r"(?:([0-9]{1,6})d)?(?:([0-9]{1,7})h)?(?:([0-9]{1,8})m)?(?:([0-9]{1,9}(?:\.[0-9]{1,6})?)s)?"
)


def parse_duration(text: Any) -> timedelta:
    """Read ``20m``, ``8h``, ``1h30m``, ``2d``, ``0.2s``.

    Raises:
        ValueError: something else, for example a number without a unit.
    """
    if isinstance(text, timedelta):
        return text
    if not isinstance(text, str | int | float):
        raise ValueError("expected a duration such as 30s, 20m, 8h or 2d")
    compact = str(text).replace(" ", "").lower()
    match = _DURATION.fullmatch(compact)
    if match is None or not compact:
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?", compact):
            raise ValueError(f"a duration needs a unit: {compact}s, {compact}m, {compact}h or {compact}d")
        raise ValueError(f"expected a duration such as 30s, 20m, 8h or 2d, got {clip(str(text))}")
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def format_duration(duration: timedelta) -> str:
    """The shortest text that ``parse_duration`` reads back as the same duration."""
    seconds = duration.days * 86400 + duration.seconds
    text = ""
    for unit, size in _UNIT_SECONDS.items():
        count, seconds = divmod(seconds, size)
        if unit == "s" and duration.microseconds:
            text += f"{count}.{duration.microseconds:06}".rstrip("0") + "s"
        elif count:
            text += f"{count}{unit}"
    return text or "0s"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration),
    WithJsonSchema(
        {"type": "string", "pattern": f"^{_DURATION.pattern}$", "examples": ["30s", "20m", "8h", "2d"]}
    ),
]
"""A length of time, written ``20m``, ``8h``, ``1h30m``, ``2d`` or ``0.2s``.

Bound it with ``Annotated[Duration, at_least("1s")]``."""


def at_least(shortest: str) -> AfterValidator:
    """A lower bound for a ``Duration``."""
    floor = parse_duration(shortest)

    def check(duration: timedelta) -> timedelta:
        if duration < floor:
            raise ValueError(f"must be at least {shortest}, got {format_duration(duration)}")
        return duration

    return AfterValidator(check)


def at_most(longest: str) -> AfterValidator:
    """An upper bound for a ``Duration``."""
    ceiling = parse_duration(longest)

    def check(duration: timedelta) -> timedelta:
        if duration > ceiling:
            raise ValueError(f"must be at most {longest}, got {format_duration(duration)}")
        return duration

    return AfterValidator(check)


def parse_zone(name: Any) -> ZoneInfo:
    """Read the IANA name of a time zone; the error proposes the nearest one."""
    if isinstance(name, ZoneInfo):
        return name
    if not isinstance(name, str):
        raise ValueError("expected the name of a time zone such as Europe/Berlin")
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        zones = sorted(available_timezones())
        hint = nearest(name, zones) or nearest(name, [zone.rpartition("/")[2] for zone in zones])
        raise ValueError(f"{clip(name)} is not a time zone such as Europe/Berlin.{hint}") from None


def parse_hour_minute(text: Any) -> time:
    """Read ``09:00`` or ``17:30``; ``24:00`` is midnight at the end of a day and comes back as 00:00."""
    if isinstance(text, time):
        return text
    match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("expected a time of day such as 08:30")
    hour, minute = int(match[1]), int(match[2])
    if (hour, minute) == (24, 0):
        return time(0)
    if hour > 23 or minute > 59:
        raise ValueError(f"{text} is not a time of day (00:00 to 24:00)")
    return time(hour, minute)


def _schema(parse: Callable[[Any], Any], print_: Callable[[Any], str], **json_schema: Any) -> tuple[Any, ...]:
    return BeforeValidator(parse), PlainSerializer(print_), WithJsonSchema({"type": "string", **json_schema})


Zone = Annotated[ZoneInfo, *_schema(parse_zone, str, examples=["Europe/Berlin", "America/Chicago", "UTC"])]
"""A time zone by its IANA name."""

HourMinute = Annotated[
    time,
    *_schema(
        parse_hour_minute, lambda at: f"{at:%H:%M}", pattern=r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$|^24:00$"
    ),
]
"""A time of day, written ``08:30``."""


class Weekday(StrEnum):
    """A day of the week as the configuration writes it; ``number`` counts like ``date.weekday()``."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"

    @property
    def number(self) -> int:
        """0 for Monday to 6 for Sunday."""
        return list(Weekday).index(self)
