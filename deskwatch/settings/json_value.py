"""Settings that are JSON, such as what is posted: there an unquoted number or flag is one, as JSON has it."""

import json
import re
from typing import Annotated, Any

from pydantic import BeforeValidator

_LITERAL = re.compile(r"true|false|-?(0|[1-9]\d{0,17})(\.\d{1,17})?([eE][+-]?\d{1,3})?")


class Bare(str):
    """A text that stands in YAML without quotes. Everywhere but in JSON it is just that text."""

    __slots__ = ()

    @classmethod
    def of(cls, text: str) -> str:
        """The text, marked when JSON would read it as a number, ``true`` or ``false``."""
        return cls(text) if _LITERAL.fullmatch(text) else text


def json_of(value: Any) -> Any:
    """What was written, with the numbers and flags that were meant; a quoted text stays one."""
    if isinstance(value, Bare):
        return json.loads(value)
    if isinstance(value, dict):
        return {str(key): json_of(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [json_of(inner) for inner in value]
    return value


Json = Annotated[Any, BeforeValidator(json_of)]
"""Any JSON value."""
