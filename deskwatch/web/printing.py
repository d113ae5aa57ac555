"""Bytes that are printed once and served many times: body, gzip, strong ETag."""

import gzip
import hashlib
from dataclasses import dataclass, field
from functools import cached_property

from deskwatch.web.headers import Headers

GZIP_LEVEL = 6
GZIP_FLOOR = 512
"""Bytes below which compressing costs more than it saves."""

HTML = "text/html; charset=utf-8"
JSON = "application/json"

ALWAYS_ASK = "private, no-cache"
"""Keep a copy, but ask each time whether it is still the truth."""
FOR_EVER = "public, max-age=31536000, immutable"
"""For addresses that contain the fingerprint of what they answer."""
NEVER_KEEP = "no-store"

_COMPRESSIBLE = ("text/", "application/json", "image/svg+xml", "application/manifest+json")


@dataclass(frozen=True)
class Printed:
    """One answer, finished: the same bytes go to everybody who asks until something changes.

    ``version`` names the content. Its two representations (plain and gzip) carry ETags of their own,
    because a strong ETag promises equal bytes (RFC 9110, 8.8.3).
    """

    body: bytes
    content_type: str
    cache_control: str = ALWAYS_ASK
    version: str = field(default="")

    def __post_init__(self) -> None:
        if not self.version:
            object.__setattr__(self, "version", fingerprint(self.body))

    @cached_property
    def compressed(self) -> bytes | None:
        """The gzip representation, made when first asked for; ``None`` when it would not be smaller."""
        if len(self.body) < GZIP_FLOOR or not self.content_type.startswith(_COMPRESSIBLE):
            return None
        packed = gzip.compress(self.body, GZIP_LEVEL, mtime=0)
        return packed if len(packed) < len(self.body) else None

    @cached_property
    def plain_headers(self) -> Headers:
        """Headers of the plain representation."""
        return [*self._described(len(self.body)), *self._cached(f'"{self.version}"')]

    @cached_property
    def compressed_headers(self) -> Headers:
        """Headers of the gzip representation."""
        size = len(self.compressed or b"")
        return [*self._described(size), ("Content-Encoding", "gzip"), *self._cached(f'"{self.version}-gz"')]

    @cached_property
    def unchanged_headers(self) -> Headers:
        """Headers of a 304, which describes no body."""
        return self._cached(f'"{self.version}"')

    def matches(self, if_none_match: str) -> bool:
        """Whether a client that sends this If-None-Match already holds the content."""
        return self.version in if_none_match or if_none_match.strip() == "*"

    def _described(self, length: int) -> Headers:
        return [("Content-Type", self.content_type), ("Content-Length", str(length))]

    def _cached(self, etag: str) -> Headers:
        return [("ETag", etag), ("Vary", "Accept-Encoding"), ("Cache-Control", self.cache_control)]


def fingerprint(content: bytes) -> str:
    """A short name of the content; equal content has equal names on every start and machine."""
    return hashlib.blake2b(content, digest_size=12).hexdigest()
