"""Targets in ``notify:``: ``oncall.primary``, ``assignee``, ``ana``, ``channel:helpdesk``."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from deskwatch.config.fields import NAME_PATTERN, ChannelName, LayerName, NameOf
from deskwatch.config.machine import Machine
from deskwatch.core.desk import ROOM
from deskwatch.core.targets import PLAIN_TARGETS
from deskwatch.settings import clip, nearest

_OF_A_LAYER = ("oncall", "next")
_PATTERN = f"^({'|'.join(PLAIN_TARGETS)}|({'|'.join(_OF_A_LAYER)})[.].+|{ROOM}.+|{NAME_PATTERN})$"


@dataclass(frozen=True, slots=True)
class _TargetCheck:
    """Marks a text as a target; people, layers and channels must be those of the other files."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "pattern": _PATTERN, "examples": [*PLAIN_TARGETS, "oncall.primary"]}

    def _check(self, target: str, info: core_schema.ValidationInfo) -> str:
        machine = info.context if isinstance(info.context, Machine) else None
        word, dot, layer = target.partition(".")
        if target in PLAIN_TARGETS or machine is None:
            return target
        if dot and word in _OF_A_LAYER:
            _known(LayerName, layer, machine)
        elif target.startswith(ROOM):
            _known(ChannelName, target.removeprefix(ROOM), machine)
        else:
            _person(target, machine)
        return target


def _known(name: Any, text: str, machine: Machine) -> None:
    mark = next(mark for mark in name.__metadata__ if isinstance(mark, NameOf))
    mark.check(text, machine)


def _person(target: str, machine: Machine) -> None:
    people = machine.names("person")
    if people is None or target in people:
        return
    layers = machine.names("layer") or ()
    words = [*PLAIN_TARGETS, *(f"oncall.{layer}" for layer in layers), *people]
    hint = nearest(target, words)
    known = f" (people: {', '.join(people)})" if 0 < len(people) <= 8 else ""
    raise ValueError(
        f"{clip(target)} is neither a person of config/people.yaml nor one of "
        f"{', '.join(PLAIN_TARGETS)}, oncall.LAYER, {ROOM}NAME{hint and '.'}{hint or known}"
    )


Target = Annotated[str, _TargetCheck()]
"""Who is told: a person, a role, whoever is on call, or a room."""
