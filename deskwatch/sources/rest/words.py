"""Answers of any helpdesk in words: what went wrong, in which file and setting to mend it, and no secret."""

import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, quote_plus

from deskwatch.sources.http_words import clean_line, date_of, pause_of
from deskwatch.sources.source import Kind, SourceError

_SHORTEST_SECRET = 4
MOST_TOKENS = 40
"""Tokens that were fetched and are still hidden; the secrets of the file always are."""
_MEANINGS: dict[int, tuple[Kind, str]] = {
    400: ("config", "the helpdesk does not understand the request; check {part}"),
    401: ("auth", "the helpdesk refuses the key; check auth and secrets"),
    402: ("forbidden", "the helpdesk asks for payment; ask whoever pays for it"),
    403: ("forbidden", "the helpdesk does not allow this to the key's owner; check {part}, and their rights"),
    404: ("not_found", "there is nothing at this address; check base_url and {part}"),
    405: ("config", "the helpdesk does not allow this kind of request; check the method of {part}"),
    406: ("config", "the helpdesk does not offer the format that was asked for; check the headers of {part}"),
    408: ("timeout", "the helpdesk gave up waiting for the request"),
    409: ("answer", "the helpdesk reports a conflict"),
    410: ("not_found", "this part of the helpdesk is gone for good; check base_url and {part}"),
    414: ("config", "the address of the request is too long; check the params of {part}"),
    415: ("config", "the helpdesk does not accept the format of the request; check the headers of {part}"),
    422: ("config", "the helpdesk cannot work with the request; check {part}"),
    429: ("rate_limited", "the helpdesk asks for fewer requests; a lower per_minute avoids this"),
}  # fmt: skip
_GATEWAY = {
    502: "is behind a broken gateway",
    503: "is down for the moment",
    504: "is too slow for its gateway",
}


class Words:
    """The sentences of one source.

    Args:
        name: of the source, which names its file.
        secrets: texts that no sentence may have; helpdesks quote what they were sent.
    """

    def __init__(self, name: str, secrets: Iterable[str]) -> None:
        self.file = f"config/sources.d/{name}.yaml"
        self._own = tuple(secrets)
        self._tokens: deque[str] = deque(maxlen=MOST_TOKENS)
        self._secrets: tuple[str, ...] = ()
        self.hide()

    def error(self, kind: Kind, doing: str, problem: str, *, status: int | None = None) -> SourceError:
        """``while DOING: PROBLEM``, clean."""
        return SourceError(kind, self.hidden(f"while {doing}: {problem}"), status=status)

    def config_error(self, doing: str, problem: str, *, status: int | None = None) -> SourceError:
        """An error that is mended in the source's file."""
        return self.error("config", doing, f"{problem} (in {self.file})", status=status)

    def of_answer(
        self, status: int, headers: Mapping[str, str], body: bytes, *, doing: str, part: str, now: datetime
    ) -> SourceError:
        """The error an unhappy answer stands for. ``part`` names the settings behind the request."""
        if 300 <= status < 400:
            words = (
                f"the helpdesk sends us elsewhere ({status}), where the key does not travel; check base_url"
            )
            return self.error("config", doing, f"{words} and {part} in {self.file}", status=status)
        kind, words = self._meaning(status, part)
        pause = None
        if status in (429, 503) or "retry-after" in headers:
            pause = pause_of(headers.get("retry-after"), now=date_of(headers) or now)
        said = said_in(body, self.hidden)
        detail = f' It says: "{said}"' if said else ""
        error = self.error(kind, doing, f"{words} ({status}).{detail}", status=status)
        error.retry_after = pause
        return error

    def named(self, error: SourceError) -> SourceError:
        """The same error of the wire, with the file of this source instead of ``sources.yaml``."""
        words = error.words.replace("base_url in sources.yaml", f"base_url in {self.file}")
        words = words.replace("check subdomain, base_url and DNS", f"check base_url in {self.file} and DNS")
        if "certificate is not accepted" in words:
            words += f"; an authority of your own goes into tls.ca of {self.file}"
        if "your own authority cannot be read" in words:
            words += f"; check tls.ca in {self.file}"
        error.words = self.hidden(words)
        error.args = (error.words,)
        return error

    def hide(self, *secrets: str) -> None:
        """From now on these are secrets too; of tokens that come and go the last ones are remembered."""
        self._tokens.extend(text for text in secrets if text not in self._tokens)
        known = [text for text in (*self._own, *self._tokens) if len(text) >= _SHORTEST_SECRET]
        forms = {form for text in known for form in (text, quote(text, safe=""), quote_plus(text))}
        self._secrets = tuple(sorted(forms, key=len, reverse=True))

    def hidden(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def _meaning(self, status: int, part: str) -> tuple[Kind, str]:
        if status in _MEANINGS:
            kind, words = _MEANINGS[status]
            place = f" in {self.file}" if "check" in words or "per_minute" in words else ""
            return kind, words.format(part=part) + place
        if status >= 500:
            return "server", f"the helpdesk {_GATEWAY.get(status, 'has an internal error')}"
        if 200 <= status < 300:
            return (
                "config",
                f"nobody expected this state; if it is good, add it to ok of {part} in {self.file}",
            )
        return "answer", "the helpdesk answers in a way nobody expected"


def said_in(body: bytes, hidden: Callable[[str], str]) -> str:
    """What an error body says for people, as one line; empty when that cannot be told.

    ``hidden`` takes secrets out before the line is cut, for half of a secret is found by nobody.
    """
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        if body[:200].lstrip()[:1] in (b"<", b"{", b"["):
            return ""
        text = hidden(body[:1000].decode("utf-8", "replace"))
        return clean_line(text, longest=200) if text.isprintable() or "\n" in text else ""
    return clean_line(hidden("; ".join(_texts(told, 3))), longest=300)


_TELLING = re.compile(
    r"(error_?messages?|errors?|messages?|detail|description|reason|error_description|title)", re.I
)


def _texts(told: Any, deep: int) -> list[str]:
    if isinstance(told, str):
        return [told]
    if deep == 0:
        return []
    if isinstance(told, list):
        return [text for part in told[:3] for text in _texts(part, deep - 1)]
    if isinstance(told, dict):
        keys = [key for key in told if isinstance(key, str) and _TELLING.fullmatch(key)]
        return list(dict.fromkeys(text for key in keys[:3] for text in _texts(told[key], deep - 1)))
    return []
