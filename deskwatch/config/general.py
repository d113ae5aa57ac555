"""``deskwatch.yaml``: the processes themselves."""

import hashlib
import re
from datetime import time, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from deskwatch.config.daily import DailySpan
from deskwatch.config.fields import Auto, BoardName, Moment, Network
from deskwatch.config.listener import ListenerSettings
from deskwatch.core.privacy import Privacy
from deskwatch.settings import (
    Duration,
    HomePath,
    HourMinute,
    Language,
    Secret,
    Strict,
    Zone,
    at_least,
    at_most,
    clip,
)

SHORTEST_TOKEN = 16
"""Characters: a wall link is all that stands between the tickets and whoever guesses."""
NOTHING_HASHED = hashlib.sha256(b"").hexdigest()
_HOST_NAME = re.compile(r"(?:\*\.)?[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")
MAKE_A_TOKEN = 'python -c "import secrets; print(secrets.token_urlsafe(24))"'

TLS_PORT, PLAIN_PORT = 443, 5001


class TicketDashSettings(Strict):
    """What status ids mean at ``/api/tickets/``, which answers as Ticket Dash did. An id of 0: none."""

    open: list[Annotated[int, Field(ge=1)]] = Field(default_factory=lambda: [2, 3, 19])
    """Tickets that wait for a first response or are worked on: its first section."""
    customer_replied: Annotated[int, Field(ge=0)] = 26
    """Its second section."""
    never_overdue: Annotated[int, Field(ge=0)] = 27
    """Waits for another program, for as long as that takes."""
    waiting_on_customer: Annotated[int, Field(ge=0)] = 9
    """Tells when the agent last answered."""
    on_hold: Annotated[int, Field(ge=0)] = 23
    """Shown without a colour."""


