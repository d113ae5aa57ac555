"""What would happen to a ticket from now on if nobody reacted: the live rules, driven through time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from deskwatch.core.alert_rules import AlertRules
from deskwatch.core.alerts import Alert, AlertState, Raised, still_holds, survey
from deskwatch.core.delivery import Decision, Verdict
from deskwatch.core.desk import Desk
from deskwatch.core.envelope import Envelope
from deskwatch.core.hours import BusinessCalendar
from deskwatch.core.people import Urgency
from deskwatch.core.routing import first_step, inhibited, take_step
from deskwatch.core.sla import SlaRules
from deskwatch.core.ticket import Ticket

MOST_STEPS = 200
"""Steps of all alerts together; more is a ladder that never ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of a timeline: an alert that is raised, somebody who is told, or a reason why not.

    ``written_at``: when the text is written; a message with a delay is sent as it was written.
    """

    at: datetime
    alert: Alert
    envelope: Envelope | None = None
    decision: Decision | None = None
    raised: Raised | None = None
    written_at: datetime | None = None


@dataclass
class Timeline:
    """Drives ``alerts_of``, ``first_step`` and ``take_step`` as the notifier does, for one ticket."""

    ticket: Ticket
    desk: Desk
    sla: SlaRules
    rules: AlertRules
    calendar: BusinessCalendar
    living: dict[str, Raised] = field(default_factory=dict)

    def events(self, start: datetime, *, until: datetime) -> Iterator[Event]:
        """What happens from ``start`` on, in order."""
        now, steps = start, 0
        while now <= until and steps < MOST_STEPS:
            look = survey(self.ticket, self.sla, self.rules, self.calendar, now=now)
            yield from self._raise(look.alerts, now)
            yield from self._end(now)
            yield from self._take_due(now)
            moments = [at for raised in self.living.values() if (at := raised.next_step_at)]
            coming = [at for at in (*moments, look.next_moment) if at is not None and at > now]
            if not coming:
                return
            now, steps = min(coming), steps + 1

    def _raise(self, alerts: tuple[Alert, ...], now: datetime) -> Iterator[Event]:
        for alert in alerts:
            if alert.key in self.living:
                continue
            if why := inhibited(alert, stale_sources={}, open_alerts=tuple(self.living.values())):
                silent = Raised(alert=alert, state=AlertState.SILENT, raised_at=now, why=why)
                self.living[alert.key] = silent
                decision = Decision(at=now, alert=alert.key, verdict=Verdict.SKIP, reason=why)
                yield Event(at=now, alert=alert, decision=decision)
                continue
            begun = first_step(alert, desk=self.desk, ticket=self.ticket, now=now)
            self.living[alert.key] = begun.raised
            yield Event(at=now, alert=alert, raised=begun.raised)
            for decision in begun.decisions:
                yield Event(at=now, alert=alert, decision=decision)

    def _end(self, now: datetime) -> Iterator[Event]:
        """Stop what does not hold any more, such as a warning when the deadline is missed."""
        given = (self.ticket, self.sla, self.rules, self.calendar)
        for key, raised in self.living.items():
            if raised.state is AlertState.OPEN and (why := still_holds(raised.alert, *given, now=now)):
                self.living[key] = raised.with_(state=AlertState.RESOLVED, next_step_at=None)
                decision = Decision(at=now, alert=key, verdict=Verdict.SKIP, reason=f"over: {why}")
                yield Event(at=now, alert=raised.alert, decision=decision)

    def _take_due(self, now: datetime) -> Iterator[Event]:
        told: dict[datetime, dict[str, Alert]] = {}
        urgent_first = sorted(self.living.values(), key=lambda each: each.alert.urgency is not Urgency.URGENT)
        for key in [raised.alert.key for raised in urgent_first]:
            known = told.setdefault(self.living[key].alert.occurred_at, {})
            for _ in range(MOST_STEPS):
                raised = self.living[key]
                if raised.next_step_at is None or raised.next_step_at > now:
                    break
                yield from self._take(raised, known, now)

    def _take(self, raised: Raised, known: dict[str, Alert], now: datetime) -> Iterator[Event]:
        taken = take_step(raised, desk=self.desk, ticket=self.ticket, now=now, told=known)
        self.living[raised.alert.key] = taken.raised
        known |= taken.told
        envelopes = {(each.person, each.channel): each for each in taken.envelopes}
        for decision in taken.decisions:
            envelope = envelopes.pop((decision.person or "", decision.channel or ""), None)
            if envelope is None:
                yield Event(at=now, alert=raised.alert, decision=decision)
            else:
                at = envelope.not_before or now
                yield Event(at=at, alert=raised.alert, envelope=envelope, written_at=now)
