"""A time from one moment to another, as ``people.yaml`` and ``oncall.yaml`` write it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, WithJsonSchema, model_validator

from deskwatch.config.fields import Moment
from deskwatch.core.rotation import first_instant
from deskwatch.settings import Strict


def _last_day_included(text: Any) -> Any:
    if isinstance(text, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", text.strip()):
        try:
            return datetime.fromisoformat(text.strip()) + timedelta(days=1)
        except (ValueError, OverflowError):
            return text
    return text


LastMoment = Annotated[Moment, BeforeValidator(_last_day_included), WithJsonSchema({"type": "string"})]
"""A date and time; a date alone means the end of that day, as people mean "until Friday"."""


class Period(Strict):
    """A time, half-open."""

    start: Moment
    """From when: ``2026-08-03`` or ``2026-08-03 12:00``."""
    end: LastMoment
    """Until when; a date alone means until the end of that day."""

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        comparable = (self.start.tzinfo is None) == (self.end.tzinfo is None)
        if comparable and self.end <= self.start:
            raise ValueError("ends before it starts")
        return self

    def instants(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Start and end; what has no offset is meant in ``zone``."""
        return at_zone(self.start, zone), at_zone(self.end, zone)


def at_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    """A moment of the configuration as an instant in UTC; of a repeated hour it is the first time."""
    return first_instant(moment, zone) if moment.tzinfo is None else moment.astimezone(UTC)
