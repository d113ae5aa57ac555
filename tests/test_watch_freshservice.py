"""The watcher against a simulated Freshservice: what happens there, what lies in tickets/, what it costs."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from deskwatch.core.merging import is_partial
from deskwatch.core.ticket import Phase
from deskwatch.demo import Switches, faults
from deskwatch.demo.answers import Answer
from deskwatch.demo.statuses import DEMO_STATUSES
from deskwatch.store.history import History
from tests.watch_desk import WatchDesk, watch_desk


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[WatchDesk]:
    """Twelve open tickets, all of them on the wall."""
    with watch_desk(tmp_path, tickets=12) as watch:
        yield watch.run(minutes=1)


NOTHING = faults.Fault(
    name="nothing open", spoil=lambda answer: replace(answer, data={"tickets": [], "total": 0})
)
"""What a helpdesk says whose search index has just been lost."""


def some_id(watch: WatchDesk) -> int:
    """The id of one of the open tickets."""
    return int(min(watch.truth()))


def test_the_first_round_shows_everything_and_the_second_knows_the_details(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=12) as watch:
        assert watch.poll() == 0.0
        assert watch.tickets().keys() == watch.truth()
        assert all(is_partial(t) for t in watch.tickets().values())
        watch.poll()
        assert not any(is_partial(t) for t in watch.tickets().values())
        assert watch.beat()["state"] == "ok"


def test_details_read_by_number_do_not_end_the_list_that_brings_the_others(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=320, yaml={"per_page": 10}) as watch:
        for id_ in sorted(map(int, watch.truth()))[160:180]:  # the soonest due are asked for one by one
            watch.desk.edit(id_, fr_due_by=watch.clock.now, updated_at=watch.clock.now - timedelta(hours=2))
        watch.clock.pass_(minutes=3)  # until the search index knows when they are due
        watch.run(minutes=4)
        assert not any(is_partial(t) for t in watch.tickets().values())


def test_s01_an_open_ticket_of_45_days_is_found(tmp_path: Path) -> None:
    with watch_desk(tmp_path) as watch:
        old = watch.desk.create_ticket("Old", created_at=watch.clock.now - timedelta(days=45))
        watch.run(minutes=1)
        assert watch.ticket(old.id).subject == "Old"


def test_s02_a_deadline_that_passes_unedited_costs_nothing_and_stays_in_the_file(watch: WatchDesk) -> None:
    late = watch.desk.create_ticket("Late", priority=4)
    watch.run(minutes=1)
    due = watch.ticket(late.id).first_response_due_at
    assert due is not None
    before = watch.folder.scan()
    watch.clock.now = due
    watch.run(minutes=5)
    assert watch.ticket(late.id).first_response_due_at == due
    assert {name for name, stamp in watch.folder.scan().items() if stamp != before.get(name)} <= {
        f"fs-{late.id}.json"
    }


def test_s03_a_trashed_ticket_leaves_for_the_archive(watch: WatchDesk) -> None:
    gone = some_id(watch)
    watch.desk.trash(gone)
    watch.run(minutes=15)
    assert watch.tickets().keys() == watch.truth()
    assert "trash" in watch.archived()[str(gone)]


def test_s04_spam_leaves_for_the_archive(watch: WatchDesk) -> None:
    gone = some_id(watch)
    watch.desk.mark_spam(gone)
    watch.run(minutes=15)
    assert "spam" in watch.archived()[str(gone)]


def test_s05_a_purged_ticket_leaves_for_the_archive(watch: WatchDesk) -> None:
    gone = some_id(watch)
    watch.desk.purge(gone)
    watch.run(minutes=15)
    assert "no longer exists" in watch.archived()[str(gone)]
    assert watch.tickets().keys() == watch.truth()


def test_s06_a_ticket_that_moved_to_an_unwatched_workspace_leaves(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=5, yaml={"workspaces": [2]}) as watch:
        watch.run(minutes=1)
        moved = some_id(watch)
        watch.desk.move_workspace(moved, 3)
        watch.run(minutes=15)
        assert "workspace 3" in watch.archived()[str(moved)]
        assert str(moved) not in watch.tickets()


def test_s06_a_ticket_that_moved_within_what_is_watched_stays(watch: WatchDesk) -> None:
    moved = some_id(watch)
    watch.desk.move_workspace(moved, 3)
    watch.run(minutes=15)
    assert str(moved) in watch.tickets()


def test_s07_a_lagging_index_never_turns_the_clock_back(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=5, index_lag=timedelta(seconds=180)) as watch:
        watch.run(minutes=9)
        changed, closed = some_id(watch), int(max(watch.truth()))
        watch.desk.change_status(changed, 9)
        watch.desk.resolve(closed)
        for _ in range(12):
            watch.clock.pass_(seconds=10)
            watch.watcher.refresh_soon()
            watch.poll()
            assert watch.ticket(changed).status.id == "9"
            assert str(closed) not in watch.tickets()
        assert watch.tickets().keys() == watch.truth()


def test_an_edited_setting_brings_nothing_back_that_a_lagging_index_still_lists(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with watch_desk(tmp_path, tickets=5, index_lag=timedelta(seconds=180)) as watch:
        watch.run(minutes=4)
        closed = some_id(watch)
        watch.desk.resolve(closed)
        for days in (91, 92):
            edited = {"watcher": {"archive_days": days}}
            (watch.home.config / "deskwatch.yaml").write_text(json.dumps(edited), "utf-8")
            watch.run(seconds=10)
            assert str(closed) not in watch.tickets()
        assert watch.beat()["state"] == "ok"
        assert watch.live.generation > 2
        assert caplog.text.count(f"fs-{closed} leaves the wall") == 1


def test_s08_a_ticket_that_slips_between_two_pages_is_found_by_the_next_list(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=25, yaml={"per_page": 10}) as watch:
        watch.run(minutes=2)
        ids = sorted(map(int, watch.truth()))
        for id_ in ids:
            watch.desk.change_status(id_, 9)
        watch.desk.faults.add("list", faults.short_page(9, link=True), page=1)
        watch.run(minutes=15)
        assert {t.status.id for t in watch.tickets().values()} == {"9"}


def test_s09_a_failing_page_moves_no_cursor_and_archives_nothing(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=25, yaml={"per_page": 10}) as watch:
        watch.run(minutes=2)
        before = watch.cursor()
        for id_ in map(int, watch.truth()):
            watch.desk.change_priority(id_, 3)
        watch.desk.faults.add("list", faults.bad_gateway(), times=3, page=2)
        watch.clock.pass_(seconds=30)
        watch.poll()
        assert watch.cursor() == before
        assert watch.archived() == {}
        assert watch.beat()["error"]["kind"] == "server"
        assert sum(t.priority == "high" for t in watch.tickets().values()) == 10
        watch.run(minutes=2)
        assert watch.beat()["error"] is None
        assert {t.priority for t in watch.tickets().values()} == {"high"}


def test_s10_a_rate_limit_on_page_two_is_waited_for_and_reading_goes_on_there(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=25, yaml={"per_page": 10}) as watch:
        watch.run(minutes=2)
        for id_ in map(int, watch.truth()):
            watch.desk.change_priority(id_, 3)
        watch.desk.faults.add("list", faults.rate_limited("37"), page=2)
        watch.clock.pass_(seconds=30)
        watch.desk.log.clear()
        watch.poll()
        refused_at = watch.clock.now
        watch.run(minutes=2)
        asked = [(r.at - refused_at, r.query["page"]) for r in watch.desk.log.of("list")]
        assert [page for _, page in asked[:4]] == ["1", "2", "2", "3"]
        assert asked[2][0] >= timedelta(seconds=37)
        assert not [
            r for r in watch.desk.log.of() if timedelta(0) < r.at - refused_at < timedelta(seconds=37)
        ]


def test_not_even_a_wish_is_heard_while_the_helpdesk_wants_silence(watch: WatchDesk) -> None:
    watch.desk.faults.add("list", faults.rate_limited("100"))
    watch.run(seconds=31)
    watch.desk.log.clear()
    watch.watcher.refresh_soon()
    watch.run(seconds=60)
    assert watch.desk.log.of() == []
    watch.run(seconds=60)
    assert watch.beat()["state"] == "ok"


def test_s11_a_new_custom_status_is_visible_at_once_and_soon_has_its_name(watch: WatchDesk) -> None:
    odd = some_id(watch)
    watch.desk.add_status(77, "Waiting on Vendor")
    watch.desk.edit(odd, status=77)
    watch.run(seconds=31)
    assert watch.ticket(odd).status.name == "Status 77"
    assert watch.ticket(odd).phase is Phase.OPEN
    watch.run(seconds=31)
    assert watch.beat()["unmapped"] == ["status 77"]
    watch.desk.log.clear()
    watch.run(minutes=11)
    assert watch.ticket(odd).status.name == "Waiting on Vendor"
    assert watch.ticket(odd).phase is Phase.WAITING_ON_THIRD_PARTY
    assert watch.beat()["unmapped"] == []
    assert len(watch.desk.log.of("agents")) == 1


def test_an_id_that_nobody_can_name_is_asked_for_again_only_hourly(watch: WatchDesk) -> None:
    watch.desk.edit(some_id(watch), responder_id=424242)
    watch.desk.log.clear()
    watch.run(hours=2)
    shown = watch.ticket(some_id(watch)).agent
    assert shown is not None
    assert shown.name == "Agent 424242"
    assert len(watch.desk.log.of("agents")) <= 3


def test_s12_a_local_clock_seven_minutes_fast_misses_nothing_and_is_reported(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=5) as watch:
        watch.clock.ahead = timedelta(minutes=7)
        watch.run(minutes=2)
        for id_ in map(int, watch.truth()):
            watch.desk.change_priority(id_, 4)
            watch.run(seconds=40)
        assert {t.priority for t in watch.tickets().values()} == {"urgent"}
        assert watch.beat()["clock_skew_seconds"] == pytest.approx(420, abs=3)


def test_s13_a_reopened_ticket_comes_back_with_the_stamps_it_had(watch: WatchDesk) -> None:
    back = some_id(watch)
    first_seen = watch.ticket(back).first_seen_at
    watch.desk.resolve(back)
    watch.run(minutes=1)
    assert watch.archived()[str(back)] == "resolved"
    watch.desk.reopen(back)
    watch.run(minutes=1)
    assert watch.ticket(back).first_seen_at == first_seen
    assert watch.archived() == {}


def test_every_change_of_a_ticket_is_in_its_history(watch: WatchDesk) -> None:
    id_ = some_id(watch)
    watch.desk.change_status(id_, 3)
    watch.run(minutes=2)
    watch.desk.trash(id_)
    watch.run(minutes=20)
    history = History(watch.home.state / "deskwatch.db").of_ticket(f"fs-{id_}")
    fields = [change.field for change in history]
    assert fields[0] == "created"
    assert ("status", "Open", "Pending") in [(c.field, c.old, c.new) for c in history]
    assert fields[-1] == "archived"
    assert fields.count("archived") == fields.count("created") == 1


def test_s14_a_poisoned_ticket_is_left_alone_and_the_others_go_on(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=3) as watch:
        poisoned = some_id(watch)
        watch.desk.faults.add("view", faults.internal_error(), times=None, ticket_id=poisoned)
        watch.run(minutes=10)
        assert {t.id for t in watch.tickets().values() if is_partial(t)} == {str(poisoned)}
        assert len([r for r in watch.desk.log.of("view") if r.fault]) <= 5
        watch.desk.faults.clear()
        watch.run(minutes=20)
        assert not is_partial(watch.ticket(poisoned))


def test_s15_a_revoked_key_is_not_hammered_and_no_file_is_touched(watch: WatchDesk) -> None:
    before = watch.folder.scan()
    watch.desk.revoke_key()
    watch.desk.log.clear()
    watch.run(minutes=12)
    assert len(watch.desk.log.of()) <= 3
    assert watch.folder.scan() == before
    assert watch.beat()["error"]["kind"] == "auth"
    assert watch.beat()["error"]["status"] == 401
    assert "API key" in watch.beat()["error"]["words"]
    assert watch.beat()["state"] == "failing"


def test_s16_an_empty_list_empties_nothing(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=120) as watch:
        watch.run(minutes=9)
        watch.desk.faults.add("filter", NOTHING, times=1)
        watch.run(seconds=90)
        assert watch.beat()["doubted"]["missing"] == 120
        assert "the list is empty" in watch.beat()["doubted"]["words"]
        assert len(watch.tickets()) == 120
        watch.run(minutes=2)
        assert watch.beat()["doubted"] == {"missing": 0, "words": None}
        assert watch.archived() == {}


def lacking(count: int) -> faults.Fault:
    """A list that lacks some of its tickets."""

    def spoil(answer: Answer) -> Answer:
        rows = answer.data["tickets"][count:]
        return replace(answer, data={"tickets": rows, "total": len(rows)})

    return faults.Fault(name="a shorter list", spoil=spoil)


@pytest.mark.parametrize(("guard", "doubted"), [({}, 0), ({"tickets": 2, "percent": 20}, 3)])
def test_how_much_a_list_may_shrink_before_it_is_doubted_is_the_admins_choice(
    tmp_path: Path, guard: dict[str, int], doubted: int
) -> None:
    with watch_desk(tmp_path, tickets=8, yaml={"guard": guard}) as watch:
        watch.run(minutes=9)
        watch.desk.faults.add("filter", lacking(3), times=1)
        watch.run(seconds=90)
        assert watch.beat()["doubted"]["missing"] == doubted
        assert len(watch.tickets()) == 8


def test_empty_lists_again_and_again_are_settled_by_asking_for_each_ticket(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=30) as watch:
        watch.run(minutes=9)
        watch.desk.faults.add("filter", NOTHING, times=None)
        watch.run(minutes=30)
        assert len(watch.tickets()) == 30
        assert watch.archived() == {}


def test_a_real_mass_closing_by_the_trash_is_believed_after_a_second_look(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=40) as watch:
        watch.run(minutes=9)
        for id_ in sorted(map(int, watch.truth()))[:30]:
            watch.desk.trash(id_)
        watch.run(minutes=25)
        assert watch.tickets().keys() == watch.truth()
        assert len(watch.archived()) == 30


def test_120_open_tickets_cost_at_most_5_credits_a_tick_and_10_a_reconcile(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=120) as watch:
        watch.run(minutes=5)
        ids = sorted(map(int, watch.truth()))
        watch.desk.log.clear()
        for round_ in range(40):
            watch.desk.change_priority(ids[round_], 4)
            watch.run(seconds=30)
        ticks = watch.desk.log.of("list")
        lists = watch.desk.log.of("filter")
        assert {r.credits for r in ticks} == {5}
        assert 39 <= len(ticks) <= 41
        assert sum(r.credits for r in lists) <= 2 * 10
        assert watch.desk.log.credits() == sum(r.credits for r in [*ticks, *lists])


def test_a_restart_is_cheap_and_a_lost_state_costs_one_cold_start(watch: WatchDesk) -> None:
    watch.desk.log.clear()
    watch.start()
    watch.run(seconds=29)
    assert watch.desk.log.credits() == 5
    (watch.home.state / "sources" / "fs.json").unlink()
    watch.desk.log.clear()
    before = watch.folder.scan()
    watch.start()
    watch.run(seconds=29)
    assert watch.desk.log.of("filter")
    assert watch.folder.scan() == before


def test_quiet_hours_rewrite_no_file(watch: WatchDesk) -> None:
    before = watch.folder.scan()
    watch.run(minutes=30)
    assert watch.folder.scan() == before


def test_a_name_in_yaml_wins_and_reaches_every_file_without_any_change_upstream(watch: WatchDesk) -> None:
    agent = next(iter(watch.desk.directory.agents))
    watch.desk.assign(some_id(watch), agent)
    watch.run(minutes=1)
    (watch.home.config / "agents.yaml").write_text(f'"{agent}": ana\n', "utf-8")
    watch.run(minutes=1)
    shown = watch.ticket(some_id(watch)).agent
    assert shown is not None
    assert shown.name == "ana"


def test_names_that_cannot_be_read_leave_numbers_and_a_note_not_an_error(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=3) as watch:
        watch.desk.switches.hidden_features = frozenset({"agents", "groups"})
        agent = next(iter(watch.desk.directory.agents))
        watch.desk.assign(some_id(watch), agent)
        watch.run(minutes=1)
        shown = watch.ticket(some_id(watch)).agent
        assert shown is not None
        assert shown.name == f"Agent {agent}"
        assert watch.beat()["state"] == "ok"
        assert any("listing the agents" in note for note in watch.beat()["notes"])


def test_the_first_round_finds_tickets_in_every_status_that_is_not_over(tmp_path: Path) -> None:
    with watch_desk(tmp_path) as watch:
        for id_, status in DEMO_STATUSES.items():
            old = watch.clock.now - timedelta(days=40)
            watch.desk.create_ticket(status.name, status=id_, created_at=old)
        watch.poll()
        assert watch.tickets().keys() == watch.truth()
        assert {t.subject for t in watch.tickets().values() if t.status.name != t.subject} == set()


def test_what_changed_shortly_before_the_first_round_is_known_shortly_after_it(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=5, index_lag=timedelta(seconds=300)) as watch:
        changed = some_id(watch)
        watch.desk.change_status(changed, 9)
        watch.clock.pass_(seconds=240)
        watch.poll()
        assert watch.ticket(changed).status.id == "2"
        watch.run(seconds=10)
        assert watch.ticket(changed).status.id == "9"


def test_a_change_while_the_pages_are_read_is_found_even_without_overlap(tmp_path: Path) -> None:
    """The list is sorted by creation: a ticket on page 1 may change while page 2 is on its way."""
    with watch_desk(tmp_path, tickets=15, yaml={"per_page": 10, "overlap": "0s"}) as watch:
        watch.run(minutes=1)
        ids = sorted(map(int, watch.truth()))
        for id_ in ids:
            watch.desk.change_priority(id_, 3)

        def changed_meanwhile(answer: Answer) -> Answer:
            watch.clock.pass_(seconds=2)
            watch.desk.change_priority(ids[0], 4)
            watch.clock.pass_(seconds=2)
            watch.desk.change_priority(ids[-1], 4)
            return answer

        watch.desk.faults.add("list", faults.Fault(name="busy desk", spoil=changed_meanwhile), page=1)
        watch.clock.pass_(seconds=30)
        watch.poll()
        assert watch.ticket(ids[-1]).priority == "urgent"
        assert watch.ticket(ids[0]).priority == "high"
        watch.run(seconds=40)
        assert watch.ticket(ids[0]).priority == "urgent"


def test_a_list_longer_than_the_helpdesk_tells_is_named_and_lets_nothing_leave(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=320, switches=Switches(product="freshdesk")) as watch:
        watch.run(minutes=25)
        assert any("share one status and priority" in note for note in watch.beat()["notes"])
        assert watch.archived() == {}
        assert watch.beat()["last_complete_at"] is None


def test_details_of_a_large_desk_come_within_the_budget_and_delay_no_change(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=300) as watch:
        for id_ in sorted(map(int, watch.truth()))[:60]:
            watch.desk.edit(id_, updated_at=watch.clock.now - timedelta(days=20))
        watch.run(seconds=45)
        new = watch.desk.create_ticket("While details are still missing")
        watch.run(seconds=31)
        assert str(new.id) in watch.tickets()
        watch.run(minutes=4)
        assert not any(is_partial(t) for t in watch.tickets().values())
        for bucket, limit in (("list", 70), ("view", 80)):
            spent = watch.desk.log.of(bucket)
            for first in spent:
                minute = [r for r in spent if timedelta(0) <= r.at - first.at < timedelta(minutes=1)]
                assert sum(r.credits for r in minute) <= limit


def test_a_wish_to_refresh_right_after_the_details_came_is_heard(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=5) as watch:
        watch.run(seconds=2)
        assert not any(is_partial(t) for t in watch.tickets().values())
        new = watch.desk.create_ticket("Now, please")
        watch.watcher.refresh_soon()
        watch.run(seconds=2)
        assert str(new.id) in watch.tickets()
