"""Text from tickets and providers, made harmless for headers, terminals and error messages."""

import re
from collections.abc import Iterable

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
"""C0, DEL and C1 controls, line and paragraph separators, halves of characters."""
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def one_line(text: str, longest: int) -> str:
    """A text as one line of at most ``longest`` characters, without control characters."""
    return clip(" ".join(_BREAKS.sub(" ", text).split()), longest)


def without_controls(text: str) -> str:
    """A text that keeps its lines and nothing else a terminal would obey."""
    return _CONTROLS.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))


def clip(text: str, longest: int) -> str:
    """At most ``longest`` characters; an ellipsis says that something is missing."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def hide(text: str, parts: Iterable[str]) -> str:
    """A text of a provider without what it may echo; the longest parts first, since one may hold another."""
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(part, "***") if part else text
    return text
