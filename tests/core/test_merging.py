"""What the watcher stamps: who had a ticket before, what it was before, and through which phases it went."""

from datetime import UTC, datetime, timedelta
from typing import Any

from deskwatch.core.merging import LONGEST_HISTORY, mark_partial, merge
from deskwatch.core.ticket import Person, Phase, PhaseSince, Priority, Status, Ticket

NINE = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ANA, BEN = Person(id="1", name="ana"), Person(id="2", name="ben")
OPEN = {"phase": Phase.OPEN, "status": Status(id="2", name="Open")}
WAITING = {"phase": Phase.WAITING_ON_CUSTOMER, "status": Status(id="6", name="Waiting")}
RESOLVED = {"phase": Phase.RESOLVED, "status": Status(id="4", name="Resolved")}
STAMPS = ("previous_agent", "previous_priority", "previous_phase", "reopened_at", "phases")


def row(minutes: float = 0, **fields: Any) -> Ticket:
    """What the source says about the ticket, changed some minutes after nine."""
    at = NINE + minutes * MINUTE
    return Ticket(key="fs-1", source="fs", id="1", created_at=NINE, updated_at=at, **{**OPEN, **fields})


def after(*rows: Ticket) -> Ticket:
    """What is stored after these rows were read, each when it changed."""
    stored: Ticket | None = None
    for each in rows:
        stored = merge(stored, each, now=each.updated_at or NINE)
    assert stored is not None
    return stored


def stamps(ticket: Ticket) -> dict[str, Any]:
    return {name: value for name in STAMPS if (value := getattr(ticket, name))}


def test_a_newcomer_has_no_past() -> None:
    assert stamps(after(row(agent=ANA, priority=Priority.HIGH))) == {}


def test_a_change_of_another_kind_adds_no_stamp_and_keeps_those_there_are() -> None:
    assert stamps(after(row(), row(5, subject="Printer"))) == {}
    passed_on = after(row(agent=ANA), row(5, agent=BEN))
    assert stamps(merge(passed_on, row(9, agent=BEN, subject="x"), now=NINE)) == stamps(passed_on)


def test_reading_the_same_row_again_changes_nothing() -> None:
    once = after(row(agent=ANA), row(5, agent=BEN, priority=Priority.URGENT, **WAITING))
    again = merge(once, row(5, agent=BEN, priority=Priority.URGENT, **WAITING), now=NINE + 5 * MINUTE)
    assert again == once


def test_a_file_from_before_these_stamps_is_not_rewritten_for_them() -> None:
    old = row(agent=ANA, first_seen_at=NINE, seen_at=NINE, assigned_since=NINE, status_since=NINE)
    old = old.with_(priority_since=NINE)
    assert merge(old, row(agent=ANA), now=NINE + MINUTE).with_(seen_at=NINE) == old


def test_a_ticket_that_is_passed_on_tells_who_had_it_before() -> None:
    assert stamps(after(row(agent=ANA), row(5, agent=BEN))) == {"previous_agent": ANA}


def test_a_ticket_that_was_given_back_and_taken_by_another_was_nobodys_before() -> None:
    assert stamps(after(row(agent=ANA), row(5), row(6, agent=BEN))) == {}


def test_a_changed_priority_tells_the_one_before() -> None:
    found = after(row(priority=Priority.LOW), row(5, priority=Priority.URGENT))
    assert stamps(found) == {"previous_priority": Priority.LOW}


def test_the_phases_are_kept_from_the_first_change_on_with_the_one_before_it() -> None:
    found = after(row(), row(10, **WAITING), row(40, **OPEN))
    assert found.previous_phase is Phase.WAITING_ON_CUSTOMER
    assert found.phases == (
        PhaseSince(Phase.OPEN, NINE),
        PhaseSince(Phase.WAITING_ON_CUSTOMER, NINE + 10 * MINUTE),
        PhaseSince(Phase.OPEN, NINE + 40 * MINUTE),
    )


def test_another_status_of_the_same_phase_is_no_new_phase() -> None:
    found = after(row(), row(10, status=Status(id="11", name="In progress")))
    assert (found.phases, found.status_since) == ((), NINE + 10 * MINUTE)


def test_the_source_that_knows_the_instant_of_a_status_is_believed() -> None:
    found = after(row(), row(30, status_since=NINE + 10 * MINUTE, **WAITING))
    assert found.phases[-1] == PhaseSince(Phase.WAITING_ON_CUSTOMER, NINE + 10 * MINUTE)


def test_the_history_never_runs_backwards() -> None:
    found = after(row(), row(30, **WAITING), row(40, status_since=NINE, **OPEN))
    assert [entry.since for entry in found.phases] == [NINE, NINE + 30 * MINUTE, NINE + 30 * MINUTE]


def test_a_ticket_that_comes_back_to_life_tells_when() -> None:
    found = after(row(), row(10, **RESOLVED), row(60, **OPEN), row(70, subject="x"))
    assert found.reopened_at == NINE + 60 * MINUTE
    assert merge(found, row(80, **RESOLVED), now=NINE + 80 * MINUTE).reopened_at == found.reopened_at


def test_a_short_row_of_a_list_keeps_the_past() -> None:
    known = after(row(agent=ANA, noted_at=NINE), row(5, agent=BEN, noted_at=NINE, **WAITING))
    found = merge(known, mark_partial(row(6, agent=BEN, **WAITING)), now=NINE + 6 * MINUTE)
    assert stamps(found) == stamps(known)
    assert found.noted_at == NINE


def test_a_ticket_that_never_rests_does_not_grow_for_ever() -> None:
    rows = [row(n, **(WAITING if n % 2 else OPEN)) for n in range(3 * LONGEST_HISTORY)]
    found = after(*rows)
    assert len(found.phases) == LONGEST_HISTORY
    assert found.phases[-1].since == rows[-1].updated_at


def undated(**fields: Any) -> Ticket:
    """What a source says that never tells when a ticket changed."""
    return row(**fields).with_(updated_at=None)


def test_without_a_time_of_change_a_ticket_changed_when_it_first_looked_different() -> None:
    stored = merge(None, undated(agent=ANA), now=NINE)
    assert stored.updated_at is None
    same = merge(stored, undated(agent=ANA), now=NINE + 5 * MINUTE)
    assert (same.updated_at, same.with_(seen_at=NINE)) == (None, stored)
    passed_on = merge(stored, undated(agent=BEN, **WAITING), now=NINE + 9 * MINUTE)
    assert passed_on.updated_at == passed_on.status_since == passed_on.assigned_since == NINE + 9 * MINUTE
    again = merge(passed_on, undated(agent=BEN, **WAITING), now=NINE + 20 * MINUTE)
    assert again.with_(seen_at=passed_on.seen_at) == passed_on


def test_without_a_time_of_change_what_is_left_out_is_not_forgotten() -> None:
    told = undated(agent=ANA).with_(agent_responded_at=NINE, description="All of it")
    stored = merge(None, told, now=NINE)
    after_ = merge(stored, undated(agent=BEN), now=NINE + MINUTE)
    assert (after_.agent_responded_at, after_.description) == (NINE, "All of it")


def test_without_a_time_of_change_a_clock_that_is_set_back_moves_nothing_backwards() -> None:
    stored = merge(merge(None, undated(), now=NINE), undated(agent=ANA), now=NINE + 9 * MINUTE)
    back = merge(stored, undated(agent=BEN), now=NINE)
    assert back.updated_at == NINE + 9 * MINUTE
    assert back.agent == BEN
