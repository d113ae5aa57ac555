"""What a status lamp needs to know of a board that is shown."""

from datetime import datetime

from deskwatch.core.light import LightFacts, facts_of
from deskwatch.web.freshness import Freshness, SourceData
from deskwatch.web.index import BoardIndex
from deskwatch.web.trouble import Level, is_ahead
from deskwatch.web.wording import ENGLISH


class LampFacts:
    """Counts the tickets of a board, again only when one of them changed."""

    def __init__(self) -> None:
        self._counted: tuple[BoardIndex, int, LightFacts] | None = None

    def of(self, index: BoardIndex) -> LightFacts:
        """How many tickets of the board meet each cause."""
        if self._counted is None or self._counted[0] is not index or self._counted[1] != index.changes:
            facts = facts_of(index.placed(ticket.key) for ticket in index.everything())
            self._counted = (index, index.changes, facts)
        return self._counted[2]


def stale_reason(freshness: Freshness, unreadable: int, *, now: datetime) -> str | None:
    """In words why the tickets cannot be relied on; ``None``: they can."""
    stops = [t.title for t in freshness.troubles if t.level is Level.STOP]
    if stops:
        return stops[0].said(ENGLISH)
    if not freshness.sources:
        return "No data yet"
    for source in freshness.sources:
        if source.level(now) is Level.STOP:
            return _why_stopped(source, now)
    if unreadable:
        return (
            "1 ticket file is unreadable" if unreadable == 1 else f"{unreadable} ticket files are unreadable"
        )
    return None


def _why_stopped(source: SourceData, now: datetime) -> str:
    if source.last_good_at is None:
        return f"{source.title} has not been read yet"
    if is_ahead(source.last_good_at, now):
        return f"The age of the data of {source.title} is unknown"
    return f"The data of {source.title} is old"
