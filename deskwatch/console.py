"""The one terminal that several processes write to: whole lines, each with the name of who said it."""

import os
import threading
from queue import Full, Queue
from typing import TextIO

from deskwatch.logs import one_line

_COLORS = {"watcher": 36, "notifier": 35, "gui": 32, "demo": 34}


class Console:
    """Prints lines of many threads to one stream, in order, and never makes anybody wait.

    A terminal can stand still for hours (Ctrl-S, a selection in a Windows window, a paused pager). Then lines
    are dropped and counted, because a watcher that waits for a terminal is a wall that shows old tickets.
    """

    WIDTH = 9
    HELD = 2000

    def __init__(self, stream: TextIO, *, prefix: bool = True) -> None:
        self._stream, self._prefix = stream, prefix
        self._colored = prefix and stream.isatty() and "NO_COLOR" not in os.environ
        self._lines: Queue[str | None] = Queue(self.HELD)
        self._dropped = 0
        self._writer = threading.Thread(target=self._write, name="console", daemon=True)
        self._writer.start()

    def line(self, name: str, text: str) -> None:
        """Print one line that ``name`` said; control characters are shown as escapes."""
        self.say(self._front(name) + one_line(text.rstrip("\r\n")))

    def say(self, text: str) -> None:
        """Print lines of our own as they are."""
        try:
            self._lines.put_nowait(text)
        except Full:
            self._dropped += 1

    def close(self, timeout: float = 1.0) -> None:
        """Print what is waiting, for at most ``timeout`` seconds."""
        try:
            self._lines.put(None, timeout=timeout)
        except Full:
            return
        self._writer.join(timeout)

    def _front(self, name: str) -> str:
        if not self._prefix:
            return ""
        padded = f"{name:<{self.WIDTH}} | "
        return f"\x1b[{_COLORS.get(name, 33)}m{padded}\x1b[0m" if self._colored else padded

    def _write(self) -> None:
        while (text := self._lines.get()) is not None:
            dropped, self._dropped = self._dropped, 0
            if dropped:
                text += f"\n({dropped} lines were dropped while this terminal stood still)"
            try:
                self._stream.write(text + "\n")
                self._stream.flush()
            except (OSError, ValueError):
                continue  # the terminal is gone; the processes must not notice


class ConsoleStream:
    """Lets `logging` write to a console."""

    def __init__(self, console: Console, name: str) -> None:
        self._console, self._name = console, name

    def write(self, text: str) -> None:
        """One log line with its line end."""
        self._console.line(self._name, text)

    def flush(self) -> None:
        """Nothing is held back here."""
