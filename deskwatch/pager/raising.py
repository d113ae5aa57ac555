"""From what holds to what is raised: old news stays silent, a storm is told as one, the rest begins."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from deskwatch.core.alerts import Alert, AlertKind, AlertState, Raised
from deskwatch.core.delivery import Verdict
from deskwatch.core.people import Urgency
from deskwatch.core.routing import Desk, first_step, inhibited
from deskwatch.core.ticket import Ticket
from deskwatch.pager.ledger import Ledger
from deskwatch.pager.resuming import BACKLOG, Backlog, Past

log = logging.getLogger(__name__)

BY_THE_CLOCK = frozenset(
    {AlertKind.SLA_WARNING, AlertKind.SLA_BREACH, AlertKind.ESCALATED, AlertKind.EXPLANATION_DUE}
)
"""Kinds that time alone brings about: while the clock or the feed cannot be trusted they may be wrong."""


ARRIVALS = frozenset({AlertKind.CREATED, AlertKind.AFTER_HOURS, AlertKind.HOLIDAY})
"""That a ticket came; it comes once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """Why deadlines may not be believed right now.

    Attributes:
        stale_sources: sources whose feed stands still, and since when.
        clock: a sentence while the clock of this machine is doubted.
    """

    stale_sources: Mapping[str, datetime]
    clock: str | None = None

    def of(self, alert: Alert) -> str | None:
        """Why an alert is not raised now and looked at again later; ``None``: nothing is doubted."""
        if self.clock and alert.kind in BY_THE_CLOCK:
            return self.clock
        return inhibited(alert, stale_sources=self.stale_sources, open_alerts=())

    @property
    def any(self) -> bool:
        """Whether anything is doubted."""
        return bool(self.clock or self.stale_sources)


