"""What to do about a source's answer: which tickets to write, to archive, to ask about again, and to doubt.

An answer is never taken at more than its word: rows are upserted, absence counts only in a complete list,
and only after the ticket was asked for by its id. Many absences at once are doubted first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from deskwatch.core.changes import Change
from deskwatch.core.merging import is_older, is_partial, merge
from deskwatch.core.ticket import Ticket

VERIFY_AFTER = timedelta(seconds=60)
INDEX_LAG = timedelta(minutes=10)
"""A search index may take "a few minutes" to show a change; after this long it has surely caught up."""


@dataclass(frozen=True, slots=True)
class Guard:
    """How many tickets a complete list may lack before that is doubted: more than both of these.

    Attributes:
        few: tickets.
        share: of all that are stored, 0 to 1.
    """

    few: int = 10
    share: float = 0.20


USUAL_GUARD = Guard()


def ticket_key(source: str, id_: str) -> str:
    """The key of a source's ticket, which is also the stem of its file name."""
    return f"{source}-{id_}"


@dataclass(frozen=True, slots=True)
class Gone:
    """A ticket the source says is not to be shown any more, in words for the archive."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One answer of a source.

    Attributes:
        tickets: rows to upsert.
        present: the ids a list of all unfinished tickets named; None for an answer that names only changes.
        complete: whether that list was read to its end. Only then does absence mean anything.
        cursor: where the next incremental answer starts; None when this answer does not move it.
        gone: tickets the source was asked about by id and does not want shown.
        notes: what an admin should know, in sentences.
        more_in: seconds after which the source wants to be asked again to go on; None when it is done.
        exact: whether the rows are the tickets themselves, as they are for tickets of our own: they are kept
            as they are, stamps included, and ``gone`` counts for them too.
        changes: the history of exact rows, in the source's own words.
        once: rows of the history about tickets of other sources, by what tells each from all others. A source
            that cannot know whether they were kept says them again.
    """

    source: str
    tickets: tuple[Ticket, ...] = ()
    present: frozenset[str] | None = None
    complete: bool = False
    cursor: str | None = None
    gone: tuple[Gone, ...] = ()
    notes: tuple[str, ...] = ()
    more_in: float | None = None
    exact: bool = False
    changes: tuple[Change, ...] = ()
    once: Mapping[str, Change] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Archive:
    """A ticket that leaves the folder, and why."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A complete list that lacked suspiciously many tickets. It is shown, and obeyed only when repeated."""

    since: datetime
    missing: frozenset[str]
    words: str


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What an answer changes.

    Attributes:
        write: tickets whose content changed, stamps included.
        archive: tickets to move out of the folder, after ``write``.
        confirm: ids that were missing; they leave only when asked for by id.
        doubt: pass it to the next call; None when the last complete list was believed.
    """

    write: tuple[Ticket, ...] = ()
    archive: tuple[Archive, ...] = ()
    confirm: tuple[str, ...] = ()
    doubt: Doubt | None = None


def plan_sync(
    stored: Mapping[str, Ticket],
    snapshot: Snapshot,
    *,
    now: datetime,
    doubt: Doubt | None = None,
    verify_after: timedelta = VERIFY_AFTER,
    over: Mapping[str, datetime] | None = None,
    guard: Guard = USUAL_GUARD,
) -> SyncPlan:
    """Compare what is stored with what a source said.

    Args:
        stored: tickets of the folder by key; those of other sources are left alone.
        doubt: the doubt of the plan before this one.
        verify_after: how much later a second list must agree before a doubted absence is looked into.
        over: key to ``updated_at`` of tickets archived a short while ago; a row that is not newer is an echo
            of a lagging index and does not bring the ticket back.
        guard: how many absences at once are doubted.
    """
    rows = newest_rows(snapshot.tickets, over or {})
    write, archive = [], []
    why = {ticket_key(snapshot.source, g.id): g.reason for g in snapshot.gone} if snapshot.exact else {}
    for key, row in rows.items():
        before = stored.get(key)
        ticket = row if snapshot.exact else merge(before, row, now=now)
        if ticket.is_over and before is None and not snapshot.exact:
            continue
        if before is None or ticket.with_(seen_at=before.seen_at) != before:
            write.append(ticket)
        if ticket.is_over:
            archive.append(Archive(key, why.get(key, str(ticket.phase))))
    leaving = {a.key for a in archive}
    for gone in snapshot.gone:
        key = ticket_key(snapshot.source, gone.id)
        is_there = key in stored or key in rows
        if is_there and key not in leaving and (snapshot.exact or key not in rows):
            archive.append(Archive(key, gone.reason))
            leaving.add(key)
    if not snapshot.complete or snapshot.present is None:
        return SyncPlan(tuple(write), tuple(archive), doubt=doubt)
    confirm, doubt = _absences(
        stored, snapshot, leaving, now=now, doubt=doubt, verify_after=verify_after, guard=guard
    )
    return SyncPlan(tuple(write), tuple(archive), confirm, doubt)


def newest_rows(tickets: Iterable[Ticket], over: Mapping[str, datetime]) -> dict[str, Ticket]:
    """Rows by key. Of two for one ticket (pages shift while being read) the newer, then the fuller counts."""
    rows: dict[str, Ticket] = {}
    for row in tickets:
        ended = over.get(row.key)
        if ended is not None and row.updated_at is not None and row.updated_at <= ended:
            continue
        other = rows.get(row.key)
        if other is None or is_older(other, row) or (not is_older(row, other) and is_partial(other)):
            rows[row.key] = row
    return rows


def _absences(
    stored: Mapping[str, Ticket],
    snapshot: Snapshot,
    leaving: set[str],
    *,
    now: datetime,
    doubt: Doubt | None,
    verify_after: timedelta,
    guard: Guard,
) -> tuple[tuple[str, ...], Doubt | None]:
    present = snapshot.present or frozenset()
    ours = {t.id: t for k, t in stored.items() if t.source == snapshot.source and k not in leaving}
    missing = {id_: ticket for id_, ticket in ours.items() if id_ not in present}
    if not missing:
        return (), None
    if present and len(missing) <= max(guard.few, guard.share * len(ours)):
        return tuple(missing), None
    words = f"the list lacks {len(missing)} of {len(ours)} tickets" if present else "the list is empty"
    since = doubt.since if doubt else now
    again = Doubt(since, frozenset(missing), f"{words}; kept until a second list agrees")
    if doubt is None or now - since < verify_after:
        return (), again
    agreed = tuple(id_ for id_ in missing if id_ in doubt.missing)
    if len(agreed) > guard.few:
        # A search index that lags shows a burst of new tickets as absences: give those the time to appear.
        agreed = tuple(id_ for id_ in agreed if not _just_touched(missing[id_], now))
    return agreed, again


def _just_touched(ticket: Ticket, now: datetime) -> bool:
    return ticket.updated_at is not None and abs(now - ticket.updated_at) < INDEX_LAG
