r"""The query language of ``/tickets/filter``: ``"(status:2 OR status:11) AND agent_id:null"``.

Fields are compared with ``:`` (equal), ``:>`` and ``:<`` (despite their looks at least and at most; numbers
and dates only). Text and dates stand in single quotes, an apostrophe in them is ``\'``. How Freshservice
ranks ``AND`` against ``OR`` is not documented, so mixing them without parentheses is refused: no client may
rely on it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NoReturn

from deskwatch.demo.records import HelpdeskTicket

LONGEST = 512
"""Characters, the outer quotes included."""

Predicate = Callable[[HelpdeskTicket], bool]
Reader = Callable[[HelpdeskTicket], Any]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<bracket>[()])
      | (?P<word>AND|OR)(?=[\s()]|$)
      | (?P<field>[a-z_][a-z0-9_]*)\s*(?P<operator>:[<>]?)\s*
        (?P<value>null\b|-?\d+(?:\.\d+)?(?![^\s()])|'(?:[^'\\]|\\.)*')
    )""",
    re.VERBOSE,
)


class QueryError(ValueError):
    """A query Freshservice would refuse; the message is for the test that sent it."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of tickets that queries may name. ``kind`` decides which values and operators fit."""

    read: Reader
    kind: type[int] | type[str] | type[date] | type[datetime]


def _attribute(name: str) -> Reader:
    return lambda ticket: getattr(ticket, name)


TICKET_FIELDS: Mapping[str, Field] = {
    **{
        name: Field(_attribute(name), int)
        for name in (
            "status",
            "priority",
            "urgency",
            "impact",
            "group_id",
            "requester_id",
            "source",
            "workspace_id",
        )
    },
    "agent_id": Field(_attribute("responder_id"), int),
    "type": Field(_attribute("type"), str),
    "tag": Field(_attribute("tags"), str),
    "created_at": Field(_attribute("created_at"), datetime),
    "updated_at": Field(_attribute("updated_at"), datetime),
    "due_by": Field(_attribute("due_by"), date),
    "fr_due_by": Field(_attribute("fr_due_by"), date),
}


def unquoted(text: str | None) -> str:
    """The query without the double quotes it has to be wrapped in.

    Raises:
        QueryError: not wrapped, or too long.
    """
    if text is None or len(text) < 2 or text[0] != '"' or text[-1] != '"':
        raise QueryError("the query must stand in double quotes")
    if len(text) > LONGEST:
        raise QueryError(f"the query has {len(text)} characters, {LONGEST} are allowed")
    return text[1:-1]


def parse_query(text: str, fields: Mapping[str, Field] = TICKET_FIELDS) -> Predicate:
    """Compile a query (without its outer quotes).

    Raises:
        QueryError: unknown field, an operator or value that does not fit, or bad grammar.
    """
    return _Parser(text, fields).parsed()


class _Parser:
    def __init__(self, text: str, fields: Mapping[str, Field]) -> None:
        self._text, self._fields = text, fields
        self._tokens = list(self._tokenized())
        self._next = 0

    def parsed(self) -> Predicate:
        predicate = self._chain()
        if self._next < len(self._tokens):
            self._fail(f"unexpected {self._tokens[self._next]['bracket'] or 'word'}")
        return predicate

    def _tokenized(self) -> list[re.Match[str]]:
        tokens, at, end = [], 0, len(self._text.rstrip())
        while at < end:
            token = _TOKEN.match(self._text, at)
            if token is None:
                self._fail(f"cannot read {self._text[at : at + 30]!r}")
            tokens.append(token)
            at = token.end()
        return tokens

    def _chain(self) -> Predicate:
        parts, joined = [self._term()], None
        while word := self._peek("word"):
            if joined not in (None, word):
                self._fail("AND and OR are mixed without parentheses")
            joined = word
            self._next += 1
            parts.append(self._term())
        if joined == "OR":
            return lambda ticket: any(part(ticket) for part in parts)
        return lambda ticket: all(part(ticket) for part in parts)

    def _term(self) -> Predicate:
        if self._peek("bracket") == "(":
            self._next += 1
            inner = self._chain()
            if self._peek("bracket") != ")":
                self._fail("a parenthesis is not closed")
            self._next += 1
            return inner
        if not self._peek("field"):
            self._fail("a comparison such as status:2 is missing")
        token = self._tokens[self._next]
        self._next += 1
        return self._comparison(token["field"], token["operator"], token["value"])

    def _peek(self, kind: str) -> str | None:
        return self._tokens[self._next][kind] if self._next < len(self._tokens) else None

    def _comparison(self, name: str, operator: str, literal: str) -> Predicate:
        field = self._fields.get(name)
        if field is None:
            self._fail(f"unknown field {name}")
        if literal == "null":
            if operator != ":":
                self._fail("null is only ever equal")
            return lambda ticket: field.read(ticket) in (None, (), "")
        wanted = self._value(name, field, literal)
        if operator != ":" and field.kind is str:
            self._fail(f"{operator} compares numbers and dates, {name} is neither")
        return _comparing(field, operator, wanted)

    def _value(self, name: str, field: Field, literal: str) -> Any:
        quoted = literal.startswith("'")
        text = re.sub(r"\\(.)", r"\1", literal[1:-1]) if quoted else literal
        read = _VALUES.get((field.kind, quoted), _no_value)
        try:
            return read(text)
        except ValueError:
            self._fail(f"{literal} is no value for {name}")

    def _fail(self, words: str) -> NoReturn:
        raise QueryError(f"{words} (in {self._text!r})")


def _day_or_instant(text: str) -> date | datetime:
    if len(text) == len("2026-03-10"):
        return date.fromisoformat(text)
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _no_value(text: str) -> NoReturn:
    raise ValueError(text)


_VALUES: Mapping[tuple[type, bool], Callable[[str], Any]] = {
    (int, False): int,
    (str, True): str,
    (date, True): date.fromisoformat,
    (datetime, True): _day_or_instant,
}


def _comparing(field: Field, operator: str, wanted: Any) -> Predicate:
    if isinstance(wanted, date) and not isinstance(wanted, datetime):
        first = datetime.combine(wanted, time(0), UTC)
        last = first + timedelta(days=1, microseconds=-1)
    else:
        first = last = wanted

    def compare(ticket: HelpdeskTicket) -> bool:
        value = field.read(ticket)
        if value is None:
            return False
        if isinstance(value, tuple):
            return wanted in value
        if operator == ":>":
            return bool(value >= first)
        if operator == ":<":
            return bool(value <= last)
        return bool(first <= value <= last)

    return compare
