"""Secrets: where they are kept, and a value that nobody can print by accident."""

import hmac
import re
from pathlib import Path
from typing import Any, NoReturn, Protocol, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from deskwatch.errors import UsageError

_MASK = "***"
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_CAPITALS = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")
"""The only names of variables a secret may have: an error repeats them, and a pasted key looks different."""
_SECRET_NAME = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
_HOW_TO_REFER = "write env:NAME (environment or .env) or file:PATH instead, and keep the secret there"


class Surroundings(Protocol):
    """What a settings model may ask about the machine; handed to pydantic as validation context."""

    def variable(self, name: str) -> str | None:
        """The value of an environment variable; ``.env`` fills what the environment does not set."""

    def place(self, path: str) -> Path:
        """A path of the configuration: ``~`` is expanded, relative ones start in the home."""

    def secret(self, reference: "SecretRef") -> "Secret":
        """The secret a reference points at.

        Raises:
            LookupError: nothing there; the message says where it was looked for.
        """


class SecretRef:
    """Where a secret is kept: ``env:NAME``, ``file:PATH`` or a bare NAME that is looked up in order."""

    __slots__ = ("kind", "target")

    def __init__(self, kind: str, target: str) -> None:
        self.kind = kind
        self.target = target

    def __repr__(self) -> str:
        return f"SecretRef({str(self)!r})"

    def __str__(self) -> str:
        return self.target if self.kind == "name" else f"{self.kind}:{self.target}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretRef) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a reference. The message of the error never repeats the text: it may be the secret itself.

        Raises:
            ValueError: the text is not a reference, so probably a literal secret.
        """
        kind, colon, target = text.strip().partition(":")
        if colon and kind == "env" and _CAPITALS.fullmatch(target):
            return cls("env", target)
        if colon and kind == "file" and target.strip():
            return cls("file", target.strip())
        if not colon and _SECRET_NAME.fullmatch(kind):
            return cls("name", kind)
        if colon and kind == "env":
            raise ValueError("env: must be followed by the name of an environment variable, in capitals")
        raise ValueError(f"a secret is not written into YAML: {_HOW_TO_REFER}")


class Secret:
    """A text that cannot be printed, formatted, pickled or dumped by accident; ``reveal()`` is the only way.

    A secret that could not be found exists too, so that a process that does not need it can start.
    """

    __slots__ = ("_missing", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        self._missing: str | None = None

    @classmethod
    def missing(cls, why: str) -> "Secret":
        """A secret that is not there; ``why`` is what ``reveal`` then raises."""
        secret = cls("")
        secret._missing = why
        return secret

    @property
    def why_missing(self) -> str | None:
        """In words where it was looked for, or ``None`` when the secret is known."""
        return self._missing

    def reveal(self) -> str:
        """The secret itself, for the one call that sends it.

        Raises:
            UsageError: it was not found when the configuration was loaded.
        """
        if self._missing is not None:
            raise UsageError(self._missing)
        return self._value

    def __repr__(self) -> str:
        return f"Secret('{_MASK}')"

    def __str__(self) -> str:
        return _MASK

    def __format__(self, spec: str) -> str:
        return format(_MASK, spec)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret cannot be pickled")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(
            cls._from_settings, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        pattern = f"^(env:{_CAPITALS.pattern}|file:.+|{_SECRET_NAME.pattern})$"
        return {"type": "string", "pattern": pattern, "examples": ["env:NAME", "file:/run/secrets/name"]}

    @classmethod
    def _from_settings(cls, value: Any, info: core_schema.ValidationInfo) -> "Secret":
        if isinstance(value, Secret):
            return value
        if not isinstance(value, str):
            raise ValueError(f"a secret is not written into YAML: {_HOW_TO_REFER}")
        reference = SecretRef.parse(value)
        surroundings: Surroundings | None = info.context
        if surroundings is None:
            return cls.missing(f"{reference} was not looked up")
        try:
            return surroundings.secret(reference)
        except LookupError as problem:
            raise PydanticCustomError("secret_missing", "{words}", {"words": str(problem.args[0])}) from None
