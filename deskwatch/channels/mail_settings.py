"""What an admin may say about e-mail, in ``alerts.yaml`` or by the environment names of older programs."""

import re
from collections.abc import Mapping
from email.utils import parseaddr
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from deskwatch.channels.channel_settings import ChannelSettings
from deskwatch.settings import HomePath, Secret, Strict, Surroundings, clip, is_loopback, split_address

PORTS: Mapping[str, int] = {"starttls": 587, "implicit": 465, "none": 25}

_ENVIRONMENT: Mapping[str, tuple[str, ...]] = {
    "host": ("SMTP_HOST", "EMAIL_HOST"),
    "port": ("SMTP_PORT", "EMAIL_PORT"),
    "user": ("SMTP_USER", "EMAIL_HOST_USER"),
    "password": ("SMTP_PASSWORD", "EMAIL_HOST_PASSWORD"),
    "from_email": ("FROM_EMAIL", "DEFAULT_FROM_EMAIL"),
    "from_name": ("FROM_NAME",),
}
"""Setting to the variables that are asked for it, in this order, when ``host`` is not set."""

_ADDRESS = re.compile(r"([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})@([^\s@<>()\[\],;:\\\"\x00-\x20\x7f]{1,253})")
"""A plain address (RFC 5322 3.4.1 without quotes, comments and folding); the domain may have any letters."""


def wire_address(text: str) -> str:
    """The address as it goes over the wire: ASCII, international domains as ``xn--…``.

    Raises:
        ValueError: it is no plain ``name@example.com``, so it could smuggle something into a command.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise ValueError("expected an address such as ana@example.com")
    return f"{match[1]}@{match[2].encode('idna').decode()}"


def is_mail_address(text: str) -> bool:
    """Whether mail can be sent to it."""
    try:
        return bool(wire_address(text))
    except ValueError:
        return False


class OAuthSettings(Strict):
    """Log in by a token (XOAUTH2) instead of a password."""

    token_url: str
    """Where tokens are made, such as ``https://oauth2.googleapis.com/token``."""
    client_id: str
    """The application's id."""
    client_secret: Annotated[Secret, Field(default="SMTP_CLIENT_SECRET")]
    """The application's secret."""
    refresh_token: Secret | None = None
    """For Gmail. Without it the application logs in as itself (client credentials, Microsoft 365)."""
    scope: str = ""
    """What the token is for; Microsoft 365: ``https://outlook.office365.com/.default``."""

    @field_validator("token_url")
    @classmethod
    def _is_not_read_on_the_way(cls, url: str) -> str:
        parts = split_address(url)
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise ValueError("must start with https://: the application's secret travels there")
        return url


class MailSettings(ChannelSettings):
    """E-mail by SMTP. Without ``host`` every setting that is not set is looked up in the environment."""

    kind: Literal["email"] = "email"
    host: str = ""
    """The mail server. Default: ``SMTP_HOST`` or ``EMAIL_HOST``, see ``docs/channels.md``."""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """Default: 587 for ``starttls``, 465 for ``implicit``, 25 for ``none``."""
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    """How to encrypt: ``starttls``, ``implicit`` (SMTPS) or ``none`` (for a relay on this machine)."""
    ca_file: HomePath | None = None
    """Certificates (PEM) to trust as well, for a mail server whose certificate the company signed itself."""
    user: str = ""
    """Log in as; empty: no log-in, for relays that know this machine by its address."""
    password: Secret | None = None
    """Default, when there is a ``user``: the secret ``SMTP_PASSWORD``."""
    oauth: OAuthSettings | None = None
    """Log in by a token instead of a password."""
    from_email: str = ""
    """The sender's address. Default: ``user``."""
    from_name: str = "Deskwatch"
    """The sender's name."""
    connections: Annotated[int, Field(ge=1, le=20)] = 3
    """How many connections at a time. Microsoft 365 allows 3."""
    reply_to: str = ""
    """Where answers go, such as the helpdesk's address. Default: the sender."""

    @model_validator(mode="before")
    @classmethod
    def _of_the_environment(cls, given: Any, info: ValidationInfo) -> Any:
        surroundings: Surroundings | None = info.context
        if not isinstance(given, dict):
            return given
        given = {name: value for name, value in given.items() if value is not None}
        if surroundings is not None and not given.get("host"):
            given = _found(surroundings) | given
        if given.get("user") and not given.get("oauth"):
            given.setdefault("password", "SMTP_PASSWORD")
        return given

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not self.host:
            raise ValueError("set host (or SMTP_HOST in the environment or in .env)")
        if self.tls == "none" and not is_loopback(self.host):
            raise ValueError(
                "tls: none is for a relay on this machine only; elsewhere everybody could read along"
            )
        if self.oauth and not self.user:
            raise ValueError("set user: a token is for one mailbox")
        for name, address in (("from_email", self.from_email or self.user), ("reply_to", self.reply_to)):
            if not is_mail_address(address) and (address or name == "from_email"):
                raise ValueError(f"set {name} to an address such as desk@example.com, got {clip(address)}")
        return self

    @property
    def smtp_port(self) -> int:
        """The port to connect to."""
        return self.port or PORTS[self.tls]

    @property
    def sender(self) -> str:
        """The address mails come from."""
        return wire_address(self.from_email or self.user)


def _found(surroundings: Surroundings) -> dict[str, Any]:
    """What the environment says, as settings; secrets stay references."""
    found: dict[str, Any] = {}
    for setting, names in _ENVIRONMENT.items():
        name = next((name for name in names if surroundings.variable(name)), None)
        if name is not None:
            found[setting] = f"env:{name}"
    name, address = parseaddr(surroundings.variable("DEFAULT_FROM_EMAIL") or "")
    if found.get("from_email") == "env:DEFAULT_FROM_EMAIL":
        found["from_email"] = address
        if name:
            found.setdefault("from_name", name)
    if _is_true(surroundings.variable("EMAIL_USE_SSL")):
        found["tls"] = "implicit"
    elif _is_false(surroundings.variable("EMAIL_USE_TLS")):
        found["tls"] = "none"
    return found


def _is_true(word: str | None) -> bool:
    return (word or "").lower() in ("true", "1", "yes", "on")


def _is_false(word: str | None) -> bool:
    return (word or "").lower() in ("false", "0", "no", "off")
