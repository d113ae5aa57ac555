"""The texts of the demo: letters to the desk, and what is said while a ticket lives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from string import Template
from typing import Any

import yaml

_DATA = Path(__file__).parent / "data"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BLANKS = ("site", "room", "day", "app", "vendor", "city")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A ticket somebody may write. ``queue``: desk, network, apps, projects. ``stakes``: low to high."""

    queue: str
    subject: str
    body: str
    category: str
    request: bool = False
    stakes: str = "normal"


def read_data(name: str) -> Any:
    """One of the YAML files beside this module."""
    return yaml.load((_DATA / name).read_text(encoding="utf-8"), Loader=_LOADER)


@cache
def letters() -> Mapping[str, Sequence[Letter]]:
    """Language to letters."""
    return {
        language: tuple(Letter(**letter) for letter in of)
        for language, of in read_data("letters.yaml").items()
    }


@cache
def words() -> Mapping[str, Sequence[str]]:
    """Kind of message or blank to the words for it."""
    return {kind: tuple(of) for kind, of in read_data("words.yaml").items()}


def say(rng: Random, kind: str) -> str:
    """One of the things people say."""
    return rng.choice(words()[kind])


def filled(rng: Random, letter: Letter) -> tuple[str, str]:
    """Subject and body with their blanks filled in, the same in both."""
    blanks = {name: rng.choice(words()[name]) for name in _BLANKS}
    blanks |= {"n": str(rng.randint(11, 48)), "asset": f"WS-{rng.randint(1000, 9999)}"}
    subject, body = (Template(text).safe_substitute(blanks) for text in (letter.subject, letter.body))
    return subject[0].upper() + subject[1:], body
