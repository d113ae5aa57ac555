"""The simulated helpdesk: its tickets, and everything its people can do to them. No HTTP here."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from deskwatch.clock import Clock
from deskwatch.demo.changes import answered, assigned, heard_from, in_status, written
from deskwatch.demo.deadlines import STANDARD_PROMISES, Promises, with_deadlines
from deskwatch.demo.directory import IT, Directory, demo_directory
from deskwatch.demo.faults import FaultPlan
from deskwatch.demo.hours import AROUND_THE_CLOCK, DeskHours
from deskwatch.demo.ledger import Ledger
from deskwatch.demo.limits import PLANS, Limiter
from deskwatch.demo.records import HelpdeskTicket, Message
from deskwatch.demo.requests_log import RequestLog
from deskwatch.demo.statuses import ATERA_STATUSES, CLOSED, DEMO_STATUSES, OPEN, RESOLVED, DemoStatus
from deskwatch.demo.switches import Switches
from deskwatch.errors import DeskwatchError

if TYPE_CHECKING:
    from deskwatch.demo.population import Living

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_INDEX_MEMORY = timedelta(minutes=30)


class UnknownTicketError(DeskwatchError):
    """There is no such ticket in the simulated helpdesk."""


class Helpdesk:
    """One tenant. Safe to use from several threads; time moves when somebody looks (``advance``)."""

    def __init__(
        self,
        *,
        clock: Clock,
        directory: Directory | None = None,
        hours: DeskHours = AROUND_THE_CLOCK,
        promises: Promises = STANDARD_PROMISES,
        switches: Switches | None = None,
        plan: str = "enterprise",
        population: "Living | None" = None,
    ) -> None:
        self.clock = clock
        self.directory = directory or demo_directory()
        self.hours = hours
        self.promises = promises
        self.switches = switches or Switches()
        self.statuses: dict[int, DemoStatus] = dict(
            ATERA_STATUSES if self.switches.product == "atera" else DEMO_STATUSES
        )
        self.limiter = Limiter(PLANS[plan])
        self.faults = FaultPlan()
        self.log = RequestLog()
        self.lock = threading.RLock()
        self._population = population
        self._ledger = Ledger(_INDEX_MEMORY)
        self._messages: dict[int, list[Message]] = {}
        self._touched_by_hand: set[int] = set()
        self._now = _LONG_AGO
        self._replaying = False
        self._last_id = 100

    # Time

    def advance(self, to: datetime | None = None) -> datetime:
        """Let happen what happens until ``to`` (default: the clock's now). Time never runs backwards.

        A ticket that somebody changed by hand has left the population's story and is not touched by it again.
        """
        with self.lock:
            if self._replaying:
                return self._now
            to = max((to or self.clock()).astimezone(UTC).replace(microsecond=0), self._now)
            self._replaying = True
            try:
                for event in self._population.due(to) if self._population else ():
                    if event.ticket_id not in self._touched_by_hand:
                        self._now = max(self._now, event.at)
                        event.happen(self)
            finally:
                self._replaying = False
            self._now = to
            return to

    # Reading

    def ticket(self, id_: int) -> HelpdeskTicket:
        """The ticket as it is now, wherever it lies.

        Raises:
            UnknownTicketError: never existed or was purged.
        """
        with self.lock:
            self.advance()
            ticket = self._ledger.get(id_)
            if ticket is None:
                raise UnknownTicketError(f"The simulated helpdesk has no ticket {id_}.")
            return ticket

    def tickets(self) -> list[HelpdeskTicket]:
        """Every ticket that was not purged, trash and spam included."""
        with self.lock:
            self.advance()
            return list(self._ledger.current())

    def open_tickets(self) -> list[HelpdeskTicket]:
        """What a wall should show: listed and not over. The truth that tests compare with."""
        return [t for t in self.tickets() if t.is_listed and not self.status_of(t).is_over]

    def indexed_tickets(self) -> list[HelpdeskTicket]:
        """Every ticket as the search index knows it: ``index_lag`` ago."""
        with self.lock:
            return list(self._ledger.as_of(self.advance() - self.switches.index_lag))

    def conversation(self, id_: int) -> list[Message]:
        """Replies and notes, oldest first."""
        with self.lock:
            return list(self._messages.get(id_, ()))

    def status_of(self, ticket: HelpdeskTicket) -> DemoStatus:
        """The ticket's status; an id that nobody defined counts as open and running."""
        return self.statuses.get(ticket.status) or replace(DEMO_STATUSES[OPEN], id=ticket.status)

    # What people do

    def create_ticket(
        self,
        subject: str = "The projector is on strike",
        *,
        id: int | None = None,
        created_at: datetime | None = None,
        requester_id: int | None = None,
        status: int = OPEN,
        workspace_id: int = IT,
        **fields: Any,
    ) -> HelpdeskTicket:
        """A new ticket, by default now, from the first requester, open, medium, unassigned.

        Args:
            created_at: may lie in the past; ``updated_at`` is the same instant unless given.
            fields: any other field of ``HelpdeskTicket``; due dates that are not given follow the promises.
        """
        with self.lock:
            ticket = written(
                self._status(status),
                self.promises,
                self.hours.calendar,
                at=created_at or self.advance(),
                id=id if id is not None else self._last_id + 1,
                subject=subject,
                requester_id=requester_id or next(iter(self.directory.requesters)),
                workspace_id=workspace_id,
                **fields,
            )
            self._last_id = max(self._last_id, ticket.id)
            return self._put(ticket, since=ticket.updated_at)

    def assign(self, id_: int, agent_id: int | None) -> HelpdeskTicket:
        """Give the ticket to an agent; ``None`` takes it back."""
        return self._change(id_, lambda t, now: assigned(t, agent_id, now=now))

    def reply(self, id_: int, text: str = "We are on it.", *, agent_id: int | None = None) -> HelpdeskTicket:
        """An agent writes to the customer; the first time, that is the first response."""
        with self.lock:
            ticket = self._change(id_, lambda t, now: answered(t, now=now))
            author = agent_id or ticket.responder_id or next(iter(self.directory.agents))
            self._say(ticket, author, text)
            return ticket

    def customer_reply(
        self, id_: int, text: str = "Still broken.", *, status: int | None = None
    ) -> HelpdeskTicket:
        """The customer writes. ``status``: where an automation moves the ticket to, if there is one."""
        with self.lock:
            ticket = self._change(id_, lambda t, now: heard_from(t, now=now))
            self._say(ticket, ticket.requester_id, text, incoming=True)
            return ticket if status is None else self.change_status(id_, status)

    def note(
        self, id_: int, text: str = "Looks like the cable.", *, agent_id: int | None = None
    ) -> HelpdeskTicket:
        """A private note between agents."""
        with self.lock:
            ticket = self.ticket(id_)
            if self.switches.notes_touch_tickets:
                ticket = self.edit(id_)
            author = agent_id or ticket.responder_id or next(iter(self.directory.agents))
            self._say(ticket, author, text, note=True)
            return ticket

    def change_status(self, id_: int, status: int) -> HelpdeskTicket:
        """Move the ticket to a status; due dates freeze and move on as the status's SLA timer says."""
        to = self._status(status)
        return self._change(id_, lambda t, now: in_status(t, to, self.hours.calendar, now=now))

    def resolve(self, id_: int) -> HelpdeskTicket:
        """Status Resolved."""
        return self.change_status(id_, RESOLVED)

    def close(self, id_: int) -> HelpdeskTicket:
        """Status Closed."""
        return self.change_status(id_, CLOSED)

    def reopen(self, id_: int) -> HelpdeskTicket:
        """Status Open again."""
        return self.change_status(id_, OPEN)

    def change_priority(self, id_: int, priority: int) -> HelpdeskTicket:
        """Another priority: due dates are counted anew from the creation."""

        def reprioritized(ticket: HelpdeskTicket, now: datetime) -> HelpdeskTicket:
            ticket = ticket.with_(priority=priority, updated_at=now)
            has_date = ticket.due_by is not None
            return with_deadlines(ticket, self.promises, self.hours.calendar, resolution=has_date)

        return self._change(id_, reprioritized)

    def edit(self, id_: int, **fields: Any) -> HelpdeskTicket:
        """Change any field; ``updated_at`` follows unless it is given."""
        return self._change(id_, lambda t, now: t.with_(**{"updated_at": now, **fields}))

    def trash(self, id_: int) -> HelpdeskTicket:
        """Delete: gone from every view but ``filter=deleted``; ``restore`` brings it back."""
        return self.edit(id_, deleted=True)

    def mark_spam(self, id_: int) -> HelpdeskTicket:
        """Spam: gone from every view but ``filter=spam``."""
        return self.edit(id_, spam=True)

    def restore(self, id_: int) -> HelpdeskTicket:
        """Out of the trash, or not spam after all."""
        return self.edit(id_, deleted=False, spam=False)

    def purge(self, id_: int) -> None:
        """Delete for good: 404 from now on."""
        with self.lock:
            self.ticket(id_)
            self._ledger.purge(id_, self._now)
            self._messages.pop(id_, None)
            self._by_hand(id_)

    def merge(self, id_: int, *, into: int) -> HelpdeskTicket:
        """Merge a ticket into another: Freshservice has no flag for it, the loser is closed with a note."""
        with self.lock:
            self.ticket(into)
            self.note(id_, f"This ticket was merged into ticket {into}.")
            self.note(into, f"Ticket {id_} was merged into this ticket.")
            return self.close(id_)

    def move_workspace(self, id_: int, workspace_id: int, *, group_id: int | None = None) -> HelpdeskTicket:
        """Move to another workspace; groups belong to a workspace, so the old one is dropped."""
        return self.edit(id_, workspace_id=workspace_id, group_id=group_id)

    def forget(self, id_: int) -> None:
        """Drop a finished ticket to save memory; only the population does this."""
        with self.lock:
            self._ledger.forget(id_)
            self._messages.pop(id_, None)

    # What admins do

    def add_status(self, id_: int, name: str, *, clock_runs: bool = True) -> DemoStatus:
        """A custom status, added while everything runs."""
        status = replace(DEMO_STATUSES[OPEN], id=id_, name=name, clock_runs=clock_runs)
        with self.lock:
            self.statuses[id_] = status
        return status

    def revoke_key(self, at: datetime | None = None) -> None:
        """Every call answers 401 from then on (default: now)."""
        self.switches.key_valid_until = at or self.advance()

    def restore_key(self) -> None:
        """The key works again."""
        self.switches.key_valid_until = None

    # Inside

    def _status(self, id_: int) -> DemoStatus:
        return self.statuses.get(id_) or replace(DEMO_STATUSES[OPEN], id=id_, name=f"Status {id_}")

    def _change(
        self, id_: int, change: Callable[[HelpdeskTicket, datetime], HelpdeskTicket]
    ) -> HelpdeskTicket:
        with self.lock:
            ticket = self.ticket(id_)
            return self._put(change(ticket, self._now))

    def _put(self, ticket: HelpdeskTicket, *, since: datetime | None = None) -> HelpdeskTicket:
        self._by_hand(ticket.id)
        return self._ledger.put(ticket, since or self._now)

    def _by_hand(self, id_: int) -> None:
        if not self._replaying:
            self._touched_by_hand.add(id_)

    def _say(
        self, ticket: HelpdeskTicket, user_id: int, text: str, *, incoming: bool = False, note: bool = False
    ) -> None:
        said = self._messages.setdefault(ticket.id, [])
        said.append(
            Message(
                id=ticket.id * 1000 + len(said),
                user_id=user_id,
                at=self._now,
                text=text,
                kind="note" if note else "reply",
                incoming=incoming,
            )
        )
