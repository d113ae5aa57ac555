"""Holidays by country, by a calendar file and by date of every year, as ``hours.yaml`` names them."""

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from deskwatch.config.machine import Machine
from deskwatch.config.spans import Spans
from deskwatch.core.hours import Day, Span
from deskwatch.ics.entries import IcsError, read_entries
from deskwatch.settings import Strict, clip, nearest

FIRST_YEAR, LAST_YEAR = 2016, 2045
"""Which years are worked out: a bounded time, so that a calendar is a plain value. Costs 0.3 s once."""


class HolidaySettings(Strict):
    """The public holidays of a country, from the package ``holidays``."""

    country: str
    """ISO 3166 code of the country: ``DE``, ``US``."""
    subdivision: str = ""
    """Its state or region: ``BY``. Empty: only what holds in the whole country."""
    language: str = ""
    """Language of the names: ``de``, ``en_US``. Empty: that of the country."""
    categories: list[str] = Field(default_factory=list)
    """Kinds of days: ``[public, bank]``. Empty: public holidays."""
    without: list[str] = Field(default_factory=list)
    """Names of holidays on which the desk opens as on any other day."""
    hours: dict[str, Spans] = Field(default_factory=dict)
    """Name of a holiday to the hours the desk is open all the same: ``{Silvester: 08:00-12:00}``."""

    @model_validator(mode="after")
    def _exist(self) -> Self:
        found = _names(self._by_date())
        for name in (*self.without, *self.hours):
            if name not in found:
                hint = nearest(name, found) or f" (there: {', '.join(sorted(found)[:12])})"
                raise ValueError(f"{self.country} has no holiday {clip(name)} here.{hint}")
        return self

    def days(self) -> Iterator[tuple[date, Day]]:
        """Every holiday of the years that are worked out; of several on one date all names are kept."""
        for on, names in self._by_date().items():
            left = [name for name in names if name not in self.without]
            if left:
                spans = next((self.hours[name] for name in left if name in self.hours), ())
                yield on, Day("; ".join(left), spans)

    def _by_date(self) -> Mapping[date, tuple[str, ...]]:
        return _holidays(
            self.country.upper(), self.subdivision, self.language, tuple(sorted(set(self.categories)))
        )


@lru_cache(maxsize=64)
def _holidays(
    country: str, subdivision: str, language: str, categories: tuple[str, ...]
) -> Mapping[date, tuple[str, ...]]:
    import holidays  # 0.2 s, which only those pay who name a country

    known = holidays.list_supported_countries(include_aliases=True)
    if country not in known:
        hint = nearest(country, known) or " Expected two letters of ISO 3166, such as DE."
        raise ValueError(f"no holidays are known of country {clip(country)}.{hint}")
    kind: Any = getattr(holidays, country)
    regions = {*kind.subdivisions, *kind.subdivisions_aliases}
    _one_of("subdivision", subdivision, regions, country)
    _one_of("language", language, kind.supported_languages, country)
    for category in categories:
        _one_of("category", category, kind.supported_categories, country)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # for some countries the package knows fewer years
        found = holidays.country_holidays(
            country,
            subdiv=subdivision or None,
            years=range(FIRST_YEAR, LAST_YEAR + 1),
            language=language or None,
            categories=categories or None,
        )
    return MappingProxyType({on: tuple(found.get_list(on)) for on in sorted(found)})


def _one_of(what: str, word: str, words: Any, country: str) -> None:
    if word and word not in words:
        known = ", ".join(sorted(words)) or "none"
        raise ValueError(f"{country} has no {what} {clip(word)} (there: {known}).{nearest(word, words)}")


def _names(holidays: Mapping[date, tuple[str, ...]]) -> set[str]:
    return {name for names in holidays.values() for name in names}


@dataclass(frozen=True, slots=True)
class HolidayFile:
    """A calendar file (iCalendar) whose whole days are holidays, with what it said when it was read."""

    path: Path
    days: tuple[tuple[date, Day], ...] = ()


def _read(text: Any, info: ValidationInfo) -> HolidayFile:
    if isinstance(text, HolidayFile):
        return text
    if not isinstance(text, str) or not text.strip():
        raise ValueError("expected the path of a calendar file such as config/holidays.ics")
    if not isinstance(info.context, Machine):
        return HolidayFile(Path(text))
    path = info.context.place(text.strip())
    info.context.consulted.add(path)
    from deskwatch.ics.fetch import read_file  # 0.1 s, which only those pay who name a file

    start, end = (datetime(year, 1, 1, tzinfo=UTC) for year in (FIRST_YEAR, LAST_YEAR + 1))
    try:
        contents = read_entries(read_file(path), start, end, ZoneInfo("UTC"))
    except IcsError as problem:
        raise ValueError(str(problem)) from None
    if contents.problems:
        raise ValueError(f"in {path.name}, {contents.problems[0]}")
    whole = [entry for entry in contents.entries if entry.whole_days]
    if not whole:
        raise ValueError(f"there is no whole day in {path.name}")
    return HolidayFile(
        path, tuple((on, Day(entry.summary or "closed")) for entry in whole for on in entry.dates)
    )


HolidayFileSetting = Annotated[
    HolidayFile, BeforeValidator(_read, json_schema_input_type=str), WithJsonSchema({"type": "string"})
]
"""The path of a calendar file; it is read with the configuration, and again when it changes."""


def _month_and_day(text: str) -> str:
    match = re.fullmatch(r"([01]\d)-([0-3]\d)", text)
    try:
        date(2024, int(match[1]), int(match[2])) if match else None
    except ValueError:
        match = None
    if match is None:
        raise ValueError(f"expected month and day such as 12-24, got {clip(text)}")
    return text


MonthDay = Annotated[str, AfterValidator(_month_and_day)]
"""A date of every year, ``12-24``."""


def every_year(month_day: str, name: str, spans: tuple[Span, ...]) -> Iterator[tuple[date, Day]]:
    """A day of every year that is worked out; 02-29 of those that have one."""
    month, day = (int(part) for part in month_day.split("-"))
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        try:
            yield date(year, month, day), Day(name, spans)
        except ValueError:
            continue
