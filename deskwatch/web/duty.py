"""Who is on call and who has taken which ticket, as the notifier says in ``state/oncall.json``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from deskwatch.core.legible import legible
from deskwatch.web.trouble import instant_of, items_of

NAME_LIMIT = 48


@dataclass(frozen=True, slots=True)
class OnCall:
    """Somebody's turn: ``at`` is when it ends, of those who come next when it begins."""

    layer: str
    name: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody has a ticket in hand."""

    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Duty:
    """What the notifier knows and a wall shows; empty when there is no on-call plan."""

    on_call: tuple[OnCall, ...] = ()
    following: tuple[OnCall, ...] = ()
    taken: Mapping[str, Taken] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_planned(self) -> bool:
        """Whether anybody ever is on call."""
        return bool(self.on_call or self.following)


def duty_of(said: Mapping[str, Any] | None) -> Duty:
    """Read the file; whatever makes no sense is left out."""
    said = said or {}
    taken = {}
    for key, about in items_of(said.get("tickets")):
        by = about.get("acknowledged_by")
        if isinstance(by, str) and by:
            taken[key] = Taken(legible(by, NAME_LIMIT), instant_of(about.get("acknowledged_at")))
    return Duty(
        on_call=tuple(_turns(said.get("on_call"), "until")),
        following=tuple(_turns(said.get("next"), "from")),
        taken=MappingProxyType(taken),
    )


def _turns(listed: object, when: str) -> Iterable[OnCall]:
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, Mapping) and isinstance(name := each.get("name") or each.get("person"), str):
            layer = each.get("layer")
            yield OnCall(
                legible(layer, NAME_LIMIT) if isinstance(layer, str) else "",
                legible(name, NAME_LIMIT),
                instant_of(each.get(when)),
            )
