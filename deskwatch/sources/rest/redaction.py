"""What a recording may tell: statuses, priorities, dates and ids; every other text keeps its shape only.

A word becomes another word of the same length and capitals, the same one everywhere, so that a recording
behaves like the helpdesk and tells nothing about its people. Which word it becomes is drawn anew for every
recording, and the draw is never written down.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from pydantic import BaseModel

from deskwatch.core.sync import Gone
from deskwatch.sources.rest.document_text import TYPES
from deskwatch.sources.rest.expression import Expression, ExpressionError
from deskwatch.sources.rest.field_settings import FieldSettings
from deskwatch.sources.rest.rows import Row
from deskwatch.sources.rest.settings import RequestSettings, RestSettings
from deskwatch.sources.rest.settings_tree import fields_of

OUR_HOST = "helpdesk.example.com"
"""Stands for the helpdesk's own host."""
_OTHER_HOST = "elsewhere.example.com"

_WORD = re.compile(r"[^\W\d_]+|\d+")
_MARKUP = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*|&(?:[a-zA-Z]+|#\d+|#x[0-9a-fA-F]+);")
_URL = re.compile(r"https?://[^\s\"'<>()\[\]{}|\\^`]+")
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d([T .]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)? ?(Z|[+-]\d\d:?\d\d)?"
    r"|\d{1,2}[./]\d{1,2}[./]\d{2,4}( \d\d:\d\d(:\d\d)?)?"
)
_UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32}", re.I)
_IS_ID = re.compile(r"(.*[_.-])?(id|ids|iid|uid|uuid|guid)|.*[a-z](Id|ID)")
_IS_PHONE = re.compile(r".*(phone|mobile|tel|fax|sms|cell)", re.I)
_IS_TIME = re.compile(
    r".*(time|date|epoch|milli|stamp|creat|updat|chang|open|clos|resolv|solv|due|since|seen|breach|_at|_on)",
    re.I,
)
_SHORT_NUMBER = 5
"""Digits of a number that cannot be a telephone number."""
_HIDDEN = "***"
_LITERAL = re.compile(r"'((?:[^'\\]|\\.)*)'")


