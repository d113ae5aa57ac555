"""The items in an answer: where the list is, which entries are tickets, and CSV as a list of objects."""

import csv
import io
from typing import Any

from deskwatch.sources.rest.evaluation import Allowance
from deskwatch.sources.rest.expression import ExpressionError
from deskwatch.sources.rest.settings import ListSettings

MOST_ITEMS = 200_000
"""Items of one answer, and of one list."""

MOST_COLUMNS = 300
LONGEST_CELL = 1_000_000
"""Characters of one cell of a CSV."""


def items_of(body: Any, settings: ListSettings) -> list[Any]:
    """All items of an answer: of parsed JSON, or of the bytes of a CSV.

    Raises:
        ValueError: the answer is not what the settings say; the message names the setting.
    """
    if settings.format == "csv":
        body = rows_of_csv(body)
    try:
        found = settings.items(body)
    except ExpressionError as problem:
        raise ValueError(f"items: {problem}") from None
    if found is None:
        raise ValueError(f"items: there is nothing at {settings.items.text}; {_seen(body)}")
    if not isinstance(found, list):
        hint = "; for a mapping write values(…)" if isinstance(found, dict) else ""
        raise ValueError(f"items: {settings.items.text} is {_kind(found)} instead of a list{hint}")
    if len(found) > MOST_ITEMS:
        raise ValueError(f"items: more than {MOST_ITEMS} in one answer; ask for smaller pages")
    return found


def tickets_in(items: list[Any], settings: ListSettings) -> tuple[list[Any], str | None]:
    """The items that are tickets. One about which ``keep`` cannot decide is kept; why is told."""
    keep = settings.keep
    if keep is None:
        return items, None
    tickets, allowance = [], Allowance()
    note: str | None = None
    for item in items:
        try:
            if not _holds(keep(item, allowance)):
                continue
        except ExpressionError as problem:
            note = note or f"keep: {problem}"
        tickets.append(item)
    return tickets, note


def is_ticket(item: Any, settings: ListSettings) -> bool:
    """Whether a single item is a ticket of this list; one about which ``keep`` cannot decide is."""
    return bool(tickets_in([item], settings)[0])


def _holds(value: Any) -> bool:
    """What JMESPath takes for true: anything but ``false``, ``null``, and what is empty."""
    return not (value is None or value is False or value in ("", [], {}))


def rows_of_csv(body: bytes) -> list[dict[str, str]]:
    """The rows of a CSV, each as column to text. The first line names the columns.

    UTF-8, UTF-16 with a mark, else Windows-1252; separated by comma, semicolon or tab, whichever the first
    line has most of.

    Raises:
        ValueError: it has no columns, or too many, or a cell without an end.
    """
    text = _decoded(body)
    first = text.lstrip("\r\n").partition("\n")[0]
    if first.lstrip().startswith(("<", "{")):
        raise ValueError(
            "the answer is no CSV; it looks like " + ("HTML" if first.lstrip()[0] == "<" else "JSON")
        )
    separator = max((",", ";", "\t"), key=first.count)
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text.lstrip("\r\n"), newline=""), delimiter=separator, strict=True)
    try:
        names = [name.strip() for name in next(reader, [])]
        if not any(names) or len(names) > MOST_COLUMNS:
            raise ValueError("the answer is no CSV whose first line names the columns")
        rows = []
        for cells in reader:
            if any(cells):
                rows.append(dict(zip(names, cells, strict=False)))
            if len(rows) > MOST_ITEMS:
                raise ValueError(f"items: more than {MOST_ITEMS} in one answer")
    except csv.Error as problem:
        raise ValueError(f"the answer is no CSV (line {reader.line_num}: {problem})") from None
    return rows


def _decoded(body: bytes) -> str:
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _kind(value: Any) -> str:
    names = {dict: "an object", str: "a text", bool: "true or false", type(None): "nothing"}
    return names.get(type(value), "a number")


def _seen(body: Any) -> str:
    if isinstance(body, dict):
        names = ", ".join(str(name)[:40] for name in list(body)[:8])
        return f"the answer has {names}" if names else "the answer is empty"
    return f"the answer is {'a list' if isinstance(body, list) else _kind(body)}"
