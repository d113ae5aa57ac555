"""Commands for tickets of other helpdesks: alerts are taken here, notes may be handed on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from deskwatch.core.changes import Change
from deskwatch.core.own_commands import Command
from deskwatch.core.ticket import Ticket
from deskwatch.local.inbox import Code, Outcome
from deskwatch.sources.source import SourceError
from deskwatch.sources.write_back import Writes, Writing

AGAIN = timedelta(seconds=30)
"""How long a helpdesk that did not take a note is left alone."""
_PASSING = frozenset({"timeout", "connection", "server", "rate_limited"})

Acknowledge = Callable[[str, Command], None]
"""Tells the notifier that somebody has a ticket in hand: key of the ticket, and the command."""


@contextmanager
def nowhere(source: str) -> Iterator[Writes | None]:
    """Nothing is written into any helpdesk."""
    yield None


class Foreign:
    """Answers commands for tickets of other sources. ``writing``: how notes reach their helpdesks."""

    def __init__(self, find: Callable[[str], Ticket | None], acknowledge: Acknowledge) -> None:
        self._find, self._acknowledge = find, acknowledge
        self.writing: Writing = nowhere

    def answer(
        self, command: Command, key: str | None, *, now: datetime
    ) -> tuple[Outcome | None, tuple[Change, ...]]:
        """What becomes of a command, and rows for the history; ``None``: nobody knows yet, so it waits.

        Raises:
            StoreError: the disk did not take it; it waits.
        """
        ticket = self._find(key) if key else None
        if ticket is None:
            return Outcome(False, None, f"there is no ticket {command.target} here", "not_found"), ()
        name = ticket.number or ticket.id
        if command.op == "ack":
            self._acknowledge(ticket.key, command)
            return Outcome(True, ticket.key, "", "done", number=name), (_event(ticket, "ack", command, now),)
        words = f"{name} lives in {ticket.source}, not here; change it there"
        refused = Outcome(False, ticket.key, words, "foreign", ticket.url, name)
        if command.op != "note":
            return refused, ()
        return self._hand_on(ticket, command, refused, now=now)

    def _hand_on(
        self, ticket: Ticket, command: Command, refused: Outcome, *, now: datetime
    ) -> tuple[Outcome | None, tuple[Change, ...]]:
        name = ticket.number or ticket.id
        try:
            with self.writing(ticket.source) as writes:
                if writes is None:
                    return refused, ()
                writes.note(ticket.id, command.text, command.by, command.key, now=now)
        except SourceError as error:
            if error.kind in _PASSING:
                return None, ()
            if error.kind == "config":
                return refused, ()
            code: Code = "not_found" if error.kind == "not_found" else "conflict"
            return Outcome(False, ticket.key, error.words, code, ticket.url, name), ()
        return Outcome(True, ticket.key, "", "done", number=name), (_event(ticket, "note", command, now),)


def _event(ticket: Ticket, field: str, command: Command, now: datetime) -> Change:
    return Change(
        at=now,
        ticket=ticket.key,
        field=field,
        old=None,
        new=command.text or None,
        by=command.by,
        cause=command.cause,
    )
