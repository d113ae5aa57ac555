"""What Deskwatch may write into a helpdesk, when an admin allows it: a raised priority, a private note.

A ``Pen`` makes one call and no promise. ``Writes`` is what the rest of the watcher uses: it remembers what it
is about to write, so that nothing is written twice whatever happens in between.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

from deskwatch.core.ticket import Priority
from deskwatch.settings import Strict
from deskwatch.sources.source import SourceError


class WriteBackSettings(Strict):
    """What may be written into this helpdesk. Its key then needs the right to edit tickets."""

    priority: bool = False
    """``true``: a priority that ``escalate`` of ``sla.yaml`` raised is raised in the helpdesk too, with a
    private note that says why. Once for each missed deadline: whoever lowers it again is not contradicted."""
    note: bool = False
    """``true``: notes that people write here about its tickets become private notes there."""


class PriorityThere(NamedTuple):
    """The priority of a ticket in its helpdesk, and when the ticket was last changed there."""

    priority: Priority | None
    updated_at: datetime | None


class Pen(Protocol):
    """Single calls that write, and what tells afterwards whether they did. Each may raise SourceError."""

    def put_priority(self, id_: str, priority: Priority, *, now: datetime) -> None:
        """Set the priority of a ticket."""

    def add_note(self, id_: str, text: str, *, now: datetime) -> None:
        """Add a private note to a ticket. Twice said is twice there."""

    def priority_of(self, id_: str, *, now: datetime) -> PriorityThere:
        """What the helpdesk has now."""

    def has_note(self, id_: str, code: str, *, now: datetime) -> bool:
        """Whether a note of the ticket contains this code."""


class CodeReusedError(SourceError):
    """Another note has this code already; what is asked for now is not written."""


class Writes(Protocol):
    """Writes that happen once, however often they are asked for: also after a lost answer or a crash."""

    def note(self, id_: str, text: str, by: str, code: str, *, now: datetime) -> None:
        """Add a private note in somebody's name; returns when it is there.

        Args:
            id_: of the ticket in its helpdesk.
            by: who wrote it.
            code: the same for the same note, another one for every other: what it is known by.

        Raises:
            CodeReusedError: another note was asked for with this code.
            SourceError: it is not there, or nobody knows yet (kinds ``timeout``, ``connection``, ``server``,
                ``rate_limited``: call again later with the same code); any other kind is final.
            StoreError: the disk did not take what is about to be written, so nothing was.
        """

    def set_priority(self, id_: str, priority: Priority, *, now: datetime) -> None:
        """Set the priority of a ticket. Harmless when repeated, so nothing is remembered.

        Raises:
            SourceError: as for ``note``.
        """


Writing = Callable[[str], AbstractContextManager[Writes | None]]
"""Opens the writes of a source by its name, within its total time-out; ``None``: nothing is written there."""


@runtime_checkable
class HandsOn(Protocol):
    """A source that is given notes about tickets of other sources."""

    def hand_on_through(self, writing: Writing) -> None:
        """Hear how notes reach the helpdesks."""
