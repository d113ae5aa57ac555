"""What ``config/sources.d/NAME.yaml`` may say: all that has to be known to read a helpdesk over HTTP."""

from datetime import timedelta
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, model_validator

from deskwatch.core.ticket import Phase, Priority
from deskwatch.settings import Duration, HomePath, Json, Secret, Strict, Zone, at_least, at_most
from deskwatch.sources.rest.auth_settings import Auth, NoAuth
from deskwatch.sources.rest.expression import Expression
from deskwatch.sources.rest.field_settings import DateSettings, FieldsSettings, date_format
from deskwatch.sources.rest.paging_settings import NoPaging, Paging
from deskwatch.sources.rest.places import Host, Proxy, Root, Template
from deskwatch.sources.settings import SourceSettings

OwnName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
"""A name that the file gives to a secret, a detail or a lookup."""


class RequestSettings(Strict):
    """One kind of request."""

    method: Literal["GET", "POST"] = "GET"
    """``POST`` for helpdesks whose search is posted; nothing is ever changed by it."""
    path: Template
    """Below ``base_url``: ``/api/v1/tickets``."""
    params: dict[str, Template] = Field(default_factory=dict)
    """Parameters of the address, such as ``fields[Queue]: Name``."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Headers besides those of ``auth``."""
    body: Json = None
    """What is posted as JSON; texts in it may have places such as ``{since}``. Numbers, ``true`` and
    ``false`` without quotes are what JSON means by them."""
    ok: list[Annotated[int, Field(ge=200, le=299)]] = Field(default_factory=lambda: [200])
    """HTTP states of a good answer; GLPI sends 206 for a part of a list."""
    empty: list[Annotated[int, Field(ge=200, le=499)]] = Field(default_factory=list)
    """HTTP states that mean "there is nothing", such as 204, or 404 past the last page."""


class ListSettings(RequestSettings):
    """A request that answers with tickets."""

    items: Expression = Expression("@")
    """Where the answer has the list (JMESPath); ``@`` is the answer itself, ``values(assets.Ticket)`` are the
    values of a mapping."""
    keep: Expression | None = None
    """Which items are tickets (JMESPath, true or false): ``!pull_request``. Holds for ``one``, too."""
    format: Literal["json", "csv"] = "json"
    """What the answer is. A CSV's first line names the columns; each row is an object."""
    paging: Paging = NoPaging()
    """How the next page is asked for."""


class SinceSettings(Strict):
    """How a moment is written for the helpdesk."""

    format: Annotated[str, Field(max_length=60), date_format("iso", "epoch", "epoch_ms")] = "iso"
    """``iso`` (``2026-03-10T15:00:00Z``), ``epoch``, ``epoch_ms``, or a pattern: ``%Y-%m-%d %H:%M:%S``."""
    zone: Zone | None = None
    """Zone in which the helpdesk reads it: some use that of the API's user. Default: UTC."""
    overlap: Annotated[Duration, at_least("0s"), at_most("1d")] = timedelta(seconds=120)
    """How far each question reaches back before the newest change seen."""
    first: Annotated[Duration, at_least("1m"), at_most("3650d")] = timedelta(days=30)
    """How far the very first question reaches back, for helpdesks that have only a list of changes."""


class ChangesSettings(Strict):
    """How to ask for what changed since a moment. What is not set here is as in ``tickets``."""

    method: Literal["GET", "POST"] | None = None
    """Default: as in ``tickets``."""
    path: Template | None = None
    """Default: as in ``tickets``."""
    params: dict[str, Template] = Field(default_factory=dict)
    """Added to those of ``tickets``; one of them usually has ``{since}``."""
    drop_params: list[str] = Field(default_factory=list)
    """Parameters of ``tickets`` that do not go along, such as the one that asks for open tickets only."""
    body: Json = None
    """Default: as in ``tickets``."""
    headers: dict[str, str] | None = None
    """Default: as in ``tickets``."""
    ok: list[Annotated[int, Field(ge=200, le=299)]] | None = None
    """Default: as in ``tickets``."""
    empty: list[Annotated[int, Field(ge=200, le=499)]] | None = None
    """Default: as in ``tickets``."""
    items: Expression | None = None
    """Default: as in ``tickets``."""
    keep: Expression | None = None
    """Default: as in ``tickets``."""
    format: Literal["json", "csv"] | None = None
    """Default: as in ``tickets``."""
    paging: Paging | None = None
    """Default: as in ``tickets``."""
    since: SinceSettings = SinceSettings()
    """How ``{since}`` is written."""
    token: Expression | None = None
    """Where the answer has the helpdesk's own cursor (JMESPath); the next question has it as ``{token}``."""
    token_params: dict[str, Template] = Field(default_factory=dict)
    """Parameters instead of ``params`` once there is a token: ``cursor: "{token}"``."""


class OneSettings(RequestSettings):
    """How to ask for a single ticket by its id; ``{id}`` is its place, and in a body ``{id_number}``."""

    item: Expression = Expression("@")
    """Where the answer has the ticket (JMESPath)."""
    gone: list[Annotated[int, Field(ge=400, le=499)]] = Field(default_factory=lambda: [404, 410])
    """HTTP states that mean that there is no such ticket any more."""


class ProbeSettings(RequestSettings):
    """A cheap request that works only with a good key: some answer a wrong one with an empty list."""

    expect: Expression | None = None
    """What the answer must have (JMESPath); nothing, ``false`` and ``[]`` mean that the key does not work."""


