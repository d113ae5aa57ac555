"""The address of a helpdesk, as an admin writes it."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from deskwatch.settings import is_loopback


def _address(text: str) -> str:
    """An https address without a trailing slash; plain http only on this machine: the key travels along."""
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.query or parts.fragment:
        raise ValueError("expected an address such as https://example.freshservice.com")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(
            "must start with https://: the API key would travel readable (http is for this machine)"
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


Address = Annotated[str, AfterValidator(_address)]
