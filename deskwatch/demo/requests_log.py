"""Who asked what and when, and what it cost: for tests about budgets and manners."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

_MOST = 20_000
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecord:
    """One request to the API. ``authorized``: it carried a key."""

    at: datetime
    method: str
    path: str
    route: str | None
    query: Mapping[str, str]
    status: int
    credits: int
    authorized: bool
    fault: str | None = None


class RequestLog:
    """The last requests, oldest first."""

    def __init__(self) -> None:
        self._records: deque[RequestRecord] = deque(maxlen=_MOST)

    def __len__(self) -> int:
        return len(self._records)

    def add(self, record: RequestRecord) -> None:
        """Remember a request."""
        self._records.append(record)

    def clear(self) -> None:
        """Forget all requests."""
        self._records.clear()

    def of(self, route: str | None = None) -> list[RequestRecord]:
        """Requests to one route, or all."""
        return [r for r in list(self._records) if route is None or r.route == route]

    def credits(self, *, since: datetime | None = None, until: datetime | None = None) -> int:
        """Credits spent in ``[since, until)``."""
        return sum(
            r.credits
            for r in list(self._records)
            if (since is None or r.at >= since) and (until is None or r.at < until)
        )

    def busiest_minute(self) -> int:
        """The most credits spent in any sixty seconds."""
        most = spent = 0
        window: deque[RequestRecord] = deque()
        for record in list(self._records):
            window.append(record)
            spent += record.credits
            while window[0].at <= record.at - _MINUTE:
                spent -= window.popleft().credits
            most = max(most, spent)
        return most
