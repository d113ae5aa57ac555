"""Dates as helpdesks write them: in a dozen forms, with and without zone, and with texts that mean "none"."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any

from deskwatch.settings import clip
from deskwatch.sources.rest.field_settings import DateSettings
from deskwatch.sources.rest.values import kind_of, text_of

LONGEST = 60
"""Characters of a date."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}|\d{8}")
_TAIL = re.compile(r"\s*(?:(?:UTC|GMT|Z)|([+-]\d{2}:?\d{2}|[+-]\d{2}))$", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{1,9})?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1971, 2999
_TIME_CODES = ("H", "I", "c", "X")


class DateError(ValueError):
    """A value that is no date as declared; the message quotes it."""


class DateReader:
    """Reads the dates of one field.

    A day without a time counts as over at ``time_of_day`` when ``day_ends``, else it begins at 00:00. A time
    that a change of clocks skips counts as after the change; one that comes twice is the first of the two.
    """

    def __init__(self, settings: DateSettings, *, day_ends: bool = False) -> None:
        self._format = settings.format
        self._zone: tzinfo = settings.zone or UTC
        self._time = settings.time_of_day if day_ends else time(0)
        self._none_texts = frozenset(text.strip().casefold() for text in settings.none)
        self._none: frozenset[datetime] = frozenset()
        self._none = frozenset(at for text in settings.none for at in self._instants(text))
        self._read = lru_cache(maxsize=4096)(self._instant)

    def read(self, value: Any) -> datetime | None:
        """The instant of a value, aware and in UTC; None when it says that there is none.

        Raises:
            DateError: it is no date as declared.
        """
        if value is None or isinstance(value, datetime):
            return value
        text = text_of(value)
        if text is None or isinstance(value, bool):
            raise DateError(f"expected a date, found {kind_of(value)}")
        return self._read(text.strip()) if len(text) <= LONGEST else self._instant(text.strip())

    def _instant(self, text: str) -> datetime | None:
        if text.casefold() in self._none_texts:
            return None
        try:
            at = self._parse(text)
        except (ValueError, OverflowError, OSError):
            raise DateError(f"{clip(text)} is no date{self._hint(text)}") from None
        if at in self._none:
            return None
        if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
            raise DateError(f"{clip(text)} is a date of the year {at.year}; is the format right?")
        return at

    def _instants(self, text: str) -> Iterator[datetime]:
        """What a text for "none" means: as an instant, by the clock of the declared zone, and as that day."""
        for parse in (self._parse, self._iso):
            try:
                at = parse(text.strip())
                yield at
                for time_ in (at.time(), self._time):
                    yield datetime.combine(at.date(), time_, self._zone).astimezone(UTC)
            except (ValueError, OverflowError, OSError):
                continue

    def _parse(self, text: str) -> datetime:
        if len(text) > LONGEST:
            raise ValueError("too long")
        if self._format in ("epoch", "epoch_ms"):
            if not _NUMBER.fullmatch(text):
                raise ValueError("not a number")
            seconds = float(text) / (1000 if self._format == "epoch_ms" else 1)
            return _EPOCH + timedelta(seconds=round(seconds, 6))
        if self._format in ("auto", "iso"):
            return self._iso(text)
        at = datetime.strptime(text, self._format)  # noqa: DTZ007 -- _aware gives it the declared zone
        return self._aware(at, dayless=not has_time(self._format))

    def _iso(self, text: str) -> datetime:
        if _DAY.fullmatch(text):
            return self._aware(datetime.combine(date.fromisoformat(text), time(0)), dayless=True)
        zone = _TAIL.search(text) if len(text) > len("2026-03-10") else None
        if zone is not None:  # fromisoformat takes no blank before it, and no word UTC
            text = text[: zone.start()] + (zone[1] or "Z")
        return self._aware(datetime.fromisoformat(text), dayless=False)

    def _aware(self, at: datetime, *, dayless: bool) -> datetime:
        if dayless:
            at = datetime.combine(at.date(), self._time)
        return (at.replace(tzinfo=self._zone) if at.tzinfo is None else at).astimezone(UTC)

    def _hint(self, text: str) -> str:
        if self._format in ("auto", "iso"):
            if _NUMBER.fullmatch(text):
                return "; a number needs the format epoch or epoch_ms"
            return " of ISO 8601; say its format"
        words = {"epoch": "a number of seconds since 1970", "epoch_ms": "a number of milliseconds since 1970"}
        return f" as declared ({words.get(self._format, self._format)})"


def has_time(pattern: str) -> bool:
    """Whether a pattern reads a time of day."""
    return any(code in _TIME_CODES for code in re.findall(r"%(.)", pattern))
