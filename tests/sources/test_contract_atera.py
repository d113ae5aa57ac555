"""The Atera adapter keeps the contract of a source against the simulated one."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from deskwatch.demo import create_helpdesk, serve
from deskwatch.demo.atera_switches import AteraSwitches
from deskwatch.settings import Secret
from deskwatch.sources.atera import AteraSource
from deskwatch.sources.atera_settings import AteraSettings
from deskwatch.sources.source import Source
from tests.sources.contract import LIMITS, HttpContract
from tests.sources.test_contract_freshservice import FreshserviceBench
from tests.watch_desk import FakeClock


class AteraBench(FreshserviceBench):
    """The same desk behind the other API."""

    index_lag = timedelta(0)

    def source(self, *, url: str | None = None, key: str | None = None) -> Source:  # type: ignore[override]
        settings = AteraSettings(base_url=url or self.server.url, api_key=Secret(key or self.key))
        return AteraSource("msp", settings, timeouts=LIMITS, clock=self.clock.monotonic)


class TestAtera(HttpContract):
    """One account."""

    @pytest.fixture
    def bench(self) -> Iterator[AteraBench]:
        clock = FakeClock()
        switches = AteraSwitches(api_key=AteraBench.key)
        desk = create_helpdesk(
            started_at=clock.now,
            clock=clock,
            tickets=0,
            switches=switches,
            plan="atera",
            index_lag=timedelta(0),
        )
        with serve(desk) as server:
            yield AteraBench(desk, server, clock)
