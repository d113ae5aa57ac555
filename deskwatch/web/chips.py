"""What a reader filters by, as chips to take off one by one."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from deskwatch.core.legible import legible
from deskwatch.core.ticket import Ticket
from deskwatch.core.view import NOBODY, View
from deskwatch.web.cells import PRIORITY_WORDS
from deskwatch.web.marks import Marks
from deskwatch.web.wording import Wording

LONGEST = 48
_PEOPLE = {"agent": "Agent", "group": "Group", "client": "Client"}


class Chip(NamedTuple):
    """One wish in words, and the query of the same view without it."""

    name: str
    words: str
    without: str


def chips_of(
    view: View,
    tickets: Iterable[Ticket],
    titles: dict[str, str],
    query: Callable[..., str],
    say: Wording,
    marks: Marks,
) -> list[Chip]:
    """A chip for everything that leaves tickets out.

    Args:
        view: what is asked for.
        tickets: some of the view, to learn the name behind an id.
        titles: of the sections, by their ids.
        query: the link to a view with other wishes: ``query(agent="")``.
        say: the reader's language.
        marks: of the sources, for their titles.
    """
    chips = []
    first = next(iter(tickets), None)
    for role, name in _PEOPLE.items():
        wanted = getattr(view, role)
        if wanted:
            who: Any = getattr(first, role) if first is not None else None
            words = say("none") if wanted == NOBODY else who.name if who is not None else wanted
            chips.append(Chip(say(name), legible(words or wanted, LONGEST), query(**{role: ""})))
    if view.source:
        mark = marks.get(view.source)
        words = legible(mark.title if mark else view.source, LONGEST)
        chips.append(Chip(say("Helpdesk"), words, query(source="")))
    if view.priorities:
        words = ", ".join(say(PRIORITY_WORDS[p.value]) for p in reversed(view.priorities))
        chips.append(Chip(say("Priority"), words, query(priorities=())))
    if view.text:
        chips.append(Chip(say("Search"), legible(view.text, LONGEST), query(text="")))
    if view.sections:
        words = ", ".join(titles.get(id_, id_) for id_ in view.sections)
        chips.append(Chip(say("Section"), words, query(sections=())))
    return chips
