"""What an admin may say about a Freshservice, a Freshdesk or the demo in ``sources.yaml``."""

import re
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from deskwatch.core.ticket import Phase, Priority
from deskwatch.settings import Duration, Secret, Strict, at_least, at_most
from deskwatch.sources.address_settings import Address
from deskwatch.sources.settings import SourceSettings
from deskwatch.sources.write_back import WriteBackSettings

SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)


class StatusSettings(Strict):
    """What one status id of the helpdesk means."""

    phase: Phase
    """Where a ticket with this status stands; decides which clocks run."""
    name: Annotated[str, Field(max_length=60)] | None = None
    """How walls call it. Default: the helpdesk's own name."""


class FreshworksSettings(SourceSettings):
    """What Freshservice, Freshdesk and the demo have in common."""

    domain: ClassVar[str] = ""
    product: ClassVar[str] = ""
    default_statuses: ClassVar[dict[int, Phase]] = {
        2: Phase.OPEN,
        3: Phase.PENDING,
        4: Phase.RESOLVED,
        5: Phase.CLOSED,
    }

    subdomain: str | None = None
    """The ``example`` of ``example.freshservice.com``. Portal names of your own do not serve the API."""
    base_url: Address | None = None
    """Instead of ``subdomain``: where the API is, without ``/api/v2``."""
    web_base_url: Address | None = None
    """Where ticket links lead. Default: where the API is."""
    types: list[str] = Field(default_factory=list)
    """Ticket types to keep, such as ``Incident``. Empty: all."""
    statuses: dict[int, StatusSettings] = Field(default_factory=dict)
    """Status id to phase and name. Ids that are not listed are read by their name in the helpdesk."""
    priorities: dict[int, Priority] = Field(default_factory=dict)
    """Priority id to ``low``, ``medium``, ``high`` or ``urgent``. Default: 1 to 4 in this order."""
    per_page: Annotated[int, Field(ge=1, le=100)] = 100
    """Rows of one page of changes."""
    overlap: Annotated[Duration, at_least("0s"), at_most("1h")] = timedelta(seconds=120)
    """How far each question for changes reaches back before the last one; usually costs no extra page."""
    budget_share: Annotated[float, Field(ge=0.05, le=1.0)] = 0.5
    """How much of each rate limit to use: other programs share it."""
    write_back: WriteBackSettings = WriteBackSettings()
    """What Deskwatch may write into the helpdesk. Default: nothing."""

    @field_validator("subdomain")
    @classmethod
    def _is_a_name(cls, subdomain: str | None) -> str | None:
        if subdomain is not None and not SUBDOMAIN.fullmatch(subdomain):
            raise ValueError(
                f"expected just the first part of {cls.domain or 'the address'}, such as example"
            )
        return subdomain

    @field_validator("base_url")
    @classmethod
    def _without_the_api_path(cls, base_url: str | None) -> str | None:
        return base_url.removesuffix("/api/v2") if base_url else base_url

    @field_validator("workspaces", mode="before", check_fields=False)
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) and value.isdigit() else value

    @property
    def api_root(self) -> str:
        """Where the helpdesk is, without a trailing slash."""
        return self.base_url or f"https://{(self.subdomain or '').lower()}.{self.domain}"

    @property
    def web_root(self) -> str:
        """What ticket links start with."""
        return self.web_base_url or self.api_root

    @property
    def status_names(self) -> dict[int, str]:
        """Status id to the name that ``statuses`` gives it."""
        return {id_: status.name for id_, status in self.statuses.items() if status.name}

    @property
    def phases(self) -> dict[int, Phase]:
        """Status id to phase: what the helpdesk ships with, overridden by ``statuses``."""
        return self.default_statuses | {id_: status.phase for id_, status in self.statuses.items()}


class _HostedSettings(FreshworksSettings):
    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if (self.subdomain is None) == (self.base_url is None):
            raise ValueError("set either subdomain or base_url")
        return self


class FreshserviceSettings(_HostedSettings):
    """A Freshservice account."""

    domain: ClassVar[str] = "freshservice.com"
    product: ClassVar[str] = "Freshservice"

    kind: Literal["freshservice"] = "freshservice"
    api_key: Annotated[Secret, Field(default="FRESHSERVICE_API_KEY")]
    """The key of a read-only agent who sees every workspace and group the wall shall show."""
    workspaces: Literal["all"] | list[int] = "all"
    """Workspace ids to watch, or ``all`` that the key can see."""


class FreshdeskSettings(_HostedSettings):
    """A Freshdesk account."""

    domain: ClassVar[str] = "freshdesk.com"
    product: ClassVar[str] = "Freshdesk"
    default_statuses: ClassVar[dict[int, Phase]] = FreshworksSettings.default_statuses | {
        6: Phase.WAITING_ON_CUSTOMER,
        7: Phase.WAITING_ON_THIRD_PARTY,
    }

    kind: Literal["freshdesk"] = "freshdesk"
    api_key: Annotated[Secret, Field(default="FRESHDESK_API_KEY")]
    """The key of an agent who sees every group the wall shall show."""


class DemoSettings(FreshworksSettings):
    """A simulated Freshservice with a living population, on this machine."""

    product: ClassVar[str] = "demo helpdesk"
    default_statuses: ClassVar[dict[int, Phase]] = FreshworksSettings.default_statuses | {11: Phase.OPEN}

    kind: Literal["demo"] = "demo"
    workspaces: Literal["all"] | list[int] = "all"
    """Workspace ids to watch, or ``all``."""
    budget_share: Annotated[float, Field(ge=0.05, le=1.0)] = 1.0
    """How much of each rate limit to use: nobody else shares the demo."""
    tickets: Annotated[int, Field(ge=1, le=20_000)] = 90
    """How many tickets are open at the start."""
    seed: int = 1
    """The same seed gives the same tickets."""

    @property
    def api_key(self) -> Secret:
        """What the simulator accepts."""
        return Secret("demo")


AnySettings = FreshserviceSettings | FreshdeskSettings | DemoSettings
