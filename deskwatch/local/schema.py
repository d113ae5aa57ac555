"""The JSON Schema of a command file; ``python -m deskwatch.local.schema`` writes it into docs/."""

import json
from pathlib import Path
from typing import Any

from deskwatch.local.commands import CommandFile

PLACE = Path(__file__).resolve().parents[2] / "docs" / "ticket-command.schema.json"
_NO_FIELDS = {"fields": {"maxProperties": 0}}
_NEEDS: dict[str, dict[str, Any]] = {
    "create": {
        "properties": {"id": {"type": "null"}, "fields": {"required": ["subject"]}},
        "required": ["fields"],
    },
    "update": {"required": ["id"]},
    "assign": {
        "properties": {"fields": {"minProperties": 1, "propertyNames": {"enum": ["agent", "group"]}}},
        "required": ["id", "fields"],
    },
    "note": {"properties": _NO_FIELDS, "required": ["id", "text"]},
    "ack": {"properties": _NO_FIELDS, "required": ["id"]},
    "resolve": {"required": ["id"]},
    "delete": {"properties": _NO_FIELDS, "required": ["id"]},
}


def command_schema() -> dict[str, Any]:
    """What a command file may hold, for editors and other programs (JSON Schema 2020-12)."""
    schema = CommandFile.model_json_schema()
    for name in ("role", "fingerprint"):  # the API's own
        schema["properties"].pop(name)
    for model in (schema, schema["$defs"]["Fields"]):
        for field in model["properties"].values():
            field.pop("title", None)
            field.pop("default", None)
    schema["properties"]["id"]["anyOf"].insert(0, {"type": "integer", "minimum": 1})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A command for a ticket of Deskwatch's own",
        "description": "One file in tickets/.inbox; see own-tickets.md.",
        **{name: value for name, value in schema.items() if name not in ("title", "description")},
        "allOf": [
            {"if": {"properties": {"op": {"const": op}}}, "then": needs} for op, needs in _NEEDS.items()
        ],
    }


def written() -> str:
    """The file as it is kept."""
    return json.dumps(command_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PLACE.write_text(written(), "utf-8")
