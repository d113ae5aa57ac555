"""Text messages through Twilio: one recipient, one segment, and the code in it to find it again."""

from datetime import datetime

from deskwatch.channels.twilio_api import TwilioApi
from deskwatch.channels.twilio_messages import TwilioMessages
from deskwatch.channels.twilio_settings import SmsSettings
from deskwatch.clock import Clock, utc_now
from deskwatch.core.delivery import Notification, Receipt, Reply
from deskwatch.core.gsm7 import ONE_SEGMENT, PART, fit, septets


class Sms:
    """A channel of kind ``sms``."""

    kind = "sms"
    medium = "short"

    def __init__(self, name: str, settings: SmsSettings, *, clock: Clock = utc_now) -> None:
        self.name = name
        self.timeout = settings.timeout.total_seconds()
        self._segments = settings.segments
        self._validity = round(settings.validity_period.total_seconds())
        self._api = TwilioApi(settings, clock=clock)
        self._messages = TwilioMessages(self._api, settings.sender, settings.messaging_service_sid)

    def send(self, notification: Notification) -> Receipt:
        """See ``Channel.send``."""
        body = text_with_code(notification.text, notification.code, self._segments)
        return self._messages.create(notification, body=body, validity_period=self._validity)

    def find(self, notification: Notification, *, now: datetime) -> Receipt | None:
        """See ``Traceable.find``."""
        return self._messages.find(notification)

    def status(self, provider_id: str) -> Receipt:
        """See ``Traceable.status``."""
        return self._messages.status(provider_id)

    def replies(self, *, since: datetime) -> list[Reply]:
        """See ``Answerable.replies``."""
        return self._messages.replies(since)

    def check(self) -> str:
        """See ``Channel.check``."""
        return self._api.check()

    def close(self) -> None:
        """See ``Channel.close``."""
        self._api.close()


def text_with_code(text: str, code: str, most_segments: int = 1) -> str:
    """The text in GSM-7 and in so many segments, with ``[code]`` in it however much had to be cut."""
    room = ONE_SEGMENT if most_segments == 1 else PART * most_segments
    mark = f"[{code}]"
    fitted = fit(text, room)
    if mark in fitted:
        return fitted
    rest = fit(text.replace(mark, ""), room - septets(mark) - 1)
    return f"{rest} {mark}".strip()
