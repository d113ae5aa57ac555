"""The base of every settings model."""

import re
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from deskwatch.settings.secret import VARIABLE, Secret, Surroundings
from deskwatch.settings.words import clip


class Strict(BaseModel):
    """Base of every settings model: frozen, no unknown keys, and silent about values in errors.

    A setting without a value means its default. A text may be given as ``env:NAME``. Numbers are plain
    decimals: not ``0755`` or ``1_000``.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        coerce_numbers_to_str=True,
        validate_default=True,
        use_attribute_docstrings=True,
        arbitrary_types_allowed=True,
    )

    unknown_key: ClassVar[str] = "unknown setting"
    """What an unknown key of this model is called in an error."""

    @field_validator("*", mode="before")
    @classmethod
    def _text_of_the_machine(cls, value: Any, info: ValidationInfo) -> Any:
        setting = cls.model_fields[info.field_name or ""]
        kinds = _kinds(setting.annotation)
        if value is None and NoneType not in kinds and not setting.is_required():
            return setting.get_default(call_default_factory=True, validated_data={})
        if not isinstance(value, str):
            return value
        if Secret in kinds:
            return value
        if value.startswith("env:"):
            value = _from_environment(value[4:], info.context)
        if str not in kinds and kinds & {int, float}:
            _check_decimal(value, fraction=float in kinds)
        return value


def _kinds(annotation: Any) -> set[Any]:
    if get_origin(annotation) in (Union, UnionType):
        return set().union(*(_kinds(part) for part in get_args(annotation)))
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0])
    return {annotation}


def _from_environment(name: str, surroundings: Surroundings | None) -> str:
    if not VARIABLE.fullmatch(name):
        raise ValueError("env: must be followed by the name of an environment variable")
    value = surroundings.variable(name) if surroundings is not None else None
    if value is None:
        raise ValueError(f"the environment variable {name} is not set (nor is it in .env)")
    return value


def _check_decimal(text: str, *, fraction: bool) -> None:
    pattern = r"-?(0|[1-9][0-9]{0,17})" + (r"(\.[0-9]{1,18})?" if fraction else "")
    if any(character.isdigit() for character in text) and not re.fullmatch(pattern, text):
        wanted = "a number such as 1.5" if fraction else "a whole number such as 30"
        raise ValueError(f"expected {wanted}, got {clip(text)}")
