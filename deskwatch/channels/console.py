"""Notifications on the terminal: for demos, and to see what would be said."""

import sys
from threading import Lock
from typing import TextIO

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.file_settings import ConsoleSettings
from deskwatch.channels.words import one_line, without_controls
from deskwatch.core.delivery import Notification, Receipt


class Console:
    """Prints each notification on standard output."""

    kind = "console"
    medium = "chat"

    def __init__(self, name: str, settings: ConsoleSettings, *, stream: TextIO | None = None) -> None:
        self.name = name
        self.timeout = settings.timeout.total_seconds()
        self._stream = stream
        self._lock = Lock()

    def send(self, notification: Notification) -> Receipt:
        """Print it; what a terminal would obey is left out."""
        to = one_line(f"{notification.person} {notification.address}", 200)
        lines = "\n".join(f"    {line}" for line in without_controls(notification.text).splitlines())
        out = self._stream or sys.stdout
        said = f"{self.name} to {to}: {one_line(notification.subject, 200)}\n{lines}\n"
        letters = getattr(out, "encoding", None) or "utf-8"
        said = said.encode(letters, "replace").decode(letters)  # terminals of Windows know few letters
        with self._lock:
            try:
                out.write(said)
                out.flush()
            except (OSError, ValueError) as problem:  # a closed pipe, or a stream that is closed
                raise DeliveryError("broken", f"nobody reads what is printed ({problem})") from None
        return Receipt(state="delivered", provider_id=notification.id, status="printed")

    def check(self) -> str:
        """Nothing can be wrong with it."""
        return "prints on the notifier's terminal"

    def close(self) -> None:
        """Nothing to let go."""
