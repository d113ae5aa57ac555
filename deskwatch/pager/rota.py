"""Who is on call, with what calendars elsewhere say; those are read beside the tick."""

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from deskwatch.config import Config
from deskwatch.core.oncall import Schedule
from deskwatch.ics.feeds import Feeds
from deskwatch.pager.lanes import Lanes, ThreadLanes

log = logging.getLogger(__name__)


class Rota:
    """The schedule as it is known right now. The same object comes back until something changed."""

    def __init__(
        self,
        config: Config,
        *,
        folder: Path,
        ring: Callable[[], None],
        now: datetime,
        lanes: Lanes | None = None,
    ) -> None:
        self._folder, self._ring, self._lanes = folder, ring, lanes or ThreadLanes(width=1)
        self._asked_at: datetime | None = None
        self.follow(config, now)

    def follow(self, config: Config, now: datetime) -> None:
        """Take over another configuration; the last good copies of its calendars count at once."""
        self._plan = config.schedule
        self._feeds = Feeds(config.feeds, people=config.people, zone=config.oncall_zone, folder=self._folder)
        self._feeds.remember(now)
        self._seen: object = None
        self._schedule = self._plan

    def schedule(self, now: datetime) -> Schedule:
        """Who is on call; has calendars that are due read on the way."""
        due = self._feeds.next_at()
        if due is None:
            return self._plan
        if due <= now and self._asked_at != due:
            self._asked_at = due
            feeds, ring = self._feeds, self._ring

            def read() -> None:
                _read(feeds, now)
                ring()

            self._lanes.submit("calendars", read)
        if self._feeds.readings is not self._seen:
            self._seen, self._asked_at = self._feeds.readings, None
            self._schedule = self._feeds.schedule(self._plan)
        return self._schedule

    def read(self, now: datetime) -> None:
        """Read what is due here and now, which may take half a minute for each calendar."""
        _read(self._feeds, now)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the calendars, one sentence each."""
        return self._feeds.problems


def _read(feeds: Feeds, now: datetime) -> None:
    before = feeds.problems
    feeds.refresh(now)
    for words in feeds.problems:
        if words not in before:
            log.warning("%s", words)
