"""WhatsApp through Twilio: free text within 24 hours of a person's last word, an approved template else.

https://www.twilio.com/docs/whatsapp/key-concepts#the-24-hour-customer-service-window
"""

import json
from dataclasses import replace
from datetime import datetime, timedelta

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.twilio_api import TwilioApi
from deskwatch.channels.twilio_messages import TwilioMessages, address_of
from deskwatch.channels.twilio_settings import TemplateSettings, WhatsAppSettings
from deskwatch.channels.words import clip, one_line, without_controls
from deskwatch.clock import Clock, utc_now
from deskwatch.core.delivery import FailureKind, Notification, Receipt, Reply

_PREFIX = "whatsapp:"
_WINDOW = timedelta(hours=23, minutes=50)
"""Ten minutes less than allowed: the message may wait at Twilio."""
_LONGEST_TEXT, _LONGEST_VARIABLE = 1500, 500
_OUTSIDE_THE_WINDOW = "63016"


class WhatsApp:
    """A channel of kind ``whatsapp``."""

    kind = "whatsapp"
    medium = "chat"

    def __init__(self, name: str, settings: WhatsAppSettings, *, clock: Clock = utc_now) -> None:
        self.name = name
        self.timeout = 2 * settings.timeout.total_seconds()
        self._template = settings.template
        self._validity = round(settings.validity_period.total_seconds())
        self._clock = clock
        self._api = TwilioApi(settings, clock=clock)
        self._messages = TwilioMessages(
            self._api, settings.sender, settings.messaging_service_sid, prefix=_PREFIX
        )
        self._heard: dict[str, datetime] = {}
        """Number to when its owner wrote last; who is not here is asked for."""

    def send(self, notification: Notification) -> Receipt:
        """See ``Channel.send``."""
        if self._may_write_freely(address_of(notification)):
            body = _text_with_code(without_controls(notification.text), notification.code, _LONGEST_TEXT)
            return self._messages.create(notification, body=body, validity_period=self._validity)
        if self._template is None:
            raise DeliveryError(
                "permanent",
                f"WhatsApp takes no free text for {notification.person}, who wrote nothing for 24 hours, and "
                f"channels.{self.name}.template in alerts.yaml names no approved template.",
                code=_OUTSIDE_THE_WINDOW,
                lasting=False,
            )
        return self._messages.create(
            notification,
            content_sid=self._template.content_sid,
            content_variables=json.dumps(_filled(self._template, notification)),
            validity_period=self._validity,
        )

    def _may_write_freely(self, number: str) -> bool:
        since = self._clock() - _WINDOW
        heard = self._heard.get(number)
        if heard is None or heard <= since:
            try:
                heard = self._messages.last_word(number)
            except DeliveryError:
                if self._template is None:
                    raise
                return False  # the template is right at any time
        if heard is None or heard <= since:
            return False
        self._heard[number] = heard
        return True

    def find(self, notification: Notification, *, now: datetime) -> Receipt | None:
        """See ``Traceable.find``."""
        return self._messages.find(notification)

    def status(self, provider_id: str) -> Receipt:
        """See ``Traceable.status``. Free text that came too late may be sent again, then as a template."""
        receipt = self._messages.status(provider_id)
        if receipt.failure is None or receipt.failure.code != _OUTSIDE_THE_WINDOW:
            return receipt
        self._heard.clear()  # one of them was wrong; the next message to each asks again
        kind: FailureKind = "permanent" if self._template is None else "transient"
        return replace(receipt, failure=replace(receipt.failure, kind=kind))

    def replies(self, *, since: datetime) -> list[Reply]:
        """See ``Answerable.replies``."""
        replies = self._messages.replies(since)
        for reply in replies:
            self._heard[reply.sender] = reply.at
        return replies

    def check(self) -> str:
        """See ``Channel.check``."""
        return self._api.check()

    def close(self) -> None:
        """See ``Channel.close``."""
        self._api.close()


def _text_with_code(text: str, code: str, longest: int) -> str:
    """At most so many characters, and in them the code by which the message is found again."""
    mark = f"[{code}]"
    clipped = clip(text, longest)
    return clipped if mark in clipped else f"{clip(text, longest - len(mark) - 1)} {mark}"


def _filled(template: TemplateSettings, notification: Notification) -> dict[str, str]:
    """WhatsApp takes neither empty variables nor line breaks in them."""
    longest = _LONGEST_VARIABLE
    known = {
        **notification.facts,
        "code": f"[{notification.code}]",
        "text": _text_with_code(
            one_line(notification.text, len(notification.text)), notification.code, longest
        ),
        "subject": notification.subject,
        "url": notification.url,
    }
    return {
        name: one_line(str(known.get(fact) or ""), longest) or "-"
        for name, fact in template.variables.items()
    }
