"""A description that is a tree of nodes as plain text: Jira's documents, and those of editors of its family.

Each node has a ``type``, ``content`` (nodes) or ``text``, and perhaps ``attrs`` and ``marks``:
https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/. A node of an unknown type is
read through. Depth, number of nodes and length are bounded, so that no tree costs more than a moment.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

DEEPEST = 40
"""Levels that are read; lists in lists in tables have ten."""
MOST_NODES = 20_000
LONGEST_TEXT = 8_000

_BLOCKS = frozenset(
    ("paragraph", "heading", "blockquote", "panel", "codeblock", "expand", "nestedexpand", "rule", "table",
     "horizontalrule", "mediasingle", "mediagroup", "bulletlist", "orderedlist", "tasklist", "decisionlist",
     "doc", "layoutsection", "layoutcolumn", "blockcard", "embedcard", "bodiedextension")
)  # fmt: skip
_ITEMS = frozenset(("listitem", "taskitem", "decisionitem"))
_SILENT = frozenset(("placeholder",))
_CARDS = frozenset(("inlinecard", "blockcard", "embedcard"))
_OTHERS = frozenset(
    ("text", "tablerow", "tablecell", "tableheader", "hardbreak", "mention", "emoji", "date", "status",
     "media", "mediainline", "link")
)  # fmt: skip
TYPES = _BLOCKS | _ITEMS | _CARDS | _OTHERS
"""Types of nodes and marks that mean something here, in small letters and without ``_``."""


class DocumentError(ValueError):
    """What was to be read is no tree of nodes."""


def document_to_text(value: Any) -> str:
    """The readable text of a document, of a list of nodes, or of a text, which stays as it is.

    Raises:
        DocumentError: it is none of these.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and not {"type", "content", "text"} & value.keys():
        raise DocumentError("expected a document with type and content")
    if not isinstance(value, Mapping | list):
        raise DocumentError("expected a document with type and content")
    writing = _Writing()
    writing.inside(value if isinstance(value, list) else [value], 0)
    return writing.text()


def type_of(node: Any) -> str:
    """What a node is: ``bulletList`` and ``bullet_list`` are the same."""
    kind = node.get("type") if isinstance(node, Mapping) else None
    return kind.replace("_", "").lower() if isinstance(kind, str) else ""


class _Writing:
    """The text so far."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = self._nodes = self._level = 0
        self._is_fresh = True
        """Whether the line has nothing yet but perhaps the mark of a list's entry."""

    def text(self) -> str:
        """All of it, without blanks around lines and without more than one empty line."""
        lines: list[str] = []
        for line in "".join(self._parts)[:LONGEST_TEXT].split("\n"):
            if line.strip() or (lines and lines[-1]):
                lines.append(line.rstrip())
        return "\n".join(lines).strip("\n")

    def inside(self, nodes: Any, depth: int) -> None:
        """Some nodes, one after the other."""
        if not isinstance(nodes, list) or depth > DEEPEST:
            return
        for number, node in enumerate(nodes):
            if self._nodes >= MOST_NODES or self._length >= LONGEST_TEXT:
                return
            self._nodes += 1
            if isinstance(node, Mapping):
                following = nodes[number + 1] if number + 1 < len(nodes) else None
                self._node(node, depth, following)

    def _node(self, node: Mapping[str, Any], depth: int, following: Any) -> None:
        kind, told = type_of(node), node.get("attrs")
        attrs: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
        if kind in _SILENT:
            return
        if kind == "text":
            self._run(node, following)
        elif kind == "hardbreak":
            self._put("\n")
        elif kind in _INLINE:
            self._put(_INLINE[kind](attrs))
        elif kind in _BLOCKS:
            self._block(node, kind, attrs, depth)
        elif kind == "tablerow":
            self._row(node.get("content"), depth)
        else:
            self._put(_line(node.get("text")))
            self.inside(node.get("content"), depth + 1)

    def _run(self, node: Mapping[str, Any], following: Any) -> None:
        """A piece of text; the address of a link follows the last piece that has it."""
        text, address = node.get("text"), _address(node)
        self._put(text if isinstance(text, str) else "")
        if address and address != _address(following) and address.partition(":")[2] not in str(text):
            self._put(f" ({address})")

    def _block(self, node: Mapping[str, Any], kind: str, attrs: Mapping[str, Any], depth: int) -> None:
        self._new_line()
        if kind in _CARDS:
            self._put(_line(attrs.get("url")))
        elif kind.endswith("list"):
            self._list(node.get("content"), kind, attrs, depth)
        else:
            if self._level and self._parts and self._parts[-1].endswith("\n"):
                self._put("  " * self._level)
                self._is_fresh = True
            if title := _line(attrs.get("title")):
                self._put(title + "\n")
            self.inside(node.get("content"), depth + 1)
        self._new_line()
        if not self._level:
            self._put("\n")

    def _list(self, entries: Any, kind: str, attrs: Mapping[str, Any], depth: int) -> None:
        first = attrs.get("order", attrs.get("start"))
        number = first if isinstance(first, int) and 0 <= first < 10**6 else 1
        self._level += 1
        for entry in entries if isinstance(entries, list) else []:
            if self._nodes >= MOST_NODES or self._length >= LONGEST_TEXT:
                break
            if type_of(entry) not in _ITEMS:
                self.inside([entry], depth + 1)
                continue
            self._new_line()
            mark = f"{number}. " if kind == "orderedlist" else "- "
            number += 1
            if type_of(entry) == "taskitem":
                state = entry.get("attrs")
                done = isinstance(state, Mapping) and state.get("state") == "DONE"
                mark = "[x] " if done else "[ ] "
            self._put("  " * (self._level - 1) + mark)
            self._is_fresh = True
            self._nodes += 1
            self.inside(entry.get("content"), depth + 2)
        self._level -= 1

    def _row(self, cells: Any, depth: int) -> None:
        """A row of a table is one line."""
        self._new_line()
        told = []
        for cell in cells[:100] if isinstance(cells, list) and depth <= DEEPEST else []:
            inner = _Writing()
            inner._nodes, inner._level = self._nodes, 1
            inner.inside([cell], depth + 1)
            self._nodes = inner._nodes + 1
            told.append(" ".join(inner.text().split()))
        self._put(" | ".join(told))
        self._new_line()

    def _put(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._length += len(text)
            self._is_fresh = text.endswith("\n")

    def _new_line(self) -> None:
        if not self._is_fresh:
            self._put("\n")


def _line(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _address(node: Any) -> str:
    """Where a piece of text leads."""
    marks = node.get("marks") if isinstance(node, Mapping) else None
    for mark in marks[:20] if isinstance(marks, list) else []:
        attrs = mark.get("attrs") if type_of(mark) == "link" else None
        href = attrs.get("href") if isinstance(attrs, Mapping) else None
        if isinstance(href, str):
            return href[:500]
    return ""


def _day(attrs: Mapping[str, Any]) -> str:
    """A date is told in milliseconds since 1970, as a text."""
    try:
        return datetime.fromtimestamp(int(str(attrs.get("timestamp"))[:16]) / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


_INLINE: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "mention": lambda attrs: _line(attrs.get("text")) or _line(attrs.get("label")),
    "emoji": lambda attrs: _line(attrs.get("text")) or _line(attrs.get("shortName")),
    "date": _day,
    "status": lambda attrs: _line(attrs.get("text")),
    "inlinecard": lambda attrs: _line(attrs.get("url")),
    "media": lambda attrs: _line(attrs.get("alt")),
    "mediainline": lambda attrs: _line(attrs.get("alt")),
}
