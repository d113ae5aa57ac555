"""Channels of a simulated Twilio whose clock stands still until a test moves it."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from deskwatch.channels.sms import Sms
from deskwatch.channels.twilio_settings import SmsSettings, VoiceSettings, WhatsAppSettings
from deskwatch.channels.voice import Voice
from deskwatch.channels.whatsapp import WhatsApp
from deskwatch.core.delivery import FailureKind, Notification
from deskwatch.demo import twilio_faults as faults
from deskwatch.demo.twilio import TwilioServer, serve_twilio
from deskwatch.demo.twilio_faults import Fault
from deskwatch.demo.twilio_state import ACCOUNT_SID, AUTH_TOKEN, SENDER
from deskwatch.settings import Secret
from tests.channels.contract import World
from tests.channels.notifications import NOW, notification

ANA, BEN, MIA = "+12025550143", "+12025550144", "+12025550145"
CHANNELS = {
    "sms": (Sms, SmsSettings),
    "whatsapp": (WhatsApp, WhatsAppSettings),
    "voice": (Voice, VoiceSettings),
}


@dataclass
class Clock:
    """A clock that tests move."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **duration: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(**duration)
        return self.now


class TwilioWorld(World):
    """A channel and the Twilio behind it."""

    secrets = (AUTH_TOKEN, "K7Q2", ANA.removeprefix("+"))

    def __init__(self, server: TwilioServer, clock: Clock, channel: Any) -> None:
        self.twilio, self.clock, self.channel = server, clock, channel

    def arrived(self) -> list[str]:
        """What Twilio accepted: the bodies, or what calls say."""
        return [message.body for message in self.twilio.messages] + [call.twiml for call in self.twilio.calls]

    def fail(self, how: str) -> None:
        """The next sending ends like this."""
        if how == "nobody listens":
            self.twilio.stop()
        else:
            self.twilio.faults.add(FAULTS[how]())

    def page(self, code: str = "K7Q2", to: str = ANA, **changes: Any) -> Notification:
        """Something to send now, with the code in its text."""
        text = f"URGENT FS-1 Mail is down [{code}]"
        plain = notification(id=f"n-{code}", code=code, address=to, text=text, channel="under-test")
        return plain.with_(created_at=self.clock.now, tried_at=self.clock.now, **changes)


def settings_for(url: str, **changes: Any) -> dict[str, Any]:
    """Working settings of a channel of that kind; ``None`` leaves one out."""
    settings = {
        "account_sid": ACCOUNT_SID,
        "auth_token": Secret(AUTH_TOKEN),
        "base_url": url,
        "sender": SENDER,
        "timeout": "1s",
        "connect_timeout": "1s",
        **changes,
    }
    return {name: value for name, value in settings.items() if value is not None}


@contextmanager
def open_twilio(
    kind: str = "sms",
    *,
    switches: Mapping[str, Any] | None = None,
    we_are_ahead: timedelta = timedelta(0),
    tls: ssl.SSLContext | None = None,
    **settings: Any,
) -> Iterator[TwilioWorld]:
    """A world in which everybody wrote by WhatsApp a minute ago.

    Args:
        switches: how Twilio behaves.
        we_are_ahead: how wrong the channel's clock is.
        tls: Twilio speaks TLS with this.
        settings: of the channel, see ``settings_for``.
    """
    clock = Clock()
    make, model = CHANNELS[kind]
    with serve_twilio(clock=clock, tls=tls, **(switches or {})) as server:
        if kind == "whatsapp":
            for number in (ANA, BEN, MIA):
                server.reply(f"whatsapp:{number}", "hello")
            clock.pass_(minutes=1)
        channel = make(
            "under-test",
            model(**settings_for(server.url, **settings)),
            clock=lambda: clock.now + we_are_ahead,
        )
        yield TwilioWorld(server, clock, channel)
        channel.close()


_NESTED = b"[" * 100_000 + b"]" * 100_000

FAULTS: Mapping[str, Callable[[], Fault]] = {
    "429 with Retry-After": lambda: faults.too_many_requests("7"),
    "429 without": lambda: faults.too_many_requests(None),
    "401": lambda: faults.refused(401, 20003, "Authenticate"),
    "403": lambda: faults.refused(403, 20005),
    "404": lambda: faults.refused(404, 20404),
    "400 invalid number": lambda: faults.refused(400, 21211),
    "400 STOP": lambda: faults.refused(400, 21610),
    "400 sender": lambda: faults.refused(400, 21606),
    "400 never heard of": lambda: faults.refused(400, 29999, f"Something about {ANA} is odd"),
    "400 as a problem": lambda: faults.problem_json(400, 21614, "Not a mobile number"),
    "a redirect": lambda: faults.refused(307, 0, "Moved"),
    "500": lambda: faults.server_error(500),
    "500, accepted": lambda: faults.server_error(500, accepts=True),
    "503, accepted": lambda: faults.server_error(503, accepts=True),
    "dropped before": faults.drop_before,
    "dropped after": faults.drop_after,
    "truncated": faults.truncated,
    "a portal": faults.garbage,
    "a list": lambda: faults.garbage(b"[]"),
    "an empty object": lambda: faults.garbage(b"{}"),
    "odd values": lambda: faults.garbage(b'{"sid": 7, "date_created": 3, "num_segments": []}'),
    "nested too deep": lambda: faults.garbage(_NESTED),
    "not UTF-8": lambda: faults.garbage(b"\xff\xfe{"),
    "silence": lambda: faults.hang(20),
    "silence, not accepted": lambda: faults.hang(20, accepts=False),
    "drips": lambda: faults.drip(20),
}

OUTCOMES: Mapping[str, FailureKind] = {
    "429 with Retry-After": "transient",
    "429 without": "transient",
    "401": "broken",
    "403": "broken",
    "404": "broken",
    "400 invalid number": "permanent",
    "400 STOP": "permanent",
    "400 sender": "broken",
    "400 never heard of": "permanent",
    "400 as a problem": "permanent",
    "a redirect": "broken",
    **dict.fromkeys(list(FAULTS)[11:], "unknown"),
    "nobody listens": "transient",
}
"""Every way a sending can end, and what it must mean."""

IN_SHORT: Mapping[str, FailureKind] = {
    how: OUTCOMES[how]
    for how in ("429 with Retry-After", "401", "400 STOP", "500, accepted", "dropped after")
}
"""One of each kind, for channels that share the code."""
