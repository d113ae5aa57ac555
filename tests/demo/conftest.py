"""A simulated helpdesk on the loopback with a clock that stands still until a test moves it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from deskwatch.demo import Helpdesk, create_helpdesk, serve

TUESDAY = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)


@dataclass
class FakeClock:
    """A clock that tests move."""

    now: datetime = TUESDAY

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **duration: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(**duration)
        return self.now


@dataclass
class Client:
    """Asks the API the way a client with the demo key does."""

    url: str

    def get(self, path: str, *, key: str | None = "demo", **query: Any) -> requests.Response:
        """One GET; ``headers_`` adds headers."""
        headers = query.pop("headers_", {})
        auth = (key, "X") if key is not None else None
        return requests.get(
            self.url + "/api/v2" + path,
            params=query,
            auth=auth,
            headers=headers,
            timeout=10,
            allow_redirects=False,
        )

    def tickets(self, **query: Any) -> list[dict[str, Any]]:
        """Rows of a list call."""
        answer = self.get("/tickets", **query)
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["tickets"]
        return rows

    def found(self, query: str, **more: Any) -> list[int]:
        """Ids a query finds on its first page."""
        answer = self.get("/tickets/filter", query=f'"{query}"', **more)
        assert answer.status_code == 200, answer.text
        return [row["id"] for row in answer.json()["tickets"]]

    def ticket(self, id_: int, **query: Any) -> dict[str, Any]:
        """One ticket by id."""
        answer = self.get(f"/tickets/{id_}", **query)
        assert answer.status_code == 200, answer.text
        row: dict[str, Any] = answer.json()["ticket"]
        return row


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def make_desk(clock: FakeClock) -> Callable[..., Helpdesk]:
    """An empty helpdesk without index lag, unless told otherwise."""

    def make(**options: Any) -> Helpdesk:
        return create_helpdesk(
            **{"started_at": clock.now, "clock": clock, "tickets": 0, "index_lag": timedelta(0), **options}
        )

    return make


@pytest.fixture
def desk(make_desk: Callable[..., Helpdesk]) -> Helpdesk:
    return make_desk()


@pytest.fixture
def client_of() -> Iterator[Callable[[Helpdesk], Client]]:
    """Puts a helpdesk on a port and answers a client for it."""
    with ExitStack() as servers:
        yield lambda desk: Client(servers.enter_context(serve(desk)).url)


@pytest.fixture
def client(desk: Helpdesk, client_of: Callable[[Helpdesk], Client]) -> Client:
    return client_of(desk)
