"""Ctrl-C at a terminal: exit code 130 without a traceback, also while a program is still being loaded."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
_pressed = False


def leaves_at_once() -> None:
    """From now on Ctrl-C ends this process on the spot. For the time in which modules are loaded.

    Who starts us may have held a Ctrl-C back, as ``start.py`` does while one Python becomes another; it comes
    through now.
    """
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as a shell starts what runs in the background
        signal.signal(signal.SIGINT, _leave)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@contextmanager
def stops_the_command() -> Iterator[None]:
    """Meanwhile Ctrl-C raises ``KeyboardInterrupt``, so that a command can put away what it holds."""
    before = signal.getsignal(signal.SIGINT)
    if before is _leave:
        signal.signal(signal.SIGINT, _stop)
    try:
        yield
    finally:
        if before is _leave:
            signal.signal(signal.SIGINT, _leave)


def caused(error: BaseException | None) -> bool:
    """Whether an error is a Ctrl-C in disguise: Python, pydantic and others wrap what is raised in them."""
    if _pressed:
        return True
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def _stop(_number: int, _frame: FrameType | None) -> None:
    global _pressed
    _pressed = True
    raise KeyboardInterrupt


def _leave(_number: int, _frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)
