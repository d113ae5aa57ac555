"""What a status lamp shows, as ``boards.yaml`` writes it."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from deskwatch.core.light import COLOURS, DEFAULT_LIGHT, Colour, LightCause, LightMode, LightRule
from deskwatch.settings import Strict, clip, nearest

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_PART = re.compile(r"[0-9]{1,4}", re.ASCII)


def parse_colour(value: Any) -> Any:
    """Read a name of ``COLOURS``, ``#ff8800`` or ``[255, 136, 0]``.

    Raises:
        ValueError: none of these.
    """
    if isinstance(value, Colour):
        return value
    if isinstance(value, list | tuple) and len(value) == 3 and all(_PART.fullmatch(str(p)) for p in value):
        return Colour(*(int(part) for part in value))
    text = str(value)
    if _HEX.fullmatch(text):
        return Colour(*bytes.fromhex(text[1:]))
    if text not in COLOURS:
        known = nearest(text, COLOURS) or f" Names are: {', '.join(COLOURS)}."
        raise ValueError(
            f'expected a colour by name, as "#ff8800" or [255, 136, 0], got {clip(text)}.{known}'
        )
    return COLOURS[text]


_BYTE = {"type": "integer", "minimum": 0, "maximum": 255}
LampColour = Annotated[
    Colour,
    BeforeValidator(parse_colour),
    PlainSerializer(str),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(COLOURS)},
                {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"},
                {"type": "array", "items": _BYTE, "minItems": 3, "maxItems": 3},
            ]
        }
    ),
]
"""A colour of a lamp."""


class LightSettings(Strict):
    """One rule for a status lamp; the first one that holds decides."""

    when: LightCause
    """``stale`` (the tickets cannot be relied on), ``overdue``, ``critical``, ``open``, ``customer_replied``,
    ``urgent``, ``unassigned``, or ``always``."""
    colour: LampColour
    """``red``, ``yellow``, ``green``, ``magenta``, ``blue``, ``white``, ``off``, ``"#ff8800"`` or
    ``[255, 136, 0]``."""
    mode: LightMode = "solid"
    """``solid``, ``blink`` or ``strobe``."""

    def rule(self) -> LightRule:
        """The rule for the core."""
        return LightRule(self.when, self.colour, self.mode)


def default_light() -> list[LightSettings]:
    """The rules of a board that has none of its own."""
    return [LightSettings(when=rule.when, colour=rule.colour, mode=rule.mode) for rule in DEFAULT_LIGHT]
