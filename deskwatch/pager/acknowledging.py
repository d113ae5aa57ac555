"""Who has taken an alert, and what is over: steps stop, and what was not sent yet is not sent."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from deskwatch.core.acknowledging import (
    ACK_EVENTS,
    AckEvent,
    Acknowledgement,
    acknowledged,
    acknowledgement,
    given_back,
    lapse,
)
from deskwatch.core.alerts import AlertState, Raised
from deskwatch.core.delivery import Verdict
from deskwatch.core.routing import Desk
from deskwatch.core.ticket import Ticket
from deskwatch.pager.ledger import Ledger

log = logging.getLogger(__name__)


class Acknowledging:
    """Takes and ends alerts. What it stops is in ``stopped`` until the tick hands it on.

    Attributes:
        stopped: keys of alerts about which nothing more is to be sent, and why.
        ended: alerts that were open or taken until this tick, and why they are over.
        taken: alerts that were open until this tick, and the sign by which they are taken.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.stopped: dict[str, str] = {}
        self.ended: list[tuple[Raised, str]] = []
        self.taken: list[tuple[Raised, Acknowledgement]] = []

    def by_work(
        self, ticket: Ticket, *, desk: Desk, now: datetime, events: frozenset[AckEvent] = ACK_EVENTS
    ) -> None:
        """Somebody who works on a ticket has taken its alerts; whoever lets go of it gives them back."""
        for raised in self._ledger.of_ticket(ticket.key):
            if (again := given_back(raised, ticket, now=now)) is not None:
                self._begin_anew(again, now)
            elif raised.state is AlertState.OPEN:
                sign = acknowledgement(_since_lapse(raised), ticket, now=now, events=events)
                if sign is not None:
                    agent = desk.agent(ticket.source, ticket.agent) if ticket.agent is not None else None
                    sign = replace(sign, person=agent)
                    self.take([raised], sign, desk=desk, now=now)

    def take(
        self, alerts: Iterable[Raised], sign: Acknowledgement, *, desk: Desk, now: datetime
    ) -> list[Raised]:
        """Somebody has taken these alerts; answers those that were open until now."""
        taken = []
        for raised in alerts:
            if raised.state is not AlertState.OPEN:
                continue
            lapses_after = desk.policy_of(raised.alert).acknowledgement_lapses
            raised = acknowledged(raised, sign, lapses_after=lapses_after)
            self._ledger.change(raised)
            self._ledger.note(now, raised.alert.key, Verdict.SKIP, f"acknowledged: {sign.words}")
            self.stopped[raised.alert.key] = f"acknowledged: {sign.words}"
            words = sign.words if sign.words.startswith("taken ") else f"taken: {sign.words}"
            log.info("%s %s: %s", raised.alert.about, raised.alert.kind, words)
            taken.append(raised)
            self.taken.append((raised, sign))
        return taken

    def end(self, raised: Raised, why: str, *, now: datetime) -> Raised:
        """The cause of an alert is gone. That somebody has taken it stays known only if it is so still."""
        ended = raised.with_(
            state=AlertState.RESOLVED, resolved_at=now, next_step_at=None, lapses_at=None, why=why
        )
        if raised.state is not AlertState.ACKNOWLEDGED:
            ended = ended.with_(acknowledged_at=None, acknowledged_by=None, acknowledged_via=None)
        self._ledger.change(ended)
        self._ledger.note(now, raised.alert.key, Verdict.SKIP, f"resolved: {why}")
        self.stopped[raised.alert.key] = f"resolved: {why}"
        self.ended.append((raised, why))
        log.info("%s %s is over: %s", raised.alert.about, raised.alert.kind, why)
        return ended

    def bring_back(self, raised: Raised, *, desk: Desk, now: datetime) -> None:
        """The ticket of an alert that was over for want of its file is there again, and the cause holds.

        Who had taken it has it still. Else it begins again: everybody who was told believes it to be over.
        """
        if raised.acknowledged_at is not None:
            lapses = desk.policy_of(raised.alert).acknowledgement_lapses
            again = raised.with_(
                state=AlertState.ACKNOWLEDGED,
                resolved_at=None,
                lapses_at=raised.acknowledged_at + lapses if lapses is not None else None,
                why=f"taken by {raised.acknowledged_by or 'somebody'}; the ticket is back",
            )
        else:
            again = raised.with_(
                state=AlertState.OPEN,
                step=0,
                lap=raised.lap + 1,
                next_step_at=now,
                held_until=None,
                resolved_at=None,
                why="the ticket is back",
            )
        self._ledger.change(again)
        self._ledger.note(now, raised.alert.key, Verdict.SEND, again.why)
        log.info("%s %s begins again: the ticket is back", raised.alert.ticket, raised.alert.kind)

    def lapse(self, raised: Raised, *, still_late: bool, now: datetime) -> Raised:
        """An acknowledgement has come to its end: the alert as it stands now."""
        lapsed = lapse(raised, still_late=still_late, now=now)
        if lapsed is None:
            return raised
        if lapsed.state is AlertState.OPEN:
            return self._begin_anew(lapsed, now)
        self._ledger.change(lapsed)
        self._ledger.note(now, raised.alert.key, Verdict.SKIP, "taken, and not late any more")
        return lapsed

    def _begin_anew(self, raised: Raised, now: datetime) -> Raised:
        """Old signs of work must not take it once more, so the acknowledgement counts as of now."""
        raised = raised.with_(acknowledged_at=now)
        self._ledger.change(raised)
        self._ledger.note(now, raised.alert.key, Verdict.SEND, raised.why)
        log.info("%s %s begins again: %s", raised.alert.about, raised.alert.kind, raised.why)
        return raised

    def take_ended(self) -> tuple[dict[str, str], list[tuple[Raised, str]]]:
        """What is to be called off and what is over, once."""
        stopped, ended = self.stopped, self.ended
        self.stopped, self.ended = {}, []
        return stopped, ended

    def take_taken(self) -> list[tuple[Raised, Acknowledgement]]:
        """What somebody has taken, once."""
        taken, self.taken = self.taken, []
        return taken


def _since_lapse(raised: Raised) -> Raised:
    """An alert whose acknowledgement lapsed, as if it had come then: the old signs were counted already."""
    lapsed_at = raised.acknowledged_at
    if lapsed_at is None:
        return raised
    return raised.with_(raised_at=lapsed_at, alert=replace(raised.alert, occurred_at=lapsed_at))
