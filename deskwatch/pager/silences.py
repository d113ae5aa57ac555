"""Silences from the command line: one ticket, with an end, remembered in the database."""

import json
import logging
from collections.abc import Mapping
from datetime import datetime

from deskwatch.core.ticket import TicketError, format_instant, parse_instant
from deskwatch.core.windows import Window
from deskwatch.pager.ledger import Ledger

log = logging.getLogger(__name__)

PREFIX = "silence:"
"""Begins the name of the fact of each silence; the ticket follows."""


class Silences:
    """Tickets about which nobody is told for a time."""

    def __init__(self, ledger: Ledger, facts: Mapping[str, str]) -> None:
        self._ledger = ledger
        self._windows: dict[str, Window] = {}
        for name, text in facts.items():
            if name.startswith(PREFIX) and (window := _read(name.removeprefix(PREFIX), text)):
                self._windows[name.removeprefix(PREFIX)] = window

    def add(self, ticket: str, *, until: datetime, by: str, reason: str, now: datetime) -> None:
        """Tell nobody about a ticket until then."""
        self._windows[ticket] = _window(ticket, start=now, end=until, by=by, reason=reason)
        told = {
            "since": format_instant(now),
            "until": format_instant(until),
            "by": by,
            "reason": reason,
        }
        self._ledger.remember({PREFIX + ticket: json.dumps(told)})
        minute = until.replace(second=0, microsecond=0)
        log.info("%s is silenced until %s by %s: %s", ticket, format_instant(minute), by, reason)

    def end(self, ticket: str, *, by: str) -> bool:
        """Tell about it again; whether it was silenced."""
        if self._windows.pop(ticket, None) is None:
            return False
        self._ledger.remember({PREFIX + ticket: ""})
        log.info("%s is not silenced any more, says %s", ticket, by)
        return True

    def current(self, now: datetime) -> tuple[Window, ...]:
        """Those that are not over."""
        for ticket in [ticket for ticket, window in self._windows.items() if window.end <= now]:
            del self._windows[ticket]
            self._ledger.remember({PREFIX + ticket: ""})
        return tuple(self._windows.values())


def _window(ticket: str, *, start: datetime, end: datetime, by: str, reason: str) -> Window:
    return Window(
        id=f"the silence of {by}", start=start, end=end, reason=reason, by=by, tickets=frozenset({ticket})
    )


def _read(ticket: str, text: str) -> Window | None:
    try:
        told = json.loads(text)
        start, end = parse_instant(told["since"]), parse_instant(told["until"])
        return _window(ticket, start=start, end=end, by=str(told["by"]), reason=str(told["reason"]))
    except (ValueError, KeyError, TypeError, TicketError):
        return None
