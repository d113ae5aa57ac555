"""What is different between two states of a ticket: the rows of its history."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from deskwatch.core.ticket import Person, Ticket, format_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field of a ticket that became another, or an event such as its archiving.

    Attributes:
        at: when the source says it changed, else when the watcher saw it.
        by: who did it, as far as anybody told us: the name of the source, or for a ticket of our own whoever
            gave the command.
        cause: what the change came from, in a few words.
    """

    at: datetime
    ticket: str
    field: str
    old: str | None
    new: str | None
    by: str
    cause: str


_SURROGATE = re.compile("[\ud800-\udfff]")


def _name(person: Person | None) -> str | None:
    return None if person is None else person.name or person.id


def _instant(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)


_WORDS: MappingProxyType[str, Callable[[Any], str | None]] = MappingProxyType(
    {
        "subject": lambda value: value or None,
        "type": lambda value: value,
        "category": lambda value: value,
        "status": lambda value: value.name or value.id or None,
        "phase": str,
        "priority": lambda value: value and str(value),
        "requester": _name,
        "agent": _name,
        "group": _name,
        "client": _name,
        "first_response_due_at": _instant,
        "resolution_due_at": _instant,
        "first_responded_at": _instant,
        "agent_responded_at": _instant,
        "requester_responded_at": _instant,
        "resolved_at": _instant,
        "closed_at": _instant,
    }
)
"""The fields whose history is kept, and how each is written."""


_OWN_WORDS: MappingProxyType[str, Callable[[Any], str | None]] = MappingProxyType(
    {
        **_WORDS,
        "description": lambda value: value[:2000] or None,
        "tags": lambda value: ", ".join(value) or None,
    }
)
"""Of our own tickets the texts too: nobody else keeps what they were."""


def changes_between(before: Ticket | None, after: Ticket, *, now: datetime) -> tuple[Change, ...]:
    """What a newly read state changed; a ticket that was not known before is one change, ``created``."""
    return _compared(before, after, _WORDS, now=now)


def own_changes(
    before: Ticket | None, after: Ticket, *, now: datetime, by: str, cause: str
) -> tuple[Change, ...]:
    """What a command changed in a ticket of our own: the same, with who gave the command."""
    found = _compared(before, after, _OWN_WORDS, now=now)
    return tuple(replace(change, by=by, cause=cause) for change in found)


def _compared(
    before: Ticket | None,
    after: Ticket,
    kept: Mapping[str, Callable[[Any], str | None]],
    *,
    now: datetime,
) -> tuple[Change, ...]:
    if before is None:
        return (_change(after, "created", None, after.subject or None, after.first_seen_at or now),)
    is_dated = after.updated_at is not None and after.updated_at != before.updated_at
    at = min(after.updated_at or now, now) if is_dated else now
    found = []
    for name, words in kept.items():
        old, new = getattr(before, name), getattr(after, name)
        if old is not new and old != new and not _is_same_person(old, new):
            was, becomes = words(old), words(new)
            if _stored(was) != _stored(becomes):
                found.append(_change(after, name, was, becomes, _when(name, new, at)))
    return tuple(found)


def _stored(text: str | None) -> str | None:
    """As a ticket file gives it back: half a character, which some helpdesks send, is no change each time."""
    return text if text is None or text.isascii() else _SURROGATE.sub("\ufffd", text)


def _is_same_person(old: object, new: object) -> bool:
    """Whether only the name behind an id became known: that is no news about the ticket."""
    return isinstance(old, Person) and isinstance(new, Person) and old.id == new.id


def _when(name: str, new: Any, at: datetime) -> datetime:
    """An answer is an event of its own instant, which may be known long after it."""
    return min(new, at) if name.endswith("responded_at") and new is not None else at


def left(ticket: Ticket, reason: str, *, now: datetime) -> Change:
    """A ticket leaves the wall."""
    return _change(ticket, "archived", None, reason, now)


def _change(ticket: Ticket, name: str, old: str | None, new: str | None, at: datetime) -> Change:
    return Change(
        at=at,
        ticket=ticket.key,
        field=name,
        old=old,
        new=new,
        by=ticket.source,
        cause="read from the helpdesk",
    )
