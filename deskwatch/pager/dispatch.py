"""Sends what is due, each once: recorded before the request leaves, settled after it, looked up in doubt."""

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from deskwatch.channels.channel import Channel
from deskwatch.clock import monotonic
from deskwatch.core.delivery import Notification, NotificationState
from deskwatch.pager import journal
from deskwatch.pager.budget import Budget
from deskwatch.pager.calls import Answer, Calls
from deskwatch.pager.delivery import Delivery, Outcome, Taken
from deskwatch.pager.departures import Departure, Departures, RenderBundle
from deskwatch.pager.desk_health import channels_told_broken
from deskwatch.pager.lanes import Lanes, ThreadLanes
from deskwatch.pager.replies import ReplyDesk
from deskwatch.pager.settling import has_come, is_due, is_late, marked_as_repeat, orphaned, shifted
from deskwatch.pager.switchboard import Switchboard
from deskwatch.pager.verdicts import Again, of_find, of_send, of_status
from deskwatch.store.outbox import Batch, BrokenAddress, Outbox, Remembered

log = logging.getLogger(__name__)

_PENDING, _SENDING, _UNKNOWN, _SENT = (
    NotificationState.PENDING,
    NotificationState.SENDING,
    NotificationState.UNKNOWN,
    NotificationState.SENT,
)
_JUDGES = {"send": (_SENDING, of_send), "find": (_UNKNOWN, of_find), "status": (_SENT, of_status)}


