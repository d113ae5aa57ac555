"""The two calls of the API that change something: ``PUT /tickets/<id>`` and ``POST /tickets/<id>/notes``.

They refuse what Freshservice and Freshdesk refuse: another format (415), a body that is no JSON object (400),
a field they do not know, a value of the wrong type or out of range (400, one entry for each), a ticket that
is not there (404), a key that may only read (403).
"""

import html
import json
import re
from collections.abc import Mapping
from typing import Any

from deskwatch.demo.answers import Answer, RefusedError, not_found, refused
from deskwatch.demo.calls import Call
from deskwatch.demo.helpdesk import Helpdesk, UnknownTicketError
from deskwatch.demo.records import HelpdeskTicket
from deskwatch.demo.rows import Row, conversation_rows

_PRIORITIES = (1, 2, 3, 4)
_UPDATABLE = frozenset({"priority", "status", "responder_id", "group_id", "subject", "urgency", "impact"})
_NOTE_FIELDS = frozenset({"body", "private", "user_id", "incoming", "notify_emails"})


def update(desk: Helpdesk, call: Call) -> tuple[HelpdeskTicket, int]:
    """The changed ticket, and what the call costs. Only a priority is really changed: we do nothing else."""
    body, ticket = _body(call), _ticket(desk, call)
    errors = _strangers(body, _UPDATABLE)
    is_number = isinstance(body.get("priority"), int) and not isinstance(body["priority"], bool)
    if "priority" in body and not (is_number and body["priority"] in _PRIORITIES):
        words = f"It should be one of these values: '{','.join(map(str, _PRIORITIES))}'"
        errors.append(_error("priority", words, "invalid_value" if is_number else "datatype_mismatch"))
    _stop_at(errors)
    if not body:
        raise refused(400, "missing_params", "Put request body should contain at least one field to update.")
    if body.get("priority", ticket.priority) != ticket.priority:
        ticket = desk.change_priority(ticket.id, body["priority"])
    return ticket, 1


def add_note(desk: Helpdesk, call: Call) -> tuple[Row, int]:
    """The row of the new note, and what the call costs. Notes are private unless told otherwise."""
    body, ticket = _body(call), _ticket(desk, call)
    errors = _strangers(body, _NOTE_FIELDS)
    said = body.get("body")
    if "body" not in body:
        errors.append(_error("body", "It should be a/an String", "missing_field"))
    elif not isinstance(said, str):
        errors.append(_error("body", "It should be a/an String", "datatype_mismatch"))
    elif not said.strip():
        errors.append(_error("body", "It should not be blank as this is a mandatory field", "invalid_value"))
    if not isinstance(body.get("private", True), bool):
        errors.append(_error("private", "It should be a/an Boolean", "datatype_mismatch"))
    _stop_at(errors)
    desk.note(ticket.id, _plain(str(said)))
    return conversation_rows(ticket, desk.conversation(ticket.id)[-1:])[0], 1


def _ticket(desk: Helpdesk, call: Call) -> HelpdeskTicket:
    if desk.switches.read_only:
        raise refused(403, "access_denied", "You are not authorized to perform this action.")
    groups = desk.switches.visible_groups
    try:
        ticket = desk.ticket(call.ticket_id or 0)
    except UnknownTicketError:
        raise not_found() from None
    if groups is not None and ticket.group_id not in groups:
        raise refused(403, "access_denied", "You are not authorized to perform this action.")
    if ticket.deleted:
        raise refused(
            405, "method_not_allowed", "PUT method is not allowed on a deleted ticket.", allow="GET"
        )
    return ticket


def _body(call: Call) -> Mapping[str, Any]:
    if call.content_type.partition(";")[0].strip().lower() != "application/json":
        words = f"Content-Type header is set to {call.content_type}. It should be set to application/json."
        raise refused(415, "invalid_content_type", words)
    try:
        body = json.loads(call.body)
    except ValueError:
        raise refused(400, "invalid_json", "Request body has invalid json format.") from None
    if not isinstance(body, dict):
        raise refused(400, "invalid_json", "Request body has invalid json format.")
    return body


def _strangers(body: Mapping[str, Any], known: frozenset[str]) -> list[dict[str, str]]:
    words = "Unexpected/invalid field in request"
    return [_error(name, words, "invalid_field") for name in body if name not in known]


def _error(name: str, message: str, code: str) -> dict[str, str]:
    return {"field": name, "message": message, "code": code}


def _stop_at(errors: list[dict[str, str]]) -> None:
    if errors:
        raise RefusedError(Answer(status=400, data={"description": "Validation failed", "errors": errors}))


def _plain(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"<br\s*/?>", "\n", markup)))
