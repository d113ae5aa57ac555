"""What one reader wants to see of a board: which of its tickets, in which order, in which words."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from deskwatch.core.board import Row
from deskwatch.core.privacy import Privacy
from deskwatch.core.ticket import Person, Priority, Ticket

Selector = Callable[[Ticket, Row], bool]

NOBODY = "none"
"""As ``agent``, ``group`` or ``client``: tickets that have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A reader's wishes; the usual view is ``View()``.

    Attributes:
        agent, group, client: id or name of whose tickets are shown, ``none`` for those without; empty: all.
            ``atera:12`` is 12 of that source only.
        source: name of the only source whose tickets are shown; empty: all.
        priorities: only these; empty: all.
        text: words that must all appear in what is shown of a ticket.
        sections: ids of the only sections shown; empty: all.
        sort: a column, ``-column`` for the reverse; empty: worst first.
        limit: rows of a section instead of the configured number.
        privacy: at least as strict as this.
        language: of those that walls speak; empty: the configured one.
        zone: name of a time zone; empty: the configured one.
    """

    agent: str = ""
    group: str = ""
    client: str = ""
    source: str = ""
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
        people = self.agent or self.group or self.client
        return not (people or self.source or self.priorities or self.text or self.sections)

    def with_(self, **changes: Any) -> "View":
        """A copy with some wishes changed."""
        return replace(self, **changes)

    def selects(self, ticket: Ticket, row: Row) -> bool:
        """Whether the ticket is among those this reader wants; ``text`` is searched in subject and names."""
        return self.selector()(ticket, row)

    def selector(self) -> Selector:
        """``selects``, prepared for asking it of many tickets."""
        people = [(role, wanted) for role in ("agent", "group", "client") if (wanted := getattr(self, role))]
        tests: list[Selector] = [_belongs(attrgetter(role), wanted) for role, wanted in people]
        if source := self.source.casefold():
            tests.append(lambda ticket, row: ticket.source.casefold() == source)
        if self.sections:
            tests.append(lambda ticket, row: row.section in self.sections)
        if self.priorities:
            tests.append(lambda ticket, row: row.priority in self.priorities)
        if self.text:
            tests.append(_mentions(self.text, self.privacy))
        if len(tests) == 1:
            return tests[0]
        return lambda ticket, row: all(test(ticket, row) for test in tests)


def _belongs(who_of: Callable[[Ticket], Person | None], wanted: str) -> Selector:
    name = wanted.casefold()
    if name == NOBODY:
        return lambda ticket, row: who_of(ticket) is None
    known: dict[tuple[str, Person], bool] = {}

    def belongs(ticket: Ticket, row: Row) -> bool:
        who = who_of(ticket)
        if who is None:
            return False
        asked = (ticket.source, who)
        answer = known.get(asked)
        if answer is None:
            ids = (who.id, f"{ticket.source}:{who.id}")
            answer = known[asked] = wanted in ids or name == who.name.casefold()
        return answer

    return belongs


def _mentions(text: str, privacy: Privacy) -> Selector:
    """Whether every word appears in what this reader is shown: searching must not reveal what is hidden."""
    words = text.casefold().split()

    def mentions(ticket: Ticket, row: Row) -> bool:
        shown = [ticket.number or ticket.id]
        if privacy is not Privacy.NONE:
            shown.append(ticket.subject)
        if privacy is Privacy.FULL:
            for person in (ticket.requester, ticket.agent, ticket.group, ticket.client):
                if person is not None:
                    shown.append(person.name)
        haystack = "\n".join(shown).casefold()
        return all(map(haystack.__contains__, words))

    return mentions
