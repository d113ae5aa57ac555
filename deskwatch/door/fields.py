"""What a body asks to change, as one command, and the rights it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from deskwatch.core.own_commands import status_named
from deskwatch.core.ticket import FIELD_NAMES, Ticket
from deskwatch.door.answers import Refused
from deskwatch.door.callers import Caller
from deskwatch.door.roles import Right
from deskwatch.local.commands import LONGEST_TEXT, Fields

READ_ONLY = (frozenset(FIELD_NAMES) - Fields.model_fields.keys()) | {
    "schema",
    "href",
    "notice",
    "notes",
    "notes_dropped",
    "created_by",
}
"""Told by answers and ignored in a body, so that what was read can be sent back changed."""
ME = "me"
"""As an agent: whoever asks."""


@dataclass(frozen=True, slots=True)
class Change:
    """A command without its ticket, and all the rights it takes."""

    command: dict[str, Any]
    rights: tuple[Right, ...]


def change_of(body: Mapping[str, Any], ticket: Ticket, caller: Caller) -> Change | None:
    """What ``PATCH`` or ``PUT`` asks for: fields of the ticket, and ``note`` for the explanation beside them.

    ``None``: the ticket is like that already.

    Raises:
        Refused: 400 when the body names nothing that can be changed.
    """
    named = wanted_fields(body, caller)
    text = note_of({"text": body["note"]}, name="note") if body.get("note") is not None else None
    if not named and text is None:
        raise Refused(HTTPStatus.BAD_REQUEST, "The body names no field that can be changed.")
    is_now = ticket.to_dict()
    fields = {name: value for name, value in named.items() if value != is_now.get(name, ...)}
    if not fields and text is None:
        return None
    rights: list[Right] = []
    if "agent" in fields:
        rights.append(right_to_assign(fields["agent"], ticket, caller))
    if _resolves(fields):
        rights.append(Right.RESOLVE)
    if text is not None:
        rights.append(Right.NOTE)
    if fields.keys() - {"agent"} and not (_resolves(fields) and fields.keys() <= {"agent", "status"}):
        rights.append(Right.UPDATE)
    command: dict[str, Any] = {"op": _op(fields)}
    if fields:
        command["fields"] = fields
    if text is not None:
        command["text"] = text
    return Change(command, tuple(rights))


def wanted_fields(body: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    """The fields a body sets, in the words of a command file."""
    fields = {name: value for name, value in body.items() if name not in READ_ONLY and name != "note"}
    if "status" not in fields and "phase" in body:
        fields["status"] = body["phase"]
    if fields.get("agent") == ME:
        fields["agent"] = caller.agent
    return fields


def note_of(body: Mapping[str, Any], *, name: str = "text") -> str:
    """The text of a note.

    Raises:
        Refused: 400 when there is none, or too much of it.
    """
    text = body.get("text")
    if not isinstance(text, str) or not text.strip():
        raise _wrong(name, "expected a text")
    if len(text) > LONGEST_TEXT:
        raise _wrong(name, f"has {len(text):,} characters; a note has at most {LONGEST_TEXT:,}")
    return text


def right_to_assign(wanted: Any, ticket: Ticket | None, caller: Caller) -> Right:
    """What it takes to make somebody the agent of a ticket; ``None``: of a new one."""
    names = wanted.values() if isinstance(wanted, Mapping) else (wanted,)
    texts = [text for text in names if isinstance(text, str) and text.strip()]
    if texts and all(caller.is_(text) for text in texts):
        return Right.TAKE
    now = ticket.agent if ticket is not None else None
    if now is not None and (caller.is_(now.name) or caller.is_(now.id)):
        return Right.HAND_ON
    return Right.ASSIGN


def _wrong(name: str, words: str) -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, f"{name}: {words}", fields={name: [words]})


def _op(fields: Mapping[str, Any]) -> str:
    if not fields:
        return "note"
    if fields.keys() == {"agent"}:
        return "assign"
    if fields.keys() == {"status"} and _resolves(fields):
        return "resolve"
    return "update"


def _resolves(fields: Mapping[str, Any]) -> bool:
    said = fields.get("status")
    if isinstance(said, Mapping):
        said = said.get("name") or said.get("id")
    found = status_named(said) if isinstance(said, str) else None
    return found is not None and found.phase.is_over
