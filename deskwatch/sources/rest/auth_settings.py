"""The ways in which a helpdesk lets a program in. Names of ``secrets`` are places in texts: ``{token}``."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from deskwatch.settings import Duration, Json, Strict, at_least
from deskwatch.sources.rest.expression import Expression
from deskwatch.sources.rest.places import Template


class NoAuth(Strict):
    """Everybody may read."""

    kind: Literal["none"] = "none"


class BasicAuth(Strict):
    """HTTP Basic (RFC 7617)."""

    kind: Literal["basic"] = "basic"
    user: Template
    """User name: ``{mail}/token``, ``{company}+{public}``, or the key itself."""
    password: Template
    """Password, usually ``{key}``; a fixed one such as ``X`` when the user is the key."""
    headers: dict[str, Template] = Field(default_factory=dict)
    """Headers besides, such as ``clientId: "{client_id}"``."""


class HeaderAuth(Strict):
    """One or more headers."""

    kind: Literal["header"] = "header"
    headers: Annotated[dict[str, Template], Field(min_length=1)]
    """Header to value: ``Authorization: "Token token={token}"``."""


class QueryAuth(Strict):
    """Parameters of the address; they are hidden in every log and error."""

    kind: Literal["query"] = "query"
    params: Annotated[dict[str, Template], Field(min_length=1)]
    """Parameter to value: ``key: "{key}"``."""


class BodyAuth(Strict):
    """Parts of what is posted, for helpdesks that ask for the key there; they are hidden like all secrets."""

    kind: Literal["body"] = "body"
    params: Annotated[dict[str, Template], Field(min_length=1)]
    """Name to value: ``apikey: "{key}"``; ``params.apikey`` is inside ``params`` of the body."""


class OAuth2(Strict):
    """OAuth 2 client credentials (RFC 6749, section 4.4): a token is fetched, and again before it expires."""

    kind: Literal["oauth2"] = "oauth2"
    path: Template
    """Where the token is fetched: below ``base_url``, or a whole ``https://`` address."""
    params: Annotated[dict[str, Template], Field(min_length=1)]
    """Form fields besides ``grant_type``: ``client_id``, ``client_secret``, ``scope``, ``tenant`` …"""
    basic: bool = False
    """``true``: client id and secret travel as HTTP Basic instead."""
    renew_before: Annotated[Duration, at_least("0s")] = timedelta(seconds=60)
    """How long before its end a token is fetched again."""


class LoginAuth(Strict):
    """A call that answers with a session, which then travels as a header. Repeated once when refused."""

    kind: Literal["login"] = "login"
    method: Literal["GET", "POST"] = "POST"
    path: Template
    """Where the session is begun, below ``base_url``."""
    headers: dict[str, Template] = Field(default_factory=dict)
    """Headers of that call, such as ``Authorization: "user_token {token}"``."""
    body: Json = None
    """What it posts as JSON."""
    value: Expression
    """Where its answer has the session (JMESPath)."""
    send: Annotated[dict[str, Template], Field(min_length=1)]
    """Headers of all other calls; ``{session}`` is the session, secrets are places too."""
    logout: Template | None = None
    """Where the session is ended, below ``base_url``."""


def _kind_of(auth: Any) -> str | None:
    kind = auth.get("kind") if isinstance(auth, dict) else getattr(auth, "kind", None)
    return kind if isinstance(kind, str) else None


Auth = Annotated[
    Annotated[NoAuth, Tag("none")]
    | Annotated[BasicAuth, Tag("basic")]
    | Annotated[HeaderAuth, Tag("header")]
    | Annotated[QueryAuth, Tag("query")]
    | Annotated[BodyAuth, Tag("body")]
    | Annotated[OAuth2, Tag("oauth2")]
    | Annotated[LoginAuth, Tag("login")],
    Discriminator(_kind_of),
]
