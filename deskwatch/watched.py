"""One source as the watcher sees it: when it is due, how it has been doing, and what survives a restart."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

from deskwatch.core.sync import INDEX_LAG, USUAL_GUARD, Doubt, Guard, Snapshot, SyncPlan
from deskwatch.core.ticket import TicketError, format_instant, parse_instant
from deskwatch.settings import is_loopback
from deskwatch.sources.source import Source, SourceError
from deskwatch.store.heartbeat import read_heartbeat, write_heartbeat
from deskwatch.write_back import WriteBack

SLOW = 300.0
"""Seconds between tries when the key is refused: trying faster helps nobody and may lock the agent out."""
LONGEST_BACKOFF = 300.0
_SHORTEST_BACKOFF = 2.0
_STUBBORN = ("auth", "forbidden")
SETTLE = 1.0
"""Seconds between the first hint at a ticket and the look at it: helpdesks tell one change several times."""
MOST_HINTS = 10_000
"""Hints one source may have waiting; when there are more, the oldest are left to the next list of changes."""
MOST_TRIES = 3
"""Looks that may leave a hinted ticket out before the hint is given up."""
MOST_FAILURES = 6
"""Looks that may fail with a hinted ticket in them: about two minutes, pauses included."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Seconds between questions for changes, between complete lists, and until a doubted list is repeated."""

    poll: float
    reconcile: float
    verify: float


@dataclass(slots=True)
class Hint:
    """Somebody said that a ticket changed: when to look at it (monotonic), and how often that was in vain."""

    due: float
    tries: int = 0


