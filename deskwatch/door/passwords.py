"""Passwords: hashed with scrypt, checked at the same cost whether or not there is such a user."""

import hashlib
import hmac
import secrets
import threading
from functools import cache

COST = (32768, 8, 1)
"""n, r and p of scrypt: 32 MiB and about 60 ms for each check."""
SHORTEST, LONGEST = 10, 200
"""Characters of a password; longer ones would only cost time."""

_AT_ONCE = threading.BoundedSemaphore(2)
"""Checks that run at the same time: each needs memory and a core."""


def hashed(password: str) -> str:
    """The text for ``password:`` in ``users.yaml``: ``scrypt:n:r:p$salt$hash``."""
    salt = secrets.token_hex(16)
    return f"scrypt:{':'.join(map(str, COST))}${salt}${_digest(password, salt, COST)}"


def is_right(password_hash: str | None, password: str) -> bool:
    """Whether this is the password. ``None``: there is no such user, which costs the same to find out."""
    method, salt, expected = (password_hash or _nobodys()).split("$")
    n, r, p = (int(part) for part in method.split(":")[1:])
    with _AT_ONCE:
        found = _digest(password[: LONGEST + 1], salt, (n, r, p))
    is_same = hmac.compare_digest(found, expected)
    return is_same and password_hash is not None and len(password) <= LONGEST


def fresh_password() -> str:
    """One that nobody has: 16 characters, 96 bits."""
    return secrets.token_urlsafe(12)


def _digest(password: str, salt: str, cost: tuple[int, int, int]) -> str:
    n, r, p = cost
    text = password.encode("utf-8", "replace")
    memory = 132 * n * r * p
    return hashlib.scrypt(text, salt=salt.encode(), n=n, r=r, p=p, maxmem=memory, dklen=64).hex()


@cache
def _nobodys() -> str:
    return hashed(secrets.token_urlsafe(24))
