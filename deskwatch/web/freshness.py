"""How far the wall may be believed: what the heartbeats say, in words, and when time alone will change the
answer.

Three kinds of trouble look alike on a careless wall and need three different people: this server is lost
(only the browser can tell, so ``wall.js`` does), the watcher is silent, the helpdesk refuses. Words hold
local times, never ages, so that they stay true while nobody prints them again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from deskwatch.web.processes import (
    child_troubles,
    notifier_beat,
    notifier_troubles,
    supervisor_beat,
    watcher_troubles,
)
from deskwatch.web.source_trouble import Naming, short_of, source_troubles
from deskwatch.web.trouble import AHEAD, Level, Trouble, instant_of, is_ahead, items_of, sentence
from deskwatch.web.wording import Phrase


@dataclass(frozen=True, slots=True)
class Patience:
    """What a source promises: how old its data may be, and how long its watcher may keep quiet."""

    amber_after: timedelta
    stale_after: timedelta
    silent_after: timedelta

    @classmethod
    def for_polling(
        cls, interval: timedelta, longest_poll: timedelta, *, silent_after: timedelta | None = None
    ) -> "Patience":
        """Amber when two polls were missed, stale after four, silent when not even a hanging poll explains
        it.

        The floors keep a wall calm whose helpdesk is polled several times a second.
        """
        second = timedelta(seconds=1)
        return cls(
            amber_after=max(2 * interval, 5 * second),
            stale_after=max(4 * interval, 10 * second),
            silent_after=silent_after or max(2 * max(interval, longest_poll), 5 * second),
        )


@dataclass(frozen=True, slots=True)
class SourceData:
    """The data of one source: how old, and from when on it is amber and stale.

    ``title`` is what walls call it, ``words`` says in short what is wrong with it: "key refused since 14:05".
    """

    name: str
    state: str
    last_good_at: datetime | None
    next_try_at: datetime | None
    patience: Patience
    title: str = ""
    words: Phrase | None = None

    def level(self, now: datetime) -> Level:
        """How far its tickets may be believed at an instant."""
        if self.last_good_at is None or is_ahead(self.last_good_at, now):
            return Level.STOP
        if now >= self.last_good_at + self.patience.stale_after:
            return Level.STOP
        return Level.WARN if now >= self.last_good_at + self.patience.amber_after else Level.NOTE

    def turns(self) -> tuple[datetime, ...]:
        """The instants at which time alone changes the level."""
        if self.last_good_at is None:
            return ()
        at = self.last_good_at
        return (at - AHEAD, at + self.patience.amber_after, at + self.patience.stale_after)


@dataclass(frozen=True, slots=True)
class Freshness:
    """Everything the header and the banners of a wall say, and until when it stays said."""

    sources: tuple[SourceData, ...]
    troubles: tuple[Trouble, ...]
    valid_until: datetime | None

    @property
    def last_good_at(self) -> datetime | None:
        """The age of the whole is the age of its oldest part; ``None`` when a part has never been read."""
        instants = [s.last_good_at for s in self.sources]
        return min((at for at in instants if at), default=None) if all(instants) else None

    def level(self, now: datetime) -> Level:
        """How the whole stands: one old source of several is a warning, the others can be relied on."""
        levels = {s.level(now) for s in self.sources}
        if levels == {Level.STOP}:
            return Level.STOP
        return Level.WARN if levels - {Level.NOTE} else Level.NOTE


@dataclass(frozen=True, slots=True)
class Signs:
    """What there is to judge by: heartbeats as they were read, and what this process knows itself."""

    watcher: Mapping[str, Any] | None = None
    supervisor: Mapping[str, Any] | None = None
    notifier: Mapping[str, Any] | None = None
    config_problems: Sequence[str] = ()
    folder_problem: str | None = None
    unreadable: Mapping[str, str] | None = None


def assess(
    signs: Signs,
    *,
    patience: Callable[[str], Patience],
    now: datetime,
    naming: Callable[[str], Naming] = Naming.of,
) -> Freshness:
    """Read the signs.

    Args:
        signs: heartbeats and own findings.
        patience: what to expect of a source, by its name.
        now: the instant to judge at.
        naming: what a source is called and where it is set up, by its name.
    """
    beat = signs.watcher or {}
    told_of = [(name, said, naming(name)) for name, said in items_of(beat.get("sources"))]
    sources = tuple(_source_data(name, said, patience(name), named.title) for name, said, named in told_of)
    beat_at = instant_of(beat.get("beat_at"))
    quiet = min((s.patience.silent_after for s in sources), default=patience("").silent_after)
    silent = beat_at is None or now >= beat_at + quiet or is_ahead(beat_at, now)
    ahead = [at for at in (beat_at, *(s.last_good_at for s in sources)) if at and is_ahead(at, now)]
    supervisor, notifier = supervisor_beat(signs.supervisor), notifier_beat(signs.notifier)
    troubles = list(_clock_troubles(ahead))
    troubles += watcher_troubles(beat, beat_at, supervisor, silent, now=now)
    troubles += notifier_troubles(notifier, supervisor, now=now)
    told = {t.kind for t in troubles}
    if not silent:
        for name, said, named in told_of:
            troubles += [replace(t, source=name) for t in source_troubles(named, said)]
    troubles += child_troubles(supervisor, told, now=now)
    troubles += _own_troubles(signs, beat)
    troubles.sort(key=lambda trouble: _LOUDEST.index(trouble.level))
    turns = [*(at for s in sources for at in s.turns()), *supervisor.turns, *notifier.turns]
    if beat_at is not None:
        turns += [beat_at - AHEAD, beat_at + quiet]
    return Freshness(sources, tuple(troubles), min((at for at in turns if at > now), default=None))


def _source_data(name: str, said: Mapping[str, Any], patience: Patience, title: str) -> SourceData:
    return SourceData(
        name=name,
        state=str(said.get("state", "starting")),
        last_good_at=instant_of(said.get("last_good_at")),
        next_try_at=instant_of(said.get("next_try_at")),
        patience=patience,
        title=title,
        words=short_of(said),
    )


def _clock_troubles(ahead: Sequence[datetime]) -> Iterator[Trouble]:
    if ahead:
        words = (
            Phrase("The last report is of {0}, which is still to come.", max(ahead)),
            Phrase("The age of the tickets is unknown until the next one."),
        )
        detail = ("The clock of this machine was set back or is wrong.",)
        yield Trouble("clock", Level.STOP, Phrase("Clock was set back"), words, detail=detail)


_LOUDEST = (Level.STOP, Level.WARN, Level.NOTE)


def _own_troubles(signs: Signs, beat: Mapping[str, Any]) -> Iterator[Trouble]:
    config = beat.get("config")
    theirs = config.get("problems") if isinstance(config, Mapping) else None
    problems = tuple(str(problem) for problem in signs.config_problems or theirs or ())
    if problems:
        title = Phrase("Configuration has mistakes")
        words = Phrase("The last good configuration stays in force.")
        yield Trouble("config", Level.WARN, title, (words,), detail=problems)
    if signs.folder_problem:
        title, words = Phrase("Ticket folder cannot be read"), Phrase("What is shown may be old.")
        yield Trouble("folder", Level.STOP, title, (words,), detail=(sentence(signs.folder_problem),))
    unreadable = signs.unreadable or {}
    if unreadable:
        one = len(unreadable) == 1
        title = Phrase("1 ticket file unreadable" if one else "{0} ticket files unreadable", len(unreadable))
        detail = tuple(f"{name}: {reason}" for name, reason in sorted(unreadable.items()))
        more = (f"(+{len(detail) - _MOST_FILES} more, see /readyz)",) if len(detail) > _MOST_FILES else ()
        words = Phrase("Tickets may be missing or old.")
        yield Trouble("unreadable", Level.WARN, title, (words,), detail=(*detail[:_MOST_FILES], *more))


_MOST_FILES = 10
