"""Templates as guests: they see what they are given, nothing else, and only so much of the machine's time.

A template cannot run for ever: each turn of a loop, each call and each character it puts out is counted
(``Effort``), so that no thread has to be stopped from outside.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, LoopContext, Macro, markup_join, str_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace, pass_eval_context
from jinja2.visitor import NodeTransformer

from deskwatch.clock import monotonic

LONGEST_TEMPLATE = 64_000
"""Bytes of a template file."""
SECONDS = 1.0
"""For one text. The shipped templates need less than a thousandth."""
MOST_STEPS = 20_000
LONGEST_RANGE = 1000
LARGEST_NUMBER = 10**12

_FILTERS = (
    "abs", "capitalize", "count", "d", "default", "e", "escape", "first", "float", "int", "items", "join",
    "last", "length", "list", "lower", "max", "min", "map", "reject", "rejectattr", "reverse", "round",
    "select", "selectattr", "sort", "string", "sum", "title", "trim", "truncate", "unique", "upper",
)  # fmt: skip
_METHODS: Mapping[type, frozenset[str]] = {
    str: frozenset({"capitalize", "endswith", "lower", "startswith", "strip", "title", "upper"}),
    dict: frozenset({"get", "items", "keys", "values"}),
}
"""None of them can make a large value of a small one."""
_OURS = (LoopContext, Macro, Namespace)
T = TypeVar("T")


class TooMuchError(TemplateError):
    """A template that would write or compute without end."""


@dataclass(slots=True)
class Effort:
    """What is left for one text."""

    characters: int
    until: float
    steps: int = MOST_STEPS

    def spend(self, *, steps: int = 1, characters: int = 0) -> None:
        """Count some work.

        Raises:
            TooMuchError: that was too much.
        """
        self.steps -= steps
        self.characters -= characters
        if self.characters < 0:
            raise TooMuchError("the text gets too long")
        if self.steps < 0 or monotonic() > self.until:
            raise TooMuchError("the template loops too long")


_EFFORT: ContextVar[Effort] = ContextVar("effort of the text that is being rendered")


def _spend(*, steps: int = 1, characters: int = 0) -> None:
    if (effort := _EFFORT.get(None)) is not None:
        effort.spend(steps=steps, characters=characters)


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja with hardly any of its powers, and everything counted."""

    intercepted_binops = frozenset({"+", "*", "**", "%", "/", "//", "-"})

    def __init__(self, folders: Sequence[Path], filters: Mapping[str, Callable[..., Any]]) -> None:
        super().__init__(
            loader=Shelf(folders),
            autoescape=lambda name: name is not None and name.endswith(".html"),
            undefined=StrictUndefined,
            finalize=_counted,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.folders = tuple(folders)
        self.filters = {name: self.filters[name] for name in _FILTERS}
        self.filters |= {**filters, "join": _join, _TURNS: _turns, _GLUED: _glued}
        self.globals = {"range": _range, "namespace": Namespace}

    def write(self, name: str, context: Mapping[str, Any], *, longest: int) -> str:
        """Render a template.

        Raises:
            TemplateError: it cannot be read or used; FAILURES lists what else a template may raise.
        """
        token = _EFFORT.set(Effort(characters=longest, until=monotonic() + SECONDS))
        try:
            text = self.get_template(name).render(context)
            if len(text) > longest:
                raise TooMuchError(f"the text has {len(text)} characters; {longest} are allowed")
            return text
        finally:
            _EFFORT.reset(token)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may look at that attribute."""
        if isinstance(obj, _OURS):
            return not attr.startswith("_")
        return attr in _METHODS.get(type(obj), ())

    def is_safe_callable(self, obj: Any) -> bool:
        """Whether a template may call it: methods that were allowed, macros, range."""
        return isinstance(obj, Macro | LoopContext) or obj in (_range, Namespace) or _is_allowed_method(obj)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """A call in a template is counted."""
        _spend()
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic with numbers of a sane size; ``+`` also for texts and lists."""
        _spend()
        numbers = all(isinstance(value, int | float) for value in (left, right))
        if not numbers and operator != "+":
            raise SecurityError(f"{operator} works with numbers only")
        if numbers and (operator == "**" or max(abs(left), abs(right)) > LARGEST_NUMBER):
            raise SecurityError("these numbers are too large")
        if not numbers and isinstance(left, str):
            _spend(characters=len(left) + len(str(right)))
        return super().call_binop(context, operator, left, right)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """``a.b``: of facts always the fact, never a method of the same name."""
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template: nodes.Template = _Counting().visit(super()._parse(source, name, filename))
        return template


FAILURES = (
    TemplateError, ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, OSError,
    RuntimeError, SyntaxError, TypeError, ValueError,
)  # fmt: skip
"""What reading or rendering a template can raise, whatever is in it."""


class Shelf(FileSystemLoader):
    """Template files of several folders; the first that has a name wins. A saved file counts at once."""

    def __init__(self, folders: Sequence[Path]) -> None:
        super().__init__([str(folder) for folder in folders])

    def get_source(self, environment: Any, template: str) -> tuple[str, str, Callable[[], bool]]:
        """The text of a template, its path, and whether it is still the same.

        Raises:
            TemplateError: there is none, or it is no text of a sane size.
        """
        try:
            source, path, uptodate = super().get_source(environment, template)
        except UnicodeDecodeError as error:
            raise TemplateSyntaxError(f"is not UTF-8 ({error.reason})", 1, template) from None
        if len(source) > LONGEST_TEMPLATE:
            words = f"has {len(source)} characters; {LONGEST_TEMPLATE} are allowed"
            raise TemplateSyntaxError(words, 1, template, path)
        return source, path, lambda: uptodate() and self._first(template) == Path(path)

    def _first(self, template: str) -> Path | None:
        """Where a template is found now: a new one may have come before the one that was read."""
        places = (Path(folder) / template for folder in self.searchpath)
        return next((place for place in places if place.is_file()), None)


_TURNS, _GLUED = "counted turns of a loop", "glued with ~"
"""Filters no template can name."""


class _Counting(NodeTransformer):
    """Makes each loop and each ``~`` of a template count."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802
        """The turns of a loop."""
        self.generic_visit(node)
        node.iter = nodes.Filter(node.iter, _TURNS, [], [], None, None, lineno=node.lineno)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802
        """The length of what is put together."""
        self.generic_visit(node)
        parts = nodes.List(node.nodes, lineno=node.lineno)
        return nodes.Filter(parts, _GLUED, [], [], None, None, lineno=node.lineno)


def _turns(values: Iterable[T]) -> Iterator[T]:
    for value in values:
        _spend()
        yield value


@pass_eval_context
def _glued(context: EvalContext, parts: Sequence[Any]) -> str:
    text: str = markup_join(parts) if context.autoescape else str_join(parts)
    _spend(characters=len(text))
    return text


@pass_eval_context
def _join(context: EvalContext, values: Iterable[Any], between: str = "") -> str:
    parts: list[Any] = []
    for value in _turns(values):
        parts += [between, value] if parts else [value]
        _spend(characters=len(str(value)) + len(between))
    return markup_join(parts) if context.autoescape else str_join(parts)


def _counted(value: T) -> T:
    _spend(characters=len(value) if isinstance(value, str) else 1)
    return value


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > LONGEST_RANGE:
        raise TooMuchError(f"range() counts to {LONGEST_RANGE} at most")
    return numbers


def _is_allowed_method(obj: Any) -> bool:
    owner = getattr(obj, "__self__", None)
    return getattr(obj, "__name__", "") in _METHODS.get(type(owner), ())
