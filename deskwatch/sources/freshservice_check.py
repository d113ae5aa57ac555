"""``check --live``: every call the watcher makes, tried once and told in words."""

from collections.abc import Callable
from datetime import timedelta
from math import ceil
from typing import Literal

from deskwatch.core.ticket import format_instant
from deskwatch.settings import format_duration
from deskwatch.sources.findings import Findings
from deskwatch.sources.freshservice_api import LIST_COST, Api
from deskwatch.sources.freshservice_catalog import phase_named
from deskwatch.sources.freshservice_names import NamesRefresher
from deskwatch.sources.freshservice_scan import FILTER_PAGE, Query, changes_queries, open_queries
from deskwatch.sources.source import Finding, SourceError

USUAL_INTERVAL = timedelta(seconds=30)


class LiveCheck:
    """Collects findings about one account; costs about a dozen credits."""

    def __init__(self, api: Api, names: NamesRefresher, workspaces: Callable[[], list[str | None]]) -> None:
        self._api, self._names, self._workspaces = api, names, workspaces
        self._settings = api.settings
        self._findings = Findings()
        self._total = 0

    def run(self) -> list[Finding]:
        """Try everything; ends early when the helpdesk does not answer or refuses the key."""
        try:
            self._names.refresh()
        except SourceError as error:
            self._findings.fail(error)
            return self._findings.found
        self._tell_workspaces()
        if self._read_changes():
            self._read_open_tickets()
            self._tell_names()
            self._tell_statuses()
            self._tell_costs()
        self._findings.tell_clock(self._api.skew)
        return self._findings.found

    def _read_changes(self) -> bool:
        since = format_instant((self._api.now - timedelta(hours=1)).replace(microsecond=0))
        try:
            for query in changes_queries(self._api, since, self._workspaces()):
                self._page(query)
        except SourceError as error:
            self._findings.fail(error)
            return False
        self._findings.say(True, "the API key is accepted, and the list of changes can be read")
        return True

    def _read_open_tickets(self) -> None:
        total = 0
        try:
            for query in open_queries(self._api, self._open_statuses(), self._workspaces()):
                total += self._page(query)
        except SourceError as error:
            self._findings.fail(error)
            return
        self._findings.say(True, f"{total} tickets are open as far as this key can see")
        self._total = total

    def _page(self, query: Query) -> int:
        page = self._api.page(
            query.path, query.key, query.params, operation=query.operation, doing=query.doing, cost=query.cost
        )
        return len(page.rows) if page.total is None else page.total

    def _open_statuses(self) -> list[int]:
        ids = {*self._settings.phases, *self._names.catalog.statuses}
        return sorted(i for i in ids if not self._is_over(i))

    def _is_over(self, id_: int) -> bool:
        name = self._names.catalog.statuses.get(id_, "")
        phase = self._settings.phases.get(id_) or phase_named(name)
        return phase is not None and phase.is_over

    def _tell_names(self) -> None:
        catalog, notes = self._names.catalog, self._names.notes
        mends = {
            "statuses": "custom statuses must be listed in sources.yaml, or their tickets are found late",
            "agents": "agents are shown as numbers unless config/agents.yaml names them",
            "groups": "groups are shown as numbers",
            "clients": "departments are shown as numbers",
        }
        for part, mend in mends.items():
            if part in notes:
                self._findings.say(False, f"{notes[part]} Until then {mend}.")
            else:
                count = len(getattr(catalog, part))
                self._findings.say(
                    True, f"{count} {'departments' if part == 'clients' else part} can be read"
                )

    def _tell_workspaces(self) -> None:
        if not self._api.dialect.has_workspaces:
            return
        known = self._names.catalog.workspaces
        watched: Literal["all"] | list[int] = getattr(self._settings, "workspaces", "all")
        if "workspaces" in self._names.notes:
            self._findings.say(
                False, f"{self._names.notes['workspaces']} Only the primary workspace is watched."
            )
        elif watched == "all":
            names = ", ".join(f"{name} ({id_})" for id_, name in sorted(known.items()))
            self._findings.say(True, f"the key sees these workspaces: {names or 'only one, without a name'}")
        else:
            for id_ in watched:
                self._findings.say(
                    id_ in known, f"workspace {id_}: {known.get(id_, 'the key does not see it')}"
                )

    def _tell_statuses(self) -> None:
        for id_, name in sorted(self._names.catalog.statuses.items()):
            if id_ in self._settings.phases:
                continue
            phase = phase_named(name)
            if phase is not None:
                self._findings.say(True, f'status {id_} "{name}" is read as {phase}, by its name')
            else:
                mend = f'add  "{id_}": {{phase: …}}  to statuses in sources.yaml'
                self._findings.say(False, f'status {id_} "{name}" counts as open: {mend}')

    def _tell_costs(self) -> None:
        interval = self._settings.poll_interval or USUAL_INTERVAL
        lists = len(self._workspaces())
        minute = LIST_COST * lists * 60 / interval.total_seconds()
        pages = -(-self._total // FILTER_PAGE) or 1
        bucket = self._api.credits.bucket("list")
        granted = (bucket.total or 0) * self._settings.budget_share
        told = f"{bucket.left} of {bucket.total} are left" if granted else "no limit was told"
        words = (
            f"asking every {format_duration(interval)} costs {minute:.0f} credits a minute, and a complete "
            f"list {pages}; {told}, of which we use at most {self._settings.budget_share:.0%}"
        )
        fits = not granted or minute <= granted
        mend = "" if fits else f": set poll_interval to {ceil(60 * LIST_COST * lists / granted)}s or more"
        self._findings.say(fits, words + mend)
