"""Notifications in a file: for tests and demos, and as a trail that outlives the database."""

import json
import os
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.file_settings import FileSettings
from deskwatch.channels.words import one_line, without_controls
from deskwatch.clock import Clock, utc_now
from deskwatch.core.delivery import Notification, Receipt

_MODE = 0o640


class File:
    """Appends each notification, on the disk before it counts as delivered."""

    kind = "file"
    medium = "chat"

    def __init__(self, name: str, settings: FileSettings, *, clock: Clock = utc_now) -> None:
        self.name = name
        self.timeout = settings.timeout.total_seconds()
        self.path = Path(settings.path)
        self._format = settings.format
        self._clock = clock
        self._lock = Lock()

    def send(self, notification: Notification) -> Receipt:
        """Append it and flush it to the disk."""
        entry = (
            _line(notification, self._clock())
            if self._format == "json"
            else _text(notification, self._clock())
        )
        with self._lock:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                _append(self.path, entry.encode("utf-8", "replace"))
            except OSError as problem:
                raise DeliveryError("broken", f"{self.path} cannot be written ({problem.strerror})") from None
        return Receipt(state="delivered", provider_id=notification.id, status="written")

    def find(self, notification: Notification, *, now: datetime) -> Receipt | None:
        """Whether the file holds it; a half-written last line does not count."""
        return self._receipt(notification.id)

    def status(self, provider_id: str) -> Receipt:
        """What is in the file is delivered."""
        return self._receipt(provider_id) or Receipt(state="sent", provider_id=provider_id)

    def _receipt(self, id_: str) -> Receipt | None:
        try:
            with self.path.open("rb") as lines:
                if any(_is_about(line, id_) for line in lines):
                    return Receipt(state="delivered", provider_id=id_, status="written")
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise DeliveryError("transient", f"{self.path} cannot be read ({problem.strerror})") from None
        return None

    def check(self) -> str:
        """Whether the file can be written; creates it."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _append(self.path, b"")
        except OSError as problem:
            raise DeliveryError("broken", f"{self.path} cannot be written ({problem.strerror})") from None
        return f"writes to {self.path}"

    def close(self) -> None:
        """Nothing to let go: the file is open only while a line is written."""


def _append(path: Path, data: bytes) -> None:
    """Add whole lines; a half line that a crash left behind is ended first."""
    with open(path, "ab+", buffering=0, opener=_private) as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            data = data if file.read(1) == b"\n" else b"\n" + data
        while data:
            data = data[file.write(data) :]
        os.fsync(file.fileno())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, _MODE)


def _line(notification: Notification, now: datetime) -> str:
    entry: dict[str, Any] = {
        "at": now.isoformat(),
        "id": notification.id,
        "code": notification.code,
        "alerts": list(notification.alerts),
        "person": notification.person,
        "channel": notification.channel,
        "address": notification.address,
        "urgency": notification.urgency,
        "step": notification.step,
        "subject": notification.subject,
        "text": notification.text,
        "url": notification.url,
        "repeat": notification.repeat,
    }
    return json.dumps(entry, ensure_ascii=False, allow_nan=False) + "\n"


def _text(notification: Notification, now: datetime) -> str:
    to = one_line(f"{notification.person} {notification.address}", 200)
    lines = "".join(f"    {line}\n" for line in without_controls(notification.text).splitlines())
    head = f"{now.isoformat()} to {to}: {one_line(notification.subject, 200)}"
    return f"{head}\n{lines}-- {notification.id}\n"


def _is_about(line: bytes, id_: str) -> bool:
    if not line.endswith(b"\n"):
        return False
    if line == f"-- {id_}\n".encode():
        return True
    try:
        entry = json.loads(line)
    except ValueError:
        return False
    return isinstance(entry, dict) and entry.get("id") == id_
