"""Phone calls through Twilio that say the text twice. The call brings its text: we need no web address.

``completed`` proves that somebody or an answering machine took the call, so a call acknowledges nothing.
"""

import logging
from collections import OrderedDict
from datetime import datetime
from threading import Lock
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.twilio_api import TwilioApi
from deskwatch.channels.twilio_messages import address_of, is_sid, was_made_for
from deskwatch.channels.twilio_settings import VoiceSettings
from deskwatch.channels.words import one_line
from deskwatch.clock import Clock, utc_now
from deskwatch.core.delivery import Failure, FailureKind, Notification, Receipt

log = logging.getLogger(__name__)

_LONGEST_TWIML = 4000
"""Characters: https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource"""
_MOST_LISTED = 200
_REMEMBERED = 1000
_LOST: dict[str, tuple[FailureKind, str]] = {
    "busy": ("transient", "the line was busy"),
    "no-answer": ("transient", "nobody took the call"),
    "canceled": ("transient", "the call was ended before anybody took it"),
    "failed": ("permanent", "the call could not be put through; the number may not exist"),
}


class Voice:
    """A channel of kind ``voice``."""

    kind = "voice"
    medium = "speech"

    def __init__(self, name: str, settings: VoiceSettings, *, clock: Clock = utc_now) -> None:
        self.name = name
        self.timeout = settings.timeout.total_seconds()
        self._settings = settings
        self._api = TwilioApi(settings, clock=clock)
        self._owners: OrderedDict[str, str] = OrderedDict()
        """SID to notification, for the calls this process knows for sure."""
        self._lock = Lock()

    def send(self, notification: Notification) -> Receipt:
        """See ``Channel.send``."""
        to = address_of(notification)
        twiml = twiml_of(notification.text, language=self._settings.language, voice=self._settings.voice)
        call = self._api.ask(
            lambda client: client.calls.create(
                to=to,
                from_=self._settings.sender,
                twiml=twiml,
                timeout=round(self._settings.ring_timeout.total_seconds()),
            ),
            sending=True,
        )
        if not is_sid(call.sid):
            raise DeliveryError("unknown", "Twilio: the answer has no call SID.")
        self._remember(call.sid, notification)
        log.debug(  # the line in the log that names it is the notifier's
            "Twilio has %s (%s) for %s, notification %s",
            call.sid,
            call.status,
            notification.person,
            notification.id,
        )
        return receipt_of(call)

    def find(self, notification: Notification, *, now: datetime) -> Receipt | None:
        """See ``Traceable.find``.

        Lists do not tell what a call says, so it is known by its numbers and by the instant of the request:
        20 seconds before to 45 after. Two calls to one person within that time could be taken for each other;
        the limits allow one a minute. A waiting call has no start time, so none is asked for.
        """
        numbers = {"to": notification.address, "from_": self._settings.sender}
        calls = self._api.ask(lambda client: client.calls.list(**numbers, page_size=50, limit=_MOST_LISTED))
        for call in calls:
            if self._may_be_of(call, notification):
                self._remember(call.sid, notification)
                return receipt_of(call)
        return None

    def _may_be_of(self, call: Any, notification: Notification) -> bool:
        with self._lock:
            owner = self._owners.get(call.sid, notification.id)
        return (
            owner == notification.id
            and (call.direction or "").startswith("outbound")
            and was_made_for(call.date_created, notification, self._api)
        )

    def _remember(self, sid: str, notification: Notification) -> None:
        with self._lock:
            self._owners[sid] = notification.id
            if len(self._owners) > _REMEMBERED:
                self._owners.popitem(last=False)

    def status(self, provider_id: str) -> Receipt:
        """See ``Traceable.status``."""
        return receipt_of(self._api.ask(lambda client: client.calls(provider_id).fetch()))

    def check(self) -> str:
        """See ``Channel.check``."""
        return self._api.check()

    def close(self) -> None:
        """See ``Channel.close``."""
        self._api.close()


def receipt_of(call: Any) -> Receipt:
    """How a call of the SDK stands."""
    status = str(call.status or "")
    failure = None
    if status in _LOST:
        kind, words = _LOST[status]
        failure = Failure(kind=kind, words=f"Twilio: {words} ({status}).", code=status, lasting=False)
    state: Any = "failed" if failure else "delivered" if status == "completed" else "sent"
    return Receipt(state=state, provider_id=call.sid, status=status, failure=failure)


def twiml_of(text: str, *, language: str, voice: str | None) -> str:
    """What the call does: say it, wait a moment, say it again. https://www.twilio.com/docs/voice/twiml/say"""
    manner = f" language={quoteattr(language)}" + (f" voice={quoteattr(voice)}" if voice else "")
    longest = _LONGEST_TWIML
    while True:
        said = f"<Say{manner}>{escape(one_line(text, longest))}</Say>"
        twiml = f'<Response><Pause length="1"/>{said}<Pause length="1"/>{said}</Response>'
        if len(twiml) <= _LONGEST_TWIML:
            return twiml
        longest //= 2
