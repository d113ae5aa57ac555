"""The languages that walls speak: English, and each that has a catalogue with its script for browsers.

A language is added by its two files, ``templates/words/fr.yaml`` and ``static/js/words-fr.js``; see
``docs/wall.md``.
"""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import WrapValidator
from pydantic_core import PydanticKnownError

_ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = _ROOT / "templates" / "words"
SCRIPTS = _ROOT / "static" / "js"


def languages_there() -> tuple[str, ...]:
    """The languages whose files are there now."""
    others = (
        path.stem
        for path in CATALOGUES.glob("*.yaml")
        if re.fullmatch("[a-z]{2,3}", path.stem) and (SCRIPTS / f"words-{path.stem}.js").exists()
    )
    return ("en", *sorted(others))


@cache
def languages() -> tuple[str, ...]:
    """The languages that this process speaks: a wall keeps those whose scripts it has read."""
    return languages_there()


def _there(value: object, _: object) -> object:
    if value not in (known := languages_there()):
        raise PydanticKnownError("literal_error", {"expected": ", ".join(map(repr, known))})
    return value


if TYPE_CHECKING:
    Language = str
else:  # what is there now is told by schema and manual; what is read later may be newer
    Language = Annotated[Literal[languages_there()], WrapValidator(_there)]
"""A language whose files are there when the setting is read, so that no running process refuses a new one."""
