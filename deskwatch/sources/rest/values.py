"""JSON values of a helpdesk as texts, flags and web addresses. Nothing here raises on any value."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

LONGEST = 200_000
"""Characters of one value that are looked at; what a ticket keeps is far shorter."""

LONGEST_ADDRESS = 2000

_YES, _NO = frozenset(("true", "yes", "1", "on", "y", "t")), frozenset(("false", "no", "0", "off", "n", "f"))


def is_nothing(value: Any) -> bool:
    """Whether there is nothing to show: ``null``, ``""``, ``[]`` and ``{}``, but not 0 and ``false``."""
    return value is None or (isinstance(value, str | list | dict) and not value)


def text_of(value: Any) -> str | None:
    """A text, number or flag as text; None for anything else. ``3.0`` is ``3``, for JSON has one number."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST else value[:LONGEST]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value.bit_length() < 1000 else None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
    return None


def kind_of(value: Any) -> str:
    """What a value is, for an error; an object names some of its parts, since one of them is meant."""
    if isinstance(value, dict):
        names = ", ".join(str(name)[:30] for name in list(value)[:5])
        return f"an object; name one of its parts ({names})" if names else "an empty object"
    if isinstance(value, list):
        return "a list; the step first takes one entry, text joins them"
    return "a number that is too long" if isinstance(value, int) else f"{type(value).__name__}"


def flag_of(value: Any) -> bool | None:
    """Yes or no, also as a word or a number; None when it is neither."""
    if isinstance(value, bool):
        return value
    word = (text_of(value) or "").strip().casefold()
    return True if word in _YES else False if word in _NO else None


def web_address(text: str, roots: Sequence[str]) -> str | None:
    """An address that may become a link: one with the scheme, host and port of one of ``roots``.

    A path such as ``/tickets/7`` is one of the first root.
    """
    text = text.strip()
    if not text or len(text) > LONGEST_ADDRESS or any(c <= " " or c in '\\"<>`' or c >= "\x7f" for c in text):
        return None
    if text[0] == "/" and text[1:2] != "/":
        text = roots[0] + text
    return text if _origin(text) in {_origin(root) for root in roots} - {None} else None


def _origin(address: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80)
