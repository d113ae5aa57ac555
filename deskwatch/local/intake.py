"""The watcher's side of ``tickets/.inbox``: what waits there, in order, and putting away what is settled.

Anybody may have put anything there. Nothing is followed, opened for writing or touched outside the folder;
a file that is no command is moved to ``rejected/`` as it is, with the reason beside it.
"""

import logging
import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from deskwatch.core.ticket import format_instant
from deskwatch.local.inbox import (
    REASON_SUFFIX,
    SIZE_LIMIT,
    SUFFIX,
    Inbox,
    Outcome,
    is_command,
    is_command_name,
    reason_text,
)
from deskwatch.store.atomic import make_folder, write_atomic
from deskwatch.store.codec import UndecodableError, decode_object, encode_object
from deskwatch.store.errors import StoreError
from deskwatch.store.names import printable
from deskwatch.store.reading import NotPlainFileError, read_small_file
from deskwatch.store.ticket_file import Stamp

log = logging.getLogger(__name__)

MOST = 200
"""Commands taken up in one round; the others follow at once in the next."""
PATIENCE = timedelta(seconds=5)
"""How long a file that cannot be read (yet) is left alone after it last changed: it may still be growing."""
OLD = timedelta(minutes=1)
"""A file that did not change for so long is finished, whoever looks at it for the first time."""
LONGEST = timedelta(minutes=10)
"""No command is put off for longer."""
FORGOTTEN = timedelta(minutes=5)
"""After this long a file that is no command is named in the health of the source."""

_STRANGE = re.compile(r"[^A-Za-z0-9._-]+")
_OURS = frozenset({"done", "rejected"})


@dataclass(frozen=True, slots=True)
class Letter:
    """A file of the inbox that holds a JSON object.

    Attributes:
        digest: tells two contents of one name apart.
        stamp: tells this file from another one with the same content, which came at another time.
    """

    name: str
    said: Mapping[str, Any]
    digest: str
    stamp: str


class _OddError(Exception):
    """A file that is no command. ``seen``: it may become one, being as it was seen."""

    def __init__(self, words: str, seen: os.stat_result | None = None) -> None:
        super().__init__(words)
        self.words, self.seen = words, seen


@dataclass(slots=True)
class _Waiting:
    """A file that cannot be read, or moved, and since when."""

    stamp: Stamp
    since: datetime


@dataclass(slots=True)
class Collected:
    """Commands in their order, and seconds until a file that may still be growing wants another look."""

    letters: list[Letter] = field(default_factory=list)
    look_in: float | None = None


