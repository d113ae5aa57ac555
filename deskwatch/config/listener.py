"""``watcher.listener`` of ``deskwatch.yaml``: the address for webhooks and for the API of own tickets."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from deskwatch.config.fields import Network
from deskwatch.settings import Duration, Strict, at_least, at_most, clip, is_loopback

LISTENER_PORT = 5002


class PaceSettings(Strict):
    """How much one user may ask in a minute; more is answered with 429 and the seconds to wait."""

    reads_per_minute: Annotated[int, Field(ge=1, le=6000)] = 10
    """``GET`` requests of one user or token."""
    writes_per_minute: Annotated[int, Field(ge=1, le=6000)] = 5
    """``POST``, ``PUT``, ``PATCH`` and ``DELETE`` requests of one user or token."""
    logins_per_minute: Annotated[int, Field(ge=1, le=600)] = 5
    """Tries to log in from one address. Wrong passwords of one user wait longer each time, besides."""


class ListenerSettings(Strict):
    """Webhooks and the API for own tickets, over HTTP, in the watcher."""

    host: str = "127.0.0.1"
    """Address to listen on. Anything but this machine itself needs ``insecure_http``; better put a reverse
    proxy with TLS on this machine."""
    port: Annotated[int, Field(ge=0, le=65535)] = LISTENER_PORT
    """Port to listen on; 0 takes a free one and logs it."""
    trusted_proxies: list[Network] = Field(default_factory=list)
    """Proxies whose ``X-Forwarded-For`` says who the client is: ``127.0.0.1``. Nobody else is believed."""
    insecure_http: bool = False
    """``true``: passwords, tokens and secrets may cross a network unencrypted."""
    api: bool = True
    """Whether the API for own tickets is open; ``false``: webhooks only."""
    wait: Annotated[Duration, at_least("0s"), at_most("20s")] = timedelta(seconds=3)
    """How long a write waits for the watcher before it is answered with 202 and where to ask later."""
    pace: PaceSettings = PaceSettings()
    """How much one user may ask."""

    @model_validator(mode="after")
    def _does_not_show_secrets_by_accident(self) -> Self:
        if not (is_loopback(self.host) or self.insecure_http):
            raise ValueError(
                f"host {clip(self.host)} would take passwords and secrets unencrypted from the network. Keep "
                "127.0.0.1 and put a proxy with TLS in front (docs/webhooks.md), or set insecure_http: true"
            )
        return self
