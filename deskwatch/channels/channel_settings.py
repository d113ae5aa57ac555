"""What every channel's settings have in common."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator

from deskwatch.settings import Duration, Secret, Strict, at_least, at_most, is_loopback, split_address


class ChannelSettings(Strict):
    """A channel of ``alerts.yaml``."""

    enabled: bool = True
    """``false``: nothing is sent by it, and a person's next channel is used. May be ``env:ENABLE_EMAIL``."""
    timeout: Annotated[Duration, at_least("1s"), at_most("2m")] = timedelta(seconds=10)
    """The longest wait for an answer of the provider."""


def _secret_address(url: Secret) -> Secret:
    if url.why_missing is None:
        parts = split_address(url.reveal())
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise ValueError("must start with https://: whoever reads it can post (http is for this machine)")
    return url


SecretAddress = Annotated[Secret, AfterValidator(_secret_address)]
"""A web address that is a password at the same time, such as an incoming webhook."""
