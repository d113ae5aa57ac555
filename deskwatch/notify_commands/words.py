"""How commands write instants, states and people in a terminal."""

from datetime import datetime, timedelta, tzinfo

import click

from deskwatch.core.moments import moment
from deskwatch.errors import UsageError
from deskwatch.logs import one_line


def say(line: str = "") -> None:
    """Print a line; foreign text in it cannot move the cursor or reorder the screen."""
    click.echo(one_line(line))


def parse_moment(text: str, zone: tzinfo) -> datetime:
    """``2026-12-25 02:10`` in the zone of the desk, or with an offset.

    Raises:
        UsageError: that is no instant.
    """
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"expected a date and time such as 2026-12-24 18:00, got {text!r}") from None
    return at.replace(tzinfo=zone) if at.tzinfo is None else at


def stamp(at: datetime, zone: tzinfo) -> str:
    """``Fri 2026-12-25 02:10:05``."""
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M:%S}"


def day_and_time(at: datetime, zone: tzinfo) -> str:
    """``Fri 2026-12-25 02:10``."""
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M}"


def near(at: datetime, now: datetime, zone: tzinfo) -> str:
    """``02:10`` today, ``Mon 08:00`` this week."""
    return moment(at, now=now, zone=zone)


def lasting(duration: timedelta) -> str:
    """``1 d 2 h``, ``12 min``, ``30 s``."""
    seconds = int(duration.total_seconds())
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min")] if seconds >= 60 else [(seconds, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def masked(address: str) -> str:
    """A number or address that only its owner recognizes."""
    if "@" in address:
        name, _, host = address.partition("@")
        return f"{name[:1]}…@{host}"
    return f"…{address[-3:]}" if address else "a room"
