"""Notices people write for the wall: plain text, from when until when, on which boards, how loud.

The file holds notices separated by lines of ``---``. Each may begin with lines such as ``from: …``. Whatever
is wrong with such a line, the text below it is shown: somebody meant it to be read.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Literal

from deskwatch.core.legible import legible_block

NoticeLevel = Literal["note", "warn"]

LONGEST = 2000
"""Characters of a notice that are shown."""
MOST = 5
"""Notices that a board shows at a time."""

HEADERS = ("from", "until", "boards", "level")
_HEADER = re.compile(r"([A-Za-z][A-Za-z_-]{0,19})\s*:(?:\s+(.*))?")
_SEPARATOR = re.compile(r"\s*-{3,}\s*$")
_COMMENT = re.compile(r"^[ \t]*<!--.*?-->[ \t]*$", re.MULTILINE | re.DOTALL)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. ``since`` and ``until`` bound when it is shown, half-open; empty ``boards``: on all."""

    words: str
    level: NoticeLevel = "note"
    since: datetime | None = None
    until: datetime | None = None
    boards: frozenset[str] = frozenset()

    def shows(self, board_id: str, now: datetime) -> bool:
        """Whether the board shows it at that instant."""
        if self.boards and board_id not in self.boards:
            return False
        return (self.since is None or now >= self.since) and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True)
class Slip:
    """What is wrong in the file, and in which line (from 1)."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Notices:
    """What the file says, and what is wrong with it."""

    all: tuple[Notice, ...] = ()
    slips: tuple[Slip, ...] = ()

    def on(self, board_id: str, *, now: datetime) -> tuple[Notice, ...]:
        """The notices of a board at an instant, at most ``MOST``, in the order of the file."""
        return tuple(notice for notice in self.all if notice.shows(board_id, now))[:MOST]

    def next_change(self, now: datetime) -> datetime | None:
        """The next instant at which one appears or disappears by itself."""
        turns = [at for notice in self.all for at in (notice.since, notice.until) if at is not None]
        return min((at for at in turns if at > now), default=None)


def read_notices(text: str, *, zone: tzinfo, boards: Collection[str]) -> Notices:
    """Read the file. Times without a zone are meant in ``zone``; ``boards`` are the ids there are."""
    found: list[Notice] = []
    slips: list[Slip] = []
    lines = _COMMENT.sub(_blank, text.removeprefix("\ufeff")).splitlines()
    for first, block in _blocks(lines):
        head, body = _parted(block)
        words = legible_block("\n".join(body), LONGEST)
        if not words:
            slips += [Slip(first + at, "has no text below it") for at, _, _ in head[:1]]
            continue
        if len("\n".join(body).strip()) > LONGEST:
            slips.append(Slip(first + len(block) - len(body), f"is cut after {LONGEST} characters"))
        notice, wrong = _notice(words, head, zone, boards)
        found.append(notice)
        slips += [Slip(first + at, message) for at, message in wrong]
        if len(found) == MOST + 1:
            slips.append(Slip(first, f"a board shows {MOST} notices at a time; this may be one too many"))
    return Notices(tuple(found), tuple(sorted(slips, key=lambda slip: slip.line)))


def _blank(comment: re.Match[str]) -> str:
    """Nothing, in as many lines: line numbers stay true."""
    return "\n" * comment[0].count("\n")


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """The notices of the file, each with the number of its first line."""
    first, block = 1, list[str]()
    for number, line in enumerate([*lines, "---"], 1):
        if _SEPARATOR.match(line):
            if any(text.strip() for text in block):
                yield first, block
            first, block = number + 1, []
        else:
            block.append(line)


Header = tuple[int, str, str]
"""Lines below the first of its notice, name in small letters, value."""


def _parted(block: list[str]) -> tuple[list[Header], list[str]]:
    """The header and the text. Lines that only look like a header, such as ``Attention: …``, are text."""
    start = next(at for at, line in enumerate(block) if line.strip())
    head: list[Header] = []
    end = start
    for at in range(start, len(block)):
        match = _HEADER.fullmatch(block[at].strip())
        if match is None:
            break
        head.append((at, match[1].lower(), match[2] or ""))
        end = at + 1
    known = [name for _, name, _ in head if name in HEADERS]
    if not known:
        return [], block
    closed = end == len(block) or not block[end].strip()
    if not closed:  # without a blank line the header ends where its last known line does
        while head and head[-1][1] not in HEADERS:
            end = head.pop()[0]
    return head, block[end:]


def _notice(
    words: str, head: list[Header], zone: tzinfo, boards: Collection[str]
) -> tuple[Notice, list[tuple[int, str]]]:
    level: NoticeLevel = "note"
    instants: dict[str, datetime | None] = {"from": None, "until": None}
    shown: frozenset[str] = frozenset()
    wrong: list[tuple[int, str]] = []
    told: set[str] = set()
    for at, name, value in head:
        if name in told:
            wrong.append((at, f"{name} stands here twice; the last one counts"))
        told.add(name)
        try:
            if name in instants:
                instants[name] = _instant(value, zone, end_of_day=name == "until")
            elif name == "level":
                level = _level(value)
            elif name == "boards":
                shown = _boards(value, boards)
            else:
                wrong.append((at, f"{name!r} is no word of a header; there are {', '.join(HEADERS)}"))
        except _UnknownBoardsError as problem:
            shown = problem.known
            wrong.append((at, str(problem)))
        except ValueError as problem:
            wrong.append((at, str(problem)))
    since, until = instants["from"], instants["until"]
    if since is not None and until is not None and until <= since:
        line = next(at for at, name, _ in head if name == "until")
        wrong.append((line, "until is not after from, so the notice would never be shown; both are ignored"))
        since = until = None
    return Notice(words, level, since, until, shown), wrong


def _instant(text: str, zone: tzinfo, *, end_of_day: bool) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        if not 1970 <= at.year < 3000:
            raise ValueError
    except ValueError:
        raise ValueError(
            f"expected a date and time such as 2026-12-24 18:00, got {_quoted(text)}; it is ignored"
        ) from None
    if end_of_day and len(text) <= len("2026-12-24") and at.time() == time(0):
        at += _DAY  # "until: 2026-12-24" includes that day
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)


def _level(text: str) -> NoticeLevel:
    folded = text.lower()
    if folded == "warn":
        return "warn"
    if folded == "note":
        return "note"
    raise ValueError(f"expected level: note or level: warn, got {_quoted(text)}; note is assumed")


class _UnknownBoardsError(ValueError):
    """Some of the boards exist, or none does: then the notice is shown on all."""

    def __init__(self, message: str, known: frozenset[str]) -> None:
        super().__init__(message)
        self.known = known


def _boards(text: str, boards: Collection[str]) -> frozenset[str]:
    wanted = _names(text)
    known = frozenset(name for name in wanted if name in boards)
    unknown = [name for name in wanted if name not in boards]
    if unknown or not wanted:
        then = "" if known else "; the notice is shown on all boards"
        asked = ", ".join(_quoted(name) for name in unknown) or "nothing"
        raise _UnknownBoardsError(
            f"there is no board {asked} (there: {', '.join(sorted(boards))}){then}", known
        )
    return known


def _names(text: str) -> list[str]:
    names: Iterable[str] = text.strip("[] ").split(",")
    return [name.strip(" '\"") for name in names if name.strip(" '\"")]


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
