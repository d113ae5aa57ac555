"""Ticket Dash's own rules: in which of its four sections a ticket stands, in which order, with which words.

Walls and scripts made for Ticket Dash read these words, so they are its words to the letter, English and in
wall-clock time. Our own boards have rules of their own (``board``); nothing here touches them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from deskwatch.core.ticket import Priority, Ticket

SECTIONS = (
    "Open {view} Tickets",
    "Customer Replied",
    "Needs Agent / Update Overdue",
    "Other Active {view} Tickets",
)
"""Titles of the four sections; ``view`` is the title of the board."""

STATUS_NAMES: Mapping[int, str] = MappingProxyType(
    {
        2: "Open",
        3: "Pending",
        8: "Scheduled",
        9: "Waiting on Customer",
        10: "Waiting on Third Party",
        13: "Under Investigation",
        19: "Update Needed",
        23: "On Hold",
        26: "Customer Replied",
        27: "Pending Hubspot",
    }
)
UPDATE_LIMITS: Mapping[Priority, timedelta] = MappingProxyType(
    {
        Priority.URGENT: timedelta(minutes=30),
        Priority.HIGH: timedelta(days=2),
        Priority.MEDIUM: timedelta(days=3),
        Priority.LOW: timedelta(days=4),
    }
)
OPEN, REPLIED, SILENT, OTHER = 1, 2, 3, 4
"""The sections: open, the customer replied, silent for too long, everything else."""

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_REQUEST, _INCIDENT = "Service Request", "Incident"


@dataclass(frozen=True, kw_only=True)
class DashRules:
    """What its constants said. The defaults are those of its newest version.

    Attributes:
        open: status ids of tickets that wait for a first response or are worked on.
        customer_replied, never_silent, waiting_on_customer, on_hold: status ids with words of their own;
            ``None``: there is no such status. ``never_silent`` is never overdue for an update.
        names: what each status is called; any other is ``Unknown Status (n)``.
        limits: how long nothing may change, by priority; a priority that is not named has no limit.
        warning, critical: time left until the deadline from which on it has these classes.
    """

    open: frozenset[int] = frozenset({2, 3, 19})
    customer_replied: int | None = 26
    never_silent: int | None = 27
    waiting_on_customer: int | None = 9
    on_hold: int | None = 23
    names: Mapping[int, str] = field(default_factory=lambda: STATUS_NAMES)
    limits: Mapping[Priority, timedelta] = field(default_factory=lambda: UPDATE_LIMITS)
    warning: timedelta = timedelta(hours=12)
    critical: timedelta = timedelta(hours=4)

    def status_name(self, status: int | None) -> str:
        """What a status is called."""
        named = self.names.get(status) if status is not None else None
        return named or f"Unknown Status ({status})"


class Standing(NamedTuple):
    """Where a ticket stands: section 1 to 4, words and class of its last cell, its place in the section."""

    section: int
    text: str
    css_class: str
    order: tuple[float, ...]


def standing(ticket: Ticket, rules: DashRules, *, now: datetime) -> Standing:
    """Ask in Ticket Dash's order: replied, never silent, silent too long, open, everything else."""
    status, updated = status_number(ticket), ago(ticket.updated_at, now=now)
    late = is_silent(ticket, rules, now=now)
    name = rules.status_name(status)
    if status is not None and status == rules.customer_replied:
        return _placed(REPLIED, f"Customer Replied ({updated})", "sla-warning", ticket, late, now)
    if status is not None and status == rules.never_silent:
        return _placed(OTHER, f"{name} ({updated})", "sla-none", ticket, late, now)
    if late:
        return _placed(SILENT, f"Update Overdue ({name}, {updated})", "sla-critical", ticket, late, now)
    if status in rules.open:
        if ticket.first_responded_at is None:
            return _placed(OPEN, *deadline_words(ticket, rules, now=now), ticket, late, now)
        return _placed(OPEN, f"{name} (FR Met)", "sla-responded", ticket, late, now)
    return _placed(OTHER, *_other_words(ticket, status, name, updated, rules, now), ticket, late, now)


