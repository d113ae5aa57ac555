"""The languages that walls speak: English, and each that has a catalogue with its script for browsers.

A language is added by its two files, ``templates/words/fr.yaml`` and ``static/js/words-fr.js``; see
``docs/wall.md``.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

_ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = _ROOT / "templates" / "words"
SCRIPTS = _ROOT / "static" / "js"

LANGUAGES = (
    "en",
    *sorted(
        path.stem
        for path in CATALOGUES.glob("*.yaml")
        if re.fullmatch("[a-z]{2,3}", path.stem) and (SCRIPTS / f"words-{path.stem}.js").exists()
    ),
)

if TYPE_CHECKING:
    Language = str
else:
    Language = Literal[LANGUAGES]
