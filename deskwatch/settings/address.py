"""Web addresses that an admin writes."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit


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
