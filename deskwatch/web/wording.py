"""The words of the dashboard in the reader's language; what a catalogue lacks stays English."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import yaml

from deskwatch.settings.languages import CATALOGUES, languages

log = logging.getLogger(__name__)


class Wording:
    """Turns the English words of templates and cells into those of one language."""

    def __init__(self, language: str, catalogue: Mapping[str, str]) -> None:
        self.language = language
        self._catalogue = catalogue

    def __call__(self, words: str, /, *filled: object, **values: object) -> str:
        """The words in this language; ``{0}`` and ``{name}`` in them are replaced by what is given."""
        known = self._catalogue.get(words) or words
        if not filled and not values:
            return known
        try:
            return known.format(*filled, **values)
        except (AttributeError, LookupError, TypeError, ValueError):  # a translator's slip: the wall goes on
            return words.format(*filled, **values)


@dataclass(frozen=True, slots=True, init=False)
class Phrase:
    """What is to be said, before it is known to whom: English words with ``{0}``, and what is filled in.

    What is filled in may be a phrase or an instant too. A text that nobody here wrote goes into ``{0}``.
    """

    words: str
    filled: tuple[object, ...]

    def __init__(self, words: str, /, *filled: object) -> None:
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "filled", filled)

    def said(self, say: Wording, at: Callable[[datetime], str] = str) -> str:
        """In the reader's language; ``at`` tells instants."""
        filled = (
            each.said(say, at)
            if isinstance(each, Phrase)
            else at(each)
            if isinstance(each, datetime)
            else each
            for each in self.filled
        )
        return say(self.words, *filled)


@cache
def wording(language: str) -> Wording:
    """The wording of a language that is spoken here; any other is English."""
    if language == "en" or language not in languages():
        return Wording("en", {})
    return Wording(language, read_catalogue(CATALOGUES / f"{language}.yaml"))


def read_catalogue(path: Path) -> dict[str, str]:
    """English words to those of a language; none of a file that is no catalogue, which the log tells."""
    try:
        said = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as problem:
        log.error("%s is left out, its walls are English: %s", path, problem)
        return {}
    pairs = said.items() if isinstance(said, dict) else ()
    return {words: own for words, own in pairs if isinstance(words, str) and isinstance(own, str)}


ENGLISH = wording("en")
