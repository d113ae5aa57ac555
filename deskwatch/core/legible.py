"""Foreign text made fit for a wall or a message: it cannot overflow, reorder its neighbours or hide."""

import unicodedata

MARKS_PER_LETTER = 4
"""Combining marks that may sit on one letter; real scripts need three, "zalgo" text uses hundreds."""

_SPACES = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029], " ")
_OVERRIDES = dict.fromkeys([0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069], None)


def legible(text: str, limit: int) -> str:
    """One line of at most ``limit`` characters that shows what the text says.

    Controls become spaces, directional overrides are dropped (``<bdi>`` isolates what remains), piles of
    combining marks are cut, and a text that would show nothing at all is spelled out as code points.
    """
    if text.isascii() and text.isprintable():
        text = text.strip()
        return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"
    clean = " ".join(_thinned(text[: limit * 64].translate(_SPACES).translate(_OVERRIDES)).split())
    if not any(_visible(c) for c in clean):
        clean = " ".join(f"U+{ord(c):04X}" for c in text[:8] if not c.isspace()) or ""
    return clean if len(clean) <= limit else f"{clean[: limit - 1].rstrip()}…"


def _thinned(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) or unicodedata.category(char) == "Me" else 0
        if marks <= MARKS_PER_LETTER:
            kept.append(char)
    return "".join(kept)


def _visible(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNPS" and char not in "\u115f\u1160\u2800\u3164\uffa0"


def legible_block(text: str, limit: int) -> str:
    """Like ``legible``, but lines stay lines; blank ones in a row become one."""
    lines = [legible(line, limit) for line in text[: limit * 4].splitlines()]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    block = "\n".join(kept).strip()
    return block if len(block) <= limit else f"{block[: limit - 1].rstrip()}…"
