"""Where an item of a helpdesk has what a ticket has, and the fixed steps that make one out of the other."""

from datetime import UTC, datetime, time
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    model_validator,
)

from deskwatch.settings import HourMinute, Strict, Zone, nearest
from deskwatch.sources.rest.expression import Expression
from deskwatch.sources.rest.patterns import LONGEST as LONGEST_PATTERN
from deskwatch.sources.rest.patterns import Pattern


def date_format(*words: str) -> AfterValidator:
    """One of some words, or a pattern that finds again the day it writes."""

    def check(text: str) -> str:
        if text in words:
            return text
        if "%" not in text:
            known = ", ".join(words)
            hint = nearest(text, words)
            raise ValueError(f"expected {known} or a pattern such as %d.%m.%Y %H:%M.{hint}".removesuffix("."))
        day = datetime(2026, 3, 28, 17, 4, 5, tzinfo=UTC)
        try:
            found = datetime.strptime(day.strftime(text), text)  # noqa: DTZ007 -- only its day is looked at
        except ValueError as problem:
            said = str(problem)
            why = said if "directive" in said or "stray" in said else "cannot be read back"
            raise ValueError(f"is no pattern for dates: {why}") from None
        if found.date() != day.date():
            raise ValueError("is no pattern for dates: it needs a day, a month and a year (%d, %m, %Y)")
        if ("%I" in text) != ("%p" in text):
            raise ValueError("is no pattern for dates: %I and %p (morning or afternoon) go together")
        return text

    return AfterValidator(check)


def _not_the_end(text: Any) -> Any:
    if text == "24:00":
        raise ValueError("write 23:59 for the end of a day")
    return text


class DateSettings(Strict):
    """How dates are written."""

    format: Annotated[str, Field(max_length=60), date_format("auto", "iso", "epoch", "epoch_ms")] = "auto"
    """``auto`` or ``iso`` (ISO 8601 with ``T`` or a blank, with or without zone, fraction and colon),
    ``epoch``, ``epoch_ms``, or a pattern such as ``%d.%m.%Y %H:%M``
    (https://docs.python.org/3/library/datetime.html#format-codes)."""
    zone: Zone | None = None
    """Zone of dates that name none. Default: UTC."""
    time_of_day: Annotated[HourMinute, BeforeValidator(_not_the_end)] = time(23, 59)
    """When a day that is named without a time counts as over: due dates of a day. All other dates of a day
    are its beginning."""
    none: list[str] = Field(
        default_factory=lambda: ["", "0", "-", "1970-01-01T00:00:00Z", "0000-00-00 00:00:00"]
    )
    """Texts that mean "no date"; those that are dates are meant however they are written."""


class DateStep(DateSettings):
    """``date`` as a step: what it does not say is as in ``dates``."""


class RegexStep(Strict):
    """``regex``: keeps what a pattern finds in the first 2,000 characters."""

    pattern: Annotated[str, Field(max_length=LONGEST_PATTERN), AfterValidator(lambda text: _compiled(text))]
    """A regular expression; its first group counts, else all it finds."""


def _compiled(text: str) -> str:
    Pattern(text)
    return text


Word = Literal[
    "trim", "lower", "html_to_text", "document_to_text", "base64", "number", "date", "text", "first"
]  # fmt: skip
"""Steps that need nothing: ``number`` reads one, ``first`` is the first of a list, ``text`` joins a list."""


