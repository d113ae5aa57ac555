"""What a YAML file says, with the place of every key and value."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file, both numbers from 1."""

    line: int
    column: int


class Node:
    """A value and where it stands: text or ``None``, a list of nodes, or a mapping of key to entry."""

    __slots__ = ("mark", "size", "value")

    def __init__(self, value: "str | list[Node] | dict[str, Entry] | None", mark: Mark) -> None:
        self.value = value
        self.mark = mark
        self.size = 1

    def plain(self) -> Any:
        """The value without positions: text, ``None``, lists and dicts."""
        if isinstance(self.value, dict):
            return {key: entry.node.plain() for key, entry in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def find(self, location: tuple[int | str, ...]) -> Mark:
        """Where a setting stands: its key, or the nearest place above it when it is not written at all."""
        mark, node = self.mark, self
        for step in location:
            if isinstance(node.value, dict) and str(step) in node.value:
                entry = node.value[str(step)]
                mark, node = entry.mark, entry.node
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                mark = node.mark
            else:
                break
        return mark


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a mapping: where its key stands, and its value."""

    mark: Mark
    node: Node
