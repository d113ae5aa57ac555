"""The words of the dashboard in the reader's language; what a catalogue lacks stays English."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

CATALOGUES = Path(__file__).resolve().parents[2] / "templates" / "words"
LANGUAGES = ("en", "de")


class Wording:
    """Turns the English words of templates and cells into those of one language."""

    def __init__(self, language: str, catalogue: Mapping[str, str]) -> None:
        self.language = language
        self._catalogue = catalogue

    def __call__(self, words: str, /, **values: object) -> str:
        """The words in this language; ``{name}`` in them is replaced by the value of that name."""
        known = self._catalogue.get(words, words)
        return known.format(**values) if values else known


@cache
def wording(language: str) -> Wording:
    """The wording of a language of ``LANGUAGES``; any other is English."""
    path = CATALOGUES / f"{language}.yaml"
    if language == "en" or language not in LANGUAGES:
        return Wording("en", {})
    return Wording(language, yaml.safe_load(path.read_text("utf-8")))


ENGLISH = wording("en")
