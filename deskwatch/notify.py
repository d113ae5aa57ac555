"""The notifier's pipeline. For now it tells nobody: what is worth an alert becomes one line in the log."""

import heapq
import logging
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from deskwatch import __version__
from deskwatch.clock import monotonic
from deskwatch.config import Config, Home, LiveConfig
from deskwatch.core.sla import SlaClock, SlaState, clocks_of
from deskwatch.core.ticket import Ticket, format_instant
from deskwatch.store.heartbeat import write_heartbeat
from deskwatch.store.mirror import TicketMirror
from deskwatch.store.tickets import TicketFolder
from deskwatch.store.watch import FolderWatch, Wake

log = logging.getLogger(__name__)

ALARMING = (SlaState.CRITICAL, SlaState.OVERDUE)
SETTLING = timedelta(seconds=10)
"""After the start; by then the tickets that were there already have been read, and are told as one number."""
BEAT_SECONDS = 1.0


def channels_words(config: Config) -> str:
    """Which channels are configured, in one sentence."""
    where = f"alerts go to the log only (alerts.mode: {config.alerts.mode})"
    return f"No channel (SMS, e-mail, chat) is configured: {where} and nobody is told."


@dataclass(frozen=True)
class Alert:
    """A ticket, a cause, and the instant it began. The same cause has the same ``key`` each time."""

    ticket: Ticket
    clock: SlaClock
    state: SlaState
    began_at: datetime

    @property
    def key(self) -> str:
        """What this alert is known by: raised once, never again."""
        return f"{self.ticket.key} {self.clock.target} {self.state} {format_instant(self.began_at)}"


def alerts_of(ticket: Ticket, clocks: tuple[SlaClock, ...], *, now: datetime) -> list[Alert]:
    """What is alarming about a ticket at ``now``."""
    found = []
    for clock in clocks:
        state = clock.state(now)
        began_at = clock.due_at if state is SlaState.OVERDUE else clock.critical_at
        if state in ALARMING and began_at is not None and not ticket.is_over:
            found.append(Alert(ticket, clock, state, max(began_at, ticket.created_at or began_at)))
    return found


class Notifier:
    """``tick(now)`` looks at what changed. ``wait`` and ``kick`` make it the bell of its own loop.

    What began before this process did is no news: after a restart nobody wants to read last night's alerts
    again.
    """

    def __init__(self, home: Home, live: LiveConfig, *, started_at: datetime) -> None:
        self.live = live
        self.mirror = TicketMirror(TicketFolder(home.tickets))
        interval = live.current.notifier.rescan_interval.total_seconds()
        self.watch = FolderWatch(home.tickets, rescan_interval=interval)
        self._heartbeat, self._started_at = home.state / "notifier.json", started_at
        self._wake = Wake(rescan=True)
        self._generation = live.generation
        self._raised: set[str] = set()
        self._old: set[str] = set()
        self._summed_up = False
        self._moments: dict[str, datetime] = {}
        self._due: list[tuple[datetime, str]] = []
        self._beat_due = 0.0

    def wait(self, timeout: float) -> None:
        """Wait for something to happen, at most ``timeout`` seconds."""
        wake = self.watch.wait(timeout)
        self._wake = Wake(self._wake.names | wake.names, self._wake.rescan or wake.rescan)

    def kick(self) -> None:
        """End the wait."""
        self.watch.kick()

    def tick(self, now: datetime) -> float:
        """Read changed files, evaluate those tickets and those whose moment has come, beat.

        Answers the seconds until the next moment.
        """
        wake, self._wake = self._wake, Wake()
        changes = self.mirror.refresh(None if wake.rescan else wake.names) if wake else None
        keys = {ticket.key for ticket in changes.changed} if changes else set()
        if self.mirror.problem:
            log.warning("%s", self.mirror.problem)
        self.live.refresh()
        if self._generation != self.live.generation:
            self._generation = self.live.generation
            keys = set(self.mirror.tickets)
        while self._due and self._due[0][0] <= now:
            at, key = heapq.heappop(self._due)
            if self._moments.get(key) == at:
                keys.add(key)
        for key in sorted(keys & self.mirror.tickets.keys()):
            self._evaluate(self.mirror.tickets[key], now)
        self._sum_up(now)
        if monotonic() >= self._beat_due:
            self._beat_due = monotonic() + BEAT_SECONDS
            write_heartbeat(self._heartbeat, self._report(now))
        interval = self.live.current.notifier.interval.total_seconds()
        return min(interval, (self._due[0][0] - now).total_seconds()) if self._due else interval

    def sum_up(self) -> None:
        """Say how much was alarming already when this process started."""
        self._summed_up = True
        log.info(
            "%d tickets; %d were critical or overdue before the start",
            len(self.mirror.tickets),
            len(self._old),
        )

    def _sum_up(self, now: datetime) -> None:
        if not self._summed_up and self.mirror.tickets and now - self._started_at >= SETTLING:
            self.sum_up()

    def _evaluate(self, ticket: Ticket, now: datetime) -> None:
        clocks = clocks_of(ticket, self.live.current.sla)
        for alert in alerts_of(ticket, clocks, now=now):
            if alert.began_at < self._started_at:
                self._old.add(ticket.key)
            elif alert.key not in self._raised:
                self._raised.add(alert.key)
                words = alert.clock.explain(now, self.live.current.zone)
                log.warning("ALERT %s %s %r: %s", ticket.key, alert.state, ticket.subject[:80], words)
        changes = [at for clock in clocks if (at := clock.next_change(now))]
        before = self._moments.pop(ticket.key, None)
        if changes and not ticket.is_over:
            self._moments[ticket.key] = at = min(changes)
            if at != before:  # one entry per deadline, however often the ticket changes
                heapq.heappush(self._due, (at, ticket.key))

    def _report(self, now: datetime) -> dict[str, Any]:
        current = self.live.current
        return {
            "schema": 1,
            "process": "notifier",
            "version": __version__,
            "pid": os.getpid(),
            "started_at": format_instant(self._started_at),
            "beat_at": format_instant(now),
            "beat_every_seconds": max(BEAT_SECONDS, current.notifier.interval.total_seconds()),
            "config": {
                "generation": self.live.generation,
                "loaded_at": format_instant(self.live.loaded_at),
                "problems": list(self.live.problems),
            },
            "mode": current.alerts.mode,
            "tickets": len(self.mirror.tickets),
            "unreadable": len(self.mirror.unreadable),
            "watch": {"mode": self.watch.mode, "why": self.watch.why},
            "alerts": {"raised": len(self._raised), "before_start": len(self._old)},
        }
