"""``notice.md``: the banner people write. It is text, not settings, so no mistake in it stops anything."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path

from deskwatch.config.files import read_limited
from deskwatch.config.home import Home
from deskwatch.config.problems import Problem
from deskwatch.core.notice import Notices, read_notices

NAME = "notice.md"
SHOWN = f"config/{NAME}"
MAX_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class NoticeText:
    """What the file says, and what is wrong with it as warnings."""

    notices: Notices = field(default_factory=Notices)
    problems: tuple[Problem, ...] = ()


def notice_path(home: Home) -> Path:
    """Where people write it."""
    return home.config / NAME


def read_notice(home: Home, *, zone: tzinfo, boards: Collection[str]) -> NoticeText:
    """Read the file; without one there is no notice. Never raises on what it holds."""
    try:
        data = read_limited(notice_path(home), MAX_BYTES)
    except OSError as error:
        words = f"cannot be read ({error.strerror}); it must be a file this user may read"
        return NoticeText(problems=(_warning(0, words),))
    if data is None:
        return NoticeText()
    text = data[:MAX_BYTES].decode("utf-8", "replace")
    notices = read_notices(text, zone=zone, boards=boards)
    problems = [_warning(slip.line, slip.message) for slip in notices.slips]
    if len(data) > MAX_BYTES:
        problems.append(_warning(0, f"only the first {MAX_BYTES >> 10} kB are read"))
    if "\ufffd" in text:
        line = text.count("\n", 0, text.index("\ufffd")) + 1
        problems.append(_warning(line, "is not UTF-8; save it as UTF-8, or letters turn into question marks"))
    return NoticeText(notices, tuple(sorted(problems)))


def _warning(line: int, message: str) -> Problem:
    return Problem(SHOWN, line, 1 if line else 0, message=message, severity="warning")
