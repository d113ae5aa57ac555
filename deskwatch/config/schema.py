"""JSON Schemas for editors and the tables of the documentation, both written from the models.

``python -m deskwatch.config.schema`` writes them; with ``--check`` it only says what is out of date.
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonRef, JsonSchemaMode, JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from deskwatch.config.home import CLONE
from deskwatch.config.reference import MODELS, with_tables
from deskwatch.settings import format_duration

PAGES = ("configuration", "add-a-helpdesk")
"""Documents with tables of settings."""
DIALECT = "http://json-schema.org/draft-07/schema#"
VARIABLE = {"type": "string", "pattern": "^env:[A-Za-z_][A-Za-z0-9_]*$"}
"""A setting that is kept in an environment variable or a line of ``.env``."""


class EditorSchema(GenerateJsonSchema):
    """JSON Schema as editors want it: durations as text, unquoted numbers allowed where text is."""

    def generate(self, schema: CoreSchema, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        """The schema of one file."""
        return {"$schema": DIALECT, **super().generate(schema, mode)}

    def encode_default(self, dft: Any) -> Any:
        """A default as it would be written in YAML."""
        return format_duration(dft) if isinstance(dft, timedelta) else super().encode_default(dft)

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        """Ids and version numbers need no quotes, so an editor must not ask for them."""
        return {**super().str_schema(schema), "type": ["string", "number"]}

    def model_field_schema(self, schema: core_schema.ModelField) -> JsonSchemaValue:
        """Any single value may be kept in a variable; an editor must not ask for a number there."""
        usual = super().model_field_schema(schema)
        if "const" in usual or not self._is_single(usual) or self._takes(usual, "env:NAME"):
            return usual
        outer: JsonSchemaValue = {key: usual.pop(key) for key in ("default", "description") if key in usual}
        branches = usual["anyOf"] if usual.keys() == {"anyOf"} else [usual]
        return {"anyOf": [*branches, VARIABLE], **outer}

    def _is_single(self, schema: JsonSchemaValue) -> bool:
        """Whether a text, number or word may stand there, and not only a list or a mapping."""
        schema = self._meant(schema)
        if branches := schema.get("anyOf") or schema.get("oneOf"):
            return any(map(self._is_single, branches))
        kinds = schema.get("type", ())
        kinds = {kinds} if isinstance(kinds, str) else set(kinds)
        return "enum" in schema or bool(kinds & {"string", "number", "integer", "boolean"})

    def _takes(self, schema: JsonSchemaValue, text: str) -> bool:
        """Whether a text fits already."""
        schema = self._meant(schema)
        if branches := schema.get("anyOf") or schema.get("oneOf"):
            return any(self._takes(branch, text) for branch in branches)
        if "const" in schema or "enum" in schema:
            return False
        is_text = "string" in schema.get("type", "string")
        return is_text and re.search(schema.get("pattern", ""), text) is not None

    def _meant(self, schema: JsonSchemaValue) -> JsonSchemaValue:
        """What a reference refers to."""
        if "$ref" not in schema:
            return schema
        return self.get_schema_from_definitions(JsonRef(schema["$ref"])) or {}

    def field_title_should_be_set(self, schema: Any) -> bool:
        """No titles: they repeat the names."""
        return False


class ForRequests(EditorSchema):
    """The same for files with parameters of requests, where ``expand: true`` is a text too."""

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        """Texts of all looks."""
        return {**super().str_schema(schema), "type": ["string", "number", "boolean"]}


def schema_of(name: str) -> str:
    """The JSON Schema of ``config/NAME.yaml`` as the text of its file; ``source``: of ``sources.d/*``."""
    generator = ForRequests if name == "source" else EditorSchema
    document = TypeAdapter(MODELS[name]).json_schema(schema_generator=generator)
    file = "sources.d/*.yaml" if name == "source" else f"{name}.yaml"
    document["title"] = f"{file} of Deskwatch"
    _tidy(document)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _tidy(part: Any) -> None:
    """Leave out what an editor would show wrongly: ``null`` as a default, and doubled backticks."""
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _tidy(inner)
    if isinstance(part, dict):
        if "default" in part and part["default"] is None:
            del part["default"]
        if isinstance(part.get("description"), str):
            part["description"] = " ".join(part["description"].replace("``", "`").split())


def written_files(root: Path) -> Iterator[tuple[Path, str]]:
    """Every file that is made from the models, and what it must hold."""
    for name in MODELS:
        yield root / "config" / "schema" / f"{name}.schema.json", schema_of(name)
    for name in PAGES:
        page = root / "docs" / f"{name}.md"
        yield page, with_tables(page.read_text("utf-8"))


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when a file is out of date.")
def main(check: bool) -> None:
    """Write the JSON Schemas and the tables of the documentation from the settings models."""
    stale = [
        (path, text)
        for path, text in written_files(CLONE)
        if not path.exists() or path.read_text("utf-8") != text
    ]
    for path, text in stale:
        click.echo(
            f"{path.relative_to(CLONE)} is out of date" if check else f"wrote {path.relative_to(CLONE)}"
        )
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", newline="\n")
    if check and stale:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
