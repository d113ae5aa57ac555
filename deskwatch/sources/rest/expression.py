"""JMESPath expressions of an admin: compiled once, bounded, and never able to stop more than one field.

The language is described at https://jmespath.org/specification.html. It has no loops and no side effects;
how much work one may do is counted in ``evaluation``.
"""

from typing import Any

import jmespath
from jmespath.exceptions import IncompleteExpressionError, JMESPathError, LexerError, ParseError
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from deskwatch.settings import clip
from deskwatch.sources.rest.evaluation import MOST_REPEATS, Allowance, Evaluation, repeats, unknown_function

LONGEST = 1000
"""Characters of an expression."""


class ExpressionError(ValueError):
    """An expression that met a value it cannot work with; the message names the reason."""


class Expression:
    """A compiled expression. Two are equal when their texts are."""

    __slots__ = ("_allowance", "_names", "_node", "text")

    def __init__(self, text: str) -> None:
        """Compile.

        Raises:
            ValueError: it is no JMESPath; the message says where in the text.
        """
        if len(text) > LONGEST:
            raise ValueError(f"an expression has at most {LONGEST} characters, this one {len(text)}")
        self.text = text
        try:
            self._node: Any = jmespath.compile(text).parsed
            wrong = unknown_function(self._node)
            often = repeats(self._node)
        except RecursionError:
            raise ValueError("is no JMESPath expression: nested too deeply") from None
        except (JMESPathError, ValueError) as problem:
            raise ValueError(f"is no JMESPath expression: {_why(problem, text)}") from None
        if wrong is not None:
            raise ValueError(f"is no JMESPath expression: {wrong}")
        if often > MOST_REPEATS:
            raise ValueError("repeats what it finds again and again; make it simpler")
        self._names = _names(self._node)
        self._allowance = Allowance.for_answers()

    def __call__(self, value: Any, allowance: Allowance | None = None) -> Any:
        """What the expression finds in a value: a whole answer, or one of many items that share an allowance.

        Raises:
            ExpressionError: a function got what it cannot work with, or it took too long.
        """
        if self._names is not None:
            for name in self._names:
                value = value.get(name) if isinstance(value, dict) else None
            return value
        try:
            allowance = allowance or self._allowance
            most = allowance.take()
            evaluation = Evaluation(most)
            try:
                return evaluation.visit(self._node, value)
            finally:
                allowance.spend(most - evaluation.left)
        except Exception as problem:  # noqa: BLE001 -- jmespath lets plain TypeErrors through, and more
            raise ExpressionError(_reason(problem)) from None

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._from_settings,
            serialization=core_schema.plain_serializer_function_ser_schema(lambda e: e.text),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "maxLength": LONGEST, "description": "JMESPath"}

    @classmethod
    def _from_settings(cls, value: Any) -> "Expression":
        if isinstance(value, Expression):
            return value
        if not isinstance(value, str):
            raise ValueError("expected a JMESPath expression")
        return cls(value)


def _names(node: Any) -> tuple[str, ...] | None:
    """The names of a plain path such as ``fields.status.name``, the usual case; None for anything else."""
    parts = node["children"] if node["type"] == "subexpression" else [node]
    if any(part["type"] != "field" for part in parts):
        return None
    return tuple(part["value"] for part in parts)


def _why(problem: Exception, text: str) -> str:
    """What the compiler stumbled over, and the usual mend."""
    quotes = """; a name that is not of letters, digits and _ stands in quotes: '"due-date"'"""
    if not text.strip():
        return "it is empty"
    if isinstance(problem, IncompleteExpressionError):
        return "it ends too early"
    if isinstance(problem, LexerError):
        said = str(problem.message).rstrip(":")
        return f"{said} at character {problem.lexer_position + 1}" + (
            quotes if "Unknown token" in said else ""
        )
    if isinstance(problem, ParseError):
        if problem.token_type == "EOF":
            return "it ends too early"
        at = f"{clip(str(problem.token_value))} at character {problem.lex_position + 1} does not fit there"
        return at + (quotes if problem.token_type == "NUMBER" else "")
    return _reason(problem)


def _reason(problem: BaseException) -> str:
    if isinstance(problem, RecursionError):
        return "nested too deeply"
    lines = str(problem).strip().splitlines()
    return (lines[0] if lines else type(problem).__name__)[:200]
