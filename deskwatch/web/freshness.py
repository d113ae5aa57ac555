"""How far the wall may be believed: what the heartbeats say, in words, and when time alone will change the
answer.

Three kinds of trouble look alike on a careless wall and need three different people: this server is lost
(only the browser can tell, so ``wall.js`` does), the watcher is silent, the helpdesk refuses. Words hold
local times, never ages, so that they stay true while nobody prints them again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from deskwatch.web.processes import (
    child_troubles,
    notifier_beat,
    notifier_troubles,
    supervisor_beat,
    watcher_troubles,
)
from deskwatch.web.trouble import AHEAD, Level, Trouble, instant_of, is_ahead, items_of, sentence


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


class Naming(NamedTuple):
    """What a source is called on walls, and where what it lacks is to be said."""

    title: str
    mend: str

    @classmethod
    def of(cls, name: str) -> "Naming":
        """Of a source without a title in ``sources.yaml``."""
        return cls(name, f"under sources.{name}.statuses in config/sources.yaml")


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
    words: str = ""

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
    clock_words: Callable[[datetime], str],
    now: datetime,
    naming: Callable[[str], Naming] = Naming.of,
) -> Freshness:
    """Read the signs.

    Args:
        signs: heartbeats and own findings.
        patience: what to expect of a source, by its name.
        clock_words: how an instant reads on this wall, in its zone ("14:05" or "20 Nov 14:05").
        now: the instant to judge at.
        naming: what a source is called and where it is set up, by its name.
    """
    beat = signs.watcher or {}
    told_of = [(name, said, naming(name)) for name, said in items_of(beat.get("sources"))]
    sources = tuple(
        _source_data(name, said, patience(name), named.title, clock_words) for name, said, named in told_of
    )
    beat_at = instant_of(beat.get("beat_at"))
    quiet = min((s.patience.silent_after for s in sources), default=patience("").silent_after)
    silent = beat_at is None or now >= beat_at + quiet or is_ahead(beat_at, now)
    ahead = [at for at in (beat_at, *(s.last_good_at for s in sources)) if at and is_ahead(at, now)]
    supervisor, notifier = supervisor_beat(signs.supervisor), notifier_beat(signs.notifier)
    troubles = list(_clock_troubles(ahead, clock_words))
    troubles += watcher_troubles(beat, beat_at, supervisor, silent, clock_words, now=now)
    troubles += notifier_troubles(notifier, supervisor, clock_words, now=now)
    told = {t.kind for t in troubles}
    if not silent:
        for name, said, named in told_of:
            troubles += [replace(t, source=name) for t in _source_troubles(named, said, clock_words)]
    troubles += child_troubles(supervisor, told, clock_words, now=now)
    troubles += _own_troubles(signs, beat)
    troubles.sort(key=lambda trouble: _LOUDEST.index(trouble.level))
    turns = [*(at for s in sources for at in s.turns()), *supervisor.turns, *notifier.turns]
    if beat_at is not None:
        turns += [beat_at - AHEAD, beat_at + quiet]
    return Freshness(sources, tuple(troubles), min((at for at in turns if at > now), default=None))


def _source_data(
    name: str,
    said: Mapping[str, Any],
    patience: Patience,
    title: str,
    clock_words: Callable[[datetime], str],
) -> SourceData:
    error, words = said.get("error"), ""
    if isinstance(error, Mapping):
        words = _SHORT.get(str(error.get("kind")), "fails")
        since = instant_of(error.get("since"))
        words = f"{words} since {clock_words(since)[:5]}" if since else words
    return SourceData(
        name=name,
        state=str(said.get("state", "starting")),
        last_good_at=instant_of(said.get("last_good_at")),
        next_try_at=instant_of(said.get("next_try_at")),
        patience=patience,
        title=title,
        words=words,
    )


def _clock_troubles(ahead: Sequence[datetime], clock_words: Callable[[datetime], str]) -> Iterator[Trouble]:
    if ahead:
        words = (
            f"The watcher wrote at {clock_words(max(ahead))}, which is still to come: the clock of this "
            "machine was set back or is wrong. The age of the tickets is unknown until it reports again."
        )
        yield Trouble("clock", Level.STOP, "Clock was set back", words)


def _source_troubles(
    named: Naming, said: Mapping[str, Any], clock_words: Callable[[datetime], str]
) -> Iterator[Trouble]:
    name = named.title
    error = said.get("error")
    if isinstance(error, Mapping):
        status = f" (HTTP {error['status']})" if error.get("status") not in (None, 200) else ""
        next_try = instant_of(said.get("next_try_at"))
        then = f" Next try {clock_words(next_try)}." if next_try else ""
        words = f"{sentence(error.get('words') or error.get('kind') or 'no reason given')}{then}"
        title = f"{name} {_VERBS.get(str(error.get('kind')), 'fails')}{status}"
        yield Trouble("helpdesk", Level.WARN, title, words)
    doubted = said.get("doubted")
    if isinstance(doubted, Mapping) and doubted.get("missing"):
        words = doubted.get("words") or "they stay on the wall until a second look agrees"
        title = f"{doubted['missing']} tickets missing from the answer of {name}, kept"
        yield Trouble("doubt", Level.WARN, title, sentence(words))
    skew = said.get("clock_skew_seconds")
    if isinstance(skew, int | float) and abs(skew) > 120:
        words = f"This machine and {name} disagree by {abs(round(skew))} s. Countdowns are off by as much."
        yield Trouble("clock", Level.WARN, "Clock is wrong", words)
    unmapped = [str(word) for word in said.get("unmapped") or ()]
    if unmapped:
        words = f"{', '.join(unmapped[:5])}: name them {named.mend}."
        only_statuses = all("status" in word for word in unmapped)
        lack = "has statuses without a phase" if only_statuses else "uses words that nobody has mapped"
        yield Trouble("unmapped", Level.NOTE, f"{name} {lack}", words)
    writes = said.get("writes")
    if isinstance(writes, Mapping) and writes.get("problem"):
        yield Trouble("writes", Level.NOTE, f"Nothing is written into {name}", sentence(writes["problem"]))
    notes = said.get("notes")
    for note in list(dict.fromkeys(str(n) for n in notes))[:3] if isinstance(notes, list) else ():
        yield Trouble("note", Level.NOTE, name, sentence(note))


_LOUDEST = (Level.STOP, Level.WARN, Level.NOTE)
_SHORT = {
    "auth": "key refused",
    "forbidden": "reading forbidden",
    "rate_limited": "asks for a pause",
    "timeout": "no answer",
    "connection": "not reachable",
    "server": "has a fault",
    "answer": "answers nonsense",
    "not_found": "not there",
    "config": "not configured",
    "store": "cannot be stored",
}
_VERBS = {
    "auth": "refuses the API key",
    "forbidden": "forbids reading",
    "rate_limited": "asks for a pause",
    "timeout": "does not answer",
    "connection": "cannot be reached",
    "server": "has a fault",
    "answer": "answers nonsense",
    "not_found": "is not there",
    "config": "is not configured",
}


def _own_troubles(signs: Signs, beat: Mapping[str, Any]) -> Iterator[Trouble]:
    config = beat.get("config")
    theirs = config.get("problems") if isinstance(config, Mapping) else None
    problems = [str(problem) for problem in signs.config_problems or theirs or ()]
    if problems:
        more = f" (+{len(problems) - 2} more, see /readyz)" if len(problems) > 2 else ""
        words = f"{'; '.join(problems[:2])}{more}"
        yield Trouble("config", Level.WARN, "Configuration has mistakes", words)
    if signs.folder_problem:
        yield Trouble("folder", Level.STOP, "Ticket folder cannot be read", sentence(signs.folder_problem))
    unreadable = signs.unreadable or {}
    if unreadable:
        name, reason = next(iter(sorted(unreadable.items())))
        more = f" (+{len(unreadable) - 1} more, see /readyz)" if len(unreadable) > 1 else ""
        title = f"{len(unreadable)} ticket file{'s' if len(unreadable) > 1 else ''} unreadable"
        yield Trouble("unreadable", Level.WARN, title, f"{name}: {reason}{more}")
