"""What a command makes of a ticket of the desk's own, or why it makes nothing of it.

Everything about such a ticket is in its file: the notes, and which commands were applied. So a command that
comes twice, or is found again after a crash, is recognized by the ticket itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from deskwatch.core.changes import Change, own_changes
from deskwatch.core.explaining import explanation_due
from deskwatch.core.merging import merge
from deskwatch.core.own_commands import APPLIED, STATUSES, Applied, Command, OwnStatus, Rejection
from deskwatch.core.sla_rules import SlaRules
from deskwatch.core.sync import ticket_key
from deskwatch.core.ticket import Person, Phase, Priority, Ticket, TicketError, format_instant, parse_instant

NOTES, DELETED, CREATED_BY = "notes", "deleted", "created_by"
"""Keys in the ticket file that only our own tickets have, beside ``APPLIED``."""
DROPPED = "notes_dropped"
MOST_NOTES, MOST_NOTE_CHARACTERS = 100, 60_000
"""Notes a ticket file keeps, and their characters together; the oldest go, and are still in the history."""
MOST_APPLIED = 500
"""Commands a ticket remembers as ``key.fingerprint``; an older one that comes again is applied again."""
LEAD = timedelta(minutes=5)
"""How far a command's ``at`` may be ahead: clocks of other hosts are never quite right."""

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class OwnRules:
    """How the tickets of one source are made and kept."""

    source: str
    prefix: str = "NDB"
    digits: int = 4
    default_priority: Priority = Priority.MEDIUM
    explain_before_resolving: bool = True
    sla: SlaRules = field(default_factory=SlaRules)

    def number(self, id_: int) -> str:
        """What people call the ticket of this id: ``NDB-0007``."""
        return f"{self.prefix}-{id_:0{self.digits}}"


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was said about a ticket."""

    at: datetime
    by: str
    text: str


def notes_of(ticket: Ticket) -> tuple[Note, ...]:
    """The notes in a ticket, oldest first; what is no note is left out."""
    notes = []
    stored = ticket.extra.get(NOTES)
    for each in stored if isinstance(stored, list) else ():
        if isinstance(each, Mapping):
            by, text = each.get("by"), each.get("text")
            try:
                at = parse_instant(each.get("at"))  # type: ignore[arg-type]
            except TicketError:
                continue
            if isinstance(by, str) and isinstance(text, str):
                notes.append(Note(at, by, text))
    return tuple(notes)


def applied_to(ticket: Ticket) -> dict[str, str]:
    """The commands that were applied to a ticket: key to fingerprint, which is empty where none was kept."""
    marks = (mark.partition(".") for mark in _listed(ticket, APPLIED) if isinstance(mark, str))
    return {key: fingerprint for key, _, fingerprint in marks}


def is_another(command: Command, target: str | None, ticket: Ticket) -> bool:
    """Whether the command that was applied to this ticket under the same key was not this one.

    Args:
        target: key of the ticket that is meant now; ``None``: a new one.
    """
    known = applied_to(ticket).get(command.key, "")
    if not known or not command.fingerprint:
        return False
    return known != command.fingerprint or target not in (None, ticket.key)


def _mark(command: Command) -> str:
    return f"{command.key}.{command.fingerprint}" if command.fingerprint else command.key


def is_deleted(ticket: Ticket) -> bool:
    """Whether somebody deleted it; it is in the archive, or on its way there."""
    return isinstance(ticket.extra.get(DELETED), Mapping)


def deleted_words(ticket: Ticket) -> str:
    """Who deleted a ticket and why, for the archive."""
    told = ticket.extra.get(DELETED)
    told = told if isinstance(told, Mapping) else {}
    reason = told.get("reason")
    return f"deleted by {told.get('by') or 'somebody'}" + (f": {reason}" if reason else "")


def create(command: Command, id_: int, rules: OwnRules, *, now: datetime) -> Applied | Rejection:
    """A new ticket with this id, which no ticket ever had."""
    values = dict(command.values)
    if not values.get("subject"):
        return Rejection("invalid", "fields.subject: is missing; a ticket needs one")
    status = values.pop("status", None) or STATUSES["open"]
    if status.phase.is_over:
        return Rejection("invalid", f"fields.status: a new ticket cannot be {status.status.name.lower()}")
    at = _when(command, None, now)
    if isinstance(at, Rejection):
        return at
    values = {name: value for name, value in values.items() if value is not None}
    row = Ticket(
        **{
            "key": ticket_key(rules.source, str(id_)),
            "source": rules.source,
            "id": str(id_),
            "number": rules.number(id_),
            "priority": rules.default_priority,
            **values,
            "status": status.status,
            "phase": status.phase,
            "created_at": at,
            "updated_at": at,
            "extra": {CREATED_BY: command.by, APPLIED: [_mark(command)]},
        }
    )
    ticket = merge(None, row, now=now)
    changes = own_changes(None, ticket, now=now, by=command.by, cause=command.cause)
    if command.text:
        ticket = _noted(ticket, command, at)
        changes += (_event(ticket, "note", command.text, command, at),)
    return Applied(ticket, changes)


def change(ticket: Ticket, command: Command, rules: OwnRules, *, now: datetime) -> Applied | Rejection:
    """What a command other than ``create`` makes of a ticket, whether it is on the wall or in the archive."""
    name = ticket.number or ticket.key
    if is_deleted(ticket):
        return Rejection("not_found", f"{name} was {deleted_words(ticket)}")
    at = _when(command, ticket, now)
    if isinstance(at, Rejection):
        return at
    status = _wanted_status(ticket, command)
    if isinstance(status, Rejection):
        return status
    if ticket.is_over and command.op != "delete" and (status is None or status.phase.is_over):
        was = ticket.status.name.lower() or str(ticket.phase)
        return Rejection("conflict", f"{name} is {was}; reopen it first: update it with the status Open")
    is_end = status is not None and status.phase.is_over
    if (is_end or _moves_a_deadline(ticket, command)) and (owed := _owed(ticket, command, rules, now)):
        return owed
    row = _changed(ticket, command, status, at)
    after = ticket
    if command.op != "ack":
        after = merge(ticket, row, now=now)
    if command.text and command.op in ("note", "resolve", "update", "assign"):
        after = _noted(after, command, at)
    after = after.with_(
        extra={**after.extra, APPLIED: [*_listed(ticket, APPLIED), _mark(command)][-MOST_APPLIED:]}
    )
    return _told(ticket, after, command, at, now)


def _told(before: Ticket, after: Ticket, command: Command, at: datetime, now: datetime) -> Applied:
    """The outcome with the rows of its history."""
    changes = list(own_changes(before, after, now=now, by=command.by, cause=command.cause))
    if command.op == "ack":
        changes.append(_event(after, "ack", command.text or None, command, at))
    elif command.text and command.op != "delete":
        changes.append(_event(after, "note", command.text, command, at))
    gone = None
    if command.op == "delete":
        deleted = {"at": format_instant(at), "by": command.by, "reason": command.text or None}
        after = after.with_(extra={**after.extra, DELETED: deleted})
        gone = deleted_words(after)
    if gone or after.is_over:
        changes.append(_event(after, "archived", gone or str(after.phase), command, at))
    return Applied(after, tuple(changes), gone)


def _when(command: Command, ticket: Ticket | None, now: datetime) -> datetime | Rejection:
    """When it was done: never in the future, never before the ticket was there."""
    at = command.at or now
    if at > now + LEAD:
        return Rejection("invalid", f"at: {format_instant(at)} lies in the future; correct the clock there")
    if ticket is not None and ticket.created_at is not None:
        at = max(at, ticket.created_at)
    return min(at, now)


def _wanted_status(ticket: Ticket, command: Command) -> OwnStatus | Rejection | None:
    wanted: OwnStatus | None = command.values.get("status")
    if command.op == "resolve":
        if wanted is not None and not wanted.phase.is_over:
            return Rejection("invalid", "fields.status: only Resolved or Closed can be said in a resolve")
        return wanted or STATUSES["resolved"]
    is_answer = command.op == "note" and _is_requester(ticket, command.by)
    if is_answer and ticket.phase is Phase.WAITING_ON_CUSTOMER:
        return STATUSES["customer_replied"]
    return wanted


def _moves_a_deadline(ticket: Ticket, command: Command) -> bool:
    names = ("first_response_due_at", "resolution_due_at")
    return any(
        command.values.get(name, there) != there for name in names for there in [getattr(ticket, name)]
    )


def _owed(ticket: Ticket, command: Command, rules: OwnRules, now: datetime) -> Rejection | None:
    """A late ticket needs a word about why before it can be over, or get another deadline."""
    if not rules.explain_before_resolving or (command.text and not _is_requester(ticket, command.by)):
        return None
    since = explanation_due(ticket, rules.sla, now=now)
    if since is None:
        return None
    name = ticket.number or ticket.key
    mend = "give a text with this command, or a note first"
    if command.text:
        mend = (
            f"the words of {command.by}, who asks for it, are none; somebody of the desk has to leave a note"
        )
    return Rejection(
        "conflict",
        f"{name} missed its deadline, and a word about why is owed since {format_instant(since)}: {mend}",
    )


def _changed(ticket: Ticket, command: Command, status: OwnStatus | None, at: datetime) -> Ticket:
    """The fields as the command wants them; ``merge`` sets the stamps that follow from them."""
    values: dict[str, Any] = {
        name: _cleared(name, v) for name, v in command.values.items() if name != "status"
    }
    if status is not None:
        values |= {"status": status.status, "phase": status.phase}
        if status.phase.is_over:
            values["resolved_at"] = ticket.resolved_at or at
            values["closed_at"] = at if status.phase is Phase.CLOSED else None
        else:
            values |= {"resolved_at": None, "closed_at": None}
    last = ticket.updated_at
    updated_at = at if last is None else max(at, last + _TICK)
    stamps = dict.fromkeys(("status_since", "assigned_since", "priority_since"))
    return ticket.with_(**{**stamps, **values, "updated_at": updated_at})


_EMPTY: Mapping[str, Any] = {"subject": "", "description": "", "tags": ()}


def _cleared(name: str, value: Any) -> Any:
    return _EMPTY.get(name) if value is None else value


def _noted(ticket: Ticket, command: Command, at: datetime) -> Ticket:
    """The ticket with one more note. What somebody of the desk says answers; the requester's words do not."""
    notes = [*_listed(ticket, NOTES), {"at": format_instant(at), "by": command.by, "text": command.text}]
    kept = notes[-MOST_NOTES:]
    while len(kept) > 1 and sum(_length(note) for note in kept) > MOST_NOTE_CHARACTERS:
        del kept[0]
    extra = {**ticket.extra, NOTES: kept}
    if len(kept) < len(notes):
        before = extra.get(DROPPED)
        extra[DROPPED] = (before if isinstance(before, int) else 0) + len(notes) - len(kept)
    if _is_requester(ticket, command.by):
        return ticket.with_(extra=extra, requester_responded_at=_later(ticket.requester_responded_at, at))
    return ticket.with_(
        extra=extra,
        noted_at=_later(ticket.noted_at, at),
        agent_responded_at=_later(ticket.agent_responded_at, at),
        first_responded_at=ticket.first_responded_at or at,
    )


def _length(note: Any) -> int:
    text = note.get("text") if isinstance(note, Mapping) else None
    return len(text) if isinstance(text, str) else 0


def _later(before: datetime | None, at: datetime) -> datetime:
    return at if before is None else max(before, at)


def _listed(ticket: Ticket, name: str) -> list[Any]:
    stored = ticket.extra.get(name)
    return list(stored) if isinstance(stored, list) else []


def _is_requester(ticket: Ticket, by: str) -> bool:
    """Whether somebody only asks for it; who works on a ticket of their own speaks for the desk."""
    who, agent = ticket.requester, ticket.agent
    return who is not None and is_called(who, by) and not (agent is not None and is_called(agent, by))


def is_called(person: Person, name: str) -> bool:
    """Whether somebody is meant by a name: their id, name or mail address, in any case of letters."""
    wanted = name.strip().casefold()
    return wanted in {each.casefold() for each in (person.id, person.name, person.email) if each}


def _event(ticket: Ticket, field_: str, words: str | None, command: Command, at: datetime) -> Change:
    return Change(
        at=at, ticket=ticket.key, field=field_, old=None, new=words, by=command.by, cause=command.cause
    )
