"""Ids in the rows of an API: numbers, for they become parts of file names and of links."""

import re
from collections.abc import Mapping
from typing import Any

from deskwatch.sources.http_words import clean_line

_LARGEST = 1 << 63


class RowError(ValueError):
    """A row that cannot be a ticket; the message says why."""


def row_id(row: Any, name: str = "id") -> str:
    """The id of a row as text, digits only. ``name`` is the field it stands in.

    Raises:
        RowError: not an object, or without a usable id.
    """
    if not isinstance(row, Mapping):
        raise RowError(f"a row is {type(row).__name__} instead of an object")
    id_ = whole(row.get(name))
    if id_ is None or id_ >= _LARGEST:
        raise RowError(f"a row has no usable {name} ({clean_line(row.get(name), longest=40) or 'none'})")
    return str(id_)


def whole(value: Any) -> int | None:
    """A number from 1 up, also when it comes as text; some APIs write 0 for nobody."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value, re.ASCII):
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
