"""The plan of who is on call as a calendar file, to import or to subscribe to."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from deskwatch.core.duties import Duty
from deskwatch.ics.entries import Entry
from deskwatch.ics.writing import write_calendar


def duty_calendar(
    duties: Iterable[Duty],
    names: Mapping[str, str],
    *,
    title: str,
    since: datetime,
    now: datetime,
    anonymous: bool = False,
) -> bytes:
    """The duties as a calendar. Its first ones begin at ``since``; all keep their ids the next time.

    Args:
        duties: as ``core.duties.duties`` lists them from ``since`` on.
        names: id of a person to the name an entry shows.
        title: what the calendar calls itself.
        since: where the plan was cut.
        now: when it is written.
        anonymous: whether ids keep to themselves whose duty it is, which ids of people would tell.
    """
    listed = list(duties)
    entries = [
        (uid, Entry(duty.start, duty.end, f"On call ({duty.layer}): {names[duty.person]}"))
        for uid, duty in zip(_uids(listed, since, anonymous), listed, strict=True)
    ]
    return write_calendar(entries, name=title, now=now)


def _uids(duties: Iterable[Duty], since: datetime, anonymous: bool) -> Iterator[str]:
    """A duty by its start; one that has begun by its end, for its start is cut."""
    found: Counter[str] = Counter()
    for duty in duties:
        begun = duty.start == since
        turn = f"{duty.layer}-{'until-' if begun else ''}{duty.end if begun else duty.start:%Y%m%dT%H%M%SZ}"
        found[turn] += 1
        yield f"{found[turn] if anonymous else duty.person}-{turn}@deskwatch"
