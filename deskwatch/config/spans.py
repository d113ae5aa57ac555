"""Opening hours of a day as the configuration writes them: ``08:00-12:00, 13:00-17:00``."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from deskwatch.core.hours import Span
from deskwatch.settings import clip, parse_hour_minute

_HOW = "expected opening hours such as 08:00-12:00, 13:00-17:00"
_CLOSED = ("", "closed", "off", "none")


def parse_spans(value: Any) -> tuple[Span, ...]:
    """Read ``08:00-12:00, 13:00-17:00`` or a list of such spans; nothing or ``closed`` is closed all day.

    Raises:
        ValueError: not hours, hours that end before they start, or spans that overlap.
    """
    if value is None:
        return ()
    texts = value.split(",") if isinstance(value, str) else value
    if not isinstance(texts, Iterable) or not all(isinstance(text, str | Span) for text in texts):
        raise ValueError(_HOW)
    words = [text for text in texts if isinstance(text, Span) or text.strip().lower() not in _CLOSED]
    spans = tuple(sorted(text if isinstance(text, Span) else _span(text) for text in words))
    for earlier, later in pairwise(spans):
        if later.opens < earlier.closes:
            raise ValueError(f"{earlier} and {later} overlap")
    return spans


def _span(text: str) -> Span:
    start, dash, end = text.replace("–", "-").partition("-")
    if not dash:
        raise ValueError(f"{_HOW}, got {clip(text.strip())}")
    opens, closes = parse_hour_minute(start.strip()), parse_hour_minute(end.strip())
    if closes <= opens and end.strip() not in ("24:00", "00:00", "0:00"):
        raise ValueError(
            f"{text.strip()} ends before it starts; hours over midnight are two spans, one on each day"
        )
    return Span(opens, closes)


def format_spans(spans: tuple[Span, ...]) -> str:
    """The text that ``parse_spans`` reads back."""
    return ", ".join(str(span) for span in spans) or "closed"


Spans = Annotated[
    tuple[Span, ...],
    BeforeValidator(parse_spans),
    PlainSerializer(format_spans),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "examples": ["08:00-17:00", "08:00-12:00, 13:00-17:00", "closed"]},
                {"type": "array", "items": {"type": "string"}},
                {"type": "null"},
            ]
        }
    ),
]
"""Opening hours of a day: one text, spans separated by commas, or a list of spans."""
