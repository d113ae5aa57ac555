"""Whose tickets there are on a board: the choices of its filters, with how many tickets each has."""

from collections import Counter
from collections.abc import Iterable
from typing import TypedDict

from deskwatch.core.legible import legible
from deskwatch.core.ticket import Person, Ticket
from deskwatch.web.cells import NAME_LIMIT

MOST_CHOICES = 500
"""Of each kind; the least busy ones are left out."""


class Choosable(TypedDict):
    """One choice of a filter."""

    id: str
    name: str
    count: int


class Filters(TypedDict):
    """The choices of the three filters, by name; whoever has no id is asked for by name."""

    agents: list[Choosable]
    groups: list[Choosable]
    clients: list[Choosable]


NO_FILTERS: Filters = {"agents": [], "groups": [], "clients": []}


def filters_of(tickets: Iterable[Ticket]) -> Filters:
    """The choices that these tickets leave."""
    agents: Counter[Person] = Counter()
    groups: Counter[Person] = Counter()
    clients: Counter[Person] = Counter()
    for ticket in tickets:
        if ticket.agent is not None:
            agents[ticket.agent] += 1
        if ticket.group is not None:
            groups[ticket.group] += 1
        if ticket.client is not None:
            clients[ticket.client] += 1
    return {"agents": _choices(agents), "groups": _choices(groups), "clients": _choices(clients)}


def _choices(people: Counter[Person]) -> list[Choosable]:
    merged: dict[str, Choosable] = {}
    for person, count in people.items():
        id_ = person.id or person.name
        choice = merged.setdefault(
            id_, {"id": id_, "name": legible(person.name or id_, NAME_LIMIT), "count": 0}
        )
        choice["count"] += count
    busiest = sorted(merged.values(), key=lambda choice: -choice["count"])[:MOST_CHOICES]
    return sorted(busiest, key=lambda choice: choice["name"].casefold())
