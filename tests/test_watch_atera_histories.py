"""Random histories of an Atera account: after one quiet complete list, tickets/ is exactly what is open."""

import shutil
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from deskwatch.demo import faults
from deskwatch.demo.atera_switches import AteraSwitches
from deskwatch.demo.statuses import DELETED, MERGED
from tests.watch_desk import WatchDesk, watch_desk

PICK = st.integers(min_value=0, max_value=10_000)
FAULTS = (
    faults.bad_gateway,
    faults.truncated,
    faults.empty,
    faults.null_rows,
    faults.short_page,
    faults.repeated_page,
    faults.overlapping_pages,
    faults.reset,
    faults.wrong_date,
    faults.missing,
    lambda: faults.rate_limited(None),
    lambda: faults.wrong_date(timedelta(hours=-5)),
    lambda: faults.wrong_date(timedelta(hours=5)),
)


class History(RuleBasedStateMachine):
    """People work, answers fail, watchers restart; nobody tells the watcher."""

    @initialize(
        tickets=st.integers(0, 120),
        lag=st.sampled_from([0, 30, 300]),
        order=st.sampled_from(["shuffled", "asc", "desc"]),
        last=st.sampled_from(["empty", "null", "absent"]),
        hidden=st.sampled_from(["null", "absent"]),
        changes=st.sampled_from([True, True, False]),
    )
    def open_the_account(
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

    def some(self, pick: int) -> int | None:
        """A ticket that still exists."""
        ids = sorted(t.id for t in self.watch.desk.tickets())
        return ids[pick % len(ids)] if ids else None

    @rule(count=st.integers(1, 25))
    def people_write(self, count: int) -> None:
        for number in range(count):
            self.watch.desk.create_ticket(f"Mail {number} bounced")

    @rule(pick=PICK, status=st.sampled_from([2, 3, 4, 5, 6, 9, 11, DELETED, MERGED]))
    def a_status_changes(self, pick: int, status: int) -> None:
        if (id_ := self.some(pick)) is not None:
            self.watch.desk.change_status(id_, status)

    @rule(
        pick=PICK, what=st.sampled_from(["trash", "mark_spam", "restore", "purge", "reply", "customer_reply"])
    )
    def something_happens(self, pick: int, what: str) -> None:
        if (id_ := self.some(pick)) is not None:
            getattr(self.watch.desk, what)(id_)

    @rule(share=st.integers(1, 10))
    def many_are_closed_at_once(self, share: int) -> None:
        for ticket in self.watch.desk.open_tickets()[::share]:
            self.watch.desk.close(ticket.id)

    @rule(
        route=st.sampled_from(["list", "lastmodified", "view", "any"]),
        fault=st.sampled_from(FAULTS),
        times=st.integers(1, 3),
    )
    def something_fails(self, route: str, fault: object, times: int) -> None:
        if route in ("view", "any") and fault is faults.missing:
            return  # a ticket that is said not to exist, when asked for by its number, does not
        self.watch.desk.faults.add(route, fault(), times=times)  # type: ignore[operator]

    @rule(seconds=st.integers(1, 900))
    def time_passes(self, seconds: int) -> None:
        self.watch.run(seconds=seconds)

    @rule()
    def the_watcher_restarts(self) -> None:
        self.watch.start()

    def teardown(self) -> None:
        if hasattr(self, "watch"):
            self.watch.desk.faults.clear()
            self.watch.run(minutes=31)
            truth = {str(t.id): self.watch.desk.status_of(t).name for t in self.watch.desk.open_tickets()}
            shown = {id_: ticket.status.name for id_, ticket in self.watch.tickets().items()}
            self.stack.close()
            assert shown == truth


History.TestCase.settings = settings(
    max_examples=5,
    stateful_step_count=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestHistory = History.TestCase
