"""Texts that need no template: what is sent when a template fails. Plain, complete, always possible."""

from collections.abc import Mapping
from typing import Any

MOST_LINES = 50


def write(part: str, values: Mapping[str, Any]) -> str:
    """The built-in text of one part of a message (``short.txt``, ``mail.txt`` …)."""
    if part == "mail.html":
        return ""
    if part == "what.txt":
        return str(values.get("kind", "test")).replace("_", " ")
    if part in ("title.txt", "subject.txt"):
        return _title(values)
    if part == "short.txt":
        return f"{values['head']}{_title(values)}.{_reply(values)}{_why(values)}{_quoted(values)}"
    lines = [f"{values['head']}{_title(values)}"]
    lines += [_line(item) for item in values.get("alerts", ())[:MOST_LINES]]
    lines += [f"{_why(values)}{_reply(values)}".strip(), str(values.get("url") or values["wall"])]
    return (" " if part == "speech.txt" else "\n").join(line for line in lines if line)


def _title(values: Mapping[str, Any]) -> str:
    if "what" in values:
        return f"{values['label']}: {values['what']}"
    count = values.get("count")
    if not count:
        return "Test of Deskwatch"
    listing = values.get("listing", "")
    return f"{count} more{listing and ': '}{listing}"


def _line(item: Mapping[str, Any]) -> str:
    subject = item.get("subject")
    return f"{item['label']}: {item['what']}" + (f' "{subject}"' if subject else "")


def _reply(values: Mapping[str, Any]) -> str:
    return f" Reply {values['code']} to take it." if values["takeable"] and values["can_reply"] else ""


def _why(values: Mapping[str, Any]) -> str:
    return f" You are {values['why']}." if values["why"] else ""


def _quoted(values: Mapping[str, Any]) -> str:
    return f' "{values["subject"]}"' if values.get("subject") else ""
