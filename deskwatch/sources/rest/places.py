"""Texts with places: ``/tickets/{id}``. Which names a place may have depends on where the text stands."""

import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator

PLACE = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,60}")


def _template(text: str) -> str:
    for name in PLACE.findall(text):
        if not _NAME.fullmatch(name):
            raise ValueError(f"{{{name[:40]}}} is no place: expected a name such as {{id}}")
    if len(re.findall(r"[{}]", PLACE.sub("", text))):
        raise ValueError("a brace { or } stands alone: places look like {id}")
    return text


Template = Annotated[str, AfterValidator(_template)]
"""A text that may have places."""


def places_of(text: str) -> list[str]:
    """The names of all places, in order."""
    return PLACE.findall(text)


def plain_value(item: Any, dotted: str) -> Any:
    """What stands for ``owner.id`` or ``messages.0.id`` in an item: names, and numbers in lists."""
    for name in dotted.split("."):
        if isinstance(item, list) and name.isdecimal() and len(name) < 6:
            item = item[int(name)] if int(name) < len(item) else None
        else:
            item = item.get(name) if isinstance(item, Mapping) else None
    return item


def _root(text: str) -> str:
    """An address without a trailing slash. Whether plain http is allowed is decided with ``allow_http``."""
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    odd = (
        "@" in parts.netloc
        or parts.query
        or parts.fragment
        or any(c <= " " or c in "\\{}" for c in text.strip())
    )
    if parts.scheme not in ("http", "https") or not host or odd:
        raise ValueError("expected an address such as https://desk.example.com")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


Root = Annotated[str, AfterValidator(_root)]
"""Scheme, host and perhaps a path, without a slash at the end."""


def _proxy(text: str) -> str:
    try:
        address = _root(text)
    except ValueError:
        if "@" in text:  # not repeated: it has a password in it
            raise ValueError(
                "a password does not belong into YAML: set HTTPS_PROXY in the environment instead"
            ) from None
        raise ValueError("expected an address such as http://proxy.example.com:3128") from None
    return address


Proxy = Annotated[str, AfterValidator(_proxy)]
"""The address of an HTTP proxy, without user and password."""


def _host(text: str) -> str:
    host = text.strip().lower()
    if not _HOST.fullmatch(host):
        raise ValueError("expected a host such as files.example.com, without https:// and path")
    return host


_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?(:[0-9]{1,5})?")

Host = Annotated[str, AfterValidator(_host)]
"""A host, with its port when that is not the usual one."""
