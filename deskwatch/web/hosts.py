"""By which names this wall may be asked for: a page elsewhere must not borrow the reader's address.

DNS rebinding: a page at ``http://evil.example`` lets its own name point to the wall's address; the browser of
somebody in an allowed network then fetches the tickets for it, as if they came from ``evil.example``. Such a
request betrays itself by its Host header. It cannot happen over HTTPS, where the certificate does not fit.
"""

import re
import socket
import threading
from collections.abc import Callable, Iterable
from functools import cache
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9._-]{1,253}))(?::[0-9]{0,5})?")


def host_of(header: str) -> str | None:
    """The name or address in a Host header, without port, in lower case; ``None`` when it is no host."""
    found = _HOST.fullmatch(header)
    if found is None:
        return None
    return (found[1] or found[2]).lower().removesuffix(".") or None


class PublicPlace(NamedTuple):
    """Where a browser is when it came by ``web.public_url``: below which path, and whether over TLS."""

    path: str = "/"
    secure: bool = False


def public_place(header: str, public_url: str | None) -> PublicPlace:
    """What ``public_url`` says about a request for this Host; nothing when it came another way."""
    known = urlsplit(public_url or "")
    if known.hostname is None or host_of(header) != known.hostname.lower():
        return PublicPlace()
    return PublicPlace(known.path or "/", known.scheme == "https")


class Hosts:
    """The names of a wall: its addresses, names without a dot, this machine's own, and those configured."""

    def __init__(self, allowed: Iterable[str] = (), *, own: Callable[[], frozenset[str]] = frozenset) -> None:
        names = {name.lower().removesuffix(".") for name in allowed}
        self._names = frozenset(name for name in names if not name.startswith("*."))
        self._suffixes = tuple(name[1:] for name in sorted(names) if name.startswith("*."))
        self._own = own

    def know(self, host: str) -> bool:
        """Whether the wall goes by this name. No public name is without a dot or ends in ``.localhost``."""
        return (
            "." not in host
            or host in self._names
            or host.endswith((*self._suffixes, ".localhost"))
            or _is_address(host)
            or host in self._own()
        )


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@cache
def own_names() -> Callable[[], frozenset[str]]:
    """Answers this machine's own names. The long one may take DNS seconds to tell, and comes later."""
    short = socket.gethostname().lower()
    names = {short, f"{short.partition('.')[0]}.local"}

    def ask() -> None:
        names.add(socket.getfqdn().lower())

    threading.Thread(target=ask, name="own-name", daemon=True).start()
    return lambda: frozenset(names)
