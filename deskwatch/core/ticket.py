"""The normalized ticket: the one vocabulary that sources write and walls and alerts read.

The file format is documented for other programs in ``docs/ticket-file.md``; this module is its reading.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

SCHEMA = 1


class Phase(StrEnum):
    """Where a ticket stands in its life, whatever its helpdesk calls the status."""

    OPEN = "open"
    PENDING = "pending"
    WAITING_ON_CUSTOMER = "waiting_on_customer"
    WAITING_ON_THIRD_PARTY = "waiting_on_third_party"
    CUSTOMER_REPLIED = "customer_replied"
    ON_HOLD = "on_hold"
    SCHEDULED = "scheduled"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def is_over(self) -> bool:
        """Whether nobody has to work on such a ticket any more."""
        return self in (Phase.RESOLVED, Phase.CLOSED)


class Priority(StrEnum):
    """How urgent a ticket is. Compare with ``rank``: the words do not sort."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """1 for low to 4 for urgent, the numbers Freshservice and most helpdesks use."""
        return _PRIORITY_RANK[self]


_PRIORITY_RANK = {p: n for n, p in enumerate(Priority, 1)}


class TicketError(ValueError):
    """A ticket that cannot be understood; the message names the field and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody or something with an id in the helpdesk: requester, agent, group or client."""

    id: str
    name: str
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The helpdesk's own status: the id it uses on the wire and the word its people know."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One ticket. Every instant is aware and in UTC; ``None`` means the source did not say."""

    key: str
    source: str
    id: str
    number: str = ""
    url: str | None = None
    subject: str = ""
    description: str = ""
    type: str | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()
    status: Status = Status(id="", name="")
    phase: Phase = Phase.OPEN
    priority: Priority | None = None
    requester: Person | None = None
    agent: Person | None = None
    group: Person | None = None
    client: Person | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    first_response_due_at: datetime | None = None
    resolution_due_at: datetime | None = None
    first_responded_at: datetime | None = None
    agent_responded_at: datetime | None = None
    requester_responded_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    source_breached: bool | None = None
    first_seen_at: datetime | None = None
    seen_at: datetime | None = None
    assigned_since: datetime | None = None
    status_since: datetime | None = None
    priority_since: datetime | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether nobody has to work on this ticket any more."""
        return self.phase.is_over

    def with_(self, **changes: Any) -> "Ticket":
        """A copy with some fields changed."""
        return replace(self, **changes)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Ticket":
        """Read a ticket from the object of a ticket file.

        Only ``key``, ``source`` and ``id`` are required; unknown keys are kept in ``extra``.

        Raises:
            TicketError: a field is missing or holds something it cannot hold.
        """
        if not isinstance(data, Mapping):
            raise TicketError(f"expected one JSON object, got {_kind(data)}")
        schema = data.get("schema", SCHEMA)
        if schema != SCHEMA:
            raise TicketError(f"schema: this version reads schema {SCHEMA}, the file says {schema!r}")
        values: dict[str, Any] = {}
        extra: dict[str, Any] = {}
        for name, value in data.items():
            read = _READERS.get(name)
            if read is not None:
                if value is not None:
                    try:
                        values[name] = read(value)
                    except TicketError as problem:
                        raise TicketError(f"{name}: {problem}") from None
            elif name != "schema":
                extra[name] = value
        for name in _REQUIRED:
            if not values.get(name):
                raise TicketError(f"{name}: missing")
        return cls(extra=extra, **values)

    def to_dict(self) -> dict[str, Any]:
        """The object of this ticket's file: documented order, known fields first, then ``extra``."""
        data: dict[str, Any] = {"schema": SCHEMA}
        for name in FIELD_NAMES:
            data[name] = _plain(getattr(self, name))
        for name, value in self.extra.items():
            data.setdefault(name, value)
        return data


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant; the answer is aware and in UTC.

    Raises:
        TicketError: not an instant, or one without an offset.
    """
    try:
        at = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        raise TicketError(f"expected an instant such as 2026-03-10T13:19:27Z, got {_clip(text)}") from None
    if at.tzinfo is UTC:
        return at
    if at.tzinfo is None:
        raise TicketError(f"expected an instant with an offset (end it with Z for UTC), got {_clip(text)}")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise TicketError(f"the instant lies outside the calendar: {_clip(text)}") from None


def format_instant(at: datetime) -> str:
    """An instant as RFC 3339 in UTC, whole seconds when it has no fraction."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _clip(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise TicketError(f"expected text, got {_kind(value)}")


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise TicketError(f"expected true or false, got {_kind(value)}")


def _tags(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TicketError(f"expected a list of texts, got {_kind(value)}")
    return tuple(_text(tag) for tag in value)


def _phase(value: Any) -> Phase:
    try:
        return Phase(value)
    except ValueError:
        raise TicketError(f"expected one of {', '.join(Phase)}, got {_clip(value)}") from None


def _priority(value: Any) -> Priority:
    try:
        return Priority(value)
    except ValueError:
        raise TicketError(f"expected one of {', '.join(Priority)}, got {_clip(value)}") from None


def _status(value: Any) -> Status:
    if not isinstance(value, Mapping):
        raise TicketError(f"expected an object with id and name, got {_kind(value)}")
    id_ = _text(value.get("id", ""))
    return Status(id=id_, name=_text(value.get("name") or f"Status {id_}"))


def _person(value: Any) -> Person:
    if not isinstance(value, Mapping):
        raise TicketError(f"expected an object with id and name, got {_kind(value)}")
    email, phone = value.get("email"), value.get("phone")
    id_ = _text(value.get("id", ""))
    return Person(
        id=id_,
        name=_text(value.get("name") or id_),
        email=None if email is None else _text(email),
        phone=None if phone is None else _text(phone),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, Person):
        return {name: getattr(value, name) for name in ("id", "name", "email", "phone")}
    if isinstance(value, Status):
        return {"id": value.id, "name": value.name}
    if isinstance(value, tuple):
        return list(value)
    return value


_REQUIRED = ("key", "source", "id")
FIELD_NAMES = tuple(f.name for f in fields(Ticket) if f.name != "extra")
_READERS: dict[str, Any] = {
    **dict.fromkeys(FIELD_NAMES, _text),
    **dict.fromkeys((n for n in FIELD_NAMES if n.endswith(("_at", "_since"))), parse_instant),
    **dict.fromkeys(("requester", "agent", "group", "client"), _person),
    "tags": _tags,
    "status": _status,
    "phase": _phase,
    "priority": _priority,
    "source_breached": _flag,
}


def people_of(tickets: Iterable[Ticket], role: str) -> dict[str, str]:
    """Id to name of everybody who plays ``role`` (``agent``, ``group``, ``client``) on these tickets."""
    return {p.id: p.name for t in tickets if (p := getattr(t, role)) is not None}