class Dispatcher:
    """Knows every notification that is not finished. One thread calls it; requests run beside it.

    ``take(now)`` is its round. What it cannot decide alone it answers (``Taken``), again in each round until
    ``learn`` is told what became of it: which way is the next for what failed, what a reply means.

    Args:
        channels: the channel of that name; raises ``LookupError`` or ``DeskwatchError`` when there is none.
        render_bundle: makes the one notification that tells several, with its text and a code of its own.
        ring: wakes the thread that calls ``take``; called from other threads.
        mark_repeat: the same notification with words that say it may have come before.
    """

    def __init__(
        self,
        outbox: Outbox,
        channels: Callable[[str], Channel],
        render_bundle: RenderBundle,
        *,
        delivery: Delivery,
        ring: Callable[[], None],
        mark_repeat: Callable[[Notification], Notification] = marked_as_repeat,
        lanes: Lanes | None = None,
        random: Random | None = None,
    ) -> None:
        self._outbox, self._render_bundle, self._mark_repeat = outbox, render_bundle, mark_repeat
        calls = Calls(lanes or ThreadLanes(delivery.width), ring)
        self._board = Switchboard(channels, calls, delivery=delivery, random=random or Random())
        self._departures = Departures(render_bundle)
        self._replies, self._budget = ReplyDesk(), Budget(outbox)
        self._open: dict[str, Notification] = {}
        self._unsaved: dict[str, Notification] = {}
        self._again: set[str] = set()
        self._outcomes: dict[str, Outcome] = {}
        self._dead: list[BrokenAddress] = []
        self._room_at: datetime | None = None

    @property
    def delivery(self) -> Delivery:
        """How to deliver; set another one when the configuration was read again."""
        return self._board.delivery

    @delivery.setter
    def delivery(self, delivery: Delivery) -> None:
        self._board.delivery = delivery

    @property
    def open(self) -> Mapping[str, Notification]:
        """Every notification that is not finished, by id. Only pending and unknown ones may be canceled."""
        return self._open

    @property
    def broken_channels(self) -> Mapping[str, str]:
        """Channels that need a person before they work again, and what they said."""
        return self._board.broken

    def start(self, remembered: Remembered, *, now: datetime) -> None:
        """Take over what the process before this one left; what was on its way then is looked up."""
        self._replies = ReplyDesk(remembered.facts)
        longest = self.delivery.limits.longest
        self._departures = Departures(self._render_bundle, self._outbox.sent_since(now - longest))
        if self.delivery.mode != "log":
            for name, failure in channels_told_broken(remembered.alerts):
                self._board.was_broken(name, failure, now)
        for notification in remembered.notifications:
            if notification.state in (_SENDING, _UNKNOWN):
                self._departures.count([notification])
            if notification.state is _SENDING:
                known = self._board.known(notification.channel)
                known.standing.askable = not known.traceable  # until it has answered a question
                orphan = orphaned(notification, now=now, settle=known.settle(notification))
                self._change(orphan)
                journal.told(orphan)
            else:
                self._keep(notification)

    def learn(self, batch: Batch) -> None:
        """What somebody else has just committed: new notifications, canceled ones, read replies."""
        for notification in (*batch.created, *batch.settled):
            self._outcomes.pop(notification.id, None)
            self._unsaved.pop(notification.id, None)
            self._keep(notification)
        self._replies.learn(batch.facts)

    def shift(self, by: timedelta) -> None:
        """The clock jumped: what was counted from it is counted from the new one, also after a restart."""
        for each in tuple(self._open.values()):
            self._change(shifted(each, by))

    def take(self, now: datetime, *, awaiting: bool = True) -> Taken:
        """One round, about a millisecond and one commit; ``awaiting``: whether a reply is hoped for.

        1. Hear what the channels answered. 2. Choose what leaves now. 3. Commit both in one transaction.
        4. Let the requests leave. 5. Ask the questions that are due.

        Raises:
            StoreError: nothing could be recorded, so nothing was sent; the next round does it all again.
        """
        for answer in self._board.answers(now):
            self._hear(answer, now)
        leaving = self._choose(now)
        self._commit(leaving, now)
        for notification in leaving.sending:
            self._board.send(notification)
        self._ask(now, awaiting=awaiting)
        return Taken(
            outcomes=tuple(self._outcomes.values()), replies=self._replies.heard, facts=self._replies.facts
        )

    def next_at(self, now: datetime, *, awaiting: bool = True) -> datetime | None:
        """When the next round is due if nobody rings before."""
        moments = [*self._moments(), *self._board.moments(), *self._reply_moments(now, awaiting)]
        later = [at for at in moments if at > now]
        if self._room_at is not None:
            later.append(self._room_at)
        return min(later, default=None)

    def report(self, now: datetime) -> dict[str, Any]:
        """How the queue stands, for the heartbeat: plain JSON values."""
        waiting = [each.created_at for each in self._open.values() if is_late(each, now)]
        states = [each.state for each in self._open.values()]
        return {
            "pending": states.count(_PENDING),
            "sending": states.count(_SENDING),
            "unknown": states.count(_UNKNOWN),
            "awaiting_proof": states.count(_SENT),
            "oldest_due_seconds": round((now - min(waiting)).total_seconds()) if waiting else 0,
            "broken_channels": dict(self.broken_channels),
        }

    def close(self, now: datetime, *, wait: float = 1.0) -> None:
        """Record what is answered within ``wait`` seconds; the next start looks up the rest."""
        until = monotonic() + wait
        while self._board.in_flight() and (left := until - monotonic()) > 0:
            for answer in self._board.answers(now, wait=left):
                self._hear(answer, now)
        self._commit(Departure(), now)

    def _hear(self, answer: Answer, now: datetime) -> None:
        if answer.question == "replies":
            self._replies.hear(answer.channel, answer.said, now=now)
            return
        notification = self._open.get(answer.about)
        expected, judge = _JUDGES[answer.question]
        if notification is None or notification.state is not expected:
            return  # canceled meanwhile
        verdict = judge(notification, answer.said, self._board.known(answer.channel), now=now)
        if isinstance(verdict, Again):
            self._again.add(notification.id)
            if verdict.repeat:
                self._repeat(notification)
        elif isinstance(verdict, Outcome):
            self._fell(verdict, now)
        else:
            self._change(verdict)
            journal.told(verdict, before=notification)

    def _fell(self, outcome: Outcome, now: datetime) -> None:
        """Keep it until somebody has named the next way."""
        self._outcomes[outcome.notification.id] = outcome
        self._again.discard(outcome.notification.id)
        journal.failed(outcome.notification, outcome.failure)
        gone = outcome.notification
        if outcome.is_dead_address and gone.address and self.delivery.mode == "live":
            words = outcome.failure.words
            self._dead.append(BrokenAddress(gone.person, gone.channel, gone.address, words, now))

    def _repeat(self, notification: Notification) -> None:
        if not notification.repeat:
            self._change(self._mark_repeat(notification.with_(repeat=True)))

    def _choose(self, now: datetime) -> Departure:
        due = []
        for each in list(self._open.values()):
            if each.id in self._outcomes or self._board.is_busy(each):
                continue
            if self._is_past_asking(each, now):
                self._again.add(each.id)
                self._repeat(each)
            if is_due(each, now) or each.id in self._again:
                due.append(self._open[each.id])
        used = self._budget.used(self.delivery, now=now) if due else {}
        return self._departures.plan(due, self._board.standing, self.delivery, used, now=now)

    def _is_past_asking(self, notification: Notification, now: datetime) -> bool:
        """Whether nobody knows if it arrived, and its channel cannot be asked: better twice than never."""
        return (
            notification.state is _UNKNOWN
            and notification.id not in self._again
            and has_come(notification.check_at or notification.settle_at, now)
            and not self._board.known(notification.channel).traceable
        )

    def _commit(self, leaving: Departure, now: datetime) -> None:
        created = [each for each in leaving.sending if each.id in leaving.bundles]
        settled = dict(self._unsaved)
        settled |= {e.id: e for e in (*leaving.settled, *leaving.sending) if e.id not in leaving.bundles}
        facts: dict[str, str] = {}
        for name in self._answerable():
            facts |= self._replies.begin(name, now=now)
        self._outbox.commit(
            Batch(
                created=created,
                settled=tuple(settled.values()),
                decisions=tuple(leaving.decisions),
                facts=facts,
            )
        )
        self._unsaved.clear()
        self._departures.count(leaving.sending)
        for each in (*leaving.settled, *leaving.sending):
            if each.id in self._again:
                self._again.discard(each.id)
                journal.sent_again(each)
            self._keep(each)
        for each in leaving.settled:
            journal.told(each)
        for outcome in leaving.outcomes:
            self._fell(outcome, now)
        self._room_at = leaving.next_at
        while self._dead:
            self._outbox.mark_broken(self._dead[0])
            del self._dead[0]

    def _ask(self, now: datetime, *, awaiting: bool) -> None:
        for each in self._open.values():
            if each.id in self._outcomes or each.id in self._again:
                continue
            if each.state in (_UNKNOWN, _SENT) and has_come(each.check_at, now):
                self._board.ask_about(each, now=now, find=each.state is _UNKNOWN)
        every = self.delivery.replies_every(awaiting)
        for name in self._answerable():
            if self._replies.due_at(name, every, now=now) <= now:
                self._board.ask_replies(name, self._replies.ask(name, now=now))
        self._board.recheck(now)

    def _answerable(self) -> list[str]:
        if self.delivery.mode == "log":
            return []
        return [name for name in self.delivery.channels if self._board.is_answerable(name)]

    def _moments(self) -> Iterator[datetime]:
        for each in self._open.values():
            at = each.not_before if each.state is _PENDING else each.check_at
            if at is not None and each.id not in self._outcomes:
                yield at

    def _reply_moments(self, now: datetime, awaiting: bool) -> Iterator[datetime]:
        every = self.delivery.replies_every(awaiting)
        yield from (self._replies.due_at(name, every, now=now) for name in self._answerable())

    def _change(self, notification: Notification) -> None:
        self._unsaved[notification.id] = notification
        self._keep(notification)

    def _keep(self, notification: Notification) -> None:
        if notification.state is not _UNKNOWN:
            self._again.discard(notification.id)
        if notification.state.is_final or notification.finished_at is not None:
            self._open.pop(notification.id, None)
        else:
            self._open[notification.id] = notification
