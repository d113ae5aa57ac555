"""``sources.yaml``: where tickets come from. The settings of each kind belong to its source."""

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from deskwatch.config.fields import Name
from deskwatch.sources.freshservice_settings import DemoSettings, FreshdeskSettings, FreshserviceSettings


def _kind_of(source: Any) -> str | None:
    kind = source.get("kind") if isinstance(source, dict) else getattr(source, "kind", None)
    return kind if isinstance(kind, str) else None


SourceSettings = Annotated[
    Annotated[FreshserviceSettings, Tag("freshservice")]
    | Annotated[FreshdeskSettings, Tag("freshdesk")]
    | Annotated[DemoSettings, Tag("demo")],
    Discriminator(_kind_of),
]
Sources = Annotated[dict[Name, SourceSettings], Field(min_length=1)]
"""``sources.yaml``: source name to source. The name becomes part of every ticket's key."""

DEFAULT_SOURCES: dict[str, SourceSettings] = {"demo": DemoSettings()}
