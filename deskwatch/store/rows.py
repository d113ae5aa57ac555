"""Alerts, notifications and decisions as rows of the database, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from deskwatch.core.alerts import Alert, AlertKind, AlertState, Raised
from deskwatch.core.delivery import Decision, Notification, NotificationState, Verdict
from deskwatch.core.people import Urgency

_OF_ALERT = tuple(each.name for each in fields(Alert))
_OF_RAISED = tuple(each.name for each in fields(Raised) if each.name != "alert")
_OF_NOTIFICATION = tuple(each.name for each in fields(Notification) if each.name != "alerts")
_OF_DECISION = tuple(each.name for each in fields(Decision))


def alert_row(raised: Raised) -> dict[str, Any]:
    """The row of a raised alert."""
    row = {name: getattr(raised.alert, name) for name in _OF_ALERT}
    row["facts"] = dict(raised.alert.facts)
    return row | {name: getattr(raised, name) for name in _OF_RAISED}


def to_raised(row: Mapping[Any, Any]) -> Raised:
    """A raised alert from its row."""
    alert = {name: row[name] for name in _OF_ALERT}
    alert |= {"kind": AlertKind(row["kind"]), "urgency": Urgency(row["urgency"])}
    raised = {name: row[name] for name in _OF_RAISED}
    return Raised(alert=Alert(**alert), **raised | {"state": AlertState(row["state"])})


def notification_row(notification: Notification) -> dict[str, Any]:
    """The row of a notification; which alerts it tells is kept beside it."""
    row = {name: getattr(notification, name) for name in _OF_NOTIFICATION}
    row["facts"] = dict(notification.facts)
    return row


def to_notification(row: Mapping[Any, Any], alerts: Sequence[str]) -> Notification:
    """A notification from its row and the keys of the alerts it tells."""
    values = {name: row[name] for name in _OF_NOTIFICATION}
    values |= {"urgency": Urgency(row["urgency"]), "state": NotificationState(row["state"])}
    return Notification(alerts=tuple(alerts), **values)


def to_decision(row: Mapping[Any, Any]) -> Decision:
    """A decision from its row."""
    values = {name: row[name] for name in _OF_DECISION}
    return Decision(**values | {"verdict": Verdict(row["verdict"])})