class WebSettings(Strict):
    """The dashboard."""

    host: str = "127.0.0.1"
    """Address to listen on. Anything but loopback needs access rules, see ``access``."""
    port: Annotated[int | None, Field(ge=1, le=65535), Auto()] = None
    """Port to listen on. ``auto``: 443 with a certificate, else 5001."""
    certificate: Annotated[HomePath | None, Auto()] = None
    """TLS certificate with its chain (PEM). ``auto``: ``cert.pem`` in the home, if it is there."""
    key: Annotated[HomePath | None, Auto()] = None
    """Private key of the certificate (PEM). ``auto``: ``key.pem`` in the home, if it is there."""
    poll_seconds: Annotated[float, Field(ge=0.2, le=60)] = 1.0
    """How often a wall asks for changes, in seconds."""
    rows_per_section: Annotated[int, Field(ge=1, le=1000)] = 50
    """Rows a wall shows in each section; the count beside the title is always the true one."""
    rescan_interval: Annotated[Duration, at_least("0.2s"), at_most("1h")] = timedelta(seconds=15)
    """How often the whole ticket folder is compared, in case a file event was lost."""
    silent_after: Annotated[Duration | None, Auto()] = None
    """When a wall says that the watcher is silent. ``auto``: from its poll interval and time-outs."""
    language: Language = "en"
    """Language of the walls; a screen may ask for another one with ``?lang=``."""
    page_seconds: Annotated[float, Field(ge=3, le=600)] = 15.0
    """How long a kiosk shows each page when not all rows fit, in seconds."""
    day: DailySpan | None = None
    """Hours in which ``theme=auto`` is light: ``07:00-19:00``. Default: as the browser's system."""
    reload_at: HourMinute | None = time(4, 10)
    """When kiosks load their page anew each night, because browsers leak. ``null``: never."""
    public_url: str | None = None
    """Where screens reach the wall, for its links and QR codes: ``https://wall.example.com/``."""
    ticket_dash: TicketDashSettings = TicketDashSettings()
    """For programs that ask ``/api/tickets/``, and for nothing else: see ``docs/from-ticket-dash.md``."""
    frame_ancestors: list[str] = Field(default_factory=list)
    """Sites that may show the wall in a frame, such as ``https://intranet.example.com``."""

    @property
    def listen_port(self) -> int:
        """The port, with ``auto`` decided."""
        return self.port or (TLS_PORT if self.certificate else PLAIN_PORT)

    @field_validator("frame_ancestors")
    @classmethod
    def _are_origins(cls, sites: list[str]) -> list[str]:
        for site in sites:
            if any(character in site for character in " ;,'\"\r\n") or not site.strip():
                raise ValueError(f"expected sites such as https://intranet.example.com, got {clip(site)}")
        return sites

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        if not url.startswith(("http://", "https://")) or any(c in url for c in ' ?#"<>;,\r\n'):
            raise ValueError(f"expected an address such as https://wall.example.com/, got {clip(url)}")
        return url.rstrip("/") + "/"

    @model_validator(mode="after")
    def _certificate_has_its_key(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key belong together: set both or neither")
        return self


class TokenSettings(Strict):
    """A wall link: ``/w/TOKEN`` opened once makes a browser a wall."""

    name: str
    """Whose wall this is; appears in the log."""
    sha256: str = ""
    """SHA-256 of the token as 64 hex digits: ``printf %s TOKEN | sha256sum``."""
    token: Secret | None = None
    """Instead of ``sha256``: where the token is kept, ``env:NAME`` or ``file:PATH``."""
    boards: list[BoardName] = Field(default_factory=list)
    """Boards this wall may show. Empty: all."""
    privacy: Privacy = Privacy.FULL
    """The most this wall shows of its boards: ``full``, ``initials`` or ``none``; a board may be stricter."""
    expires: Moment | None = None
    """When the link ends by itself: ``2027-01-31`` (as that day begins) or ``2027-01-31 18:00``."""

    @field_validator("sha256")
    @classmethod
    def _is_a_hash(cls, text: str) -> str:
        if text and (len(text) != 64 or set(text.lower()) - set("0123456789abcdef")):
            raise ValueError("expected 64 hex digits; make them with: printf %s TOKEN | sha256sum")
        if text.lower() == NOTHING_HASHED:
            raise ValueError(f"this is the hash of an empty token; make a token with: {MAKE_A_TOKEN}")
        return text.lower()

    @model_validator(mode="after")
    def _knows_its_hash(self) -> Self:
        if bool(self.sha256) == (self.token is not None):
            raise ValueError("set either sha256 or token")
        if self.token:
            token = self.token.reveal()
            if len(token) < SHORTEST_TOKEN:
                raise ValueError(
                    f"the token has {len(token)} characters and needs at least {SHORTEST_TOKEN}; "
                    f"make one with: {MAKE_A_TOKEN}"
                )
            digest = hashlib.sha256(token.encode()).hexdigest()
            object.__setattr__(self, "sha256", digest)
        return self


class AccessSettings(Strict):
    """Who may look. Without any rule: only this machine itself."""

    allow_networks: list[Network] = Field(default_factory=list)
    """Networks whose clients may look, such as ``192.168.10.0/24``."""
    allowed_hosts: list[str] = Field(default_factory=list)
    """Names of the wall besides its addresses and names without a dot: ``wall.example.com``, or
    ``*.example.com``. Only plain HTTP needs them: who is let in for an address must ask for a known name."""
    tokens: list[TokenSettings] = Field(default_factory=list)
    """Wall links for browsers elsewhere: ``/w/TOKEN`` opened once makes a browser a wall."""
    insecure_open: bool = False
    """``true``: everybody who reaches the port may look. Only behind a proxy that asks for a login."""

    @field_validator("allowed_hosts")
    @classmethod
    def _are_names(cls, hosts: list[str]) -> list[str]:
        for host in hosts:
            if not _HOST_NAME.fullmatch(host):
                raise ValueError(
                    f"expected names such as wall.example.com or *.example.com, got {clip(host)}"
                )
        return hosts


class TimeoutSettings(Strict):
    """How long one request to a helpdesk may take."""

    connect: Annotated[Duration, at_least("0.1s"), at_most("5m")] = timedelta(seconds=5)
    """Until the connection stands."""
    read: Annotated[Duration, at_least("0.1s"), at_most("5m")] = timedelta(seconds=30)
    """Between two pieces of the answer."""
    total: Annotated[Duration, at_least("0.1s"), at_most("15m")] = timedelta(seconds=60)
    """From the first byte asked to the last byte read."""


class WatcherSettings(Strict):
    """``ticket_watcher.py``: reads the helpdesks and writes ticket files."""

    poll_interval: Annotated[Duration, at_least("0.2s"), at_most("1d")] = timedelta(seconds=30)
    """How often each source is asked for changes. A source may have its own."""
    reconcile_interval: Annotated[Duration, at_least("0.2s"), at_most("7d")] = timedelta(minutes=10)
    """How often the complete list of open tickets is compared."""
    request_timeout: TimeoutSettings = TimeoutSettings()
    """Time-outs of each request."""
    archive_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """Days after which archived tickets and the history of changes are deleted."""
    verify_after: Annotated[Duration, at_least("0s"), at_most("1d")] = timedelta(seconds=60)
    """A ticket that vanished is looked up once more after this time, before it is archived."""
    pause_until: Moment | None = None
    """No polling until then, for example during maintenance: ``2026-12-24 18:00``."""
    listener: ListenerSettings | None = None
    """Takes webhooks and the API for own tickets. Default: nothing listens."""


class NotifierSettings(Strict):
    """``notifier.py``: watches the tickets and tells people."""

    interval: Annotated[Duration, at_least("0.2s"), at_most("1h")] = timedelta(seconds=15)
    """The longest wait between two rounds."""
    rescan_interval: Annotated[Duration, at_least("0.2s"), at_most("1h")] = timedelta(seconds=15)
    """How often the whole ticket folder is compared, in case a file event was lost."""


class LogSettings(Strict):
    """What the processes write about themselves."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important lines that are written."""
    format: Literal["text", "json"] = "text"
    """``text`` for people, ``json`` for log collectors: one object a line."""
    file: HomePath | None = None
    """Also write to this file (10 files of 5 MB, each process its own). Default: standard error only."""


class DeskwatchSettings(Strict):
    """``deskwatch.yaml``."""

    zone: Annotated[Zone | None, Auto()] = None
    """Time zone of the desk, such as ``Europe/Berlin``. ``auto``: this machine's, else UTC."""
    web: WebSettings = WebSettings()
    access: AccessSettings = AccessSettings()
    watcher: WatcherSettings = WatcherSettings()
    notifier: NotifierSettings = NotifierSettings()
    database: Secret | None = None
    """Where the URL of a PostgreSQL database is kept: ``env:NAME``. Default: a file in ``state/``."""
    log: LogSettings = LogSettings()


def in_zone(moment: Moment | None, zone: ZoneInfo) -> Moment | None:
    """A moment of the configuration as an aware instant."""
    return moment.replace(tzinfo=zone) if moment is not None and moment.tzinfo is None else moment
