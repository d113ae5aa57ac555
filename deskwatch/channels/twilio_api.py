"""One Twilio account by the official SDK: every way to fail becomes one of our four kinds.

Reference: https://www.twilio.com/docs/messaging/api, https://www.twilio.com/docs/voice/api.
"""

import os
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.rest import Client

from deskwatch import __version__
from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.twilio_errors import refusal
from deskwatch.channels.twilio_http import NoAnswerError, TwilioHttp, last_header
from deskwatch.channels.twilio_settings import TwilioSettings
from deskwatch.clock import Clock, utc_now
from deskwatch.core.delivery import FailureKind
from deskwatch.settings import is_loopback

T = TypeVar("T")
_ODD_SHAPES = (TypeError, ValueError, KeyError, AttributeError, RecursionError)
"""What the SDK raises when JSON is valid and yet not shaped as it expects."""


class TwilioApi:
    """An account, used from several threads."""

    def __init__(self, settings: TwilioSettings, *, clock: Clock = utc_now) -> None:
        secret = settings.api_secret if settings.api_key else settings.auth_token
        near = is_loopback(urlsplit(settings.base_url).hostname or "")
        self._account_sid = settings.account_sid
        self._has_api_key = settings.api_key is not None
        self._http = TwilioHttp(
            seconds=settings.timeout.total_seconds(),
            connect_seconds=settings.connect_timeout.total_seconds(),
            direct=near,
            ca_file=settings.ca_file,
            clock=clock,
        )
        self._client = Client(
            settings.api_key or settings.account_sid,
            secret.reveal() if secret is not None else None,
            settings.account_sid,
            http_client=self._http,
            environment=_environment(settings),
            user_agent_extensions=[f"deskwatch/{__version__}"],
        )
        self._client.api.base_url = settings.base_url

    def ask(self, request: Callable[[Client], T], *, sending: bool = False) -> T:
        """Let ``request`` use the client.

        Args:
            sending: the request sends something: what nobody answered may have been accepted.

        Raises:
            DeliveryError: Twilio refused, or there was no usable answer.
        """
        nobody_knows: FailureKind = "unknown" if sending else "transient"
        try:
            return request(self._client)
        except NoAnswerError as problem:
            kind = "broken" if problem.untrusted else nobody_knows if problem.sent else "transient"
            raise DeliveryError(kind, f"Twilio: {problem.words}.") from None
        except TwilioRestException as answer:
            raise _refusal(answer, answer.msg, sending) from None
        except TwilioServiceException as answer:
            raise _refusal(answer, answer.title, sending) from None
        except (TwilioException, *_ODD_SHAPES):
            raise DeliveryError(nobody_knows, "Twilio: the answer is not what it should be.") from None

    def twilio_time(self, at: datetime) -> datetime:
        """What Twilio's clock shows when ours shows ``at``."""
        return at + self._http.ahead

    def our_time(self, at: datetime) -> datetime:
        """What our clock shows when Twilio's shows ``at``."""
        return at - self._http.ahead

    def check(self) -> str:
        """Whether the credentials work, in one sentence. API keys may not read accounts, so they list.

        Raises:
            DeliveryError: they do not, or nobody answers.
        """
        end = self._account_sid[-4:]
        if self._has_api_key:
            self.ask(lambda client: client.messages.list(page_size=1, limit=1))
            return f"Twilio accepts the API key for the account that ends in {end}"
        account: Any = self.ask(lambda client: client.api.v2010.accounts(self._account_sid).fetch())
        if account.status != "active":
            raise DeliveryError("broken", f"Twilio: the account is {account.status}; look into the console.")
        trial = "; it is a trial, which reaches verified numbers only" if account.type == "Trial" else ""
        return f"Twilio accepts the token for the account that ends in {end}{trial}"

    def close(self) -> None:
        """Hang up."""
        self._http.close()


def _refusal(answer: Any, said: str, sending: bool) -> DeliveryError:
    pause = last_header("retry-after")
    return refusal(answer.status, answer.code, said, sending=sending, retry_after=pause)


def _environment(settings: TwilioSettings) -> dict[str, str]:
    """The SDK reads a region from here; it would bend any other address than Twilio's own."""
    if settings.base_url == TwilioSettings.model_fields["base_url"].default:
        return dict(os.environ)
    return {"TWILIO_EDGE": ""}
