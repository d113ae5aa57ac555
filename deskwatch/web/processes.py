"""What is wrong with the processes behind a wall, told from their heartbeats."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from deskwatch.web.trouble import Level, Trouble, instant_of, is_ahead, items_of

SUPERVISOR_BELIEVED = timedelta(seconds=60)
"""It beats every 5 s; an older file was left by one that is gone, and says nothing about its children."""
SHORTEST_SILENCE = timedelta(seconds=60)
BEATS_MISSED = 3

ClockWords = Callable[[datetime], str]


@dataclass(frozen=True, slots=True)
class Beat:
    """A heartbeat that is believed until an instant."""

    said: Mapping[str, Any]
    at: datetime | None
    until: datetime | None

    def is_old(self, now: datetime) -> bool:
        """Whether its process has been silent for too long, or nobody can tell."""
        return self.at is None or self.until is None or now >= self.until or is_ahead(self.at, now)

    @property
    def turns(self) -> tuple[datetime, ...]:
        """The instants at which time alone changes the answer."""
        return (self.until,) if self.until is not None else ()


def supervisor_beat(said: Mapping[str, Any] | None) -> Beat:
    """The supervisor's heartbeat."""
    at = instant_of((said or {}).get("beat_at"))
    return Beat(said or {}, at, at and at + SUPERVISOR_BELIEVED)


def notifier_beat(said: Mapping[str, Any] | None) -> Beat:
    """The notifier's heartbeat; it says itself how often it beats."""
    at = instant_of((said or {}).get("beat_at"))
    every = (said or {}).get("beat_every_seconds")
    seconds = every if isinstance(every, int | float) and 0 < every < 3600 else 0
    return Beat(said or {}, at, at and at + max(BEATS_MISSED * timedelta(seconds=seconds), SHORTEST_SILENCE))


def watcher_troubles(
    beat: Mapping[str, Any],
    beat_at: datetime | None,
    supervisor: Beat,
    silent: bool,
    clock_words: ClockWords,
    *,
    now: datetime,
) -> Iterator[Trouble]:
    """A watcher that is silent, or pauses."""
    if silent:
        since = f"no sign of life since {clock_words(beat_at)}" if beat_at else "it has never reported"
        child = _restart(supervisor, "watcher", clock_words, now)
        words = f"ticket_watcher is not running or hangs: {since}.{child} Nothing new arrives until it runs."
        yield Trouble("watcher", Level.STOP, "Watcher silent", words)
    elif paused := instant_of(beat.get("pause_until")):
        words = f"ticket_watcher asks nothing until {clock_words(paused)}, as watcher.pause_until says."
        yield Trouble("paused", Level.WARN, "Polling paused", words)


def notifier_troubles(
    notifier: Beat, supervisor: Beat, clock_words: ClockWords, *, now: datetime
) -> Iterator[Trouble]:
    """A notifier that ran here once and is silent now; who never started one wants none."""
    if notifier.said and notifier.is_old(now) and not is_ahead(notifier.at, now):
        since = (
            f"no sign of life since {clock_words(notifier.at)}"
            if notifier.at
            else "it does not say when it ran"
        )
        start = _restart(supervisor, "notifier", clock_words, now)
        words = f"notifier is not running or hangs: {since}.{start} Nobody is alerted until it runs."
        yield Trouble("notifier", Level.WARN, "Notifier silent", words)


def child_troubles(
    supervisor: Beat, told: set[str], clock_words: ClockWords, *, now: datetime
) -> Iterator[Trouble]:
    """Processes that the supervisor has to start again; those in ``told`` are on the wall already."""
    if supervisor.is_old(now):
        return
    for name, child in items_of(supervisor.said.get("children")):
        if name in told or child.get("state") not in ("restarting", "failed"):
            continue
        so = "No alerts are raised" if name == "notifier" else "See its log; it does nothing"
        if child["state"] == "failed":
            yield Trouble("child", Level.WARN, f"{name} keeps crashing", f"{so} until it runs.")
        else:
            how = _ending(child)
            yield Trouble("child", Level.WARN, f"{name} is restarting", f"It ended{how}. {so} until it runs.")


def _restart(supervisor: Beat, name: str, clock_words: ClockWords, now: datetime) -> str:
    """What the supervisor does about a silent process: `` It ended (killed) and starts again at 14:05.``"""
    child = dict(items_of(supervisor.said.get("children"))).get(name, {})
    if supervisor.is_old(now) or child.get("state") not in ("restarting", "failed"):
        return ""
    start = instant_of(child.get("next_start_at"))
    return f" It ended{_ending(child)}" + (f" and starts again at {clock_words(start)}." if start else ".")


def _ending(child: Mapping[str, Any]) -> str:
    return f" ({child['last_exit']})" if child.get("last_exit") else ""
