"""What the dashboard takes from the configuration, in the shapes its parts want."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from deskwatch.config import Config
from deskwatch.config.general import in_zone
from deskwatch.config.marks import marks_of
from deskwatch.config.sources import FOLDER
from deskwatch.web.access import Gate, WallToken
from deskwatch.web.board_printer import Look
from deskwatch.web.cells import SOME_LOOPBACK_PORT
from deskwatch.web.freshness import Patience
from deskwatch.web.hosts import Hosts, own_names
from deskwatch.web.source_trouble import Naming


def gate_of(config: Config) -> Gate:
    """The access rules."""
    access = config.access
    tokens = [
        WallToken(
            token.name,
            bytes.fromhex(token.sha256),
            frozenset(token.boards) if token.boards else None,
            token.privacy,
            in_zone(token.expires, config.zone),
        )
        for token in access.tokens
    ]
    known = urlsplit(config.web.public_url or "").hostname
    hosts = Hosts([*access.allowed_hosts, *([known] if known else [])], own=own_names())
    return Gate(
        networks=access.allow_networks, tokens=tokens, insecure_open=access.insecure_open, hosts=hosts
    )


def look_of(config: Config, build: str) -> Look:
    """What pages need to know."""
    bases = {name: source.link_roots for name, source in config.sources.items()}
    for name, source in config.sources.items():
        if source.kind == "demo" and not (source.web_base_url or source.base_url):
            bases[name] = (SOME_LOOPBACK_PORT,)
    return Look(
        zone=config.zone,
        rows_per_section=config.web.rows_per_section,
        web_bases=bases,
        poll_seconds=config.web.poll_seconds,
        build=build,
        language=config.web.language,
        page_seconds=config.web.page_seconds,
        marks=marks_of(config.sources),
    )


NEVER = datetime.fromtimestamp(0, UTC)
QUARTER = 900
"""Seconds: the clocks of all zones turn to another day at one of these."""


@dataclass(frozen=True, slots=True)
class Mood:
    """What the time of day makes of the walls; ``quarter`` counts quarters of an hour."""

    hush: frozenset[str]
    day: bool | None
    reload_at: str | None
    quarter: int


def mood_of(config: Config, *, now: datetime) -> Mood:
    """The mood at an instant, by the clock on the wall."""
    local = now.astimezone(config.zone)
    hush = {board.id for board in config.boards.values() if board.quiet and board.quiet.covers(local)}
    web = config.web
    return Mood(
        hush=frozenset(hush),
        day=web.day.covers(local) if web.day else None,
        reload_at=f"{web.reload_at:%H:%M}" if web.reload_at else None,
        quarter=int(now.timestamp() // QUARTER),
    )


def naming_of(config: Config, source: str) -> Naming:
    """What a source is called, and the file and setting where its unknown words get a meaning."""
    settings = config.sources.get(source)
    if settings is None:
        return Naming.of(source)
    place = f"under sources.{source}.statuses in config/sources.yaml"
    if settings.kind == "rest":
        place = f"under statuses, priorities or map in config/{FOLDER}/{source}.yaml"
    return Naming(settings.title or source, place)


def patience_of(config: Config, source: str) -> Patience:
    """How long a source may be quiet, from its poll interval and the watcher's time-outs."""
    settings = config.sources.get(source)
    interval = (settings.poll_interval if settings else None) or config.watcher.poll_interval
    longest_poll = config.watcher.request_timeout.total
    return Patience.for_polling(interval, longest_poll, silent_after=config.web.silent_after)
