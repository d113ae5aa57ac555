"""What is wrong with the processes behind a wall, told from their heartbeats."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from deskwatch.web.trouble import Level, Trouble, instant_of, is_ahead, items_of
from deskwatch.web.wording import Phrase

SUPERVISOR_BELIEVED = timedelta(seconds=60)
"""It beats every 5 s; an older file was left by one that is gone, and says nothing about its children."""
SHORTEST_SILENCE = timedelta(seconds=60)
BEATS_MISSED = 3


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
    beat: Mapping[str, Any], beat_at: datetime | None, supervisor: Beat, silent: bool, *, now: datetime
) -> Iterator[Trouble]:
    """A watcher that is silent, or pauses."""
    if silent:
        title = Phrase("Watcher silent")
        since = Phrase("It is not running: it has never reported.")
        if beat_at:
            since = Phrase("It is not running or hangs: no sign of life since {0}.", beat_at)
        start = _restart(supervisor, "watcher", now)
        until = Phrase("Nothing new arrives until it runs.")
        detail = _ending(supervisor, "watcher", now)
        yield Trouble("watcher", Level.STOP, title, (since, *start, until), detail=detail)
    elif paused := instant_of(beat.get("pause_until")):
        words = Phrase("No helpdesk is asked until {0}; it was set so.", paused)
        detail = ("watcher.pause_until in config/deskwatch.yaml says so.",)
        yield Trouble("paused", Level.WARN, Phrase("Polling paused"), (words,), detail=detail)


def notifier_troubles(notifier: Beat, supervisor: Beat, *, now: datetime) -> Iterator[Trouble]:
    """A notifier that ran here once and is silent now; who never started one wants none."""
    if notifier.said and notifier.is_old(now) and not is_ahead(notifier.at, now):
        since = Phrase("It does not say when it ran.")
        if notifier.at:
            since = Phrase("It is not running or hangs: no sign of life since {0}.", notifier.at)
        start = _restart(supervisor, "notifier", now)
        until = Phrase("Nobody is alerted until it runs.")
        detail = _ending(supervisor, "notifier", now)
        yield Trouble(
            "notifier", Level.WARN, Phrase("Notifier silent"), (since, *start, until), detail=detail
        )


def child_troubles(supervisor: Beat, told: set[str], *, now: datetime) -> Iterator[Trouble]:
    """Processes that the supervisor has to start again; those in ``told`` are on the wall already."""
    for name in dict(items_of(supervisor.said.get("children"))):
        if name in told or not _state(supervisor, name, now):
            continue
        failed = _state(supervisor, name, now) == "failed"
        title = Phrase("{0} keeps crashing" if failed else "{0} is restarting", name)
        alerts = name == "notifier"
        so = Phrase("Nobody is alerted until it runs." if alerts else "It does nothing until it runs.")
        yield Trouble("child", Level.WARN, title, (so,), detail=_ending(supervisor, name, now))


def _state(supervisor: Beat, name: str, now: datetime) -> str:
    """``restarting`` or ``failed`` when the supervisor has to start a process again, else nothing."""
    child = dict(items_of(supervisor.said.get("children"))).get(name, {})
    state = child.get("state")
    return str(state) if state in ("restarting", "failed") and not supervisor.is_old(now) else ""


def _restart(supervisor: Beat, name: str, now: datetime) -> tuple[Phrase, ...]:
    """What the supervisor does about a silent process."""
    if not _state(supervisor, name, now):
        return ()
    start = instant_of(dict(items_of(supervisor.said.get("children")))[name].get("next_start_at"))
    return (Phrase("It is started again at {0}.", start) if start else Phrase("It ended."),)


def _ending(supervisor: Beat, name: str, now: datetime) -> tuple[str, ...]:
    """How a process ended that is started again."""
    if not _state(supervisor, name, now):
        return ()
    how = dict(items_of(supervisor.said.get("children")))[name].get("last_exit")
    return (f"{name} ended: {how}. Its log says more.",) if how else (f"The log of {name} says more.",)
