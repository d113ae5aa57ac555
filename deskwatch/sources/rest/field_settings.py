"""Where an item of a helpdesk has what a ticket has, and the fixed steps that make one out of the other."""

from datetime import time
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from deskwatch.settings import HourMinute, Strict, Zone
from deskwatch.sources.rest.expression import Expression


class DateSettings(Strict):
    """How dates are written."""

    format: str = "auto"
    """``auto`` (ISO 8601 with ``T`` or a blank, with or without zone, fraction and colon), ``epoch``,
    ``epoch_ms``, or a pattern such as ``%d.%m.%Y %H:%M`` (https://docs.python.org/3/library/datetime.html#format-codes)."""
    zone: Zone | None = None
    """Zone of dates that name none. Default: UTC."""
    time_of_day: HourMinute = time(23, 59)
    """When a day that is named without a time counts as over: due dates of a day."""
    none: list[str] = Field(
        default_factory=lambda: ["", "0", "-", "1970-01-01T00:00:00Z", "0000-00-00 00:00:00"]
    )
    """Texts that mean "no date"."""


class DateStep(DateSettings):
    """``date`` as a step: what it does not say is as in ``dates``."""


class RegexStep(Strict):
    """``regex``: keeps what a pattern finds."""

    pattern: Annotated[str, Field(max_length=500)]
    """A regular expression; its first group counts, else all it finds."""


Word = Literal["trim", "lower", "html_to_text", "number", "date", "text", "first"]
"""Steps that need nothing: ``number`` reads one, ``first`` is the first of a list, ``text`` joins a list."""


class Step(Strict):
    """One step that needs something; exactly one of these is set."""

    date: DateStep | None = None
    """Read a date written otherwise than ``dates`` says."""
    default: str | None = None
    """What stands for nothing."""
    map: dict[str, str | None] | None = None
    """Text to text, compared without capitals; what is not listed stays and is told. ``null``: nothing."""
    ranges: dict[Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$")], str] | None = None
    """Numbers to texts, each from that number on: ``{0: low, 30: medium, 60: high}``."""
    regex: RegexStep | None = None
    """Keep what a pattern finds; finding nothing gives nothing."""
    null_if: list[str] | None = None
    """Texts that mean nothing: ``Nobody``, ``"-"``, ``"&nbsp;"``."""
    lookup: str | None = None
    """Name behind an id, from the table of that name in ``lookups``."""
    split: str | None = None
    """Cut a text into a list, at this separator."""


class FieldSettings(Strict):
    """Where one field is, and what is done to it."""

    path: Expression
    """JMESPath into the item."""
    steps: list[Word | Step] = Field(default_factory=list)
    """What is done to it, in this order."""


def _short(value: Any) -> Any:
    """A path alone is the usual case."""
    return {"path": value} if isinstance(value, str) else value


Where = Annotated[FieldSettings, BeforeValidator(_short, json_schema_input_type=str | FieldSettings)]
"""A JMESPath, or ``{path: …, steps: […]}``."""


class PersonFields(Strict):
    """Where a person is: a path to the name alone, or these."""

    id: Where | None = None
    """What tells two people of one name apart. Default: the name."""
    name: Where | None = None
    """Default: the id."""
    email: Where | None = None
    """Mail address."""
    phone: Where | None = None
    """Telephone number."""


def _by_name(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


WherePerson = Annotated[PersonFields, BeforeValidator(_by_name, json_schema_input_type=str | PersonFields)]


class FieldsSettings(Strict):
    """Where an item has each part of a ticket. Only ``id`` is required."""

    id: Where
    """What the helpdesk calls it by; unique, and never another ticket's."""
    number: Where | None = None
    """What people call it by. Default: ``id``."""
    url: Where | None = None
    """An address of the ticket in the answer; ``link`` makes one otherwise."""
    subject: Where | None = None
    """What the ticket is about, in one line."""
    description: Where | None = None
    """Text; HTML needs the step ``html_to_text``."""
    type: Where | None = None
    """Incident, request, bug: as the helpdesk calls it."""
    category: Where | None = None
    """As the helpdesk calls it."""
    tags: Where | None = None
    """A list of texts."""
    status: Where | None = None
    """What ``statuses`` maps to a phase."""
    status_name: Where | None = None
    """How walls call the status, when it is another text than ``status``."""
    priority: Where | None = None
    """What ``priorities`` maps."""
    requester: WherePerson | None = None
    """Who asks for help."""
    agent: WherePerson | None = None
    """Who works on it. Nobody: no id and no name."""
    group: WherePerson | None = None
    """Team or queue that has it."""
    client: WherePerson | None = None
    """Customer, company or department it is for."""
    created_at: Where | None = None
    """When it was made."""
    updated_at: Where | None = None
    """When it last changed. Without it contents are compared."""
    first_response_due_at: Where | None = None
    """Until when somebody has to answer."""
    resolution_due_at: Where | None = None
    """Until when it has to be solved."""
    first_responded_at: Where | None = None
    """When somebody first answered."""
    agent_responded_at: Where | None = None
    """When the agent last answered."""
    requester_responded_at: Where | None = None
    """When the requester last answered."""
    noted_at: Where | None = None
    """When somebody last wrote a note."""
    resolved_at: Where | None = None
    """When it was solved."""
    closed_at: Where | None = None
    """When it was closed."""
    source_breached: Where | None = None
    """Whether the helpdesk itself calls it late (true)."""
    deleted: Where | None = None
    """Whether it is in the trash (true): then it leaves the wall."""
