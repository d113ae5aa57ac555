"""Rate limits: credits per minute for the whole account and for single operations, by plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum
from types import MappingProxyType

WINDOW = 60
"""Seconds. A window starts when the clock's minute does."""


class Bucket(StrEnum):
    """What is counted apart. Every call counts against ``ALL`` as well."""

    ALL = "all"
    LIST = "list tickets"
    VIEW = "view ticket"
    PEOPLE = "list agents or requesters"


Plan = Mapping[Bucket, int]


def _plan(all_: int, list_: int, view: int, people: int) -> Plan:
    return MappingProxyType({Bucket.ALL: all_, Bucket.LIST: list_, Bucket.VIEW: view, Bucket.PEOPLE: people})


PLANS: Mapping[str, Plan] = MappingProxyType(
    {
        "starter": _plan(100, 40, 50, 40),
        "growth": _plan(200, 70, 80, 70),
        "pro": _plan(400, 120, 140, 120),
        "enterprise": _plan(500, 140, 160, 140),
        "atera": _plan(700, 700, 700, 700),
        "unlimited": _plan(10**9, 10**9, 10**9, 10**9),
    }
)
"""Calls per minute as the vendor's article on rate limits gives them. Atera publishes none: its
figure is hearsay. ``unlimited`` is for bulk tests."""


class RetryAfter(StrEnum):
    """How a 429 says when to come back. Servers and proxies are known to send each of these."""

    SECONDS = "seconds"
    HTTP_DATE = "HTTP date"
    ISO_DATE = "ISO date"
    ABSENT = "absent"
    JUNK = "junk"
    NEGATIVE = "negative"
    HUGE = "huge"

    def header(self, seconds: int, at: datetime) -> str | None:
        """The header's value for a wait of ``seconds`` that ends ``at``."""
        return {
            RetryAfter.SECONDS: str(seconds),
            RetryAfter.HTTP_DATE: format_datetime(at.astimezone(UTC), usegmt=True),
            RetryAfter.ISO_DATE: at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            RetryAfter.JUNK: "soon",
            RetryAfter.NEGATIVE: "-37",
            RetryAfter.HUGE: "99999999999",
        }.get(self)


@dataclass(frozen=True, slots=True)
class Charge:
    """What a call cost and what its bucket has left. ``wait``: seconds to the next window, if refused."""

    credits: int
    total: int
    remaining: int
    wait: int | None = None


class Limiter:
    """Counts credits per bucket and minute."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._window = -1
        self._used: dict[Bucket, int] = {}

    def charge(self, bucket: Bucket, credits: int, *, now: datetime) -> Charge:
        """Count a call. A refused call counts too."""
        second = int(now.timestamp())
        if second // WINDOW != self._window:
            self._window, self._used = second // WINDOW, {}
        refused = False
        for counted in {bucket, Bucket.ALL}:
            used = self._used[counted] = self._used.get(counted, 0) + credits
            refused |= used > self.plan[counted]
        total = self.plan[bucket]
        left = max(0, total - self._used[bucket])
        return Charge(credits, total, left, WINDOW - second % WINDOW if refused else None)