class Redactor:
    """Redacts the exchanges of one recording, in their order."""

    def __init__(
        self, settings: RestSettings, *, keep: Iterable[str] = (), salt: bytes | None = None
    ) -> None:
        """``keep``: texts that stay as they are, such as the statuses of the items."""
        self._salt = salt or secrets.token_bytes(16)
        self._host = urlsplit(settings.base_url).netloc
        hidden = (s.reveal() for s in settings.secrets.values() if s.why_missing is None)
        self._secrets = sorted((s for s in hidden if len(s) >= 3), key=len, reverse=True)
        self._kept = {text.casefold() for text in (*keep, *_texts_of(settings)) if text}
        self._asked = set(_requests_of(settings))
        self._own_words = {word.casefold() for text in self._asked for word in _WORD.findall(text)}
        self._words: dict[str, str] = {}
        self._used: set[str] = set()
        self._values: dict[str, str] = {}

    def value(self, value: Any, key: str = "") -> Any:
        """A part of an answer; ``key`` is what it is called there."""
        if isinstance(value, dict):
            return {self._key(name): self.value(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.value(inner, key) for inner in value]
        if isinstance(value, str):
            return self._remembered(value, self._text(value, key))
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._number(value, key)
        return value

    def text(self, text: str) -> str:
        """A text that is no JSON."""
        return self._scrambled(self._without_secrets(text))

    def table(self, text: str) -> str:
        """A CSV: its first line names the columns."""
        first, line_end, rest = text.partition("\n")
        cells = re.split(r'([,;\t"\r\n]+)', rest)
        kept = [cell if number % 2 else str(self.value(cell)) for number, cell in enumerate(cells)]
        return self._without_secrets(first) + line_end + "".join(kept)

    def path(self, path: str) -> str:
        """The path of a request."""
        return "/".join(self.asked(part) for part in self._without_secrets(path).split("/"))

    def asked(self, text: str) -> str:
        """A parameter of a request, or a part of its path.

        What the file says stays; what an answer told is redacted in the same way as there.
        """
        text = self._without_secrets(text)
        if text in self._asked:
            return text
        if text in self._values:
            return self._values[text]
        if _is_harmless(text) or text.casefold() in self._kept:
            return text
        for value in sorted(self._values, key=len, reverse=True):
            if len(value) > 2 and value in text:
                before, _, after = text.partition(value)
                return f"{self._own(before)}{self._values[value]}{self._own(after)}"
        return self._own(text)

    def posted(self, body: Any) -> Any:
        """The body of a request."""
        if isinstance(body, dict):
            return {name: self.posted(inner) for name, inner in body.items()}
        if isinstance(body, list):
            return [self.posted(inner) for inner in body]
        return self.asked(body) if isinstance(body, str) else body

    def link_header(self, value: str) -> str:
        """A ``Link`` header (RFC 8288)."""
        return re.sub(r"<([^<>]*)>", lambda match: f"<{self._url(match[1])}>", self._without_secrets(value))

    # Values

    def _text(self, text: str, key: str) -> str:
        text = self._without_secrets(text)
        if text.casefold() in self._kept or _DATE.fullmatch(text.strip()):
            return text
        if not _IS_PHONE.fullmatch(key):
            short = text.isascii() and text.isdigit() and len(text) <= _SHORT_NUMBER
            named = bool(_IS_ID.fullmatch(key)) and text.isascii() and text.isdigit()
            if short or named or _UUID.fullmatch(text):
                return text
        return self._scrambled(text)

    def _number(self, value: int | float, key: str) -> int | float:
        text = str(value)
        if isinstance(value, float) or (value < 10**8 and not _IS_PHONE.fullmatch(key)):
            self._remembered(text, text)  # the path of a further request may have it
            return value
        is_moment = 10**9 <= value < 2 * 10**9 or 10**12 <= value < 2 * 10**12
        is_moment = is_moment and bool(_IS_TIME.match(key))
        if not _IS_PHONE.fullmatch(key) and (is_moment or _IS_ID.fullmatch(key)):
            self._remembered(text, text)
            return value
        return int(self._remembered(text, "1" + self._scrambled(text)[1:]))

    def _remembered(self, text: str, redacted: str) -> str:
        if 0 < len(text) <= 300:
            self._values[text] = redacted
        return redacted

    def _key(self, name: str) -> str:
        return self.text(name) if "@" in name[1:] else self._without_secrets(name)

    def _without_secrets(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN).replace(quote(secret, safe=""), _HIDDEN)
        return text

    # Words

    def _scrambled(self, text: str) -> str:
        """The text with other words; addresses and markup still work."""
        parts, end = [], 0
        for found in _URL.finditer(text):
            parts += [self._prose(text[end : found.start()]), self._url(found[0])]
            end = found.end()
        return "".join([*parts, self._prose(text[end:])])

    def _prose(self, text: str) -> str:
        parts, end = [], 0
        for found in _MARKUP.finditer(text):
            parts += [self._plain(text[end : found.start()]), found[0]]
            end = found.end()
        return "".join([*parts, self._plain(text[end:])])

    def _plain(self, text: str) -> str:
        return _WORD.sub(lambda match: self._word(match[0]), text)

    def _own(self, text: str) -> str:
        """Like ``_plain``; words of the file itself stay, and short numbers such as those of ranges."""

        def other(match: re.Match[str]) -> str:
            word = match[0]
            stays = word.casefold() in self._own_words or _is_harmless(word)
            return word if stays else self._word(word)

        return _WORD.sub(other, text)

    def _url(self, url: str) -> str:
        try:
            parts = urlsplit(url)
        except ValueError:
            return self._plain(url)
        if parts.netloc != self._host:
            return f"{parts.scheme}://{_OTHER_HOST}{self._plain(parts.path)}"
        query = parse_qsl(parts.query, keep_blank_values=True)
        told = urlencode([(name, self.asked(value)) for name, value in query], quote_via=quote)
        path = quote(self.path(unquote(parts.path)), safe="/:@!$&'()*+,;=~-._")
        return urlunsplit((parts.scheme, OUR_HOST, path, told, ""))

    def _word(self, word: str) -> str:
        plain = word.casefold()
        other = self._words.get(plain)
        if other is None or len(other) < len(word):
            other = self._words[plain] = self._drawn(plain, len(word))
        return "".join(new.upper() if old.isupper() else new for old, new in zip(word, other, strict=False))

    def _drawn(self, word: str, length: int) -> str:
        """A word nobody else became. Short ones may run out; then two share one."""
        letters = "0123456789" if word.isdecimal() else "abcdefghijklmnopqrstuvwxyz"
        drawn = ""
        for attempt in range(50):
            seed = self._salt + f"{attempt}:{word}".encode()
            drawn = "".join(letters[byte % len(letters)] for byte in _bytes(seed, length))
            if drawn not in self._used and drawn != word:
                break
        self._used.add(drawn)
        return drawn


def _bytes(seed: bytes, length: int) -> bytes:
    return hashlib.shake_128(seed).digest(length)


def _is_harmless(text: str) -> bool:
    return bool(_DATE.fullmatch(text)) or (text.isdigit() and len(text) <= _SHORT_NUMBER)


def words_of(settings: RestSettings, items: Iterable[tuple[Any, Row | str]]) -> Iterator[str]:
    """Statuses, priorities and types of items, as they are told and as they were read."""
    where = settings.fields
    fields = [where.status, where.status_name, where.priority, where.type, where.id, where.number]
    for item, row in items:
        for field in fields:
            yield from _raw(field, item)
        if isinstance(row, Row) and not isinstance(row.verdict, Gone):
            ticket = row.verdict
            yield from (ticket.status.id, ticket.status.name, ticket.type or "", ticket.id, ticket.number)


def _raw(field: FieldSettings | None, item: Any) -> Iterator[str]:
    for way in field.ways if field is not None else []:
        try:
            value = way.path(item)
        except ExpressionError:
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, str):
                yield part


