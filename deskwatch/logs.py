"""Log lines: one for each event, safe for a terminal, free of secrets, no error a thousand times over."""

import json
import logging
import os
import re
import sys
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from deskwatch import clock

REPEAT_SECONDS = 300.0
"""The same warning or error is written once in this time; the next one says how many were held back."""

FILE_BYTES = 5 * 1024 * 1024
FILE_COUNT = 10

SUPERVISED = "DESKWATCH_SUPERVISED"
"""Set by the supervisor, which puts the name of the process in front of every line itself."""

_TALKATIVE = ("twilio", "urllib3", "requests", "watchdog", "schedule", "werkzeug", "asyncio")
"""Libraries whose INFO lines name addresses, headers or numbers that do not belong in our log."""

# C0, DEL and C1 controls (terminal escapes), line separators, and the marks that reorder text on screen
# (bidi).
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def one_line(text: str) -> str:
    """``text`` with every control or bidi character written as ``\\n``, ``\\x1b`` or ``\\u202e``."""
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)


class Output(Protocol):
    """Where lines go: stdout, or the supervisor's console."""

    def write(self, text: str, /) -> object:
        """Take one line with its end."""

    def flush(self) -> None:
        """Let go of what is held back."""


class Secrets:
    """Texts that no log line may contain. Shared by all handlers of a process."""

    SHORTEST = 5
    """Shorter values are not masked: they would blacken ordinary words ("demo") and hide nothing."""

    def __init__(self) -> None:
        self._texts: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None
        self._source: Callable[[], Iterable[str]] = tuple

    def register(self, *texts: str) -> None:
        """From now on hide these values, also as they appear in a URL. Cheap to repeat on each reload."""
        known = {
            form for text in texts for form in (text, quote(text, safe="")) if len(text) >= self.SHORTEST
        }
        if known <= self._texts:
            return
        self._texts |= known
        longest_first = sorted(self._texts, key=len, reverse=True)
        self._pattern = re.compile("|".join(re.escape(text) for text in longest_first))

    def follow(self, source: Callable[[], Iterable[str]]) -> None:
        """Ask ``source`` at every line, so that a secret of a reload is hidden from its first use."""
        self._source = source

    def hide(self, text: str) -> str:
        """``text`` with every known secret replaced by ``***``."""
        self.register(*self._source())
        return self._pattern.sub("***", text) if self._pattern else text


SECRETS = Secrets()


class TextFormatter(logging.Formatter):
    """``2026-01-05T09:00:00Z WARNING watcher: words [SomeError: why, at watch.py:41 < daemon.py:88]``"""

    def __init__(self, process: str, secrets: Secrets = SECRETS) -> None:
        super().__init__()
        self.process, self.secrets = process, secrets

    def format(self, record: logging.LogRecord) -> str:
        """One printable line."""
        name = "" if SUPERVISED in os.environ else f" {self.process}"
        words = f"{_instant(record)} {record.levelname}{name}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1]:
            words += f" [{trace(record.exc_info[1])}]"
        return one_line(self.secrets.hide(words))


class JsonFormatter(TextFormatter):
    """One JSON object a line: time, level, process, logger, message, and for exceptions the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of ASCII JSON, which escapes every control character by itself."""
        entry = {
            "time": _instant(record),
            "level": record.levelname,
            "process": self.process,
            "logger": record.name,
            "message": self.secrets.hide(record.getMessage()),
        }
        if record.exc_info and record.exc_info[1]:
            entry["error"] = self.secrets.hide(trace(record.exc_info[1]))
            entry["traceback"] = self.secrets.hide(self.formatException(record.exc_info))
        return json.dumps(entry)


def _instant(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def trace(error: BaseException) -> str:
    """An exception and where it came from, innermost call first, short enough for one line."""
    calls, frame = [], error.__traceback__
    while frame:
        calls.append(f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}")
        frame = frame.tb_next
    where = f", at {' < '.join(reversed(calls[-8:]))}" if calls else ""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    why = f", from {trace(cause)}" if cause else ""
    return f"{type(error).__name__}: {error}{where}{why}"


class OncePerWhile(logging.Filter):
    """Lets the same warning or error through once per ``REPEAT_SECONDS`` and counts what it held back."""

    KEPT = 1000

    def __init__(self, *, monotonic: clock.Monotonic = clock.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._seen: dict[tuple[str, int, str], tuple[float, int]] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this record is new enough to be written; its text gains the number that were not."""
        if record.levelno < logging.WARNING:
            return True
        words, now = record.getMessage(), self._monotonic()
        key = (record.name, record.levelno, words)
        with self._lock:
            told_at, held_back = self._seen.pop(key, (None, 0))
            if told_at is not None and now - told_at < REPEAT_SECONDS:
                self._seen[key] = (told_at, held_back + 1)
                return False
            self._seen[key] = (now, 0)
            while len(self._seen) > self.KEPT:
                del self._seen[next(iter(self._seen))]
        if held_back:
            record.msg, record.args = f"{words} (and {held_back} more times in between)", ()
        return True


def set_up(
    process: str,
    *,
    level: str | None = None,
    style: str = "text",
    file: Path | None = None,
    secrets: Iterable[str] = (),
    stream: Output | None = None,
) -> None:
    """Send every log line of this process to stdout and, if asked, to its own rotating file. May be repeated.

    ``style`` is "text" or "json". ``file`` names the log of the whole installation: each process writes its
    own beside it (``deskwatch.log`` becomes ``deskwatch-watcher.log``), because two processes cannot rotate
    one file.
    """
    SECRETS.register(*secrets)
    formatter = JsonFormatter(process) if style == "json" else TextFormatter(process)
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stdout if stream is None else stream)]
    trouble = None
    if file:
        try:
            handlers.append(_rotating(file.with_name(f"{file.stem}-{process}{file.suffix}")))
        except OSError as error:
            trouble = error
    for handler in handlers:
        handler.setFormatter(formatter)
        handler.addFilter(OncePerWhile())
    logging.basicConfig(level=(level or "info").upper(), handlers=handlers, force=True)
    logging.captureWarnings(True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    if trouble:
        logging.getLogger(__name__).warning("No log file, only this output: %s", trouble)


def _rotating(path: Path) -> RotatingFileHandler:
    path.parent.mkdir(parents=True, exist_ok=True)
    return RotatingFileHandler(path, maxBytes=FILE_BYTES, backupCount=FILE_COUNT - 1, encoding="utf-8")
