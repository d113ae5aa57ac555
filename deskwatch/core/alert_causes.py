"""What may be worth telling: a cause, before anybody asked whether a rule wants it."""

from dataclasses import dataclass
from datetime import datetime

from deskwatch.core.alert_kinds import AlertKind
from deskwatch.core.alert_rules import Lead
from deskwatch.core.escalating import Escalation
from deskwatch.core.sla_clock import SlaClock


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that happened, or a state that lasts.

    Attributes:
        at: the instant that makes the key: when it happened; of warnings and breaches the due date, so that a
            deadline that is moved is another cause.
        began_at: when it began to be worth telling.
        words: what happened, as the end of a sentence about the ticket: ``it was reopened``.
        detail: tells two causes of a kind apart: ``resolution:60m``.
    """

    kind: AlertKind
    at: datetime
    began_at: datetime
    words: str
    detail: str = ""
    clock: SlaClock | None = None
    lead: Lead | None = None
    step: Escalation | None = None
    holiday: str | None = None
