"""Texts for envelopes and bundles: the last step before a notification is recorded."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import cast
from uuid import uuid4

from deskwatch.core.alerts import Alert, Raised
from deskwatch.core.delivery import Notification, NotificationState
from deskwatch.core.desk import Desk
from deskwatch.core.envelope import Envelope, Redirection, redirect
from deskwatch.core.people import Contact, Urgency
from deskwatch.messages import Medium, Messages
from deskwatch.pager.codes import Codes


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
        self.desk = desk
        self._messages, self._now = messages, now
        self._redirection, self._base_url = redirection, base_url
        self.problems: list[str] = []

    @property
    def is_redirected(self) -> bool:
        """Whether everything goes to one address."""
        return self._redirection is not None

    def notification(self, envelope: Envelope, alerts: Sequence[Alert], codes: Codes) -> Notification:
        """The notification in an envelope."""
        contact = self.desk.contact(envelope.person)
        assert contact is not None, "routing names contacts only"
        to = self._redirection
        sent = envelope if to is None else redirect(envelope, to, name=contact.name)
        code = codes.new()
        text = self._messages.render(
            self._medium(sent.channel),
            alerts,
            recipient=contact,
            code=code,
            now=self._now,
            step=envelope.step,
            lap=envelope.lap,
            copy=envelope.copy,
            why_me=envelope.why,
            can_reply=self._can_reply(sent.channel),
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
            facts=alerts[0].facts,
            not_before=envelope.not_before,
        )

    def bundle(
        self, unit: Sequence[Notification], raised_of: Callable[[str], Raised | None], codes: Codes
    ) -> Notification:
        """The one notification that tells several."""
        first = unit[0]
        keys = tuple(dict.fromkeys(key for each in unit for key in each.alerts))
        alerts = [raised.alert for key in keys if (raised := raised_of(key)) is not None]
        contact = self.desk.contact(first.person) or Contact(id=first.person, name=first.person)
        code = codes.new()
        text = self._messages.render(
            self._medium(first.channel),
            alerts,
            recipient=contact,
            code=code,
            now=self._now,
            step=first.step,
            can_reply=self._can_reply(first.channel),
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

    def _can_reply(self, channel: str) -> bool | None:
        """Whether answers are read there; ``None``: as is usual for its texts."""
        traits = self.desk.channels.get(channel)
        return True if traits is not None and traits.kind == "whatsapp" else None

    def _medium(self, channel: str) -> Medium:
        traits = self.desk.channels.get(channel)
        return cast(Medium, traits.medium if traits else "chat")
