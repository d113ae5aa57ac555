"""Random histories of an Atera account: after one quiet complete list, tickets/ is exactly what is open."""

import shutil
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from deskwatch.demo import faults
from deskwatch.demo.atera_switches import AteraSwitches
from deskwatch.demo.statuses import DELETED, MERGED
from tests.test_watch_histories import FAULTS as SHARED
from tests.test_watch_histories import PICK, History
from tests.watch_desk import WatchDesk, watch_desk

MISSING = faults.recorded(404, b"", {"content-type": ""})
FAULTS = (*SHARED, lambda: MISSING, lambda: faults.rate_limited(None))


class AteraHistory(History):
    """The same people and troubles as in a Freshservice, and those that only Atera has."""

    @initialize(
        tickets=st.integers(0, 70),
        lag=st.sampled_from([0, 30, 300]),
        order=st.sampled_from(["shuffled", "asc", "desc"]),
        last=st.sampled_from(["empty", "null", "absent"]),
        hidden=st.sampled_from(["null", "absent"]),
        changes=st.sampled_from([True, True, False]),
    )
    def open_the_desk(  # type: ignore[override]
        self, tickets: int, lag: int, order: str, last: str, hidden: str, changes: bool
    ) -> None:
        self.stack = ExitStack()
        home = Path(tempfile.mkdtemp())
        self.stack.callback(shutil.rmtree, home)
        switches = AteraSwitches(
            order=order,  # type: ignore[arg-type]
            last_link=last,  # type: ignore[arg-type]
            hidden_comments=hidden,  # type: ignore[arg-type]
            has_lastmodified=changes,
        )
        self.watch: WatchDesk = self.stack.enter_context(
            watch_desk(
                home, tickets=tickets, plan="atera", switches=switches, index_lag=timedelta(seconds=lag)
            )
        )
        self.watch.run(minutes=1)

    @rule(pick=PICK, status=st.sampled_from([DELETED, MERGED]))
    def a_ticket_is_thrown_away(self, pick: int, status: int) -> None:
        self.a_status_changes(pick, status)

    @rule(
        route=st.sampled_from(["list", "lastmodified", "view"]),
        fault=st.sampled_from(FAULTS),
        times=st.integers(1, 3),
    )
    def something_fails(self, route: str, fault: object, times: int) -> None:
        found = fault()  # type: ignore[operator]
        if route == "view" and found is MISSING:
            return  # a ticket that is said not to exist, when asked for by its number, does not
        self.watch.desk.faults.add(route, found, times=times)

    def teardown(self) -> None:
        if hasattr(self, "watch"):
            self.watch.desk.faults.clear()
            self.watch.run(minutes=25)
            truth = {str(t.id): self.watch.desk.status_of(t).name for t in self.watch.desk.open_tickets()}
            shown = {id_: ticket.status.name for id_, ticket in self.watch.tickets().items()}
            self.stack.close()
            assert shown == truth


AteraHistory.TestCase.settings = settings(
    max_examples=4,
    stateful_step_count=9,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestAteraHistory = AteraHistory.TestCase
