"""From what a source said to files: compare, write, archive, and know at any time what is stored."""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from deskwatch.core.changes import Change, changes_between, left
from deskwatch.core.foreseen import ARCHIVED, Outcome, came_true
from deskwatch.core.sync import (
    USUAL_GUARD,
    Archive,
    Doubt,
    Guard,
    Snapshot,
    SyncPlan,
    newest_rows,
    plan_sync,
)
from deskwatch.core.ticket import Ticket
from deskwatch.store.history import History
from deskwatch.store.mirror import TicketMirror
from deskwatch.store.tickets import TicketFolder
from deskwatch.store.vigil import Vigil

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Filed:
    """What one answer changed. ``archived`` maps the key of a ticket that left to its last ``updated_at``."""

    plan: SyncPlan
    written: tuple[str, ...]
    archived: Mapping[str, datetime]

    @property
    def changes(self) -> int:
        """How many ticket files are other than before."""
        return len({*self.written, *self.archived})


class Filing:
    """The ticket folder, for its only writer, and the history of what it wrote."""

    def __init__(self, folder: TicketFolder, history: History) -> None:
        self._folder, self._history = folder, history
        self._mirror = TicketMirror(folder, keep_description=True)
        self._vigil = Vigil(self._mirror)
        self._lost: dict[str, Ticket] = {}
        self._moved: set[str] = set()
        self._since: dict[str, datetime] = {}
        self._owed: dict[str, Change] = {}

    def open(self, *, now: datetime) -> None:
        """Make the folders and read what is there.

        Raises:
            StoreError: a folder cannot be made.
        """
        self._folder.prepare(now=now)
        self._owe(self._history.recover(self._folder.shown))
        self._mirror.refresh(None)

    def mend(self, ours: Collection[str], *, now: datetime) -> int:
        """Look at the files again; those of our sources that vanished or broke are written as they were.

        Answers how many were written.

        Raises:
            StoreError: some are still missing; the next call tries again.
        """
        before = dict(self._mirror.tickets)
        removed = self._vigil.look().removed
        if self._mirror.problem is not None:  # the folder itself was moved away
            self._folder.prepare(now=now)
            removed = (*removed, *self._mirror.refresh(None).removed)
        self._lost |= {key: before[key] for key in removed if key in before}
        bad = self._mirror.unreadable
        broken = {k: t for k, t in before.items() if self._folder.file_name(k) in bad} if bad else {}
        self._lost = {
            key: t
            for key, t in {**self._lost, **broken}.items()
            if t.source in ours and (key in broken or key not in self._mirror.tickets)
        }
        if not self._lost:
            return 0
        self._folder.prepare(now=now)
        try:
            self._folder.write(self._lost.values())
        finally:
            self._mirror.refresh({self._folder.file_name(key) for key in self._lost})
        mended = len(self._lost)
        self._lost = {}
        log.warning("%d ticket files had vanished or were broken; they are back as they were", mended)
        return mended

    def expect(self, source: str, *, moved: bool, since: datetime | None) -> None:
        """Whether the next answer is another account's, and since when this account is watched."""
        (self._moved.add if moved else self._moved.discard)(source)
        if since is not None:
            self._since[source] = since

    def known(self, source: str) -> dict[str, Ticket]:
        """The stored tickets of one source, those included whose files are still to be mended."""
        return {key: t for key, t in {**self._lost, **self._mirror.tickets}.items() if t.source == source}

    def file(
        self,
        snapshot: Snapshot,
        *,
        now: datetime,
        doubt: Doubt | None,
        verify_after: timedelta,
        over: Mapping[str, datetime],
        guard: Guard = USUAL_GUARD,
    ) -> Filed:
        """Bring the files into line with a snapshot; see ``plan_sync`` for the arguments.

        Raises:
            StoreError: some files may be as they were; filing the same snapshot again completes the work.
        """
        for name, change in snapshot.once.items():
            self._history.add_once(name, change, now=now)
        if snapshot.source in self._moved:
            self.retire(snapshot.source, reason=f"source {snapshot.source} is another account now", now=now)
            self._moved.discard(snapshot.source)
            self._since[snapshot.source] = now
        self._bring_back(snapshot, over, now=now)
        stored = self.known(snapshot.source)
        plan = plan_sync(
            stored, snapshot, now=now, doubt=doubt, verify_after=verify_after, over=over, guard=guard
        )
        last = {**stored, **{t.key: t for t in plan.write}}
        told = {change.ticket for change in snapshot.changes if change.field == ARCHIVED}
        changes = list(snapshot.changes if snapshot.exact else _changes(stored, plan, now=now))
        changes += [self._left(last[a.key], a.reason, now=now) for a in plan.archive if a.key not in told]
        with self._history_of(changes, plan.write, plan.archive, now=now):
            written = self._folder.write(plan.write)
            for leaving in plan.archive:
                self._archive(leaving, now=now)
        archived = {leaving.key: last[leaving.key].updated_at or now for leaving in plan.archive}
        # what cannot be read right now, for want of a file handle or so, must not look new the next time
        present = self._mirror.tickets
        self._lost |= {t.key: t for t in plan.write if t.key not in present and t.key not in archived}
        return Filed(plan, written, archived)

    def retire(self, source: str, *, reason: str, now: datetime) -> None:
        """All tickets of a source leave for the archive.

        Raises:
            StoreError: some are still there; the next call goes on.
        """
        tickets = self.known(source)
        leaving = tuple(Archive(key, reason) for key in tickets)
        changes = [self._left(ticket, reason, now=now) for ticket in tickets.values()]
        with self._history_of(changes, (), leaving, now=now):
            for each in leaving:
                self._archive(each, now=now)

    @contextmanager
    def _history_of(
        self, changes: list[Change], writes: Sequence[Ticket], leaving: Sequence[Archive], *, now: datetime
    ) -> Iterator[None]:
        """Around moving files: rows are written down before, and what did not happen is not kept after."""
        concerned, gone = {change.ticket for change in changes}, {each.key for each in leaving}
        told = [ticket for ticket in writes if ticket.key in concerned]
        foreseen = self._history.foresee(
            changes,
            now=now,
            before={t.key: self._folder.fingerprint(t.key) for t in told},
            after={t.key: self._folder.fingerprint_of(t) for t in told if t.key in gone},
        )
        outcome = Outcome(tuple(changes), ())
        try:
            yield
        except BaseException:
            if foreseen is not None:
                outcome = came_true(foreseen, self._folder.shown)
            raise
        finally:  # what left must not look as if it had vanished
            self._mirror.refresh({self._folder.file_name(key) for key in (*(t.key for t in writes), *gone)})
            self._owe(outcome.owed)
            if foreseen is not None:
                self._history.settle(foreseen, outcome.kept)
            self._history.flush()

    def _owe(self, changes: Iterable[Change]) -> None:
        self._owed |= {change.ticket: change for change in changes}

    def _left(self, ticket: Ticket, reason: str, *, now: datetime) -> Change:
        """The row of a ticket that leaves; if it was to leave before, as it was told then."""
        owed = self._owed.pop(ticket.key, None)
        return owed if owed is not None and owed.new == reason else left(ticket, reason, now=now)

    def prune(self, older_than: datetime) -> int:
        """Delete what was archived before this instant, and older history. Answers how many tickets.

        Raises:
            StoreError: something could not be deleted.
        """
        self._history.prune(older_than)
        return self._folder.prune(older_than)

    def _archive(self, leaving: Archive, *, now: datetime) -> None:
        self._folder.archive(leaving.key, reason=leaving.reason, now=now)
        self._lost.pop(leaving.key, None)
        log.info("%s leaves the wall: %s", leaving.key, leaving.reason)

    def _bring_back(self, snapshot: Snapshot, over: Mapping[str, datetime], *, now: datetime) -> None:
        """Tickets that are reopened, or ours to be deleted, come back from the archive as they were."""
        reopened = [
            key
            for key, row in newest_rows(snapshot.tickets, over).items()
            if key not in self._mirror.tickets and (snapshot.exact or not row.is_over)
        ]
        if reopened:
            self._history.confirm(now=now)
        since = self._since.get(snapshot.source)
        names: set[str] = set()
        try:
            for key in reopened:
                names.add(self._folder.file_name(key))
                if not self._folder.restore(key, after=since):
                    names.remove(self._folder.file_name(key))
        finally:  # one that is back must not look new because another one could not come
            self._mirror.refresh(names)


def _changes(stored: Mapping[str, Ticket], plan: SyncPlan, *, now: datetime) -> Iterator[Change]:
    for ticket in plan.write:
        yield from changes_between(stored.get(ticket.key), ticket, now=now)
