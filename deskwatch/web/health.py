"""Whether the wall can be relied on, for machines that ask: monitors, load balancers, the supervisor."""

from datetime import datetime
from typing import Any

from deskwatch.core.ticket import format_instant
from deskwatch.web.access import Grant
from deskwatch.web.discretion import discreet
from deskwatch.web.feed import Feed
from deskwatch.web.freshness import SourceData
from deskwatch.web.privacy import sight_of_duty, veil_duty
from deskwatch.web.trouble import Level, is_ahead
from deskwatch.web.voice import Voice
from deskwatch.web.wording import ENGLISH


def readiness(feed: Feed, grant: Grant, *, now: datetime) -> dict[str, Any]:
    """The answer of /readyz: whether the tickets shown can be relied on, and the reasons why not.

    A guest is told what concerns its boards: no files, no mistakes of the configuration, no other counts.
    """
    published = feed.published
    freshness = published.freshness
    with feed.lock:
        seen = [b for b in feed.boards.values() if grant.covers(b.board.id)]
        boards = {b.board.id: b.counts()["sections"] for b in seen}
        total, unreadable = len(feed.mirror.tickets), dict(feed.mirror.unreadable)
        if grant.is_guest:
            freshness = discreet(freshness, [b.board for b in seen])
            total, unreadable = len({t.key for b in seen for t in b.index.everything()}), {}
    reasons = [] if published.loaded else ["the ticket folder is still being read"]
    voice = Voice(ENGLISH, published.config.zone, now)
    stops = (t for t in freshness.troubles if t.level is Level.STOP)
    reasons += [" ".join((voice(*t.words), *t.detail)) for t in stops]
    reasons += [_why_stopped(s, now) for s in freshness.sources if s.level(now) is Level.STOP]
    return {
        "ready": not reasons,
        "reasons": reasons,
        "sources": {
            s.name: {
                "title": s.title,
                "trouble": voice(s.words) if s.words else "",
                "state": s.state,
                "last_good_at": _text(s.last_good_at),
                "age_seconds": _age(s.last_good_at, now),
            }
            for s in freshness.sources
        },
        "unreadable": [{"file": name, "reason": reason} for name, reason in sorted(unreadable.items())],
        "watch": {
            "mode": feed.watch.mode,
            "why": "" if grant.is_guest else feed.watch.why,
            "last_rescan_at": _text(feed.last_rescan_at),
        },
        "tickets": {"total": total, "boards": boards},
        "config": {
            "generation": feed.live.generation,
            "problems": [] if grant.is_guest else list(feed.problems),
        },
        "build": feed.build,
    }


def desk_now(feed: Feed, grant: Grant, *, now: datetime) -> dict[str, Any]:
    """Whether the desk is open at this moment, and who is on call, as far as this client may know."""
    config = feed.published.config
    calendar = config.desk_calendar
    duty = veil_duty(feed.duty, sight_of_duty(grant, config.boards.values()).privacy)
    return {
        "desk": {
            "open": calendar.is_open(now),
            "holiday": calendar.holiday_at(now),
            "next_opening": _text(calendar.next_opening(now)),
            "next_closing": _text(calendar.next_closing(now)),
        },
        "on_call": [
            {"layer": turn.layer, "name": turn.name, "until": _text(turn.at)} for turn in duty.on_call
        ],
    }


def _why_stopped(source: SourceData, now: datetime) -> str:
    if source.last_good_at is None:
        return f"{source.title} has not been read yet"
    if is_ahead(source.last_good_at, now):
        return f"the age of the data of {source.title} is unknown: the clock of this machine was set back"
    return f"the data of {source.title} is old"


def _age(at: datetime | None, now: datetime) -> float | None:
    return None if at is None or is_ahead(at, now) else max(0.0, round((now - at).total_seconds(), 1))


def _text(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)
