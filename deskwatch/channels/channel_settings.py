"""What every channel's settings have in common."""

from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator

from deskwatch.settings import Duration, Secret, Strict, at_least, at_most


class ChannelSettings(Strict):
    """A channel of ``alerts.yaml``."""

    enabled: bool = True
    """``false``: nothing is sent by it, and a person's next channel is used. May be ``env:ENABLE_EMAIL``."""
    timeout: Annotated[Duration, at_least("1s"), at_most("2m")] = timedelta(seconds=10)
    """The longest wait for an answer of the provider."""


def is_loopback(host: str) -> bool:
    """Whether the host is this machine, spelled as an address or as ``localhost``."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def split_address(text: str) -> SplitResult:
    """The parts of an http(s) address with a host.

    Raises:
        ValueError: it is no such address; the message does not repeat it, since it may be a secret.
    """
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or any(c <= " " or c == "\x7f" for c in text):
        raise ValueError("expected an address that starts with https://")
    return parts


def _secret_address(url: Secret) -> Secret:
    if url.why_missing is None:
        parts = split_address(url.reveal())
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise ValueError("must start with https://: whoever reads it can post (http is for this machine)")
    return url


SecretAddress = Annotated[Secret, AfterValidator(_secret_address)]
"""A web address that is a password at the same time, such as an incoming webhook."""