@dataclass(slots=True, kw_only=True)
class Watched:
    """A source and its state. Times named ``…_at`` are instants for people; ``due`` times are monotonic.

    Attributes:
        quiet_until: the helpdesk asked for silence until then; not even an admin's wish goes before.
        over: key of a ticket archived lately to its last ``updated_at`` and the instant it was archived.
        confirm: ids that a complete list lacked and that are still to be looked up.
        hinted: ids that somebody says have changed, stored or not, the oldest hint first.
        hints_after: a look failed; none because of a hint before then.
        notes: what was odd about the last list of everything open.
        writes: what may be written into this helpdesk; ``None``: nothing.
        guard: how much a list may shrink before it is doubted.
        failing_since: when the trouble of now began.
    """

    name: str
    source: Source
    path: Path
    every: Intervals
    writes: WriteBack | None = None
    guard: Guard = USUAL_GUARD
    failing_since: datetime | None = None
    changes_due: float = 0.0
    list_due: float = 0.0
    quiet_until: float = 0.0
    moved_from: str | None = None
    since: datetime | None = None
    cursor: str | None = None
    doubt: Doubt | None = None
    over: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    confirm: set[str] = field(default_factory=set)
    hinted: dict[str, Hint] = field(default_factory=dict)
    hints_after: float = 0.0
    tickets: int = 0
    last_good_at: datetime | None = None
    last_try_at: datetime | None = None
    next_try_at: datetime | None = None
    last_complete_at: datetime | None = None
    poll_seconds: float = 0.0
    notes: tuple[str, ...] = ()
    errors: dict[str, SourceError] = field(default_factory=dict)
    _failures: dict[str, int] = field(default_factory=dict)
    _saved: Any = None

    @property
    def due(self) -> float:
        """When to ask next. Before the first list, and while changes fail, nothing else is asked."""
        if self.cursor is None or "changes" in self.errors:
            first = self.changes_due
        else:
            first = min(self.changes_due, self.list_due, self._hint_due)
        return max(first, self.quiet_until)

    @property
    def error(self) -> SourceError | None:
        """What is wrong now; of several things the one that stops changes from coming in."""
        return self.errors.get("changes") or next(iter(self.errors.values()), None)

    @property
    def state(self) -> str:
        """One word for the heartbeat."""
        if self.error is not None:
            return "failing"
        return "ok" if self.last_good_at else "starting"

    def nudged(self, ids: Collection[str], *, clock: float) -> None:
        """Hear a hint: look at these tickets soon, or without ids ask for changes then.

        More hints at a ticket that is still to be looked at change nothing: one look tells all of them. The
        pauses between tries with a helpdesk in trouble stay as long as they are.
        """
        due = clock + SETTLE
        for id_ in ids:
            self.hinted.setdefault(id_, Hint(due))
        if not ids:
            self._hasten_changes(due)
        while len(self.hinted) > MOST_HINTS:
            del self.hinted[next(iter(self.hinted))]
            self._hasten_changes(due)

    def hints_due(self, clock: float, *, most: int) -> list[str]:
        """Ids to look at now because of hints, the oldest first."""
        if clock < self.hints_after:
            return []
        return [id_ for id_, hint in self.hinted.items() if hint.due <= clock][:most]

    def looked(
        self, asked: Collection[str], answered: Collection[str], *, clock: float, more_in: float | None
    ) -> None:
        """Forget the hints that a look answered; those it left out are tried again, and then left to changes.

        ``more_in``: seconds after which the source can go on, when it stopped in the middle.
        """
        for id_ in asked:
            hint = self.hinted[id_]
            if id_ in answered:
                del self.hinted[id_]
            elif more_in is not None:
                hint.due = clock + more_in
            elif hint.tries + 1 < MOST_TRIES:
                hint.tries += 1
                hint.due = clock + SETTLE * 2.0**hint.tries
            else:
                del self.hinted[id_]
                self._hasten_changes(clock)

    def looked_in_vain(self, asked: Collection[str], answered: Collection[str]) -> None:
        """A look failed. A hint that was in it too often is given up, for it may be to blame."""
        for id_ in asked:
            hint = self.hinted[id_]
            hint.tries += 1
            if id_ in answered or hint.tries >= MOST_FAILURES:
                del self.hinted[id_]

    @property
    def _hint_due(self) -> float:
        first = min((hint.due for hint in self.hinted.values()), default=float("inf"))
        return max(first, self.hints_after)

    def _hasten_changes(self, due: float) -> None:
        if "changes" not in self.errors:
            self.changes_due = min(self.changes_due, due)

    def went_well(self, step: str) -> None:
        """A step succeeded: its error is history."""
        self.errors.pop(step, None)
        if not self.errors:
            self.failing_since = None
        self._failures.pop(step, None)

    def failed(self, step: str, error: SourceError, *, clock: float, random: Random) -> float:
        """Note an error; answers the seconds until the step may be tried again."""
        self.errors[step] = error
        self.failing_since = self.failing_since or self.last_try_at
        times = self._failures[step] = self._failures.get(step, 0) + 1
        pause = min(_SHORTEST_BACKOFF * 2.0 ** min(times - 1, 20), LONGEST_BACKOFF)
        pause *= random.uniform(0.9, 1.1)
        if error.kind in _STUBBORN:
            pause = max(pause, SLOW)
        if error.retry_after is not None:
            pause = max(pause, error.retry_after * random.uniform(1.0, 1.1))
            self.quiet_until = max(self.quiet_until, clock + pause)
        return pause

    def follow(self, snapshot: Snapshot, plan: SyncPlan, *, now: datetime, clock: float) -> None:
        """Take over what an answer, once it is filed, says about the next one."""
        is_whole = snapshot.complete and snapshot.present is not None
        if is_whole:
            self.confirm, self.doubt = set(plan.confirm), plan.doubt
            self.last_complete_at = now
            self.list_due = clock + (self.every.reconcile if plan.doubt is None else self.every.verify)
        if snapshot.cursor is not None or is_whole:
            self.last_good_at = now
        self.cursor = snapshot.cursor or self.cursor
        if self.moved_from is not None:
            self.moved_from, self.since = None, now

    def echoes(self, now: datetime) -> dict[str, datetime]:
        """Tickets archived so lately that a lagging index may still list them; see ``plan_sync``."""
        self.over = {
            key: pair
            for key, pair in self.over.items()
            if abs(now - pair[1]) < INDEX_LAG + timedelta(minutes=5)
        }
        return {key: updated_at for key, (updated_at, _) in self.over.items()}

    # What survives a restart

    def load(self, *, now: datetime, clock: float) -> None:
        """Read the state file. Lost or of another account: a cold start, which costs a few calls."""
        saved = read_heartbeat(self.path) or {}
        if saved.get("schema") != 1:
            return
        self.since, place = _instant(saved.get("since")), saved.get("place")
        if place != self.source.place:
            if isinstance(place, str) and _account(place) != _account(self.source.place):
                self.moved_from = place
            return
        memory = saved.get("memory")
        self.source.recall(memory if isinstance(memory, dict) else {})
        self.cursor = saved["cursor"] if isinstance(saved.get("cursor"), str) else None
        self.last_good_at = _instant(saved.get("last_good_at"))
        self.last_complete_at = _instant(saved.get("last_complete_at"))
        if self.last_complete_at and self.last_complete_at <= now:
            waited = (now - self.last_complete_at).total_seconds()
            self.list_due = clock + max(0.0, self.every.reconcile - waited)
        self.doubt = _doubt(saved.get("doubt"))
        over = saved.get("over")
        for key, pair in over.items() if isinstance(over, dict) else ():
            instants = [_instant(text) for text in pair] if isinstance(pair, list) else []
            if len(instants) == 2 and instants[0] and instants[1]:
                self.over[str(key)] = (instants[0], instants[1])
        self._saved = self._state()

    def save(self) -> None:
        """Write the state file if anything in it changed.

        Raises:
            StoreError: the old one is still there; after a restart some changes are read twice.
        """
        state = self._state()
        if state != self._saved:
            write_heartbeat(self.path, state)
            self._saved = state

    def _state(self) -> dict[str, Any]:
        return {
            "schema": 1,
            "place": self.moved_from or self.source.place,
            "since": self.since and format_instant(self.since),
            "cursor": self.cursor,
            "last_good_at": _text(self.last_good_at),
            "last_complete_at": _text(self.last_complete_at),
            "doubt": self.doubt and _doubt_dict(self.doubt),
            "over": {key: [format_instant(at) for at in pair] for key, pair in self.over.items()},
            "memory": self.source.memory(),
        }

    # What others see

    def beat(self, *, paused: bool) -> Mapping[str, Any]:
        """This source's part of the heartbeat."""
        report, error = self.source.report(), self.error
        return {
            "kind": self.source.kind,
            "state": "paused" if paused else self.state,
            "tickets": self.tickets,
            "last_good_at": _text(self.last_good_at),
            "last_try_at": _text(self.last_try_at),
            "next_try_at": _text(self.next_try_at),
            "last_complete_at": _text(self.last_complete_at),
            "error": error
            and {
                "kind": error.kind,
                "status": error.status,
                "words": error.words,
                "since": _text(self.failing_since),
            },
            "writes": self.writes and {"waiting": self.writes.waiting, "problem": self.writes.problem},
            "doubted": {
                "missing": len(self.doubt.missing) if self.doubt else 0,
                "words": self.doubt.words if self.doubt else None,
            },
            "credits": {
                "used_last_poll": report.credits_used,
                "left": report.credits_left,
                "total": report.credits_total,
            },
            "clock_skew_seconds": round(report.clock_skew_seconds or 0.0),
            "unmapped": list(report.unmapped),
            "notes": [*report.notes, *self.notes],
            "poll_seconds": round(self.poll_seconds, 2),
        }


