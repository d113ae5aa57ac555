"""The two lists of a helpdesk, everything open and what changed, read on from round to round."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deskwatch.core.sync import Gone, Snapshot
from deskwatch.core.ticket import Ticket
from deskwatch.sources.rest.api import Api
from deskwatch.sources.rest.changes import Cursor, written
from deskwatch.sources.rest.expression import ExpressionError
from deskwatch.sources.rest.harvest import Harvest
from deskwatch.sources.rest.paging import Caps
from deskwatch.sources.rest.requests import Request, changes_list, request_of
from deskwatch.sources.rest.rows import RowError
from deskwatch.sources.rest.scan import RESUME_WITHIN, Scan
from deskwatch.sources.source import Known, SourceError


@dataclass
class Lists:
    """Begins and reads lists of one source.

    Attributes:
        caps: what was learned about the sizes of pages.
    """

    api: Api
    harvest: Harvest
    caps: Caps = field(default_factory=Caps)

    def is_stale(self, scan: Scan) -> bool:
        """Whether what was read of it does not fit together with the rest any more."""
        return scan.is_broken or self.api.clock() - scan.moved_at > RESUME_WITHIN

    def open(self) -> Scan:
        """The complete list of what is open, not read yet."""
        settings = self.api.settings.tickets
        request = request_of(settings, part="tickets", doing="listing the open tickets")
        return Scan(self.api, settings, request, self.harvest.reader.id_of, self.caps)

    def changes(self, at: Cursor) -> Scan:
        """The list of what changed, not read yet."""
        changes = self.api.settings.changes
        if changes is None:
            raise RuntimeError("the file has no changes")
        with_token = at.token is not None and bool(changes.token_params)
        settings = changes_list(self.api.settings.tickets, changes, with_token=with_token)
        first = self.api.now - changes.since.first

        def request(since: datetime | None) -> Request:
            moment = first if since is None else since - changes.since.overlap
            since_then: str | int = written(moment, changes.since)
            if changes.since.format in ("epoch", "epoch_ms"):
                since_then = int(since_then)  # in a body it is a number
            places = {"since": since_then, "token": at.token or ""}
            return request_of(settings, part="changes", doing="listing the changes", places=places)

        asked_from = at.since

        def restart() -> Request | None:
            nonlocal asked_from
            if scan.newest is None or (asked_from is not None and scan.newest <= asked_from):
                return None
            asked_from = scan.newest
            return request(asked_from)

        scan = Scan(self.api, settings, request(at.since), self.harvest.reader.id_of, self.caps, restart)
        return scan

    def token_of(self, scan: Scan) -> Any:
        """The helpdesk's own cursor after a list of changes."""
        changes = self.api.settings.changes
        if changes is None or changes.token is None:
            return None
        try:
            return changes.token(scan.body)
        except ExpressionError:
            return None

    def read(self, scan: Scan, known: Known) -> tuple[Snapshot, float]:
        """Read pages until the end, or until pace or half of the time are used up: then seconds to wait.

        Raises:
            SourceError: a page could not be read; the rows before it are its progress.
        """
        tickets: list[Ticket] = []
        gone: list[Gone] = []
        wait = 0.0
        name = self.harvest.name
        try:
            while not scan.done:
                wait = self.api.pace.wait(spare=1)
                if wait or self.api.left < self.api.timeouts.total / 2:
                    break
                page = self.harvest.snapshot(scan.step(), known)
                tickets += page.tickets
                gone += page.gone
                dates = [ticket.updated_at for ticket in page.tickets if ticket.updated_at is not None]
                scan.newest = max([*dates, *([scan.newest] if scan.newest else [])], default=None)
        except SourceError as error:
            error.progress = Snapshot(name, tickets=tuple(tickets), gone=tuple(gone))
            raise
        return Snapshot(name, tickets=tuple(tickets), gone=tuple(gone)), wait

    def find(self, id_: str) -> Mapping[str, Any] | None:
        """One ticket as the list has it.

        Raises:
            SourceError: the list could not be read.
        """
        scan = self.open()
        while not scan.done:
            for item in scan.step():
                try:
                    if self.harvest.reader.id_of(item) == id_ and isinstance(item, Mapping):
                        return item
                except RowError:
                    continue
        return None
