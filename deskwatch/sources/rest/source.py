"""Any helpdesk over HTTP, as ``config/sources.d/NAME.yaml`` describes it."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from deskwatch.clock import Monotonic, monotonic
from deskwatch.core.sync import Gone, Snapshot
from deskwatch.core.ticket import Ticket
from deskwatch.sources.http_client import Timeouts
from deskwatch.sources.rest.api import Api, Client
from deskwatch.sources.rest.paging import Caps
from deskwatch.sources.rest.requests import request_of
from deskwatch.sources.rest.rows import Row, RowError, RowReader
from deskwatch.sources.rest.scan import Scan
from deskwatch.sources.rest.settings import RestSettings
from deskwatch.sources.source import Finding, Known, Report, SourceError

RESUME_WITHIN = 900.0
"""Seconds for which the pages of an interrupted list still fit together."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A few items for ``source try``: each as the helpdesk tells it and as it was read, or why it was not."""

    items: tuple[tuple[Any, Row | str], ...]
    asked: tuple[str, ...]


class RestSource:
    """One helpdesk. Used by one thread; every public method ends within the total time-out."""

    kind = "rest"

    def __init__(
        self,
        name: str,
        settings: RestSettings,
        *,
        agents: Mapping[str, str] | None = None,
        requesters: Mapping[str, str] | None = None,
        timeouts: Timeouts | None = None,
        clock: Monotonic = monotonic,
        client: Client | None = None,
    ) -> None:
        self.name, self._settings, self._clock = name, settings, clock
        self._api = Api(name, settings, timeouts=timeouts, clock=clock, client=client)
        self._reader = RowReader(name, settings, agents=agents, requesters=requesters)
        self._caps = Caps()
        self._listing: Scan | None = None

    @property
    def place(self) -> str:
        """The helpdesk's address."""
        return self._settings.base_url

    def deadline(self) -> AbstractContextManager[None]:
        """One total time-out for everything asked inside; requests are counted anew."""
        self._api.pace.used = 0
        return self._api.deadline()

    def close(self) -> None:
        """End the session and hang up."""
        self._api.close()

    def fetch(self, cursor: str | None, *, known: Known, now: datetime) -> Snapshot:
        """Everything that is open."""
        with self._poll(now):
            return replace(self._list_open(), cursor='{"v":1}')

    def list_open(self, *, known: Known, now: datetime) -> Snapshot:
        """Everything that is open."""
        with self._poll(now):
            return self._list_open()

    def look(self, ids: Collection[str], *, now: datetime) -> Snapshot:
        """Nothing yet."""
        return Snapshot(self.name)

    def check(self, *, now: datetime) -> list[Finding]:
        """Whether the list can be read."""
        try:
            snapshot = self.list_open(known={}, now=now)
        except SourceError as error:
            return [Finding(False, error.words, error.kind not in ("auth", "forbidden"))]
        return [Finding(True, f"{len(snapshot.tickets)} tickets")]

    def people(self, *, now: datetime) -> dict[str, dict[str, str]]:
        """Id to name of everybody on the open tickets."""
        return {"agents": {}, "requesters": {}}

    def raw(self, id_: str, *, now: datetime) -> Mapping[str, Any]:
        """One ticket exactly as the helpdesk tells it."""
        raise SourceError("config", "there is no request for one ticket")

    def sample(self, limit: int, *, now: datetime) -> Sample:
        """The first items of the list, raw and as they were read, and the requests made in words."""
        with self._poll(now):
            scan = self._new_scan()
            found: list[tuple[Any, Row | str]] = []
            while not scan.done and len(found) < limit:
                for item in scan.step()[: limit - len(found)]:
                    try:
                        found.append((item, self._reader.read(item, lookups={})))
                    except RowError as problem:
                        found.append((item, str(problem)))
            return Sample(tuple(found), tuple(self._api.asked))

    def wants_now(self) -> bool:
        """Nothing waits here."""
        return False

    def report(self) -> Report:
        """Requests and clock as of the last call."""
        return Report(credits_used=self._api.pace.used, clock_skew_seconds=self._api.skew)

    def memory(self) -> dict[str, Any]:
        """Nothing yet."""
        return {}

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Nothing yet."""

    @contextmanager
    def _poll(self, now: datetime) -> Iterator[None]:
        self._api.at(now)
        with self._api.deadline():
            yield

    def _new_scan(self) -> Scan:
        request = request_of(self._settings.tickets, part="tickets", doing="listing the open tickets")
        return Scan(self._api, self._settings.tickets, request, self._reader.id_of, self._caps)

    def _list_open(self) -> Snapshot:
        if self._listing is None:
            self._listing = self._new_scan()
        scan, tickets, gone = self._listing, list[Ticket](), list[Gone]()
        while not scan.done:
            for item in scan.step():
                row = self._reader.read(item, lookups={})
                if isinstance(row.verdict, Gone):
                    gone.append(row.verdict)
                else:
                    tickets.append(row.verdict)
        self._listing = None
        return Snapshot(
            self.name,
            tickets=tuple(tickets),
            gone=tuple(gone),
            present=frozenset(scan.present - {g.id for g in gone}),
            complete=scan.is_complete,
        )
