"""The notices of ``config/notice.md`` as they are now: read again when the file changes, never before."""

from datetime import datetime
from typing import Any

from deskwatch.config import Config
from deskwatch.config.notice import NoticeText, notice_path, read_notice
from deskwatch.core.notice import Notices


class NoticeFile:
    """The file and what it said when it was read last."""

    def __init__(self) -> None:
        self._seen: object = None
        self._text = NoticeText()

    def refresh(self, config: Config) -> bool:
        """Read it if it was replaced, or the boards or the zone it is read with; say whether it did."""
        try:
            found = notice_path(config.home).stat()
            # the time of its last change tells a chmod too, and a copy that keeps the times
            stamp: object = (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
        except OSError:
            stamp = None
        seen = (stamp, config.zone, frozenset(config.boards))
        if seen == self._seen:
            return False
        self._seen = seen
        before, self._text = (
            self._text,
            read_notice(config.home, zone=config.zone, boards=config.boards),
        )
        return before != self._text

    @property
    def notices(self) -> Notices:
        """What it says."""
        return self._text.notices

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with it, one line each."""
        return tuple(str(problem) for problem in self._text.problems)


def notices_said(notices: Notices, board_id: str, *, now: datetime) -> list[dict[str, Any]]:
    """The field ``notice`` of a board's pulse."""
    return [{"words": n.words, "level": n.level} for n in notices.on(board_id, now=now)]
