"""Whose tickets there are on a board: the choices of its filters, with how many tickets each has."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import TypedDict

from deskwatch.core.legible import legible
from deskwatch.core.ticket import Person, Ticket
from deskwatch.web.cells import NAME_LIMIT
from deskwatch.web.marks import Marks

MOST_CHOICES = 500
"""Of each kind; the least busy ones are left out."""
_ROLES = {"agents": "agent", "groups": "group", "clients": "client"}

People = Counter[tuple[str, Person]]
"""Somebody of a source, and how many tickets they have."""


class Choosable(TypedDict):
    """One choice of a filter."""

    id: str
    name: str
    count: int


class Filters(TypedDict):
    """The choices of the filters, by name; whoever has no id is asked for by name.

    ``sources`` is empty on a board that shows only one.
    """

    agents: list[Choosable]
    groups: list[Choosable]
    clients: list[Choosable]
    sources: list[Choosable]


NO_FILTERS: Filters = {"agents": [], "groups": [], "clients": [], "sources": []}


def filters_of(tickets: Iterable[Ticket], marks: Marks) -> Filters:
    """The choices that these tickets leave.

    Args:
        marks: of the sources, when there are several: then an id belongs to one of them (``atera:12``).
    """
    found: dict[str, People] = {name: Counter() for name in _ROLES}
    sources: Counter[str] = Counter()
    for ticket in tickets:
        sources[ticket.source] += 1
        for name, role in _ROLES.items():
            who: Person | None = getattr(ticket, role)
            if who is not None:
                found[name][ticket.source if marks else "", who] += 1
    return {
        "agents": _listed(_choices(found["agents"], marks)),
        "groups": _listed(_choices(found["groups"], marks)),
        "clients": _listed(_choices(found["clients"], marks)),
        "sources": _listed(
            {"id": name, "name": mark.title, "count": sources[name]} for name, mark in marks.items()
        ),
    }


def _choices(people: People, marks: Marks) -> Iterator[Choosable]:
    """Those of one source who share an id are one; of several sources only when the names agree as well."""
    named: dict[tuple[str, str], str] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for (source, person), count in people.items():
        who = (source, person.id or person.name)
        named.setdefault(who, person.name or person.id)
        counts[who] += count
    known_as: defaultdict[str, set[str]] = defaultdict(set)
    for (_, id_), name in named.items():
        known_as[id_].add(name.casefold())
    holders = Counter(id_ for _, id_ in named)
    merged: dict[str, Choosable] = {}
    ids = {person.id for _, person in people}
    for (source, id_), name in named.items():
        is_one = id_ not in ids or (holders[id_] > 1 and len(known_as[id_]) == 1)
        asked = id_ if not marks or is_one else f"{source}:{id_}"
        choice = merged.setdefault(asked, {"id": asked, "name": legible(name, NAME_LIMIT), "count": 0})
        choice["count"] += counts[source, id_]
    often = Counter(choice["name"].casefold() for choice in merged.values())
    for choice in merged.values():
        source = choice["id"].partition(":")[0]
        if marks and often[choice["name"].casefold()] > 1 and source in marks:
            choice["name"] = f"{choice['name']}, {marks[source].title}"
    return iter(merged.values())


def _listed(choices: Iterable[Choosable]) -> list[Choosable]:
    busiest = sorted(choices, key=lambda choice: -choice["count"])[:MOST_CHOICES]
    return sorted(busiest, key=lambda choice: choice["name"].casefold())
