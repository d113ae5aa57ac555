"""``users.yaml``: who may use the API for own tickets, and as what."""

import re
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from deskwatch.config.fields import Moment
from deskwatch.config.general import NOTHING_HASHED
from deskwatch.settings import Duration, Strict, at_least, at_most

Role = Literal["admin", "technician", "helpdesk_officer"]
UserName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")]
"""A name to log in with; it appears in the history of tickets."""

_HASH = re.compile(r"scrypt:([0-9]{4,7}):([0-9]{1,2}):([0-9])\$[A-Za-z0-9]{8,64}\$[0-9a-f]{128}")
_MOST_MEMORY = 256 * 2**20
"""Bytes one check of a password may need (128 · n · r)."""


class UserSettings(Strict):
    """Somebody who may log in."""

    role: Role
    """``admin`` may do everything; ``technician`` works on tickets; ``helpdesk_officer`` creates, reads and
    comments. The table is in ``docs/api-own-tickets.md``."""
    password: str | None = None
    """Hash of the password, from ``ticket_watcher.py user passwd NAME``. Default: tokens only, no login."""
    active: bool = True
    """``false`` ends every token of this user at once."""
    agent: str | None = None
    """Who this is among the agents of tickets, by name or id. Default: the name to log in with."""

    @field_validator("password")
    @classmethod
    def _is_a_hash(cls, text: str | None) -> str | None:
        if text is None:
            return None
        found = _HASH.fullmatch(text)
        if found is None:
            raise ValueError(
                "expected a hash, never the password itself; make the line with: "
                "ticket_watcher.py user passwd NAME"
            )
        n, r, p = (int(part) for part in found.groups())
        if n & (n - 1) or not r or not p or 128 * n * r > _MOST_MEMORY:
            raise ValueError(
                "this hash costs too much to check; make one with: ticket_watcher.py user passwd NAME"
            )
        return text


class ApiTokenSettings(Strict):
    """A token for a program, known by its hash; it ends when its lines are deleted."""

    sha256: str
    """SHA-256 of the token as 64 hex digits: ``printf %s TOKEN | sha256sum``."""
    role: Role
    """What the program may do."""
    agent: str | None = None
    """Who this is among the agents of tickets. Default: the name here."""
    expires: Moment | None = None
    """When it ends by itself: ``2027-01-31`` (as that day begins) or ``2027-01-31 18:00``."""

    @field_validator("sha256")
    @classmethod
    def _is_sha256(cls, text: str) -> str:
        if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
            raise ValueError("expected 64 hex digits; make them with: printf %s TOKEN | sha256sum")
        if text.lower() == NOTHING_HASHED:
            raise ValueError(
                "this is the hash of an empty token; make one with: ticket_watcher.py token new NAME"
            )
        return text.lower()


class UsersSettings(Strict):
    """``users.yaml``. Nobody may use the API until somebody is in it."""

    users: dict[UserName, UserSettings] = Field(default_factory=dict)
    """People, by the name they log in with."""
    tokens: dict[UserName, ApiTokenSettings] = Field(default_factory=dict)
    """Tokens of programs that are kept here rather than in ``state/``."""
    token_life: Annotated[Duration, at_least("1m"), at_most("3650d")] = timedelta(days=30)
    """How long a token lives that a login or ``ticket_watcher.py token new`` made."""

    @model_validator(mode="after")
    def _names_are_one_persons(self) -> Self:
        both = self.users.keys() & self.tokens.keys()
        if both:
            raise ValueError(f"{min(both)} is both a user and a token; give the token another name")
        folded = [name.casefold() for name in self.users]
        twice = {name for name in folded if folded.count(name) > 1}
        if twice:
            raise ValueError(f"two users differ only in capitals: {min(twice)}")
        return self
