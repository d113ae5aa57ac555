"""JMESPath expressions of an admin: compiled once, bounded, and never able to stop more than one field.

The language is described at https://jmespath.org/specification.html. It has no loops and no side effects, so
an expression ends; its cost is bounded by the sizes of the expression and of the answer.
"""

from collections.abc import Callable
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

LONGEST = 1000
"""Characters of an expression."""


class ExpressionError(ValueError):
    """An expression that met a value it cannot work with; the message names the reason."""


class Expression:
    """A compiled expression. Two are equal when their texts are."""

    __slots__ = ("_search", "text")

    def __init__(self, text: str) -> None:
        """Compile.

        Raises:
            ValueError: it is no JMESPath; the message says where in the text.
        """
        if len(text) > LONGEST:
            raise ValueError(f"an expression has at most {LONGEST} characters, this one {len(text)}")
        self.text = text
        try:
            self._search: Callable[[Any], Any] = jmespath.compile(text).search
        except (JMESPathError, RecursionError, ValueError) as problem:
            raise ValueError(f"is no JMESPath expression: {_reason(problem)}") from None

    def __call__(self, value: Any) -> Any:
        """What the expression finds in a value.

        Raises:
            ExpressionError: a function got what it cannot work with.
        """
        try:
            return self._search(value)
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


def _reason(problem: BaseException) -> str:
    lines = str(problem).strip().splitlines()
    return (lines[0] if lines else type(problem).__name__)[:200]
