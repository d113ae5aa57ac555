"""Instants in the words of a sentence: ``06:00`` today, ``Mon 08:00`` this week, else with the date."""

from datetime import datetime, timedelta, tzinfo

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEK = timedelta(days=6)


def moment(at: datetime, *, now: datetime, zone: tzinfo) -> str:
    """An instant near ``now`` as people of that zone say it."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    if abs(local.date() - today) <= _WEEK:
        return f"{_WEEKDAYS[local.weekday()]} {local:%H:%M}"
    return f"{local:%Y-%m-%d %H:%M}"
