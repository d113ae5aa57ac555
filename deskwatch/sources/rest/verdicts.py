"""Single tickets by their ids. "There is no such ticket" counts only when the key can see another one."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from deskwatch.core.sync import Gone, Snapshot
from deskwatch.core.ticket import Ticket
from deskwatch.sources.rest.api import Api
from deskwatch.sources.rest.expression import ExpressionError
from deskwatch.sources.rest.guard import Guard
from deskwatch.sources.rest.harvest import Harvest
from deskwatch.sources.rest.items import is_ticket
from deskwatch.sources.rest.requests import PlaceError, places_of_id, request_of
from deskwatch.sources.rest.rows import RowError
from deskwatch.sources.rest.settings import OneSettings
from deskwatch.sources.source import Known, SourceError

CONTROLS = 2
"""Tickets of the last list that are asked for, to see whether asking for one works at all."""

_OF_ALL_CALLS = ("auth", "timeout", "connection", "tls", "server")
"""Errors that the next ticket would meet too."""


@dataclass
class Verdicts:
    """Asks for tickets one by one.

    Attributes:
        controls: ids that the last complete list named.
    """

    api: Api
    one: OneSettings
    guard: Guard
    harvest: Harvest
    controls: Collection[str] = field(default_factory=tuple)

    def of(self, ids: Collection[str], known: Known) -> Snapshot:
        """Rows, and what is gone, of as many ids as pace and time allow.

        Raises:
            SourceError: the helpdesk refuses, or what it says about absent tickets cannot be believed; rows
                that were read are its progress.
        """
        items: list[Any] = []
        missing: list[str] = []
        dropped: list[Gone] = []
        trouble: SourceError | None = None
        more_in = None
        for id_ in ids:
            wait = self.api.pace.wait(spare=1 + CONTROLS)
            if wait or self.api.left < self.api.timeouts.total / 4:
                more_in = wait
                break
            try:
                item = self.item(id_)
            except SourceError as error:
                trouble = trouble or error
                if error.retry_after is not None or error.kind in _OF_ALL_CALLS:
                    break
                continue
            if item is None:
                missing.append(id_)
            elif is_ticket(item, self.api.settings.tickets):
                items.append(item)
            else:
                dropped.append(Gone(id_, "it is none of those that keep lets in"))
        snapshot = self.harvest.snapshot(items, known)
        try:
            gone = self._believed(missing, snapshot, asked=ids)
        except SourceError as error:
            gone, trouble = (), trouble or error
        snapshot = Snapshot(
            snapshot.source,
            tickets=snapshot.tickets,
            gone=(*snapshot.gone, *dropped, *gone),
            more_in=more_in,
        )
        if trouble is not None:
            trouble.progress = snapshot
            raise trouble
        return snapshot

    def item(self, id_: str) -> Any:
        """One ticket as the helpdesk tells it; None when it says that there is none.

        Raises:
            SourceError: it did not tell, or it told of another ticket.
        """
        words, doing = self.api.words, f"reading ticket {id_}"
        try:
            request = request_of(self.one, part="one", doing=doing, places=places_of_id(id_))
        except PlaceError as problem:
            raise words.config_error(doing, f"one: {problem}") from None
        try:
            told = self.api.data(request)
        except SourceError as error:
            if error.status in self.one.gone:
                return None
            raise
        if told is None:
            return None
        try:
            item = self.one.item(told)
        except ExpressionError as problem:
            raise words.config_error(doing, f"one.item: {problem}") from None
        if item in (None, [], {}):
            return None
        try:
            found = self.harvest.reader.id_of(item)
        except RowError as problem:
            raise words.error("answer", doing, f"{problem}; check one in {words.file}", status=200) from None
        if found != id_:
            why = f"the answer is another ticket; check one in {words.file}"
            raise words.error("answer", doing, why, status=200)
        return item

    def _believed(
        self, missing: list[str], snapshot: Snapshot, *, asked: Collection[str]
    ) -> tuple[Gone, ...]:
        """Those of the missing that are gone indeed."""
        gone = tuple(Gone(id_, "the helpdesk says that there is no such ticket") for id_ in missing)
        if not self.harvest.ours & set(missing):
            return gone  # a hint about something we never had
        if self.guard.has_probe:
            self.guard.prove()
        seen = any(isinstance(row, Ticket) for row in snapshot.tickets)
        candidates = [id_ for id_ in self.controls if id_ not in set(asked)][:CONTROLS]
        if seen or any(self.item(id_) is not None for id_ in candidates):
            return gone
        if self.guard.has_probe and not candidates:
            return gone
        words = self.api.words
        if candidates:
            problem = (
                f"there is nothing at the address of {len(missing)} tickets, and neither at that of tickets "
                f"that the list names; nothing is archived. Check one in {words.file}, and the key's rights"
            )
        else:
            problem = (
                "every ticket is gone, or the key does not work any more; nothing is archived. "
                f"Say in {words.file} by which probe to tell the difference"
            )
        raise words.error("not_found", "looking for tickets that the list lacks", problem)
