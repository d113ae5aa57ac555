"""The ``limits:`` of ``alerts.yaml``: how many messages a person gets, and what a month may cost."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, field_validator

from deskwatch.config.fields import ChannelName
from deskwatch.core.limits import PACES, Ladder, Limits, MonthlyCap, Pace
from deskwatch.settings import Duration, Strict, at_most, clip, format_duration, parse_duration

ChannelKind = Literal[
    "sms", "whatsapp", "voice", "email", "slack", "teams", "ntfy", "webhook", "apprise", "console", "file"
]
_COLLECTED = ("sms", "whatsapp", "voice")


@dataclass(frozen=True, slots=True, repr=False)
class Rung:
    """At most ``count`` messages in any ``window``."""

    count: int
    window: timedelta

    def __repr__(self) -> str:
        return f"{self.count}/{format_duration(self.window)}"


def parse_rung(value: Any) -> Rung:
    """Read ``5/15m``: at most 5 messages in 15 minutes.

    Raises:
        ValueError: something else.
    """
    if isinstance(value, Rung):
        return value
    match = re.fullmatch(r"\s*([1-9][0-9]{0,5})\s*/\s*([0-9].*)", str(value))
    if match is None:
        raise ValueError(f"expected a number of messages and a time such as 5/15m, got {clip(str(value))}")
    window = parse_duration(match[2])
    if not window:
        raise ValueError("the time must be longer than 0s")
    return Rung(int(match[1]), window)


RungText = Annotated[
    Rung,
    BeforeValidator(parse_rung),
    PlainSerializer(repr),
    WithJsonSchema({"type": "string", "pattern": r"^[1-9][0-9]*/[0-9].*$", "examples": ["5/15m"]}),
]
Ladders = dict[ChannelKind, list[RungText]]


def _default_ladders() -> dict[ChannelKind, list[Rung]]:
    kinds: tuple[ChannelKind, ...] = get_args(ChannelKind)
    return {kind: [Rung(*rung) for rung in PACES[kind].ladder.rungs] for kind in kinds if kind in PACES}


def _costly() -> list[ChannelKind]:
    return ["sms", "voice"]


class LimitSettings(Strict):
    """How many messages a person gets. What exceeds it is told in the next message, never dropped; something
    urgent waits for urgent messages only."""

    ladders: Ladders = Field(default_factory=_default_ladders)
    """By kind of channel, for each person: ``[1/1m, 5/15m]`` is at most 1 message in any minute and 5 in any
    15. ``[]``: no limit. Kinds that are not named keep their default."""
    collect: Annotated[Duration, at_most("1h")] = timedelta(minutes=2)
    """After a text message or a call, what comes within this time is told together in the next one."""
    only_urgent: list[ChannelKind] = Field(default_factory=_costly)
    """Kinds that are kept for urgent alerts; everything else takes a person's other channels."""
    monthly_segments: dict[ChannelName, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    """Segments a channel may use in a calendar month: ``{sms: 1000}``. Beyond it only urgent alerts go."""
    warn_at: Annotated[float, Field(gt=0, le=1)] = 0.8
    """The admins are told when this share of a month's segments is used."""
    storm: Annotated[int, Field(ge=1)] = 50
    """More new alerts than this in one round are taken for a fault: they are told as one summary."""

    @field_validator("ladders")
    @classmethod
    def _beside_the_usual_ones(cls, own: Ladders) -> Ladders:
        return {**_default_ladders(), **own}

    def limits(self, kinds: Mapping[str, ChannelKind]) -> Limits:
        """The limits for the core; ``kinds`` maps every channel to its kind."""
        return Limits(
            paces={name: self._pace(kind) for name, kind in kinds.items()},
            caps={name: MonthlyCap(most, self.warn_at) for name, most in self.monthly_segments.items()},
        )

    def _pace(self, kind: ChannelKind) -> Pace:
        rungs = tuple((rung.count, rung.window) for rung in self.ladders.get(kind, ()))
        return Pace(Ladder(rungs), self.collect if kind in _COLLECTED and rungs else timedelta(0))
