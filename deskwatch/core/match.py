"""Conditions on tickets, as boards and sections state them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

from deskwatch.core.answers import FirstResponse, first_response_of
from deskwatch.core.sla_clock import Clocks, SlaState
from deskwatch.core.ticket import Person, Phase, Priority, Status, Ticket
from deskwatch.core.turn import Turn, whose_turn

Test = Callable[[Ticket, SlaState, SlaState, bool], bool]


@dataclass(frozen=True, kw_only=True)
class Match:
    """Conditions on a ticket; all that are given must hold, an empty one matches every ticket.

    Names are compared without case. ``statuses``, ``groups``, ``agents`` and ``clients`` take ids or names,
    and ids of one source only as ``atera:12``.
    ``explanation``: whether a missed deadline still waits for a word (``core.explaining``).
    """

    phases: tuple[Phase, ...] = ()
    priorities: tuple[Priority, ...] = ()
    statuses: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = ()
    sla: tuple[SlaState, ...] = ()
    update: tuple[SlaState, ...] = ()
    unassigned: bool | None = None
    first_response: FirstResponse | None = None
    explanation: bool | None = None

    _tests: tuple[Test, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_tests", tuple(_tests_of(self)))

    @property
    def depends_on_time(self) -> bool:
        """Whether a ticket may begin or cease to match without being touched."""
        return bool(self.sla or self.update or self.explanation is not None)

    @property
    def says_only_sources(self) -> bool:
        """Whether every ticket of its sources matches."""
        return bool(self.sources) and len(self._tests) == 1

    def matches(self, ticket: Ticket, clocks: Clocks, *, now: datetime) -> bool:
        """Whether every condition holds for the ticket at ``now``."""
        return self.holds(ticket, clocks.deadline.state(now), clocks.update.state(now))

    def holds(self, ticket: Ticket, sla: SlaState, update: SlaState, explanation: bool = False) -> bool:
        """Whether every condition holds for a ticket whose clocks are in these states."""
        for test in self._tests:  # noqa: SIM110 - all() takes twice as long, and a start-up asks 500,000 times
            if not test(ticket, sla, update, explanation):
                return False
        return True


def selects(
    match: tuple[Match, ...],
    not_match: tuple[Match, ...],
    ticket: Ticket,
    sla: SlaState,
    update: SlaState,
    explanation: bool = False,
) -> bool:
    """Whether any of ``match`` holds (none given: always) and none of ``not_match``."""
    for unwanted in not_match:
        if unwanted.holds(ticket, sla, update, explanation):
            return False
    for wanted in match:
        if wanted.holds(ticket, sla, update, explanation):
            return True
    return not match


def _tests_of(match: Match) -> Iterator[Test]:
    """One test for each condition that is given."""
    if phases := frozenset(match.phases):
        yield lambda ticket, sla, update, explanation: ticket.phase in phases
    if priorities := frozenset(match.priorities):
        yield lambda ticket, sla, update, explanation: ticket.priority in priorities
    if statuses := _folded(match.statuses):
        yield _named("status", statuses)
    if types := _folded(match.types):
        yield lambda ticket, sla, update, explanation: (ticket.type or "").casefold() in types
    if groups := _folded(match.groups):
        yield _named("group", groups)
    if agents := _folded(match.agents):
        yield _named("agent", agents)
    if clients := _folded(match.clients):
        yield _named("client", clients)
    if categories := _folded(match.categories):
        yield lambda ticket, sla, update, explanation: (ticket.category or "").casefold() in categories
    if sources := _folded(match.sources):
        yield lambda ticket, sla, update, explanation: ticket.source.casefold() in sources
    if tags := _folded(match.tags):
        yield lambda ticket, sla, update, explanation: any(tag.casefold() in tags for tag in ticket.tags)
    if turns := frozenset(match.turns):
        yield lambda ticket, sla, update, explanation: whose_turn(ticket) in turns
    if sla_states := frozenset(match.sla):
        yield lambda ticket, sla, update, explanation: sla in sla_states
    if update_states := frozenset(match.update):
        yield lambda ticket, sla, update, explanation: update in update_states
    if (unassigned := match.unassigned) is not None:
        yield lambda ticket, sla, update, explanation: (ticket.agent is None) is unassigned
    if (first_response := match.first_response) is not None:
        yield lambda ticket, sla, update, explanation: first_response_of(ticket) == first_response
    if (wanted := match.explanation) is not None:
        yield lambda ticket, sla, update, explanation: explanation is wanted


def _folded(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


def _named(role: str, names: frozenset[str]) -> Test:
    """Whether it has one of these names or ids; ``atera:12`` is 12 of the source ``atera`` only."""
    who_of: Callable[[Ticket], Person | Status | None] = attrgetter(role)

    def is_named(ticket: Ticket, sla: SlaState, update: SlaState, explanation: bool) -> bool:
        who = who_of(ticket)
        return who is not None and (who.name.casefold() in names or who.id.casefold() in names)

    def is_named_there(ticket: Ticket, sla: SlaState, update: SlaState, explanation: bool) -> bool:
        who = who_of(ticket)
        return who is not None and (
            who.name.casefold() in names
            or who.id.casefold() in names
            or f"{ticket.source}:{who.id}".casefold() in names
        )

    return is_named_there if any(":" in name for name in names) else is_named
