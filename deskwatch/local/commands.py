"""What a command file may say, checked field by field, in words for whoever wrote it."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import ErrorDetails

from deskwatch.core.own_commands import STATUSES, Command, Op, OwnStatus, status_named
from deskwatch.core.ticket import Person, Priority, TicketError, parse_instant
from deskwatch.settings import clip, nearest

NEEDS_TICKET = ("update", "assign", "note", "ack", "resolve", "delete")
LONGEST_TEXT = LONGEST_DESCRIPTION = 20_000
_NO_WISH = frozenset({"at", "id", "idempotency_key", "source", "role", "fingerprint"})
_YEARS = range(1970, 3000)
_MAIL = re.compile(r"(?P<name>[^<>]*)<(?P<email>[^<>@\s]+@[^<>@\s]+)>")
_PERSON_SCHEMA = {
    "anyOf": [
        {"type": "string", "description": "An id, a name, or Name <mail address>."},
        {
            "type": "object",
            "properties": {name: {"type": "string"} for name in ("id", "name", "email", "phone")},
            "additionalProperties": False,
            "minProperties": 1,
        },
        {"type": "null"},
    ]
}


class CommandError(ValueError):
    """A command that makes no sense; the message names each field and what it should be."""


def _instant(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("expected an instant such as 2026-03-10T13:19:27Z")
    try:
        at = parse_instant(value)
    except TicketError as problem:
        raise ValueError(str(problem)) from None
    if at.year not in _YEARS:  # a slip of the pen, and in some zones not even a date
        raise ValueError(f"expected a year from {_YEARS.start} to {_YEARS.stop - 1}, got {clip(value)}")
    return at


def _status(value: Any) -> Any:
    if isinstance(value, OwnStatus):
        return value
    words = ", ".join(each.status.name for each in STATUSES.values())
    if isinstance(value, Mapping):  # as a ticket file has it
        value = value.get("name") or value.get("id")
    if not isinstance(value, str):
        raise ValueError(f"expected one of {words}")
    found = status_named(value)
    if found is None:
        hint = nearest(value, [each.status.name for each in STATUSES.values()])
        raise ValueError(f"expected one of {words}, got {clip(value)}.{hint}".removesuffix("."))
    return found


def _priority(value: Any) -> Any:
    words = ", ".join(Priority)
    if isinstance(value, str):
        folded = value.strip().casefold()
        if folded in list(Priority):
            return Priority(folded)
        raise ValueError(
            f"expected one of {words}, got {clip(value)}.{nearest(value, list(Priority))}".removesuffix(".")
        )
    raise ValueError(f"expected one of {words}")


def _person(value: Any) -> Any:
    """A person from one text or an object. Without an id, the name in small letters is one."""
    if isinstance(value, str):
        match = _MAIL.fullmatch(value.strip())
        told: Mapping[str, str | None] = match.groupdict() if match else {"name": value}
        if not match and "@" in value and " " not in value.strip():
            told = {"email": value}
    elif isinstance(value, Mapping):
        told = value
        for key, text in told.items():
            if key not in ("id", "name", "email", "phone"):
                raise ValueError(f"unknown field {clip(str(key))}: id, name, email and phone are known")
            if text is not None and not isinstance(text, str):
                raise ValueError(f"{key}: expected text")
    else:
        raise ValueError("expected a name, or an object with id, name, email and phone")
    texts = {key: " ".join(text.split())[:200] for key, text in told.items() if text and text.strip()}
    name = texts.get("name") or texts.get("email") or texts.get("id")
    if not name:
        raise ValueError("expected a name; null means nobody")
    id_ = texts.get("id") or (texts.get("email") or name).casefold()
    return Person(id=id_, name=name, email=texts.get("email"), phone=texts.get("phone"))


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _line(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


_LINE = BeforeValidator(_line)
Instant = Annotated[
    datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})
]
Someone = Annotated[InstanceOf[Person], BeforeValidator(_person), WithJsonSchema(_PERSON_SCHEMA)]
StatusWord = Annotated[
    InstanceOf[OwnStatus],
    BeforeValidator(_status),
    WithJsonSchema({"type": "string", "examples": [each.status.name for each in STATUSES.values()]}),
]
PriorityWord = Annotated[
    InstanceOf[Priority],
    BeforeValidator(_priority),
    WithJsonSchema({"type": "string", "enum": list(Priority)}),
]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=60), _LINE]


class _Said(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )


class Fields(_Said):
    """Fields of the ticket to set. ``null`` clears one; what is not named stays as it is."""

    subject: Annotated[str, StringConstraints(min_length=1, max_length=500), _LINE] | None = None
    """What it is about; needed to create a ticket."""
    description: Annotated[str, StringConstraints(max_length=LONGEST_DESCRIPTION)] | None = None
    """Plain text."""
    type: Annotated[str, StringConstraints(max_length=100), _LINE] | None = None
    """Such as ``Incident`` or ``Service Request``; ``sla.yaml`` has targets by type."""
    category: Annotated[str, StringConstraints(max_length=100), _LINE] | None = None
    """Any word of yours."""
    tags: Annotated[list[Tag], Field(max_length=50)] | None = None
    """All tags; those that are not named are taken off."""
    status: StatusWord | None = None
    """By name."""
    priority: PriorityWord | None = None
    """How urgent it is. Default of a new ticket: ``default_priority`` of the source."""
    requester: Someone | None = None
    """Who asks."""
    agent: Someone | None = None
    """The technician; ``null``: nobody."""
    group: Someone | None = None
    """The team."""
    client: Someone | None = None
    """The customer, company or department."""
    first_response_due_at: Instant | None = None
    """A deadline for the first answer; ``null``: the policies of ``sla.yaml`` set it."""
    resolution_due_at: Instant | None = None
    """A deadline for the solution; ``null``: the policies of ``sla.yaml`` set it."""


class CommandFile(_Said):
    """One file of ``tickets/.inbox``."""

    op: Literal["create", "update", "assign", "note", "ack", "resolve", "delete"]
    """What to do."""
    id: (
        Annotated[str, BeforeValidator(_number_as_text), StringConstraints(min_length=1, max_length=200)]
        | None
    ) = None
    """Which ticket: its number (``NDB-0007``) or key (``desk-7``). Not for ``create``."""
    source: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    """Name of the source in ``sources.yaml``; only needed when several are of kind ``local``."""
    by: Annotated[str, StringConstraints(min_length=1, max_length=100), _LINE]
    """Who asks for this. It is kept in the history of the ticket."""
    at: Instant | None = None
    """When it was done, if that was earlier than now: RFC 3339 with an offset."""
    idempotency_key: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    """A text that no other command has: a command that comes twice is applied once. Default: the file's name
    together with its content."""
    fields: Fields = Fields()
    text: Annotated[str, StringConstraints(max_length=LONGEST_TEXT)] = ""
    """The note; with ``resolve`` the explanation; with ``delete`` the reason."""
    role: Annotated[str, StringConstraints(max_length=40), _LINE] | None = None
    """Set by the API."""
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{1,40}$")] | None = None
    """Set by the API: of the body, which means less when a part of it is done already."""

    @model_validator(mode="after")
    def _fits_its_op(self) -> "CommandFile":
        told = self.fields.model_fields_set
        if self.op in NEEDS_TICKET and not self.id:
            raise ValueError(f"id: is missing; {self.op} needs the number or key of a ticket")
        if self.op == "create" and self.id:
            raise ValueError("id: a new ticket gets its number here; leave it out")
        if self.op == "create" and not self.fields.subject:
            raise ValueError("fields.subject: is missing; a ticket needs one")
        if self.op == "update" and not told and not self.text.strip():
            raise ValueError("fields: is missing; say what to change")
        if self.op == "update" and "subject" in told and not self.fields.subject:
            raise ValueError("fields.subject: cannot be cleared; a ticket needs one")
        if self.op == "assign" and not told & {"agent", "group"}:
            raise ValueError(
                'fields.agent: is missing; say who gets it, such as {"agent": "ana"}; null: nobody'
            )
        if self.op == "assign" and (more := told - {"agent", "group"}):
            raise ValueError(f"fields.{min(more)}: assign sets agent and group only; use update")
        if self.op == "note" and not self.text.strip():
            raise ValueError("text: is missing; a note needs one")
        if self.op in ("note", "ack", "delete") and told:
            raise ValueError(f"fields.{min(told)}: {self.op} changes no fields; use update")
        return self


def read_command(said: Mapping[str, Any], *, name: str, digest: str) -> Command:
    """The command in a JSON object. ``name`` and ``digest`` of its file are its identity if it names none.

    Raises:
        CommandError: every mistake, in words.
    """
    try:
        told = CommandFile.model_validate(dict(said))
    except ValidationError as error:
        raise CommandError("; ".join(_sentences(error.errors(include_url=False)))) from None
    values = {field: getattr(told.fields, field) for field in told.fields.model_fields_set}
    if isinstance(values.get("tags"), list):
        values["tags"] = tuple(dict.fromkeys(values["tags"]))
    if told.op == "update" and values.get("priority", ...) is None:
        raise CommandError(f"fields.priority: expected one of {', '.join(Priority)}")
    if values.get("status", ...) is None:
        raise CommandError("fields.status: cannot be cleared")
    op: Op = told.op
    identity = told.idempotency_key or f"{name}\0{digest}"
    return Command(
        op=op,
        by=told.by,
        key=command_key(identity),
        fingerprint=told.fingerprint or fingerprint_of(said),
        target=told.id,
        source=told.source,
        at=told.at,
        values=values,
        text=told.text.strip(),
        role=told.role,
    )


def command_key(identity: str) -> str:
    """By what a ticket remembers a command with this ``idempotency_key``."""
    return blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()


def fingerprint_of(said: Mapping[str, Any]) -> str:
    """What two commands of one ``idempotency_key`` are compared by: all they ask for, not when or of whom.

    Which ticket is meant can be said in several ways, so that is compared once it is known.
    """
    wish = {name: value for name, value in said.items() if name not in _NO_WISH}
    text = json.dumps(wish, sort_keys=True, default=str)
    return blake2b(text.encode("ascii"), digest_size=6).hexdigest()


def _sentences(errors: list[ErrorDetails]) -> list[str]:
    found = [_sentence(details) for details in errors]
    return list(dict.fromkeys(found))[:5]


_KINDS = {"string_type": "text", "list_type": "a list", "model_type": "an object", "dict_type": "an object"}


def _sentence(details: ErrorDetails) -> str:
    """One mistake: the field and what it should be. Values are quoted short; long ones are not repeated."""
    place = ".".join(str(step) for step in details["loc"] if not str(step).startswith("function-"))
    return f"{place}: {_words(details)}" if place else _words(details)


def _words(details: ErrorDetails) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "extra_forbidden":
        *above, key = (str(step) for step in details["loc"])
        fields = (Fields if above == ["fields"] else CommandFile).model_fields
        known = [name for name in fields if name not in ("role", "fingerprint")]
        elsewhere = "; it belongs into fields" if not above and key in Fields.model_fields else ""
        hint = nearest(key, known) or _MEANT.get(key.casefold(), "")
        return f"unknown{elsewhere}.{hint}" if hint else f"unknown{elsewhere} (known: {', '.join(known)})"
    if kind == "missing":
        return "is missing"
    if kind == "literal_error":
        said = details["input"]
        ops = ["create", *NEEDS_TICKET]
        hint = nearest(said, ops) if isinstance(said, str) else ""
        return f"expected one of {', '.join(ops)}.{hint}".removesuffix(".")
    if kind in _KINDS:
        return f"expected {_KINDS[kind]}"
    if kind == "string_too_short":
        return "is empty"
    if kind == "string_too_long":
        return f"has more than {context['max_length']:,} characters"
    if kind == "too_long":
        return f"has more than {context['max_length']} entries"
    if kind == "value_error":
        return str(context["error"])
    return "does not fit here"


_MEANT = {
    "title": ' Did you mean "subject"?',
    "name": ' Did you mean "subject"?',
    "body": ' Did you mean "description"?',
    "due": ' Did you mean "resolution_due_at"?',
    "deadline": ' Did you mean "resolution_due_at"?',
    "due_at": ' Did you mean "resolution_due_at"?',
    "assignee": ' Did you mean "agent"?',
    "technician": ' Did you mean "agent"?',
    "assigned_to": ' Did you mean "agent"?',
    "customer": ' Did you mean "client"?',
    "company": ' Did you mean "client"?',
    "note": ' Did you mean "text"?',
    "comment": ' Did you mean "text"?',
    "user": ' Did you mean "by"?',
    "ticket": ' Did you mean "id"?',
    "number": ' Did you mean "id"?',
}
