"""The plan of who is on call as a calendar file, to import or to subscribe to."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from deskwatch.core.duties import Duty
from deskwatch.ics.entries import Entry
from deskwatch.ics.writing import write_calendar


def duty_calendar(
    duties: Iterable[Duty], names: Mapping[str, str], *, title: str, since: datetime, now: datetime
) -> bytes:
    """The duties as a calendar. Its first ones begin at ``since``; all keep their ids the next time.

    Args:
        duties: as ``core.duties.duties`` lists them from ``since`` on.
        names: id of a person to the name an entry shows.
        title: what the calendar calls itself.
        since: where the plan was cut.
        now: when it is written.
    """
    entries = [
        (_uid(duty, since), Entry(duty.start, duty.end, f"On call ({duty.layer}): {names[duty.person]}"))
        for duty in duties
    ]
    return write_calendar(entries, name=title, now=now)


def _uid(duty: Duty, since: datetime) -> str:
    """A duty by its start; one that has begun by its end, for its start is cut."""
    known = f"until-{duty.end:%Y%m%dT%H%M%SZ}" if duty.start == since else f"{duty.start:%Y%m%dT%H%M%SZ}"
    return f"{duty.person}-{duty.layer}-{known}@deskwatch"
