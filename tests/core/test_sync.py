"""What follows from a source's answer: nothing is lost to a bad one, and no fact is forgotten."""

from datetime import UTC, datetime, timedelta

import pytest

from deskwatch.core.merging import PARTIAL, mark_partial
from deskwatch.core.sync import Archive, Doubt, Gone, Guard, Snapshot, SyncPlan, plan_sync
from deskwatch.core.ticket import Person, Phase, Priority, Status, Ticket

NINE = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ANA, BEN = Person(id="1", name="ana"), Person(id="2", name="ben")


def ticket(number: int = 1, *, minutes: float = 0, **fields: object) -> Ticket:
    """An open ticket of source fs that was last changed some minutes after nine."""
    given = {
        "key": f"fs-{number}",
        "source": "fs",
        "id": str(number),
        "status": Status(id="2", name="Open"),
        "updated_at": NINE + minutes * MINUTE,
        "created_at": NINE - timedelta(days=1),
        **fields,
    }
    return Ticket(**given)  # type: ignore[arg-type]


def stored(*tickets: Ticket) -> dict[str, Ticket]:
    """What a watcher would have on disk after seeing these at nine."""
    plan = plan_sync({}, Snapshot("fs", tickets=tickets), now=NINE)
    return {t.key: t for t in plan.write}


def listing(*numbers: int, **fields: object) -> Snapshot:
    """A complete list that names these tickets and says nothing new about them."""
    return Snapshot("fs", present=frozenset(map(str, numbers)), complete=True, **fields)  # type: ignore[arg-type]


# Stamps


def test_a_newcomer_is_stamped_with_the_best_instants_known() -> None:
    (new,) = stored(ticket(agent=ANA, minutes=-30)).values()
    assert new.first_seen_at == new.seen_at == NINE
    assert new.status_since == new.assigned_since == NINE - 30 * MINUTE
    assert new.priority_since == NINE - timedelta(days=1)


def test_an_unassigned_newcomer_has_no_assignment_instant() -> None:
    (new,) = stored(ticket(assigned_since=NINE)).values()
    assert new.assigned_since is None


def test_a_ticket_that_says_nothing_new_is_not_written_again() -> None:
    known = stored(ticket(agent=ANA))
    plan = plan_sync(known, Snapshot("fs", tickets=(ticket(agent=ANA),)), now=NINE + 5 * MINUTE)
    assert plan == SyncPlan()


@pytest.mark.parametrize(
    ("change", "moved", "kept"),
    [
        ({"status": Status(id="9", name="Waiting")}, "status_since", ("assigned_since", "priority_since")),
        ({"agent": BEN}, "assigned_since", ("status_since", "priority_since")),
        ({"priority": Priority.URGENT}, "priority_since", ("status_since", "assigned_since")),
    ],
)
def test_only_the_stamp_of_what_changed_moves(
    change: dict[str, object], moved: str, kept: tuple[str, ...]
) -> None:
    known = stored(ticket(agent=ANA))
    row = ticket(**{"agent": ANA, "minutes": 7, **change})  # type: ignore[arg-type]
    (after,) = plan_sync(known, Snapshot("fs", tickets=(row,)), now=NINE + 8 * MINUTE).write
    assert getattr(after, moved) == NINE + 7 * MINUTE
    for name in kept:
        assert getattr(after, name) == getattr(known["fs-1"], name)
    assert after.first_seen_at == NINE


def test_a_status_that_went_away_and_came_back_between_two_polls_starts_anew() -> None:
    known = stored(ticket(status_since=NINE - 60 * MINUTE))
    row = ticket(minutes=5, status_since=NINE + 4 * MINUTE)
    (after,) = plan_sync(known, Snapshot("fs", tickets=(row,)), now=NINE + 6 * MINUTE).write
    assert after.status_since == NINE + 4 * MINUTE


def test_a_guessed_stamp_gives_way_to_the_one_the_details_tell() -> None:
    known = stored(mark_partial(ticket()))
    row = ticket(status_since=NINE - 90 * MINUTE)
    (after,) = plan_sync(known, Snapshot("fs", tickets=(row,)), now=NINE + MINUTE).write
    assert after.status_since == NINE - 90 * MINUTE


# Facts


def test_a_short_row_of_the_same_state_does_not_erase_what_is_known() -> None:
    full = ticket(
        first_responded_at=NINE - 9 * MINUTE,
        first_response_due_at=NINE + 9 * MINUTE,
        requester=Person(id="7", name="mia", email="mia@example.org"),
    )
    known = stored(full)
    row = mark_partial(ticket(requester=Person(id="7", name="Requester 7")))
    plan = plan_sync(known, Snapshot("fs", tickets=(row,)), now=NINE + MINUTE)
    assert plan.write == ()


