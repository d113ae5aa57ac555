"""What a wall link that shows only some boards is told of troubles: whether to rely on its tickets, no more.

Whose configuration has which mistake, the names of files, and the advice of a source are for the desk itself.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

from deskwatch.core.board import Board
from deskwatch.web.freshness import Freshness
from deskwatch.web.trouble import Trouble
from deskwatch.web.wording import Phrase

_AS_IT_IS = frozenset({"clock", "watcher", "paused", "notifier", "child", "helpdesk", "folder"})
"""Troubles whose words say nothing of other boards."""
_IN_SHORT = {
    "unreadable": (Phrase("Some ticket files are unreadable"), Phrase("Tickets may be missing or old.")),
    "doubt": (
        Phrase("Some tickets are missing from an answer"),
        Phrase("They are kept until a second look agrees."),
    ),
}
"""Troubles whose count may be that of other boards."""


def discreet(freshness: Freshness, boards: Iterable[Board]) -> Freshness:
    """What concerns these boards, without what concerns others."""
    wanted = sources_of(boards)
    sources = tuple(s for s in freshness.sources if wanted is None or s.name in wanted)
    concerning = (t for t in freshness.troubles if wanted is None or not t.source or t.source in wanted)
    troubles = (_in_short(trouble) for trouble in concerning)
    return replace(freshness, sources=sources, troubles=tuple(t for t in troubles if t))


def sources_of(boards: Iterable[Board]) -> Collection[str] | None:
    """The sources whose tickets these boards can show; ``None``: those of all."""
    found: set[str] = set()
    for board in boards:
        if not board.match or any(not match.sources for match in board.match):
            return None
        found.update(name for match in board.match for name in match.sources)
    return found


def _in_short(trouble: Trouble) -> Trouble | None:
    if trouble.kind in _AS_IT_IS:
        return replace(trouble, detail=())
    if trouble.kind not in _IN_SHORT:
        return None
    title, words = _IN_SHORT[trouble.kind]
    return replace(trouble, title=title, words=(words,), detail=())
