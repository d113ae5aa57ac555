"""Inhibition: an alert that another one makes pointless is not raised."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from deskwatch.core.alerts import Alert, AlertKind, Raised
from deskwatch.core.ticket import format_instant

_BY_THE_CLOCK = frozenset(
    {AlertKind.SLA_WARNING, AlertKind.SLA_BREACH, AlertKind.ESCALATED, AlertKind.EXPLANATION_DUE}
)
"""Kinds that time alone brings about: of a ticket nobody has heard of for a while, they may be wrong."""


def inhibited(
    alert: Alert, *, stale_sources: Mapping[str, datetime], open_alerts: Iterable[Alert | Raised]
) -> str | None:
    """Why an alert is not raised, in a sentence; ``None``: raise it.

    ``stale_sources``: sources whose feed has stood still, and since when; the admins are paged for that.
    ``open_alerts``: those of the same ticket are looked at.
    """
    source = str(alert.facts.get("source") or "")
    if alert.kind in _BY_THE_CLOCK and source in stale_sources:
        since = format_instant(stale_sources[source].astimezone(UTC))
        return f"the feed of {source} is stale since {since}, so its deadlines may be met already"
    if alert.kind is AlertKind.SLA_WARNING and any(_covers(other, alert) for other in open_alerts):
        return "the same deadline is missed already, and that was told"
    return None


def _covers(other: Alert | Raised, warning: Alert) -> bool:
    breach = other.alert if isinstance(other, Raised) else other
    same = breach.ticket == warning.ticket and breach.facts.get("target") == warning.facts.get("target")
    return same and breach.kind is AlertKind.SLA_BREACH
