"""What an account says about business hours, holidays and SLA targets, in the words of our configuration.

The API: https://api.freshservice.com/#business-hours and #sla_policies. It is read to seed the configuration:
due dates of tickets already contain these hours. What it cannot say is told in notes: holidays carry no year,
so those that move (Easter) are wrong every other year, and a weekday has one span.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deskwatch.sources.freshservice_api import Api, params_of
from deskwatch.sources.freshservice_catalog import names_of
from deskwatch.sources.freshservice_policies import policies_of
from deskwatch.sources.http_words import clean_line
from deskwatch.sources.rails_zones import zone_named

_ALL_DAY = "00:00-24:00"
DESK = "desk"
"""What the account's default calendar is called here."""

_DAYS = {
    "mon": "monday", "tue": "tuesday", "wed": "wednesday", "thu": "thursday", "fri": "friday",
    "sat": "saturday", "sun": "sunday",
}  # fmt: skip

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Setup:
    """Settings as plain values: ``hours`` for hours.yaml, ``policies`` for sla.yaml; and what is left out."""

    hours: dict[str, Any]
    policies: list[dict[str, Any]]
    notes: tuple[str, ...]


def read_setup(api: Api, workspaces: Sequence[str | None]) -> Setup:
    """Ask for everything ``setup_of`` needs.

    Raises:
        SourceError: a list could not be read.
    """

    def rows(path: str, key: str, doing: str) -> list[Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for workspace in workspaces:
            number: int | None = 1
            while number is not None:
                page = api.page(
                    path, key, params_of(workspace), operation="other", doing=doing, number=number
                )
                found |= {str(row.get("id")): row for row in page.rows if isinstance(row, Mapping)}
                number = page.next
        return list(found.values())

    return setup_of(
        hours=rows("business_hours", "business_hours", "reading business hours"),
        policies=rows("sla_policies", "sla_policies", "reading SLA policies"),
        groups=rows("groups", "groups", "reading groups"),
        clients=names_of(rows("departments", "departments", "reading departments")),
    )


def setup_of(*, hours: Rows, policies: Rows, groups: Rows, clients: Mapping[str, str]) -> Setup:
    """The settings that rows of the API stand for. ``clients`` are names of departments by id."""
    notes: list[str] = []
    names = _names(hours)
    calendars = {}
    for row in hours:
        name = names[str(row.get("id"))]
        calendars[name] = _calendar(row, name, notes)
    use = list(_uses(groups, names))
    settings: dict[str, Any] = {"calendars": calendars}
    if use:
        settings["use"] = use
    if any(calendar.get("yearly") for calendar in calendars.values()):
        notes.append(
            "holidays of the account have no year: those that move, such as Easter, are better named by "
            "holidays: {country: …} in hours.yaml"
        )
    group_names = {str(row.get("id")): clean_line(row.get("name"), longest=120) for row in groups}
    always_open = set(calendars.get(DESK, {}).get("week", {}).values()) == {_ALL_DAY}
    promises = list(policies_of(policies, group_names, clients, notes, always_open=always_open))
    return Setup(settings, promises, tuple(notes))


def _names(rows: Rows) -> dict[str, str]:
    """Id of each calendar to a name that hours.yaml takes; the default one is the desk's."""
    names: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: not row.get("is_default")):
        wanted = DESK if row.get("is_default") and DESK not in names.values() else slug(str(row.get("name")))
        name, number = wanted, 2
        while name in names.values():
            name, number = f"{wanted[:36]}-{number}", number + 1
        names[str(row.get("id"))] = name
    return names


def _calendar(row: Mapping[str, Any], name: str, notes: list[str]) -> dict[str, Any]:
    said = str(row.get("time_zone") or "")
    zone = zone_named(said)
    if zone is None:
        notes.append(f"calendar {name}: its time zone {said!r} is not known; write the right one")
    week = row.get("service_desk_hours")
    spans = {day: _span(week, long) for day, long in _DAYS.items()} if isinstance(week, Mapping) else {}
    calendar: dict[str, Any] = {"zone": zone or "auto", "week": spans}
    if yearly := dict(_holidays(row, name, notes)):
        calendar["yearly"] = dict(sorted(yearly.items()))
    return calendar


def _span(week: Mapping[str, Any], day: str) -> str:
    """``08:00-17:00``; a day that is not there is closed, and an end at 23:59 means midnight."""
    hours = week.get(day)
    if not isinstance(hours, Mapping):
        return "closed"
    start, end = _clock(hours.get("beginning_of_workday")), _clock(hours.get("end_of_workday"))
    return f"{start}-{'24:00' if end in ('23:59', '00:00') else end}" if start and end else "closed"


def _clock(text: Any) -> str | None:
    """``08:00`` of ``08:00`` or ``8:00 am``."""
    match = re.fullmatch(r"(\d{1,2}):(\d\d)\s*([ap]m)?", str(text).strip().lower())
    if match is None:
        return None
    hour = int(match[1])
    if match[3]:
        hour = hour % 12 + (12 if match[3] == "pm" else 0)
    return f"{hour:02}:{match[2]}" if hour < 24 and int(match[2]) < 60 else None


def _holidays(row: Mapping[str, Any], name: str, notes: list[str]) -> Iterator[tuple[str, str]]:
    for day in row.get("list_of_holidays") or ():
        on = str(day.get("holiday_date", "")) if isinstance(day, Mapping) else ""
        match = re.fullmatch(r"(?:\d{4}-|--)?([01]\d-[0-3]\d)", on)
        if match is None:
            notes.append(f"calendar {name}: a holiday on {on!r} is left out, that is no date")
        else:
            yield match[1], clean_line(day.get("holiday_name"), longest=80) or "Holiday"


def _uses(groups: Rows, names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Which groups have another calendar than the desk's."""
    others: dict[str, list[str]] = {}
    for row in groups:
        calendar = names.get(str(row.get("business_hours_id")), DESK)
        group = clean_line(row.get("name"), longest=120)
        if calendar != DESK and group:
            others.setdefault(calendar, []).append(group)
    for calendar, found in others.items():
        yield {"calendar": calendar, "groups": found}


def slug(name: str) -> str:
    """A name as our files take it: ``Office hours (US)`` becomes ``office-hours-us``."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-") or "unnamed"
