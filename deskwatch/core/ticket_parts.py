"""The parts of a ticket: phase, priority, status, people, and how each is read from a file and written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from deskwatch.core.instants import TicketError, clip, format_instant, parse_instant


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


NO_STATUS = Status(id="", name="")


class PhaseSince(NamedTuple):
    """A phase of a ticket's history, and when it began."""

    phase: Phase
    since: datetime


_PHASES: dict[Any, Phase] = {phase.value: phase for phase in Phase}
_PRIORITIES: dict[Any, Priority] = {priority.value: priority for priority in Priority}


def kind_of(value: object) -> str:
    """What a JSON value is, in words."""
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def read_text(value: Any) -> str:
    """A text; numbers are accepted where text is expected."""
    if type(value) is str:
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise TicketError(f"expected text, got {kind_of(value)}")


def read_flag(value: Any) -> bool:
    """True or false."""
    if isinstance(value, bool):
        return value
    raise TicketError(f"expected true or false, got {kind_of(value)}")


def read_tags(value: Any) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list):
        raise TicketError(f"expected a list of texts, got {kind_of(value)}")
    return tuple(read_text(tag) for tag in value)


def read_phase(value: Any) -> Phase:
    """A phase by its word."""
    try:
        return _PHASES[value]
    except (KeyError, TypeError):
        raise TicketError(f"expected one of {', '.join(Phase)}, got {clip(value)}") from None


def read_priority(value: Any) -> Priority:
    """A priority by its word."""
    try:
        return _PRIORITIES[value]
    except (KeyError, TypeError):
        raise TicketError(f"expected one of {', '.join(Priority)}, got {clip(value)}") from None


def read_status(value: Any) -> Status:
    """A status of which the id or the name may be missing."""
    if not isinstance(value, Mapping):
        raise TicketError(f"expected an object with id and name, got {kind_of(value)}")
    id_ = read_text(value.get("id", ""))
    return _one_status(id_, read_text(value.get("name") or (f"Status {id_}" if id_ else "")))


def read_person(value: Any) -> Person:
    """A person of whom the id or the name may be missing."""
    if not isinstance(value, Mapping):
        raise TicketError(f"expected an object with id and name, got {kind_of(value)}")
    email, phone = value.get("email"), value.get("phone")
    id_ = read_text(value.get("id", ""))
    return _one_person(
        id_,
        read_text(value.get("name") or id_),
        None if email is None else read_text(email),
        None if phone is None else read_text(phone),
    )


def read_history(value: Any) -> tuple[PhaseSince, ...]:
    """The phases a ticket went through, oldest first."""
    if not isinstance(value, list):
        raise TicketError(f"expected a list of objects with phase and since, got {kind_of(value)}")
    return tuple([_phase_since(entry) for entry in value])


def _phase_since(value: Any) -> PhaseSince:
    if not isinstance(value, Mapping):
        raise TicketError(f"expected an object with phase and since, got {kind_of(value)}")
    since: Any = value.get("since")
    at = one_instant(since) if type(since) is str else parse_instant(since)
    return PhaseSince(read_phase(value.get("phase")), at)


# Equal people, statuses and instants are one object, which saves a third of the memory and of the time.


@lru_cache(maxsize=1024)
def _one_status(id_: str, name: str) -> Status:
    return Status(id=id_, name=name)


@lru_cache(maxsize=16_384)
def _one_person(id_: str, name: str, email: str | None, phone: str | None) -> Person:
    return Person(id=id_, name=name, email=email, phone=phone)


@lru_cache(maxsize=4096)
def one_instant(text: str) -> datetime:
    """Like ``parse_instant``."""
    return parse_instant(text)


def person_dict(person: Person) -> dict[str, Any]:
    """A person as the ticket file writes it."""
    return {"id": person.id, "name": person.name, "email": person.email, "phone": person.phone}


def status_dict(status: Status) -> dict[str, Any]:
    """A status as the ticket file writes it."""
    return {"id": status.id, "name": status.name}


def history_list(phases: tuple[PhaseSince, ...]) -> list[dict[str, str]]:
    """A history of phases as the ticket file writes it."""
    return [{"phase": phase.value, "since": format_instant(since)} for phase, since in phases]