def _other_words(
    ticket: Ticket, status: int | None, name: str, updated: str, rules: DashRules, now: datetime
) -> tuple[str, str]:
    if status is not None and status == rules.waiting_on_customer:
        answered = ticket.agent_responded_at
        agent = f" (Agent: {ago(answered, now=now)})" if answered is not None else ""
        return f"Waiting on Customer{agent}", "sla-responded"
    if status is not None and status == rules.on_hold:
        return f"On Hold ({updated})", "sla-none"
    return f"{name} ({updated})", "sla-in-progress"


def status_number(ticket: Ticket) -> int | None:
    """The status id as the number Freshservice uses; ``None`` when the helpdesk has no such numbers."""
    id_ = ticket.status.id
    return int(id_) if id_.isascii() and id_.isdigit() and len(id_) < 10 else None


def is_silent(ticket: Ticket, rules: DashRules, *, now: datetime) -> bool:
    """Whether nothing changed for longer than the priority allows, whatever the status is."""
    limit = rules.limits.get(ticket.priority) if ticket.priority is not None else None
    return limit is not None and ticket.updated_at is not None and now - ticket.updated_at > limit


def due_at(ticket: Ticket) -> datetime | None:
    """The deadline that counts: that of the resolution for a service request, else of the first response."""
    return ticket.resolution_due_at if ticket.type == _REQUEST else ticket.first_response_due_at


def deadline_words(ticket: Ticket, rules: DashRules, *, now: datetime) -> tuple[str, str]:
    """Words and class of the time left, such as ``2.0 hours for FR``, or of the time since."""
    prefix, due = ("Due" if ticket.type == _REQUEST else "FR"), due_at(ticket)
    if due is None:
        return f"No {prefix} Due Date", "sla-none"
    left = due - now
    lasting = _lasting(abs(left.total_seconds()))
    if left < timedelta(0):
        return f"{prefix} Overdue by {lasting}", "sla-overdue"
    urgency = (
        "sla-critical" if left < rules.critical else "sla-warning" if left < rules.warning else "sla-normal"
    )
    return f"{lasting} for {prefix}", urgency


def _lasting(seconds: float) -> str:
    if seconds >= 2 * _DAY:
        return f"{seconds / _DAY:.1f} days"
    if seconds >= _HOUR:
        return f"{seconds / _HOUR:.1f} hours"
    if seconds >= _MINUTE:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds:.0f} sec"


def ago(at: datetime | None, *, now: datetime) -> str:
    """``Just now``, ``5m ago``, ``5h ago``, ``5d ago``: whole units, rounded down."""
    if at is None:
        return "N/A"
    seconds = (now - at).total_seconds()
    if seconds < 0:
        return "in the future"
    for unit, letter in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m")):
        if seconds >= unit:
            return f"{int(seconds // unit)}{letter} ago"
    return "Just now"


def days_old(at: datetime | None, *, now: datetime) -> str:
    """The difference of the two dates in UTC: ``Today``, ``1 day old``, ``5 days old``."""
    if at is None:
        return "N/A"
    days = (now.astimezone(UTC).date() - at.astimezone(UTC).date()).days
    if days < 0:
        return "Future Date"
    return "Today" if days == 0 else f"{days} day{'s' * (days > 1)} old"


def _placed(section: int, text: str, css_class: str, ticket: Ticket, late: bool, now: datetime) -> Standing:
    return Standing(section, text, css_class, _order(section, ticket, late, now))


def _order(section: int, ticket: Ticket, late: bool, now: datetime) -> tuple[float, ...]:
    """Small comes first. Among equals the lower ticket number, so that an order never flickers."""
    priority = 4 - ticket.priority.rank if ticket.priority is not None else 4
    unchanged = -math.inf if ticket.updated_at is None else -(now - ticket.updated_at).total_seconds()
    number = float(ticket.id) if ticket.id.isascii() and ticket.id.isdigit() else math.inf
    if section != OPEN:
        return (0 if late else 1, priority, unchanged, number)
    waits, due = ticket.first_responded_at is None, due_at(ticket)
    left = math.inf
    if waits and ticket.type == _INCIDENT and due is not None:
        left = (due - now).total_seconds()
    return (0 if waits else 1, left, priority, unchanged, number)
