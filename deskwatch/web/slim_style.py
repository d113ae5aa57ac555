"""Our style sheets without what readers need: comments, blanks, long names of custom properties."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import count, product
from string import ascii_letters

_PIECE = re.compile(
    r"""(?P<text>"[^"\n]*")
    |/\*.*?\*/\s*
    |(?P<property>--[a-z][a-z0-9-]*)
    |(?P<empty>:\s+(?=;))
    |;?\s*(?P<end>\})\s*
    |\s*(?P<sign>[{;,>])\s*
    |(?<=\))(?P<between>\s+)(?=var\()
    |(?P<colon>:)\s+
    |(?P<stress>\s+!)
    |(?P<blank>\s+)""",
    re.DOTALL | re.VERBOSE,
)


def slim_style(sheet: str, short: Mapping[str, str]) -> str:
    """The same rules in fewer bytes; ``short`` names custom properties, as ``short_properties`` tells.

    A custom property without a value keeps its blank: browsers of 2018 do not know it otherwise. No selector
    of ours has a blank after a colon, so each ``: `` belongs to a declaration.
    """

    def piece(found: re.Match[str]) -> str:
        if found["empty"]:
            return ": "
        if found["between"]:
            return ""
        if found["blank"]:
            return " "
        if name := found["property"]:
            return short[name]
        if found["stress"]:
            return "!"
        return found["text"] or found["end"] or found["sign"] or found["colon"] or ""

    return _PIECE.sub(piece, sheet).strip() + "\n"


def short_properties(sheets: Iterable[str]) -> dict[str, str]:
    """A short name for each custom property of these sheets; the commoner, the shorter."""
    often = Counter(m["property"] for sheet in sheets for m in _PIECE.finditer(sheet) if m["property"])
    letters = ("".join(each) for length in count(1) for each in product(ascii_letters, repeat=length))
    by_use = sorted(often, key=lambda name: (-often[name], name))
    return {name: f"--{next(letters)}" for name in by_use}
