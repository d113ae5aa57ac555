"""Hear from the operating system that files were renamed into a folder, made or removed there."""

import errno
import logging
import os
from collections.abc import Callable

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from deskwatch.store.names import is_ticket_file

MakeObserver = Callable[[], BaseObserver]

RESCAN = ""
"""Stands in the queue of names for: some were lost."""

# Events of reading and writing are filtered in the kernel: each would cost a place in its queue of 16,384.
_KINDS: list[type[FileSystemEvent]] = [
    FileMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    DirMovedEvent,
    DirCreatedEvent,
    DirDeletedEvent,
]
_LOG = logging.getLogger("watchdog.observers.inotify_c")
_EMITTER_LOG = logging.getLogger("watchdog.observers.inotify")


class FolderListener(FileSystemEventHandler):
    """Puts the names it hears into a queue and does no more: an error here would end the observer's thread.

    Raises:
        OSError: the system offers no events for this folder, or no more of them.
    """

    def __init__(self, folder: str, put: Callable[[str], None], make_observer: MakeObserver) -> None:
        self._put = put
        self._heard = False
        observer = make_observer()
        if isinstance(observer, PollingObserver):
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))  # ours polls at a tenth of its cost
        try:
            observer.schedule(self, folder, recursive=False, event_filter=_KINDS)
            observer.start()
        except BaseException:
            observer.stop()  # its reader thread runs since it was made
            raise
        self._observer = observer
        self._overflow = _OverflowHandler(put)
        _EMITTER_LOG.addFilter(_is_no_farewell)
        _LOG.setLevel(logging.WARNING)  # otherwise a quiet log configuration would hide it from us too
        _LOG.addHandler(self._overflow)

    def dispatch(self, event: FileSystemEvent) -> None:
        """Called by the observer's thread."""
        self._heard = True
        for path in (event.src_path, event.dest_path):
            name = os.path.basename(os.fsdecode(path))
            if name and is_ticket_file(name):
                self._put(name)

    def take_heard(self) -> bool:
        """Whether there was any event since this was asked last."""
        heard, self._heard = self._heard, False
        return heard

    def is_alive(self) -> bool:
        """Whether the threads that listen still run; they end with the folder they listen to."""
        return self._observer.is_alive() and all(emitter.is_alive() for emitter in self._observer.emitters)

    def close(self) -> None:
        """Stop listening."""
        _LOG.removeHandler(self._overflow)
        self._observer.stop()
        self._observer.join(1.0)


def _is_no_farewell(record: logging.LogRecord) -> bool:
    """watchdog logs an error for each event that is still on its way when it is stopped; that is no error."""
    return "when the thread is inactive" not in str(record.msg)


class _OverflowHandler(logging.Handler):
    """watchdog 7 tells of an overflow of the kernel's queue in its log and nowhere else."""

    def __init__(self, put: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._put = put

    def emit(self, record: logging.LogRecord) -> None:
        if "overflow" in str(record.msg):
            self._put(RESCAN)