class Intake:
    """Takes files out of the inbox. One process does: the watcher."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._postponed: dict[str, datetime] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._stuck: dict[str, _Waiting] = {}
        self.notes: tuple[str, ...] = ()

    def prepare(self) -> None:
        """Make the folders, so that whoever wants to give a command finds them.

        Raises:
            StoreError: one cannot be made.
        """
        for folder in (self._inbox.folder, self._inbox.done, self._inbox.rejected):
            make_folder(folder)

    def collect(self, *, now: datetime) -> Collected:
        """The next commands, oldest first. What is certainly none is put into ``rejected/`` on the way.

        Raises:
            StoreError: the folder cannot be read.
        """
        collected = Collected()
        for name in self._listed(now):  # anew each time: what is not on the disk yet must come first again
            if len(collected.letters) == MOST:
                collected.look_in = 0.0
                break
            try:
                letter = self._read(name)
            except _OddError as odd:
                seconds = self._patience(name, odd, now=now)
                if seconds is None:
                    self.reject(name, Outcome(False, None, odd.words, "invalid"), now=now)
                else:
                    collected.look_in = min(seconds, collected.look_in or seconds)
                continue
            self._waiting.pop(name, None)
            if letter is not None:
                collected.letters.append(letter)
        return collected

    def postpone(self, letter: Letter, *, until: datetime) -> None:
        """Leave a command where it is, out of the way of the others."""
        self._postponed[letter.name] = until

    def _listed(self, now: datetime) -> list[str]:
        """Names of commands, oldest first; two of the same instant by name."""
        found: list[tuple[int, str]] = []
        forgotten: list[str] = []
        try:
            with os.scandir(self._inbox.folder) as entries:
                for entry in entries:
                    if entry.name in _OURS or entry.name.startswith("."):
                        continue
                    with suppress(FileNotFoundError):
                        seen = entry.stat(follow_symlinks=False)
                        if not is_command(entry.name):
                            if _is_older(seen, FORGOTTEN, now):
                                forgotten.append(entry.name)
                        elif not self._is_kept_waiting(entry.name, seen, now):
                            found.append((seen.st_mtime_ns, entry.name))
        except FileNotFoundError:
            return []
        except OSError as problem:
            raise StoreError.of("list", self._inbox.folder, problem) from problem
        self._note(forgotten)
        names = {name for _, name in found}
        self._waiting = {name: waits for name, waits in self._waiting.items() if name in names}
        found.sort()
        return [name for _, name in found]

    def _is_kept_waiting(self, name: str, seen: os.stat_result, now: datetime) -> bool:
        if timedelta(0) < self._postponed.get(name, now) - now <= LONGEST:  # or the clock was set back
            return True
        self._postponed.pop(name, None)
        stuck = self._stuck.get(name)
        if stuck is not None and stuck.stamp == Stamp.of(seen) and abs(now - stuck.since) < OLD:
            return True
        self._stuck.pop(name, None)
        return False

    def _note(self, forgotten: list[str]) -> None:
        notes = []
        if forgotten:
            example = printable(min(forgotten))[:80]
            count = "1 file" if len(forgotten) == 1 else f"{len(forgotten)} files"
            notes.append(f"{count} in tickets/.inbox not named like a command (*.json): {example}")
        if self._stuck:
            example = printable(min(self._stuck))[:80]
            notes.append(f"cannot move {example} out of tickets/.inbox; mend its rights, or remove it")
        self.notes = tuple(notes)

    def _read(self, name: str) -> Letter | None:
        """The command in a file; ``None``: the file is gone.

        Raises:
            _OddError: it is none, or none yet.
        """
        path = self._inbox.folder / name
        try:
            seen = os.lstat(path)
        except FileNotFoundError:
            return None
        if not is_command_name(name):
            raise _OddError("a command's file is named with A-Z a-z 0-9 . _ - and at most 126 characters")
        if not stat.S_ISREG(seen.st_mode):
            raise _OddError("it is no plain file; links, pipes, folders and devices are never opened")
        if seen.st_size > SIZE_LIMIT:
            raise _OddError(f"it has {seen.st_size:,} bytes; a command has at most {SIZE_LIMIT:,}")
        try:
            data = read_small_file(path, seen)
            digest = blake2b(data, digest_size=8).hexdigest()
            return Letter(name, decode_object(data), digest, f"{digest}-{seen.st_mtime_ns}")
        except FileNotFoundError:
            return None
        except (NotPlainFileError, UndecodableError) as problem:
            raise _OddError(str(problem), seen) from None
        except OSError as problem:
            mend = "make it readable for the user that runs the watcher"
            raise _OddError(f"it cannot be read ({problem.strerror}); {mend}", seen) from None

    def _patience(self, name: str, odd: "_OddError", *, now: datetime) -> float | None:
        """Seconds to leave it alone, since it may be growing; ``None``: it is what it is."""
        if odd.seen is None:
            return None
        stamp = Stamp.of(odd.seen)
        waits = self._waiting.get(name)
        if waits is None or waits.stamp != stamp:
            waits = self._waiting[name] = _Waiting(stamp, now)
        left = PATIENCE - (now - waits.since)
        is_over = not timedelta(0) < left <= PATIENCE or _is_older(odd.seen, OLD, now)
        return None if is_over else left.total_seconds()

    # Putting away

    def settle(self, letter: Letter, outcome: Outcome, *, now: datetime) -> None:
        """Put a command away with its outcome. One that cannot be moved stays and is named."""
        if not outcome.ok:
            self.reject(letter.name, outcome, now=now)
            return
        facts = {"ticket": outcome.ticket, "number": outcome.number, "reason": outcome.reason}
        told = {name: value for name, value in facts.items() if value} | {"at": format_instant(now)}
        path = self._inbox.folder / letter.name
        try:
            make_folder(self._inbox.done)
            write_atomic(
                self._inbox.done / letter.name,
                encode_object({**letter.said, "outcome": told}),
                staging=self._inbox.folder / ".staging",
            )
            os.unlink(path)
        except FileNotFoundError:
            return
        except (OSError, StoreError) as problem:
            self._keep(letter.name, problem, now=now)

    def reject(self, name: str, outcome: Outcome, *, now: datetime) -> None:
        """Move a file to ``rejected/`` as it is, whatever it is, with the reason beside it."""
        shown = printable(name)
        log.warning("%s in tickets/.inbox is rejected: %s", shown[:160], outcome.reason)
        target = self._free_name(name)
        self._waiting.pop(name, None)
        try:
            make_folder(self._inbox.rejected)
            write_atomic(
                self._inbox.rejected / (target + REASON_SUFFIX),
                reason_text(outcome).encode("utf-8", "replace"),
                staging=self._inbox.folder / ".staging",
            )
            os.replace(self._inbox.folder / name, self._inbox.rejected / target)
        except FileNotFoundError:
            return
        except (OSError, StoreError) as problem:
            self._keep(name, problem, now=now)

    def _free_name(self, name: str) -> str:
        """The name in ``rejected/``: its own when it is plain, else a readable one that is not taken."""
        source, target = self._inbox.folder / name, self._inbox.rejected / name
        if is_command_name(name) and not (os.path.lexists(target) and (target.is_dir() or source.is_dir())):
            return name
        raw = os.fsencode(name)
        readable = _STRANGE.sub("-", raw.decode("ascii", "replace").removesuffix(SUFFIX)).strip("-.")[:60]
        return f"{readable or 'x'}.{blake2b(raw, digest_size=4).hexdigest()}{SUFFIX}"

    def _keep(self, name: str, problem: Exception, *, now: datetime) -> None:
        try:
            stamp = Stamp.of(os.lstat(self._inbox.folder / name))
        except OSError:
            return
        self._stuck[name] = _Waiting(stamp, now)
        log.warning("%s cannot be moved out of tickets/.inbox: %s", printable(name)[:160], problem)

    def prune(self, older_than: datetime) -> int:
        """Delete what was put away before this instant. Answers how many files."""
        removed = 0
        for folder in (self._inbox.done, self._inbox.rejected):
            try:
                make_folder(folder)
                with os.scandir(folder) as entries:
                    found = list(entries)
            except (OSError, StoreError) as problem:  # a link would lead to the files of somebody else
                log.warning("Old commands are not deleted: %s", problem)
                continue
            for entry in found:
                with suppress(OSError):
                    seen = entry.stat(follow_symlinks=False)
                    put_at = max(seen.st_mtime, seen.st_ctime)  # a file that was moved keeps its mtime
                    if put_at >= older_than.timestamp() or entry.name.startswith("."):
                        continue
                    if stat.S_ISDIR(seen.st_mode):
                        os.rmdir(entry.path)  # one with something in it stays: somebody may miss that
                    else:
                        os.unlink(entry.path)
                    removed += 1
        return removed


def _is_older(seen: os.stat_result, age: timedelta, now: datetime) -> bool:
    return now.timestamp() - seen.st_mtime > age.total_seconds()
