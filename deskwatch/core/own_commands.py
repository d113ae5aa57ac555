"""Commands for tickets of the desk's own, the statuses these may have, and what becomes of a command."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from deskwatch.core.changes import Change
from deskwatch.core.ticket import Phase, Status, Ticket

Op = Literal["create", "update", "assign", "note", "ack", "resolve", "delete"]
"""What a command may ask for."""
APPLIED = "applied"
"""Key in the ticket file, with the commands that were applied. Tickets of helpdesks do not have it."""
RejectionCode = Literal["invalid", "not_found", "foreign", "conflict", "forbidden", "key_reused"]


class OwnStatus(NamedTuple):
    """A status of our own tickets and what it means for the work."""

    status: Status
    phase: Phase


def _status(id_: str, name: str, phase: Phase) -> tuple[str, OwnStatus]:
    return id_, OwnStatus(Status(id=id_, name=name), phase)


STATUSES: Mapping[str, OwnStatus] = dict(
    (
        _status("open", "Open", Phase.OPEN),
        _status("in_progress", "In progress", Phase.OPEN),
        _status("pending", "Pending", Phase.PENDING),
        _status("waiting_on_customer", "Waiting on customer", Phase.WAITING_ON_CUSTOMER),
        _status("waiting_on_third_party", "Waiting on third party", Phase.WAITING_ON_THIRD_PARTY),
        _status("customer_replied", "Customer replied", Phase.CUSTOMER_REPLIED),
        _status("on_hold", "On hold", Phase.ON_HOLD),
        _status("scheduled", "Scheduled", Phase.SCHEDULED),
        _status("resolved", "Resolved", Phase.RESOLVED),
        _status("closed", "Closed", Phase.CLOSED),
    )
)
"""By id, which is the name in small letters with ``_`` between the words."""


def status_named(text: str) -> OwnStatus | None:
    """The status of a name or id, however it is spelled: ``In Progress``, ``in-progress``."""
    return STATUSES.get("_".join(text.casefold().replace("-", " ").replace("_", " ").split()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command, checked as far as it can be without the ticket.

    Attributes:
        by: who gives it, in words for people.
        key: what makes it this command and no other one; applied commands are remembered by it.
        fingerprint: of what it asks for, so that another command under the same key is noticed.
        target: key or number of the ticket; ``None`` only for ``create``.
        source: which source the ticket is in, or shall be in; ``None``: it goes without saying.
        at: when it was done, if that was earlier than now.
        values: fields of ``Ticket`` to set; ``None`` clears one.
        text: a note, the explanation of a resolve, or the reason of a delete.
        role: what the door knows about who gives it.
    """

    op: Op
    by: str
    key: str
    fingerprint: str = ""
    target: str | None = None
    source: str | None = None
    at: datetime | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    role: str | None = None

    @property
    def cause(self) -> str:
        """For the history: what kind of command it was, and where it came from."""
        return f"{self.op} by the API ({self.role})" if self.role else f"{self.op} in tickets/.inbox"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a command is not applied."""

    code: RejectionCode
    words: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What a command makes of a ticket, with its history. ``gone``: why it leaves for the archive."""

    ticket: Ticket
    changes: tuple[Change, ...] = ()
    gone: str | None = None


def is_own(ticket: Ticket) -> bool:
    """Whether it was made here; a source may have had the name of a helpdesk before."""
    return APPLIED in ticket.extra
