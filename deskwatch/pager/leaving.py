"""Tickets that are done with: the watcher writes them a last time and archives them in the same moment."""

from collections import ChainMap
from collections.abc import Mapping, MutableMapping
from typing import cast

from deskwatch.core.alert_kinds import AlertKind
from deskwatch.core.ticket import Ticket
from deskwatch.pager.ledger import Ledger
from deskwatch.store.tickets import TicketFolder


class Leaving:
    """The last state of tickets that left, as long as somebody is still to be told of it."""

    def __init__(self, folder: TicketFolder, ledger: Ledger) -> None:
        self._folder, self._ledger = folder, ledger
        self._tickets: dict[str, Ticket] = {}

    def beside(self, tickets: Mapping[str, Ticket]) -> Mapping[str, Ticket]:
        """The tickets of the folder, and behind them those that left."""
        return ChainMap(cast(MutableMapping[str, Ticket], tickets), self._tickets)

    def last_state(self, key: str) -> Ticket | None:
        """How a ticket left, if it is done with; ``None`` also when that was asked before."""
        if key in self._tickets:
            return None
        ticket = self._folder.archived(key)
        if ticket is None or not ticket.is_over:
            return None
        self._tickets[key] = ticket
        return ticket

    def is_still_told(self, key: str) -> bool:
        """Whether somebody is still to hear that the ticket was resolved; if not, it is forgotten."""
        if any(raised.alert.kind is AlertKind.RESOLVED for raised in self._ledger.of_ticket(key)):
            return True
        self._tickets.pop(key, None)
        return False
