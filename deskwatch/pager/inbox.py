"""``state/inbox``: what other programs ask of a running notifier, one small JSON file for each wish.

    {"op": "ack", "code": "K7Q2", "by": "ana"}           also "ticket": "demo-12", or "all": true
    {"op": "silence", "ticket": "demo-12", "until": "2026-03-10T08:00:00Z", "by": "ana", "reason": "…"}
    {"op": "unsilence", "ticket": "demo-12", "by": "ana"}

A file is written under another name (``.staging``) and renamed to ``*.json``. What was heard is deleted;
what makes no sense is renamed to ``*.rejected`` with the reason in the log, so that it can be looked at.
"""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deskwatch.store.heartbeat import read_heartbeat

log = logging.getLogger(__name__)

MOST = 200
"""Wishes that are heard in one tick; the others in the next."""
OPERATIONS = ("ack", "silence", "unsilence")


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish, and the file that holds it."""

    path: Path
    said: Mapping[str, Any]

    @property
    def operation(self) -> str:
        """One of ``OPERATIONS``, or something nobody knows."""
        return str(self.said.get("op", ""))

    @property
    def by(self) -> str:
        """Who wishes it."""
        return str(self.said.get("by") or "somebody at the command line")[:80]

    def text(self, name: str) -> str | None:
        """A text of the wish, shortened to what any of them may need."""
        value = self.said.get(name)
        return value.strip()[:400] if isinstance(value, str) and value.strip() else None


class Inbox:
    """Reads wishes. They are deleted only when what they caused is committed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp: int | None = None
        self._heard: list[Path] = []
        self._stuck: set[Path] = set()
        self._odd: set[Path] = set()

    def has_news(self) -> bool:
        """Whether something came since the last time. Costs one ``stat``."""
        try:
            return os.stat(self._folder).st_mtime_ns != self._stamp
        except OSError:
            return False

    def wishes(self) -> list[Wish]:
        """What lies there and was not heard yet, oldest first.

        The folder is listed each time: its time stamp is coarse, and may be the same after two changes.
        """
        try:
            stamp = os.stat(self._folder).st_mtime_ns
            with os.scandir(self._folder) as entries:
                names = [entry.name for entry in entries if entry.name.endswith(".json")]
        except OSError:
            return []
        known = {*self._heard, *self._stuck, *self._odd}
        paths = [path for name in names if (path := self._folder / name) not in known]
        paths.sort(key=lambda path: (_changed_at(path), path.name))
        self._stamp = stamp if len(paths) <= MOST else None
        found = []
        for path in paths[:MOST]:
            said = read_heartbeat(path)
            if said is None:
                self.reject(path, "not a JSON object")
            else:
                found.append(Wish(path, said))
        return found

    def reject(self, path: Path, why: str) -> None:
        """Put a file aside."""
        log.warning("%s is not understood and put aside: %s", path.name, why)
        self._heard = [heard for heard in self._heard if heard != path]
        try:
            path.rename(path.with_suffix(".rejected"))
        except OSError as problem:
            log.warning("%s cannot be put aside: %s", path, problem.strerror)
            self._odd.add(path)

    def heard(self, wish: Wish) -> None:
        """The wish is granted as soon as this tick is committed."""
        self._heard.append(wish.path)

    def committed(self) -> None:
        """Delete what was granted; what cannot be deleted is not granted again: an ``ack`` is of its time."""
        heard, self._heard = [*self._heard, *self._stuck], []
        for path in heard:
            try:
                path.unlink(missing_ok=True)
                self._stuck.discard(path)
            except OSError as problem:
                if path not in self._stuck:
                    log.warning("%s cannot be deleted: %s", path, problem.strerror)
                self._stuck.add(path)


def _changed_at(path: Path) -> int:
    try:
        return path.lstat().st_mtime_ns
    except OSError:
        return 0
