"""An item of any helpdesk as a normalized ticket, as ``fields`` says. Any value of an item may be odd."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from deskwatch.core.sync import Gone, ticket_key
from deskwatch.core.ticket import Person, Phase, Priority, Status, Ticket
from deskwatch.settings import clip
from deskwatch.sources.http_words import clean_line, clean_text
from deskwatch.sources.rest.dates import DateError, DateReader
from deskwatch.sources.rest.evaluation import Allowance
from deskwatch.sources.rest.expression import Expression, ExpressionError
from deskwatch.sources.rest.field_settings import FieldSettings, PersonFields
from deskwatch.sources.rest.places import PLACE, plain_value
from deskwatch.sources.rest.settings import RestSettings
from deskwatch.sources.rest.steps import Act, Reading, StepError, acts_of
from deskwatch.sources.rest.values import (
    LONGEST_ADDRESS,
    flag_of,
    is_nothing,
    kind_of,
    text_of,
    web_address,
)

DESCRIPTION_LIMIT, SUBJECT_LIMIT, NAME_LIMIT, WORD_LIMIT = 2000, 500, 120, 60
"""Characters that are kept, as of every helpdesk."""

LONGEST_ID, MOST_TAGS = 100, 50

_DUE = ("first_response_due_at", "resolution_due_at")
_INSTANTS = (
    *_DUE, "created_at", "updated_at", "first_responded_at", "agent_responded_at", "requester_responded_at",
    "noted_at", "resolved_at", "closed_at",
)  # fmt: skip
_PEOPLE = ("requester", "agent", "group", "client")
_PARTS = ("id", "name", "email", "phone")


class RowError(ValueError):
    """An item that cannot be a ticket; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """What an item says.

    Attributes:
        verdict: the ticket, or that it is in the trash.
        unmapped: values nobody has mapped, such as ``status 'Waiting vendor'``.
        notes: fields that could not be read, such as ``fields.created_at: 'soon' is no date``.
    """

    verdict: Ticket | Gone
    unmapped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Field:
    """One field, ready to be read: where it is, and what is done to it."""

    place: str
    path: Expression
    acts: tuple[Act, ...]
    otherwise: "_Field | None" = None
    allowance: Allowance = field(default_factory=Allowance)

    def read(self, view: Any, reading: Reading) -> Any:
        """What the item has here, or where it is otherwise; None, and a note, when that cannot be told."""
        value = self._here(view, reading)
        return self.otherwise.read(view, reading) if self.otherwise and is_nothing(value) else value

    def _here(self, view: Any, reading: Reading) -> Any:
        try:
            value = self.path(view, self.allowance)
            for act in self.acts:
                value = act(value, reading)
        except (ExpressionError, StepError) as problem:
            reading.notes[self.place] = str(problem)
            return None
        return value

    def text(self, view: Any, reading: Reading) -> str:
        """The same as text; empty when there is none."""
        value = self.read(view, reading)
        if value is None or value == [] or value == {}:
            return ""
        text = value.isoformat() if isinstance(value, datetime) else text_of(value)
        if text is None:
            reading.notes[self.place] = f"expected a text, found {kind_of(value)}"
        return text or ""


def _field_of(place: str, name: str, given: FieldSettings, settings: RestSettings) -> _Field:
    acts = acts_of(given.steps, name=name, dates=settings.dates, day_ends=name in _DUE)
    other = None
    if given.otherwise is not None:
        other = _field_of(f"{place}.otherwise", name, given.otherwise, settings)
    return _Field(place, given.path, acts, other)


def _id_in(item: Any, where: _Field, reading: Reading) -> str:
    if not isinstance(item, Mapping):
        raise RowError(f"an item is {type(item).__name__} instead of an object")
    text = where.text(item, reading).strip()
    if why := reading.notes.get("fields.id"):
        raise RowError(f"an item has no usable id (fields.id: {why})")
    if not text:
        raise RowError("an item has no usable id (fields.id finds nothing)")
    if len(text) > LONGEST_ID or not text.isprintable():
        raise RowError(f"an item has no usable id ({clip(text)})")
    return text


