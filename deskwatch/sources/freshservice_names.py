"""Keeps the catalog of an account current at a few credits a day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deskwatch.core.ticket import Person
from deskwatch.sources.freshservice_api import Api, Operation, params_of
from deskwatch.sources.freshservice_catalog import Catalog, names_of, people_of_rows, statuses_of
from deskwatch.sources.source import SourceError

DAILY, HOURLY = 86_400.0, 3600.0
AGAIN = 300.0
"""Seconds between two refreshes at the earliest, however many unknown ids turn up."""
MOST_PAGES = 30
MOST_WORKSPACES = 20


@dataclass(slots=True)
class NamesRefresher:
    """Asks for statuses, agents, groups, departments and workspaces when it is time.

    None of them is worth a failed poll: what cannot be read is noted, and ids stand in for names.
    """

    api: Api
    catalog: Catalog
    due_at: float = 0.0
    notes: dict[str, str] = field(default_factory=dict)
    _tried_at: float | None = None
    _asked_for: frozenset[str] = frozenset()
    _wanted: frozenset[str] = frozenset()

    def ask_for(self, unknown: frozenset[str]) -> None:
        """Ids without a name turned up: refresh soon if one is new, else (somebody left) hourly."""
        if not unknown:
            return
        gap = AGAIN if unknown - self._asked_for else HOURLY
        earliest = 0.0 if self._tried_at is None else self._tried_at + gap
        self.due_at = min(self.due_at, earliest)
        self._wanted = unknown

    def refresh_if_due(self) -> bool:
        """Refresh when a day has passed or an unknown id turned up. Whether it did.

        Raises:
            SourceError: the key is refused or the rate limit used up; anything else is only noted.
        """
        now = self.api.clock()
        if now < self.due_at:
            return False
        self._tried_at, self.due_at = now, now + AGAIN
        self._asked_for = self._wanted
        complete = self.refresh()
        self.due_at = now + (DAILY if complete else AGAIN)
        return True

    def refresh(self) -> bool:
        """Ask for everything now. Whether all of it could be read."""
        self.notes.clear()
        steps: list[tuple[str, Callable[[], None]]] = [
            ("statuses", self._statuses),
            ("agents", self._agents),
            ("groups", self._groups),
            ("clients", self._clients),
        ]
        if self.api.dialect.has_workspaces:
            steps.insert(0, ("workspaces", self._workspaces))
        for part, step in steps:
            try:
                step()
            except SourceError as problem:
                if problem.kind in ("auth", "rate_limited"):
                    raise
                self.notes[part] = problem.words
                if problem.kind in ("timeout", "connection"):
                    return False
        return not any(part in self.notes for part in ("statuses", "agents"))

    def _workspaces(self) -> None:
        try:
            rows = self._all("workspaces", {}, doing="listing the workspaces")
        except SourceError as problem:
            if problem.kind != "not_found":  # accounts from before workspaces existed
                raise
            rows = []
        self.catalog.learn("workspaces", {int(i): n for i, n in names_of(rows).items() if i.isdecimal()})

    def _statuses(self) -> None:
        found: dict[int, str] = {}
        for workspace in self._each_workspace():
            path = self.api.dialect.fields_path
            found |= statuses_of(
                self._all(path, params_of(workspace), doing="reading the ticket fields", key="ticket_fields")
            )
        self.catalog.learn("statuses", found)

    def _agents(self) -> None:
        rows = self._all("agents", {}, doing="listing the agents", operation="agents")
        self.catalog.learn("agents", people_of_rows(rows), whole=False)

    def _groups(self) -> None:
        found: dict[str, str] = {}
        for workspace in self._each_workspace():
            found |= names_of(self._all("groups", params_of(workspace), doing="listing the groups"))
        self.catalog.learn("groups", found)

    def _clients(self) -> None:
        path = self.api.dialect.clients_path
        self.catalog.learn("clients", names_of(self._all(path, {}, doing=f"listing the {path}")))

    def requesters(self) -> dict[str, Person]:
        """Everybody who may write a ticket; one credit for 100 people.

        Raises:
            SourceError: the list cannot be read.
        """
        path = "requesters" if self.api.dialect.wrapped else "contacts"
        return people_of_rows(self._all(path, {}, doing=f"listing the {path}", operation="agents"))

    def _each_workspace(self) -> list[str | None]:
        """Groups and fields cannot be listed across workspaces: one call each."""
        watched = getattr(self.api.settings, "workspaces", "all")
        ids = sorted(self.catalog.workspaces) if watched == "all" else watched
        return [str(id_) for id_ in ids[:MOST_WORKSPACES]] if len(ids) > 1 or watched != "all" else [None]

    def _all(
        self,
        path: str,
        params: Mapping[str, str],
        *,
        doing: str,
        operation: Operation = "other",
        key: str | None = None,
    ) -> list[Any]:
        rows: list[Any] = []
        number: int | None = 1
        pages = 0
        per_page = {} if key else {"per_page": "100"}
        while number is not None and pages < MOST_PAGES:
            if pages and self.api.credits.wait_for(operation, 1):
                break  # a very large account: the rest comes with the next refresh, ids stand in until then
            page = self.api.page(
                path, key or path, {**per_page, **params}, operation=operation, doing=doing, number=number
            )
            rows += page.rows
            number, pages = page.next if page.rows else None, pages + 1
        return rows
