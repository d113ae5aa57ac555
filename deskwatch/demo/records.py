"""What the simulated helpdesk keeps: tickets, messages, people, groups and workspaces."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A part of the tenant with tickets and groups of its own. Id 1 is reserved for the global scope."""

    id: int
    name: str
    primary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """Where a requester works; a company in Freshdesk."""

    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Agents who share a queue."""

    id: int
    name: str
    workspace_id: int
    agent_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Human:
    """An agent or a requester. A last name may be missing, an agent may also ask for help."""

    id: int
    first_name: str
    last_name: str | None
    email: str
    phone: str | None = None
    mobile: str | None = None
    department_id: int | None = None
    language: str = "en"
    active: bool = True
    is_agent: bool = False

    @property
    def name(self) -> str:
        """First and last name, as Freshservice shows them."""
        return f"{self.first_name} {self.last_name}" if self.last_name else self.first_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One entry of a ticket's conversation."""

    id: int
    user_id: int
    at: datetime
    text: str
    kind: Literal["reply", "note"] = "reply"
    incoming: bool = False


@dataclass(frozen=True, kw_only=True)
class HelpdeskTicket:
    """One version of a ticket; a change makes a new version. Instants are UTC in whole seconds."""

    id: int
    subject: str
    requester_id: int
    created_at: datetime
    updated_at: datetime
    status_updated_at: datetime
    description: str = ""
    workspace_id: int = 2
    status: int = 2
    priority: int = 2
    urgency: int = 1
    impact: int = 1
    source: int = 1
    type: str | None = "Incident"
    category: str | None = None
    sub_category: str | None = None
    responder_id: int | None = None
    group_id: int | None = None
    department_id: int | None = None
    tags: tuple[str, ...] = ()
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    deleted: bool = False
    spam: bool = False
    fr_due_by: datetime | None = None
    due_by: datetime | None = None
    clock_stopped_since: datetime | None = None
    first_assigned_at: datetime | None = None
    assigned_at: datetime | None = None
    first_responded_at: datetime | None = None
    agent_responded_at: datetime | None = None
    requester_responded_at: datetime | None = None
    opened_at: datetime | None = None
    pending_since: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    inbound_count: int = 1
    outbound_count: int = 0

    @property
    def is_listed(self) -> bool:
        """Whether default views show it: neither in the trash nor spam."""
        return not (self.deleted or self.spam)

    def with_(self, **changes: Any) -> "HelpdeskTicket":
        """A copy with some fields changed; ``replace`` takes ten times as long, a demo week has 100,000."""
        copy = object.__new__(HelpdeskTicket)
        copy.__dict__.update(self.__dict__)
        copy.__dict__.update(changes)
        return copy
