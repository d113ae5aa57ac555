"""The page at ``/docs``: the OpenAPI file as plain HTML, without a script."""

import json
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

OPENAPI = Path(__file__).resolve().parents[2] / "docs" / "openapi-tickets.json"
STYLE = b"""body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1b1f24; background: #fff }
h2 { margin-top: 2.5rem; overflow-wrap: anywhere; border-top: 1px solid #d0d7de; padding-top: 1rem }
code, pre { font: 14px ui-monospace, monospace; background: #f3f4f6; border-radius: 4px; padding: .1em .3em;
  overflow-wrap: anywhere }
h2 code { font-size: .8em }
td:first-child { min-width: 7em }
pre { padding: 1rem; overflow: auto }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 }
td, th { text-align: left; padding: .3rem .6rem .3rem 0; vertical-align: top;
  border-bottom: 1px solid #e5e7eb }
b.method { display: inline-block; min-width: 4.5rem }
@media (prefers-color-scheme: dark) {
  body { color: #e6e6e6; background: #16181c }
  code, pre { background: #24272d }
  h2, td, th { border-color: #3a3f47 }
  a { color: #8ab4f8 }
}
"""


@cache
def page() -> str:
    """The whole page. Every word of it comes from ``docs/openapi-tickets.json``."""
    said = json.loads(OPENAPI.read_text("utf-8"))
    parts = [
        f"<h1>{escape(said['info']['title'])}</h1>",
        f"<p>{_prose(said['info']['description'])}</p>",
        '<p>For programs: <a href="openapi.json">openapi.json</a></p>',
    ]
    for place, item in said["paths"].items():
        shared = item.get("parameters", [])
        for method, told in item.items():
            if method != "parameters":
                parts += _operation(said, place, method, told, shared)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f'<title>{escape(said["info"]["title"])}</title><link rel="stylesheet" href="docs.css"></head>'
        f"<body><main>{''.join(parts)}</main></body></html>"
    )


def _operation(
    said: dict[str, Any], place: str, method: str, told: dict[str, Any], shared: list[Any]
) -> list[str]:
    title = f'<h2><b class="method">{escape(method.upper())}</b> <code>{escape(place)}</code></h2>'
    parts = [title, f"<p>{_prose(told['summary'])}</p>"]
    if "description" in told:
        parts.append(f"<p>{_prose(told['description'])}</p>")
    rows = [_resolved(said, one) for one in [*shared, *told.get("parameters", [])]]
    if rows:
        parts.append(
            _table(("parameter", "in", "meaning"), [(r["name"], r["in"], r["description"]) for r in rows])
        )
    for kind, body in _resolved(said, told.get("requestBody", {})).get("content", {}).items():
        schema = _resolved(said, body.get("schema", {}))
        needed = schema.get("required", [])
        fields = [
            (name, "required" if name in needed else "", _resolved(said, field).get("description", ""))
            for name, field in schema.get("properties", {}).items()
        ]
        table = _table(("field", "", "meaning"), fields) if fields else ""
        parts.append(f"<p>Body: <code>{escape(kind)}</code></p>{table}")
        if "example" in body:
            parts.append(f"<pre>{escape(json.dumps(body['example'], indent=1, ensure_ascii=False))}</pre>")
    answers = [(status, "", _resolved(said, one)["description"]) for status, one in told["responses"].items()]
    parts.append(_table(("answer", "", "meaning"), answers))
    return parts


def _resolved(said: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    found: Any = part
    for _ in range(5):
        if "$ref" not in found:
            break
        target: Any = said
        for name in found["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        found = target
    return dict(found)


def _table(heads: tuple[str, ...], rows: list[tuple[str, str, str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(
        f"<tr><td><code>{escape(a)}</code></td><td>{escape(b)}</td><td>{_prose(c)}</td></tr>"
        for a, b, c in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _prose(text: str) -> str:
    """Text with ``code`` in back-ticks."""
    parts = text.split("`")
    return "".join(f"<code>{escape(p)}</code>" if odd % 2 else escape(p) for odd, p in enumerate(parts))
