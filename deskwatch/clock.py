"""The only place that reads the clock. Everything else is told the time as an argument named ``now``."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Anything that answers the current instant: ``utc_now`` in production, a settable fake in tests."""

Monotonic = Callable[[], float]
"""Anything that answers seconds that only ever grow."""


def utc_now() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds on a clock that is never set back; for measuring waits, never for naming instants."""
    return time.monotonic()
