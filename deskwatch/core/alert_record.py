"""An alert as a value with a stable key, and its record: what was raised, and how far it has got."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from deskwatch.core.alert_kinds import AlertKind
from deskwatch.core.instants import format_instant
from deskwatch.core.people import Urgency


class AlertState(StrEnum):
    """How a raised alert stands. ``silent``: recorded, and nobody was or will be told."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A cause worth telling.

    Attributes:
        key: ticket, kind and the instant that caused it; the same cause has the same key each time.
        rule: the id of the rule that asked for it.
        ticket: the key of the ticket; ``None`` when the alert is about the desk itself.
        occurred_at: when the cause happened, not when somebody noticed.
        reason: which rule, and why it applies, in one sentence.
        facts: what texts may say about it, all plain JSON values; see ``docs/pager.md`` for the names.
    """

    key: str
    kind: AlertKind
    rule: str
    ticket: str | None
    occurred_at: datetime
    urgency: Urgency
    reason: str
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def about(self) -> str:
        """What it is about, before the kind in a line of a log."""
        return self.ticket or "Deskwatch itself:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An alert that was recorded, and how far it has got.

    Attributes:
        step: index of the next escalation step; ``lap`` counts repetitions of the whole ladder.
        next_step_at: when that step is due; ``None``: nothing is due any more.
        held_until: nobody is told before this instant (closed desk, maintenance).
        acknowledged_by: a person's id or name; ``acknowledged_via``: ``assigned``, ``replied``, ``sms`` …
        lapses_at: when the acknowledgement ends if the ticket is still late.
        why: the reason for the present state, in one sentence.
    """

    alert: Alert
    state: AlertState
    raised_at: datetime
    step: int = 0
    lap: int = 0
    next_step_at: datetime | None = None
    held_until: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_via: str | None = None
    lapses_at: datetime | None = None
    resolved_at: datetime | None = None
    why: str = ""

    def with_(self, **changes: Any) -> "Raised":
        """A copy with some fields changed."""
        return replace(self, **changes)


def desk_alert(
    kind: AlertKind,
    detail: str,
    *,
    occurred_at: datetime,
    reason: str,
    facts: Mapping[str, Any] = MappingProxyType({}),
    urgency: Urgency = Urgency.NORMAL,
    rule: str = "",
) -> Alert:
    """An alert about the desk itself; ``detail`` tells two of a kind apart (the name of a source)."""
    key = alert_key("desk", kind, detail, occurred_at)
    return Alert(
        key=key,
        kind=kind,
        rule=rule or kind,
        ticket=None,
        occurred_at=occurred_at,
        urgency=urgency,
        reason=reason,
        facts=facts,
    )


def alert_key(about: str, kind: AlertKind, detail: str, at: datetime) -> str:
    """``demo-12|sla_warning:resolution:60m|2026-03-10T13:00:00Z``: the same cause has the same key."""
    return f"{about}|{kind}{detail and ':'}{detail}|{format_instant(at)}"
