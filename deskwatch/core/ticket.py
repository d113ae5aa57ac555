"""The normalized ticket: the one vocabulary that sources write and walls and alerts read.

The file format is documented for other programs in ``docs/ticket-file.md``; this module is its reading.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
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
            raise TicketError(f"schema: this version reads schema {SCHEMA}, the file says {schema!r:.60}")
        try:
            values = _read_known(data)
        except (TicketError, TypeError):  # TypeError: a list or an object where a text belongs
            _explain(data)
            raise
        for name in _REQUIRED:
            if not values.get(name):
                raise TicketError(f"{name}: missing")
        if data.keys() <= _KNOWN:
            return cls(**values)
        return cls(extra={name: value for name, value in data.items() if name not in _KNOWN}, **values)

    def to_dict(self) -> dict[str, Any]:
        """The object of this ticket's file: documented order, known fields first, then ``extra``."""
        data: dict[str, Any] = {"schema": SCHEMA}
        for name in FIELD_NAMES:
            value = getattr(self, name)
            write = _WRITERS.get(name)
            data[name] = value if value is None or write is None else write(value)
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
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat()[: -len("+00:00")] + "Z"


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
        return _PHASES[value]
    except (KeyError, TypeError):
        raise TicketError(f"expected one of {', '.join(Phase)}, got {_clip(value)}") from None


def _priority(value: Any) -> Priority:
    try:
        return _PRIORITIES[value]
    except (KeyError, TypeError):
        raise TicketError(f"expected one of {', '.join(Priority)}, got {_clip(value)}") from None


def _status(value: Any) -> Status:
    if not isinstance(value, Mapping):
        raise TicketError(f"expected an object with id and name, got {_kind(value)}")
    id_ = _text(value.get("id", ""))
    return _one_status(id_, _text(value.get("name") or (f"Status {id_}" if id_ else "")))


def _person(value: Any) -> Person:
    if not isinstance(value, Mapping):
        raise TicketError(f"expected an object with id and name, got {_kind(value)}")
    email, phone = value.get("email"), value.get("phone")
    id_ = _text(value.get("id", ""))
    return _one_person(
        id_,
        _text(value.get("name") or id_),
        None if email is None else _text(email),
        None if phone is None else _text(phone),
    )


# Equal people, statuses and instants are one object, which saves a third of the memory and of the time.


@lru_cache(maxsize=1024)
def _one_status(id_: str, name: str) -> Status:
    return Status(id=id_, name=name)


@lru_cache(maxsize=16_384)
def _one_person(id_: str, name: str, email: str | None, phone: str | None) -> Person:
    return Person(id=id_, name=name, email=email, phone=phone)


@lru_cache(maxsize=4096)
def _one_instant(text: str) -> datetime:
    return parse_instant(text)


def _read_known(data: Mapping[str, Any]) -> dict[str, Any]:
    """The known fields that are not null. Grouped by kind: start-up reads every field of 100,000 files."""
    get = data.get
    values: dict[str, Any] = {name: _one_instant(at) for name in _INSTANTS if (at := get(name)) is not None}
    for name in _TEXTS:
        value = get(name)
        if type(value) is str:
            values[name] = value
        elif value is not None:
            values[name] = _text(value)
    for name, read in _OTHERS:
        if (value := get(name)) is not None:
            values[name] = read(value)
    return values


def _explain(data: Mapping[str, Any]) -> None:
    """Raise the TicketError of the first field that cannot be read, with its name."""
    for name, value in data.items():
        read = _READERS.get(name)
        if read is not None and value is not None:
            try:
                read(value)
            except TicketError as problem:
                raise TicketError(f"{name}: {problem}") from None


def _person_dict(person: Person) -> dict[str, Any]:
    return {"id": person.id, "name": person.name, "email": person.email, "phone": person.phone}


def _status_dict(status: Status) -> dict[str, Any]:
    return {"id": status.id, "name": status.name}


_REQUIRED = ("key", "source", "id")
FIELD_NAMES = tuple(f.name for f in fields(Ticket) if f.name != "extra")
_KNOWN = frozenset(FIELD_NAMES) | {"schema"}
_PHASES: dict[Any, Phase] = {phase.value: phase for phase in Phase}
_PRIORITIES: dict[Any, Priority] = {priority.value: priority for priority in Priority}

_PEOPLE = ("requester", "agent", "group", "client")
_INSTANTS = tuple(name for name in FIELD_NAMES if name.endswith(("_at", "_since")))
_OTHERS: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    *((role, _person) for role in _PEOPLE),
    ("tags", _tags),
    ("status", _status),
    ("phase", _phase),
    ("priority", _priority),
    ("source_breached", _flag),
)
_TEXTS = tuple(name for name in FIELD_NAMES if name not in {*_INSTANTS, *dict(_OTHERS)})
_READERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_TEXTS, _text),
    **dict.fromkeys(_INSTANTS, parse_instant),
    **dict(_OTHERS),
}
_WRITERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_INSTANTS, format_instant),
    **dict.fromkeys(_PEOPLE, _person_dict),
    "status": _status_dict,
    "tags": list,
}


def people_of(tickets: Iterable[Ticket], role: str) -> dict[str, str]:
    """Id to name of everybody who plays ``role`` (``agent``, ``group``, ``client``) on these tickets."""
    return {p.id: p.name for t in tickets if (p := getattr(t, role)) is not None}
