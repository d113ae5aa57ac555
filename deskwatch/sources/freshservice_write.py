"""The calls that write into Freshservice and Freshdesk, and those that tell afterwards whether they did."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any

from deskwatch.core.ticket import Priority, TicketError, parse_instant
from deskwatch.sources.freshservice_api import Api
from deskwatch.sources.freshservice_rows import priority_of
from deskwatch.sources.freshservice_settings import AnySettings
from deskwatch.sources.source import SourceError
from deskwatch.sources.write_back import PriorityThere

LONGEST_NOTE = 21_000
"""Characters of a note that are sent: a person's words have at most 20,000, and behind them stands the code
by which the note is found again."""
MOST_PAGES = 20
"""Pages of a conversation, 100 entries each, that are searched for a note."""


class FreshservicePen:
    """Writes into one account, within the credits that are left. Used inside the source's ``deadline``."""

    def __init__(self, settings: AnySettings, api: Api) -> None:
        self._settings, self._api = settings, api

    def put_priority(self, id_: str, priority: Priority, *, now: datetime) -> None:
        """``PUT /tickets/<id>`` with the number that this account has for the priority."""
        self._ready(now)
        self._api.send(
            "PUT", f"tickets/{int(id_)}", {"priority": self._number(priority)},
            doing=f"raising the priority of ticket {id_}",
        )  # fmt: skip

    def add_note(self, id_: str, text: str, *, now: datetime) -> None:
        """``POST /tickets/<id>/notes``, private; the text is sent as text, whatever it looks like."""
        self._ready(now)
        body = escape(text[:LONGEST_NOTE], quote=False).replace("\n", "<br>")
        self._api.send(
            "POST", f"tickets/{int(id_)}/notes", {"body": f"<div>{body}</div>", "private": True},
            doing=f"adding a note to ticket {id_}",
        )  # fmt: skip

    def priority_of(self, id_: str, *, now: datetime) -> PriorityThere:
        """``GET /tickets/<id>``, the cheapest way."""
        self._ready(now)
        row = self._api.ticket(id_, doing=f"reading ticket {id_}", details=False)
        try:
            updated_at = parse_instant(str(row.get("updated_at")))
        except TicketError:
            updated_at = None
        return PriorityThere(priority_of(row.get("priority"), self._settings), updated_at)

    def has_note(self, id_: str, code: str, *, now: datetime) -> bool:
        """``GET /tickets/<id>/conversations``, page by page."""
        self._ready(now)
        number: int | None = 1
        while number is not None and number <= MOST_PAGES:
            page = self._api.page(
                f"tickets/{int(id_)}/conversations",
                "conversations",
                {"per_page": "100"},
                operation="other",
                doing=f"reading the notes of ticket {id_}",
                number=number,
            )
            if any(_says(row, code) for row in page.rows):
                return True
            number = page.next if page.rows else None
        return False

    def _ready(self, now: datetime) -> None:
        self._api.at(now)
        wait = self._api.credits.wait_for("other", 1)
        if wait:
            words = "our share of this minute's credits is used up; what is to be written waits"
            raise SourceError("rate_limited", words, retry_after=wait)

    def _number(self, priority: Priority) -> int:
        """The number this account has for a priority."""
        for number in (priority.rank, *self._settings.priorities):
            if priority_of(number, self._settings) is priority:
                return number
        raise SourceError("config", f"no number of priorities in sources.yaml means {priority}")


def _says(row: Any, code: str) -> bool:
    if not isinstance(row, Mapping):
        return False
    return any(isinstance(row.get(name), str) and code in row[name] for name in ("body_text", "body"))
