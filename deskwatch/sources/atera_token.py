"""What can be told about an Atera key without asking anybody: which kind it is, and when a token ends."""

import base64
import binascii
import json
from datetime import UTC, datetime, timedelta

TOKEN_LENGTH = 100
"""Tokens are longer than so many characters, the keys of before are a third of it."""
WARNINGS = tuple(timedelta(days=days) for days in (1, 7, 30))
"""How long before its end a token is warned about, the most urgent first."""


def is_token(key: str) -> bool:
    """Whether a key is a token (JWT), which travels as Bearer."""
    return key.count(".") == 2 and len(key) > TOKEN_LENGTH


def expiry_of(key: str) -> datetime | None:
    """When a token ends, by its own word (nobody checks its signature here); None when it does not say."""
    if not is_token(key):
        return None
    try:
        payload = key.split(".")[1]
        told = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        seconds = told.get("exp") if isinstance(told, dict) else None
        if not isinstance(seconds, int | float) or isinstance(seconds, bool):
            return None
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, binascii.Error, OverflowError, OSError, RecursionError):
        return None


def expiry_words(expires: datetime | None, *, now: datetime) -> str | None:
    """A sentence when a token ends within 30 days or has ended; another one 7 days and 1 day before that."""
    if expires is None:
        return None
    mend = "make a new one in Atera (Admin, API) and put it where sources.yaml says"
    left = expires - now
    if left <= timedelta(0):
        return f"the API token ended on {expires:%Y-%m-%d}; {mend}"
    for span in WARNINGS:
        if left <= span:
            within = "24 hours" if span.days == 1 else f"{span.days} days"
            return f"the API token ends within {within}, on {expires:%Y-%m-%d at %H:%M} UTC; {mend}"
    return None
