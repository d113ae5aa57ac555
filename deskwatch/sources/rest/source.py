"""Any helpdesk over HTTP, as ``config/sources.d/NAME.yaml`` describes it: cold start, changes, list, look.

Rows are believed as they come. That a ticket is absent is believed only of a list that was read to its end,
with a key that is known to work, and then the ticket is asked for by its id, or by a second list.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from deskwatch.clock import Monotonic, monotonic
from deskwatch.core.sync import Gone, Snapshot
from deskwatch.core.ticket import Ticket, people_of
from deskwatch.sources.http_client import Timeouts
from deskwatch.sources.rest.api import Api, Client
from deskwatch.sources.rest.changes import Cursor
from deskwatch.sources.rest.details import Details
from deskwatch.sources.rest.guard import Absences, Guard
from deskwatch.sources.rest.harvest import Harvest
from deskwatch.sources.rest.lists import Lists
from deskwatch.sources.rest.lookups import Lookups
from deskwatch.sources.rest.rows import RowReader
from deskwatch.sources.rest.scan import Scan
from deskwatch.sources.rest.settings import RestSettings
from deskwatch.sources.rest.trying import Sample, Trying
from deskwatch.sources.rest.verdicts import Verdicts
from deskwatch.sources.source import Finding, Known, Report, SourceError

RESTLESS = 20.0
"""Seconds after a list during which only missing details are fetched, when asked to go on."""
LOST_TOKEN = (400, 404, 410, 422)
"""States with which a helpdesk says that it does not know its token any more."""
HOLLOW_EVERY, HOLLOW_MOST = 60.0, 600.0
"""Seconds between two complete lists read because the list of changes is suspiciously empty: doubled each
time that nothing was missed."""
_JUST_NOW = timedelta(seconds=5)
_NO_PROBE = (
    "every ticket is gone, or the key does not work any more; nothing is archived. "
    "Say in {file} by which probe to tell the difference"
)


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
        self._api = api = Api(name, settings, timeouts=timeouts, clock=clock, client=client)
        reader = RowReader(name, settings, agents=agents, requesters=requesters)
        self._lookups = Lookups(api, settings.lookups)
        self._details = Details(api, reader, self._lookups)
        self._harvest = Harvest(name, reader, self._lookups, self._details)
        self._lists = Lists(api, self._harvest)
        self._guard = Guard(api)
        one = settings.one
        self._verdicts = Verdicts(api, one, self._guard, self._harvest) if one is not None else None
        interval = (settings.poll_interval or timedelta(seconds=30)).total_seconds()
        self._absences = Absences(interval / 2, clock)
        self._restless = min(RESTLESS, interval)
        self._listed_at = self._complete_at = -HOLLOW_EVERY
        self._listing: Scan | None = None
        self._changes: tuple[str, Scan] | None = None
        self._known: Known = {}
        self._hollow, self._hollow_pause = "", HOLLOW_EVERY

    # What the watcher asks

    @property
    def place(self) -> str:
        """Where the tickets are listed, and by what they are known: elsewhere an id is another ticket."""
        settings = self._settings
        path = settings.tickets.path.partition("?")[0].lstrip("/")
        return f"{settings.base_url}/{path} by {settings.fields.id.path.text}"

    def deadline(self) -> AbstractContextManager[None]:
        """One total time-out for everything asked inside; requests are counted anew."""
        self._api.pace.used = 0
        return self._api.deadline()

    def close(self) -> None:
        """End the session and hang up."""
        self._api.close()

    def fetch(self, cursor: str | None, *, known: Known, now: datetime) -> Snapshot:
        """What changed since the cursor, then details still missing; without a cursor, everything open."""
        with self._poll(known, now):
            self._lookups.refresh(now=now)
            at = Cursor.parse(cursor)
            if at is None or at.is_stale(now):
                return self._with_details(self._list_open(known, None))
            quiet = self._listed_at + self._restless - self._clock()
            if self._details.wait() is not None and quiet > 0 and not self._listing and not self._changes:
                snapshot = self._with_details(Snapshot(self.name))
                return replace(snapshot, more_in=quiet) if snapshot.more_in is None else snapshot
            if self._settings.changes is None:
                return self._with_details(self._list_open(known, at))
            return self._with_details(self._changes_since(at, known))

    def list_open(self, *, known: Known, now: datetime) -> Snapshot:
        """Everything that is open, in parts when pace or time are up."""
        with self._poll(known, now):
            return replace(self._list_open(known, None), cursor=None)

    def look(self, ids: Collection[str], *, now: datetime) -> Snapshot:
        """The verdict on single tickets; without a request for one, two complete lists have to agree."""
        with self._poll(self._known, now):
            if self._verdicts is None:
                return self._look_into_the_list(ids)
            return self._with_details(self._verdicts.of(ids, self._known))

    def check(self, *, now: datetime) -> list[Finding]:
        """Try everything the source needs, and say in words what works."""
        with self._poll(self._known, now):
            return self._trying.findings(now=now)

    def sample(self, limit: int, *, now: datetime) -> Sample:
        """The first items of the list, raw and as they were read, and the requests made in words.

        Raises:
            SourceError: the list cannot be read.
        """
        with self._poll(self._known, now):
            return self._trying.sample(limit, now=now)

    def people(self, *, now: datetime) -> dict[str, dict[str, str]]:
        """Id to name of everybody on the open tickets: no two helpdesks list people alike."""
        with self._poll(self._known, now):
            self._lookups.refresh(now=now)
            scan, tickets = self._lists.open(), list[Ticket]()
            while not scan.done:
                tickets += self._harvest.snapshot(scan.step(), {}).tickets
            return {role + "s": people_of(tickets, role) for role in ("agent", "requester")}

    def raw(self, id_: str, *, now: datetime) -> Mapping[str, Any]:
        """One ticket exactly as the helpdesk tells it."""
        with self._poll(self._known, now):
            item = self._verdicts.item(id_) if self._verdicts is not None else self._lists.find(id_)
            if isinstance(item, Mapping):
                return item
            problem = "the helpdesk says that there is no such ticket"
            raise self._api.words.error("not_found", f"reading ticket {id_}", problem)

    def wants_now(self) -> bool:
        """Nothing waits here: what happens in the helpdesk is asked for."""
        return False

    def report(self) -> Report:
        """Requests, clock and gaps as of the last call."""
        notes = [*self._lookups.notes.values(), *self._details.notes.values(), *self._harvest.notes]
        return Report(
            credits_used=self._api.pace.used,
            clock_skew_seconds=self._api.skew,
            unmapped=self._harvest.unmapped,
            notes=tuple(note for note in (self._hollow, *notes) if note),
        )

    def memory(self) -> dict[str, Any]:
        """The fetched tables of names and sizes of pages, so that a restart costs nothing."""
        caps = dict(self._lists.caps.most)
        return {
            "lookups": self._lookups.memory(),
            "caps": caps,
            "details": self._details.memory(),
            "absent": self._absences.memory(self._api.now) if self._api.has_time else {},
        }

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Take them back."""
        self._lookups.recall(memory.get("lookups"))
        self._details.recall(memory.get("details"))
        self._absences.recall(memory.get("absent"))
        caps = memory.get("caps")
        if isinstance(caps, dict):
            self._lists.caps.most |= {p: n for p, n in caps.items() if isinstance(p, str) and type(n) is int}

    # How it is done

    @contextmanager
    def _poll(self, known: Known, now: datetime) -> Iterator[None]:
        self._api.at(now)
        if known is not self._known:
            self._known, self._harvest.ours = known, {ticket.id for ticket in known.values()}
        with self._api.deadline():
            yield

    @property
    def _trying(self) -> Trying:
        return Trying(self._api, self._guard, self._lists, self._details, self._verdicts)

    def _with_details(self, snapshot: Snapshot) -> Snapshot:
        return self._details.added_to(snapshot) if self._settings.details else snapshot

    def _list_open(self, known: Known, cursor: Cursor | None) -> Snapshot:
        """Everything open, as far as it could be read; the last part says whether it is complete."""
        scan = self._listing
        if scan is None or self._lists.is_stale(scan):
            scan = self._listing = self._lists.open()
        snapshot, wait = self._lists.read(scan, known)
        if not scan.done:
            return replace(snapshot, more_in=wait)
        self._listing, self._listed_at = None, self._clock()
        self._complete_at = self._clock()
        present = frozenset(scan.present - {g.id for g in snapshot.gone})
        if not known or not present or any(t.id not in present for t in known.values()):
            self._prove()
        notes = list(scan.notes)
        if scan.is_complete:
            self._believe(known, present)
            if not present and not self._guard.has_probe:
                self._api.renew()  # a session that ended without a word looks like this
                notes.append("the list is empty, and no probe tells whether the key still works")
        else:
            doubts = scan.doubts or [f"{scan.unread} of its items have no usable id"]
            notes.append(f"no ticket leaves because of this list: {'; '.join(doubts)}")
        ceiling = scan.first_date or self._api.now
        start = cursor or Cursor(since=None, asked=self._api.now)
        moved = start.moved(scan.newest, ceiling=ceiling, now=self._api.now)
        return replace(
            snapshot, present=present, complete=scan.is_complete, notes=tuple(notes), cursor=moved.text()
        )

    def _prove(self) -> None:
        """An absence needs a key that works; and what a wrong key sees is not ours."""
        try:
            self._guard.prove()
        except SourceError:
            self._absences.doubted()
            raise

    def _believe(self, known: Known, present: frozenset[str]) -> None:
        self._harvest.keep_only(present)
        self._details.settle()
        self._absences.note((t.id for t in known.values()), present, now=self._api.now)
        if self._verdicts is not None:
            self._verdicts.controls = tuple(present)[:50]

    def _changes_since(self, at: Cursor, known: Known) -> Snapshot:
        key = at.text()
        if self._changes is None or self._changes[0] != key or self._lists.is_stale(self._changes[1]):
            self._changes = (key, self._lists.changes(at))
        scan = self._changes[1]
        try:
            snapshot, wait = self._lists.read(scan, known)
        except SourceError as error:
            if at.token is not None and error.status in LOST_TOKEN and scan.pages == 0:
                self._changes = None
                return self._list_open(known, None)
            raise
        if not scan.done:
            return replace(snapshot, more_in=wait)
        self._changes, self._listed_at = None, self._clock()
        if scan.too_long or scan.shifted:
            whole = self._list_open(known, None)
            return replace(whole, tickets=(*snapshot.tickets, *whole.tickets))
        if scan.doubts:
            problem = f"{'; '.join(scan.doubts)}; check changes in {self._api.words.file}"
            doubted = self._api.words.error("answer", scan.request.doing, problem, status=200)
            doubted.progress = snapshot
            raise doubted
        ceiling = scan.first_date or self._api.now
        token = self._lists.token_of(scan)
        moved = at.moved(scan.newest, ceiling=ceiling, now=self._api.now, token=token)
        if scan.present or at.since is None or at.token is not None:
            self._hollow, self._hollow_pause = "", HOLLOW_EVERY
        elif self._clock() - self._complete_at >= self._hollow_pause:
            return self._compare(at, moved, ceiling, known)
        return replace(snapshot, cursor=moved.text(), notes=tuple(scan.notes))

    def _compare(self, at: Cursor, moved: Cursor, ceiling: datetime, known: Known) -> Snapshot:
        """The question reached back before the newest change seen, and yet nothing came: look at everything.

        The newest ticket may be deleted. But the key may be dead, or the helpdesk reads times in a zone of
        its own, and then changes would go unseen.
        """
        self._prove()
        snapshot = self._list_open(known, moved)
        changes = self._settings.changes
        if changes is None or at.since is None or snapshot.more_in is not None:
            return snapshot
        lacked = at.since - changes.since.overlap, ceiling - _JUST_NOW
        if any(t.updated_at and lacked[0] < t.updated_at < lacked[1] for t in snapshot.tickets):
            self._hollow = (
                "the list of changes does not name what changed, so everything is listed instead; check "
                f"changes.since.zone and the params of changes in {self._api.words.file}"
            )
        if not self._hollow:
            self._hollow_pause = min(2 * self._hollow_pause, HOLLOW_MOST)
        return snapshot

    def _look_into_the_list(self, ids: Collection[str]) -> Snapshot:
        known, absences = self._known, self._absences
        rows = Snapshot(self.name)
        if any(not absences.agreed(id_) and not absences.wait(id_) for id_ in ids):
            rows = self._list_open(known, None)
            if rows.more_in is not None or not rows.complete:
                return replace(rows, present=None, complete=False, cursor=None)
        present = rows.present or frozenset()
        agreed = [i for i in ids if i not in present and (absences.agreed(i) or i not in self._harvest.ours)]
        if agreed and absences.saw_nothing and not self._guard.has_probe:
            problem = _NO_PROBE.format(file=self._api.words.file)
            raise self._api.words.error("not_found", "looking for tickets that the list lacks", problem)
        gone = tuple(Gone(id_, "two lists of open tickets lack it") for id_ in agreed)
        return Snapshot(self.name, tickets=rows.tickets, gone=(*rows.gone, *gone))
