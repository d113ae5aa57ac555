"""One round with one source: changes, the complete list when due, and a look at what that list lacked."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random

from deskwatch.clock import Monotonic
from deskwatch.core.sync import Snapshot
from deskwatch.core.ticket import Ticket
from deskwatch.filing import Filing
from deskwatch.sources.source import SourceError
from deskwatch.store.errors import StoreError
from deskwatch.watched import Watched

log = logging.getLogger(__name__)

SKEW_LIMIT = 120.0
MOST_HINTED = 20
"""Hinted tickets one look asks about: a storm of hints must not use up what a helpdesk grants."""
SLOW = 5.0
"""Seconds after which a round is worth a line in the log although it changed nothing."""

Step = Callable[[Watched, datetime], int | None]
"""Asks and files. Answers how many files changed; None when it was not due."""


class Rounds:
    """Asks sources and files what they say; whatever goes wrong stays with the source."""

    def __init__(
        self, filing: Filing, *, clock: Monotonic, random: Random, on_progress: Callable[[], None]
    ) -> None:
        self._filing, self._clock, self._random = filing, clock, random
        self._on_progress = on_progress
        self._told_at: tuple[datetime, float]

    def run(self, watched: Watched, now: datetime) -> None:
        """Ask one source what is due, within its total time-out; say so after each step."""
        started, changed = self._clock(), 0
        self._told_at, watched.last_try_at = (now, started), now
        steps: tuple[tuple[str, Step], ...] = (
            ("changes", self._changes),
            ("list", self._whole_list),
            ("look", self._look),
        )
        with watched.source.deadline():
            for name, step in steps:
                changed += self._guarded(name, step, watched, now)
                if watched.quiet_until > self._clock() or {"changes", name} & watched.errors.keys():
                    break
            else:
                self._write_back(watched, now)
        watched.poll_seconds = self._clock() - started
        with suppress(StoreError):
            watched.save()
        self._report(watched, changed)

    def _guarded(self, name: str, step: Step, watched: Watched, now: datetime) -> int:
        try:
            done = step(watched, now)
        except SourceError as error:
            self._note_failure(watched, name, error)
            return self._file_progress(watched, name, error, now)
        except StoreError as error:
            self._note_failure(watched, name, SourceError("store", str(error)))
            return 0
        except Exception as error:
            log.exception("%s: unexpected error, please report it", watched.name)
            words = f"unexpected {type(error).__name__}; the log tells where"
            self._note_failure(watched, name, SourceError("answer", words))
            return 0
        if done is None:
            return 0
        since = watched.failing_since
        watched.went_well(name)
        if since is not None and watched.error is None:
            seconds = round((now - since).total_seconds())
            log.info("%s: works again after %d s", watched.name, max(0, seconds))
        self._on_progress()
        return done

    # The steps

    def _changes(self, watched: Watched, now: datetime) -> int | None:
        started = self._clock()
        if started < watched.changes_due:
            return None
        snapshot = watched.source.fetch(watched.cursor, known=self._known(watched), now=now)
        changed = self._apply(watched, snapshot, now)
        watched.changes_due = started + watched.every.poll
        if snapshot.more_in is not None:
            watched.changes_due = min(watched.changes_due, self._clock() + snapshot.more_in)
        return changed

    def _whole_list(self, watched: Watched, now: datetime) -> int | None:
        if watched.cursor is None or self._clock() < watched.list_due:
            return None
        snapshot = watched.source.list_open(known=self._known(watched), now=now)
        if snapshot.more_in is not None:
            watched.list_due = self._clock() + snapshot.more_in
        elif not snapshot.complete:
            watched.list_due = self._clock() + watched.every.reconcile
        return self._apply(watched, snapshot, now)

    def _look(self, watched: Watched, now: datetime) -> int | None:
        watched.confirm &= {t.id for t in self._known(watched).values()}
        hinted = watched.hints_due(self._clock(), most=MOST_HINTED)
        wanted = list(dict.fromkeys([*hinted, *sorted(watched.confirm)]))
        if not wanted:
            watched.went_well("look")
            return None
        try:
            snapshot = watched.source.look(wanted, now=now)
        except Exception as error:
            watched.looked_in_vain(hinted, _named(getattr(error, "progress", None)))
            raise
        answered = _named(snapshot)
        changed = self._apply(watched, snapshot, now)
        watched.confirm -= answered
        watched.looked(hinted, answered, clock=self._clock(), more_in=snapshot.more_in)
        return changed

    def _write_back(self, watched: Watched, now: datetime) -> None:
        """What is written into the helpdesk comes last, and only when reading went well."""
        if watched.writes is None:
            return
        try:
            pause = watched.writes.run(self._known(watched), now=now)
        except Exception:
            log.exception("%s: unexpected error while writing back, please report it", watched.name)
            return
        if pause is not None:
            watched.quiet_until = max(watched.quiet_until, self._clock() + pause)

    # What an answer does

    def _apply(self, watched: Watched, snapshot: Snapshot, now: datetime) -> int:
        """File an answer; only when all of it is on disk does the cursor move."""
        filed = self._filing.file(
            snapshot,
            now=now,
            doubt=watched.doubt,
            verify_after=timedelta(seconds=watched.every.verify),
            over=watched.echoes(now),
            guard=watched.guard,
        )
        doubt = filed.plan.doubt
        if doubt is not None and doubt != watched.doubt:
            log.warning("%s: %s", watched.name, doubt.words)
        told, clock = self._told_at
        finished = told + timedelta(seconds=self._clock() - clock)
        watched.follow(snapshot, filed.plan, now=finished, clock=self._clock())
        watched.over |= {key: (updated_at, now) for key, updated_at in filed.archived.items()}
        watched.tickets = len(self._known(watched))
        for note in snapshot.notes:
            if note not in watched.notes:  # some sources list everything each time
                log.warning("%s: %s", watched.name, note)
        if snapshot.present is not None:
            watched.notes = snapshot.notes
        return filed.changes

    def _file_progress(self, watched: Watched, name: str, error: SourceError, now: datetime) -> int:
        """What was read before it went wrong is good."""
        try:
            return self._apply(watched, error.progress, now) if error.progress is not None else 0
        except StoreError as trouble:
            self._note_failure(watched, name, SourceError("store", str(trouble)))
            return 0

    def _known(self, watched: Watched) -> dict[str, Ticket]:
        return self._filing.known(watched.name)

    def _note_failure(self, watched: Watched, name: str, error: SourceError) -> None:
        pause = watched.failed(name, error, clock=self._clock(), random=self._random)
        if name == "list":
            watched.list_due = self._clock() + pause
        elif name == "changes":
            watched.changes_due = self._clock() + pause
        elif name == "look":
            watched.hints_after = self._clock() + pause
        log.warning("%s: %s", watched.name, error.words)

    def _report(self, watched: Watched, changed: int) -> None:
        report = watched.source.report()
        level = logging.INFO if changed or watched.poll_seconds > SLOW else logging.DEBUG
        log.log(
            level,
            "%s: %d change%s in %.2f s for %d credit%s, %d ticket%s",
            watched.name,
            changed,
            "" if changed == 1 else "s",
            watched.poll_seconds,
            report.credits_used,
            "" if report.credits_used == 1 else "s",
            watched.tickets,
            "" if watched.tickets == 1 else "s",
        )
        skew = report.clock_skew_seconds
        if skew is not None and abs(skew) > SKEW_LIMIT:
            way = "ahead of" if skew > 0 else "behind"
            minutes = round(abs(skew) / 60)
            log.warning("This clock is %d min %s that of %s; set it right", minutes, way, watched.name)


def _named(snapshot: Snapshot | None) -> set[str]:
    """The ids of the tickets an answer gives a verdict on."""
    if snapshot is None:
        return set()
    return {t.id for t in snapshot.tickets} | {g.id for g in snapshot.gone}
