"""The ticket that a word on a command line means: by key, number or id, in the same words everywhere."""

from deskwatch.core.ticket import Ticket
from deskwatch.errors import UsageError
from deskwatch.settings import nearest_words
from deskwatch.store.tickets import TicketFolder


class NoSuchTicketError(UsageError):
    """There is no ticket of that name in the folder."""


def ticket_called(wanted: str, folder: TicketFolder) -> Ticket:
    """The ticket with that key, number or id; a ``#`` before it does not matter.

    Raises:
        NoSuchTicketError: there is none.
        UsageError: several have that number.
        StoreError: the folder cannot be listed.
    """
    names = folder.scan() if folder.root.is_dir() else {}  # before the first round there is none
    bare = wanted.removeprefix("#")
    if f"{bare}.json" in names and isinstance(exact := folder.load(f"{bare}.json"), Ticket):
        return exact
    tickets = [each for name in names if isinstance(each := folder.load(name), Ticket)]
    found = [each for each in tickets if bare in (each.key, each.number, each.id)]
    if len(found) == 1:
        return found[0]
    keys = [each.key for each in found or tickets]
    if found:
        raise UsageError(f"{wanted} can be {' or '.join(sorted(keys)[:5])}; use one of these keys")
    raise NoSuchTicketError(f"there is no ticket {wanted} in {folder.root}{nearest_words(wanted, keys)}")
