"""What an admin may say about any source, whatever its kind."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from deskwatch.settings import Duration, Strict, at_least
from deskwatch.sources.push_settings import PushSettings

Colour = Literal["blue", "teal", "violet", "orange", "pink", "grey"]
"""Colours of marks; none of them is one of the service-level states."""


class GuardSettings(Strict):
    """When a list of everything open is not believed at once: it lacks more tickets than both of these say.

    Then they stay until a second list agrees, and the wall says so. An empty list is always doubted.
    """

    tickets: Annotated[int, Field(ge=0, le=100_000)] = 10
    """As many may be missing at once."""
    percent: Annotated[float, Field(ge=0, le=100)] = 20
    """Or this share of all that are known."""


class SourceSettings(Strict):
    """What every source has."""

    title: Annotated[str, Field(max_length=40)] | None = None
    """How walls call this helpdesk. Default: its name here."""
    mark: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4)] | None = None
    """Up to four letters beside each of its tickets when a board shows several sources. Default: the first
    letters of the title."""
    colour: Colour | None = None
    """Colour of the mark. Default: the first that no other source has."""
    poll_interval: Annotated[Duration, at_least("0.2s")] | None = None
    """How often to ask for changes. Default: ``watcher.poll_interval`` of ``deskwatch.yaml``."""
    push: PushSettings | None = None
    """Webhooks that hasten the next look; needs ``watcher.listener`` in ``deskwatch.yaml``."""
    guard: GuardSettings = GuardSettings()
    """How much a list may shrink before it is doubted."""

    @property
    def web_root(self) -> str:
        """What ticket links start with; empty: there are none."""
        return ""

    @property
    def link_roots(self) -> tuple[str, ...]:
        """All that ticket links may start with."""
        return (self.web_root,) if self.web_root else ()

    @property
    def status_names(self) -> Mapping[int, str]:
        """Names that an admin gave to statuses with a number."""
        return {}
