"""Judges tickets: what about them is over, who has taken them, and what is new."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from deskwatch.clock import Monotonic
from deskwatch.config import Config
from deskwatch.core.alert_kinds import AlertKind
from deskwatch.core.alert_rules import AlertRules
from deskwatch.core.alerts import Raised, still_holds, survey
from deskwatch.core.desk import Desk
from deskwatch.core.sla import clocks_of
from deskwatch.core.sla_clock import SlaState
from deskwatch.core.ticket import Ticket
from deskwatch.pager.acknowledging import Acknowledging
from deskwatch.pager.agenda import Agenda
from deskwatch.pager.leaving import Leaving
from deskwatch.pager.ledger import Ledger
from deskwatch.pager.raising import BY_THE_CLOCK, Doubts, Raising
from deskwatch.pager.reading import Reading
from deskwatch.pager.resuming import Past
from deskwatch.store.mirror import Changes

log = logging.getLogger(__name__)

GONE = "the ticket is closed or gone"
"""Why an alert is over of whose ticket there is no file any more."""
BACK = timedelta(days=1)
"""A ticket that is there again within this time has its alerts back: a file or a filter was at fault."""
GONE_FOR_GOOD = timedelta(seconds=60)
"""A ticket file that vanished ends its alerts after this; it may only have been moved or spoilt."""
TRY_AGAIN = timedelta(minutes=5)
"""Pause after which a ticket that could not be judged is looked at again, unless it changes before."""
_ANY_AGE = timedelta(days=36_500)


class Judging:
    """Decides which tickets are looked at in a tick, and looks at them.

    Attributes:
        doubts: what may not be believed right now.
    """

    def __init__(
        self,
        reading: Reading,
        ledger: Ledger,
        raising: Raising,
        acknowledging: Acknowledging,
        *,
        clock: Monotonic,
        left: Iterable[Raised] = (),
    ) -> None:
        self.agenda = Agenda(clock=clock)
        self.doubts = Doubts(stale_sources={})
        self._reading, self._ledger = reading, ledger
        self._raising, self._acknowledging = raising, acknowledging
        self._tickets = reading.mirror.tickets
        self._leaving = Leaving(reading.mirror.folder, ledger)
        self._rules: AlertRules | None = None
        self._all_ages: AlertRules | None = None
        self._rules_past = Past()
        self._gone: dict[str, datetime] = {}
        self._left: dict[str, list[Raised]] = {}
        for raised in left:
            self._left.setdefault(raised.alert.ticket or "", []).append(raised)
        self._ended_at: datetime | None = None
        self._has_read_all = False

    @property
    def tickets(self) -> Mapping[str, Ticket]:
        """The tickets alerts are about: those of the folder, and those that left and are still told of."""
        return self._leaving.beside(self._tickets)

    @property
    def is_catching_up(self) -> bool:
        """Whether tickets wait that nobody has looked at since the start or since the rules changed."""
        return self.agenda.is_sweeping or self._reading.is_loading

    @property
    def backlog(self) -> int:
        """How many tickets wait to be looked at, 0 when everything is as it should be."""
        return self.agenda.waiting if self.is_catching_up else 0

    def note(self, changes: Changes, *, now: datetime) -> None:
        """These files changed or went."""
        for ticket in changes.changed:
            if self._reading.is_loading and ticket.key not in self._reading.hinted:
                self.agenda.queue([ticket.key])
            else:
                self.agenda.add([ticket.key])
        for key in changes.removed:
            self._gone[key] = now
            self.agenda.add([key])
        if not self._has_read_all and self._reading.mirror.loaded:
            self._has_read_all = True
            self.agenda.add(key for key in self._ledger.tickets if key not in self._tickets)

    def rules_changed(self, *, now: datetime) -> None:
        """Look at everything once more. What already was so a moment ago is no news now."""
        self._rules_past = Past(self._ended_at, "it was so before the rules asked for it")
        self.agenda.sweep(self._tickets.keys())

    def doubt(self, doubts: Doubts) -> None:
        """Believe less, or more: then what had to wait is looked at again."""
        if doubts != self.doubts:
            self.doubts = doubts
            self.agenda.add(self._raising.doubted)

    def judge(self, config: Config, desk: Desk, *, now: datetime) -> None:
        """Look at the tickets whose turn it is."""
        for key, swept in self.agenda.turns(now):
            try:
                self._look(key, swept, config, desk, now)
            except Exception:
                log.exception("%s cannot be judged; the other tickets go on", key)
                self.agenda.come_back(key, now + TRY_AGAIN)
        most = config.alerts.limits.storm
        begun = self._raising.finish(desk=desk, most=most, sweeping=self.is_catching_up, now=now)
        while self._raising.stumbled:
            self.agenda.come_back(self._raising.stumbled.pop(), now + TRY_AGAIN)
        for ticket in begun:  # somebody may have begun to work on it before we knew
            self._by_work(ticket, config, desk, now)
        if not self.is_catching_up:
            self._ended_at, self._rules_past = now, Past()

    def why_over(self, raised: Raised, config: Config, *, now: datetime) -> str | None:
        """Why an alert does not hold any more; ``None``: it does, or it is about the desk itself."""
        ticket = self._tickets.get(raised.alert.ticket or "")
        if ticket is None or self._is_early(raised, now):
            return None
        given = (ticket, config.sla, config.alert_rules, config.calendar_for(ticket))
        return still_holds(raised.alert, *given, now=now)

    def still_late(self, raised: Raised, config: Config, *, now: datetime) -> bool:
        """Whether a taken alert still asks for somebody: its cause is there, and the ticket is late."""
        ticket = self._tickets.get(raised.alert.ticket or "")
        if ticket is None or self.why_over(raised, config, now=now) is not None:
            return False
        is_late = any(clock.state(now) is SlaState.OVERDUE for clock in clocks_of(ticket, config.sla))
        return is_late or raised.alert.kind is AlertKind.SLA_BREACH

    def _is_early(self, raised: Raised, now: datetime) -> bool:
        """Whether the clock was set back behind what had happened already: that undoes nothing."""
        return raised.alert.kind in BY_THE_CLOCK and (
            now < raised.alert.occurred_at or self.doubts.clock is not None
        )

    def _look(self, key: str, swept: bool, config: Config, desk: Desk, now: datetime) -> None:
        ticket = self._tickets.get(key)
        if ticket is None:
            if config.alert_rules.of(AlertKind.RESOLVED) and (left := self._leaving.last_state(key)):
                self._raise(left, False, config, now)
            self._end_all(key, now)
            return
        self._gone.pop(key, None)
        for raised in self._left.pop(key, ()):
            if self._is_back(raised, ticket, config, now):
                self._acknowledging.bring_back(raised, desk=desk, now=now)
        for raised in self._ledger.of_ticket(key):
            if why := self.why_over(raised, config, now=now):
                self._acknowledging.end(raised, why, now=now)
        self._by_work(ticket, config, desk, now)
        self._raise(ticket, swept, config, now)

    def _is_back(self, raised: Raised, ticket: Ticket, config: Config, now: datetime) -> bool:
        """Whether an alert goes on whose ticket was away; one that was done with meanwhile begins anew."""
        was_done = ticket.reopened_at is not None and ticket.reopened_at > raised.raised_at
        is_recent = raised.resolved_at is not None and raised.resolved_at > now - BACK
        return is_recent and not was_done and self.why_over(raised, config, now=now) is None

    def _forget_left(self, now: datetime) -> None:
        for key, (first, *_) in list(self._left.items()):
            if first.resolved_at is not None and first.resolved_at > now - BACK:
                return
            del self._left[key]

    def _by_work(self, ticket: Ticket, config: Config, desk: Desk, now: datetime) -> None:
        events = frozenset(config.alerts.acknowledgement.by)
        self._acknowledging.by_work(ticket, desk=desk, now=now, events=events)

    def _raise(self, ticket: Ticket, swept: bool, config: Config, now: datetime) -> None:
        calendar = config.calendar_for(ticket)
        found = survey(ticket, config.sla, self._rules_of(config), calendar, now=now)
        past = self._raising.past
        if swept and ticket.key not in self._raising.doubted and self._rules_past.until is not None:
            past = self._rules_past
        self._raising.consider(
            found.alerts,
            ticket,
            past=past,
            doubts=self.doubts,
            backlog_after=config.alert_rules.backlog_after,
            now=now,
        )
        self.agenda.come_back(ticket.key, found.next_moment)

    def _rules_of(self, config: Config) -> AlertRules:
        """The rules, but blind to what is a backlog: here that is recorded, and told as one number."""
        if self._rules is not config.alert_rules or self._all_ages is None:
            self._rules = config.alert_rules
            self._all_ages = replace(config.alert_rules, backlog_after=_ANY_AGE)
        return self._all_ages

    def _end_all(self, key: str, now: datetime) -> None:
        since = self._gone.setdefault(key, now)
        if now < since + GONE_FOR_GOOD:
            self.agenda.come_back(key, since + GONE_FOR_GOOD)
            return
        for raised in self._ledger.of_ticket(key):
            if raised.alert.kind is not AlertKind.RESOLVED:
                ended = self._acknowledging.end(raised, GONE, now=now)
                self._left.setdefault(key, []).append(ended)
        self._forget_left(now)
        if self._leaving.is_still_told(key):
            self.agenda.come_back(key, now + GONE_FOR_GOOD)
            return
        del self._gone[key]
        self.agenda.forget(key)
