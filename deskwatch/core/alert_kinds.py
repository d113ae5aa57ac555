"""What an alert can be about."""

from enum import StrEnum


class AlertKind(StrEnum):
    """What happened. The first group is about a ticket, the second about the desk itself."""

    CREATED = "created"
    ASSIGNED = "assigned"
    REASSIGNED = "reassigned"
    CUSTOMER_REPLIED = "customer_replied"
    UPDATED = "updated"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    PRIORITY_RAISED = "priority_raised"
    AFTER_HOURS = "after_hours"
    HOLIDAY = "holiday"
    SLA_WARNING = "sla_warning"
    SLA_BREACH = "sla_breach"
    ESCALATED = "escalated"
    EXPLANATION_DUE = "explanation_due"

    WATCHER_SILENT = "watcher_silent"
    SOURCE_FAILING = "source_failing"
    NOBODY_ON_CALL = "nobody_on_call"
    CHANNEL_BROKEN = "channel_broken"
    BACKLOG = "backlog"
    SHIFT_STARTS = "shift_starts"
    DIGEST = "digest"
    RECOVERED = "recovered"
    TAKEN = "taken"
    ANSWER = "answer"
