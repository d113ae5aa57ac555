"""The alerts that are not over, in memory, and what has changed since the last commit."""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from deskwatch.core.alerts import AlertState, Raised
from deskwatch.core.delivery import Decision, Notification, Verdict
from deskwatch.store.outbox import Batch, Remembered

_LIVING = (AlertState.OPEN, AlertState.ACKNOWLEDGED)


def moment_of(raised: Raised) -> datetime | None:
    """When time alone has something to do: the next step, the end of holding, the end of a lapsing word."""
    if raised.state is AlertState.ACKNOWLEDGED:
        return raised.lapses_at
    if raised.state is not AlertState.OPEN or raised.next_step_at is None:
        return None
    return max(raised.next_step_at, raised.held_until or raised.next_step_at)


class Ledger:
    """Knows every alert that is open or acknowledged, and the key of every alert ever recorded.

    Nothing is forgotten when a commit fails: what was not committed is part of the next ``batch``.

    Attributes:
        living: those alerts by key.
        told: how many notifications each ticket has had lately.
    """

    def __init__(self, remembered: Remembered | None = None) -> None:
        self.living: dict[str, Raised] = {}
        self.told: Counter[str] = Counter()
        self._keys: set[str] = set(remembered.keys) if remembered else set()
        self._of_ticket: dict[str, set[str]] = {}
        self._moments: list[tuple[datetime, str]] = []
        self._raised: dict[str, Raised] = {}
        self._updated: dict[str, Raised] = {}
        self._created: list[Notification] = []
        self._settled: dict[str, Notification] = {}
        self._decisions: list[Decision] = []
        self._facts: dict[str, str] = {}
        for raised in remembered.alerts if remembered else ():
            self._keep(raised)

    def __contains__(self, key: object) -> bool:
        """Whether an alert of this key was ever recorded."""
        return key in self._keys

    def __iter__(self) -> Iterator[Raised]:
        return iter(tuple(self.living.values()))

    def of_ticket(self, ticket: str) -> tuple[Raised, ...]:
        """The living alerts of a ticket, oldest first."""
        found = [self.living[key] for key in self._of_ticket.get(ticket, ())]
        return tuple(sorted(found, key=lambda raised: (raised.raised_at, raised.alert.key)))

    @property
    def tickets(self) -> frozenset[str]:
        """Keys of the tickets that have a living alert."""
        return frozenset(self._of_ticket)

    @property
    def created(self) -> tuple[Notification, ...]:
        """Notifications that are not recorded yet."""
        return tuple(self._created)

    def add(self, raised: Raised) -> None:
        """Record a new alert."""
        self._raised[raised.alert.key] = raised
        self._keep(raised)

    def change(self, raised: Raised) -> None:
        """Record how an alert stands now."""
        key = raised.alert.key
        (self._raised if key in self._raised else self._updated)[key] = raised
        self._keep(raised)

    def send(self, notifications: Iterable[Notification]) -> None:
        """Have these recorded and then sent."""
        for notification in notifications:
            self._created.append(notification)
            self.count(notification)

    def count(self, notification: Notification) -> None:
        """Count a notification for each ticket it is about."""
        self.told.update({key.partition("|")[0] for key in notification.alerts})

    def recount(self, lately: Iterable[Notification]) -> None:
        """Begin to count anew, with these and with what is not recorded yet."""
        self.told = Counter()
        for notification in (*lately, *self._created):
            self.count(notification)

    def settle(self, notification: Notification) -> None:
        """Record how a notification stands now."""
        self._settled[notification.id] = notification

    def decide(self, decisions: Iterable[Decision]) -> None:
        """Record why."""
        self._decisions += decisions

    def note(self, at: datetime, alert: str, verdict: Verdict, reason: str) -> None:
        """Record one decision that concerns nobody in particular."""
        self._decisions.append(Decision(at=at, alert=alert, verdict=verdict, reason=reason))

    def remember(self, facts: Mapping[str, str]) -> None:
        """Record small facts; an empty text forgets one."""
        self._facts |= facts

    def due(self, now: datetime) -> list[Raised]:
        """Take the alerts whose moment has come, in the order of their moments."""
        due = []
        while self._moments and self._moments[0][0] <= now:
            at, key = heapq.heappop(self._moments)
            raised = self.living.get(key)
            if raised is not None and moment_of(raised) == at:
                due.append(raised)
        return list({raised.alert.key: raised for raised in due}.values())

    def next_at(self) -> datetime | None:
        """The next moment of any alert."""
        while self._moments:
            at, key = self._moments[0]
            raised = self.living.get(key)
            if raised is not None and moment_of(raised) == at:
                return at
            heapq.heappop(self._moments)
        return None

    def batch(self) -> Batch:
        """All that is not committed yet."""
        return Batch(
            raised=tuple(self._raised.values()),
            updated=tuple(self._updated.values()),
            created=tuple(self._created),
            settled=tuple(self._settled.values()),
            decisions=tuple(self._decisions),
            facts=dict(self._facts),
        )

    def committed(self) -> None:
        """Forget what was committed."""
        self._raised, self._updated, self._created = {}, {}, []
        self._settled, self._decisions, self._facts = {}, [], {}

    def shift(self, by: timedelta) -> None:
        """Move every moment that was counted from the clock before it jumped; hours of the desk stay.

        What was raised in what is the future now is moved too: work on a ticket counts when it comes after.
        """
        for raised in self:
            self.change(
                raised.with_(
                    raised_at=raised.raised_at + min(by, timedelta(0)),
                    next_step_at=raised.next_step_at and raised.next_step_at + by,
                    lapses_at=raised.lapses_at and raised.lapses_at + by,
                )
            )

    def _keep(self, raised: Raised) -> None:
        key, ticket = raised.alert.key, raised.alert.ticket
        self._keys.add(key)
        if raised.state not in _LIVING:
            self.living.pop(key, None)
            if ticket in self._of_ticket:
                self._of_ticket[ticket].discard(key)
                if not self._of_ticket[ticket]:
                    del self._of_ticket[ticket]
            return
        self.living[key] = raised
        if ticket is not None:
            self._of_ticket.setdefault(ticket, set()).add(key)
        if (at := moment_of(raised)) is not None:
            heapq.heappush(self._moments, (at, key))
