"""Boards: which tickets a wall shows, in which section, in which order, and until when that holds."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from deskwatch.core.daily import Daily
from deskwatch.core.light import DEFAULT_LIGHT, LightRule
from deskwatch.core.match import Match, selects
from deskwatch.core.privacy import Privacy
from deskwatch.core.sla import Escalation, SlaClock, SlaRules, SlaState, standing_of
from deskwatch.core.ticket import Phase, Priority, Ticket

__all__ = [
    "COLUMNS",
    "DEFAULT_SECTIONS",
    "Board",
    "Match",
    "Row",
    "Section",
    "SortKey",
    "arrived_at",
    "place",
]

COLUMNS = ("sla", "number", "subject", "priority", "requester", "agent", "created", "updated")
_RUNNING = frozenset({SlaState.OVERDUE, SlaState.CRITICAL, SlaState.WARNING, SlaState.OK})
SortKey = tuple[int, int, float, int, float, str]


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

    def claims(self, ticket: Ticket, sla: SlaState, update: SlaState, explanation: bool = False) -> bool:
        """Whether a ticket whose clocks are in these states, and that owes a word or not, belongs here."""
        return selects(self.match, self.not_match, ticket, sla, update, explanation)


_WAITING = (Phase.WAITING_ON_CUSTOMER, Phase.WAITING_ON_THIRD_PARTY, Phase.ON_HOLD, Phase.SCHEDULED)
"""Phases in which it is our turn only when a customer's reply has not been looked at."""

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
        match=(Match(phases=(Phase.CUSTOMER_REPLIED,)), Match(phases=_WAITING, turns=("us",))),
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

    Sections are displayed in their order. ``privacy`` is the least that every reader of the board gets;
    ``public`` boards show no descriptions. From ``busy_at`` active tickets on the total pulses, from
    ``flooded_at`` on it is flanked by sirens. Walls make no sound while ``quiet`` covers the local time.
    ``light``: what a status lamp shows.

    Raises:
        ValueError: no section, two of one id, or a board condition that time alone could change.
    """

    id: str
    title: str
    sections: tuple[Section, ...] = DEFAULT_SECTIONS
    match: tuple[Match, ...] = ()
    not_match: tuple[Match, ...] = ()
    privacy: Privacy = Privacy.FULL
    public: bool = False
    busy_at: int = 100
    flooded_at: int = 110
    quiet: Daily | None = None
    light: tuple[LightRule, ...] = DEFAULT_LIGHT
    _claimants: tuple[Section, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ids = [section.id for section in self.sections]
        if not ids:
            raise ValueError(f"board {self.id}: needs at least one section")
        if len(set(ids)) < len(ids):
            raise ValueError(f"board {self.id}: two sections have the same id")
        if any(match.depends_on_time for match in (*self.match, *self.not_match)):
            raise ValueError(
                f"board {self.id}: sla, update and explanation are conditions of sections, not of the board"
            )
        claimants = tuple(sorted(self.sections, key=lambda section: section.precedence))
        object.__setattr__(self, "_claimants", claimants)

    def shows(self, ticket: Ticket) -> bool:
        """Whether the ticket belongs on this board; nobody has to look at one that is over."""
        if ticket.phase.is_over:
            return False
        return selects(self.match, self.not_match, ticket, SlaState.NONE, SlaState.NONE)

    def section_of(
        self, ticket: Ticket, sla: SlaState, update: SlaState, explanation: bool = False
    ) -> Section:
        """The section that claims the ticket; the last one takes what no section claims."""
        for section in self._claimants:
            if section.claims(ticket, sla, update, explanation):
                return section
        return self.sections[-1]


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket's place on a board.

    Rows sort by ``sort_key``: worst state of the deadline, then overdue updates, then the instant that is due
    next, then priority, age and key. ``valid_until`` is the first instant at which time alone changes
    section, a state or the order; ``None``: never. ``priority`` is raised by ``escalations``, oldest first;
    ``explanation``: since when a word about a missed deadline is owed.
    """

    key: str
    section: str
    sort_key: SortKey
    sla: SlaClock
    update: SlaClock
    state: SlaState
    update_state: SlaState
    valid_until: datetime | None
    priority: Priority | None = None
    escalations: tuple[Escalation, ...] = ()
    explanation: datetime | None = None


OLD_NEWS = timedelta(days=1)
"""A ticket this old when it was first seen comes from a first start, or from another helpdesk."""


def arrived_at(ticket: Ticket) -> datetime | None:
    """Since when the desk knows the ticket; ``None`` when it was old news already, or nobody can tell."""
    seen, created = ticket.first_seen_at, ticket.created_at
    return None if seen is not None and created is not None and seen - created > OLD_NEWS else seen


def place(board: Board, ticket: Ticket, rules: SlaRules, *, now: datetime) -> Row | None:
    """Where the ticket stands on the board; ``None``: not on this board, or nobody has to work on it."""
    if not board.shows(ticket):
        return None
    seen, (sla, update), escalations, owed, valid_until = standing_of(ticket, rules, now=now)
    state, update_state = sla.state(now), update.state(now)
    return Row(
        ticket.key,
        board.section_of(seen, state, update_state, owed is not None).id,
        _sort_key(seen, sla, update, state, update_state),
        sla,
        update,
        state,
        update_state,
        valid_until,
        seen.priority,
        escalations,
        owed,
    )


def _sort_key(
    ticket: Ticket, sla: SlaClock, update: SlaClock, state: SlaState, update_state: SlaState
) -> SortKey:
    due_at = sla.due_at if state in _RUNNING else update.due_at
    since = ticket.created_at or ticket.first_seen_at
    return (
        state.rank,
        0 if update_state is SlaState.OVERDUE else 1,
        math.inf if due_at is None else due_at.timestamp(),
        0 if ticket.priority is None else -ticket.priority.rank,
        math.inf if since is None else since.timestamp(),
        ticket.key,
    )
