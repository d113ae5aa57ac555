"""From steps that are due to notifications with their final text, ready to be recorded and sent."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast
from uuid import uuid4

from deskwatch.core.alerts import Alert, AlertKind, AlertState, Raised
from deskwatch.core.delivery import Notification, NotificationState
from deskwatch.core.envelope import Envelope, Redirection, redirect
from deskwatch.core.people import Contact, Urgency
from deskwatch.core.routing import Desk, take_step
from deskwatch.core.ticket import Ticket
from deskwatch.messages import Medium, Messages
from deskwatch.pager.codes import Codes
from deskwatch.pager.ledger import Ledger

log = logging.getLogger(__name__)

TOLD_ONCE = frozenset({AlertKind.BACKLOG, AlertKind.DIGEST, AlertKind.SHIFT_STARTS, AlertKind.RECOVERED})
"""Kinds that are over as soon as they were told: there is nothing to take and nothing to wait for."""
_MOST_STEPS = 8  # steps without a delay that are taken in one tick

StillHolds = Callable[[Raised], str | None]
"""Why an alert is over by now, or ``None``."""


class Paging:
    """Takes steps, and writes what they say."""

    def __init__(self, ledger: Ledger, codes: Codes) -> None:
        self._ledger, self._codes = ledger, codes
        self.text_problems: dict[str, None] = {}

    def take_due(
        self,
        due: Iterable[Raised],
        *,
        desk: Desk,
        tickets: Mapping[str, Ticket],
        write: "Writer",
        now: datetime,
    ) -> list[str]:
        """Take the steps of these alerts; answers why somebody could not be told, one sentence each.

        Urgent ones first: of several alerts about the same moment of a ticket a person gets only one.
        """
        troubles: list[str] = []
        told: dict[tuple[str | None, datetime], dict[str, Alert]] = {}
        for raised in sorted(due, key=lambda each: each.alert.urgency is not Urgency.URGENT):
            alert = raised.alert
            ticket = tickets.get(alert.ticket) if alert.ticket else None
            known = told.setdefault((alert.ticket, alert.occurred_at), {}) if alert.ticket else {}
            for _ in range(_MOST_STEPS):
                taken = take_step(raised, desk=desk, ticket=ticket, now=now, told=known)
                raised = taken.raised
                self._ledger.decide(taken.decisions)
                self._ledger.send(write.notification(each, alert, self._codes) for each in taken.envelopes)
                known.update(taken.told)
                if taken.nobody:
                    troubles.append(taken.nobody)
                if raised.next_step_at is None or raised.next_step_at > now:
                    break
            if alert.kind in TOLD_ONCE and raised.next_step_at is None:
                raised = raised.with_(state=AlertState.RESOLVED, resolved_at=now, why="told")
            self._ledger.change(raised)
        return troubles


class Writer:
    """Writes texts for one tick: for this desk, with these templates, at this instant."""

    def __init__(
        self,
        messages: Messages,
        desk: Desk,
        *,
        redirection: Redirection | None,
        base_url: str,
        now: datetime,
    ) -> None:
        self._messages, self._desk, self._now = messages, desk, now
        self._redirection, self._base_url = redirection, base_url
        self.problems: list[str] = []

    def notification(
        self, envelope: Envelope, alert: Alert, codes: Codes, *, repeat: bool = False
    ) -> Notification:
        """The notification in an envelope."""
        contact = self._desk.contact(envelope.person)
        assert contact is not None, "routing names contacts only"
        to = self._redirection
        sent = envelope if to is None else redirect(envelope, to, name=contact.name)
        code = codes.new()
        text = self._messages.render(
            self._medium(sent.channel),
            [alert],
            recipient=contact,
            code=code,
            now=self._now,
            step=envelope.step,
            why_me=envelope.why,
            repeat=repeat,
            base_url=self._base_url,
            meant_for=contact.name if to is not None else "",
        )
        self.problems += text.problems
        return Notification(
            id=uuid4().hex,
            code=code,
            alerts=envelope.alerts,
            person=envelope.person,
            channel=sent.channel,
            address=sent.address,
            urgency=envelope.urgency,
            state=NotificationState.PENDING,
            created_at=self._now,
            rank=envelope.rank,
            group=envelope.group,
            step=envelope.step,
            subject=text.subject,
            text=text.text,
            html=text.html,
            url=text.url,
            thread=text.thread,
            facts=alert.facts,
            not_before=envelope.not_before,
            repeat=repeat,
        )

    def bundle(
        self, unit: Sequence[Notification], raised_of: Callable[[str], Raised | None], codes: Codes
    ) -> Notification:
        """The one notification that tells several."""
        first = unit[0]
        keys = tuple(dict.fromkeys(key for each in unit for key in each.alerts))
        alerts = [raised.alert for key in keys if (raised := raised_of(key)) is not None]
        contact = self._desk.contact(first.person) or Contact(id=first.person, name=first.person)
        code = codes.new()
        text = self._messages.render(
            self._medium(first.channel),
            alerts,
            recipient=contact,
            code=code,
            now=self._now,
            step=first.step,
            base_url=self._base_url,
            occasion="opening" if (first.group or "").startswith("held:") else "alert",
            meant_for=contact.name if self._redirection is not None else "",
        )
        self.problems += text.problems
        return first.with_(
            id=uuid4().hex,
            code=code,
            alerts=keys,
            urgency=min((each.urgency for each in unit), key=lambda urgency: urgency is not Urgency.URGENT),
            created_at=self._now,
            rank=min(each.rank for each in unit),
            subject=text.subject,
            text=text.text,
            html=text.html,
            url=text.url,
            thread=text.thread,
            facts=alerts[0].facts if alerts else first.facts,
            repeat=False,
        )

    def _medium(self, channel: str) -> Medium:
        traits = self._desk.channels.get(channel)
        return cast(Medium, traits.medium if traits else "chat")
