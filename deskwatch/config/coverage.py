"""What only the calendar can tell of a configuration: gaps, people nobody can reach, dates that ran out."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta, tzinfo

from deskwatch.config.loaded import Config
from deskwatch.config.problems import Problem
from deskwatch.core.desk import Desk
from deskwatch.core.oncall import Gap, Schedule
from deskwatch.core.people import Contact, Urgency
from deskwatch.core.reach import unusable

GAPS_AHEAD = timedelta(days=30)
HOLIDAYS_AHEAD = timedelta(days=60)
LONG_MUTE = timedelta(days=14)
"""Whoever is muted for longer than this has probably forgotten it."""
TOLD = 3
"""How many gaps of one layer are spelled out."""

_PEOPLE, _ONCALL, _HOURS = "config/people.yaml", "config/oncall.yaml", "config/hours.yaml"


def coverage(config: Config, *, now: datetime, schedule: Schedule | None = None) -> tuple[Problem, ...]:
    """Warnings that come with time, sorted by file; ``schedule`` is the one with calendars from elsewhere.

    Layers whose calendars were not asked have no gaps.
    """
    schedule = schedule or config.schedule
    found = (
        *_gaps(schedule, config.oncall_zone, now),
        *_unreachable(schedule, config.desk, now),
        *_run_out(schedule, config.oncall_zone, now),
        *_muted(config, now),
        *_last_holidays(config, now),
    )
    return tuple(sorted(found))


def _gaps(schedule: Schedule, zone: tzinfo, now: datetime) -> Iterator[Problem]:
    gaps: dict[str, list[Gap]] = {}
    for gap in schedule.gaps(now, now + GAPS_AHEAD):
        gaps.setdefault(gap.layer, []).append(gap)
    for layer, missing in gaps.items():
        told = [f"from {_local(gap.start, zone)} until {_local(gap.end, zone)}" for gap in missing[:TOLD]]
        more = f" and {len(missing) - TOLD} times more" if len(missing) > TOLD else ""
        days = f"within {GAPS_AHEAD.days} days"
        words = f"{days} nobody is on call {', '.join(told)}{more}; if that is meant, write it into gaps"
        yield _warning(_ONCALL, f"layers.{layer}", words)


def _unreachable(schedule: Schedule, desk: Desk, now: datetime) -> Iterator[Problem]:
    """People who are on call soon, or are to be told when nobody else can be, and have no way that works."""
    soon = list(schedule.on_call_at(now))
    for handoff in schedule.handoffs(now, now + GAPS_AHEAD):
        soon += handoff.arriving
    special = [desk.last_resort] if desk.last_resort else []
    for id_ in dict.fromkeys([*soon, *special, *desk.admins]):
        person = desk.people.get(id_)
        if person is not None and desk.channels and (why := _no_way(person, desk)):
            role = "on call" if id_ in soon else "last resort" if id_ in special else "admin"
            yield _warning(
                _PEOPLE, f"people.{id_}", f"is {role} and cannot be told of anything urgent: {why}"
            )


def _no_way(person: Contact, desk: Desk) -> str | None:
    ways = [
        *(way.channel for way in person.urgent),
        *(way.channel for way in person.normal),
        *person.addresses,
    ]
    whys = [unusable(person, channel, Urgency.URGENT, desk=desk) for channel in dict.fromkeys(ways)]
    if not whys:
        return "no phone, mail address or room is written there"
    return None if None in whys else "; ".join(why for why in whys if why)


def _run_out(schedule: Schedule, zone: tzinfo, now: datetime) -> Iterator[Problem]:
    """What is over and only makes the file longer."""
    for number, override in enumerate(schedule.overrides):
        if override.end <= now:
            yield _over(f"overrides[{number}]", override.end, zone)
    for number, temporary in enumerate(schedule.temporary):
        if temporary.end <= now:
            yield _over(f"temporary[{number}]", temporary.end, zone)
    for number, gap in enumerate(schedule.intended):
        if gap.end <= now:
            yield _over(f"gaps[{number}]", gap.end, zone)


def _over(path: str, end: datetime, zone: tzinfo) -> Problem:
    return _warning(_ONCALL, path, f"is over since {_local(end, zone)}; delete it")


def _muted(config: Config, now: datetime) -> Iterator[Problem]:
    for id_, person in config.people.items():
        if person.mute_until is not None and person.mute_until - now > LONG_MUTE:
            until = _local(person.mute_until, config.zone)
            yield _warning(
                _PEOPLE, f"people.{id_}.mute_until", f"nothing reaches {person.name} until {until}"
            )


def _last_holidays(config: Config, now: datetime) -> Iterator[Problem]:
    """Calendars whose dates were written by hand and end soon; their later holidays would be working days."""
    for name, calendar in config.calendars.items():
        last = max(calendar.days, default=None)
        if last is not None:
            end = datetime.combine(last, time(0), calendar.zone)
            if end - now < HOLIDAYS_AHEAD:
                words = (
                    f"the last date in there is {last}; write the next year's, or name a country in holidays"
                )
                yield _warning(_HOURS, f"calendars.{name}.days", words)


def _warning(file: str, path: str, message: str) -> Problem:
    return Problem(file, path=path, message=message, severity="warning")


def _local(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