class Raising:
    """Collects what a tick finds and, at its end, decides what becomes of it.

    Attributes:
        doubted: tickets with an alert that waits until a doubt is over.
        stumbled: tickets with an alert that could not be begun, until somebody has put them on the agenda.
        backlog: what was recorded silently and is still to be told as one number.
        begun, silent: alerts raised since the start, and alerts recorded without telling anybody.
    """

    def __init__(self, ledger: Ledger, past: Past, *, backlog: Backlog | None = None) -> None:
        self.past = past
        self.doubted: dict[str, str] = {}
        self.stumbled: list[str] = []
        self.backlog = backlog or Backlog()
        self._ledger = ledger
        self._fresh: list[tuple[Alert, Ticket | None]] = []
        self._old: dict[str, list[Alert]] = {}
        self.begun = self.silent = 0
        self._in_cycle = 0

    def consider(
        self,
        alerts: Iterable[Alert],
        ticket: Ticket,
        *,
        past: Past,
        doubts: Doubts,
        backlog_after: timedelta,
        now: datetime,
    ) -> None:
        """Take what holds for a ticket. ``past`` may be later than that of the start."""
        self.doubted.pop(ticket.key, None)
        for alert in alerts:
            if alert.key in self._ledger or self._has_arrived(alert):
                continue
            if doubt := doubts.of(alert):
                if ticket.key not in self.doubted:
                    log.info("%s: %s waits: %s", ticket.key, alert.kind, doubt)
                self.doubted[ticket.key] = doubt
            elif why := past.old_news(alert, ticket, backlog_after=backlog_after):
                self._old.setdefault(why, []).append(alert)
                self._record_silently(alert, f"not told: {why}", now)
            elif why := self._muted(alert):
                self._record_silently(alert, f"not told: {why}", now)
            else:
                self._fresh.append((alert, ticket))

    def _has_arrived(self, alert: Alert) -> bool:
        """Whether an arrival was told before, with another time: a ticket arrives once.

        When it came may be learned later, or corrected with the time zone of its helpdesk.
        """
        if alert.kind not in ARRIVALS or alert.ticket is None:
            return False
        return any(raised.alert.kind is alert.kind for raised in self._ledger.of_ticket(alert.ticket))

    def _muted(self, alert: Alert) -> str | None:
        if alert.ticket is None:
            return None
        same = [other for other, _ in self._fresh if other.ticket == alert.ticket]
        return inhibited(alert, stale_sources={}, open_alerts=[*same, *self._ledger.of_ticket(alert.ticket)])

    def begin(self, alert: Alert, *, desk: Desk, now: datetime) -> bool:
        """Raise an alert about the desk itself; whether it is a new one."""
        if alert.key in self._ledger:
            return False
        self._begin(alert, None, desk, now)
        return True

    def finish(self, *, desk: Desk, most: int, sweeping: bool, now: datetime) -> list[Ticket]:
        """End the tick: begin with what is new, or tell of it as one; answers the tickets it is about.

        More than ``most`` new alerts in one cycle are rather a broken feed than so many causes. A cycle is a
        tick, or all ticks of a look at everything (``sweeping``).
        """
        fresh, self._fresh = self._fresh, []
        if self._in_cycle + len(fresh) > most:
            fresh = self._weather_storm(fresh, most, now)
        self._in_cycle = self._in_cycle + len(fresh) if sweeping else 0
        begun = []
        for alert, ticket in fresh:
            try:
                self._begin(alert, ticket, desk, now)
                begun.append(ticket)
            except Exception:  # one alert that breaks a rule must not keep the others from being told
                log.exception("%s cannot be begun; it is tried again later", alert.key)
                if ticket is not None:
                    self.stumbled.append(ticket.key)
        self._add_to_backlog(now)
        if not sweeping and self.backlog.is_complete(now):
            self.begin(self.backlog.summary(), desk=desk, now=now)
            self.backlog = Backlog()
            self._ledger.remember({BACKLOG: ""})
        return [ticket for ticket in begun if ticket is not None]

    def _weather_storm(
        self, fresh: list[tuple[Alert, Ticket | None]], most: int, now: datetime
    ) -> list[tuple[Alert, Ticket | None]]:
        """Urgent alerts are still begun one by one unless they alone are a storm; the others become one."""
        urgent = [pair for pair in fresh if pair[0].urgency is Urgency.URGENT]
        kept = urgent if self._in_cycle + len(urgent) <= most else []
        begun = {alert.key for alert, _ in kept}
        why = f"{self._in_cycle + len(fresh)} alerts came at once, and {most} are the most that is believed"
        for alert, _ in fresh:
            if alert.key not in begun:
                self._old.setdefault(why, []).append(alert)
                self._record_silently(alert, f"not told by itself: {why}", now)
        log.warning("A storm: %s; %d urgent ones are told, the others as one number", why, len(kept))
        return kept

    def _begin(self, alert: Alert, ticket: Ticket | None, desk: Desk, now: datetime) -> None:
        self.begun += 1
        begun = first_step(alert, desk=desk, ticket=ticket, now=now)
        self._ledger.add(begun.raised)
        self._ledger.decide(begun.decisions)
        if not begun.decisions:
            self._ledger.note(now, alert.key, Verdict.SEND, f"raised: {alert.reason}")
        log.log(
            logging.INFO if begun.raised.state is AlertState.SILENT else logging.WARNING,
            "ALERT %s %s: %s",
            alert.about,
            alert.kind,
            begun.raised.why or alert.reason,
        )

    def _record_silently(self, alert: Alert, why: str, now: datetime) -> None:
        self.silent += 1
        self._ledger.add(Raised(alert=alert, state=AlertState.SILENT, raised_at=now, why=why))
        self._ledger.note(now, alert.key, Verdict.SKIP, why)

    def _add_to_backlog(self, now: datetime) -> None:
        if not self._old:
            return
        for why, alerts in self._old.items():
            self.backlog = self.backlog.with_(alerts, why, now=now)
        self._old = {}
        self._ledger.remember({BACKLOG: self.backlog.to_fact()})
