"""Which tickets a post tells of: ids, and nothing else of what it says."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import jmespath

from deskwatch.sources.push_settings import PushSettings
from deskwatch.sources.rest.evaluation import Allowance
from deskwatch.sources.rest.expression import Expression, ExpressionError
from deskwatch.sources.rest.rows import RowError, id_reader
from deskwatch.sources.rest.settings import RestSettings
from deskwatch.sources.settings import SourceSettings

MOST_EVENTS = 1000
"""Entries of one post that are looked at."""
MOST_NAMED = 100
"""Tickets that one post may name; of more, the rest is left to the list of changes."""

_NUMBERED = frozenset({"freshservice", "freshdesk", "demo", "atera"})
"""Kinds whose ids are numbers, which their people see as ``#INC-103``."""
_NUMBER = re.compile(r"#?\s*(?:[A-Za-z]{1,10}-)?([0-9]{1,18})")
_WORD = re.compile(r"[\w.:@~+-]{1,200}")
"""What an id may be made of: it becomes part of an address of the helpdesk."""
_PLACES = tuple(
    jmespath.compile(place)
    for place in (
        "freshdesk_webhook.ticket_id",
        "ticket_id",
        "ticketId",
        "TicketID",
        "TicketId",
        "ticket.id",
        "ticket.TicketID",
        "Ticket.TicketID",
        "data.ticket.id",
    )
)
"""Where helpdesks put the id of a ticket, when ``push.id`` does not say."""
_VAGUE = (jmespath.compile("data.id"), jmespath.compile("id"))
"""Where it may be, or that of the post itself."""

_Find = Callable[[Any], str | None]


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be read again because of a post.

    Attributes:
        ids: tickets it names, each once.
        doubtful: something may have changed that it does not name, so changes are to be asked for.
        trouble: which setting could not work with the body.
    """

    ids: tuple[str, ...] = ()
    doubtful: bool = False
    trouble: str | None = None


def told_in(said: Any, settings: SourceSettings, kind: str) -> Told:
    """What a post tells. Never raises: a body that makes no sense still means that something changed."""
    push = settings.push
    if push is None:
        return Told()
    try:
        events = _events(said, push)
    except ExpressionError:
        return Told(doubtful=True, trouble="push.items")
    find = _finder(push, settings, kind)
    ids: dict[str, None] = {}
    doubtful, trouble, allowance = not events or len(events) > MOST_EVENTS, None, Allowance()
    for event in events[:MOST_EVENTS]:
        try:
            if push.keep is not None and not _holds(push.keep, event, allowance):
                continue
            id_ = find(event)
        except ExpressionError:
            id_, trouble = None, "push.id"
        if id_ is None or (id_ not in ids and len(ids) >= MOST_NAMED):
            doubtful = True
        else:
            ids[id_] = None
    return Told(tuple(ids), doubtful, trouble)


def _events(said: Any, push: PushSettings) -> list[Any]:
    """What a body tells of, one entry for each ticket; without ``push.items`` the body is one."""
    if push.items is None:
        return [said]
    found = push.items(said)
    if found is None or found in ("", {}):
        return []
    return found if isinstance(found, list) else [found]


def _holds(keep: Expression, event: Any, allowance: Allowance) -> bool:
    """Whether an event is about a ticket; one about which that cannot be told is."""
    try:
        return keep(event, allowance) not in (None, False, "", [], {})
    except ExpressionError:
        return True


def _finder(push: PushSettings, settings: SourceSettings, kind: str) -> _Find:
    """How to find the id in one event: as ``push.id`` or ``fields.id`` says, or where it often is."""
    id_ = push.id
    if id_ is not None:
        allowance = Allowance.for_answers() if push.items is None else Allowance()
        return lambda event: clean_id(id_(event, allowance), kind)
    ways: list[_Find] = [lambda event: _at(_PLACES, event, kind)]
    if isinstance(settings, RestSettings):
        read = id_reader(settings)

        def described(event: Any) -> str | None:
            try:
                return clean_id(read(event), kind)
            except RowError:
                return None

        ways.insert(0 if push.items is not None else 1, described)
    if push.items is not None:
        ways.insert(0, lambda event: clean_id(event, kind))
    ways.append(lambda event: _at(_VAGUE, event, kind))
    return lambda event: _first(way(event) for way in ways)


def _at(places: Iterable[Any], event: Any, kind: str) -> str | None:
    if not isinstance(event, Mapping):
        return None
    try:
        return _first(clean_id(place.search(event), kind) for place in places)
    except RecursionError:
        return None


def _first(ids: Iterable[str | None]) -> str | None:
    return next((id_ for id_ in ids if id_ is not None), None)


def clean_id(value: Any, kind: str) -> str | None:
    """An id as the source knows it; ``#INC-103`` is 103 where ids are numbers."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    try:
        text = str(value).strip()
    except ValueError:  # an integer of thousands of digits
        return None
    if kind in _NUMBERED:
        found = _NUMBER.fullmatch(text)
        return str(int(found[1])) if found else None
    return text if _WORD.fullmatch(text) and text.strip(".") else None
