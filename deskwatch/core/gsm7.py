"""The alphabet of SMS: what fits into one segment, and how to write everything else with its letters.

GSM 03.38: 160 septets are one segment; several segments carry 153 each. One character outside the alphabet
turns the whole text into UCS-2, where a segment holds 70 UTF-16 units, or 67 of several: twice the price.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import takewhile

ONE_SEGMENT, PART = 160, 153
"""Septets."""
_ONE_SEGMENT_UCS2, _PART_UCS2 = 70, 67

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
"""Two septets each: an escape goes before them."""

_PUNCTUATION = {
    **dict.fromkeys("‘’‚‛′`´ʼʹ＇", "'"),
    **dict.fromkeys("“”„‟″«»〝〞＂", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("•·‣∙●", "*"),
    "…": "...", "‹": "<", "›": ">", "→": "->", "←": "<-", "⇒": "=>", "×": "x", "÷": "/", "≤": "<=", "≥": ">=",
    "©": "(c)", "®": "(r)", "™": "(tm)", "°": "o", "¢": "c", "¦": "|", "✓": "ok", "✔": "ok", "\t": " ",
}  # fmt: skip
_LETTERS = {
    "ẞ": "SS", "Œ": "OE", "œ": "oe", "Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "Ð": "D", "ð": "d", "Þ": "Th",
    "þ": "th", "ı": "i", "Ħ": "H", "ħ": "h", "Ŧ": "T", "ŧ": "t", "ĸ": "k", "Ŋ": "N", "ŋ": "n",
}  # fmt: skip
_GREEK = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True))
"""Greek capitals are in the alphabet, or look like one that is."""
_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i",
    "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
    "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "",
    "э": "e", "ю": "yu", "я": "ya", "і": "i", "ї": "yi", "є": "ye", "ґ": "g",
}  # fmt: skip
_RUN_OF_UNKNOWN = re.compile("\ufffd+")


def transliterate(text: str) -> str:
    """The text in the letters of GSM-7: quotes made straight, accents the alphabet lacks taken off.

    Controls and invisible characters vanish; what cannot be written becomes one ``?`` for a whole run of it.
    """
    written = "".join(map(_written, unicodedata.normalize("NFC", text)))
    return _RUN_OF_UNKNOWN.sub("?", written)


def _written(character: str) -> str:
    if character == "\r":
        return ""
    if character in _BASIC or (character in _EXTENDED and character != "\f"):
        return character
    known = _PUNCTUATION.get(character) or _LETTERS.get(character) or _cyrillic(character)
    if known is not None:
        return known
    category = unicodedata.category(character)
    if category in ("Cc", "Cf", "Mn", "Me"):
        return ""
    if category in ("Zs", "Zl", "Zp"):
        return " "
    plain = "".join(
        part for part in unicodedata.normalize("NFKD", character) if unicodedata.category(part) != "Mn"
    )
    if plain not in ("", character):
        return "".join(map(_written, plain))
    capital = character.upper()
    return capital if capital in _BASIC else _GREEK.get(capital, "\ufffd")


def _cyrillic(character: str) -> str | None:
    small = _CYRILLIC.get(character.lower())
    if small is None:
        return None
    return small.capitalize() if character.isupper() else small


def is_gsm7(text: str) -> bool:
    """Whether every character is in the alphabet."""
    return all(character in _BASIC or character in _EXTENDED for character in text)


def septets(text: str) -> int:
    """How many septets a text of the alphabet takes."""
    return sum(map(_cost, text))


def _cost(character: str) -> int:
    return 2 if character in _EXTENDED else 1


def segments(text: str) -> int:
    """How many segments are paid for; at least one. Characters of two units are not split between parts."""
    if is_gsm7(text):
        sizes, one, part = list(map(_cost, text)), ONE_SEGMENT, PART
    else:
        sizes = [2 if ord(character) > 0xFFFF else 1 for character in text]
        one, part = _ONE_SEGMENT_UCS2, _PART_UCS2
    return 1 if sum(sizes) <= one else _parts(sizes, part)


def _parts(sizes: list[int], part: int) -> int:
    count, used = 1, 0
    for size in sizes:
        if used + size > part:
            count, used = count + 1, 0
        used += size
    return count


def fit(text: str, limit: int = ONE_SEGMENT) -> str:
    """The text in GSM-7 within ``limit`` septets; a longer one ends in ``...`` after a whole word.

    A first word that is too long by itself is cut; with less room than the dots need, nothing is left.
    """
    text = transliterate(text)
    if septets(text) <= limit:
        return text
    if limit < 3:
        return ""
    kept = "".join(_beginning(text, limit - 3))
    whole = kept
    if not text[len(kept)].isspace():
        whole = re.sub(r"\S+\Z", "", kept)
    if len(whole) < len(kept) // 2:
        whole = kept
    return whole.rstrip(" \n.,;:-([{") + "..."


def _beginning(text: str, limit: int) -> Iterator[str]:
    used = 0

    def fits(character: str) -> bool:
        nonlocal used
        used += _cost(character)
        return used <= limit

    return takewhile(fits, text)