def test_a_short_row_of_a_newer_state_keeps_answer_times_and_contact() -> None:
    known = stored(
        ticket(
            first_responded_at=NINE - 9 * MINUTE,
            requester=Person(id="7", name="mia", email="mia@example.org"),
        )
    )
    row = mark_partial(
        ticket(minutes=3, status=Status(id="9", name="W"), requester=Person(id="7", name="Requester 7"))
    )
    (after,) = plan_sync(known, Snapshot("fs", tickets=(row,)), now=NINE + 4 * MINUTE).write
    assert after.first_responded_at == NINE - 9 * MINUTE
    assert after.requester == Person(id="7", name="mia", email="mia@example.org")
    assert after.status.id == "9"
    assert after.extra[PARTIAL] is True


def test_a_first_response_is_not_called_missed_while_nobody_knows_whether_it_was_given() -> None:
    row = mark_partial(ticket(first_response_due_at=NINE - MINUTE))
    assert row.first_response_due_at is None


def test_details_make_a_short_row_whole() -> None:
    known = stored(mark_partial(ticket()))
    row = ticket(first_response_due_at=NINE + MINUTE)
    (after,) = plan_sync(known, Snapshot("fs", tickets=(row,)), now=NINE).write
    assert PARTIAL not in after.extra
    assert after.first_response_due_at == NINE + MINUTE


def test_an_older_state_from_a_lagging_index_changes_nothing() -> None:
    known = stored(ticket(minutes=0, status=Status(id="9", name="Waiting")))
    row = mark_partial(ticket(minutes=-3))
    assert plan_sync(known, Snapshot("fs", tickets=(row,)), now=NINE) == SyncPlan()


def test_details_complete_a_short_row_even_if_they_say_to_be_older() -> None:
    known = stored(mark_partial(ticket(minutes=0)))
    (after,) = plan_sync(known, Snapshot("fs", tickets=(ticket(minutes=-3),)), now=NINE).write
    assert PARTIAL not in after.extra


def test_of_two_rows_for_one_ticket_the_newer_counts() -> None:
    rows = (ticket(minutes=2, subject="new"), ticket(minutes=1, subject="old"))
    (after,) = plan_sync({}, Snapshot("fs", tickets=rows), now=NINE).write
    assert after.subject == "new"


def test_keys_that_another_program_put_into_the_file_survive() -> None:
    known = stored(ticket(extra={"site": "HQ"}))
    (after,) = plan_sync(known, Snapshot("fs", tickets=(ticket(minutes=1),)), now=NINE).write
    assert after.extra == {"site": "HQ"}


# Endings


def test_a_resolved_ticket_is_written_a_last_time_and_archived() -> None:
    known = stored(ticket())
    row = ticket(minutes=4, phase=Phase.RESOLVED, resolved_at=NINE + 4 * MINUTE)
    plan = plan_sync(known, Snapshot("fs", tickets=(row,)), now=NINE + 5 * MINUTE)
    assert [t.resolved_at for t in plan.write] == [NINE + 4 * MINUTE]
    assert plan.archive == (Archive("fs-1", "resolved"),)


def test_a_ticket_that_was_over_before_we_saw_it_is_ignored() -> None:
    row = ticket(phase=Phase.CLOSED)
    assert plan_sync({}, Snapshot("fs", tickets=(row,)), now=NINE) == SyncPlan()


def test_an_echo_of_the_index_does_not_bring_an_archived_ticket_back() -> None:
    over = {"fs-1": NINE}
    assert plan_sync({}, Snapshot("fs", tickets=(ticket(minutes=-1),)), now=NINE, over=over) == SyncPlan()
    (back,) = plan_sync({}, Snapshot("fs", tickets=(ticket(minutes=1),)), now=NINE, over=over).write
    assert back.key == "fs-1"


def test_what_the_source_calls_gone_is_archived_with_its_reason() -> None:
    known = stored(ticket(1), ticket(2))
    plan = plan_sync(known, Snapshot("fs", gone=(Gone("2", "spam"), Gone("99", "spam"))), now=NINE)
    assert plan.archive == (Archive("fs-2", "spam"),)


# Absence


def test_a_ticket_that_a_complete_list_lacks_is_only_asked_about() -> None:
    known = stored(ticket(1), ticket(2))
    plan = plan_sync(known, listing(1), now=NINE)
    assert plan == SyncPlan(confirm=("2",))


