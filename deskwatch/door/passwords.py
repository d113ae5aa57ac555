"""Passwords: hashed with scrypt, checked at the same cost whether or not there is such a user."""

import secrets
import threading
from functools import cache

from werkzeug.security import check_password_hash, generate_password_hash

METHOD = "scrypt:32768:8:1"
"""32 MiB and about 60 ms for each check."""
SHORTEST, LONGEST = 10, 200
"""Characters of a password; longer ones would only cost time."""

_AT_ONCE = threading.BoundedSemaphore(2)
"""Checks that run at the same time: each needs memory and a core."""


def hashed(password: str) -> str:
    """The text for ``password:`` in ``users.yaml``."""
    return generate_password_hash(password, method=METHOD, salt_length=16)


def is_right(password_hash: str | None, password: str) -> bool:
    """Whether this is the password. ``None``: there is no such user, which costs the same to find out."""
    with _AT_ONCE:
        right = check_password_hash(password_hash or _nobodys(), password[: LONGEST + 1])
    return right and password_hash is not None and len(password) <= LONGEST


def fresh_password() -> str:
    """One that nobody has: 16 characters, 96 bits."""
    return secrets.token_urlsafe(12)


@cache
def _nobodys() -> str:
    return hashed(secrets.token_urlsafe(24))
