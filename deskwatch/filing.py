"""From what a source said to files: compare, write, archive, and know at any time what is stored."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from deskwatch.core.sync import Doubt, Snapshot, SyncPlan, newest_rows, plan_sync
from deskwatch.core.ticket import Ticket
from deskwatch.store.mirror import TicketMirror
from deskwatch.store.tickets import TicketFolder

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
    """The ticket folder, for its only writer."""

    def __init__(self, folder: TicketFolder) -> None:
        self._folder = folder
        self._mirror = TicketMirror(folder, keep_description=True)

    def open(self, *, now: datetime) -> None:
        """Make the folders and read what is there.

        Raises:
            StoreError: a folder cannot be made.
        """
        self._folder.prepare(now=now)
        self.reread()

    def reread(self) -> None:
        """Look at every file again: people may have moved some."""
        self._mirror.refresh(None)

    def known(self, source: str) -> dict[str, Ticket]:
        """The stored tickets of one source."""
        return {key: t for key, t in self._mirror.tickets.items() if t.source == source}

    def file(
        self,
        snapshot: Snapshot,
        *,
        now: datetime,
        doubt: Doubt | None,
        verify_after: timedelta,
        over: Mapping[str, datetime],
    ) -> Filed:
        """Bring the files into line with a snapshot; see ``plan_sync`` for the arguments.

        Raises:
            StoreError: some files may be as they were; filing the same snapshot again completes the work.
        """
        self._bring_back(snapshot, over)
        stored = self.known(snapshot.source)
        plan = plan_sync(stored, snapshot, now=now, doubt=doubt, verify_after=verify_after, over=over)
        written = self._folder.write(plan.write)
        last = {**stored, **{t.key: t for t in plan.write}}
        archived = {}
        for leaving in plan.archive:
            self._folder.archive(leaving.key, reason=leaving.reason, now=now)
            archived[leaving.key] = last[leaving.key].updated_at or now
            log.info("%s leaves the wall: %s", leaving.key, leaving.reason)
        self._mirror.refresh({self._folder.file_name(key) for key in (*written, *archived)})
        return Filed(plan, written, archived)

    def prune(self, older_than: datetime) -> int:
        """Delete what was archived before this instant. Answers how many.

        Raises:
            StoreError: something could not be deleted.
        """
        return self._folder.prune(older_than)

    def _bring_back(self, snapshot: Snapshot, over: Mapping[str, datetime]) -> None:
        """Reopened tickets come back from the archive with the stamps they had."""
        reopened = [
            key
            for key, row in newest_rows(snapshot.tickets, over).items()
            if key not in self._mirror.tickets and not row.is_over
        ]
        names = {self._folder.file_name(key) for key in reopened if self._folder.restore(key)}
        self._mirror.refresh(names)
