"""Which source a command is for: ours, another one of our kind, a helpdesk, or nobody's."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from deskwatch.core.own_commands import Command, Rejection
from deskwatch.core.sync import ticket_key
from deskwatch.core.ticket import Ticket

NUMBER = re.compile(r"(?:(?P<prefix>[A-Za-z][A-Za-z0-9]*)-)?0*(?P<id>[1-9][0-9]{0,17})")
"""The number of a ticket of ours in any spelling: ``NDB-0007``, ``ndb-7``, ``7``."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where a command goes.

    Attributes:
        key: of its ticket; ``None`` for a new one.
        maybe: of a ticket of ours that is meant if it has that number: prefixes may have been others once.
    """

    key: str | None = None
    is_ours: bool = False
    is_foreign: bool = False
    maybe: str | None = None


@dataclass(frozen=True, slots=True)
class Routing:
    """What one source of kind ``local`` needs to know about all of them.

    Attributes:
        name: of this source.
        prefixes: of the numbers, by name of every source of kind ``local``.
        others: names of the sources of other kinds.
    """

    name: str
    prefixes: dict[str, str]
    others: Collection[str]

    @property
    def is_in_charge(self) -> bool:
        """Whether commands that are for no source of our kind are answered by this one."""
        return self.name == min(self.prefixes)

    def way(self, command: Command) -> Way | Rejection:
        """Where it goes; a Rejection only from the source in charge, so that a command has one answer."""
        source, key = self._meant(command)
        if isinstance(source, Rejection):
            return source if self.is_in_charge else Way()
        if source == self.name:
            return Way(key, is_ours=True)
        number = NUMBER.fullmatch((command.target or "").strip()) if source is None else None
        maybe = ticket_key(self.name, number["id"]) if number else None
        return Way(key, is_foreign=source not in self.prefixes, maybe=maybe)

    def _meant(self, command: Command) -> tuple[str | Rejection | None, str | None]:
        """The source, and the key of the ticket."""
        if command.source is not None and command.source not in (*self.prefixes, *self.others):
            known = ", ".join(sorted(self.prefixes))
            return Rejection(
                "invalid", f"source: there is no source {command.source[:60]!r} (known: {known})"
            ), None
        if command.target is None:
            return self._for_a_new_one(command), None
        return self._for_a_ticket(command.target.strip(), command.source)

    def _for_a_new_one(self, command: Command) -> str | Rejection:
        if command.source is not None and command.source in self.prefixes:
            return command.source
        if command.source is not None:
            return Rejection("foreign", f"tickets of {command.source} are made there, not here")
        if len(self.prefixes) == 1:
            return self.name
        return Rejection("invalid", f"source: is missing; say which of {', '.join(sorted(self.prefixes))}")

    def _for_a_ticket(self, target: str, source: str | None) -> tuple[str | Rejection | None, str | None]:
        for name in sorted((*self.prefixes, *self.others), key=len, reverse=True):
            if target.startswith(f"{name}-") and source in (None, name):
                return name, target
        number = NUMBER.fullmatch(target)
        if source is not None and source not in self.prefixes:
            return source, ticket_key(source, target)
        if number is None:
            return None, target  # a ticket of another program, or none
        named = [name for name, prefix in self.prefixes.items() if _is_prefix(number["prefix"], prefix)]
        if source is not None:
            named = [name for name in named if name == source]
        if len(named) == 1:
            return named[0], ticket_key(named[0], number["id"])
        if not named:
            return None, target
        words = f"id: {target[:60]} may be of {' or '.join(sorted(named))}; give its key, or a source"
        return Rejection("invalid", words), None


def is_meant(ticket: Ticket, target: str) -> bool:
    """Whether a command that leads to this ticket by its id means it: a number has the right prefix, too."""
    said, known = NUMBER.fullmatch(target.strip()), NUMBER.fullmatch(ticket.number)
    if target.strip() == ticket.key or said is None or known is None or not said["prefix"]:
        return True
    return _is_prefix(said["prefix"], known["prefix"] or "")


def _is_prefix(said: str | None, prefix: str) -> bool:
    return said is None or said.casefold() == prefix.casefold()
