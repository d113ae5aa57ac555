"""What one reader wants to see of a board: which of its tickets, in which order, in which words."""

from dataclasses import dataclass, replace
from typing import Any

from deskwatch.core.board import Row
from deskwatch.core.privacy import Privacy
from deskwatch.core.ticket import Person, Priority, Ticket

NOBODY = "none"
"""As ``agent``, ``group`` or ``client``: tickets that have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A reader's wishes; the usual view is ``View()``.

    Attributes:
        agent, group, client: id or name of whose tickets are shown, ``none`` for those without; empty: all.
        priorities: only these; empty: all.
        text: words that must all appear in what is shown of a ticket.
        sections: ids of the only sections shown; empty: all.
        sort: a column, ``-column`` for the reverse; empty: worst first.
        limit: rows of a section instead of the configured number.
        privacy: at least as strict as this.
        language: of ``LANGUAGES``; empty: the configured one.
        zone: name of a time zone; empty: the configured one.
    """

    agent: str = ""
    group: str = ""
    client: str = ""
    priorities: tuple[Priority, ...] = ()
    text: str = ""
    sections: tuple[str, ...] = ()
    sort: str = ""
    limit: int | None = None
    privacy: Privacy = Privacy.FULL
    language: str = ""
    zone: str = ""

    @property
    def selects_all(self) -> bool:
        """Whether no ticket of the board is filtered out."""
        return not (self.agent or self.group or self.client or self.priorities or self.text or self.sections)

    def with_(self, **changes: Any) -> "View":
        """A copy with some wishes changed."""
        return replace(self, **changes)

    def selects(self, ticket: Ticket, row: Row) -> bool:
        """Whether the ticket is among those this reader wants; ``text`` is searched in subject and names."""
        if self.sections and row.section not in self.sections:
            return False
        if self.priorities and row.priority not in self.priorities:
            return False
        people = ((self.agent, ticket.agent), (self.group, ticket.group), (self.client, ticket.client))
        if any(wanted and not _is(who, wanted) for wanted, who in people):
            return False
        return not self.text or _mentions(ticket, self.text, self.privacy)


def _is(who: Person | None, wanted: str) -> bool:
    if who is None:
        return wanted.casefold() == NOBODY
    return wanted == who.id or wanted.casefold() == who.name.casefold()


def _mentions(ticket: Ticket, text: str, privacy: Privacy) -> bool:
    """Whether every word appears in what this reader is shown: searching must not reveal what is hidden."""
    shown = [ticket.number or ticket.id]
    if privacy is not Privacy.NONE:
        shown.append(ticket.subject)
    if privacy is Privacy.FULL:
        shown += [p.name for p in (ticket.requester, ticket.agent, ticket.group, ticket.client) if p]
    haystack = "\n".join(shown).casefold()
    return all(word in haystack for word in text.casefold().split())