def is_left_over(path: Path) -> bool:
    """Whether a state file tells of a source whose tickets the watcher wrote and has not archived since."""
    saved = read_heartbeat(path) or {}
    return saved.get("schema") == 1 and saved.get("retired") is not True


def mark_retired(path: Path) -> None:
    """Remember only which account it was: should the source come back, it starts from nothing.

    Raises:
        StoreError: the old state is still there.
    """
    saved = read_heartbeat(path) or {}
    write_heartbeat(
        path, {"schema": 1, "place": saved.get("place"), "since": saved.get("since"), "retired": True}
    )


def _account(place: str) -> str:
    """The demo takes another port at each start and stays the same helpdesk."""
    parts = urlsplit(place)
    return f"this machine {parts.path}" if is_loopback(parts.hostname or "") else place


def _doubt_dict(doubt: Doubt) -> dict[str, Any]:
    return {"since": format_instant(doubt.since), "missing": sorted(doubt.missing), "words": doubt.words}


def _doubt(saved: Any) -> Doubt | None:
    """The doubt of a watcher before this one: one that runs once a minute would begin to doubt each time."""
    if not isinstance(saved, dict) or not isinstance(saved.get("missing"), list):
        return None
    since, missing = _instant(saved.get("since")), frozenset(map(str, saved["missing"]))
    return None if since is None else Doubt(since, missing, str(saved.get("words")))


def _text(at: datetime | None) -> str | None:
    return format_instant(at.replace(microsecond=0)) if at else None


def _instant(text: Any) -> datetime | None:
    try:
        return parse_instant(text) if isinstance(text, str) else None
    except TicketError:
        return None
