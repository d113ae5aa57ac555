"""Field types only the configuration needs: names that refer to other files, ``auto``, networks, paths."""

import re
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from deskwatch.config.machine import Machine
from deskwatch.settings import clip, nearest

NAME_PATTERN = r"[a-z0-9][a-z0-9_-]{0,39}"


def _name(text: str) -> str:
    if not re.fullmatch(NAME_PATTERN, text):
        raise ValueError(
            f"{clip(text)} cannot be a name here: use small letters, digits, - and _ (at most 40); "
            "it becomes part of file names and addresses"
        )
    return text


Name = Annotated[
    str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{NAME_PATTERN}$"})
]
"""The name of a source, board, section or calendar."""


@dataclass(frozen=True, slots=True)
class NameOf:
    """Marks a text as the name of something in another file; the loader tells which names there are.

    ``others``: there may be names that no file knows; then only one that looks like a slip is an error.
    """

    kind: str
    file: str
    others: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    def _check(self, name: str, info: core_schema.ValidationInfo) -> str:
        if isinstance(info.context, Machine):
            self.check(name, info.context)
        return name

    def check(self, name: str, machine: Machine) -> None:
        """Compare a name with those there are.

        Raises:
            ValueError: there is none of that name; proposes the nearest one.
        """
        names = machine.names(self.kind)
        if names is not None and name not in names:
            known = f" (there: {', '.join(names)})" if 0 < len(names) <= 8 else ""
            hint = nearest(name, names)
            if self.others and not hint:
                return
            raise ValueError(
                f"there is no {self.kind} {clip(name)} in {self.file}{hint and '.'}{hint or known}"
            )


SourceName = Annotated[str, NameOf("source", "config/sources.yaml", others=True)]
"""Any program may write tickets, under a source name of its own."""
BoardName = Annotated[str, NameOf("board", "config/boards.yaml")]
CalendarName = Annotated[str, NameOf("calendar", "config/hours.yaml")]
EscalationName = Annotated[str, NameOf("escalation", "config/alerts.yaml")]
ChannelName = Annotated[str, NameOf("channel", "config/alerts.yaml")]
FeedName = Annotated[str, NameOf("feed", "config/oncall.yaml")]
LayerName = Annotated[str, NameOf("layer", "config/oncall.yaml")]
PersonName = Annotated[str, NameOf("person", "config/people.yaml")]


@dataclass(frozen=True, slots=True)
class Auto:
    """Marks an optional field whose ``None`` is written as a word, ``auto`` unless told another."""

    word: str = "auto"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            lambda value: None if value == self.word else value, handler(source)
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [{"const": self.word}, handler(schema)]}


def _network(text: Any) -> IPv4Network | IPv6Network:
    if isinstance(text, IPv4Network | IPv6Network):
        return text
    try:
        loose = ip_network(str(text).strip(), strict=False)
    except ValueError:
        raise ValueError(f"{clip(str(text))} is not a network such as 192.168.10.0/24 or 10.0.0.7") from None
    if str(loose.network_address) != str(text).strip().partition("/")[0].lower() and "." in str(text):
        raise ValueError(f'{text} is an address inside a network. Did you mean "{loose}"?')
    return loose


Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network), WithJsonSchema({"type": "string"})]
"""An IP network (``192.168.10.0/24``) or a single address."""


OUR_YEARS = range(1970, 3000)
"""Years that a date of the configuration may have: any other is a slip, and too near the calendar's ends."""


def _moment(text: Any) -> Any:
    if not isinstance(text, str | datetime):
        return text
    try:
        at = text if isinstance(text, datetime) else datetime.fromisoformat(text.strip())
    except ValueError:
        at = None
    if at is None or at.year not in OUR_YEARS:
        raise ValueError(f"expected a date and time such as 2026-12-24 18:00, got {clip(str(text))}")
    return at


Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string"})]
"""A date and time; without an offset it is meant in the zone of ``deskwatch.yaml``."""
