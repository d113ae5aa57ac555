"""What the ticket folder and its archive know about tickets of our own: numbers, and applied commands."""

import re
from collections.abc import Iterator, Mapping

from deskwatch.core.own_commands import is_own
from deskwatch.core.own_tickets import applied_to
from deskwatch.core.sync import ticket_key
from deskwatch.core.ticket import Ticket
from deskwatch.store.atomic import make_folder, write_atomic
from deskwatch.store.codec import UndecodableError, decode_object, encode_object
from deskwatch.store.errors import MissingTicketError, UnreadableError
from deskwatch.store.reading import NotPlainFileError, read_small_file
from deskwatch.store.tickets import TicketFolder

LAST_ID = 10**18 - 1
_ID = re.compile(r"[1-9][0-9]{0,17}")


class Shelf:
    """Reads the tickets of one source, wherever they are. The archive is read once and then followed."""

    def __init__(self, source: str, folder: TicketFolder) -> None:
        self._source, self._folder = source, folder
        self._counter = folder.root / ".numbers" / f"{source}.json"
        self._highest: int | None = None
        self._counted: int | None = None
        self._left: dict[str, str] | None = None
        self._known: Mapping[str, Ticket] | None = None
        self._there: dict[str, Ticket] = {}
        self._leaving: list[str] = []

    def of(self, key: str, known: Mapping[str, Ticket]) -> Ticket | None:
        """A ticket of ours by key: from the folder, else from the archive."""
        if key in known:
            return known[key]
        archived = self._folder.archived(key)
        return archived if archived is not None and is_own(archived) else None

    def elsewhere(self, key: str) -> Ticket | None:
        """A ticket of any source that is on the wall."""
        try:
            return self._folder.read(key)
        except (MissingTicketError, UnreadableError):
            return None

    def retired(self, known: Mapping[str, Ticket]) -> Iterator[Ticket]:
        """Tickets of ours in the archive; those that are in the folder too are left out."""
        for name in self._folder.archived_names():
            key = self._key_of(name)
            if key is not None and key not in known:
                ticket = self._folder.archived(key)
                if ticket is not None and ticket.source == self._source and is_own(ticket):
                    yield ticket

    # Which commands were applied

    def look_again(self) -> None:
        """The tickets may be others than in the last round."""
        self._known = None

    def applied(self, command: str, known: Mapping[str, Ticket]) -> Ticket | None:
        """The ticket that a command was applied to, as it is on the disk; ``None``: it was not."""
        if self._known is not known:
            self._known = known
            self._there = {each: ticket for ticket in known.values() for each in applied_to(ticket)}
        if (there := self._there.get(command)) is not None:
            return there
        if self._left is None:
            self._left = {}
            for ticket in self.retired(known):
                self.leaves(ticket)
        key = self._left.get(command)
        found = self._folder.archived(key) if key is not None else None
        return found if found is not None and command in applied_to(found) else None

    def leaves(self, ticket: Ticket) -> None:
        """Remember a ticket that is about to leave for the archive."""
        self._leaving.append(ticket.key)
        if self._left is not None:
            self._left |= dict.fromkeys(applied_to(ticket), ticket.key)

    # Numbers

    def next_id(self, *sets: Mapping[str, Ticket]) -> int:
        """An id that no ticket ever had, those in ``sets`` included that are not on the disk yet."""
        if self._highest is None:
            names = [*self._folder.scan(), *self._folder.archived_names()]
            keys = (self._key_of(name) for name in names)
            self._highest = max([self._read_count(), *(self._id_of(key) for key in keys if key is not None)])
        return max([self._highest, *(self._id_of(key) for tickets in sets for key in tickets)]) + 1

    def keep_count(self, known: Mapping[str, Ticket]) -> None:
        """Write down the highest number on the disk, for the day on which the archive has forgotten it.

        Raises:
            StoreError: the old count is still there; the tickets themselves tell, too.
        """
        leaving, self._leaving = self._leaving, []
        there = [*known, *(key for key in leaving if self._folder.archived(key) is not None)]
        highest = max([self._highest or 0, *(self._id_of(key) for key in there)])
        if self._highest is not None:
            self._highest = highest
        if self._counted is None:
            self._counted = self._read_count()
        if highest > self._counted:
            make_folder(self._counter.parent)
            write_atomic(self._counter, encode_object({"last": highest}), staging=self._folder.staging)
            self._counted = highest

    def _read_count(self) -> int:
        try:
            last = decode_object(read_small_file(self._counter)).get("last")
        except (OSError, NotPlainFileError, UndecodableError):
            return 0
        return last if isinstance(last, int) and 0 <= last <= LAST_ID else 0

    def _key_of(self, name: str) -> str | None:
        stem = name.removesuffix(".json")
        id_ = stem.removeprefix(f"{self._source}-")
        return ticket_key(self._source, id_) if id_ != stem and _ID.fullmatch(id_) else None

    def _id_of(self, key: str) -> int:
        id_ = key.removeprefix(f"{self._source}-")
        return int(id_) if _ID.fullmatch(id_) else 0
