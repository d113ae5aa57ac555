"""Who may look. Decided from the address of the connection and from a wall token, and from nothing a client
can forge.

``X-Forwarded-*`` is not read: a proxy in front needs a wall token or its own network in ``allow_networks``.
Whoever is let in for an address must ask for a name of this wall (see ``hosts``). A token needs no such
proof, because a browser keeps its cookie for the name it got it from; and what is open to everybody is open
to a page elsewhere as well.
"""

import hashlib
import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from deskwatch.core.legible import legible
from deskwatch.core.privacy import Privacy
from deskwatch.web.hosts import Hosts, host_of
from deskwatch.web.wording import Phrase

Network = IPv4Network | IPv6Network

COOKIE = "deskwatch_wall"
COOKIE_SECONDS = 400 * 24 * 3600
"""Browsers cap the life of a cookie at 400 days; a wall renews it whenever its link is opened."""

_REMEMBERED = 4096
_LONGEST_REMEMBERED = 2000
"""Characters of address, cookie and host: strangers decide how long those are."""


@dataclass(frozen=True, slots=True)
class WallToken:
    """A display link somebody may open, known by the SHA-256 of its token; void once its YAML is deleted.

    ``boards`` are the only ones it shows, ``None`` for all; ``privacy`` is the most it shows of them;
    ``expires_at`` is when it ends by itself.
    """

    name: str
    sha256: bytes
    boards: frozenset[str] | None = None
    privacy: Privacy = Privacy.FULL
    expires_at: datetime | None = None

    @property
    def grant(self) -> "Grant":
        """What whoever holds it may see."""
        return Grant(f"wall token {self.name}", self.boards, self.privacy, self.expires_at)


@dataclass(frozen=True, slots=True)
class Grant:
    """What one client may see. ``boards``: ``None`` for all; ``privacy``: the most it sees of any of them."""

    why: str
    boards: frozenset[str] | None = None
    privacy: Privacy = Privacy.FULL
    expires_at: datetime | None = None

    @property
    def is_guest(self) -> bool:
        """Whether this client sees some boards only, and nothing of what concerns others."""
        return self.boards is not None

    def covers(self, board_id: str) -> bool:
        """Whether this client may see the board."""
        return self.boards is None or board_id in self.boards

    def covers_any(self, board_ids: Collection[str]) -> bool:
        """Whether this client may see at least one of the boards."""
        return self.boards is None or not self.boards.isdisjoint(board_ids)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a client sees nothing, in words for its screen."""

    words: Phrase
    status: HTTPStatus = HTTPStatus.FORBIDDEN


class Gate:
    """The access rules of ``config/deskwatch.yaml``. Without any, only this machine itself may look."""

    def __init__(
        self,
        *,
        networks: Sequence[Network] = (),
        tokens: Sequence[WallToken] = (),
        insecure_open: bool = False,
        hosts: Hosts | None = None,
    ) -> None:
        self._networks = tuple(networks)
        self._tokens = tuple(tokens)
        self._open = insecure_open
        self._hosts = hosts or Hosts()
        self._verdicts: dict[tuple[str, str, str], Grant | Refusal] = {}

    @property
    def has_rules(self) -> bool:
        """Whether anybody but this machine itself may look."""
        return self._open or bool(self._networks or self._tokens)

    def judge(self, environ: Mapping[str, Any], *, now: datetime) -> Grant | Refusal:
        """Whether the client of this WSGI request may look; remembered per address, cookie and host."""
        host = _OVER_TLS if environ.get("wsgi.url_scheme") == "https" else environ.get("HTTP_HOST", "")
        asked = (environ.get("REMOTE_ADDR", ""), environ.get("HTTP_COOKIE", ""), host)
        verdict = self._verdicts.get(asked)
        if verdict is None:
            verdict = self._decide(*asked, now)
            if len(self._verdicts) >= _REMEMBERED:
                self._verdicts.clear()
            # this machine's own name may still become known
            stays = not isinstance(verdict, Refusal) or verdict.status is HTTPStatus.FORBIDDEN
            if stays and sum(map(len, asked)) <= _LONGEST_REMEMBERED:
                self._verdicts[asked] = verdict
        if isinstance(verdict, Grant) and verdict.expires_at is not None and now >= verdict.expires_at:
            return _EXPIRED
        return verdict

    def recognize(self, token: str) -> WallToken | None:
        """The wall token this is, if any, expired or not. Every hash is compared, in constant time."""
        if not token:
            return None
        presented = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        found = None
        for known in self._tokens:
            if hmac.compare_digest(presented, known.sha256):
                found = known
        return found

    def _decide(self, address: str, cookie: str, host: str, now: datetime) -> Grant | Refusal:
        if self._open:
            return Grant("access.insecure_open")
        trusted = self._trust(client_address(address))
        stranger = self._doubt(host) if trusted else None
        if trusted and stranger is None:
            return Grant(trusted)
        token = self.recognize(_cookie_value(cookie)) if cookie and self._tokens else None
        if token is not None:
            return token.grant
        if stranger is not None:
            return stranger
        if self.has_rules:
            return _STRANGER
        return _CLOSED

    def _trust(self, client: Any) -> str:
        """Which rule lets this address in; empty: none."""
        if client is not None and client.is_loopback:
            return "this machine"
        inside = client is not None and any(client in network for network in self._networks)
        return "access.allow_networks" if inside else ""

    def _doubt(self, header: str) -> Refusal | None:
        """What is wrong with the name that was asked for."""
        if header == _OVER_TLS:
            return None
        host = host_of(header)
        if host is None:
            return _HOSTLESS
        if self._hosts.know(host):
            return None
        words = Phrase(
            "This wall does not know the name “{0}”. If that is its name, the administrator adds it to "
            "access.allowed_hosts in config/deskwatch.yaml.",
            legible(host, 80),
        )
        return Refusal(words, HTTPStatus.MISDIRECTED_REQUEST)


_OVER_TLS = "https"
_EXPIRED = Refusal(Phrase("This wall link has expired."))
_STRANGER = Refusal(
    Phrase(
        "This device may not look at the wall. Open its wall link (/w/…) once, or ask the administrator to "
        "let its network in: access.allow_networks in config/deskwatch.yaml."
    )
)
_CLOSED = Refusal(
    Phrase(
        "Only the server itself may look at the wall, until the administrator lets others in: access in "
        "config/deskwatch.yaml."
    )
)
_HOSTLESS = Refusal(Phrase("The request does not say for which host it is."), HTTPStatus.BAD_REQUEST)


def client_address(text: str) -> Any:
    """The address of a connection as an object; an IPv4 client of an IPv6 socket is an IPv4 client.

    ``None`` when it is none, for example a Unix socket.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def set_cookie(token: str, *, secure: bool, path: str = "/") -> str:
    """The value of the Set-Cookie header that makes this browser a wall, for the addresses below ``path``."""
    flags = "; Secure" if secure else ""
    return f"{COOKIE}={token}; Path={path}; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax{flags}"


def _cookie_value(header: str) -> str:
    try:
        morsel = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""
