"""The Freshservice adapter keeps the contract of a source against the simulated one."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from deskwatch.demo import DEMO_KEY, Helpdesk, Server, create_helpdesk, serve
from deskwatch.settings import Secret
from deskwatch.sources.freshservice import FreshserviceSource
from deskwatch.sources.freshservice_settings import FreshserviceSettings
from tests.sources.contract import LIMITS, HttpBench, HttpContract
from tests.watch_desk import FakeClock


class FreshserviceBench(HttpBench):
    """The simulated helpdesk."""

    index_lag = timedelta(seconds=120)
    key = "key-" + DEMO_KEY

    def __init__(self, desk: Helpdesk, server: Server, clock: FakeClock) -> None:
        self.desk, self.server, self.clock = desk, server, clock

    def now(self) -> datetime:
        return self.clock.now

    def pass_(self, seconds: float) -> None:
        self.clock.pass_(seconds=seconds)

    def source(self, *, url: str | None = None, key: str | None = None) -> FreshserviceSource:
        settings = FreshserviceSettings(base_url=url or self.server.url, api_key=Secret(key or self.key))
        return FreshserviceSource("fs", settings, timeouts=LIMITS, clock=self.clock.monotonic)

    def create(self, subject: str) -> str:
        return str(self.desk.create_ticket(subject).id)

    def rename(self, id_: str, subject: str) -> None:
        self.desk.edit(int(id_), subject=subject)

    def resolve(self, id_: str) -> None:
        self.desk.resolve(int(id_))

    def reopen(self, id_: str) -> None:
        self.desk.reopen(int(id_))

    def delete(self, id_: str) -> None:
        self.desk.purge(int(id_))


class TestFreshservice(HttpContract):
    """One account."""

    @pytest.fixture
    def bench(self) -> Iterator[FreshserviceBench]:
        clock = FakeClock()
        desk = create_helpdesk(started_at=clock.now, clock=clock, tickets=0)
        desk.switches.api_key = FreshserviceBench.key
        with serve(desk) as server:
            yield FreshserviceBench(desk, server, clock)
