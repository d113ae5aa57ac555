"""Targets: from ``oncall.primary`` or ``assignee`` to people, each with the reason why it is them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from deskwatch.core.desk import ROOM, Desk
from deskwatch.core.ticket import Ticket

PLAIN_TARGETS = ("oncall", "everyone_on_call", "next", "assignee", "group", "manager", "admin")
"""Targets that are neither a person nor a room; ``oncall.LAYER`` and ``next.LAYER`` belong to a layer."""


ON_CALL = ("oncall", "everyone_on_call")


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a target means now. ``why`` fits after "you are": ``on call in layer primary``.

    Without people, ``why`` is a sentence: ``nobody is on call in layer secondary``.
    """

    people: tuple[str, ...]
    why: str


def find(target: str, *, desk: Desk, ticket: Ticket | None, now: datetime) -> Found:
    """The people a target of a step stands for."""
    word, _, layer = target.partition(".")
    if word in ON_CALL:
        return _on_call(desk, layer or None, now)
    if word == "next":
        return _next(desk, layer or None, now)
    if target == "assignee":
        return _assignee(desk, ticket)
    if target == "group":
        return _group(desk, ticket)
    if target == "manager":
        return _named(desk.managers, "a manager", "no manager is named in people.yaml")
    if target == "admin":
        return _named(desk.admins, "an admin", "no admin is named in people.yaml")
    if target.startswith(ROOM):
        room = target.removeprefix(ROOM)
        known = room in desk.channels
        return Found((target,), f"in room {room}") if known else Found((), f"there is no channel {room}")
    if target in desk.people:
        return Found((target,), "named for such alerts")
    return Found((), f"{target} is not in people.yaml")


def last_resorts(desk: Desk, own: str | None) -> tuple[str, ...]:
    """Targets to try when nobody could be told, best first: the policy's, the desk's, then the admins."""
    return tuple(dict.fromkeys(target for target in (own, desk.last_resort, "admin") if target))


def _on_call(desk: Desk, layer: str | None, now: datetime) -> Found:
    people = _distinct(desk.schedule.on_call_at(now, layer=layer))
    where = f" in layer {layer}" if layer else ""
    return Found(people, f"on call{where}" if people else f"nobody is on call{where}")


def _next(desk: Desk, layer: str | None, now: datetime) -> Found:
    """Whoever takes over next and is not on call already."""
    busy = set(desk.schedule.on_call_at(now, layer=layer))
    coming = [(at, person) for person, at in desk.schedule.who_is_next(now, layer) if person not in busy]
    first = min((at for at, _ in coming), default=None)
    people = _distinct(person for at, person in coming if at == first)
    where = f" in layer {layer}" if layer else ""
    return Found(people, f"on call next{where}" if people else f"nobody is on call next{where}")


def _assignee(desk: Desk, ticket: Ticket | None) -> Found:
    agent = ticket.agent if ticket is not None else None
    if ticket is None or agent is None:
        return Found((), "nobody has the ticket")
    person = desk.agent(ticket.source, agent)
    if person is None:
        return Found((), f"{agent.name or agent.id} has the ticket and is nobody in people.yaml")
    return Found((person,), "the assignee")


def _group(desk: Desk, ticket: Ticket | None) -> Found:
    group = ticket.group if ticket is not None else None
    if ticket is None or group is None:
        return Found((), "the ticket has no group")
    people = desk.members(ticket.source, group)
    if not people:
        return Found((), f"group {group.name or group.id} has no people in people.yaml")
    return Found(people, f"in group {group.name or group.id}")


def _named(people: Sequence[str], role: str, nobody: str) -> Found:
    return Found(tuple(people), role) if people else Found((), nobody)


def _distinct(people: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(people))
