"""What the dashboard takes from the configuration, in the shapes its parts want."""

from deskwatch.config import Config
from deskwatch.web.access import Gate, WallToken
from deskwatch.web.cells import SOME_LOOPBACK_PORT
from deskwatch.web.freshness import Patience
from deskwatch.web.pages import Look


def gate_of(config: Config) -> Gate:
    """The access rules."""
    tokens = [
        WallToken(t.name, bytes.fromhex(t.sha256), frozenset(t.boards) if t.boards else None)
        for t in config.access.tokens
    ]
    return Gate(
        networks=config.access.allow_networks, tokens=tokens, insecure_open=config.access.insecure_open
    )


def look_of(config: Config, build: str) -> Look:
    """What pages need to know."""
    bases = {name: source.web_root for name, source in config.sources.items()}
    for name, source in config.sources.items():
        if source.kind == "demo" and not (source.web_base_url or source.base_url):
            bases[name] = SOME_LOOPBACK_PORT
    return Look(
        zone=config.zone,
        rows_per_section=config.web.rows_per_section,
        web_bases=bases,
        poll_seconds=config.web.poll_seconds,
        build=build,
    )


def patience_of(config: Config, source: str) -> Patience:
    """How long a source may be quiet, from its poll interval and the watcher's time-outs."""
    settings = config.sources.get(source)
    interval = (settings.poll_interval if settings else None) or config.watcher.poll_interval
    longest_poll = config.watcher.request_timeout.total
    return Patience.for_polling(interval, longest_poll, silent_after=config.web.silent_after)
