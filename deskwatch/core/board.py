"""Boards: which tickets a wall shows, in which section, in which order, and until when that holds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from deskwatch.core.sla import Clocks, SlaClock, SlaRules, SlaState
from deskwatch.core.ticket import Phase, Priority, Ticket

COLUMNS = ("number", "subject", "requester", "agent", "priority", "sla", "updated", "created")
FirstResponse = Literal["pending", "done"]
SortKey = tuple[int, int, float, int, float, str]


@dataclass(frozen=True, kw_only=True)
class Match:
    """Conditions on a ticket; all that are given must hold, an empty one matches every ticket.

    Names are compared without case. ``statuses``, ``groups`` and ``agents`` take ids or names.
    """

    phases: tuple[Phase, ...] = ()
    priorities: tuple[Priority, ...] = ()
    statuses: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    sla: tuple[SlaState, ...] = ()
    update: tuple[SlaState, ...] = ()
    unassigned: bool | None = None
    first_response: FirstResponse | None = None

    def matches(self, ticket: Ticket, clocks: Clocks, *, now: datetime) -> bool:
        """Whether every condition holds for the ticket at ``now``."""
        return True


@dataclass(frozen=True, kw_only=True)
class Section:
    """One list of a board. It claims a ticket that meets any of ``match`` and none of ``not_match``.

    ``precedence`` decides who claims first (lowest, then the order of the board); ``limit`` is the number of
    rows a wall shows, ``empty`` its words when there are none.
    """

    id: str
    title: str
    match: tuple[Match, ...] = ()
    not_match: tuple[Match, ...] = ()
    precedence: int = 100
    empty: str = "Nothing here."
    limit: int = 50
    columns: tuple[str, ...] = COLUMNS


DEFAULT_SECTIONS: tuple[Section, ...] = (
    Section(
        id="open",
        title="Open",
        match=(Match(phases=(Phase.OPEN, Phase.PENDING)),),
        precedence=30,
        empty="No open tickets.",
    ),
    Section(
        id="customer-replied",
        title="Customer replied",
        match=(Match(phases=(Phase.CUSTOMER_REPLIED,)),),
        precedence=10,
        empty="No customer is waiting for an answer.",
    ),
    Section(
        id="needs-agent",
        title="Needs agent / update overdue",
        match=(
            Match(unassigned=True, phases=(Phase.OPEN, Phase.PENDING)),
            Match(update=(SlaState.OVERDUE,)),
        ),
        precedence=20,
        empty="Every ticket has an agent and a recent word.",
    ),
    Section(id="other", title="Other active", precedence=40, empty="No other active tickets."),
)


@dataclass(frozen=True, kw_only=True)
class Board:
    """What one wall shows: tickets that meet any of ``match`` (none given: all) and none of ``not_match``.

    Sections are displayed in their order.
    """

    id: str
    title: str
    sections: tuple[Section, ...] = DEFAULT_SECTIONS
    match: tuple[Match, ...] = ()
    not_match: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket's place on a board. ``valid_until``: when time alone may change section, state or order."""

    key: str
    section: str
    sort_key: SortKey
    sla: SlaClock
    update: SlaClock
    state: SlaState
    update_state: SlaState
    valid_until: datetime | None


def place(board: Board, ticket: Ticket, rules: SlaRules, *, now: datetime) -> Row | None:
    """Where the ticket stands on the board; ``None``: not on this board, or nobody has to work on it."""
    clock = SlaClock("update")
    state = SlaState.NONE
    return Row(
        ticket.key, board.sections[-1].id, (0, 0, 0, 0, 0, ticket.key), clock, clock, state, state, None
    )
