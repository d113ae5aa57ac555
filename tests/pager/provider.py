"""A provider with a memory, channels to it, and a pager around them whose network moves only when told."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal

from deskwatch.channels.channel import DeliveryError
from deskwatch.core.delivery import Failure, FailureKind, Notification, NotificationState, Receipt, Reply
from deskwatch.core.people import Urgency
from deskwatch.pager.delivery import Delivery, Heard, Outcome, Taken
from deskwatch.pager.dispatch import Dispatcher
from deskwatch.pager.lanes import Job
from deskwatch.store.outbox import Batch, BrokenAddress, Remembered, SentRow

NINE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

Mishap = Literal["refused", "429", "invalid", "stopped", "suspended", "lost", "unanswered", "500"]
"""``lost``: cut off before anything was accepted; ``unanswered``: after. ``500``: accepted and denied."""
MISHAPS: dict[Mishap, tuple[bool, FailureKind, str | None, float | None]] = {
    "refused": (False, "transient", None, None),
    "429": (False, "transient", "20429", 3.0),
    "invalid": (False, "permanent", "21211", None),
    "stopped": (False, "permanent", "21610", None),
    "suspended": (False, "broken", "20005", None),
    "lost": (False, "unknown", None, None),
    "unanswered": (True, "unknown", None, None),
    "500": (True, "unknown", "20500", None),
}


@dataclass
class Accepted:
    """A message the provider took."""

    id: str
    code: str
    text: str
    person: str
    at: datetime


@dataclass
class Provider:
    """Accepts, lists after ``list_lag``, tells fates; ``mishaps`` spoil the next requests."""

    now: datetime = NINE
    accepted: list[Accepted] = field(default_factory=list)
    mishaps: deque[Mishap] = field(default_factory=deque)
    requests: int = 0
    can_list: bool = True
    list_lag: timedelta = timedelta(seconds=2)
    fates: dict[str, Receipt] = field(default_factory=dict)
    """By id; what was not named is delivered 8 s after it was accepted."""
    inbound: list[Reply] = field(default_factory=list)

    def count(self, code: str) -> int:
        return sum(message.code == code for message in self.accepted)


@dataclass
class PlainChannel:
    """A channel of which nobody can ask what became of a message."""

    provider: Provider
    name: str = "mail"
    kind: str = "email"
    medium: str = "mail"
    timeout: float = 10.0
    healthy: bool = True

    def send(self, notification: Notification) -> Receipt:
        provider = self.provider
        provider.requests += 1
        mishap = provider.mishaps.popleft() if provider.mishaps else None
        accepts, kind, code, pause = MISHAPS[mishap] if mishap else (True, "unknown", None, None)
        id_ = f"SM{len(provider.accepted)}"
        if accepts:
            taken = Accepted(id_, notification.code, notification.text, notification.person, provider.now)
            provider.accepted.append(taken)
        if mishap:
            raise DeliveryError(kind, f"the provider says: {mishap}", code=code, retry_after=pause)
        return Receipt(state="sent", provider_id=id_, status="queued")

    def check(self) -> str:
        if not self.healthy:
            raise DeliveryError("broken", "still suspended")
        return "all is well"

    def close(self) -> None:
        pass


@dataclass
class TracedChannel(PlainChannel):
    """A channel whose provider lists what it accepted, and on which people can answer."""

    name: str = "sms"
    kind: str = "sms"
    medium: str = "short"

    def find(self, notification: Notification, *, now: datetime) -> Receipt | None:
        self._ask()
        listed = self.provider.now - self.provider.list_lag
        for message in self.provider.accepted:
            if message.code == notification.code and message.at <= listed:
                return self._receipt(message)
        return None

    def status(self, provider_id: str) -> Receipt:
        self._ask()
        return self._receipt(next(m for m in self.provider.accepted if m.id == provider_id))

    def replies(self, *, since: datetime) -> list[Reply]:
        self._ask()
        return [reply for reply in self.provider.inbound if reply.at >= since]

    def _ask(self) -> None:
        if not self.provider.can_list:
            raise DeliveryError("transient", "the list cannot be had")

    def _receipt(self, message: Accepted) -> Receipt:
        if message.id in self.provider.fates:
            return self.provider.fates[message.id]
        arrived = self.provider.now - message.at >= timedelta(seconds=8)
        return Receipt(
            state="delivered" if arrived else "sent",
            provider_id=message.id,
            status="delivered" if arrived else "queued",
        )


class MemoryOutbox:
    """What the outbox promises, without a disk."""

    def __init__(self) -> None:
        self.rows: dict[str, Notification] = {}
        self.facts: dict[str, str] = {}
        self.dead: list[BrokenAddress] = []
        self.commits = 0

    def commit(self, batch: Batch) -> None:
        if batch:
            self.commits += 1
        for notification in batch.created:
            self.rows.setdefault(notification.id, notification)
        for notification in batch.settled:
            assert notification.id in self.rows, "settled before it was created"
            self.rows[notification.id] = notification
        self.facts |= batch.facts

    def load(self) -> Remembered:
        unfinished = [row for row in self.rows.values() if not row.state.is_final and row.finished_at is None]
        return Remembered(
            alerts=(), notifications=tuple(unfinished), keys=frozenset(), facts=dict(self.facts), fresh=False
        )

    def sent_since(self, at: datetime) -> list[SentRow]:
        rows = [row for row in self.rows.values() if row.sent_at is not None and row.sent_at >= at]
        return [SentRow(row.sent_at or at, row.person, row.channel, row.segments) for row in rows]

    def segments_since(self, at: datetime, channels: Sequence[str]) -> int:
        return sum(row.segments for row in self.rows.values() if row.channel in channels)

    def mark_broken(self, broken: BrokenAddress) -> None:
        self.dead.append(broken)


class HandLanes:
    """Calls wait until somebody lets them through."""

    def __init__(self) -> None:
        self.jobs: deque[tuple[str, Job]] = deque()

    def submit(self, lane: str, job: Job) -> None:
        self.jobs.append((lane, job))

    def run(self, *, most: int | None = None) -> None:
        while self.jobs and most != 0:
            self.jobs.popleft()[1]()
            most = None if most is None else most - 1


Way = Callable[[Notification, Failure], tuple[str, str] | None]
"""The next (person, channel), or none."""


class Pager:
    """A dispatcher, the provider behind it, and somebody who names the next way."""

    def __init__(self, delivery: Delivery | None = None, *, way: Way = lambda _n, _f: None) -> None:
        self.now = NINE
        self.provider = Provider()
        self.outbox = MemoryOutbox()
        self.sms, self.mail = TracedChannel(self.provider), PlainChannel(self.provider)
        self.channels: dict[str, PlainChannel] = {"sms": self.sms, "mail": self.mail}
        self.delivery = delivery or Delivery(mode="live", channels=("sms", "mail"))
        self.way = way
        self.outcomes: list[Outcome] = []
        self.heard: list[Heard] = []
        self._made = 0
        self.restart()

    def restart(self) -> None:
        """The process dies, with everything that was on its way, and another one starts."""
        self.lanes = HandLanes()
        self.dispatcher = Dispatcher(
            self.outbox,  # type: ignore[arg-type]
            self.channels.__getitem__,
            self.bundle,
            delivery=self.delivery,
            ring=lambda: None,
            lanes=self.lanes,
            random=Random(1),
        )
        self.dispatcher.start(self.outbox.load(), now=self.now)

    def page(self, person: str = "ana", channel: str = "sms", **changes: object) -> Notification:
        """Record one notification, as the pipeline does."""
        notification = self.make(person, channel).with_(**changes)
        self.record(Batch(created=[notification]))
        return notification

    def make(self, person: str = "ana", channel: str = "sms") -> Notification:
        self._made += 1
        code = f"K{self._made:03}"
        return Notification(
            id=f"n{self._made}",
            code=code,
            alerts=(f"demo-{self._made}|created",),
            person=person,
            channel=channel,
            address="+15550100001" if channel == "sms" else f"{person}@example.com",
            urgency=Urgency.URGENT,
            state=NotificationState.PENDING,
            created_at=self.now,
            text=f"Mail is down [{code}]",
        )

    def bundle(self, members: Sequence[Notification], now: datetime) -> Notification:
        """One notification for several."""
        made = self.make(members[0].person, members[0].channel)
        alerts = tuple(alert for member in members for alert in member.alerts)
        return made.with_(alerts=alerts, text=f"{len(members)} alerts [{made.code}]", created_at=now)

    def record(self, batch: Batch) -> None:
        self.outbox.commit(batch)
        self.dispatcher.learn(batch)

    def tick(self, seconds: float = 0.0, *, network: bool = True) -> None:
        """Time passes, the network answers, the dispatcher has its round until nothing new comes of it."""
        self.now += timedelta(seconds=seconds)
        self.provider.now = self.now
        for _ in range(10):
            self.take()
            if not network or not self.lanes.jobs:
                return
            self.lanes.run()

    def take(self) -> None:
        """One round, with the next ways and the replies dealt with in one commit, as the pipeline does."""
        while taken := self.dispatcher.take(self.now):
            self.deal_with(taken)

    def deal_with(self, taken: Taken) -> None:
        created, settled = [], []
        for outcome in taken.outcomes:
            self.outcomes.append(outcome)
            way = self.way(outcome.notification, outcome.failure)
            settled.append(outcome.otherwise if way is None else outcome.notification)
            if way is not None:
                created.append(self.make(*way).with_(alerts=outcome.notification.alerts))
        self.heard += taken.replies
        self.record(Batch(created=created, settled=settled, facts=taken.facts))

    def run(self, seconds: float, *, step: float = 1.0) -> None:
        """Let time pass in steps."""
        for _ in range(round(seconds / step)):
            self.tick(step)

    def row(self, notification: Notification) -> Notification:
        """How it stands in the database."""
        return self.outbox.rows[notification.id]

    def state(self, notification: Notification) -> str:
        return str(self.row(notification).state)
