"""Access tokens for mail servers that take no passwords (RFC 6749: refresh token or client credentials)."""

from threading import Lock
from urllib.parse import urlencode

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.http import Endpoint
from deskwatch.channels.mail_settings import OAuthSettings
from deskwatch.clock import Monotonic, monotonic
from deskwatch.core.delivery import FailureKind
from deskwatch.settings import Secret

MARGIN = 60.0
"""Seconds before its end at which a token is replaced."""

USUAL_LIFE = 3600.0
"""Seconds a token lasts when its maker does not say (RFC 6749 4.2.2 leaves that open)."""


class TokenSource:
    """Asks for a token and keeps it while it is good. Safe to use from several threads."""

    def __init__(self, settings: OAuthSettings, *, seconds: float, ticks: Monotonic = monotonic) -> None:
        self._settings = settings
        secrets = tuple(s for s in (settings.client_secret, settings.refresh_token) if s is not None)
        self._server = Endpoint("the token server", seconds, secrets)
        self._ticks = ticks
        self._lock = Lock()
        self._token: tuple[str, float] | None = None

    def token(self) -> str:
        """A token that is good for another minute.

        Raises:
            DeliveryError: none was given; ``broken`` when the credentials are refused.
        """
        with self._lock:
            if self._token is None or self._ticks() >= self._token[1]:
                self._token = self._ask()
            return self._token[0]

    def forget(self) -> None:
        """The mail server does not take it: ask for a new one next time."""
        with self._lock:
            self._token = None

    def _ask(self) -> tuple[str, float]:
        body = urlencode(self._form()).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        try:
            answer = self._server.post(Secret(self._settings.token_url), body, headers)
        except DeliveryError as error:
            failure = error.failure
            kinds: dict[FailureKind, FailureKind] = {"permanent": "broken", "unknown": "transient"}
            kind = kinds.get(failure.kind, failure.kind)  # no mail is on its way yet
            raise DeliveryError(
                kind, failure.words, code=failure.code, retry_after=failure.retry_after
            ) from None
        told = answer.fields()
        token, life = told.get("access_token"), told.get("expires_in")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise DeliveryError("broken", "the token server's answer holds no token; check token_url")
        seconds = float(life) if isinstance(life, int | float) else USUAL_LIFE
        return token, self._ticks() + seconds - MARGIN

    def _form(self) -> dict[str, str]:
        given = self._settings
        form = {"client_id": given.client_id, "client_secret": given.client_secret.reveal()}
        if given.refresh_token is None:
            form["grant_type"] = "client_credentials"
        else:
            form |= {"grant_type": "refresh_token", "refresh_token": given.refresh_token.reveal()}
        return form | ({"scope": given.scope} if given.scope else {})
