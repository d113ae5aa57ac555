"""Paths as the configuration writes them."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

from deskwatch.settings.secret import Surroundings


def _in_home(path: Any, info: ValidationInfo) -> Any:
    surroundings: Surroundings | None = info.context
    if isinstance(path, str) and path and surroundings is not None:
        return surroundings.place(path)
    if path == "":
        raise ValueError("expected a path")
    return path


HomePath = Annotated[Path, BeforeValidator(_in_home), WithJsonSchema({"type": "string"})]
"""A path; relative ones start in the home."""
