"""Ticket files as bytes: read what strangers wrote, write what every reader understands."""

import json
import math
import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from pydantic_core import PydanticSerializationError, from_json, to_json

from deskwatch.core.ticket import Ticket, TicketError

DEEPEST = 32
"""Levels of nesting that unknown keys may have."""

_TEXTS = ("description", "notes")
"""What a reader of many tickets need not keep in memory."""
_BOM = b"\xef\xbb\xbf"
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89abcdefABCDEF]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class UndecodableError(ValueError):
    """Not a ticket file; the message says what is wrong with it."""


def decode_object(data: bytes) -> dict[str, Any]:
    """The JSON object in these bytes, UTF-8 with or without a byte order mark; lone surrogates become U+FFFD.

    Raises:
        UndecodableError: not one JSON object, or one with NaN, Infinity or absurd nesting.
    """
    if data[:3] == _BOM:
        data = data[3:]
    try:
        found = from_json(data, allow_inf_nan=False)
    except ValueError as problem:
        found = _decode_slowly(data, str(problem))
    if type(found) is not dict:
        raise UndecodableError(f"expected one JSON object, got {_kind(found)}")
    return found


def decode_ticket(data: bytes, *, with_description: bool = True) -> Ticket:
    """The ticket in these bytes.

    Raises:
        UndecodableError: the message names the field and what was expected.
    """
    found = decode_object(data)
    if not with_description:
        for name in _TEXTS:
            found.pop(name, None)
    try:
        ticket = Ticket.from_dict(found)
    except TicketError as problem:
        raise UndecodableError(str(problem)) from None
    except ValueError:  # an integer of thousands of digits where text is expected
        raise UndecodableError("a number is too large to be read") from None
    for name, value in ticket.extra.items():
        _refuse_odd_value(name, value, DEEPEST)
    return ticket


def encode_object(plain: Mapping[str, Any]) -> bytes:
    """UTF-8, one field a line. Lone surrogates become U+FFFD, NaN becomes null: odd text loses no ticket."""
    return _encode(plain, indent=2) + b"\n"


def digest(plain: Mapping[str, Any]) -> bytes:
    """What makes a rewrite worth while: everything but ``seen_at``, which moves with every poll."""
    kept = {name: value for name, value in plain.items() if name != "seen_at"}
    return blake2b(_encode(kept, indent=None), digest_size=16).digest()


def _encode(plain: Mapping[str, Any], *, indent: int | None) -> bytes:
    try:
        return to_json(plain, inf_nan_mode="null", indent=indent)
    except (PydanticSerializationError, UnicodeEncodeError):
        return to_json(_mended(plain), inf_nan_mode="null", indent=indent, serialize_unknown=True)


def _decode_slowly(data: bytes, complaint: str) -> Any:
    """The fast decoder refuses lone surrogates, which helpdesks do produce (an emoji cut in half)."""
    if _SURROGATE_ESCAPE.search(data):
        try:
            return _mended(json.loads(data.decode("utf-8"), parse_constant=_refuse_constant))
        except (ValueError, RecursionError) as problem:
            complaint = str(problem)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise UndecodableError(f"not UTF-8 (byte {problem.start + 1}); save the file as UTF-8") from None
    if not data.strip():
        raise UndecodableError("the file is empty")
    raise UndecodableError(f"not JSON: {complaint[:200]}")


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is not a JSON value")


def _refuse_odd_value(name: str, value: Any, levels: int) -> None:
    if levels == 0:
        raise UndecodableError(f"{name[:60]!r}: nested deeper than {DEEPEST} levels")
    if isinstance(value, float) and not math.isfinite(value):
        raise UndecodableError(f"{name[:60]!r}: the number is too large to be read")
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return
    for inner in value:
        _refuse_odd_value(name, inner, levels - 1)


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {_mended(name): _mended(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_mended(inner) for inner in value]
    return value


def _kind(value: object) -> str:
    return {list: "a list", str: "a text", bool: "true or false", type(None): "null"}.get(
        type(value), "a number"
    )
