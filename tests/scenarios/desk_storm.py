"""A storm over both processes: watcher and notifier die at random while a helpdesk gets urgent tickets."""

import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deskwatch.clock import utc_now
from deskwatch.demo import DEMO_KEY, Helpdesk, create_helpdesk, serve
from tests import warm
from tests.scenarios.paging import ALERTS, Behaviour, Count, PagerHome, Twilio, count

URGENT = 4
PROGRAMS = {"watcher": "ticket_watcher.py", "notifier": "notifier.py"}
AT_NIGHT = ALERTS.replace("on: [created]", "on: [after_hours]")
CLOSED = "calendars: {desk: {zone: UTC, week: {}}}\n"
SOURCES = "fs: {kind: freshservice, base_url: %s, poll_interval: 0.3s}\n"


@dataclass(frozen=True)
class DeskStorm:
    """What a storm left behind.

    Attributes:
        kills: how many of each process were ended; ``looked_up``: how many sends were settled by asking.
        drained: seconds from the last start until everything was told and settled.
    """

    tickets: int
    kills: Mapping[str, int]
    count: Count
    looked_up: int
    drained: float


class NightDesk:
    """A helpdesk at night, and the two processes between it and the phones."""

    def __init__(self, helpdesk: Helpdesk, home: PagerHome) -> None:
        self.helpdesk, self.home = helpdesk, home
        self.kills = dict.fromkeys(PROGRAMS, 0)
        self._running: dict[str, warm.Running] = {}

    def start(self, process: str) -> None:
        self._running[process] = self.home.start(PROGRAMS[process], FRESHSERVICE_API_KEY=DEMO_KEY)

    def until_awake(self) -> None:
        for process, run in self._running.items():
            self.home.until_awake(run, beats=process)

    def kill(self, process: str) -> None:
        self.home.kill(self._running[process])
        self.kills[process] += 1

    def create(self, tickets: int) -> None:
        """Somebody writes urgent tickets."""
        for _ in range(tickets):
            made = self.helpdesk.create_ticket("Mail is down", priority=URGENT)
            self.home.written.append(str(made.id))


@contextmanager
def night_desk(folder: Path, twilio: Twilio) -> Iterator[NightDesk]:
    """A home that has never seen a ticket; helpdesk and Twilio outlive everything that is killed."""
    helpdesk = create_helpdesk(started_at=utc_now(), clock=utc_now, tickets=0, plan="unlimited")
    with serve(helpdesk) as server:
        home = PagerHome(folder, twilio, alerts=AT_NIGHT, hours=CLOSED, sources=SOURCES % server.url)
        try:
            yield NightDesk(helpdesk, home)
        finally:
            home.end()


def desk_storm(
    folder: Path, *, kills: int, tickets: int, behaviour: Behaviour, seed: int, patience: float = 60.0
) -> DeskStorm:
    """Create ``tickets`` while each process dies ``kills`` times, each at a moment of its own.

    Most deaths come within a second after new tickets: while they are fetched, written, read, and told. The
    others come anywhere, also while a process that has just been started finds out where the last one stood.
    """
    draw = random.Random(seed)
    twilio = Twilio(behaviour)
    try:
        with night_desk(folder, twilio) as desk:
            for process in PROGRAMS:
                desk.start(process)
            desk.until_awake()
            for life in range(kills):
                latest = 0.8 if draw.random() < 0.75 else 1.5
                if latest < 1:
                    desk.until_awake()
                desk.create((life + 1) * tickets // kills - len(desk.home.written))
                began = time.monotonic()
                for moment, process in sorted((draw.uniform(0, latest), each) for each in PROGRAMS):
                    time.sleep(max(0.0, began + moment - time.monotonic()))
                    desk.kill(process)
                    desk.start(process)
            desk.until_awake()
            drained = desk.home.drain(patience=patience)
            return DeskStorm(
                tickets=len(desk.home.written),
                kills=desk.kills,
                count=count(desk.home.written, twilio.texts),
                looked_up=desk.home.printed.count("the notifier ended while it was on its way"),
                drained=drained,
            )
    finally:
        twilio.end()
