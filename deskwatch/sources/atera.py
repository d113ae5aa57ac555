"""Atera as a source: lists of what is open by status, lists of changes, a look at single tickets.

Four facts of the API decide how it is asked. A list of tickets takes one status and knows no date. The list
of changes knows a date and tells no instant of change, so the cursor is the helpdesk's own time when the
first page of the last complete list was made. Status texts are listed nowhere, so they are learned. A ticket
that was deleted is in no list of changes: only a look at it by its number tells.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from deskwatch.clock import Monotonic, monotonic
from deskwatch.core.sync import Gone, Snapshot
from deskwatch.core.ticket import Ticket, TicketError, format_instant, parse_instant
from deskwatch.settings import is_loopback
from deskwatch.sources.atera_api import Api, utc_text
from deskwatch.sources.atera_check import LiveCheck
from deskwatch.sources.atera_clock import TheirClock
from deskwatch.sources.atera_lists import OpenList, Verdicts, is_stale, read_on
from deskwatch.sources.atera_replies import Replies
from deskwatch.sources.atera_rows import RowReader
from deskwatch.sources.atera_scan import Scan, changes_query
from deskwatch.sources.atera_settings import AteraSettings
from deskwatch.sources.atera_statuses import Statuses
from deskwatch.sources.atera_token import expiry_words
from deskwatch.sources.http_client import HttpClient, Timeouts
from deskwatch.sources.source import Finding, Known, Report, SourceError
from deskwatch.sources.told_time import instant_of

ASK_AGAIN = 86_400.0
"""Seconds after which an API that did not list changes is asked whether it does now."""
_ONE_TICKET = ("server", "answer", "forbidden", "timeout", "connection")
"""Errors that may concern one ticket only."""
_IN_A_ROW = 3


class AteraSource:
    """One account. Used by one thread; every public method ends within the total time-out."""

    def __init__(
        self,
        name: str,
        settings: AteraSettings,
        *,
        agents: Mapping[str, str] | None = None,
        requesters: Mapping[str, str] | None = None,
        timeouts: Timeouts | None = None,
        clock: Monotonic = monotonic,
    ) -> None:
        self.name, self.kind = name, "atera"
        self._settings, self._clock = settings, clock
        near = is_loopback(urlsplit(settings.base_url).hostname or "")
        self._client = HttpClient(timeouts=timeouts, direct=near)
        self._api = Api(settings, self._client, clock)
        self._statuses = Statuses(settings)
        self._reader = RowReader(name, settings, self._statuses, agents or {}, requesters or {})
        self._open = OpenList(self._api, self._reader)
        self._replies, self._their_clock = Replies(), TheirClock()
        self._changes: tuple[str, Scan, float] | None = None
        self._without_changes_until = self._all_again_due = 0.0
        self._warned: str | None = None

    # What the watcher asks

    @property
    def place(self) -> str:
        """The API's address; it is the same for every account."""
        return self._settings.base_url

    def deadline(self) -> AbstractContextManager[None]:
        """One total time-out for everything asked inside; calls are counted anew."""
        self._api.calls.used = 0
        return self._client.deadline()

    def fetch(self, cursor: str | None, *, known: Known, now: datetime) -> Snapshot:
        """What changed since the cursor; without one, everything open."""
        with self._poll(now):
            since = self._since(cursor, now)
            if cursor is None or since is None:
                return self._list_open(known, cold=True)
            if self._clock() < self._without_changes_until:
                return self._all_again(known)
            try:
                return self._warning(self._changes_since(cursor, since, known))
            except SourceError as problem:
                if problem.kind != "not_found":
                    raise
                self._changes, self._all_again_due = None, 0.0
                snapshot = self._all_again(known)  # raises when there is no API at all
                self._without_changes_until = self._clock() + ASK_AGAIN
                return snapshot

    def list_open(self, *, known: Known, now: datetime) -> Snapshot:
        """Everything that is open, one status after the other."""
        with self._poll(now):
            return self._list_open(known, cold=False)

    def look(self, ids: Collection[str], *, now: datetime) -> Snapshot:
        """The verdict on single tickets, as many as the calls of this minute allow."""
        with self._poll(now):
            verdicts = Verdicts(self._reader)
            wait = self._look(ids, verdicts)
            snapshot = verdicts.snapshot(more_in=wait)
            if not snapshot.tickets and any(map(_is_number, (gone.id for gone in snapshot.gone))):
                self._prove()
            return snapshot

    def check(self, *, now: datetime) -> list[Finding]:
        """Try each call the watcher makes, and say in words what works and what it costs."""
        with self._poll(now):
            return LiveCheck(self._api, self._statuses, self._reader).run()

    def wants_now(self) -> bool:
        """Nothing waits here: what happens in the helpdesk is asked for."""
        return False

    def report(self) -> Report:
        """Calls, clock and gaps as of the last call."""
        notes = [words for words in (self._warned,) if words]
        if self._clock() < self._without_changes_until:
            notes.append("the helpdesk does not list changes; everything open is listed each time instead")
        odd = [f"priority {text}" for text in sorted(self._reader.odd_priorities)]
        return Report(
            credits_used=self._api.calls.used,
            credits_left=self._api.left,
            credits_total=self._settings.calls_per_minute,
            clock_skew_seconds=self._api.skew,
            unmapped=(*(f"status {text}" for text in self._statuses.unmapped), *odd),
            notes=tuple(notes),
        )

    def memory(self) -> dict[str, Any]:
        """What was learned, so that a restart costs nothing."""
        return {
            "statuses": self._statuses.memory(),
            "learned_at": _text(self._open.learned_at),
            "technicians": {id_: list(person) for id_, person in sorted(self._reader.technicians.items())},
        }

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Take back what was learned."""
        self._statuses.recall(memory.get("statuses"))
        try:
            self._open.learned_at = parse_instant(memory.get("learned_at") or "")
        except TicketError:
            self._open.learned_at = None
        people = memory.get("technicians")
        for id_, entry in people.items() if isinstance(people, dict) else ():
            if isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str):
                email = entry[1] if isinstance(entry[1], str) else None
                self._reader.technicians[str(id_)] = (entry[0], email)

    def people(self, *, now: datetime) -> dict[str, dict[str, str]]:
        """Id to name of everybody on open tickets: Atera lists technicians nowhere."""
        with self._poll(now):
            requesters: dict[str, str] = {}
            more_in: float | None = 0.0
            while more_in == 0.0:
                snapshot = self._list_open({}, cold=True)
                requesters |= {t.requester.id: t.requester.name for t in snapshot.tickets if t.requester}
                more_in = snapshot.more_in
            return {
                "agents": {id_: name for id_, (name, _) in self._reader.technicians.items()},
                "requesters": requesters,
            }

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
        return utc_text(at - self._settings.overlap) if at else None

    def _changes_since(self, cursor: str, since: str, known: Known) -> Snapshot:
        if self._changes is None or self._changes[0] != cursor or is_stale(self._api, self._changes[1]):
            scan = Scan(self._api, [changes_query(since)], self._clock())
            self._changes = (cursor, scan, self._clock())
            self._replies.begin()
        _, scan, asked_at = self._changes
        verdicts = Verdicts(self._reader)
        wait = read_on(self._api, scan, verdicts)
        self._replies.note(self.name, verdicts.rows, verdicts.found, known)
        if wait is not None:
            return verdicts.snapshot(notes=scan.notes, more_in=wait)
        self._changes = None
        before = parse_instant(cursor)
        moved = self._their_clock.cursor(scan.first_date, clock=asked_at, before=before)
        text = format_instant(moved.replace(microsecond=0))
        try:
            self._look(self._replies.end(self._api), verdicts)
        except SourceError as problem:  # the list of changes is good all the same
            problem.progress = verdicts.snapshot(notes=scan.notes, cursor=text)
            raise
        return verdicts.snapshot(notes=scan.notes, cursor=text)

    def _all_again(self, known: Known) -> Snapshot:
        """An API that lists no changes: everything open each time, for half of our calls at most."""
        wait = self._all_again_due - self._clock()
        return Snapshot(self.name, more_in=wait) if wait > 0 else self._list_open(known, cold=True)

    def _list_open(self, known: Known, *, cold: bool) -> Snapshot:
        asked_at = self._clock()
        snapshot, scan = self._open.read(known)
        if scan is None:
            return self._warning(snapshot)
        self._replies.forget()
        self._all_again_due = self._clock() + 2 * 60.0 * scan.pages / self._settings.calls_per_minute
        if cold:
            began = scan.first_date or self._api.now
            moved = self._their_clock.cursor(scan.first_date, clock=asked_at, before=began)
            snapshot = replace(snapshot, cursor=format_instant(min(began, moved).replace(microsecond=0)))
        return self._warning(snapshot)

    def _look(self, ids: Iterable[str], verdicts: Verdicts) -> float | None:
        """Read single tickets; seconds to wait when the calls of this minute are used up.

        Raises:
            SourceError: nothing can be read any more; what was read is its progress.
        """
        failed = 0
        for id_ in ids:
            if wait := self._api.wait():
                return wait
            try:
                verdicts.add(self._verdict(id_))
                failed = 0
            except SourceError as problem:
                failed += 1
                if problem.kind not in _ONE_TICKET or failed >= _IN_A_ROW:
                    problem.progress = verdicts.snapshot()
                    raise
                verdicts.notes.append(problem.words)
        return None

    def _prove(self) -> None:
        """Nothing of what was looked for is there: pass when the key sees any ticket at all, be it closed.

        Raises:
            SourceError: it sees none, so that nothing can be said about a single one.
        """
        doing = "looking for tickets that the list lacks"
        if not self._api.page("tickets", {}, number=1, doing=doing).rows:
            words = "the API key sees no ticket at all, so none counts as deleted; check its rights in Atera"
            raise SourceError("auth", f"while {doing}: {words}", status=200)

    def _verdict(self, id_: str) -> Ticket | Gone:
        if not _is_number(id_):  # hints come from outside
            return Gone(id_, "no ticket has such a number")
        try:
            return self._reader.read(self._api.ticket(id_, doing=f"reading ticket {id_}"))
        except SourceError as problem:
            if problem.kind == "not_found":
                return Gone(id_, "it no longer exists in the helpdesk")
            raise

    def _warning(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot, with a word about the token's end when that comes closer."""
        words = expiry_words(self._api.expires, now=self._api.now)
        if words == self._warned:
            return snapshot
        self._warned = words
        return replace(snapshot, notes=(*snapshot.notes, words)) if words else snapshot


def _is_number(id_: str) -> bool:
    return id_.isascii() and id_.isdecimal()


def _text(at: datetime | None) -> str | None:
    return format_instant(at.replace(microsecond=0)) if at else None
