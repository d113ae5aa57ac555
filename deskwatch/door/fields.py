"""What a body asks to change, as one command, and the rights it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from deskwatch.core.ticket import Ticket
from deskwatch.door.answers import Refused
from deskwatch.door.callers import Caller
from deskwatch.door.roles import Right

LONGEST_NOTE = 20_000
READ_ONLY = frozenset({"key", "id", "source", "number", "href", "schema"})
"""Told by answers and ignored in a body, so that what was read can be sent back changed."""
_OVER = frozenset({"resolved", "closed"})


@dataclass(frozen=True, slots=True)
class Change:
    """A command without its ticket, and all the rights it takes."""

    command: dict[str, Any]
    rights: tuple[Right, ...]


def change_of(body: Mapping[str, Any], ticket: Ticket, caller: Caller) -> Change:
    """What ``PATCH`` or ``PUT`` asks for: fields of the ticket, and ``note`` for the explanation beside them.

    Raises:
        Refused: 400 when it asks for nothing.
    """
    fields = {name: value for name, value in body.items() if name not in READ_ONLY and name != "note"}
    text = note_of({"text": body["note"]}, name="note") if body.get("note") is not None else None
    if not fields and text is None:
        raise Refused(HTTPStatus.BAD_REQUEST, "The body names no field to change.")
    rights: list[Right] = []
    if "agent" in fields:
        rights.append(_right_to_assign(fields["agent"], ticket, caller))
    if _resolves(fields):
        rights.append(Right.RESOLVE)
    if text is not None:
        rights.append(Right.NOTE)
    if fields.keys() - {"agent"} and not (_resolves(fields) and len(fields) == 1):
        rights.append(Right.UPDATE)
    command: dict[str, Any] = {"op": _op(fields), "fields": fields}
    if command["op"] in ("resolve", "note"):
        del command["fields"]
    if text is not None:
        command["text"] = text
    return Change(command, tuple(rights))


def note_of(body: Mapping[str, Any], *, name: str = "text") -> str:
    """The text of a note.

    Raises:
        Refused: 400 when there is none, or too much of it.
    """
    text = body.get("text")
    if not isinstance(text, str) or not text.strip():
        raise Refused(HTTPStatus.BAD_REQUEST, f"{name}: expected a text", fields={name: ["expected a text"]})
    if len(text) > LONGEST_NOTE:
        words = f"has {len(text)} characters; at most {LONGEST_NOTE} are kept"
        raise Refused(HTTPStatus.BAD_REQUEST, f"{name}: {words}", fields={name: [words]})
    return text


def _op(fields: Mapping[str, Any]) -> str:
    if not fields:
        return "note"
    if len(fields) == 1:
        if "agent" in fields:
            return "assign"
        if _resolves(fields):
            return "resolve"
    return "update"


def _resolves(fields: Mapping[str, Any]) -> bool:
    return any(str(fields.get(name, "")).casefold() in _OVER for name in ("status", "phase"))


def _right_to_assign(wanted: Any, ticket: Ticket, caller: Caller) -> Right:
    name = wanted.get("name") or wanted.get("id") if isinstance(wanted, Mapping) else wanted
    if isinstance(name, str) and caller.is_(name):
        return Right.TAKE
    now = ticket.agent
    if now is not None and (caller.is_(now.name) or caller.is_(now.id)):
        return Right.HAND_ON
    return Right.ASSIGN
