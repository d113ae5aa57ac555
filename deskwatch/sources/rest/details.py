"""Further requests for each new or changed ticket. They come after the list and never hold it up."""

import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from deskwatch.core.merging import PARTIAL, is_partial
from deskwatch.core.sync import Snapshot
from deskwatch.core.ticket import FIELD_NAMES, Ticket
from deskwatch.sources.rest.api import Api
from deskwatch.sources.rest.expression import ExpressionError
from deskwatch.sources.rest.field_settings import FieldSettings, PersonFields
from deskwatch.sources.rest.lookups import Lookups
from deskwatch.sources.rest.pace import MINUTE
from deskwatch.sources.rest.requests import PlaceError, places_of_id, request_of
from deskwatch.sources.rest.rows import RowError, RowReader
from deskwatch.sources.rest.settings import DetailSettings, RestSettings
from deskwatch.sources.rest.settings_tree import digest_of
from deskwatch.sources.source import SourceError

MOST_WAITING = 2000
"""Items kept for later; those beyond come back with the next complete list."""
FIRST_REST, LONGEST_REST = 60.0, 3600.0
"""Seconds until a ticket's details are tried again after a failure; doubled each time."""

_COMPARED = (
    "subject", "type", "category", "tags", "status", "phase", "priority", "created_at",
    "first_response_due_at", "resolution_due_at", "number",
)  # fmt: skip
_MAPS = {"statuses": "status", "priorities": "priority"}
_COMPARED_PEOPLE = ("requester", "agent", "group", "client")


@dataclass(slots=True)
class _Wanted:
    id: str
    item: Mapping[str, Any]
    tries: int = 0
    due: float = 0.0


Answers = dict[str, Any]
_Result = tuple[_Wanted, Answers | SourceError]


