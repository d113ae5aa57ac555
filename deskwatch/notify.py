"""The notifier's pipeline: from ticket files to people who know, top to bottom."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random

from deskwatch.channels.channel import Channel
from deskwatch.clock import Monotonic, monotonic
from deskwatch.config import Home, LiveConfig
from deskwatch.core.alerts import Raised
from deskwatch.core.delivery import Notification
from deskwatch.core.desk import Desk
from deskwatch.core.ticket import format_instant
from deskwatch.pager.acknowledging import Acknowledging
from deskwatch.pager.answering import Answering
from deskwatch.pager.channel_shelf import ChannelShelf
from deskwatch.pager.channels_words import channels_words
from deskwatch.pager.codes import Codes
from deskwatch.pager.dead_man import DeadMan
from deskwatch.pager.desk_watch import DeskWatch, nobody_told
from deskwatch.pager.digests import Notices
from deskwatch.pager.dispatch import Dispatcher
from deskwatch.pager.fallback import take_next_ways
from deskwatch.pager.hearing import Hearing
from deskwatch.pager.inbox import Inbox
from deskwatch.pager.judging import BACK, GONE, Judging
from deskwatch.pager.lanes import Lanes
from deskwatch.pager.ledger import Ledger
from deskwatch.pager.paging import Paging
from deskwatch.pager.pulse import SLOWEST, Pulse, figures
from deskwatch.pager.raising import Raising
from deskwatch.pager.reading import Reading
from deskwatch.pager.recording import Recording
from deskwatch.pager.resuming import (
    BACKLOG,
    OLD_UNTIL,
    Backlog,
    Past,
    past_of,
    remembered_tick,
    set_back_since,
)
from deskwatch.pager.roster import Roster
from deskwatch.pager.rota import Rota
from deskwatch.pager.silences import Silences
from deskwatch.pager.terms import Terms
from deskwatch.pager.upkeep import LATELY, MOST_COUNTED, Upkeep
from deskwatch.pager.writing import Writer
from deskwatch.store.database import open_database
from deskwatch.store.errors import StoreError
from deskwatch.store.mirror import TicketMirror
from deskwatch.store.outbox import Batch, Outbox, Remembered
from deskwatch.store.tickets import TicketFolder
from deskwatch.store.watch import FolderWatch, Wake

__all__ = ["Notifier", "channels_words"]

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds after which somebody who waits looks for wishes and for another configuration."""
TRY_AGAIN = 1.0
"""Seconds until a database that could not be used is tried again."""


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
        config = live.current
        self.live, self._clock, self._started_at = live, clock, started_at
        self._terms, self._generation = Terms.of(config), live.generation
        self.mirror = TicketMirror(TicketFolder(home.tickets))
        self.reading = Reading(self.mirror, clock=clock)
        rescan_interval = config.notifier.rescan_interval.total_seconds()
        self.watch = FolderWatch(home.tickets, rescan_interval=rescan_interval)
        self._wake = Wake(rescan=True)

        self.outbox = Outbox(open_database(config.database))
        remembered = self.outbox.load()
        self.ledger = Ledger(remembered)
        backlog = Backlog.of_fact(remembered.facts.get(BACKLOG, ""), now=started_at)
        self.raising = Raising(self.ledger, self._past(remembered), backlog=backlog)
        self.acknowledging = Acknowledging(self.ledger)
        parts = (self.reading, self.ledger, self.raising, self.acknowledging)
        left = self.outbox.ended_since(started_at - BACK, why=GONE)
        self.judging = Judging(*parts, clock=clock, left=left)
        self.silences = Silences(self.ledger, remembered.facts)
        self._inbox = Inbox(home.state / "inbox")
        self._hearing = Hearing(self.ledger, self.acknowledging, self.outbox, self._inbox, self.silences)
        recent = self.outbox.notifications_since(started_at - LATELY, limit=MOST_COUNTED)
        self.ledger.recount(recent)
        self._upkeep = Upkeep(self.outbox, self.ledger, monotonic=clock())
        self._codes = Codes((each.code for each in recent), random=random)
        self._answering = Answering(self.ledger, self.outbox, self._codes)
        self._paging = Paging(self.ledger, self.judging, self.acknowledging, self.outbox, self._codes)
        self._paging.resume(remembered.notifications, self._raised)
        self._notices = Notices(remembered_tick(remembered) or started_at)

        self.rota = Rota(config, folder=home.state / "calendars", ring=self.kick, now=started_at, lanes=lanes)
        self.desk_watch = DeskWatch(home.state, self.ledger, started_at=started_at)
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
        self._follow_clock(set_back_since(remembered, started_at))
        self.recording = Recording(self.outbox, self.ledger, self.dispatcher, self._inbox)
        self._broken = self.outbox.broken()
        self._dead_man = DeadMan(lanes, clock=clock)
        self._roster = Roster(home.state / "oncall.json")
        self._pulse = Pulse(home.state / "notifier.json", started_at=started_at, clock=clock)

    def wait(self, timeout: float) -> None:
        """Wait for something to happen, at most ``timeout`` seconds."""
        until = self._clock() + timeout
        while True:
            wake = self.watch.wait(min(max(until - self._clock(), 0.0), LOOK_EVERY))
            self._wake = Wake(self._wake.names | wake.names, self._wake.rescan or wake.rescan)
            if wake or self._clock() >= until or self._inbox.has_news() or self.live.refresh():
                return

    def kick(self) -> None:
        """End the wait."""
        self.watch.kick()

    def tick(self, now: datetime) -> float:
        """One round; answers the seconds until the next.

        1. Take over a changed configuration.
        2. Read the ticket files that changed.
        3. Look at the desk itself: watcher, sources, clock, roster, channels.
        4. Hear what people answered, and what did not arrive.
        5. Judge tickets that changed or whose moment has come: what is over, who has taken it, what is new.
        6. Take the steps that are due, and write what they say.
        7. Commit all of it at once.
        8. Send what may be sent, and hear what became of the rest.
        9. Say how it stands.
        """
        self._follow_configuration(now)
        self._read(now)
        desk = self._desk(now)
        for step in (self._look_at_the_desk, self._hear, self._judge, self._page):
            try:
                step(desk, now)
            except Exception:  # trouble with one part must not keep what the others found from being told
                log.exception("A part of this round failed; the rest goes on")
        has_seen_all = self.mirror.loaded and not self.judging.is_catching_up
        if self.recording.commit(has_seen_all=has_seen_all, now=now) and self.recording.send(now):
            self._dead_man.round_went_well(self.live.current.alerts.dead_man)
        self._upkeep.look(now=now, monotonic=self._clock())
        self._say(desk, now)
        return self._until_next(now)

    def close(self, now: datetime) -> None:
        """Stop listening, and record what is answered within a second."""
        self.watch.stop()
        try:
            self.dispatcher.close(now)
        except StoreError as problem:
            log.error("%s", problem)
        if isinstance(self._shelf, ChannelShelf):
            self._shelf.close()

    def _past(self, remembered: Remembered) -> Past:
        """What this start makes old news; recorded, so that a start that is cut off does not move it."""
        outage_after = self.live.current.alerts.freshness.outage_after
        past = past_of(remembered, started_at=self._started_at, outage_after=outage_after)
        if past.until is not None:
            self.outbox.commit(Batch(facts={OLD_UNTIL: format_instant(past.until)}))
        return past

    # 1, 2: configuration and files

    def _follow_configuration(self, now: datetime) -> None:
        self.live.refresh()
        if self._generation == self.live.generation:
            return
        config = self.live.current
        self._generation, self._terms = self.live.generation, Terms.of(config)
        self.dispatcher.delivery = self._terms.delivery
        self.rota.follow(config, now)
        if isinstance(self._shelf, ChannelShelf):
            self._shelf.follow(config.alerts.channels)
        self.judging.rules_changed(now=now)

    def _read(self, now: datetime) -> None:
        wake, self._wake = self._wake, Wake()
        self.judging.note(self.reading.read(wake), now=now)
        wanted = self.live.current.notifier.rescan_interval.total_seconds()
        has_events = self.watch.mode == "native"
        self.watch.rescan_interval = self.reading.rescan_interval(wanted) if has_events else wanted
        if self.mirror.problem:
            log.warning("%s", self.mirror.problem)

    def _desk(self, now: datetime) -> Desk:
        return self._terms.desk(
            schedule=self.rota.schedule(now),
            broken=self._broken,
            broken_channels=self.dispatcher.broken_channels,
            silences=self.silences.current(now),
        )

    # 3, 4: the desk, and what people say

    def _look_at_the_desk(self, desk: Desk, now: datetime) -> None:
        config, schedule = self.live.current, self.rota.schedule(now)
        if (jump := self.desk_watch.clock.look(now, self._clock())) is not None:
            self._follow_clock(jump)
        begun, ended = self.desk_watch.look(
            config, desk, schedule, outbox=self.outbox, now=now, monotonic=self._clock()
        )
        self.judging.doubt(self.desk_watch.doubts)
        for alert in begun:
            self.raising.begin(alert, desk=desk, now=now)
        for raised in [self.ledger.living[key] for key in ended if key in self.ledger.living]:
            self.acknowledging.end(raised, "the trouble is gone", now=now)
        tickets = self.mirror.tickets.values()
        for alert in self._notices.due(config, schedule, tickets, self.ledger, now=now):
            self.raising.begin(alert, desk=desk, now=now)

    def _follow_clock(self, jump: timedelta) -> None:
        if jump:
            self.ledger.shift(jump)
            self.dispatcher.shift(jump)
            self.raising.past = self.raising.past.shifted(jump)

    def _hear(self, desk: Desk, now: datetime) -> None:
        taken = self.recording.take()
        redirection = self._terms.redirection
        others = {redirection.to: "whoever gets everything"} if redirection else {}
        self._hearing.replies(taken.replies, desk=desk, extra_senders=others, now=now)
        self._hearing.wishes(desk=desk, now=now)
        self._answering.answer(
            self._hearing.take_answered(),
            self.live.current.alerts.acknowledgement,
            own=self._terms.own_numbers,
            write=self._writer(desk, now),
            now=now,
        )
        self.ledger.remember(taken.facts)
        if taken:
            self._broken = self.outbox.broken()
        take_next_ways(
            taken.outcomes,
            ledger=self.ledger,
            outbox=self.outbox,
            raised_of=self._raised,
            tickets=self.mirror.tickets,
            write=self._writer(desk, now),
            codes=self._codes,
            now=now,
        )

    # 5, 6: tickets and steps

    def _judge(self, desk: Desk, now: datetime) -> None:
        self.judging.judge(self.live.current, desk, now=now)
        self._hearing.take_early(desk=desk, now=now)

    def _page(self, desk: Desk, now: datetime) -> None:
        config, write = self.live.current, self._writer(desk, now)
        troubles = self._paging.page(config, tickets=self.judging.tickets, write=write, now=now)
        tell_others = config.alerts.acknowledgement.tell_others
        unfinished = tuple(self.dispatcher.open.values())
        self._paging.relieve(unfinished, write=write, tell_others=tell_others, now=now)
        if troubles:
            self.raising.begin(nobody_told(config, troubles[0], now=now), desk=desk, now=now)
        for problem in write.problems:
            log.warning("A template failed, the built-in text is used: %s", problem)

    def _writer(self, desk: Desk, now: datetime) -> Writer:
        base_url, terms = self.live.current.alerts.texts.wall_url, self._terms
        return Writer(terms.messages, desk, redirection=terms.redirection, base_url=base_url, now=now)

    def _bundle(self, unit: Sequence[Notification], now: datetime) -> Notification:
        return self._writer(self._desk(now), now).bundle(unit, self._raised, self._codes)

    def _raised(self, key: str) -> Raised | None:
        return self.ledger.living.get(key) or self.outbox.alert(key)

    # 9: how it stands

    def _say(self, desk: Desk, now: datetime) -> None:
        try:
            self._roster.write(
                self.ledger,
                schedule=self.rota.schedule(now),
                people=desk.people,
                silences=desk.windows,
                told=self.ledger.told,
                now=now,
            )
            if self._pulse.is_due:
                self._pulse.beat(
                    {
                        "tickets": len(self.mirror.tickets),
                        "unreadable": len(self.mirror.unreadable),
                        "watch": {"mode": self.watch.mode, "why": self.watch.why},
                        "catching_up": self.judging.backlog,
                        **figures(self.ledger, self.raising, self.dispatcher, now=now),
                        "on_call": self._roster.names(),
                        "trouble": self.desk_watch.words(),
                        "calendars": list(self.rota.problems),
                        "database": self.recording.problem or "ok",
                        "dead_man": self._dead_man.problem or "ok",
                    },
                    live=self.live,
                    now=now,
                )
        except StoreError as problem:
            log.warning("%s", problem)

    def _until_next(self, now: datetime) -> float:
        if self.judging.is_catching_up or self.reading.is_looking or self.recording.taken:
            return 0.0
        if self.recording.problem:
            return TRY_AGAIN
        longest = min(self.live.current.notifier.interval.total_seconds(), SLOWEST)
        moments = [
            self.judging.agenda.next_at(),
            self.ledger.next_at(),
            self._notices.next_at(),
            self.recording.next_at(now),
        ]
        return max(0.0, min([longest, *((at - now).total_seconds() for at in moments if at)]))
