"""Whether the wall can be relied on, for machines that ask: monitors, load balancers, the supervisor."""

from datetime import datetime
from typing import Any

from deskwatch.core.ticket import format_instant
from deskwatch.web.feed import Feed
from deskwatch.web.freshness import Level


def readiness(feed: Feed, *, now: datetime) -> dict[str, Any]:
    """The answer of /readyz: whether the tickets shown can be relied on, and the reasons why not."""
    published = feed.published
    reasons = [] if published.loaded else ["the ticket folder is still being read"]
    reasons += [t.words for t in published.freshness.troubles if t.level is Level.STOP]
    reasons += [
        f"the data of {s.name} is old" if s.last_good_at else f"{s.name} has not been read yet"
        for s in published.freshness.sources
        if s.level(now) is Level.STOP
    ]
    with feed.lock:
        boards = {b.board.id: b.counts()["sections"] for b in feed.boards.values()}
        total, unreadable = len(feed.mirror.tickets), dict(feed.mirror.unreadable)
    return {
        "ready": not reasons,
        "reasons": reasons,
        "sources": {
            s.name: {
                "state": s.state,
                "last_good_at": _text(s.last_good_at),
                "age_seconds": round((now - s.last_good_at).total_seconds(), 1) if s.last_good_at else None,
            }
            for s in published.freshness.sources
        },
        "unreadable": [{"file": name, "reason": reason} for name, reason in sorted(unreadable.items())],
        "watch": {
            "mode": feed.watch.mode,
            "why": feed.watch.why,
            "last_rescan_at": _text(feed.last_rescan_at),
        },
        "tickets": {"total": total, "boards": boards},
        "config": {"generation": feed.live.generation, "problems": list(feed.live.problems)},
        "build": feed.build,
    }


def _text(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)