class Step(Strict):
    """One step that needs something; exactly one of these is set."""

    date: DateStep | None = None
    """Read a date written otherwise than ``dates`` says."""
    default: str | None = None
    """What stands for nothing."""
    map: Annotated[dict[str, str | None], Field(min_length=1)] | None = None
    """Text to text, compared without capitals. What is not listed stays, or becomes what ``"*"`` says, and is
    told. ``null``: nothing."""
    ranges: (
        Annotated[dict[Annotated[str, Field(pattern=r"^-?\d{1,15}(\.\d{1,6})?$")], str], Field(min_length=1)]
        | None
    ) = None
    """Numbers to texts, each from that number on: ``{0: low, 30: medium, 60: high}``."""
    regex: RegexStep | None = None
    """Keep what a pattern finds; finding nothing gives nothing."""
    null_if: list[str] | None = None
    """Texts that mean nothing, compared without capitals: ``Nobody``, ``"-"``, ``"&nbsp;"``."""
    lookup: str | None = None
    """Name behind an id, from the table of that name in ``lookups``."""
    split: Annotated[str, Field(min_length=1)] | None = None
    """Cut a text into a list, at this separator."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"a step has one key: give each of {', '.join(given)} a dash of its own")
        if not given:
            raise ValueError("says nothing; a step that needs nothing is written without a colon: - trim")
        return self


def _step(value: Any, info: ValidationInfo) -> Any:
    """A word, or what follows one. Decided here, for of two kinds each would say what it had expected."""
    words: tuple[str, ...] = get_args(Word)
    if isinstance(value, Step) or (isinstance(value, str) and value in words):
        return value
    known = sorted({*words, *Step.model_fields})
    if isinstance(value, dict):
        name = next(iter(value), None)
        if name in words and name not in Step.model_fields:
            raise ValueError(f"the step {name} needs nothing: write - {name}")
        return Step.model_validate(value, context=info.context)
    if value in known:
        raise ValueError(f"the step {value} needs something: - {value}: …")
    hint = nearest(str(value), known)
    raise ValueError(f"is no step (there are {', '.join(known)}).{hint}".removesuffix("."))


AnyStep = Annotated[Word | Step, PlainValidator(_step, json_schema_input_type=Word | Step)]
"""A step that needs nothing, or one that does."""


class FieldSettings(Strict):
    """Where one field is, and what is done to it."""

    path: Expression
    """JMESPath into the item."""
    steps: Annotated[list[AnyStep], Field(max_length=20)] = Field(default_factory=list)
    """What is done to it, in this order. What is done to a text is done to each entry of a list."""
    otherwise: "Where | None" = None
    """Where it is when there is nothing at ``path``, with steps of its own."""

    @property
    def ways(self) -> "list[FieldSettings]":
        """This and all that come after it, in their order."""
        return [self, *(self.otherwise.ways if self.otherwise is not None else [])]


def _short(value: Any) -> Any:
    """A path alone is the usual case."""
    return {"path": value} if isinstance(value, str) else value


Where = Annotated[FieldSettings, BeforeValidator(_short, json_schema_input_type=str | FieldSettings)]
"""A JMESPath, or ``{path: …, steps: […]}``."""

FieldSettings.model_rebuild()


class PersonFields(Strict):
    """Where a person is: a path to the name alone, ``{path: …, steps: […]}`` to the name, or these."""

    path: Expression | None = None
    """JMESPath to the name, when nothing but the name is told."""
    steps: Annotated[list[AnyStep], Field(max_length=20)] = Field(default_factory=list)
    """What is done to the name at ``path``."""
    id: Where | None = None
    """What tells two people of one name apart. Default: the name."""
    name: Where | None = None
    """Default: the id."""
    email: Where | None = None
    """Mail address."""
    phone: Where | None = None
    """Telephone number."""

    @model_validator(mode="after")
    def _is_somebody(self) -> Self:
        if self.path is None and self.steps:
            raise ValueError("steps need a path beside them")
        if self.path is not None and self.name is not None:
            raise ValueError("path and name are both the name: keep one")
        if self.path is None and self.id is None and self.name is None:
            raise ValueError("needs name or id: without one nobody can be told from anybody")
        return self

    @property
    def named(self) -> FieldSettings | None:
        """Where the name is."""
        return self.name if self.path is None else FieldSettings(path=self.path, steps=self.steps)


WherePerson = Annotated[PersonFields, BeforeValidator(_short, json_schema_input_type=str | PersonFields)]


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
    """Text; HTML needs the step ``html_to_text``, a tree of paragraphs ``document_to_text``."""
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
