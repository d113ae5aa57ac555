"""A time of each day as the configuration writes it: ``22:00-06:00``."""

from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from deskwatch.core.daily import Daily
from deskwatch.settings import clip, parse_hour_minute


def parse_daily(value: Any) -> Any:
    """Read ``07:00-19:00``; it may end on the next day.

    Raises:
        ValueError: not two times of day.
    """
    if isinstance(value, Daily) or value is None:
        return value
    start, dash, end = str(value).replace("–", "-").partition("-")
    if not dash:
        raise ValueError(f"expected a time of each day such as 07:00-19:00, got {clip(str(value))}")
    return Daily(parse_hour_minute(start.strip()), parse_hour_minute(end.strip()))


DailySpan = Annotated[
    Daily,
    BeforeValidator(parse_daily),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "examples": ["07:00-19:00", "22:00-06:00"]}),
]
"""A time of each day; over midnight when it ends earlier than it starts."""
