"""``sources.yaml`` and ``sources.d/*.yaml``: where tickets come from. Each kind has its own settings."""

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from deskwatch.config.fields import Name
from deskwatch.sources.atera_settings import AteraSettings
from deskwatch.sources.freshservice_settings import DemoSettings, FreshdeskSettings, FreshserviceSettings
from deskwatch.sources.local_settings import LocalSettings
from deskwatch.sources.rest.settings import RestSettings

FOLDER = "sources.d"
"""Folder of ``config/`` with one file for each helpdesk that is described in YAML."""


def _kind_of(source: Any) -> str | None:
    kind = source.get("kind") if isinstance(source, dict) else getattr(source, "kind", None)
    return kind if isinstance(kind, str) else None


ListedSource = Annotated[
    Annotated[FreshserviceSettings, Tag("freshservice")]
    | Annotated[FreshdeskSettings, Tag("freshdesk")]
    | Annotated[AteraSettings, Tag("atera")]
    | Annotated[LocalSettings, Tag("local")]
    | Annotated[DemoSettings, Tag("demo")],
    Discriminator(_kind_of),
]
"""A source of ``sources.yaml``."""
AnySource = (
    FreshserviceSettings | FreshdeskSettings | AteraSettings | LocalSettings | DemoSettings | RestSettings
)
Sources = dict[Name, ListedSource]
"""``sources.yaml``: source name to source. The name becomes part of every ticket's key."""

DEFAULT_SOURCES: dict[str, ListedSource] = {"demo": DemoSettings()}
