"""One row of the Atera API as a normalized ticket. Any field of a row may be odd."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deskwatch.core.sync import Gone, ticket_key
from deskwatch.core.ticket import Person, Priority, Ticket
from deskwatch.sources.atera_settings import AteraSettings
from deskwatch.sources.atera_statuses import Statuses, text_of
from deskwatch.sources.http_words import clean_line, clean_text
from deskwatch.sources.rest.dates import DateError, DateReader
from deskwatch.sources.rest.field_settings import DateSettings
from deskwatch.sources.rest.html_text import html_to_text
from deskwatch.sources.row_ids import row_id, whole

Row = Mapping[str, Any]

ID = "TicketID"
"""The one field that a row needs."""

DESCRIPTION_LIMIT = 2000
"""Characters of plain text that are kept: what fits a tooltip."""
SUBJECT_LIMIT, NAME_LIMIT, WORD_LIMIT = 500, 120, 60
MOST_TECHNICIANS = 5_000

_PRIORITIES = {
    "low": Priority.LOW,
    "medium": Priority.MEDIUM,
    "high": Priority.HIGH,
    "critical": Priority.URGENT,
}
_DATES = DateReader(DateSettings())
_REPLIES = ("LastEndUserCommentTimestamp", "LastTechnicianCommentTimestamp")


@dataclass(slots=True)
class RowReader:
    """Reads rows of one source. Remembers technicians: Atera lists them nowhere but on tickets.

    Attributes:
        technicians: id to name and e-mail of everybody seen on a ticket.
    """

    source: str
    settings: AteraSettings
    statuses: Statuses
    agents: Mapping[str, str] = field(default_factory=dict)
    requesters: Mapping[str, str] = field(default_factory=dict)
    technicians: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    odd_priorities: set[str] = field(default_factory=set)

    def read(self, row: Any) -> Ticket | Gone:
        """The ticket in a row, or why it is not to be shown.

        Raises:
            RowError: the row has no usable id.
        """
        id_, text = row_id(row, ID), text_of(row)
        self.statuses.learn((text,))
        if reason := self.statuses.thrown_away(text):
            return Gone(id_, reason)
        phase = self.statuses.phase(text)
        resolved = _instant(row, "TicketResolvedDate")
        return Ticket(
            key=ticket_key(self.source, id_),
            source=self.source,
            id=id_,
            number=_line(row, "TicketNumber", WORD_LIMIT) or id_,
            url=self.settings.ticket_url.replace("{id}", id_),
            subject=_line(row, "TicketTitle", SUBJECT_LIMIT),
            description=_plain_text(row.get("FirstComment")),
            type=_line(row, "TicketType", WORD_LIMIT) or None,
            status=self.statuses.status(text),
            phase=phase,
            priority=self._priority(row),
            requester=self._requester(row),
            agent=self._technician(row),
            client=_client(row),
            created_at=_instant(row, "TicketCreatedDate"),
            first_response_due_at=_instant(row, "FirstResponseDueDate"),
            resolution_due_at=_instant(row, "ClosedTicketDueDate"),
            first_responded_at=_instant(row, "TechnicianFirstCommentDate"),
            agent_responded_at=_instant(row, "LastTechnicianCommentTimestamp"),
            requester_responded_at=_instant(row, "LastEndUserCommentTimestamp"),
            resolved_at=resolved if phase.is_over else None,
            extra=_extra(row),
        )

    def _priority(self, row: Row) -> Priority | None:
        text = _line(row, "TicketPriority", WORD_LIMIT)
        if not text:
            return None
        given = {name.strip().casefold(): p for name, p in self.settings.priorities.items()}
        found = given.get(text.casefold()) or _PRIORITIES.get(text.casefold())
        if found is None and len(self.odd_priorities) < 20:
            self.odd_priorities.add(text)
        return found

    def _technician(self, row: Row) -> Person | None:
        id_ = whole(row.get("TechnicianContactID"))
        if id_ is None:
            return None
        text, email = str(id_), _line(row, "TechnicianEmail", 254) or None
        name = _line(row, "TechnicianFullName", NAME_LIMIT)
        known = self.technicians.get(text, ("", None))
        if (name and known != (name, email or known[1])) and (
            text in self.technicians or len(self.technicians) < MOST_TECHNICIANS
        ):
            known = self.technicians[text] = (name, email or known[1])
        shown = self.agents.get(text) or name or known[0] or email or f"Technician {text}"
        return Person(id=text, name=shown, email=email or known[1])

    def _requester(self, row: Row) -> Person | None:
        parts = (_line(row, part, NAME_LIMIT) for part in ("EndUserFirstName", "EndUserLastName"))
        name, email = " ".join(part for part in parts if part)[:NAME_LIMIT], _line(row, "EndUserEmail", 254)
        id_ = whole(row.get("EndUserID"))
        text = str(id_) if id_ is not None else email
        if not text:
            return None
        shown = self.requesters.get(text) or name or email or f"Requester {text}"
        return Person(id=text, name=shown, email=email or None, phone=_line(row, "EndUserPhone", 40) or None)


def has_comments(row: Any) -> bool:
    """Whether a row tells when somebody wrote last."""
    return isinstance(row, Mapping) and any(row.get(name) is not None for name in _REPLIES)


def _line(row: Row, name: str, longest: int) -> str:
    return clean_line(row.get(name), longest=longest)


def _instant(row: Row, name: str) -> datetime | None:
    """An instant of a row; without a zone it is UTC, and what cannot be read is not known."""
    value = row.get(name)
    if not isinstance(value, str):
        return None
    try:
        return _DATES.read(value)
    except DateError:
        return None


def _plain_text(value: Any) -> str:
    return clean_text(html_to_text(value), longest=DESCRIPTION_LIMIT) if isinstance(value, str) else ""


def _client(row: Row) -> Person | None:
    id_, name = whole(row.get("CustomerID")), _line(row, "CustomerName", NAME_LIMIT)
    text = str(id_) if id_ is not None else name
    return Person(id=text, name=name or f"Customer {text}") if text else None


def _extra(row: Row) -> dict[str, Any]:
    """The impact, spelled alike: older tickets have blanks in it."""
    impact = _line(row, "TicketImpact", WORD_LIMIT).replace(" ", "")
    return {"impact": impact} if impact else {}
