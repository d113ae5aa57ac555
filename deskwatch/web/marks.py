"""Which helpdesks a board shows, and the marks by which it tells them apart when there are several."""

from collections.abc import Iterable, Mapping

from deskwatch.config.marks import Mark
from deskwatch.core.board import Board
from deskwatch.core.ticket import Ticket

Marks = Mapping[str, Mark]
"""Name of a source to its mark; empty where there is nothing to tell apart."""


def marks_on(board: Board, marks: Marks) -> Marks:
    """The marks of a board that can show tickets of several sources; of one it needs none."""
    shown = sources_on(board, marks)
    return {name: marks[name] for name in marks if name in shown} if len(shown) > 1 else {}


def mark_of(ticket: Ticket, marks: Marks) -> Mark | None:
    """The mark of a ticket's row; a file of a source that nobody configured is grey."""
    return (marks.get(ticket.source) or Mark(ticket.source, ticket.source[:4], "grey")) if marks else None


def sources_on(board: Board, sources: Iterable[str]) -> frozenset[str]:
    """Those of the sources whose tickets a board can show, by what it says of sources alone."""
    names = frozenset(sources)
    if board.match and all(match.sources for match in board.match):
        names &= {name for match in board.match for name in match.sources}
    for match in board.not_match:
        if match.sources and match.says_only_sources:
            names -= set(match.sources)
    return names
