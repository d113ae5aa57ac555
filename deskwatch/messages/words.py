"""Instants, durations and foreign texts as words of a message; the filters templates have for them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import Any

from jinja2.runtime import Context
from jinja2.utils import pass_context

from deskwatch.core.gsm7 import transliterate
from deskwatch.core.instants import TicketError, parse_instant
from deskwatch.core.legible import legible
from deskwatch.core.moments import moment

_TARGETS = {"first_response": "first response", "chase": "reminder"}
_SPOKEN = {"d": ("day", "days"), "h": ("hour", "hours"), "min": ("minute", "minutes")}
_SCHEME = re.compile(r"(?<=\w):(?=[/\\]{2})")
_DOT = re.compile(r"(?<=[^\W_])\.(?=[^\W\d_]{2})")
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
_DOTS = dict.fromkeys(map(ord, "。．｡․"), ".")
"""Full stops that browsers read as the dot of a name."""
_ROUND = str.maketrans("[]{}", "()()")


@dataclass(frozen=True, slots=True)
class Clock:
    """The time of a text: its instant, its zone, and whether durations are spelled out to be heard."""

    now: datetime
    zone: tzinfo
    spoken: bool = False

    def lasting(self, duration: timedelta) -> str:
        """Two units at most, to the nearest minute: ``2 d 4 h``, ``35 min``; below one minute nothing."""
        minutes = round(abs(duration) / timedelta(minutes=1))
        days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
        parts = [(days, "d"), (hours, "h")] if days else [(hours, "h"), (minutes, "min")]
        return " ".join(self._amount(number, unit) for number, unit in parts if number)

    def when(self, at: datetime) -> str:
        """``14:05`` today, ``Tue 14:05`` this week, else with the date."""
        return moment(at, now=self.now, zone=self.zone)

    def _amount(self, number: int, unit: str) -> str:
        return f"{number} {_SPOKEN[unit][number != 1] if self.spoken else unit}"


def clean(text: str, limit: int) -> str:
    """Foreign text as one legible line that can be written in UTF-8, with no address that can be clicked."""
    return break_links(_legible(text, limit))


def clean_short(text: str, limit: int) -> str:
    """The same in the letters of SMS. It holds no brackets: those belong to our code."""
    plain = " ".join(transliterate(_legible(text, limit)).split())
    return break_links(plain.translate(_ROUND))


def _legible(text: str, limit: int) -> str:
    text = text[: limit * 8].encode("utf-8", "replace").decode("utf-8")
    return legible(text, limit).translate(_DOTS)


def break_links(text: str) -> str:
    """``evil[.]example`` instead of a name that phones and mail programs make clickable."""
    text = _ADDRESS.sub(lambda found: found[0].replace(".", "[.]"), _SCHEME.sub("[:]", text))
    return _DOT.sub("[.]", text)


def safe_url(url: Any, limit: int = 500) -> str:
    """An address as it is, or nothing when a mail program could take it for something else."""
    if not isinstance(url, str) or len(url) > limit:
        return ""
    return (
        url if re.fullmatch(r"https?://[^\s\"'<>\\^`{|}\x00-\x20\x7f-\x9f]+", url) and url.isascii() else ""
    )


def instant(value: Any) -> datetime | None:
    """A fact as an instant, ``None`` when it is none."""
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except TicketError:
        return None


def _clock(context: Context) -> Clock:
    clock: Clock = context["_clock"]
    return clock


@pass_context
def _when(context: Context, value: Any) -> str:
    at = instant(value)
    return "" if at is None else _clock(context).when(at)


@pass_context
def _day(context: Context, value: Any) -> str:
    at, clock = instant(value), _clock(context)
    return "" if at is None else f"{at.astimezone(clock.zone):%A, %Y-%m-%d}"


@pass_context
def _ago(context: Context, value: Any) -> str:
    at, clock = instant(value), _clock(context)
    return "" if at is None or at > clock.now else clock.lasting(clock.now - at)


@pass_context
def _left(context: Context, value: Any) -> str:
    at, clock = instant(value), _clock(context)
    return "" if at is None or at < clock.now else clock.lasting(at - clock.now)


def _words(value: Any) -> str:
    return _TARGETS.get(str(value)) or str(value).replace("_", " ")


def _sentence(value: Any) -> Any:
    """With a capital letter; works on safe markup too."""
    return value[:1].upper() + value[1:]


def _spell(value: Any) -> str:
    return ", ".join(str(value))


FILTERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "when": _when,
        "day": _day,
        "ago": _ago,
        "left": _left,
        "words": _words,
        "sentence": _sentence,
        "spell": _spell,
    }
)
"""For instants: ``when`` (Tue 14:05), ``day``, ``ago`` and ``left`` (12 min; nothing below a minute). For
texts: ``words`` (``first_response``: first response), ``sentence`` (a capital first), ``spell`` (K, 7)."""
