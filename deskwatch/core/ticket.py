"""The normalized ticket: the one vocabulary that sources write and walls and alerts read.

The file format is documented for other programs in ``docs/ticket-file.md``; this module is its reading.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from deskwatch.core.instants import TicketError, format_instant, parse_instant
from deskwatch.core.ticket_parts import (
    NO_STATUS,
    Person,
    Phase,
    PhaseSince,
    Priority,
    Status,
    history_list,
    kind_of,
    one_instant,
    person_dict,
    read_flag,
    read_history,
    read_person,
    read_phase,
    read_priority,
    read_status,
    read_tags,
    read_text,
    status_dict,
)

__all__ = [
    "FIELD_NAMES",
    "SCHEMA",
    "Person",
    "Phase",
    "PhaseSince",
    "Priority",
    "Status",
    "Ticket",
    "TicketError",
    "format_instant",
    "parse_instant",
    "people_of",
]

SCHEMA = 1


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
    status: Status = NO_STATUS
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
    noted_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    source_breached: bool | None = None
    first_seen_at: datetime | None = None
    seen_at: datetime | None = None
    assigned_since: datetime | None = None
    status_since: datetime | None = None
    priority_since: datetime | None = None
    previous_agent: Person | None = None
    previous_priority: Priority | None = None
    previous_phase: Phase | None = None
    reopened_at: datetime | None = None
    phases: tuple[PhaseSince, ...] = ()
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
            raise TicketError(f"expected one JSON object, got {kind_of(data)}")
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


def _read_known(data: Mapping[str, Any]) -> dict[str, Any]:
    """The known fields that are not null. Grouped by kind: start-up reads every field of 100,000 files."""
    get = data.get
    values: dict[str, Any] = {name: one_instant(at) for name in _INSTANTS if (at := get(name)) is not None}
    for name in _TEXTS:
        value = get(name)
        if type(value) is str:
            values[name] = value
        elif value is not None:
            values[name] = read_text(value)
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


_REQUIRED = ("key", "source", "id")
FIELD_NAMES = tuple(f.name for f in fields(Ticket) if f.name != "extra")
_KNOWN = frozenset(FIELD_NAMES) | {"schema"}
_PEOPLE = ("requester", "agent", "group", "client", "previous_agent")
_INSTANTS = tuple(name for name in FIELD_NAMES if name.endswith(("_at", "_since")))
_OTHERS: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    *((role, read_person) for role in _PEOPLE),
    ("tags", read_tags),
    ("status", read_status),
    ("phase", read_phase),
    ("priority", read_priority),
    ("previous_priority", read_priority),
    ("previous_phase", read_phase),
    ("phases", read_history),
    ("source_breached", read_flag),
)
_TEXTS = tuple(name for name in FIELD_NAMES if name not in {*_INSTANTS, *dict(_OTHERS)})
_READERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_TEXTS, read_text),
    **dict.fromkeys(_INSTANTS, parse_instant),
    **dict(_OTHERS),
}
_WRITERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_INSTANTS, format_instant),
    **dict.fromkeys(_PEOPLE, person_dict),
    "status": status_dict,
    "tags": list,
    "phases": history_list,
}


def people_of(tickets: Iterable[Ticket], role: str) -> dict[str, str]:
    """Id to name of everybody who plays ``role`` (``agent``, ``group``, ``client``) on these tickets."""
    return {p.id: p.name for t in tickets if (p := getattr(t, role)) is not None}
