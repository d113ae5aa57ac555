"""What every helpdesk adapter offers to the watcher, and how it says that something went wrong."""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from deskwatch.core.sync import Snapshot
from deskwatch.core.ticket import Ticket
from deskwatch.errors import UnreachableError

Kind = Literal[
    "auth",
    "forbidden",
    "rate_limited",
    "timeout",
    "connection",
    "tls",
    "server",
    "answer",
    "not_found",
    "config",
    "store",
]
"""What an admin has to look at. ``tls``: the helpdesk's certificate; ``store``: our own disk, the answer was
good and could not be kept. Walls have a sentence for each (``deskwatch/web/source_trouble.py``)."""

Known = Mapping[str, Ticket]
"""The stored tickets of one source by key; a source reads it and never keeps it."""


class SourceError(UnreachableError):
    """A helpdesk that did not give what was asked of it. Nothing follows from it for any ticket.

    Attributes:
        kind: what an admin has to look at.
        words: one sentence for people, without secrets.
        status: the HTTP status, when there was an answer.
        retry_after: seconds the helpdesk asked to be left alone, already clamped.
        progress: rows that were read before it went wrong; they are good.
    """

    def __init__(
        self,
        kind: Kind,
        words: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        progress: Snapshot | None = None,
    ) -> None:
        super().__init__(words)
        self.kind: Kind = kind
        self.words = words
        self.status = status
        self.retry_after = retry_after
        self.progress = progress


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of ``check --live``: whether it is fine, and the words."""

    ok: bool
    words: str
    unreachable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a source tells about itself for the heartbeat."""

    credits_used: int = 0
    credits_left: int | None = None
    credits_total: int | None = None
    clock_skew_seconds: float | None = None
    unmapped: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


class Source(Protocol):
    """A helpdesk. Every method may raise SourceError, and none outlives the total time-out."""

    name: str
    kind: str

    @property
    def place(self) -> str:
        """Which account this is; what was remembered of another one is worth nothing."""

    def deadline(self) -> AbstractContextManager[None]:
        """Everything asked inside ends within the total time-out."""

    def close(self) -> None:
        """Let go of connections."""

    def fetch(self, cursor: str | None, *, known: Known, now: datetime) -> Snapshot:
        """What changed since the cursor; without one, everything that is open (the answer is complete)."""

    def list_open(self, *, known: Known, now: datetime) -> Snapshot:
        """Everything that is open. Long lists come in parts (``more_in``); only the last part is complete."""

    def look(self, ids: Collection[str], *, now: datetime) -> Snapshot:
        """The verdict on single tickets: a row, or Gone with a reason. Some may be left for the next call."""

    def check(self, *, now: datetime) -> list[Finding]:
        """Try everything the source needs, and say in words what works. Does not raise SourceError."""

    def people(self, *, now: datetime) -> dict[str, dict[str, str]]:
        """Id to name of all ``agents`` and ``requesters``."""

    def raw(self, id_: str, *, now: datetime) -> Mapping[str, Any]:
        """One ticket exactly as the helpdesk tells it."""

    def wants_now(self) -> bool:
        """Whether something waits that should not wait for the next poll. Asked often, and cheap."""

    def report(self) -> Report:
        """Credits, clock and gaps as of the last call. Costs nothing."""

    def memory(self) -> dict[str, Any]:
        """What to hand back to ``recall`` after a restart, as plain JSON values without secrets."""

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Take back what ``memory`` gave; ignores anything it does not understand."""
