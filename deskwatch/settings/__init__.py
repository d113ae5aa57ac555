"""Types that every settings model shares. Channels, sources and ``config`` build their models from these.

YAML scalars arrive here as text (see ``deskwatch/config/strict_yaml.py``); the field's type decides what
they mean. That is why ``17:30``, ``NO``, ``0755`` and ``+15550100`` cannot be misread on the way.
"""

from deskwatch.settings.address import is_loopback, split_address
from deskwatch.settings.json_value import Bare, Json
from deskwatch.settings.languages import Language, languages
from deskwatch.settings.model import Strict
from deskwatch.settings.paths import HomePath
from deskwatch.settings.secret import Secret, SecretRef, Surroundings
from deskwatch.settings.times import (
    Duration,
    HourMinute,
    Weekday,
    Zone,
    at_least,
    at_most,
    format_duration,
    parse_duration,
    parse_hour_minute,
    parse_zone,
)
from deskwatch.settings.words import clip, nearest, nearest_words

__all__ = [
    "Bare",
    "Duration",
    "HomePath",
    "HourMinute",
    "Json",
    "Language",
    "Secret",
    "SecretRef",
    "Strict",
    "Surroundings",
    "Weekday",
    "Zone",
    "at_least",
    "at_most",
    "clip",
    "format_duration",
    "is_loopback",
    "languages",
    "nearest",
    "nearest_words",
    "parse_duration",
    "parse_hour_minute",
    "parse_zone",
    "split_address",
]
