"""Freshservice, Freshdesk and the demo as a source: cold start, changes, reconcile, a look at single tickets.

The order of calls follows from three facts of the API. The plain list hides tickets created more than 30 days
ago, so a cold start asks the filter endpoint, whose rows are short. A list of changes is sorted by creation,
so tickets that change while it is read may slip by: the cursor never passes the time its first page was made.
The filter's index lags by minutes, so a ticket it lacks is asked for by its id before it may leave.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from deskwatch.clock import Monotonic, monotonic
from deskwatch.core.sync import INDEX_LAG, Snapshot
from deskwatch.core.ticket import Ticket, format_instant, parse_instant
from deskwatch.settings import is_loopback
from deskwatch.sources.credits import Credits
from deskwatch.sources.freshservice_api import Api
from deskwatch.sources.freshservice_catalog import Catalog
from deskwatch.sources.freshservice_check import LiveCheck
from deskwatch.sources.freshservice_details import FIRST_REST, Details
from deskwatch.sources.freshservice_names import NamesRefresher
from deskwatch.sources.freshservice_rows import RowReader
from deskwatch.sources.freshservice_scan import Scan, changes_queries, open_queries
from deskwatch.sources.freshservice_settings import AnySettings
from deskwatch.sources.freshservice_setup import Setup, read_setup
from deskwatch.sources.freshservice_write import FreshservicePen
from deskwatch.sources.http_client import HttpClient, Timeouts
from deskwatch.sources.source import Finding, Known, Report, SourceError
from deskwatch.sources.told_time import instant_of

RESUME_WITHIN = 900.0
"""Seconds for which the pages of an interrupted list still fit together."""
RESTLESS = 20.0
"""Seconds after a list of changes during which only missing details are fetched, when asked to go on."""


class FreshserviceSource:
    """One account. Used by one thread; every public method ends within the total time-out."""

    def __init__(
        self,
        name: str,
        settings: AnySettings,
        *,
        agents: Mapping[str, str] | None = None,
        requesters: Mapping[str, str] | None = None,
        timeouts: Timeouts | None = None,
        clock: Monotonic = monotonic,
    ) -> None:
        self.name = name
        self.kind: str = settings.kind
        self._settings, self._clock = settings, clock
        self._catalog = Catalog()
        near = is_loopback(urlsplit(settings.api_root).hostname or "")
        self._client = HttpClient((settings.api_key.reveal(), "X"), timeouts=timeouts, direct=near)
        self._api = Api(settings, self._client, Credits(share=settings.budget_share, clock=clock), clock)
        self._names = NamesRefresher(self._api, self._catalog)
        self._reader = RowReader(name, settings, self._catalog, agents or {}, requesters or {})
        self._details = Details(self._api, self._reader, self._workspaces)
        self.pen = FreshservicePen(settings, self._api)
        self._changes: tuple[str, Scan] | None = None
        self._listing: Scan | None = None
        self._restless = min(RESTLESS, (settings.poll_interval or timedelta(days=1)).total_seconds())
        self._changed_at = -RESTLESS
        self._details_due = 0.0
        self._dressed_version = -1
        self._unmapped: tuple[str, ...] = ()

    # What the watcher asks

    @property
    def place(self) -> str:
        """The account's address."""
        return self._settings.api_root

    def deadline(self) -> AbstractContextManager[None]:
        """One total time-out for everything asked inside; credits are counted anew."""
        self._api.credits.used = 0
        return self._client.deadline()

    def fetch(self, cursor: str | None, *, known: Known, now: datetime) -> Snapshot:
        """What changed since the cursor, then details still missing; without a cursor, everything open."""
        with self._poll(now):
            since = self._since(cursor, now)
            self._learn(known)
            if since is None:
                return self._list_open(known, cold=True)
            quiet = self._changed_at + self._restless - self._clock()
            if self._details.pending and quiet > 0:
                snapshot = self._with_details(Snapshot(self.name), known)
                return snapshot if snapshot.more_in is not None else replace(snapshot, more_in=quiet)
            snapshot = self._changes_since(cursor or "", since, known)
            if snapshot.more_in is not None:
                return snapshot
            return self._with_details(snapshot, known)

    def list_open(self, *, known: Known, now: datetime) -> Snapshot:
        """Everything that is open, as the filter endpoint sees it."""
        with self._poll(now):
            self._learn(known)
            return self._list_open(known, cold=False)

    def look(self, ids: Collection[str], *, now: datetime) -> Snapshot:
        """The verdict on tickets that a list lacked; as many as the credits allow."""
        with self._poll(now):
            return self._details.verdicts(ids)

    def check(self, *, now: datetime) -> list[Finding]:
        """Try each call the watcher makes, and say in words what works and what it costs."""
        with self._poll(now):
            return LiveCheck(self._api, self._names, self._workspaces).run()

    def wants_now(self) -> bool:
        """Nothing waits here: what happens in the helpdesk is asked for."""
        return False

    def report(self) -> Report:
        """Credits, clock and gaps as of the last call."""
        bucket = self._api.credits.bucket("list")
        return Report(
            credits_used=self._api.credits.used,
            credits_left=bucket.left,
            credits_total=bucket.total,
            clock_skew_seconds=self._api.skew,
            unmapped=self._unmapped,
            notes=tuple(self._names.notes.values()),
        )

    def memory(self) -> dict[str, Any]:
        """The catalog, so that a restart costs nothing."""
        return {"catalog": self._catalog.memory()}

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Take the catalog back."""
        catalog = memory.get("catalog")
        if isinstance(catalog, dict):
            self._catalog.recall(catalog)
            if self._catalog.statuses or self._catalog.agents:
                self._names.due_at = self._clock() + 3600.0

    def people(self, *, now: datetime) -> dict[str, dict[str, str]]:
        """Id to name of all agents and requesters, from the API."""
        with self._poll(now):
            self._names.refresh()
            found = self._names.requesters()
            return {
                "agents": {id_: person.name for id_, person in self._catalog.agents.items()},
                "requesters": {id_: person.name for id_, person in found.items()},
            }

    def setup(self, *, now: datetime) -> Setup:
        """Business hours, holidays and SLA targets of the account; costs a credit for each list.

        Raises:
            SourceError: the helpdesk did not tell, or it is a Freshdesk, which tells these otherwise.
        """
        if not self._api.dialect.has_workspaces:
            raise SourceError("config", "business hours can be read from Freshservice only")
        with self._poll(now):
            return read_setup(self._api, [w for w in self._workspaces() if w != "0"] or [None])

    def raw(self, id_: str, *, now: datetime) -> Mapping[str, Any]:
        """One ticket exactly as the helpdesk tells it."""
        with self._poll(now):
            return self._api.ticket(id_, doing=f"reading ticket {id_}")

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    # How it is done

    @contextmanager
    def _poll(self, now: datetime) -> Iterator[None]:
        self._api.at(now)
        with self._client.deadline():
            yield

    def _since(self, cursor: str | None, now: datetime) -> str | None:
        """The instant to ask from; None when everything open is to be listed instead."""
        at = instant_of(cursor, now=now)
        return format_instant((at - self._settings.overlap).replace(microsecond=0)) if at else None

    def _learn(self, known: Known) -> None:
        self._names.refresh_if_due()
        words = {self._reader.unmapped(id_) for id_ in {t.status.id for t in known.values()}}
        self._unmapped = tuple(sorted(w for w in words if w))
        self._names.ask_for(frozenset(id_ for t in known.values() for id_ in _without_name(t)))

    def _with_details(self, snapshot: Snapshot, known: Known) -> Snapshot:
        """Details that cannot be read are no reason to ask for changes later; a wish for silence is."""
        if self._clock() < self._details_due:
            return snapshot
        try:
            return self._details.added_to(snapshot, known)
        except SourceError as problem:
            if problem.kind in ("auth", "rate_limited") or problem.retry_after is not None:
                raise
            self._details.pending, self._details_due = False, self._clock() + FIRST_REST
            filled = problem.progress or snapshot
            return replace(filled, notes=(*filled.notes, problem.words))

    def _changes_since(self, cursor: str, since: str, known: Known) -> Snapshot:
        if self._changes is None or self._changes[0] != cursor or self._is_stale(self._changes[1]):
            queries = changes_queries(self._api, since, self._workspaces())
            self._changes = (cursor, Scan(self._api, queries, self._clock()))
        scan = self._changes[1]
        snapshot = self._read(scan, known)
        if not scan.done:
            return snapshot
        self._changes = None
        moved = self._cursor_after(scan, cursor, snapshot.tickets)
        self._changed_at = self._clock()
        return replace(snapshot, cursor=moved)

    def _list_open(self, known: Known, *, cold: bool) -> Snapshot:
        if self._listing is None or self._is_stale(self._listing):
            queries = open_queries(self._api, self._open_statuses(known), self._workspaces())
            self._listing = Scan(self._api, queries, self._clock())
        scan = self._listing
        snapshot = self._read(scan, known)
        if not scan.done:
            return snapshot
        self._listing = None
        cursor = None
        if cold:
            seen_from = (scan.first_date or self._api.now) - INDEX_LAG
            cursor = format_instant(seen_from.replace(microsecond=0))
        return replace(
            snapshot,
            present=frozenset(scan.present - {g.id for g in snapshot.gone}),
            complete=not scan.short,
            cursor=cursor,
            more_in=0.0 if cold else None,
        )

    def _read(self, scan: Scan, known: Known) -> Snapshot:
        """Read pages until the end, or until the credits of this minute are used up."""
        rows: list[Any] = []
        try:
            while not scan.done and not (wait := scan.wait()):
                rows += scan.step()
        except SourceError as problem:
            problem.progress = self._told(rows, scan, known)
            raise
        return replace(self._told(rows, scan, known), more_in=None if scan.done else wait)

    def _told(self, rows: list[Any], scan: Scan, known: Known) -> Snapshot:
        self._details.note(rows)
        snapshot = self._reader.snapshot(rows, scan.notes)
        return replace(snapshot, tickets=(*self._redressed(known), *snapshot.tickets))

    def _redressed(self, known: Known) -> Iterator[Ticket]:
        """Stored tickets whose names, phases or links changed with the catalog or the configuration."""
        if self._dressed_version == self._catalog.version:
            return
        self._dressed_version = self._catalog.version
        for ticket in known.values():
            dressed = self._reader.redress(ticket)
            if dressed != ticket:
                yield dressed

    def _cursor_after(self, scan: Scan, cursor: str, tickets: Iterable[Ticket]) -> str:
        """The newest change seen, but not later than the helpdesk's time when the first page was made.

        What changed after that may be missing on pages read before. The local clock plays no part.
        """
        newest = max((t.updated_at for t in tickets if t.updated_at), default=None)
        at = parse_instant(cursor)
        at = max(at, newest) if newest else at
        return format_instant(min(at, scan.first_date) if scan.first_date else at)

    def _open_statuses(self, known: Known) -> list[int]:
        """Every status that is not over: configured, listed by the helpdesk, or seen on a ticket."""
        ids = {*self._settings.phases, *self._catalog.statuses}
        ids |= {int(t.status.id) for t in known.values() if t.status.id.isdecimal()}
        return sorted(id_ for id_ in ids if not self._reader.phase_of(id_).is_over)

    def _workspaces(self) -> list[str | None]:
        watched = getattr(self._settings, "workspaces", None)
        if isinstance(watched, list):
            return [str(id_) for id_ in watched]
        return ["0"] if watched == "all" and len(self._catalog.workspaces) > 1 else [None]

    def _is_stale(self, scan: Scan) -> bool:
        return self._clock() - scan.moved_at > RESUME_WITHIN


def _without_name(ticket: Ticket) -> Iterator[str]:
    """Status, agent and group that are shown by their id because the catalog did not know them."""
    for thing in (ticket.status, ticket.agent, ticket.group):
        if thing is not None and thing.id and thing.name.endswith(f" {thing.id}"):
            yield thing.name
