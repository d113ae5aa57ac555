"""From when on to ask for changes: a moment by the helpdesk's clock, written as it wants it, or its token."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from deskwatch.core.ticket import TicketError, format_instant, parse_instant
from deskwatch.sources.rest.settings import SinceSettings
from deskwatch.sources.told_time import CURSOR_LIFE

LONGEST_TOKEN = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where the next question for changes starts.

    Attributes:
        since: the newest change seen, by the helpdesk's clock; None before anything was seen.
        asked: when the last question was answered, by the clock of this machine.
        token: the helpdesk's own cursor, where it has one.
    """

    since: datetime | None
    asked: datetime
    token: str | None = None

    def text(self) -> str:
        """What a snapshot carries."""
        return json.dumps(
            {
                "since": self.since and format_instant(self.since),
                "asked": format_instant(self.asked),
                "token": self.token,
            }
        )

    @classmethod
    def parse(cls, text: str | None) -> "Cursor | None":
        """Read a cursor; None when it is missing or rubbish, which means a cold start."""
        try:
            told = json.loads(text or "")
            since = told["since"]
            token = told["token"]
            return cls(
                since=None if since is None else parse_instant(since),
                asked=parse_instant(told["asked"]),
                token=token if isinstance(token, str) and token else None,
            )
        except (ValueError, KeyError, TypeError, RecursionError, TicketError):
            return None

    def is_stale(self, now: datetime) -> bool:
        """Whether asking from here on would cost more than a fresh list."""
        return now - self.asked > CURSOR_LIFE

    def moved(
        self, newest: datetime | None, *, ceiling: datetime, now: datetime, token: Any = None
    ) -> "Cursor":
        """After everything that changed was read.

        Args:
            newest: the newest change among it.
            ceiling: the helpdesk's time when its first page was made: what changed later may be missing, and
                a date in the future must not hide what comes before it.
            now: by this machine's clock.
        """
        seen = [at for at in (self.since, newest) if at is not None]
        given = token if isinstance(token, str | int) and not isinstance(token, bool) else None
        text = str(given) if given is not None and 0 < len(str(given)) <= LONGEST_TOKEN else self.token
        since = min(max(seen), ceiling) if seen else None
        return replace(self, since=since, asked=now, token=text)


def written(at: datetime, settings: SinceSettings) -> str:
    """A moment as the helpdesk reads it, never later than meant.

    In the hour that a zone has twice, the helpdesk may take either; the hour before it is unmistakable.
    """
    at = at.replace(microsecond=0)
    if settings.format == "epoch":
        return str(int(at.timestamp()))
    if settings.format == "epoch_ms":
        return str(int(at.timestamp()) * 1000)
    if settings.zone is None:
        local = at.astimezone(UTC)
    else:
        local = at.astimezone(settings.zone)
        for _ in range(3):
            if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
                break
            at -= timedelta(hours=1)
            local = at.astimezone(settings.zone)
    if settings.format == "iso":
        if settings.zone is None:
            return local.strftime("%Y-%m-%dT%H:%M:%SZ")
        return local.isoformat(timespec="seconds")
    return local.strftime(settings.format)