def _texts_of(settings: RestSettings) -> Iterator[str]:
    """Texts that the file compares values with."""
    for mapping in (settings.statuses, settings.priorities):
        yield from mapping
    yield from settings.dates.none
    yield from _compared(settings)
    if any("document_to_text" in where.steps for _, where in fields_of(settings.fields, ())):
        yield from TYPES  # what a node is stays, or a replay could not read it


def _compared(part: Any) -> Iterator[str]:
    if isinstance(part, Expression):
        yield from _LITERAL.findall(part.text)
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            value = getattr(part, name)
            if name in ("null_if", "map") and value:
                yield from value
            else:
                yield from _compared(value)
    elif isinstance(part, Mapping):
        for inner in part.values():
            yield from _compared(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _compared(inner)


def _requests_of(settings: RestSettings) -> Iterator[str]:
    """Parts of paths and parameters that the file itself has."""
    yield from urlsplit(settings.base_url).path.split("/")
    requests = [settings.tickets, settings.one, settings.probe, settings.changes, *settings.details.values()]
    requests += [lookup.fetch for lookup in settings.lookups.values()]
    for request in requests:
        if request is None:
            continue
        yield from (request.path or "").split("/")
        yield from request.params.values()
        if isinstance(request, RequestSettings):
            yield from _leaves(request.body)
    auth: Any = settings.auth
    for way in (getattr(auth, "path", None), getattr(auth, "logout", None)):
        yield from urlsplit(way or "").path.split("/")


def _leaves(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for inner in part.values():
            yield from _leaves(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _leaves(inner)