def id_reader(settings: RestSettings) -> Callable[[Any], str]:
    """Finds the id of an item as ``fields.id`` says; raises RowError when there is no usable one."""
    where = _field_of("fields.id", "id", settings.fields.id, settings)
    return lambda item: _id_in(item, where, Reading({}))


class RowReader:
    """Reads the items of one source. Keeps nothing about an item; safe in several threads."""

    def __init__(
        self,
        name: str,
        settings: RestSettings,
        *,
        agents: Mapping[str, str] | None = None,
        requesters: Mapping[str, str] | None = None,
    ) -> None:
        self._name = name
        self._settings = settings
        self._known = {"agent": agents or {}, "requester": {**(agents or {}), **(requesters or {})}}
        where = settings.fields
        self._fields = {
            key: self._field(f"fields.{key}", key, given)
            for key in type(where).model_fields
            if isinstance(given := getattr(where, key), FieldSettings)
        }
        self._people = {
            role: {
                part: self._field(f"fields.{role}.{part}", role, given)
                for part in _PARTS
                if (given := person.named if part == "name" else getattr(person, part)) is not None
            }
            for role in _PEOPLE
            if isinstance(person := getattr(where, role), PersonFields)
        }
        self._dates = {
            key: DateReader(settings.dates, day_ends=key in _DUE) for key in _INSTANTS if key in self._fields
        }
        self._statuses = {key.strip().casefold(): given for key, given in settings.statuses.items()}
        self._priorities = {key.strip().casefold(): given for key, given in settings.priorities.items()}

    def _field(self, place: str, name: str, given: FieldSettings) -> _Field:
        return _field_of(place, name, given, self._settings)

    def id_of(self, item: Any) -> str:
        """The id of an item.

        Raises:
            RowError: it has no usable one.
        """
        return _id_in(item, self._fields["id"], Reading({}))

    def read(
        self,
        item: Any,
        *,
        lookups: Mapping[str, Mapping[str, str]],
        details: Mapping[str, Any] | None = None,
    ) -> Row:
        """What an item says; ``details`` are found by expressions under their names.

        Raises:
            RowError: it has no usable id.
        """
        reading = Reading(lookups)
        view = {**item, **details} if details and isinstance(item, Mapping) else item
        id_ = _id_in(item, self._fields["id"], reading)
        verdict: Ticket | Gone
        if flag_of(self._value("deleted", view, reading)):
            verdict = Gone(id_, "the helpdesk says that it is deleted")
        else:
            verdict = self._ticket(id_, view, reading)
        notes = tuple(f"{place}: {words}" for place, words in reading.notes.items())
        return Row(verdict, tuple(dict.fromkeys(reading.unmapped)), notes)

    def _ticket(self, id_: str, view: Mapping[str, Any], reading: Reading) -> Ticket:
        number = self._line("number", view, reading, WORD_LIMIT) or id_
        status, phase = self._status(view, reading)
        return Ticket(
            key=ticket_key(self._name, id_),
            source=self._name,
            id=id_,
            number=number,
            url=self._url(id_, number, view, reading),
            subject=self._line("subject", view, reading, SUBJECT_LIMIT),
            description=clean_text(self._text("description", view, reading), longest=DESCRIPTION_LIMIT),
            type=self._line("type", view, reading, WORD_LIMIT) or None,
            category=self._line("category", view, reading, 3 * WORD_LIMIT) or None,
            tags=self._tags(view, reading),
            status=status,
            phase=phase,
            priority=self._priority(view, reading),
            source_breached=flag_of(self._value("source_breached", view, reading)),
            **self._rest(view, reading),
        )

    def _rest(self, view: Any, reading: Reading) -> dict[str, Any]:
        """People and instants, each by its own name."""
        people = {role: self._person(role, view, reading) for role in self._people}
        return {**people, **{key: self._instant(key, view, reading) for key in self._dates}}

    def _value(self, key: str, view: Any, reading: Reading) -> Any:
        found = self._fields.get(key)
        return found.read(view, reading) if found is not None else None

    def _text(self, key: str, view: Any, reading: Reading) -> str:
        found = self._fields.get(key)
        return found.text(view, reading) if found is not None else ""

    def _line(self, key: str, view: Any, reading: Reading, longest: int) -> str:
        return clean_line(self._text(key, view, reading), longest=longest)

    def _instant(self, key: str, view: Any, reading: Reading) -> datetime | None:
        try:
            return self._dates[key].read(self._value(key, view, reading))
        except DateError as problem:
            reading.notes[f"fields.{key}"] = str(problem)
            return None

    def _tags(self, view: Any, reading: Reading) -> tuple[str, ...]:
        value = self._value("tags", view, reading)
        if is_nothing(value):
            return ()
        texts = [text_of(entry) for entry in (value if isinstance(value, list) else [value])[:MOST_TAGS]]
        if None in texts:
            reading.notes["fields.tags"] = "expected a list of texts"
        lines = (clean_line(text, longest=WORD_LIMIT) for text in texts if text)
        return tuple(dict.fromkeys(line for line in lines if line))

    def _status(self, view: Any, reading: Reading) -> tuple[Status, Phase]:
        text = self._line("status", view, reading, WORD_LIMIT)
        name = self._line("status_name", view, reading, WORD_LIMIT)
        unknown = self._settings.unknown_status
        if not text:
            return Status(id="", name=name or "No status"), unknown
        given = self._statuses.get(text.casefold())
        status = Status(id=text, name=(given.name if given else None) or name or text)
        if given is not None:
            return status, given.phase
        own = _PHASES.get(text.casefold())
        if own is None:
            reading.unmapped.append(f"status {clip(text)}" + (f" ({name})" if name else ""))
        return status, own or unknown

    def _priority(self, view: Any, reading: Reading) -> Priority | None:
        text = self._line("priority", view, reading, WORD_LIMIT)
        if not text:
            return None
        found = self._priorities.get(text.casefold()) or _PRIORITIES.get(text.casefold())
        if found is None:
            reading.unmapped.append(f"priority {clip(text)}")
        return found or self._settings.unknown_priority

    def _person(self, role: str, view: Any, reading: Reading) -> Person | None:
        limits = {"id": LONGEST_ID, "name": NAME_LIMIT, "email": 254, "phone": 40}
        told = {
            part: clean_line(found.text(view, reading), longest=limits[part])
            for part, found in self._people[role].items()
        }
        id_ = told.get("id") or told.get("name")
        if not id_:
            return None
        name = self._known.get(role, {}).get(id_) or told.get("name") or id_
        return Person(id=id_, name=name, email=told.get("email") or None, phone=told.get("phone") or None)

    def _url(self, id_: str, number: str, view: Mapping[str, Any], reading: Reading) -> str | None:
        settings = self._settings
        if settings.link is None:
            text = self._text("url", view, reading)
            url = web_address(text, settings.link_roots) if text else None
            if text and url is None:
                reading.notes["fields.url"] = (
                    f"{clip(text)} leads to none of {', '.join(settings.link_roots)}"
                )
            return url
        missing = []

        def fill(place: Any) -> str:
            name = place[1]
            if name == "base":
                return settings.web_root
            value = {"id": id_, "number": number}.get(name) or text_of(plain_value(view, name))
            if not value:
                missing.append(name)
            return quote(value or "", safe="")

        url = PLACE.sub(fill, settings.link)
        if missing:
            reading.notes["link"] = f"an item has nothing for {{{missing[0]}}}"
        return url if not missing and len(url) <= LONGEST_ADDRESS else None


_PHASES = {phase.value: phase for phase in Phase}
_PRIORITIES = {priority.value: priority for priority in Priority}
