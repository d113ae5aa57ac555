"""The notifier's pipeline: from ticket files to people who know, top to bottom."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from deskwatch.channels.channel import Channel
from deskwatch.clock import Monotonic, monotonic
from deskwatch.config import Home, LiveConfig
from deskwatch.core.alerts import AlertState, Raised, alerts_of, next_moment, still_holds
from deskwatch.core.desk import Desk
from deskwatch.core.ticket import Ticket, format_instant
from deskwatch.pager.acknowledging import Acknowledging
from deskwatch.pager.agenda import Agenda
from deskwatch.pager.channel_shelf import ChannelShelf
from deskwatch.pager.channels_words import channels_words
from deskwatch.pager.codes import Codes
from deskwatch.pager.delivery import Taken
from deskwatch.pager.dispatch import Dispatcher
from deskwatch.pager.lanes import Lanes
from deskwatch.pager.ledger import Ledger
from deskwatch.pager.paging import Paging, Writer
from deskwatch.pager.pulse import SLOWEST, Pulse
from deskwatch.pager.raising import Doubts, Raising
from deskwatch.pager.reading import Reading
from deskwatch.pager.resuming import BACKLOG, LAST_TICK, Backlog, past_of
from deskwatch.pager.roster import Roster
from deskwatch.pager.terms import Terms
from deskwatch.store.database import open_database
from deskwatch.store.errors import StoreError
from deskwatch.store.mirror import TicketMirror
from deskwatch.store.outbox import Outbox
from deskwatch.store.tickets import TicketFolder
from deskwatch.store.watch import FolderWatch, Wake

log = logging.getLogger(__name__)

__all__ = ["Notifier", "channels_words"]

REMEMBER_EVERY = timedelta(minutes=1)
"""An idle notifier records so often that it still looks: after a longer silence than ``outage_after`` what
happened meanwhile is a backlog."""
CODES_BACK = timedelta(days=7)
GONE_FOR_GOOD = timedelta(seconds=60)
"""A ticket file that vanished ends its alerts after this; it may only have been moved or spoilt."""


class Notifier:
    """``tick(now)`` is its one step. ``wait`` and ``kick`` make it the bell of its own loop.

    The database is read when it is made, so make it when no other notifier runs on the same home.

    Raises:
        StoreError: the database cannot be opened.
    """

    def __init__(
        self,
        home: Home,
        live: LiveConfig,
        *,
        started_at: datetime,
        clock: Monotonic = monotonic,
        channels: Callable[[str], Channel] | None = None,
        lanes: Lanes | None = None,
        random: Random | None = None,
    ) -> None:
        self.live, self._clock, self._started_at = live, clock, started_at
        self._terms, self._generation = Terms.of(live.current), live.generation
        config = live.current
        self.mirror = TicketMirror(TicketFolder(home.tickets))
        self.reading = Reading(self.mirror, clock=clock)
        self.watch = FolderWatch(
            home.tickets, rescan_interval=config.notifier.rescan_interval.total_seconds()
        )
        self._wake = Wake(rescan=True)
        self.outbox = Outbox(open_database(config.database))
        remembered = self.outbox.load()
        self.ledger = Ledger(remembered)
        self.agenda = Agenda(clock=clock)
        past = past_of(remembered, started_at=started_at, outage_after=config.alerts.freshness.outage_after)
        backlog = Backlog.of_fact(remembered.facts.get(BACKLOG, ""), now=started_at)
        self.raising = Raising(self.ledger, past, backlog=backlog)
        self.acknowledging = Acknowledging(self.ledger)
        recent = self.outbox.notifications_since(started_at - CODES_BACK, limit=5000)
        self._codes = Codes((each.code for each in recent), random=random)
        self.paging = Paging(self.ledger, self._codes)
        self._shelf = channels or ChannelShelf(config.alerts.channels)
        self.dispatcher = Dispatcher(
            self.outbox,
            self._shelf,
            self._bundle,
            delivery=self._terms.delivery,
            ring=self.kick,
            lanes=lanes,
            random=random,
        )
        self.dispatcher.start(remembered, now=started_at)
        self._taken: Taken | None = None
        self._roster = Roster(home.state / "oncall.json")
        self._pulse = Pulse(home.state / "notifier.json", started_at=started_at, clock=clock)
        self._remembered_at: datetime | None = None
        self._database_problem: str | None = None

    def wait(self, timeout: float) -> None:
        """Wait for something to happen, at most ``timeout`` seconds."""
        wake = self.watch.wait(timeout)
        self._wake = Wake(self._wake.names | wake.names, self._wake.rescan or wake.rescan)

    def kick(self) -> None:
        """End the wait."""
        self.watch.kick()

    def tick(self, now: datetime) -> float:
        """One round; answers the seconds until the next.

        1. Take over a changed configuration.
        2. Read the ticket files that changed.
        3. Look at tickets that changed or whose moment has come: what is over, who has taken it, what is new.
        4. Take the steps that are due, and write what they say.
        5. Commit all of it at once.
        6. Send what may be sent, and hear what became of the rest.
        7. Say how it stands.
        """
        self._follow_configuration(now)
        self._read()
        desk = self._desk()
        self._evaluate(desk, now)
        self._page(desk, now)
        if self._commit(now):
            self._dispatch(now)
        self._say(now)
        return self._until_next(now)

    def close(self, now: datetime) -> None:
        """Stop listening, and record what is answered within a second."""
        self.watch.stop()
        self.dispatcher.close(now)

    # 1, 2: configuration and files

    def _follow_configuration(self, now: datetime) -> None:
        self.live.refresh()
        if self._generation == self.live.generation:
            return
        self._generation, self._terms = self.live.generation, Terms.of(self.live.current)
        self.dispatcher.delivery = self._terms.delivery
        if isinstance(self._shelf, ChannelShelf):
            self._shelf.follow(self.live.current.alerts.channels)
        self.agenda.sweep(self.mirror.tickets)

    def _read(self) -> None:
        wake, self._wake = self._wake, Wake()
        changes = self.reading.read(wake)
        self.agenda.add(ticket.key for ticket in changes.changed)
        self.agenda.add(changes.removed)
        if self.mirror.problem:
            log.warning("%s", self.mirror.problem)

    def _desk(self) -> Desk:
        return self._terms.desk(
            schedule=self.live.current.schedule,
            broken=self.outbox.broken(),
            broken_channels=self.dispatcher.broken_channels,
            silences=(),
        )

    # 3: what is over, taken, new

    def _evaluate(self, desk: Desk, now: datetime) -> None:
        for key in self.agenda.turns(now):
            ticket = self.mirror.tickets.get(key)
            try:
                if ticket is None:
                    self.agenda.forget(key)
                else:
                    self._look_at(ticket, desk, now)
            except Exception:
                log.exception("%s cannot be judged; the other tickets go on", key)
        most = self.live.current.alerts.limits.storm
        sweeping = self.agenda.is_sweeping or self.reading.is_loading
        self.raising.finish(desk=desk, most=most, sweeping=sweeping, now=now)

    def _look_at(self, ticket: Ticket, desk: Desk, now: datetime) -> None:
        config = self.live.current
        given = (ticket, config.sla, config.alert_rules, config.calendar_for(ticket))
        for raised in self.ledger.of_ticket(ticket.key):
            if why := still_holds(raised.alert, *given, now=now):
                self.acknowledging.end(raised, why, now=now)
        self.acknowledging.by_work(ticket, desk=desk, now=now)
        self.raising.consider(
            alerts_of(*given, now=now),
            ticket,
            past=self.raising.past,
            doubts=Doubts(stale_sources={}),
            backlog_after=config.alerts.freshness.backlog_after,
            now=now,
        )
        self.agenda.come_back(ticket.key, next_moment(*given, now=now))

    # 4: steps

    def _page(self, desk: Desk, now: datetime) -> None:
        due = [raised for raised in self.ledger.due(now) if raised.state is AlertState.OPEN]
        write = self._writer(desk, now)
        self.paging.take_due(due, desk=desk, tickets=self.mirror.tickets, write=write, now=now)

    def _writer(self, desk: Desk, now: datetime) -> Writer:
        return Writer(
            self._terms.messages,
            desk,
            redirection=self._terms.redirection,
            base_url=self.live.current.alerts.texts.wall_url,
            now=now,
        )

    def _bundle(self, unit: Any, now: datetime) -> Any:
        return self._writer(self._desk(), now).bundle(unit, self._alert, self._codes)

    def _alert(self, key: str) -> Raised | None:
        return self.ledger.living.get(key) or self.outbox.alert(key)

    # 5, 6: commit and send

    def _commit(self, now: datetime) -> bool:
        settled = not (self.agenda.is_sweeping or self.reading.is_loading)
        if settled and (self._remembered_at is None or now - self._remembered_at >= REMEMBER_EVERY):
            self.ledger.remember({LAST_TICK: format_instant(now)})
        batch = self.ledger.batch()
        try:
            self.outbox.commit(batch)
        except StoreError as problem:
            self._database_problem = str(problem)
            log.error("%s", problem)
            return False
        self._database_problem = None
        self.dispatcher.learn(batch)
        self.ledger.committed()
        if LAST_TICK in batch.facts:
            self._remembered_at = now
        return True

    def _dispatch(self, now: datetime) -> None:
        try:
            self._taken = self.dispatcher.take(now)
        except StoreError as problem:
            self._database_problem = str(problem)
            log.error("%s", problem)

    # 7: heartbeat

    def _say(self, now: datetime) -> None:
        if self._pulse.is_due:
            interval = self.live.current.notifier.interval.total_seconds()
            self._pulse.beat(self._report(now), interval=interval, now=now)

    def _report(self, now: datetime) -> dict[str, Any]:
        current = self.live.current
        return {
            "config": {
                "generation": self.live.generation,
                "loaded_at": format_instant(self.live.loaded_at),
                "problems": list(self.live.problems),
            },
            "mode": current.alerts.mode,
            "tickets": len(self.mirror.tickets),
            "unreadable": len(self.mirror.unreadable),
            "watch": {"mode": self.watch.mode, "why": self.watch.why},
            "queue": self.dispatcher.report(now),
        }

    def _until_next(self, now: datetime) -> float:
        if self.agenda.is_sweeping or self.reading.is_loading:
            return 0.0
        longest = min(self.live.current.notifier.interval.total_seconds(), SLOWEST)
        moments = [self.agenda.next_at(), self.ledger.next_at(), self.dispatcher.next_at(now)]
        return max(0.0, min([longest, *((at - now).total_seconds() for at in moments if at)]))
