"""Commands for tickets of other helpdesks: alerts are taken here, notes may be handed on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from deskwatch.core.changes import Change
from deskwatch.core.own_commands import Command
from deskwatch.core.ticket import Ticket
from deskwatch.local.inbox import Code, Outcome
from deskwatch.sources.source import SourceError
from deskwatch.sources.write_back import CodeReusedError, Writes, Writing

REST = timedelta(seconds=15)
"""How long a helpdesk that did not take a note is left alone: each try may last a whole time-out, and all
sources wait meanwhile."""
AGAIN, SELDOM = timedelta(seconds=30), timedelta(minutes=8)
"""How long that note waits, twice as long each time up to ``SELDOM``: it may be to blame, and others wait."""
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
        self._rests: dict[str, datetime] = {}
        self._tries: dict[str, int] = {}
        self.writing: Writing = nowhere

    def answer(
        self, command: Command, key: str | None, *, now: datetime
    ) -> tuple[Outcome | datetime, Change | None]:
        """What becomes of a command, or until when it waits, and a row for the history.

        Raises:
            StoreError: the disk did not take it; it waits.
        """
        ticket = self._find(key) if key else None
        if ticket is None:
            return Outcome(False, None, f"there is no ticket {command.target} here", "not_found"), None
        name = ticket.number or ticket.id
        if command.op == "ack":
            self._acknowledge(ticket.key, command)
            return Outcome(True, ticket.key, "", "done", number=name), _event(ticket, "ack", command, now)
        shown = ticket.key if name.isdecimal() else name  # a bare number says too little
        words = f"{shown} lives in {ticket.source}, not here; change it there"
        refused = Outcome(False, ticket.key, words, "foreign", ticket.url, name)
        if command.op != "note":
            return refused, None
        return self._hand_on(ticket, command, refused, now=now)

    def _hand_on(
        self, ticket: Ticket, command: Command, refused: Outcome, *, now: datetime
    ) -> tuple[Outcome | datetime, Change | None]:
        name = ticket.number or ticket.id
        rests_until = self._rests.get(ticket.source, now)
        if timedelta(0) < rests_until - now <= REST:  # or the clock was set back
            return rests_until, None
        try:
            with self.writing(ticket.source) as writes:
                if writes is None:
                    return refused, None
                writes.note(ticket.id, command.text, command.by, command.key, now=now)
        except CodeReusedError:
            words = f"another note for {ticket.source} had this idempotency_key before; each needs its own"
            return Outcome(False, ticket.key, words, "key_reused", ticket.url, name), None
        except SourceError as error:
            if error.kind in _PASSING:
                self._rests[ticket.source] = now + REST
                tries = self._tries[command.key] = self._tries.get(command.key, 0) + 1
                return now + min(AGAIN * 2 ** min(tries - 1, 10), SELDOM), None
            self._tries.pop(command.key, None)
            if error.kind == "config":
                return refused, None
            code: Code = "not_found" if error.kind == "not_found" else "conflict"
            return Outcome(False, ticket.key, error.words, code, ticket.url, name), None
        self._tries.pop(command.key, None)
        return Outcome(True, ticket.key, "", "done", number=name), _event(ticket, "note", command, now)


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
