"""A trouble as a wall tells it, and how the heartbeats that tell of one are read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from deskwatch.core.ticket import TicketError, parse_instant
from deskwatch.web.voice import Voice
from deskwatch.web.wording import Phrase

AHEAD = timedelta(seconds=60)
"""An instant further in the future than this was written before the clock was set back: it proves nothing."""


def is_ahead(at: datetime | None, now: datetime) -> bool:
    """Whether an instant is from a future that only a clock set back explains."""
    return at is not None and at > now + AHEAD


class Level(StrEnum):
    """How loud a trouble is: a remark beside good data, or a reason not to rely on the tickets."""

    NOTE = "note"
    WARN = "warn"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong: a title to read from afar, and sentences that say what and what next.

    ``source``: whose, when it is the trouble of one source. ``detail``: English sentences for those who can
    mend it, with files, settings and what programs said; they are not for everybody who passes the wall.
    """

    kind: str
    level: Level
    title: Phrase
    words: tuple[Phrase, ...]
    source: str = ""
    detail: tuple[str, ...] = ()

    def told(self, voice: Voice, *more: Phrase) -> "Told":
        """In words for a reader, with whatever else is to be said."""
        return Told(self.kind, self.level.value, voice(self.title), voice(*self.words, *more))


class Told(NamedTuple):
    """A trouble in words."""

    kind: str
    level: str
    title: str
    words: str


def told_on_wall(troubles: Sequence[Trouble], voice: Voice, *, elsewhere: bool) -> list[Told]:
    """Troubles in words; the last that has a detail says where the details are.

    ``elsewhere``: these readers have a list of boards, which tells them.
    """
    detailed = [trouble for trouble in troubles if trouble.detail and elsewhere]
    return [
        trouble.told(voice, Phrase("Details: /boards")) if detailed[-1:] == [trouble] else trouble.told(voice)
        for trouble in troubles
    ]


def sentence(words: object) -> str:
    """Words that end as a sentence does."""
    text = str(words).strip()
    return text if text.rstrip("\"'”").endswith((".", "!", "?")) else f"{text}."


def items_of(value: object) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """The named objects of a part of a heartbeat; whatever is none is left out."""
    if not isinstance(value, Mapping):
        return ()
    return [(str(name), said) for name, said in value.items() if isinstance(said, Mapping)]


def instant_of(value: object) -> datetime | None:
    """The instant a heartbeat names, ``None`` when it names none."""
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except TicketError:
        return None
