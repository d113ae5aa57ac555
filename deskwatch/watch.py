"""The watcher: from helpdesks to ticket files, one source after the other, each at its own pace."""

import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from deskwatch import __version__
from deskwatch.clock import Monotonic, monotonic
from deskwatch.config import Config
from deskwatch.core.sync import Guard
from deskwatch.core.ticket import format_instant
from deskwatch.errors import DeskwatchError
from deskwatch.filing import Filing
from deskwatch.rounds import Rounds
from deskwatch.sources.source import Source, SourceError
from deskwatch.sources.write_back import HandsOn, Writes
from deskwatch.store.errors import StoreError
from deskwatch.store.heartbeat import write_heartbeat
from deskwatch.store.history import History
from deskwatch.store.tickets import TicketFolder
from deskwatch.watched import Intervals, Watched, is_left_over, mark_retired
from deskwatch.write_back import Terms, WriteBack

log = logging.getLogger(__name__)

BEAT_EVERY = 30.0
IDLE_BEAT = 10.0
SLICE = 2.0
"""Seconds after which an idle watcher looks for a changed configuration and for a wish to refresh."""
MEND_EVERY = 10.0
"""Seconds after which the ticket files are looked at again, whoever may have moved or spoilt them."""
DAY = 86_400.0
MOST_NUDGES = 10_000
"""Hints that wait; when a storm of them pushes the oldest out, the next poll for changes finds those."""


class Live(Protocol):
    """The configuration that may change while we run; ``LiveConfig`` is one."""

    generation: int
    problems: tuple[str, ...]

    @property
    def current(self) -> Config: ...
    def refresh(self) -> bool: ...


MakeSource = Callable[[str, Config], Source]
"""Builds the source of a name from the configuration."""


