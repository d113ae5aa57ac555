"""The engine keeps the contract of a source, whatever pages, keys and dates a helpdesk has."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from deskwatch.sources.rest.source import RestSource
from tests.sources.contract import LIMITS, HttpBench, HttpContract, SourceContract
from tests.sources.rest_desk import KEY, Clock, Desk, described, serving, settings_of


class RestBench(HttpBench):
    """The small helpdesk."""

    key = KEY

    def __init__(self, desk: Desk, **changes: object) -> None:
        self.desk, self.changes = desk, changes

    def now(self) -> datetime:
        return self.desk.clock.now

    def pass_(self, seconds: float) -> None:
        self.desk.clock.pass_(seconds=seconds)

    def source(self, *, url: str | None = None, key: str | None = None) -> RestSource:
        settings = settings_of(self.desk, key=key or KEY, **self.changes)
        if url is not None:
            settings = settings.model_copy(update={"base_url": url, "lookups": {}})
        return RestSource("rest", settings, timeouts=LIMITS, clock=self.desk.clock.monotonic)

    def create(self, subject: str) -> str:
        return self.desk.create(subject)

    def rename(self, id_: str, subject: str) -> None:
        self.desk.change(id_, subject=subject)

    def resolve(self, id_: str) -> None:
        self.desk.change(id_, status="solved")

    def reopen(self, id_: str) -> None:
        self.desk.change(id_, status="open")

    def delete(self, id_: str) -> None:
        del self.desk.tickets[id_]


@pytest.fixture(scope="module")
def server() -> Iterator[Desk]:
    """One helpdesk for all; each test gets it empty."""
    with serving(Desk()) as desk:
        yield desk


def fresh(desk: Desk, **switches: object) -> Desk:
    """The same port, nothing else remembered."""
    url = desk.url
    desk.__dict__.clear()
    desk.__init__(clock=Clock(), **switches)  # type: ignore[misc]
    desk.url = url
    return desk


class TestDescribedHelpdesk(HttpContract):
    """With changes, a request for one ticket, a probe and names."""

    @pytest.fixture
    def bench(self, server: Desk) -> RestBench:
        return RestBench(fresh(server))


class TestHelpdeskWithoutChanges(SourceContract):
    """The whole list is compared each time; there is no date of change and no request for one ticket."""

    @pytest.fixture
    def bench(self, server: Desk) -> RestBench:
        desk = fresh(server, has_updated=False)
        fields = {**described(desk)["fields"], "updated_at": None}
        return RestBench(desk, changes=None, one=None, fields={k: v for k, v in fields.items() if v})
