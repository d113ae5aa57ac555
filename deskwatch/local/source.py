"""Tickets of the desk itself, as a source beside the helpdesks: what its commands say becomes tickets.

The truth about these tickets is their files, in the folder and in the archive; nothing of it is kept here. A
command is put away only when a later round finds it in the ticket on the disk, so a crash at any moment
neither loses a command nor applies one twice.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from deskwatch.core.changes import Change
from deskwatch.core.own_commands import Applied, Command, Rejection
from deskwatch.core.own_tickets import OwnRules, change, create, deleted_words, is_another, is_deleted
from deskwatch.core.sync import Gone, Snapshot
from deskwatch.core.ticket import Ticket
from deskwatch.local.commands import CommandError, read_command
from deskwatch.local.foreign import Acknowledge, Foreign
from deskwatch.local.inbox import Outcome
from deskwatch.local.intake import Intake, Letter
from deskwatch.local.roster import Roster
from deskwatch.local.routing import Routing, is_meant
from deskwatch.local.shelf import LAST_ID, Shelf
from deskwatch.sources.source import Finding, Known, Report, SourceError
from deskwatch.sources.write_back import Writing
from deskwatch.store.errors import StoreError

log = logging.getLogger(__name__)

CURSOR = "own"
"""These tickets have no cursor; one that is there says that the archive was looked through."""


@dataclass(slots=True)
class _Answered:
    """A command about a ticket of another source: done, and put away once its history is on the disk."""

    stamp: str
    outcome: Outcome
    row: Change
    is_told: bool = False


@dataclass(slots=True)
class _Batch:
    """What the commands of one round make of the tickets; none of it is on the disk yet."""

    known: Known
    tickets: dict[str, Ticket] = field(default_factory=dict)
    gone: dict[str, Gone] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    applied: dict[str, str] = field(default_factory=dict)

    def add(self, command: Command, applied: Applied) -> None:
        """Keep what a command did."""
        ticket = applied.ticket
        self.tickets[ticket.key] = ticket
        self.changes += applied.changes
        self.applied[command.key] = ticket.key
        if applied.gone is not None:
            self.gone[ticket.key] = Gone(ticket.id, applied.gone)


class LocalSource:
    """Tickets of our own. One of several is in charge of commands that are nobody's."""

    kind = "local"
    place = "this Deskwatch"

    def __init__(
        self,
        name: str,
        rules: OwnRules,
        *,
        intake: Intake,
        shelf: Shelf,
        routing: Routing,
        acknowledge: Acknowledge,
        roster: Roster,
        keep_for: timedelta,
        is_empty: Callable[[], bool],
    ) -> None:
        self.name = name
        self._rules, self._intake, self._shelf, self._routing = rules, intake, shelf, routing
        self._acknowledge, self._roster, self._keep_for = acknowledge, roster, keep_for
        self._words: dict[str, str] = {}
        self._foreign = Foreign(shelf.elsewhere, acknowledge)
        self._answered: dict[str, _Answered] = {}
        self._is_empty = is_empty
        self._count_kept = True

    def hand_on_through(self, writing: Writing) -> None:
        """Hear how notes about tickets of other sources reach their helpdesks."""
        self._foreign.writing = writing

    # Source

    def deadline(self) -> AbstractContextManager[None]:
        """Nothing here waits for anybody."""
        return nullcontext()

    def close(self) -> None:
        """Nothing is open."""

    def wants_now(self) -> bool:
        """Whether a command waits."""
        return not self._is_empty()

    def fetch(self, cursor: str | None, *, known: Known, now: datetime) -> Snapshot:
        """What the waiting commands change. Without a cursor also what the archive holds and should not."""
        try:
            return self._fetch(cursor, known=known, now=now)
        except StoreError as problem:
            raise SourceError("store", str(problem)) from problem

    def _fetch(self, cursor: str | None, *, known: Known, now: datetime) -> Snapshot:
        is_whole = cursor != CURSOR
        if is_whole:
            self._intake.prepare()
        self._shelf.look_again()
        self._count_kept = self._kept_count(known)
        batch = _Batch(known)
        back = self._unfinished(known) if is_whole else ()
        collected = self._intake.collect(now=now)
        for letter in collected.letters:
            try:
                self._take(letter, batch, now=now)
            except StoreError:
                raise
            except Exception as error:  # one that nobody foresaw must not hold up all the others for ever
                log.exception("%s in tickets/.inbox: unexpected error, please report it", letter.name)
                words = f"unexpected {type(error).__name__}; the log of ticket_watcher.py tells where"
                self._intake.settle(letter, Outcome(False, None, words, "invalid"), now=now)
        for ticket in known.values():  # a crash came between the ticket and its way into the archive
            if ticket.key not in batch.tickets and (ticket.is_over or is_deleted(ticket)):
                batch.tickets[ticket.key] = ticket
                if is_deleted(ticket):
                    batch.gone[ticket.key] = Gone(ticket.id, deleted_words(ticket))
        for key, ticket in batch.tickets.items():
            if ticket.is_over or key in batch.gone:
                self._shelf.leaves(ticket)
        self._answered = {name: each for name, each in self._answered.items() if not each.is_told}
        once = {f"{name}-{each.stamp}": each.row for name, each in self._answered.items()}
        for each in self._answered.values():
            each.is_told = True
        tickets = {**{ticket.key: ticket for ticket in back}, **batch.tickets}
        return Snapshot(
            self.name,
            tickets=tuple(tickets.values()),
            present=frozenset(t.id for t in (*known.values(), *tickets.values())) if is_whole else None,
            complete=is_whole,
            cursor=CURSOR,
            gone=tuple(batch.gone.values()),
            more_in=0.0 if batch.applied or once else collected.look_in,
            exact=True,
            changes=tuple(batch.changes),
            once=once,
        )

    def list_open(self, *, known: Known, now: datetime) -> Snapshot:
        """Everything that is there is everything there is. Old commands are deleted on the way."""
        if removed := self._intake.prune(now - self._keep_for):
            log.info("Deleted %d commands that had been put away for too long", removed)
        return Snapshot(self.name, present=frozenset(t.id for t in known.values()), complete=True, exact=True)

    def look(self, ids: Collection[str], *, now: datetime) -> Snapshot:
        """There is nobody to ask."""
        return Snapshot(self.name, exact=True)

    def check(self, *, now: datetime) -> list[Finding]:
        """Whether commands can be given."""
        try:
            self._intake.prepare()
        except StoreError as problem:
            return [Finding(False, str(problem))]
        waiting = "a command waits" if self.wants_now() else "no command waits"
        return [Finding(True, f"tickets/.inbox takes commands for {self.name}; {waiting}")]

    def people(self, *, now: datetime) -> dict[str, dict[str, str]]:
        """Only those who are in the configuration."""
        return {"agents": dict(self._roster.agents), "requesters": {}}

    def raw(self, id_: str, *, now: datetime) -> Mapping[str, Any]:
        """One ticket as its file has it.

        Raises:
            SourceError: there is none.
        """
        ticket = self._shelf.of(f"{self.name}-{id_}", {}) or self._shelf.elsewhere(f"{self.name}-{id_}")
        if ticket is None:
            raise SourceError("not_found", f"there is no ticket {self.name}-{id_}")
        return ticket.to_dict()

    def report(self) -> Report:
        """What lies in the inbox and is no command."""
        return Report(notes=self._intake.notes)

    def memory(self) -> dict[str, Any]:
        """Nothing: the tickets are the memory."""
        return {}

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Nothing to take back."""

    def _kept_count(self, known: Known) -> bool:
        try:
            self._shelf.keep_count(known)
        except StoreError as problem:
            if self._count_kept:
                log.warning("%s: the last number is not written down: %s", self.name, problem)
            return False
        return True

    # Commands

    def _unfinished(self, known: Known) -> tuple[Ticket, ...]:
        """Archived tickets that nobody finished: this source was not configured for a while."""
        return tuple(t for t in self._shelf.retired(known) if not t.is_over and not is_deleted(t))

    def _take(self, letter: Letter, batch: _Batch, *, now: datetime) -> None:
        answered = self._answered.pop(letter.name, None)
        if answered is not None and answered.stamp == letter.stamp:
            if answered.is_told:
                self._intake.settle(letter, answered.outcome, now=now)
            else:  # the round before stopped half-way
                self._answered[letter.name] = answered
            return
        try:
            command = read_command(letter.said, name=letter.name, digest=letter.digest)
        except CommandError as problem:
            if self._routing.is_in_charge:
                self._intake.settle(letter, Outcome(False, None, str(problem), "invalid"), now=now)
            return
        way = self._routing.way(command)
        if isinstance(way, Rejection):
            self._refuse(letter, way, None, now=now)
            return
        is_ours, key = way.is_ours, way.key
        if way.maybe is not None:
            before = batch.tickets.get(way.maybe) or self._shelf.of(way.maybe, batch.known)
            if before is not None and is_meant(before, command.target or ""):
                is_ours, key = True, way.maybe
        if is_ours:
            self._answer(letter, command, key, batch, now=now)
        elif way.is_foreign and self._routing.is_in_charge:
            outcome, row = self._foreign.answer(command, key, now=now)
            if isinstance(outcome, datetime):
                self._intake.postpone(letter, until=outcome)
            elif row is None:
                self._intake.settle(letter, outcome, now=now)
            else:
                self._answered[letter.name] = _Answered(letter.stamp, outcome, row)

    def _answer(
        self, letter: Letter, command: Command, key: str | None, batch: _Batch, *, now: datetime
    ) -> None:
        """Apply a command of ours, or put it away when the disk shows that it is applied."""
        before = self._shelf.applied(command.key, batch.known)
        if before is not None and is_another(command, key, before):
            words = f"{before.number} has had another command with this idempotency_key; each needs its own"
            self._refuse(letter, Rejection("key_reused", words), before.key, now=now)
            return
        if before is not None:
            outcome = _done(before, self._words.pop(command.key, ""))
            self._intake.settle(letter, outcome, now=now)
            return
        if command.key in batch.applied:
            return  # a twin of one that this round applies; both are put away in the next
        meant = self._roster.meant(command.values, (*batch.known.values(), *batch.tickets.values()))
        if isinstance(meant, Rejection):
            self._refuse(letter, meant, key, now=now)
            return
        command = replace(command, values=meant[0])
        verdict = self._verdict(command, key, batch, now=now)
        if isinstance(verdict, Rejection):
            self._refuse(letter, verdict, None if verdict.code == "not_found" else key, now=now)
            return
        if command.op == "ack":
            self._acknowledge(verdict.ticket.key, command)
        batch.add(command, verdict)
        if meant[1]:
            self._words[command.key] = meant[1]

    def _verdict(
        self, command: Command, key: str | None, batch: _Batch, *, now: datetime
    ) -> Applied | Rejection:
        if key is None:
            id_ = self._shelf.next_id(batch.known, batch.tickets)
            if id_ > LAST_ID:  # the next one would have the same, and overwrite it
                words = f"no number is left; tickets/.numbers/{self.name}.json tells the last one"
                return Rejection("conflict", words)
            return create(command, id_, self._rules, now=now)
        ticket = batch.tickets.get(key) or self._shelf.of(key, batch.known)
        if ticket is None or not is_meant(ticket, command.target or ""):
            return Rejection("not_found", f"there is no ticket {command.target} here")
        return change(ticket, command, self._rules, now=now)

    def _refuse(self, letter: Letter, why: Rejection, key: str | None, *, now: datetime) -> None:
        self._intake.settle(letter, Outcome(False, key, why.words, why.code), now=now)


def _done(ticket: Ticket, words: str) -> Outcome:
    return Outcome(True, ticket.key, words, "done", number=ticket.number)
