"""Single tickets: details of short rows by the cheaper way, and verdicts on tickets that a list lacked."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from deskwatch.core.merging import is_partial
from deskwatch.core.sync import Gone, Snapshot
from deskwatch.core.ticket import Ticket, format_instant
from deskwatch.sources.freshservice_api import VIEW_COST, Api
from deskwatch.sources.freshservice_rows import RowReader
from deskwatch.sources.freshservice_scan import Scan, changes_queries
from deskwatch.sources.source import Known, SourceError

FEW = 3
"""Up to this many short rows, asking for each costs little more than one page of a list."""
STRAGGLERS = 10
"""One in so many short rows is expected to be untouched for long, and is asked for by its id."""
FIRST_REST, LONGEST_REST = 60.0, 3600.0
"""Seconds for which a ticket that cannot be read is left alone."""
_BROKEN = ("timeout", "connection")
_HARMLESS = ("server", "answer", "not_found", "forbidden", *_BROKEN)
"""Errors that may concern one ticket only."""
_IN_A_ROW = 3


@dataclass(slots=True)
class Details:
    """Asks for single tickets within the credits; one that keeps failing is left alone for longer."""

    api: Api
    reader: RowReader
    workspaces: Callable[[], list[str | None]]
    pending: bool = False
    _scan: Scan | None = None
    _listed: bool = False
    _due: dict[str, str] = field(default_factory=dict)
    _rests: dict[str, tuple[int, float]] = field(default_factory=dict)
    _broken: set[str] = field(default_factory=set)
    """Tickets that broke the connection since the last one that was read."""

    def note(self, rows: Iterable[Any]) -> None:
        """Remember when the first response of short rows is due: the soonest is asked for first."""
        for row in rows:
            if isinstance(row, Mapping) and "stats" not in row and isinstance(row.get("fr_due_by"), str):
                self._due[str(row.get("id"))] = row["fr_due_by"]

    def added_to(self, snapshot: Snapshot, known: Known) -> Snapshot:
        """The snapshot and the details of known short rows, as many as this minute's credits allow.

        Raises:
            SourceError: nothing can be read any more; what was read is its progress.
        """
        full = {t.key for t in snapshot.tickets if not is_partial(t)}
        short = [t for t in known.values() if is_partial(t) and t.key not in full]
        short = [t for t in short if not self._rests_now(t.id)]
        self.pending = bool(short)
        if not short:
            self._scan, self._listed = None, False
            self._due.clear()
            return snapshot
        filled = snapshot
        try:
            if not self._listed and len(short) > FEW:
                filled = _joined(filled, self._from_list(short))
                full = {t.key for t in filled.tickets if not is_partial(t)}
                short = [t for t in short if t.key not in full]
            filled = _joined(filled, self._by_id(short))
        except SourceError as problem:
            problem.progress = _joined(filled, problem.progress)
            raise
        full = {t.key for t in filled.tickets if not is_partial(t)}
        self.pending = any(t.key not in full and not self._rests_now(t.id) for t in short)
        return filled

    def verdicts(self, ids: Collection[str]) -> Snapshot:
        """What became of tickets: a row, or Gone with its reason. Those beyond the credits are left out.

        Raises:
            SourceError: nothing can be read any more; what was read is its progress.
        """
        return self._ask(
            ids, doing="looking for ticket", missing="it no longer exists in the helpdesk", cost=1
        )

    def _from_list(self, short: list[Ticket]) -> Snapshot:
        """Read a list of changes that reaches back far enough for most of the short rows.

        The few that nobody has touched for long are left to ``_by_id``: a list that reaches back to them is
        mostly made of tickets that were closed since.
        """
        if self._scan is None:
            touched = sorted(t.updated_at for t in short if t.updated_at)
            since = touched[len(touched) // STRAGGLERS] if touched else self.api.now
            queries = changes_queries(self.api, format_instant(since), self.workspaces())
            newest_first = tuple(replace(q, params={**q.params, "order_type": "desc"}) for q in queries)
            self._scan = Scan(self.api, newest_first, self.api.clock())
        wanted, rows = {t.id for t in short}, list[Any]()
        oldest = min((format_instant(t.created_at) for t in short if t.created_at), default="")
        try:
            while not self._scan.done and not (wait := self._scan.wait()):
                page = self._scan.step()
                rows += page
                if not _may_go_on(page, wanted, oldest):
                    break
            else:
                if not self._scan.done:
                    return self._snapshot(rows, more_in=wait)
        except SourceError as problem:
            problem.progress = self._snapshot(rows)
            raise
        self._scan, self._listed = None, True
        return self._snapshot(rows)

    def _by_id(self, short: list[Ticket]) -> Snapshot:
        """A ticket that a list has just named exists: 404 for it is a fault, not a verdict."""
        urgent_first = sorted(short, key=lambda t: (self._due.get(t.id, "~"), t.key))
        return self._ask([t.id for t in urgent_first], doing="reading ticket", missing=None, cost=VIEW_COST)

    def _ask(self, ids: Iterable[str], *, doing: str, missing: str | None, cost: int) -> Snapshot:
        rows, gone, notes, failures = list[Any](), list[Gone](), list[str](), 0
        more_in = None
        for id_ in ids:
            if self._rests_now(id_):
                continue
            if wait := self.api.credits.wait_for("view", cost):
                more_in = max(wait, 5.0)
                break
            try:
                rows.append(self.api.ticket(id_, doing=f"{doing} {id_}", details=cost == VIEW_COST))
            except SourceError as problem:
                if problem.kind == "not_found" and missing:
                    gone.append(Gone(id_, missing))
                    continue
                if problem.kind not in _HARMLESS:
                    problem.progress = self._snapshot(rows, gone, notes)
                    raise
                notes.append(self._let_rest(id_, problem))
                failures += 1
                if problem.kind in _BROKEN:
                    self._broken.add(id_)
                    if len(self._broken) >= _IN_A_ROW:
                        self._broken.clear()
                        problem.progress = self._snapshot(rows, gone, notes)
                        raise
                if problem.kind == "timeout":  # what it used up, the next list of changes would lack
                    break
                if failures >= _IN_A_ROW:
                    break
            else:
                failures = 0
                self._broken.clear()
                self._rests.pop(id_, None)
        return self._snapshot(rows, gone, notes, more_in)

    def _let_rest(self, id_: str, problem: SourceError) -> str:
        times = self._rests.get(id_, (0, 0.0))[0] + 1
        pause = min(max(FIRST_REST * 2.0 ** (times - 1), problem.retry_after or 0.0), LONGEST_REST)
        self._rests[id_] = (times, self.api.clock() + pause)
        return f"{problem.words} Next try in {pause:.0f} s."

    def _rests_now(self, id_: str) -> bool:
        return id_ in self._rests and self.api.clock() < self._rests[id_][1]

    def _snapshot(
        self,
        rows: Iterable[Any],
        gone: Iterable[Gone] = (),
        notes: Iterable[str] = (),
        more_in: float | None = None,
    ) -> Snapshot:
        snapshot = self.reader.snapshot(rows, notes)
        return replace(snapshot, gone=(*snapshot.gone, *gone), more_in=more_in)


def _may_go_on(page: Iterable[Any], wanted: Collection[str], oldest: str) -> bool:
    """Whether a page (newest first) or a later one can have what is wanted, all of it made since ``oldest``.

    A page of nothing but tickets that were read by their ids meanwhile says nothing about the next one.
    """
    rows = [row for row in page if isinstance(row, Mapping)]
    last = rows[-1].get("created_at") if rows else None
    is_older = isinstance(last, str) and last < oldest
    return not is_older or any(str(row.get("id")) in wanted for row in rows)


def _joined(first: Snapshot, more: Snapshot | None) -> Snapshot:
    if more is None:
        return first
    waits = [wait for wait in (first.more_in, more.more_in) if wait is not None]
    return replace(
        first,
        tickets=first.tickets + more.tickets,
        gone=first.gone + more.gone,
        notes=first.notes + more.notes,
        more_in=min(waits, default=None),
    )