class DetailSettings(RequestSettings):
    """A further request for each new or changed ticket; ``{id}``, plain fields, and those of the details
    above it are places."""

    when: Expression | None = None
    """For which items (JMESPath, true or false). Default: all that are new or changed."""
    item: Expression = Expression("@")
    """What of the answer is kept; expressions find it under this detail's name."""
    at_once: Annotated[int, Field(ge=1, le=4)] = 2
    """Requests at a time."""
    most: Annotated[int, Field(ge=1, le=1000)] = 50
    """Requests in one round; the rest follows in the next rounds."""


class LookupSettings(Strict):
    """Names behind ids: a table that is written here, or fetched."""

    values: dict[str, str] = Field(default_factory=dict)
    """Id to name, written here; wins over what is fetched."""
    fetch: ListSettings | None = None
    """Where the names are fetched."""
    key: Expression = Expression("id")
    """Where an item of that list has the id."""
    value: Expression = Expression("name")
    """Where it has the name."""
    refresh: Annotated[Duration, at_least("1m")] = timedelta(hours=1)
    """How often the list is fetched again."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.values and self.fetch is None:
            raise ValueError("needs values, or fetch to ask for them")
        return self


class RestStatus(Strict):
    """What one status of the helpdesk means."""

    phase: Phase
    """Where a ticket with this status stands; decides which clocks run."""
    name: Annotated[str, Field(max_length=60)] | None = None
    """How walls call it. Default: the helpdesk's own text."""


def _short(status: Any) -> Any:
    """A phase alone is the usual case."""
    return {"phase": status} if isinstance(status, str) else status


class TlsSettings(Strict):
    """How the helpdesk's certificate is checked."""

    ca: HomePath | None = None
    """Certificates of your own authority (PEM), relative to the home. Default: those of this system."""


class RestSettings(SourceSettings):
    """One helpdesk."""

    kind: Literal["rest"] = "rest"
    base_url: Root
    """Where the API is: ``https://desk.example.com``."""
    web_base_url: Root | None = None
    """What ``{base}`` in ``link`` is. Default: ``base_url``."""
    allow_http: bool = False
    """``true``: plain ``http://`` to another machine, where anybody on the way reads key and tickets."""
    secrets: dict[OwnName, Secret] = Field(default_factory=dict)
    """Names for the secrets that ``auth`` uses as places, each ``env:NAME`` or ``file:PATH``."""
    auth: Auth = NoAuth()
    """How requests prove who asks."""
    tls: TlsSettings = TlsSettings()
    proxy: Proxy | None = None
    """An HTTP proxy: ``http://proxy.example.com:3128``. Default: that of the environment."""
    timeout: Annotated[Duration, at_least("0.5s"), at_most("5m")] | None = None
    """Longest silence of one request. Default: ``watcher.request_timeout`` of ``deskwatch.yaml``."""
    per_minute: Annotated[int, Field(ge=1, le=6000)] = 60
    """Most requests in a minute."""
    max_pages: Annotated[int, Field(ge=1, le=10_000)] = 1000
    """A list with more pages is given up and doubted."""
    max_body: Annotated[int, Field(ge=1, le=256)] = 32
    """Largest answer, in MiB."""

    tickets: ListSettings
    """How to ask for everything that is open."""
    changes: ChangesSettings | None = None
    """How to ask for what changed since a moment. Without it the whole list is compared each time."""
    one: OneSettings | None = None
    """How to ask for one ticket. Without it the list decides what has left, when two agree."""
    probe: ProbeSettings | None = None
    """What must work before an empty list is believed."""
    details: dict[OwnName, DetailSettings] = Field(default_factory=dict)
    """Further requests for each new or changed ticket; expressions find the answers under these names."""
    lookups: dict[OwnName, LookupSettings] = Field(default_factory=dict)
    """Tables of names for the step ``lookup``."""
    dates: DateSettings = DateSettings()
    """How this helpdesk writes dates; a field's own step ``date`` wins."""
    fields: FieldsSettings
    """Where an item has what a ticket has."""
    statuses: dict[
        str, Annotated[RestStatus, BeforeValidator(_short, json_schema_input_type=Phase | RestStatus)]
    ] = Field(default_factory=dict)
    """Text or number of a status to its phase, or to phase and name; capitals do not matter. A status that is
    spelled like a phase needs no entry."""
    unknown_status: Phase = Phase.OPEN
    """Phase of a status that is not listed; which one it was is told."""
    priorities: dict[str, Priority] = Field(default_factory=dict)
    """Text or number of a priority to ``low``, ``medium``, ``high`` or ``urgent``; capitals do not matter.
    These four words need no entry themselves."""
    unknown_priority: Priority | None = None
    """Priority of one that is not listed; which one it was is told."""
    link: Template | None = None
    """Where ticket links lead: ``{base}/tickets/{id}``. ``{number}`` and any plain field are places too.
    Default: the field ``url``."""
    link_hosts: list[Host] = Field(default_factory=list)
    """Hosts besides the helpdesk's own to which the field ``url`` may lead."""
    full_every: Annotated[Duration, at_least("1m"), at_most("7d")] | None = None
    """How often the complete list is compared. Default: ``watcher.reconcile_interval``."""

    @property
    def web_root(self) -> str:
        """What ticket links start with."""
        return self.web_base_url or self.base_url

    @property
    def link_roots(self) -> tuple[str, ...]:
        """The hosts to which ticket links may lead; an API below a path links to pages above it."""
        own = urlsplit(self.web_root)
        return (f"{own.scheme}://{own.netloc}", *(f"https://{host}" for host in self.link_hosts))
