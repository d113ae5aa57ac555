"""Tickets that left the folder: what the archive and the notifier's database still know of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from deskwatch.core.ticket import Ticket
from deskwatch.errors import UsageError
from deskwatch.notify_commands.desk_view import DeskView
from deskwatch.notify_commands.words import near
from deskwatch.store.tickets import TicketFolder


@dataclass(frozen=True, slots=True)
class Gone:
    """A ticket that left; ``words`` say where it is: ``resolved, in the archive since 17:58``."""

    key: str
    words: str
    ticket: Ticket | None = None


def find_gone(view: DeskView, wanted: str) -> Gone | None:
    """The ticket of that key or id that is not in the folder any more; ``None``: it never was, as we know.

    Raises:
        UsageError: several can be meant.
    """
    folder, bare = TicketFolder(view.home.tickets), wanted.removeprefix("#")
    if not bare:
        return None
    key = bare if folder.archived(bare) is not None else _one(_archived_keys(folder, bare), wanted)
    if key is not None and (left := folder.departed(key)) is not None:
        since = f" since {near(left.at, view.now, view.config.zone)}" if left.at is not None else ""
        reason = f"{left.reason}, " if left.reason else ""
        return Gone(key, f"{reason}in the archive{since}", left.ticket)
    recorded = view.outbox.tickets_called(bare) if view.outbox is not None else ()
    key = bare if bare in recorded else _one(recorded, wanted)
    return None if key is None else Gone(key, "there is no file of it any more; this is what was told of it")


def _archived_keys(folder: TicketFolder, id_: str) -> Iterable[str]:
    end = f"-{id_}.json"
    return (name.removesuffix(".json") for name in folder.archived_names() if name.endswith(end))


def _one(keys: Iterable[str], wanted: str) -> str | None:
    found = sorted(set(keys))
    if len(found) > 1:
        raise UsageError(f"{wanted} can be {' or '.join(found[:5])}; use one of these keys")
    return found[0] if found else None
