"""What stays true about a ticket when its helpdesk says something new, or something old again, about it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from deskwatch.core.ticket import Person, PhaseSince, Ticket

PARTIAL = "partial"
"""Key in the ticket file: true while the source has shown only a short row (no answer times, no contact)."""

LONGEST_HISTORY = 64
"""Phases a ticket remembers; of one that changed more often the oldest are forgotten."""

_FACTS = ("first_responded_at", "agent_responded_at", "requester_responded_at", "noted_at")
_ENDINGS = ("resolved_at", "closed_at")


def is_partial(ticket: Ticket) -> bool:
    """Whether the details of this ticket are still to be fetched."""
    return ticket.extra.get(PARTIAL) is True


def mark_partial(ticket: Ticket) -> Ticket:
    """The ticket, marked as one whose details are unknown.

    Without the answer times nobody can tell a missed first response from one that was given in time, so that
    deadline is left out until they are known.
    """
    due = ticket.first_response_due_at if ticket.first_responded_at else None
    return replace(ticket, first_response_due_at=due, extra={**ticket.extra, PARTIAL: True})


def is_older(row: Ticket, stored: Ticket) -> bool:
    """Whether the row shows an earlier state than the stored one; search indexes lag by minutes."""
    return row.updated_at is not None and stored.updated_at is not None and row.updated_at < stored.updated_at


def merge(stored: Ticket | None, row: Ticket, *, now: datetime) -> Ticket:
    """The ticket to keep after ``row`` was read: newest state, known facts kept, stamps carried or set."""
    if stored is None:
        return _stamp_newcomer(row, now=now)
    if row.updated_at is None:
        return _merge_undated(stored, row, now=now)
    return _merge(stored, row, now=now)


def _merge_undated(stored: Ticket, row: Ticket, *, now: datetime) -> Ticket:
    """A source that never tells when a ticket changed: that is when its content is first seen to differ."""
    row = _keep_facts(stored, row)
    same = _merge(stored, replace(row, updated_at=stored.updated_at), now=now)
    if same.with_(seen_at=stored.seen_at) == stored:
        return same
    seen = now.replace(microsecond=0)
    return _merge(stored, replace(row, updated_at=max(seen, stored.updated_at or seen)), now=now)


def _merge(stored: Ticket, row: Ticket, *, now: datetime) -> Ticket:
    if is_older(row, stored) and (is_partial(row) or not is_partial(stored)):
        return stored  # short rows come from an index that lags; a full one is the truth of its moment
    same_state = row.updated_at == stored.updated_at
    if is_partial(row) and same_state and not is_partial(stored):
        return replace(stored, source_breached=row.source_breached)
    if is_partial(row) or same_state:
        row = _keep_facts(stored, row)
    row = replace(
        row,
        requester=_keep_contact(stored.requester, row.requester),
        agent=_keep_contact(stored.agent, row.agent),
        group=_keep_contact(stored.group, row.group),
        client=_keep_contact(stored.client, row.client),
        extra=_keep_extra(stored, row),
    )
    return _stamp(stored, row, now=now)


def _keep_facts(stored: Ticket, row: Ticket) -> Ticket:
    kept = {name: getattr(row, name) or getattr(stored, name) for name in _FACTS}
    if row.is_over:
        kept |= {name: getattr(row, name) or getattr(stored, name) for name in _ENDINGS}
    if is_partial(row) and kept["first_responded_at"] is not None and row.first_response_due_at is None:
        kept["first_response_due_at"] = stored.first_response_due_at
    return replace(row, **kept, description=row.description or stored.description)


def _keep_contact(stored: Person | None, row: Person | None) -> Person | None:
    if stored is None or row is None or stored.id != row.id:
        return row
    return Person(
        id=row.id,
        name=stored.name if is_nameless(row) else row.name,
        email=row.email or stored.email,
        phone=row.phone or stored.phone,
    )


def is_nameless(person: Person) -> bool:
    """Whether the name is a stand-in made of the id, such as ``Agent 27000410001``."""
    return not person.name or person.name.endswith(person.id)


def _keep_extra(stored: Ticket, row: Ticket) -> dict[str, object]:
    return {**{name: value for name, value in stored.extra.items() if name != PARTIAL}, **row.extra}


def _stamp_newcomer(row: Ticket, *, now: datetime) -> Ticket:
    changed = min(row.updated_at, now) if row.updated_at else now
    return replace(
        row,
        first_seen_at=now,
        seen_at=now,
        status_since=row.status_since or changed,
        assigned_since=(row.assigned_since or changed) if row.agent else None,
        priority_since=row.priority_since or min(row.created_at or changed, now),
    )


def _stamp(stored: Ticket, row: Ticket, *, now: datetime) -> Ticket:
    """Stamps of a change are the source's own when it tells, else the best it tells: ``updated_at``."""
    changed = min(row.updated_at, now) if row.updated_at else now
    agent, before = row.agent and row.agent.id, stored.agent and stored.agent.id
    same_priority = row.priority == stored.priority
    guessed = is_partial(stored)
    status_since = _since(
        row.status.id == stored.status.id, row.status_since, stored.status_since, changed, guessed
    )
    return replace(
        row,
        first_seen_at=stored.first_seen_at or now,
        seen_at=now,
        status_since=status_since,
        assigned_since=_since(agent == before, row.assigned_since, stored.assigned_since, changed, guessed)
        if agent
        else None,
        priority_since=_since(same_priority, row.priority_since, stored.priority_since, changed, guessed),
        previous_agent=stored.previous_agent if agent == before else stored.agent,
        previous_priority=stored.previous_priority if same_priority else stored.priority,
        **_course(stored, row, status_since if row.status.id != stored.status.id else changed),
    )


def _course(stored: Ticket, row: Ticket, since: datetime) -> dict[str, Any]:
    """The stamps that tell through which phases the ticket went; nothing moves while its phase stays."""
    if row.phase is stored.phase:
        return {name: getattr(stored, name) for name in ("previous_phase", "reopened_at", "phases")}
    first = PhaseSince(stored.phase, stored.status_since or stored.created_at or since)
    before = stored.phases or (first,)
    since = max(since, before[-1].since)
    return {
        "previous_phase": stored.phase,
        "reopened_at": since if stored.is_over and not row.is_over else stored.reopened_at,
        "phases": (*before, PhaseSince(row.phase, since))[-LONGEST_HISTORY:],
    }


def _since(
    same: bool, told: datetime | None, kept: datetime | None, changed: datetime, guessed: bool
) -> datetime:
    if not same:
        return told or changed
    if told is not None and (kept is None or guessed or told > kept):  # it went away and came back unseen
        return told
    return kept or changed
