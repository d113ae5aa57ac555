"""What a row shows: a ticket and its place on the board, as the words and instants of its cells."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from urllib.parse import urlsplit

from deskwatch.config.marks import Mark
from deskwatch.core.board import Row, arrived_at
from deskwatch.core.legible import legible
from deskwatch.core.privacy import Privacy
from deskwatch.core.sla import SlaState
from deskwatch.core.ticket import Person, Priority, Ticket
from deskwatch.web.duty import Taken
from deskwatch.web.edition import WallTime
from deskwatch.web.privacy import HIDDEN, SOMEBODY
from deskwatch.web.voice import day_of, local_time
from deskwatch.web.wording import ENGLISH, Wording

SUBJECT_LIMIT = 160
NAME_LIMIT = 48
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

STATE_WORDS = {
    SlaState.OVERDUE: "Overdue",
    SlaState.CRITICAL: "Critical",
    SlaState.WARNING: "Warning",
    SlaState.OK: "On track",
    SlaState.PAUSED: "Paused",
    SlaState.MET: "Met",
    SlaState.NONE: "No target",
}
TARGET_WORDS = {
    "first_response": "Response",
    "resolution": "Resolution",
    "update": "Update",
    "chase": "Reminder",
}
PRIORITY_WORDS = {"low": "Low", "medium": "Medium", "high": "High", "urgent": "Urgent"}


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant twice: in seconds since 1970, which the browser makes tick, and in words."""

    seconds: int
    words: str


@dataclass(frozen=True, slots=True)
class Cells:
    """The contents of one row. Nothing in it changes by time alone."""

    key: str
    number: str
    link: str | None
    subject: str
    state: str
    state_words: str
    target: str
    due: Moment | None
    update_words: str
    update_due: Moment | None
    status: str
    status_since: Moment | None
    priority: str
    priority_words: str
    requester: str
    agent: str
    age: Moment | None
    updated: Moment | None
    priority_was: str = ""
    escalated_at: Moment | None = None
    explanation: Moment | None = None
    new_since: int | None = None
    taken_by: str = ""
    taken_at: Moment | None = None
    mark: Mark | None = None


SOME_LOOPBACK_PORT = "http://127.0.0.1:*"
"""Where the simulated helpdesk lives: on this machine, at another port on each start."""


def moment(at: datetime | None, zone: tzinfo, say: Wording = ENGLISH) -> Moment | None:
    """An instant, in words as ``21 Nov 14:05`` in the wall's zone."""
    if at is None:
        return None
    local = local_time(at, zone)
    words = f"{day_of(local, say)} {local.hour:02}:{local.minute:02}"
    return Moment(int(at.timestamp()), words)


def wall_time(now: datetime, zone: tzinfo, say: Wording = ENGLISH) -> WallTime:
    """What makes a browser tell the time as the wall does; the same all day, DST nights excepted."""
    local = now.astimezone(zone)
    return WallTime(day_of(local, say), (local.utcoffset() or timedelta()).total_seconds())


def weekday(local: datetime, say: Wording) -> str:
    """``Mon``, in the reader's language."""
    return say(_WEEKDAYS[local.weekday()])


def cells(
    ticket: Ticket,
    row: Row,
    taken: Taken | None = None,
    *,
    zone: tzinfo,
    bases: Collection[str],
    privacy: Privacy = Privacy.FULL,
    say: Wording = ENGLISH,
    mark: Mark | None = None,
) -> Cells:
    """The cells of a ticket's row.

    Args:
        bases: where the pages of its helpdesk live.
        mark: of its helpdesk, where several are shown.
    """
    ticking = row.state in _TICKING and row.sla.due_at is not None
    late = _LATE_WORDS.get(row.update_state)
    raised = row.escalations
    priority = row.priority if raised else ticket.priority
    return Cells(
        key=ticket.key,
        number=legible(ticket.number or ticket.id, 24),
        link=ticket_link(ticket.url, bases),
        subject=legible(ticket.subject, SUBJECT_LIMIT) or say("(no subject)"),
        state=row.state.value,
        state_words=say(STATE_WORDS[row.state]),
        target=say(TARGET_WORDS.get(row.sla.target, "")),
        due=moment(row.sla.due_at, zone, say) if ticking else None,
        update_words=f"{say(TARGET_WORDS[row.update.target])} {say(late)}" if late else "",
        update_due=moment(row.update.due_at, zone, say) if late else None,
        status=legible(ticket.status.name, NAME_LIMIT),
        status_since=moment(ticket.status_since, zone, say),
        priority=priority.value if priority else "unknown",
        priority_words=say(PRIORITY_WORDS[priority.value]) if priority else "–",
        priority_was=say(PRIORITY_WORDS[raised[0].from_.value]) if raised else "",
        escalated_at=moment(raised[-1].at, zone, say) if raised else None,
        explanation=moment(row.explanation, zone, say),
        new_since=_new_since(ticket, priority),
        requester=_name(ticket.requester),
        agent=say(SOMEBODY) if ticket.agent == HIDDEN else _name(ticket.agent),
        age=moment(ticket.created_at, zone, say),
        updated=moment(ticket.updated_at, zone, say),
        taken_by=taken.by if taken else "",
        taken_at=moment(taken.at, zone, say) if taken else None,
        mark=mark,
    )


def _new_since(ticket: Ticket, priority: Priority | None) -> int | None:
    """Since when an urgent ticket is known, in seconds since 1970: the browser marks it for a minute."""
    at = arrived_at(ticket) if priority is Priority.URGENT else None
    return None if at is None else int(at.timestamp())


def ticket_link(url: str | None, bases: Collection[str]) -> str | None:
    """The ticket's page in its helpdesk, if it really lies there: anybody may have written the file."""
    if not url or not url.isprintable() or "\\" in url:
        return None
    return url if any(_lies_below(url, base) for base in bases) else None


def _lies_below(url: str, web_base: str) -> bool:
    try:
        there, base = urlsplit(url), urlsplit(web_base)
    except ValueError:
        return False
    place = there.netloc.lower()
    if web_base == SOME_LOOPBACK_PORT and re.fullmatch(r"127\.0\.0\.1:\d+", place):
        place = base.netloc
    inside = there.path.startswith(base.path.rstrip("/") + "/") and "/../" not in there.path
    same_place = (there.scheme, place) == (base.scheme, base.netloc.lower())
    return same_place and inside and there.scheme in ("http", "https")


_LATE_WORDS = {SlaState.CRITICAL: "due in", SlaState.OVERDUE: "overdue"}
_TICKING = frozenset({SlaState.OK, SlaState.WARNING, SlaState.CRITICAL, SlaState.OVERDUE})


def _name(person: Person | None) -> str:
    return (legible(person.name, NAME_LIMIT) or legible(person.id, NAME_LIMIT)) if person else ""
