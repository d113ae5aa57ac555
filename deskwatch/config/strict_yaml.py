"""YAML as an admin means it: scalars stay text, positions are kept, and nothing surprising is allowed.

No boolean ``NO``, no ``17:30`` in base sixty, no octal ``0755``, no dates, no tags, no merge keys: a plain
scalar is its text, and only ``null``, ``~`` and nothing are null. The settings models decide about the rest.
Limits keep a hostile or broken file from costing more than a moment: 1 MB, depth 50, 100 aliases, and
10,000 nodes that aliases repeat.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from deskwatch.config.problems import Problem
from deskwatch.config.yaml_nodes import Entry, Mark, Node
from deskwatch.config.yaml_words import explain_yaml
from deskwatch.settings import Bare, clip

MAX_BYTES = 1_000_000
MAX_DEPTH = 50
MAX_ALIASES = 100
MAX_REPEATED = 10_000
MAX_PROBLEMS = 100

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Only its scanner and parser are used; the C one is ten times faster."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class YamlError(ValueError):
    """The file cannot be read any further; the place is where reading stopped."""

    def __init__(self, message: str, mark: Mark) -> None:
        super().__init__(message)
        self.mark = mark


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says, as far as it could be read, and what is wrong. An empty file has no ``root``."""

    root: Node | None
    problems: tuple[Problem, ...]


def read_yaml(data: bytes, file: str, *, loader: Any = None) -> Document:
    """Read one YAML document. Never raises: what is wrong is in ``problems``, with ``file`` as its file."""
    try:
        composer = _Composer(file)
        root = composer.compose(_events(_decode(data), loader or LOADER))
    except YamlError as error:
        problem = Problem(file, error.mark.line, error.mark.column, "", str(error))
        return Document(None, (*composer.problems, problem))
    return Document(root, tuple(composer.problems))


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise YamlError("larger than 1 MB; no configuration needs that", Mark(1, 1))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        hint = " (it looks like UTF-16)" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        raise YamlError(f"not UTF-8{hint}; save the file as UTF-8", _mark_after(before)) from None
    if control := _CONTROL.search(text):
        code = f"U+{ord(control[0]):04X}"
        raise YamlError(
            f"an invisible control character ({code}); delete it", _mark_after(text[: control.start()])
        )
    return text


def _mark_after(text: str) -> Mark:
    return Mark(text.count("\n") + 1, len(text) - text.rfind("\n"))


def _events(text: str, loader: Any) -> Iterator[Any]:
    try:
        yield from yaml.parse(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        raise YamlError(*explain_yaml(error, text)) from None
    except yaml.YAMLError as error:
        raise YamlError(f"not valid YAML: {error}", Mark(1, 1)) from None


class _Composer:
    """Turns the parser's events into nodes; the counts of the limits live here."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._anchors: dict[str, Node | None] = {}
        self._aliases = 0
        self._repeated = 0
        self._open: list[_Container] = []

    def compose(self, events: Iterator[Any]) -> Node | None:
        root: Node | None = None
        for event in events:
            mark = Mark(event.start_mark.line + 1, event.start_mark.column + 1)
            node: Node | None = None
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                raise YamlError("a second document (---); keep one document in a file", mark)
            if isinstance(event, yaml.AliasEvent) and event.anchor:
                node = self._alias(event.anchor, mark)
            elif isinstance(event, yaml.ScalarEvent):
                self._refuse_tag(event, mark)
                null = event.implicit[0] and event.value in ("", "~", "null", "Null", "NULL")
                text = Bare.of(event.value) if event.implicit[0] else event.value
                node = self._anchored(event, Node(None if null else text, mark))
            elif isinstance(event, yaml.CollectionStartEvent):
                self._start(event, mark)
            elif isinstance(event, yaml.CollectionEndEvent):
                node = self._end()
            if node is not None:
                if self._open:
                    self._open[-1].take(node, self)
                else:
                    root = node
        return None if root is not None and root.value is None else root

    def complain(self, mark: Mark, path: str, message: str) -> None:
        """Note a mistake that does not end the reading, unless it is one of very many."""
        if len(self.problems) >= MAX_PROBLEMS:
            raise YamlError(f"more than {MAX_PROBLEMS} mistakes; the rest is not read", mark)
        self.problems.append(Problem(self.file, mark.line, mark.column, path, message))

    def path(self) -> str:
        """The dotted path of the innermost open container."""
        path = ""
        for container in self._open[:-1]:
            path += container.step(dot=bool(path))
        return path

    def _start(self, event: Any, mark: Mark) -> None:
        self._refuse_tag(event, mark)
        if len(self._open) >= MAX_DEPTH:
            raise YamlError(f"nested more than {MAX_DEPTH} levels deep", mark)
        if self._open and self._open[-1].wants_key:
            raise YamlError("a list or mapping cannot be a key; is a bracket to be quoted?", mark)
        if event.anchor:
            self._anchors[event.anchor] = None
        self._open.append(_Container(event, mark))

    def _end(self) -> Node:
        container = self._open.pop()
        return self._anchored(container.event, container.node)

    def _anchored(self, event: Any, node: Node) -> Node:
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, name: str, mark: Mark) -> Node:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise YamlError(f"more than {MAX_ALIASES} aliases (*name)", mark)
        if name not in self._anchors:
            raise YamlError("an alias (*name) whose anchor (&name) is not above it", mark)
        node = self._anchors[name]
        if node is None:
            raise YamlError(f"the alias *{clip(name)} contains itself", mark)
        self._repeated += node.size
        if self._repeated > MAX_REPEATED:
            raise YamlError(f"aliases that repeat more than {MAX_REPEATED} values", mark)
        return node

    def _refuse_tag(self, event: Any, mark: Mark) -> None:
        if event.tag is not None:
            raise YamlError(f"tags ({clip(event.tag)}) are not allowed", mark)


class _Container:
    """A list or mapping that is being read."""

    __slots__ = ("event", "key", "node")

    def __init__(self, event: Any, mark: Mark) -> None:
        self.event = event
        self.node = Node({} if isinstance(event, yaml.MappingStartEvent) else [], mark)
        self.key: tuple[str, Mark] | None = None

    @property
    def wants_key(self) -> bool:
        return isinstance(self.node.value, dict) and self.key is None

    def step(self, *, dot: bool) -> str:
        if isinstance(self.node.value, list):
            return f"[{len(self.node.value)}]"
        name = self.key[0] if self.key else ""
        return f".{name}" if dot else name

    def take(self, node: Node, composer: _Composer) -> None:
        value = self.node.value
        if isinstance(value, list):
            value.append(node)
        elif self.key is None:
            self.key = (self._key_of(node), node.mark)
            return
        elif isinstance(value, dict):
            (name, mark), self.key = self.key, None
            if name in value:
                first = value[name].mark.line
                composer.complain(
                    mark, _join(composer, name), f"is there twice; the first one is on line {first}"
                )
            else:
                value[name] = Entry(mark, node)
        self.node.size += node.size

    @staticmethod
    def _key_of(node: Node) -> str:
        if not isinstance(node.value, str):
            raise YamlError("a key is missing before the colon", node.mark)
        if node.value == "<<":
            raise YamlError("merge keys (<<) are not supported; write the settings out", node.mark)
        return node.value


def _join(composer: _Composer, name: str) -> str:
    path = composer.path()
    return f"{path}.{name}" if path else name
