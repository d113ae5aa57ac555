"""The watcher: from helpdesks to ticket files, one source after the other, each at its own pace."""

import logging
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from deskwatch import __version__
from deskwatch.clock import Monotonic, monotonic
from deskwatch.config import Config
from deskwatch.core.sync import Snapshot
from deskwatch.core.ticket import Ticket, format_instant
from deskwatch.errors import DeskwatchError
from deskwatch.filing import Filing
from deskwatch.sources.source import Source, SourceError
from deskwatch.store.errors import StoreError
from deskwatch.store.heartbeat import write_heartbeat
from deskwatch.store.tickets import TicketFolder
from deskwatch.watched import Intervals, Watched

log = logging.getLogger(__name__)

BEAT_EVERY = 30.0
IDLE_BEAT = 10.0
SLICE = 2.0
"""Seconds after which an idle watcher looks for a changed configuration and for a wish to refresh."""
DAY = 86_400.0
SKEW_LIMIT = 120.0


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
        self._live, self._make_source, self._filing = live, make_source, Filing(folder)
        self._state = live.current.home.state
        self._clock, self._random = clock, random or Random()
        self._watched: dict[str, Watched] = {}
        self._built_from: Config | None = None
        self._loaded_at = self._started_at = started_at
        self._told_at = (started_at, clock())
        self._beat_due = self._prune_due = 0.0
        self._wish_seen = self._wish_stamp()
        self._wished = False

    def poll(self, now: datetime) -> float:
        """Do what is due; answers the seconds until something may be due again.

        1. Take over a changed configuration.
        2. Hear whether somebody wants everything refreshed now.
        3. Ask each source that is due, and write what its answers change.
        4. Once a day, delete what has been in the archive for too long.
        5. Say in the heartbeat how it went.
        """
        self._told_at = (now, self._clock())
        self._follow_configuration(now)
        self._hear_wishes()
        if not self._is_paused(now):
            for watched in self._watched.values():
                if self._clock() >= max(watched.due, watched.quiet_until):
                    self._beat()
                    self._round(watched, self._now)
                    self._beat_due = 0.0
        self._prune(now)
        if self._clock() >= self._beat_due:
            self._beat()
        return self._until_next()

    @property
    def _now(self) -> datetime:
        """The time told to ``poll``, moved on by what the poll has taken so far."""
        told, clock = self._told_at
        return told + timedelta(seconds=self._clock() - clock)

    def refresh_soon(self) -> None:
        """Make every source due; safe in a signal handler."""
        self._wished = True

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
        is_first, self._built_from = self._built_from is None, config
        if is_first:
            self._filing.open(now=now)
        else:
            self._loaded_at = now
            self._filing.reread()
        for name in self._watched.keys() - config.sources.keys():
            self._watched.pop(name).source.close()
            log.warning("Source %s is not in sources.yaml any more; its ticket files stay as they are", name)
        for name in config.sources:
            try:
                source = self._make_source(name, config)
            except DeskwatchError as error:
                if is_first:
                    raise
                log.error("%s: %s", name, error)
                continue
            self._watched[name] = self._taken_over(name, source, self._watched.get(name), now)

    def _taken_over(self, name: str, source: Source, old: Watched | None, now: datetime) -> Watched:
        """A source under the current configuration, with what is remembered of it."""
        path = self._state / "sources" / f"{name}.json"
        fresh = Watched(name=name, source=source, path=path, every=_intervals(self._live.current, name))
        if old is not None:
            old.source.close()
            with suppress(StoreError):
                old.save()
        fresh.load(now=now, clock=self._clock())
        if old is not None:  # other names, phases or limits: compare everything once
            fresh.list_due, fresh.over = 0.0, {}
            fresh.quiet_until = old.quiet_until if old.source.place == source.place else 0.0
        fresh.tickets = len(self._known(fresh))
        if not fresh.tickets:
            fresh.cursor = None
        return fresh

    def _hear_wishes(self) -> None:
        stamp = self._wish_stamp()
        if stamp == self._wish_seen and not self._wished:
            return
        self._wish_seen, self._wished = stamp, False
        log.info("Refreshing everything now, as asked")
        for watched in self._watched.values():
            watched.due = watched.list_due = 0.0

    def _wish_stamp(self) -> int | None:
        with suppress(OSError):
            return os.stat(self._state / "refresh").st_mtime_ns
        return None

    def _is_paused(self, now: datetime) -> bool:
        until = self._live.current.watcher.pause_until
        return until is not None and now < until

    # 3: one source

    def _round(self, watched: Watched, now: datetime) -> None:
        """Ask one source; whatever goes wrong stays with it."""
        started, changed = self._clock(), 0
        watched.last_try_at, watched.due = now, started + watched.every.poll
        with watched.source.deadline():
            for step, work in (("changes", self._changes), ("list", self._whole_list), ("look", self._look)):
                try:
                    done = work(watched, now)
                except SourceError as error:
                    changed += self._after_failure(watched, step, error, now)
                    if step == "changes" or watched.quiet_until > self._clock():
                        break
                except StoreError as error:
                    self._note_failure(watched, step, SourceError("store", str(error)))
                    break
                else:
                    if done is None:
                        continue
                    changed += done
                    watched.went_well(step)
                self._beat()
        watched.poll_seconds = self._clock() - started
        with suppress(StoreError):
            watched.save()
        self._report_skew(watched)
        level = logging.INFO if changed or watched.poll_seconds > 5 else logging.DEBUG
        log.log(
            level,
            "%s: %d changes in %.2f s for %d credits, %d tickets",
            watched.name,
            changed,
            watched.poll_seconds,
            watched.source.report().credits_used,
            watched.tickets,
        )

    def _changes(self, watched: Watched, now: datetime) -> int | None:
        known = self._known(watched)
        snapshot = watched.source.fetch(watched.cursor, known=known, now=now)
        changed = self._apply(watched, snapshot, now)
        if snapshot.more_in is not None:
            watched.due = self._clock() + snapshot.more_in
        return changed

    def _whole_list(self, watched: Watched, now: datetime) -> int | None:
        if watched.cursor is None or self._clock() < watched.list_due:
            return None
        snapshot = watched.source.list_open(known=self._known(watched), now=now)
        if snapshot.more_in is not None:
            watched.list_due = self._clock() + snapshot.more_in
            watched.due = min(watched.due, watched.list_due)
        elif not snapshot.complete:
            watched.list_due = self._clock() + watched.every.reconcile
        return self._apply(watched, snapshot, now)

    def _look(self, watched: Watched, now: datetime) -> int | None:
        watched.confirm &= {t.id for t in self._known(watched).values()}
        if not watched.confirm:
            watched.went_well("look")
            return None
        snapshot = watched.source.look(sorted(watched.confirm), now=now)
        watched.confirm -= {t.id for t in snapshot.tickets} | {g.id for g in snapshot.gone}
        return self._apply(watched, snapshot, now)

    def _apply(self, watched: Watched, snapshot: Snapshot, now: datetime) -> int:
        """File an answer; only when all of it is on disk does the cursor move."""
        filed = self._filing.file(
            snapshot,
            now=now,
            doubt=watched.doubt,
            verify_after=timedelta(seconds=watched.every.verify),
            over=watched.echoes(now),
        )
        doubt = filed.plan.doubt
        if doubt is not None and doubt != watched.doubt:
            log.warning("%s: %s", watched.name, doubt.words)
        watched.follow(snapshot, filed.plan, now=self._now, clock=self._clock())
        watched.over |= {key: (updated_at, now) for key, updated_at in filed.archived.items()}
        watched.tickets = len(self._known(watched))
        for note in snapshot.notes:
            log.warning("%s: %s", watched.name, note)
        return filed.changes

    def _known(self, watched: Watched) -> dict[str, Ticket]:
        return self._filing.known(watched.name)

    def _after_failure(self, watched: Watched, step: str, error: SourceError, now: datetime) -> int:
        """What was read before it went wrong is good."""
        self._note_failure(watched, step, error)
        try:
            return self._apply(watched, error.progress, now) if error.progress is not None else 0
        except StoreError as trouble:
            self._note_failure(watched, step, SourceError("store", str(trouble)))
            return 0

    def _note_failure(self, watched: Watched, step: str, error: SourceError) -> None:
        pause = watched.failed(step, error, clock=self._clock(), random=self._random)
        if step == "list":
            watched.list_due = self._clock() + pause
        elif step == "changes" or error.kind == "store":
            watched.due = self._clock() + pause
        log.warning("%s: %s", watched.name, error.words)

    def _report_skew(self, watched: Watched) -> None:
        skew = watched.source.report().clock_skew_seconds
        if skew is not None and abs(skew) > SKEW_LIMIT:
            way = "ahead of" if skew > 0 else "behind"
            minutes = round(abs(skew) / 60)
            log.warning("This clock is %d min %s that of %s; set it right", minutes, way, watched.name)

    # 4, 5: archive and heartbeat

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
            log.info("Deleted %d tickets that had been in the archive for too long", removed)

    def _beat(self) -> None:
        now, self._beat_due = self._now, self._clock() + IDLE_BEAT
        config, is_paused = self._live.current, self._is_paused(now)
        until = config.watcher.pause_until if is_paused else None
        for watched in self._watched.values():
            wait = max(watched.due, watched.quiet_until) - self._clock()
            watched.next_try_at = until or now + timedelta(seconds=max(0.0, wait))
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
            "sources": {name: w.beat(paused=is_paused) for name, w in self._watched.items()},
        }
        try:
            write_heartbeat(self._state / "watcher.json", beat)
        except StoreError as error:
            log.warning("%s", error)

    def _until_next(self) -> float:
        dues = (max(w.due, w.quiet_until) for w in self._watched.values())
        return min(max(0.0, min(dues, default=SLICE) - self._clock()), SLICE)


def _intervals(config: Config, name: str) -> Intervals:
    poll = config.sources[name].poll_interval or config.watcher.poll_interval
    return Intervals(
        poll=poll.total_seconds(),
        reconcile=config.watcher.reconcile_interval.total_seconds(),
        verify=config.watcher.verify_after.total_seconds(),
    )