class Watcher:
    """Writes the tickets of all sources. ``poll`` is its one step; nothing else changes a file."""

    def __init__(
        self,
        live: Live,
        make_source: MakeSource,
        *,
        folder: TicketFolder,
        started_at: datetime,
        clock: Monotonic = monotonic,
        random: Random | None = None,
    ) -> None:
        self._live, self._make_source = live, make_source
        self._state, self._clock = live.current.home.state, clock
        self._filing = Filing(folder, History(live.current.database, self._state / "history.spool"))
        self._rounds = Rounds(self._filing, clock=clock, random=random or Random(), on_progress=self._beat)
        self._watched: dict[str, Watched] = {}
        self._built_from: Config | None = None
        self._loaded_at = self._started_at = started_at
        self._told_at = (started_at, clock())
        self._beat_due = self._prune_due = self._mend_due = 0.0
        self._wish_seen = self._wish_stamp()
        self._wished = False
        self._nudges: deque[tuple[str, frozenset[str]]] = deque(maxlen=MOST_NUDGES)

    def poll(self, now: datetime) -> float:
        """Do what is due; answers the seconds until something may be due again.

        1. Take over a changed configuration.
        2. Hear whether somebody wants everything refreshed now.
        3. Write ticket files again that vanished or broke.
        4. Ask each source that is due, and write what its answers change.
        5. Once a day, delete what has been in the archive for too long.
        6. Say in the heartbeat how it went.
        """
        self._told_at = (now, self._clock())
        self._follow_configuration(now)
        self._hear_wishes()
        self._mend(now)
        self._hear_nudges()
        for watched in self._asked(now):
            if self._clock() >= watched.due:
                self._beat()
                self._rounds.run(watched, self._now)
                self._beat_due = 0.0
        self._prune(now)
        if self._clock() >= self._beat_due:
            self._beat()
        return self._until_next(now)

    @property
    def _now(self) -> datetime:
        """The time told to ``poll``, moved on by what the poll has taken so far."""
        told, clock = self._told_at
        return told + timedelta(seconds=self._clock() - clock)

    def refresh_soon(self) -> None:
        """Make every source due; safe in a signal handler."""
        self._wished = True

    def nudge(self, source: str, ids: Iterable[str] = ()) -> None:
        """Somebody says that these tickets changed, or without ids that something did; safe in any thread.

        It is a hint and nothing more: the tickets are read again from the helpdesk in the next round.
        """
        self._nudges.append((source, frozenset(ids)))

    def writes(self, source: str) -> WriteBack | None:
        """What may be written into the helpdesk of a source; ``None``: nothing. For the watcher's thread."""
        watched = self._watched.get(source)
        return None if watched is None else watched.writes

    @property
    def errors(self) -> Mapping[str, SourceError]:
        """What is wrong with which source."""
        return {name: w.error for name, w in self._watched.items() if w.error}

    @property
    def has_more(self) -> bool:
        """Whether a source wants to go on at once; a single round for cron goes on until none does."""
        return any(w.due <= self._clock() and not w.error for w in self._watched.values())

    # 1, 2: configuration and wishes

    def _follow_configuration(self, now: datetime) -> None:
        self._live.refresh()
        config = self._live.current
        if config is self._built_from:
            return
        was, self._built_from = self._built_from, config
        is_first = was is None
        if is_first:
            self._filing.open(now=now)
        else:
            self._loaded_at, self._mend_due = now, 0.0
        for name in self._watched.keys() - config.sources.keys():
            self._watched.pop(name).source.close()
            log.warning("Source %s is not configured any more; its tickets leave for the archive", name)
        for name in config.sources:
            try:
                source = self._make_source(name, config)
            except DeskwatchError as error:
                if is_first:
                    raise
                log.error("%s: %s", name, error)
                continue
            same = was is not None and was.sources.get(name) == config.sources[name]
            self._watched[name] = self._taken_over(name, source, self._watched.get(name), now, same=same)

    def _taken_over(
        self, name: str, source: Source, old: Watched | None, now: datetime, *, same: bool
    ) -> Watched:
        """A source under the current configuration, with what is remembered. ``same``: said as before."""
        path = self._state / "sources" / f"{name}.json"
        config = self._live.current
        fresh = Watched(name=name, source=source, path=path, every=_intervals(config, name))
        fresh.writes, fresh.guard = _writes(config, name, source), _guard(config, name)
        if isinstance(source, HandsOn):
            source.hand_on_through(self._writing)
        if old is not None:
            old.source.close()
            with suppress(StoreError):
                old.save()
        fresh.load(now=now, clock=self._clock())
        if old is not None:  # other names, phases or limits: compare everything once
            fresh.list_due, fresh.over = 0.0, fresh.over if same else {}
            if old.source.place == source.place:
                fresh.quiet_until, fresh.hinted = old.quiet_until, old.hinted
        self._filing.expect(name, moved=fresh.moved_from is not None, since=fresh.since)
        fresh.tickets = len(self._filing.known(name))
        if not fresh.tickets:
            fresh.cursor = None
        return fresh

    @contextmanager
    def _writing(self, name: str) -> Iterator[Writes | None]:
        """The writes of a source, within its total time-out; ``None``: nothing is written there.

        Raises:
            SourceError: it is to be left alone, by an admin's pause or because the helpdesk asked for that.
        """
        watched = self._watched.get(name)
        if watched is None or watched.writes is None:
            yield None
            return
        if self._is_paused(self._now) or watched.quiet_until > self._clock():
            raise SourceError("rate_limited", f"{name} is left alone for now")
        with watched.source.deadline():
            try:
                yield watched.writes
            except SourceError as error:
                if error.status is not None and error.retry_after is not None:
                    watched.quiet_until = max(watched.quiet_until, self._clock() + error.retry_after)
                raise

    def _hear_wishes(self) -> None:
        stamp = self._wish_stamp()
        if stamp == self._wish_seen and not self._wished:
            return
        self._wish_seen, self._wished = stamp, False
        log.info("Refreshing everything now, as asked")
        self._mend_due = 0.0
        for watched in self._watched.values():
            watched.changes_due = watched.list_due = 0.0

    def _hear_nudges(self) -> None:
        while self._nudges:
            name, ids = self._nudges.popleft()
            watched = self._watched.get(name)
            if watched is not None:
                watched.nudged(ids, clock=self._clock())
        for watched in self._watched.values():
            if watched.source.wants_now():
                watched.changes_due = 0.0

    def _wish_stamp(self) -> int | None:
        with suppress(OSError):
            return os.stat(self._state / "refresh").st_mtime_ns
        return None

    def _is_paused(self, now: datetime) -> bool:
        until = self._live.current.watcher.pause_until
        return until is not None and now < until

    def _asked(self, now: datetime) -> list[Watched]:
        """The sources, without those a pause keeps quiet. Own tickets come first: people wait for them."""
        asked = [w for w in self._watched.values() if _is_own(w) or not self._is_paused(now)]
        return sorted(asked, key=lambda watched: not _is_own(watched))

    # 3, 5, 6: files, archive and heartbeat

    def _mend(self, now: datetime) -> None:
        if self._clock() < self._mend_due:
            return
        self._mend_due = self._clock() + MEND_EVERY
        try:
            self._filing.mend(self._watched.keys(), now=now)
            self._retire(now)
        except StoreError as error:
            log.warning("%s", error)

    def _retire(self, now: datetime) -> None:
        """Tickets that we wrote for a source which is not configured any more leave the wall."""
        config = self._live.current
        is_described = any(source.kind == "rest" for source in config.sources.values())
        if not is_described and not (config.home.config / "sources.yaml").exists():
            return  # an editor may be replacing it right now, and losing it is no decision about sources
        for path in sorted((self._state / "sources").glob("*.json")):
            if path.stem not in config.sources and is_left_over(path):
                reason = f"source {path.stem} is not configured any more"
                self._filing.retire(path.stem, reason=reason, now=now)
                mark_retired(path)

    def _prune(self, now: datetime) -> None:
        if self._clock() < self._prune_due:
            return
        self._prune_due = self._clock() + DAY
        try:
            removed = self._filing.prune(now - timedelta(days=self._live.current.watcher.archive_days))
        except StoreError as error:
            log.warning("%s", error)
            return
        if removed:
            one_or_more = "1 ticket" if removed == 1 else f"{removed} tickets"
            log.info("Deleted %s from the archive: more than archive_days old", one_or_more)

    def _beat(self) -> None:
        now, self._beat_due = self._now, self._clock() + IDLE_BEAT
        config, is_paused = self._live.current, self._is_paused(now)
        until = config.watcher.pause_until if is_paused else None
        for watched in self._watched.values():
            wait = max(0.0, watched.due - self._clock())
            watched.next_try_at = (not _is_own(watched) and until) or now + timedelta(seconds=wait)
        beat = {
            "schema": 1,
            "process": "watcher",
            "version": __version__,
            "pid": os.getpid(),
            "started_at": format_instant(self._started_at),
            "beat_at": format_instant(now),
            "beat_every_seconds": BEAT_EVERY,
            "pause_until": format_instant(until) if until else None,
            "config": {
                "generation": self._live.generation,
                "loaded_at": format_instant(self._loaded_at),
                "problems": list(self._live.problems),
            },
            "sources": {
                name: w.beat(paused=is_paused and not _is_own(w)) for name, w in self._watched.items()
            },
        }
        try:
            write_heartbeat(self._state / "watcher.json", beat)
        except StoreError as error:
            log.warning("%s", error)

    def _until_next(self, now: datetime) -> float:
        first = min((w.due for w in self._asked(now)), default=float("inf"))
        return min(max(0.0, first - self._clock()), SLICE)


def _is_own(watched: Watched) -> bool:
    """Whether its tickets are the desk's own, so that nobody else has to be asked."""
    return watched.source.kind == "local"


def _writes(config: Config, name: str, source: Source) -> WriteBack | None:
    """What may be written into a helpdesk, and into which file what was is remembered."""
    allowed, pen = getattr(config.sources[name], "write_back", None), getattr(source, "pen", None)
    if allowed is None or pen is None or not (allowed.priority or allowed.note):
        return None
    terms = Terms(allowed, config.sla, config.zone, dry=config.alerts.mode != "live")
    return WriteBack(name, pen, config.home.state / "writes" / f"{name}.json", terms)


def _guard(config: Config, name: str) -> Guard:
    """How much a list of a source may shrink before it is doubted."""
    told = config.sources[name].guard
    return Guard(told.tickets, told.percent / 100)


def _intervals(config: Config, name: str) -> Intervals:
    settings = config.sources[name]
    poll = settings.poll_interval or config.watcher.poll_interval
    reconcile = getattr(settings, "full_every", None) or config.watcher.reconcile_interval
    return Intervals(
        poll=poll.total_seconds(),
        reconcile=reconcile.total_seconds(),
        verify=config.watcher.verify_after.total_seconds(),
    )