def test_a_list_that_was_not_read_to_its_end_says_nothing_about_absence() -> None:
    known = stored(ticket(1), ticket(2))
    partial = Snapshot("fs", present=frozenset({"1"}), complete=False)
    assert plan_sync(known, partial, now=NINE) == SyncPlan()


def test_tickets_of_other_sources_are_left_alone() -> None:
    other = ticket(5, key="atera-5", source="atera")
    known = {**stored(ticket(1)), "atera-5": other}
    assert plan_sync(known, listing(1), now=NINE) == SyncPlan()


def many(count: int) -> dict[str, Ticket]:
    """Tickets whose last change is old enough to be in any index."""
    return stored(*(ticket(n, minutes=-60) for n in range(1, count + 1)))


@pytest.mark.parametrize(
    ("count", "present", "doubted"),
    [
        (3, (), True),
        (40, range(1, 31), False),
        (40, range(1, 30), True),
        (100, range(1, 81), False),
        (100, range(1, 80), True),
    ],
)
def test_an_empty_list_or_one_that_lacks_many_is_doubted(
    count: int, present: tuple[int, ...], doubted: bool
) -> None:
    plan = plan_sync(many(count), listing(*present), now=NINE)
    assert (plan.doubt is not None) == doubted
    assert bool(plan.confirm) != doubted
    assert plan.archive == ()


@pytest.mark.parametrize(
    ("guard", "doubted"),
    [
        (Guard(few=0, share=0.0), True),
        (Guard(few=4, share=0.0), True),
        (Guard(few=5, share=0.0), False),
        (Guard(few=0, share=0.12), True),
        (Guard(few=0, share=0.13), False),
        (Guard(few=0, share=1.0), False),
    ],
)
def test_a_list_that_lacks_five_of_forty_is_doubted_as_the_guard_says(guard: Guard, doubted: bool) -> None:
    plan = plan_sync(many(40), listing(*range(6, 41)), now=NINE, guard=guard)
    assert (plan.doubt is not None) == doubted


def test_an_empty_list_is_doubted_whatever_the_guard_says() -> None:
    assert plan_sync(many(3), listing(), now=NINE, guard=Guard(few=100, share=1.0)).doubt is not None


def test_a_doubted_list_is_obeyed_when_a_second_one_agrees_a_minute_later() -> None:
    known = many(20)
    first = plan_sync(known, listing(*range(1, 5)), now=NINE)
    soon = plan_sync(known, listing(*range(1, 5)), now=NINE + timedelta(seconds=59), doubt=first.doubt)
    assert soon.confirm == ()
    later = plan_sync(known, listing(*range(1, 5)), now=NINE + MINUTE, doubt=soon.doubt)
    assert len(later.confirm) == 16
    assert later.archive == ()


def test_tickets_that_one_of_two_lists_names_are_not_even_asked_about() -> None:
    known = many(20)
    first = plan_sync(known, listing(*range(1, 5)), now=NINE)
    second = plan_sync(known, listing(20), now=NINE + MINUTE, doubt=first.doubt)
    assert set(second.confirm) == {str(n) for n in range(5, 20)}


def test_a_doubt_ends_when_the_tickets_are_back() -> None:
    known = many(20)
    first = plan_sync(known, listing(), now=NINE)
    assert plan_sync(known, listing(*range(1, 21)), now=NINE + MINUTE, doubt=first.doubt).doubt is None


def test_a_doubt_says_how_many_are_missing() -> None:
    known = many(20)
    assert plan_sync(known, listing(), now=NINE).doubt == Doubt(
        NINE,
        frozenset(str(n) for n in range(1, 21)),
        "the list is empty; kept until a second list agrees",
    )
    plan = plan_sync(known, listing(1, 2), now=NINE)
    assert plan.doubt is not None
    assert plan.doubt.words == "the list lacks 18 of 20 tickets; kept until a second list agrees"


def test_a_burst_of_new_tickets_that_the_index_lacks_is_not_asked_about_one_by_one() -> None:
    known = stored(*(ticket(n) for n in range(1, 31)))
    first = plan_sync(known, listing(1), now=NINE + MINUTE)
    second = plan_sync(known, listing(1), now=NINE + 3 * MINUTE, doubt=first.doubt)
    assert second.confirm == ()
    assert second.doubt is not None
    third = plan_sync(known, listing(1), now=NINE + 11 * MINUTE, doubt=second.doubt)
    assert len(third.confirm) == 29
