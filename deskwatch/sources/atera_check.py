"""``check --live``: every call the watcher makes to Atera, tried once and told in words."""

from collections.abc import Mapping
from datetime import timedelta

from deskwatch.settings import format_duration
from deskwatch.sources.atera_api import PAGE_SIZE, Api, utc_text
from deskwatch.sources.atera_rows import RowReader
from deskwatch.sources.atera_scan import Query, changes_query, status_query
from deskwatch.sources.atera_statuses import Statuses
from deskwatch.sources.atera_token import expiry_words
from deskwatch.sources.findings import Findings
from deskwatch.sources.http_words import clean_line
from deskwatch.sources.row_ids import RowError
from deskwatch.sources.source import Finding, SourceError

USUAL_INTERVAL = timedelta(seconds=30)
LESSON_PAGES = 5
"""Pages of a month's changes from which the check learns status texts."""


class LiveCheck:
    """Collects findings about one account; costs about a dozen calls."""

    def __init__(self, api: Api, statuses: Statuses, reader: RowReader) -> None:
        self._api, self._statuses, self._reader = api, statuses, reader
        self._findings = Findings()
        self._pages = 0

    def run(self) -> list[Finding]:
        """Try everything; ends early when the helpdesk does not answer or refuses the key."""
        if not self._tell_account():
            return self._findings.found
        self._tell_expiry()
        self._learn()
        if self._tell_open_tickets():
            self._tell_statuses()
            self._tell_costs()
        self._findings.tell_clock(self._api.skew)
        return self._findings.found

    def _tell_account(self) -> bool:
        try:
            account = self._api.account(doing="reading the account")
        except SourceError as error:
            if error.kind not in ("not_found", "forbidden"):
                self._findings.fail(error)
                return False
            return True  # an older API, or a token for tickets only: the lists will tell
        name, plan = (clean_line(account.get(key), longest=60) for key in ("CompanyName", "Plan"))
        self._findings.say(
            True, f"the API key is accepted: {name or 'an account without a name'}, plan {plan or 'unknown'}"
        )
        return True

    def _tell_expiry(self) -> None:
        words = expiry_words(self._api.expires, now=self._api.now)
        if words:
            self._findings.say(False, words)
        elif self._api.expires:
            self._findings.say(True, f"the API token ends on {self._api.expires:%Y-%m-%d}")

    def _learn(self) -> None:
        query = changes_query(utc_text(self._api.now - timedelta(days=30)))
        try:
            for number in range(1, LESSON_PAGES + 1):
                rows, is_last = self._page(query, number)
                self._learn_from(rows)
                if is_last:
                    break
        except SourceError as error:
            if error.kind == "not_found":
                self._findings.say(
                    False, "the helpdesk does not list changes: everything open is listed each time instead"
                )
            else:
                self._findings.fail(error)
            return
        self._findings.say(True, "the list of changes can be read")

    def _learn_from(self, rows: list[object]) -> None:
        for row in rows:
            try:
                if isinstance(row, Mapping):
                    self._reader.read(row)
            except RowError as problem:
                self._findings.say(False, str(problem))

    def _page(self, query: Query, number: int) -> tuple[list[object], bool]:
        page = self._api.page(query.path, query.params, number=number, doing=query.doing)
        return page.rows, not page.rows or (page.pages is not None and number >= page.pages)

    def _tell_open_tickets(self) -> bool:
        total = 0
        try:
            for text in self._statuses.open_texts:
                query = status_query(text)
                page = self._api.page(query.path, query.params, number=1, doing=query.doing)
                self._learn_from(page.rows)
                found = len(page.rows) if page.total is None else page.total
                total += found
                self._pages += max(1, -(-found // PAGE_SIZE))
        except SourceError as error:
            self._findings.fail(error)
            return False
        self._findings.say(True, f"{total} tickets are open as far as this key can see")
        return True

    def _tell_statuses(self) -> None:
        unmapped = self._statuses.unmapped
        for text in self._statuses.open_texts:
            if text not in unmapped:
                self._findings.say(True, f'status "{text}" is read as {self._statuses.phase(text)}')
        for text in unmapped:
            mend = f'add  "{text}": {{phase: …}}  to statuses in sources.yaml'
            self._findings.say(False, f'status "{text}" counts as open: {mend}')

    def _tell_costs(self) -> None:
        limit = self._api.settings.calls_per_minute
        interval = self._api.settings.poll_interval or USUAL_INTERVAL
        minute = 60 / interval.total_seconds()
        words = (
            f"asking every {format_duration(interval)} costs {minute:.0f} calls a minute, and a complete "
            f"list {self._pages}; we make at most {limit} a minute"
        )
        self._findings.say(minute <= limit, words if minute <= limit else f"{words}: raise poll_interval")
