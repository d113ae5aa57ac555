"""Answers of a Freshworks API in words: what an error body means, and how long to stay away."""

import contextlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from deskwatch.core.ticket import TicketError, parse_instant
from deskwatch.sources.source import Kind, SourceError

SHORTEST_PAUSE, LONGEST_PAUSE, DEFAULT_PAUSE = 1.0, 900.0, 60.0
"""Seconds. A junk header must neither make us hammer the helpdesk nor blind the wall for a day."""

_CODES: dict[str, tuple[Kind, str]] = {
    "invalid_credentials": ("auth", "the API key is refused; put a valid key where sources.yaml says"),
    "unsupported_authentication_type": (
        "auth",
        "the helpdesk does not accept a user name and password; put an API key where sources.yaml says",
    ),
    "password_lockout": ("auth", "the agent behind the API key is locked out after failed log-ins"),
    "password_expired": ("auth", "the password of the agent behind the API key has expired"),
    "access_token_expired": ("auth", "the access token has expired; use an API key"),
    "access_token_invalid": ("auth", "the access token is refused; use an API key"),
    "access_denied": ("forbidden", "the agent behind the API key lacks the right to read this"),
    "account_suspended": ("forbidden", "the helpdesk account is suspended; ask whoever pays for it"),
    "require_feature": ("forbidden", "the helpdesk's plan does not include this"),
    "inaccessible_field": ("forbidden", "the agent behind the API key may not read a field"),
    "ssl_required": ("config", "the helpdesk only answers to https; correct base_url in sources.yaml"),
}
_STATUSES: dict[int, tuple[Kind, str]] = {
    400: ("config", "the helpdesk does not understand the request"),
    401: ("auth", "the API key is refused; put a valid key where sources.yaml says"),
    403: ("forbidden", "the helpdesk does not allow this to the agent behind the API key"),
    404: ("not_found", "there is nothing at this address; check subdomain or base_url in sources.yaml"),
    405: ("config", "the helpdesk does not allow this kind of request"),
    406: ("config", "the helpdesk does not offer the format that was asked for"),
    409: ("answer", "the helpdesk reports a conflict"),
    415: ("config", "the helpdesk does not accept the format of the request"),
    429: ("rate_limited", "the helpdesk's rate limit is used up"),
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_CONTROL_IN_LINE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_BLANK_LINES = re.compile(r"\n\s*\n\s*\n+")


def error_of(
    status: int, headers: Mapping[str, str], body: bytes, *, doing: str, now: datetime
) -> SourceError:
    """The error an unhappy answer stands for. ``doing`` completes "while …"; ``now`` dates a pause."""
    if 300 <= status < 400:
        return SourceError(
            "config",
            f"while {doing}: the helpdesk sends us elsewhere ({status}), and the API key does not travel; "
            "check subdomain or base_url in sources.yaml",
            status=status,
        )
    kind, words, said = _meaning(status, body)
    pause = None
    if status in (429, 503) or "retry-after" in {name.lower() for name in headers}:
        pause = pause_of(headers.get("retry-after"), now=date_of(headers) or now)
    detail = f' It says: "{said}"' if said else ""
    return SourceError(kind, f"while {doing}: {words} ({status}).{detail}", status=status, retry_after=pause)


def _meaning(status: int, body: bytes) -> tuple[Kind, str, str]:
    code, said = _said(body)
    if status < 500 and status != 429 and code in _CODES:
        return *_CODES[code], said
    if status in _STATUSES:
        return *_STATUSES[status], said
    if status >= 500:
        known = {
            502: "is behind a broken gateway",
            503: "is down for the moment",
            504: "is too slow for its gateway",
        }
        return "server", f"the helpdesk {known.get(status, 'has an internal error')}", said
    return "answer", "the helpdesk answers in a way nobody expected", said


def _said(body: bytes) -> tuple[str, str]:
    """Code and message of an error body; both empty when it is not JSON of the documented shape."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(told, dict):
        return "", ""
    code = told.get("code") if isinstance(told.get("code"), str) else ""
    said = [_field_error(e) for e in told["errors"][:3]] if isinstance(told.get("errors"), list) else []
    if not said:  # of the last two, which RFC 9457 names, the first says more
        texts = (told.get(name) for name in ("message", "detail", "title"))
        said = [next((text for text in texts if isinstance(text, str) and text), "")]
    return code or "", clean_line("; ".join(text for text in said if text), longest=300)


def _field_error(entry: Any) -> str:
    if not isinstance(entry, dict):
        return ""
    message = entry.get("message")
    if isinstance(message, str) and message.startswith("["):  # a list, sent as the text of that list
        with contextlib.suppress(ValueError, RecursionError):
            message = ", ".join(str(part) for part in json.loads(message))
    return ": ".join(str(part) for part in (entry.get("field"), message) if part)


def pause_of(header: str | None, *, now: datetime) -> float:
    """Seconds to stay away: RFC 9110 Retry-After as seconds or date, or an ISO date. Missing or junk: 60."""
    text = (header or "").strip()
    if re.fullmatch(r"[+-]?\d{1,30}(\.\d*)?", text):
        seconds = float(text)
    else:
        until = _instant(text)
        if until is None:
            return DEFAULT_PAUSE
        seconds = (until - now).total_seconds()
    return min(max(seconds, SHORTEST_PAUSE), LONGEST_PAUSE)


def date_of(headers: Mapping[str, str]) -> datetime | None:
    """The Date header as an instant; None when missing or junk."""
    return _instant(headers.get("date", ""))


def _instant(text: str) -> datetime | None:
    try:
        return parse_instant(text)
    except TicketError:
        pass
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def clean_line(value: Any, *, longest: int) -> str:
    """Text from outside as one harmless line: no control characters, no halves of characters, clipped."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    text = value if isinstance(value, str) else str(value) if is_number else ""
    text = " ".join(_CONTROL.sub(" ", text[: longest * 4]).split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def clean_text(value: Any, *, longest: int) -> str:
    """Text from outside with its lines: no control characters, no halves of characters, clipped."""
    if not isinstance(value, str):
        return ""
    text = value[: longest * 4].replace("\r\n", "\n").replace("\r", "\n")
    text = _BLANK_LINES.sub("\n\n", _CONTROL_IN_LINE.sub(" ", text)).strip()
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
