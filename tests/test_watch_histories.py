"""Random histories of a helpdesk and its failures: in the end tickets/ is exactly what is open there."""

import shutil
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from deskwatch.demo import faults
from tests.thorough import at_most
from tests.watch_desk import WatchDesk, watch_desk

PICK = st.integers(min_value=0, max_value=10_000)
FAULTS = (
    faults.internal_error,
    faults.bad_gateway,
    faults.null_rows,
    faults.truncated,
    faults.empty,
    faults.short_page,
    faults.repeated_page,
    faults.overlapping_pages,
    faults.reset,
    faults.wrong_date,
    lambda: faults.rate_limited("20"),
    lambda: faults.wrong_date(timedelta(hours=-5)),
    lambda: faults.wrong_date(timedelta(hours=5)),
)


class History(RuleBasedStateMachine):
    """People work, pages fail, watchers restart; nobody tells the watcher."""

    @initialize(
        tickets=st.integers(0, 45),
        lag=st.sampled_from([0, 60, 180]),
        workspaces=st.sampled_from(["all", [2, 3]]),
    )
    def open_the_desk(self, tickets: int, lag: int, workspaces: object) -> None:
        self.stack = ExitStack()
        home = Path(tempfile.mkdtemp())
        self.stack.callback(shutil.rmtree, home)
        self.watch: WatchDesk = self.stack.enter_context(
            watch_desk(
                home,
                tickets=tickets,
                index_lag=timedelta(seconds=lag),
                yaml={"per_page": 20, "workspaces": workspaces},
            )
        )
        self.watch.run(minutes=2)

    def some(self, pick: int) -> int | None:
        """A ticket that was not purged."""
        ids = sorted(t.id for t in self.watch.desk.tickets())
        return ids[pick % len(ids)] if ids else None

    @rule(count=st.integers(1, 25))
    def people_write(self, count: int) -> None:
        for number in range(count):
            self.watch.desk.create_ticket(f"Mail {number} bounced", workspace_id=2 + number % 2)

    @rule(pick=PICK, status=st.sampled_from([2, 3, 4, 5, 9]))
    def a_status_changes(self, pick: int, status: int) -> None:
        if (id_ := self.some(pick)) is not None:
            self.watch.desk.change_status(id_, status)

    @rule(
        pick=PICK, what=st.sampled_from(["trash", "mark_spam", "restore", "purge", "reply", "customer_reply"])
    )
    def something_happens(self, pick: int, what: str) -> None:
        if (id_ := self.some(pick)) is not None:
            getattr(self.watch.desk, what)(id_)

    @rule(pick=PICK, workspace=st.sampled_from([2, 3]))
    def a_ticket_moves(self, pick: int, workspace: int) -> None:
        if (id_ := self.some(pick)) is not None:
            self.watch.desk.move_workspace(id_, workspace)

    @rule(share=st.integers(1, 10))
    def many_are_closed_at_once(self, share: int) -> None:
        for ticket in self.watch.desk.open_tickets()[::share]:
            self.watch.desk.close(ticket.id)

    @rule(
        route=st.sampled_from(["list", "filter", "any"]),
        fault=st.sampled_from(FAULTS),
        times=st.integers(1, 4),
    )
    def something_fails(self, route: str, fault: object, times: int) -> None:
        self.watch.desk.faults.add(route, fault(), times=times)  # type: ignore[operator]

    @rule(seconds=st.integers(1, 900))
    def time_passes(self, seconds: int) -> None:
        self.watch.run(seconds=seconds)

    @rule()
    def the_watcher_restarts(self) -> None:
        self.watch.start()

    @invariant()
    def no_ticket_left_that_people_work_on(self) -> None:
        """What is in the archive was over, or out of sight, at some time."""
        if hasattr(self, "watch"):
            for id_, reason in self.watch.archived().items():
                assert id_ not in self.watch.tickets(), reason

    def teardown(self) -> None:
        if hasattr(self, "watch"):
            self.watch.desk.faults.clear()
            self.watch.run(minutes=50)
            truth = {str(t.id): str(t.status) for t in self.watch.desk.open_tickets()}
            shown = {id_: ticket.status.id for id_, ticket in self.watch.tickets().items()}
            self.stack.close()
            assert shown == truth


History.TestCase.settings = settings(
    max_examples=at_most(4, thorough=40),
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestHistory = History.TestCase
