"""A notifier in its home on a clock that is moved by hand: ana is on call, ben next, mia the manager."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from deskwatch.config import Home, LiveConfig
from deskwatch.core.alerts import Raised
from deskwatch.core.delivery import Decision, Notification, Reply
from deskwatch.core.ticket import Person, Phase, Priority, Status, Ticket, format_instant
from deskwatch.notify import Notifier
from deskwatch.pager.pulse import SLOWEST
from deskwatch.store.heartbeat import read_heartbeat
from deskwatch.store.tickets import TicketFolder
from deskwatch.store.watch import Wake
from tests.pager.provider import HandLanes, PlainChannel, Provider, TracedChannel

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CHRISTMAS_NIGHT = datetime(2026, 12, 25, 2, 10, tzinfo=UTC)
TUESDAY_NIGHT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
TUESDAY_NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
ANA, BEN = "+12025550101", "+12025550102"

PEOPLE = f"""\
people:
  ana:
    {{name: Ana, phone: "{ANA}", email: ana@example.com, agents: ["19"],
     urgent: [sms, {{voice: 3m}}], normal: [mail]}}
  ben:
    {{name: Ben, phone: "{BEN}", email: ben@example.com, agents: ["20"], urgent: [sms], normal: [mail]}}
  mia: {{name: Mia, email: mia@example.com, urgent: [mail], normal: [mail]}}
managers: [mia]
admins: [mia]
last_resort: mia
"""
ONCALL = """\
zone: UTC
layers:
  primary:
    rotations:
      - {people: [ana, ben], every: week, weekday: mon, handoff: "09:00", start: 2026-03-09}
"""
HOURS = """\
calendars:
  desk:
    zone: UTC
    days: {2026-12-25: Christmas}
"""
TWILIO = "account_sid: ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, auth_token: env:TWILIO_AUTH_TOKEN"
CHANNELS = f"""\
  sms: {{kind: sms, {TWILIO}, sender: "+12025550143"}}
  voice: {{kind: voice, {TWILIO}, sender: "+12025550143"}}
  mail: {{kind: email, host: mail.example.com, from_email: desk@example.com}}
