"""Tables of names behind ids: written in the file, fetched from the helpdesk, kept when that fails."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from deskwatch.core.ticket import TicketError, format_instant, parse_instant
from deskwatch.sources.http_words import clean_line
from deskwatch.sources.rest.api import Api
from deskwatch.sources.rest.expression import Expression, ExpressionError
from deskwatch.sources.rest.paging import Caps
from deskwatch.sources.rest.requests import request_of
from deskwatch.sources.rest.scan import RESUME_WITHIN, Scan
from deskwatch.sources.rest.settings import LookupSettings
from deskwatch.sources.rest.settings_tree import digest_of
from deskwatch.sources.source import SourceError

TRY_AGAIN = timedelta(minutes=5)
MOST_NAMES = 100_000
LONGEST_NAME = 120


class Lookups:
    """The tables of one source, read by name and then by id.

    Attributes:
        tables: what steps see; values of the file win.
        notes: what could not be fetched, by table.
    """

    def __init__(self, api: Api, settings: Mapping[str, LookupSettings]) -> None:
        self._api, self._settings = api, settings
        self._fetched: dict[str, dict[str, str]] = {}
        self._fetched_at: dict[str, datetime] = {}
        self._retry_at: dict[str, datetime] = {}
        self._scans: dict[str, Scan] = {}
        self._parts: dict[str, dict[str, str]] = {}
        self._caps = Caps()
        self.notes: dict[str, str] = {}
        self.tables: dict[str, Mapping[str, str]] = {}
        for name in settings:
            self._merge(name)

    def refresh(self, *, now: datetime, anyway: bool = False) -> None:
        """Fetch what is due. A failure keeps the old table, and is told.

        Raises:
            SourceError: the helpdesk wants silence.
        """
        for name, lookup in self._settings.items():
            if lookup.fetch is None or not (anyway or self._is_due(name, lookup, now)):
                continue
            try:
                self._fetch(name, lookup, now)
            except SourceError as error:
                self._scans.pop(name, None)
                self._retry_at[name] = now + min(TRY_AGAIN, lookup.refresh)
                kept = "; the old names stay" if name in self._fetched else "; ids are shown instead"
                self.notes[name] = f"{error.words}{kept}"
                if error.retry_after is not None:
                    raise

    def memory(self) -> dict[str, Any]:
        """The fetched tables, and when they were fetched."""
        return {
            name: {
                "at": format_instant(self._fetched_at[name]),
                "names": table,
                "of": digest_of(self._settings[name]),
            }
            for name, table in self._fetched.items()
        }

    def recall(self, memory: Any) -> None:
        """Take tables back; whatever looks odd is left out and fetched again."""
        for name, told in memory.items() if isinstance(memory, dict) else ():
            if name not in self._settings or not isinstance(told, dict):
                continue
            if told.get("of") != digest_of(self._settings[name]):
                continue  # the file says otherwise now
            names = told.get("names")
            try:
                at = parse_instant(told.get("at", ""))
            except (TicketError, TypeError):
                continue
            if isinstance(names, dict) and all(isinstance(n, str) for n in names.values()):
                self._fetched[name], self._fetched_at[name] = dict(names), at
                self._merge(name)

    def _is_due(self, name: str, lookup: LookupSettings, now: datetime) -> bool:
        retry, at = self._retry_at.get(name), self._fetched_at.get(name)
        if retry is not None and abs(retry - now) <= TRY_AGAIN and now < retry:
            return False
        return at is None or not timedelta(0) <= now - at < lookup.refresh

    def _fetch(self, name: str, lookup: LookupSettings, now: datetime) -> None:
        """Read on as long as pace and time allow; the rest follows in the next round."""
        scan = self._scans.get(name)
        if scan is None or scan.is_broken or self._api.clock() - scan.moved_at > RESUME_WITHIN:
            if lookup.fetch is None:
                return
            request = request_of(
                lookup.fetch, part=f"lookups.{name}.fetch", doing=f"fetching the names of {name}"
            )
            scan = Scan(self._api, lookup.fetch, request, lambda item: _text(lookup.key, item), self._caps)
            self._scans[name], self._parts[name] = scan, {}
        part = self._parts[name]
        while not scan.done:
            if self._api.pace.wait(spare=1) or self._api.left < self._api.timeouts.total / 2:
                return
            for item in scan.step():
                key, value = _text(lookup.key, item), _text(lookup.value, item)
                if key and value and len(part) < MOST_NAMES:
                    part[key] = value
        del self._scans[name], self._parts[name]
        self._retry_at.pop(name, None)
        if scan.is_complete:
            self.notes.pop(name, None)
            self._fetched[name] = part
        else:  # what was read is good; what was not read keeps its old name
            self.notes[name] = f"the names of {name} may not be all: {scan.doubts[0]}"
            self._fetched[name] = {**self._fetched.get(name, {}), **part}
        self._fetched_at[name] = now
        self._merge(name)

    def _merge(self, name: str) -> None:
        values = {str(key): value for key, value in self._settings[name].values.items()}
        self.tables[name] = {**self._fetched.get(name, {}), **values}


def _text(expression: Expression, item: Any) -> str:
    try:
        value = expression(item)
    except ExpressionError:
        return ""
    return clean_line(value, longest=LONGEST_NAME)
