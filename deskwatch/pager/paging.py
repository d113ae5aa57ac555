"""Takes the steps that are due, and calls off what nobody needs any more."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from deskwatch.config import Config
from deskwatch.core.acknowledging import Acknowledgement
from deskwatch.core.alert_rules import TellOthers
from deskwatch.core.alerts import Alert, AlertKind, AlertState, Raised
from deskwatch.core.delivery import Notification, NotificationState
from deskwatch.core.envelope import Envelope
from deskwatch.core.people import Urgency
from deskwatch.core.routing import StepTaken, take_step
from deskwatch.core.ticket import Ticket
from deskwatch.pager.acknowledging import Acknowledging
from deskwatch.pager.all_clear import all_clear, call_off, envelopes, is_worth_telling
from deskwatch.pager.codes import Codes
from deskwatch.pager.judging import Judging
from deskwatch.pager.ledger import Ledger
from deskwatch.pager.taken import Taken, by_ticket, how_to_tell, news_of
from deskwatch.pager.taken import envelopes as others
from deskwatch.pager.writing import Writer
from deskwatch.store.outbox import Outbox

log = logging.getLogger(__name__)

TOLD_ONCE = frozenset({AlertKind.BACKLOG, AlertKind.DIGEST, AlertKind.SHIFT_STARTS, AlertKind.RECOVERED})
"""Kinds that are over as soon as they were told: there is nothing to take and nothing to wait for."""
TRY_AGAIN = timedelta(seconds=30)
_SENDING = NotificationState.SENDING
_MOST_STEPS = 8  # steps without a delay that are taken in one tick


class Paging:
    """Turns due steps into notifications."""

    def __init__(
        self,
        ledger: Ledger,
        judging: Judging,
        acknowledging: Acknowledging,
        outbox: Outbox,
        codes: Codes,
    ) -> None:
        self._ledger, self._judging, self._acknowledging = ledger, judging, acknowledging
        self._outbox, self._codes = outbox, codes
        self._stopped: dict[str, str] = {}
        self._ended: list[tuple[Raised, str]] = []
        self._taken: list[Taken] = []

    def page(
        self, config: Config, *, tickets: Mapping[str, Ticket], write: Writer, now: datetime
    ) -> list[str]:
        """Take what is due; answers why nobody could be told as the rules want, one sentence each.

        Urgent alerts first: of several about the same moment of a ticket a person gets only one.
        """
        troubles: list[str] = []
        told: dict[tuple[str, datetime], dict[str, Alert]] = {}
        due = self._due(config, now)
        for raised in sorted(due, key=lambda each: each.alert.urgency is not Urgency.URGENT):
            alert = raised.alert
            known = told.setdefault((alert.ticket, alert.occurred_at), {}) if alert.ticket else {}
            ticket = tickets.get(alert.ticket) if alert.ticket else None
            try:
                troubles += self._take_steps(raised, ticket, known, write, now)
            except Exception:
                log.exception("Nobody can be told of %s; it is tried again soon", alert.key)
                self._ledger.change(raised.with_(next_step_at=now + TRY_AGAIN))
        return troubles

    def _due(self, config: Config, now: datetime) -> list[Raised]:
        """The alerts whose step is due and whose cause still holds; taken ones whose word has lapsed."""
        due = []
        for raised in self._ledger.due(now):
            if raised.state is AlertState.ACKNOWLEDGED:
                still_late = self._judging.still_late(raised, config, now=now)
                raised = self._acknowledging.lapse(raised, still_late=still_late, now=now)
            elif why := self._judging.why_over(raised, config, now=now):
                raised = self._acknowledging.end(raised, why, now=now)
            if raised.state is AlertState.OPEN:
                due.append(raised)
        return due

    def _take_steps(
        self, raised: Raised, ticket: Ticket | None, known: dict[str, Alert], write: Writer, now: datetime
    ) -> list[str]:
        alert, troubles = raised.alert, []
        for _ in range(_MOST_STEPS):
            taken = take_step(raised, desk=write.desk, ticket=ticket, now=now, told=known)
            raised = taken.raised
            if alert.kind in TOLD_ONCE:
                taken = _once_each(taken)
            self._ledger.decide(taken.decisions)
            self._ledger.send(write.notification(each, [alert], self._codes) for each in taken.envelopes)
            known.update(taken.told)
            if taken.nobody and alert.ticket:
                troubles.append(taken.nobody)
            if raised.next_step_at is None or raised.next_step_at > now:
                break
        is_held = raised.held_until is not None and raised.held_until > now
        if alert.kind in TOLD_ONCE and not is_held:
            raised = raised.with_(next_step_at=None, state=AlertState.RESOLVED, resolved_at=now, why="told")
        self._ledger.change(raised)
        return troubles

    def resume(self, unfinished: Iterable[Notification], raised_of: Callable[[str], Raised | None]) -> None:
        """Remember of which alerts, taken or over before this start, a message was still on its way."""
        for key in {key for notification in unfinished for key in notification.alerts}:
            raised = raised_of(key)
            if raised is not None and (why := _why_stopped(raised)):
                self._stopped[key] = why

    def relieve(
        self,
        unfinished: Iterable[Notification],
        *,
        write: Writer,
        tell_others: TellOthers = "never",
        now: datetime,
    ) -> None:
        """Call off what did not leave about alerts that are taken or over, and tell those who were paged.

        What is on its way may come back to be sent again, so it is looked at until it has arrived or failed.
        """
        stopped, ended = self._acknowledging.take_ended()
        self._stopped |= stopped
        self._ended += ended
        self._taken += by_ticket(self._acknowledging.take_taken())
        if self._stopped:
            unfinished = (*unfinished, *self._ledger.created)
            for notification in call_off(unfinished, self._stopped, self._ledger.living, now=now):
                self._ledger.settle(notification)
            may_return = {key for each in unfinished if each.state is _SENDING for key in each.alerts}
            self._stopped = {key: why for key, why in self._stopped.items() if key in may_return}
        while self._ended:
            raised, why = self._ended[0]
            sent = self._outbox.notifications_of([raised.alert.key]) if is_worth_telling(raised) else ()
            del self._ended[0]
            news = all_clear(raised, why, now=now)
            told = list(envelopes(news, raised, sent, desk=write.desk))
            if told:
                self._ledger.add(news)
                self._ledger.send([write.notification(each, [news.alert], self._codes) for each in told])
        while self._taken:
            ways = [how_to_tell(each, tell_others, desk=write.desk) for each, _ in self._taken[0]]
            about = [(*pair, how) for pair, how in zip(self._taken[0], ways, strict=True) if how != "never"]
            sent = self._outbox.notifications_of([each.alert.key for each, _, _ in about]) if about else ()
            del self._taken[0]
            if about:
                self._tell_others(*about[0], sent, write, now)

    def _tell_others(
        self,
        raised: Raised,
        sign: Acknowledgement,
        how: str,
        sent: Iterable[Notification],
        write: Writer,
        now: datetime,
    ) -> None:
        news = news_of(raised, sign, now=now)
        told = list(others(news, sent, sign, how=how, desk=write.desk, now=now))
        if told and news.alert.key not in self._ledger:
            self._ledger.add(news)
            self._ledger.send([write.notification(each, [news.alert], self._codes) for each in told])


def _why_stopped(raised: Raised) -> str | None:
    if raised.state is AlertState.ACKNOWLEDGED:
        return f"acknowledged: taken by {raised.acknowledged_by or 'somebody'}"
    is_over = raised.state is AlertState.RESOLVED and raised.why != "told"
    return f"resolved: {raised.why}" if is_over else None


def _once_each(taken: StepTaken) -> StepTaken:
    """The step with one message for each person, by the first way, and no copies: it can wait to be read."""
    first: dict[str, Envelope] = {}
    for envelope in taken.envelopes:
        if not envelope.copy:
            first.setdefault(envelope.person, envelope)
    spared = {(e.person, e.channel) for e in taken.envelopes if first.get(e.person) is not e}
    decisions = tuple(made for made in taken.decisions if (made.person, made.channel) not in spared)
    return replace(taken, envelopes=tuple(first.values()), decisions=decisions)