class Details:
    """What is still to be fetched for which ticket.

    Attributes:
        notes: what could not be fetched, by detail.
    """

    def __init__(self, api: Api, reader: RowReader, lookups: Lookups) -> None:
        self._api, self._reader, self._lookups = api, reader, lookups
        self._settings: Mapping[str, DetailSettings] = api.settings.details
        self._fields = fields_of_details(api.settings)
        self._wanted: dict[str, _Wanted] = {}
        maps = [getattr(api.settings, name) for name, field in _MAPS.items() if field in self._fields]
        self._digest = digest_of(api.settings.fields, api.settings.dates, self._settings, maps)
        self._stored_by = self._digest
        self._renewed: set[str] = set()
        self.notes: dict[str, str] = {}

    def wait(self) -> float | None:
        """Seconds until something can be fetched; None when nothing waits."""
        if not self._wanted:
            return None
        due = min(w.due for w in self._wanted.values()) - self._api.clock()
        return max(0.0, due, self._api.pace.wait(spare=self._spare))

    @property
    def _spare(self) -> int:
        """Requests of each minute that are left to the lists."""
        return max(1, self._api.settings.per_minute // 4)

    def memory(self) -> str:
        """By which settings the stored tickets were made; those of now once all are."""
        return self._stored_by

    def recall(self, stored_by: Any) -> None:
        """Take it back. Tickets that were made by other settings are fetched once more."""
        if isinstance(stored_by, str) and self._settings:
            self._stored_by = stored_by

    def settle(self) -> None:
        """A complete list was read: when nothing waits after it, all are as the settings say."""
        if not self._wanted:
            self._stored_by = self._digest
            self._renewed.clear()

    def forget(self, ids: Iterable[str]) -> None:
        """These tickets left."""
        for id_ in ids:
            self._wanted.pop(id_, None)

    def dress(self, item: Any, ticket: Ticket, stored: Ticket | None) -> Ticket:
        """The row as it can be filed now: what only details tell stays as it was until they are fetched."""
        wanted = [name for name, detail in self._settings.items() if _applies(detail, item)]
        if not wanted or not isinstance(item, Mapping):
            return ticket
        kept = {name: getattr(stored, name) for name in self._fields} if stored is not None else {}
        row = ticket.with_(**kept)
        if ticket.is_over:
            self._wanted.pop(ticket.id, None)
            return row
        waiting = self._wanted.get(ticket.id)
        is_old = self._stored_by != self._digest and ticket.id not in self._renewed
        if not is_old and stored and not is_partial(stored) and not _differs(ticket, stored, self._fields):
            return row
        if waiting is None and len(self._wanted) >= MOST_WAITING:
            return self._marked(row, stored)
        if waiting is None or item != waiting.item:
            self._wanted[ticket.id] = _Wanted(ticket.id, item)
        return self._marked(row, stored)

    def added_to(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with the details of as many tickets as pace and time allow.

        Raises:
            SourceError: the helpdesk wants silence; what was fetched is its progress.
        """
        results, silence = self._fetched(self._batch())
        rows = {ticket.key: ticket for ticket in snapshot.tickets}
        for wanted, answers in results:
            if isinstance(answers, SourceError):
                wanted.tries += 1
                pause = min(FIRST_REST * 2.0 ** (wanted.tries - 1), LONGEST_REST)
                wanted.due = self._api.clock() + pause
                continue
            self._wanted.pop(wanted.id, None)
            if self._stored_by != self._digest:
                self._renewed.add(wanted.id)
            try:
                row = self._reader.read(wanted.item, lookups=self._lookups.tables, details=answers).verdict
            except RowError:
                continue
            if isinstance(row, Ticket):
                rows[row.key] = row
        filled = replace(snapshot, tickets=tuple(rows.values()))
        wait = self.wait()
        if wait is not None and wait <= MINUTE:
            filled = replace(filled, more_in=wait if filled.more_in is None else min(wait, filled.more_in))
        if silence is not None:
            silence.progress = filled
            raise silence
        return filled

    def of(self, item: Mapping[str, Any]) -> Answers:
        """All details of one item, now.

        Raises:
            SourceError: one of them did not come.
        """
        found = self._ask(_Wanted("", item), None)[1]
        if isinstance(found, SourceError):
            raise found
        return found

    def _marked(self, row: Ticket, stored: Ticket | None) -> Ticket:
        """A short row of a ticket without a date of change would not replace what is stored: no mark then."""
        if row.updated_at is None and stored is not None and not is_partial(stored):
            return row
        return row.with_(extra={**row.extra, PARTIAL: True})

    def _batch(self) -> list[_Wanted]:
        clock = self._api.clock()
        most = min((detail.most for detail in self._settings.values()), default=0)
        free = self._api.pace.free(spare=self._spare)
        most = min(most, max(free // len(self._settings), min(free, 1)))
        due = [wanted for wanted in self._wanted.values() if wanted.due <= clock]
        return sorted(due, key=lambda wanted: wanted.tries)[: max(0, most)]

    def _fetched(self, batch: list[_Wanted]) -> tuple[list[_Result], SourceError | None]:
        """Answers so far, and the wish for silence that ended it."""
        if not batch:
            return [], None
        at_once = min((detail.at_once for detail in self._settings.values()), default=1)
        if self._api.given is not None:
            at_once = 1  # one recorded conversation
        results: list[_Result] = []
        silence: SourceError | None = None
        with ThreadPoolExecutor(max_workers=at_once) as threads:
            lines = [self._api.new_client(max(1.0, self._api.left)) for _ in range(at_once - 1)]
            try:
                while batch and silence is None and self._api.left > self._api.timeouts.total / 4:
                    wave, batch = batch[:at_once], batch[at_once:]
                    clients = [None, *lines]
                    futures = [
                        threads.submit(self._ask, wanted, clients[n])
                        for n, wanted in enumerate(wave[1:], start=1)
                    ]
                    found = [self._ask(wave[0], None), *(future.result() for future in futures)]
                    results += found
                    errors = [answer for _, answer in found if isinstance(answer, SourceError)]
                    silence = next((error for error in errors if error.retry_after is not None), None)
            finally:
                for line in lines:
                    line.close()
        return results, silence

    def _ask(self, wanted: _Wanted, client: Any) -> _Result:
        answers: Answers = {}
        for name, detail in self._settings.items():
            view = {**wanted.item, **answers}
            if not _applies(detail, view):
                continue
            doing = f"reading the {name} of ticket {wanted.id}" if wanted.id else f"reading the {name}"
            try:
                places = {**view, **places_of_id(wanted.id or self._reader.id_of(wanted.item))}
                request = request_of(detail, part=f"details.{name}", doing=doing, places=places)
            except (PlaceError, RowError):  # an item without a requester has no requester's mail
                answers[name] = None
                continue
            try:
                told = self._api.data(request, client=client)
                answers[name] = detail.item(told) if told is not None else None
                self.notes.pop(name, None)
            except ExpressionError as problem:
                answers[name] = None
                self.notes[name] = f"details.{name}.item: {problem}"
            except SourceError as error:
                self.notes[name] = error.words
                return wanted, error
        return wanted, answers


def fields_of_details(settings: RestSettings) -> frozenset[str]:
    """The parts of a ticket that are made of details: their expressions name one."""
    names = [re.escape(name) for name in settings.details]
    if not names:
        return frozenset()
    word = re.compile(rf"(?<![\w.'\"]){'(' + '|'.join(names) + ')'}\b")
    found: set[str] = set()
    for key in type(settings.fields).model_fields:
        where = getattr(settings.fields, key)
        if isinstance(where, FieldSettings):
            paths = [where]
        elif isinstance(where, PersonFields):
            paths = [p for p in (where.id, where.named, where.email, where.phone) if p is not None]
        else:
            continue
        if any(word.search(way.path.text) for path in paths for way in path.ways):
            found |= {"status", "phase"} if key in ("status", "status_name") else {key}
    return frozenset(found & set(FIELD_NAMES) - {"id", "number"})


def _applies(detail: DetailSettings, item: Any) -> bool:
    if detail.when is None:
        return True
    try:
        return detail.when(item) not in (None, False, "", [], {})
    except ExpressionError:
        return False


def _differs(ticket: Ticket, stored: Ticket, by_details: frozenset[str]) -> bool:
    if ticket.updated_at is not None and stored.updated_at is not None and "updated_at" not in by_details:
        return ticket.updated_at > stored.updated_at
    if any(getattr(ticket, n) != getattr(stored, n) for n in _COMPARED if n not in by_details):
        return True
    return any(_id(ticket, n) != _id(stored, n) for n in _COMPARED_PEOPLE if n not in by_details)


def _id(ticket: Ticket, role: str) -> str | None:
    person = getattr(ticket, role)
    return person.id if person is not None else None