"""
ALERTS = """\
mode: live
channels:
{channels}
{more}
"""


class Night:
    """Tickets come and go, time passes, people answer; what they were told stands in ``sms``, ``mail`` …"""

    def __init__(
        self, path: Path, at: datetime = TUESDAY_NIGHT, *, alerts: str = "", slept: bool = False
    ) -> None:
        self.home, self.now, self.monotonic = Home(path), at, 1000.0
        self.home.config.mkdir(parents=True, exist_ok=True)
        self.folder = TicketFolder(self.home.tickets)
        self.folder.prepare(now=at)
        self.providers = {name: Provider(now=at) for name in ("sms", "voice", "mail")}
        self.channels: dict[str, PlainChannel] = {
            "sms": TracedChannel(self.providers["sms"]),
            "voice": TracedChannel(self.providers["voice"], "voice", "voice", "speech"),
            "mail": PlainChannel(self.providers["mail"]),
        }
        self.config("people", PEOPLE)
        self.config("oncall", ONCALL)
        self.config("hours", HOURS)
        self.config("alerts", ALERTS.format(channels=CHANNELS, more=alerts))
        self.watcher_beats: Callable[[], dict[str, Any]] | None = self.beat
        self.sources: dict[str, dict[str, Any]] = {"demo": {}}
        self.start()
        if not slept:
            self.pass_(30)  # a database exists, nothing is a first start any more

    def config(self, name: str, text: str) -> None:
        (self.home.config / f"{name}.yaml").write_text(text, "utf-8")

    def start(self) -> None:
        """Another process takes over what the last one left on the disk."""
        self.lanes = HandLanes()
        self.live = LiveConfig(self.home, env={"TWILIO_AUTH_TOKEN": "token-of-the-tests"})
        assert self.live.problems == ()
        self.notifier = Notifier(
            self.home,
            self.live,
            started_at=self.now,
            clock=lambda: self.monotonic,
            channels=self.channels.__getitem__,
            lanes=self.lanes,
            random=Random(1),
        )

    def restart(self, *, after: timedelta = timedelta(0), lose_database: bool = False) -> None:
        """The process dies; ``after`` so long another one starts."""
        self.notifier.outbox._engine.dispose()
        self._advance(after)
        if lose_database:
            for file in self.home.state.glob("deskwatch.db*"):
                file.unlink()
        self.start()

    # Tickets and the watcher

    def ticket(self, key: str, **changes: Any) -> Ticket:
        """Write a ticket as the watcher does; what is not named is as it was, or a new urgent ticket."""
        source, _, number = key.partition("-")
        known = self.folder.load(f"{key}.json")
        if not isinstance(known, Ticket):
            known = Ticket(
                key=key,
                source=source,
                id=number,
                number=number,
                subject="Mail is down",
                type="Incident",
                status=Status(id="2", name="Open"),
                phase=Phase.OPEN,
                priority=Priority.URGENT,
                requester=Person(id="1", name="mia"),
                created_at=self.now,
                updated_at=self.now,
                first_seen_at=self.now,
                status_since=self.now,
                priority_since=self.now,
            )
        ticket = known.with_(updated_at=self.now, **changes)
        self.folder.write([ticket])
        self.notifier._wake = Wake(names=frozenset({f"{key}.json"}))
        return ticket

    def assign(self, key: str, id_: str, name: str) -> None:
        self.ticket(key, agent=Person(id=id_, name=name), assigned_since=self.now)

    def resolve(self, key: str) -> None:
        status = Status(id="4", name="Resolved")
        self.ticket(key, phase=Phase.RESOLVED, status=status, status_since=self.now, resolved_at=self.now)

    def beat(self) -> dict[str, Any]:
        at = format_instant(self.now)
        good = {"state": "ok", "last_good_at": at, "error": None, "clock_skew_seconds": 0}
        sources = {name: good | changes for name, changes in self.sources.items()}
        return {"schema": 1, "beat_at": at, "started_at": "2026-01-01T00:00:00Z", "sources": sources}

    def wish(self, **wish: Any) -> None:
        """What ``notifier.py ack`` leaves in the inbox."""
        inbox = self.home.state / "inbox"
        inbox.mkdir(parents=True, exist_ok=True)
        number = len(list(inbox.iterdir()))
        (inbox / f"w{number}.json").write_text(json.dumps(wish), "utf-8")

    # Time

    def tick(self) -> float:
        """Rounds until nothing more happens at this instant."""
        if self.watcher_beats is not None:
            self.home.state.mkdir(exist_ok=True)
            (self.home.state / "watcher.json").write_text(json.dumps(self.watcher_beats()), "utf-8")
        wait = 0.0
        for _ in range(50):
            self.notifier._wake = Wake(self.notifier._wake.names, rescan=True)
            wait = self.notifier.tick(self.now)
            if not self.lanes.jobs and wait > 0:
                break
            self.lanes.run()
        return wait

    def pass_(self, seconds: float) -> None:
        """Time passes, the notifier wakes when it asked to; what only beats is left out after two minutes."""
        start, until = self.now, self.now + timedelta(seconds=seconds)
        while True:
            wait = self.tick()
            if self.now >= until:
                return
            idle = wait >= SLOWEST and self.now - start > 2 * MINUTE
            wait = 60.0 if idle else max(wait, 0.01)
            self._advance(min(timedelta(seconds=wait), until - self.now))

    def run(self, **duration: float) -> None:
        """``run(minutes=5)``."""
        self.pass_(timedelta(**duration).total_seconds())

    def _advance(self, by: timedelta) -> None:
        self.now += by
        self.monotonic += by.total_seconds()
        for provider in self.providers.values():
            provider.now = self.now

    def jump(self, by: timedelta) -> None:
        """Somebody sets the clock of the machine."""
        self.now += by
        for provider in self.providers.values():
            provider.now = self.now

    # People

    def told(self, channel: str, person: str | None = None) -> list[str]:
        """Texts that went out by a channel."""
        accepted = self.providers[channel].accepted
        return [each.text for each in accepted if person in (None, each.person)]

    def who(self, channel: str) -> list[str]:
        """Who was told by a channel, in order."""
        return [each.person for each in self.providers[channel].accepted]

    @property
    def messages(self) -> int:
        """How many messages went out in all."""
        return sum(len(provider.accepted) for provider in self.providers.values())

    def reply(self, sender: str, text: str, channel: str = "sms") -> None:
        inbound = self.providers[channel].inbound
        inbound.append(Reply(id=f"IN{len(inbound)}", sender=sender, text=text, at=self.now))

    def code(self, channel: str = "sms") -> str:
        """The code in the last text of a channel."""
        return self.providers[channel].accepted[-1].code

    # What is recorded

    def alerts(self, ticket: str) -> list[Raised]:
        return list(self.notifier.outbox.alerts_of_ticket(ticket))

    def states(self, ticket: str) -> dict[str, str]:
        return {str(raised.alert.kind): str(raised.state) for raised in self.alerts(ticket)}

    def decisions(self, ticket: str) -> list[Decision]:
        return self.notifier.outbox.decisions_of([raised.alert.key for raised in self.alerts(ticket)])

    def sent(self, ticket: str) -> tuple[Notification, ...]:
        keys = [raised.alert.key for raised in self.alerts(ticket)]
        return self.notifier.outbox.notifications_of(keys)

    def heartbeat(self) -> dict[str, Any]:
        beat = read_heartbeat(self.home.state / "notifier.json")
        assert beat is not None
        return beat

    def oncall(self) -> dict[str, Any]:
        told = read_heartbeat(self.home.state / "oncall.json")
        assert told is not None
        return told
