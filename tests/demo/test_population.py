"""The people of the demo: believable, lively, and the same wherever they are replayed."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from deskwatch.core.sla import SlaRules, deadline_clock, update_clock
from deskwatch.core.ticket import Priority, Status, Ticket
from deskwatch.demo import create_helpdesk
from deskwatch.demo.statuses import DEMO_STATUSES
from deskwatch.demo.texts import filled, letters

STARTS = [
    datetime(2026, 3, 10, 9, 0, tzinfo=UTC),  # a Tuesday morning
    datetime(2026, 3, 15, 3, 30, tzinfo=UTC),  # a Sunday night
    datetime(2026, 12, 25, 23, 59, tzinfo=UTC),
]
PRIORITIES = dict(enumerate(Priority, 1))


def as_core_ticket(ticket, desk):
    status = desk.status_of(ticket)
    return Ticket(
        key=f"demo-{ticket.id}",
        source="demo",
        id=str(ticket.id),
        type=ticket.type,
        status=Status(id=str(status.id), name=status.name),
        phase=status.phase,
        priority=PRIORITIES[ticket.priority],
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        status_since=ticket.status_updated_at,
        first_response_due_at=ticket.fr_due_by,
        resolution_due_at=ticket.due_by,
        first_responded_at=ticket.first_responded_at,
        agent_responded_at=ticket.agent_responded_at,
        requester_responded_at=ticket.requester_responded_at,
    )


@pytest.fixture(params=STARTS, ids=str)
def living(request, clock):
    clock.now = request.param
    return create_helpdesk(started_at=clock.now, clock=clock)


def test_the_wall_is_alive_from_the_first_second_on_any_day_at_any_hour(living, clock):
    tickets = living.open_tickets()
    assert 160 <= len(tickets) <= 240
    rules = SlaRules()
    states = Counter(deadline_clock(as_core_ticket(t, living), rules).state(clock.now).value for t in tickets)
    assert states["ok"] >= 40
    assert states["paused"] >= 30
    assert 2 <= states["overdue"] <= 30, "a desk that is behind, not one that has given up"
    assert all(states[state] >= 1 for state in ("warning", "critical", "met")), states
    updates = Counter(update_clock(as_core_ticket(t, living), rules).state(clock.now).value for t in tickets)
    assert updates["overdue"] >= 1, "somebody waits for a word from us"


def test_every_status_priority_group_and_workspace_is_there(living):
    tickets = living.open_tickets()
    assert {t.status for t in tickets} == {id_ for id_, s in DEMO_STATUSES.items() if not s.is_over}
    assert {t.priority for t in tickets} == {1, 2, 3, 4}
    assert {t.group_id for t in tickets} == set(living.directory.groups)
    assert {t.workspace_id for t in tickets} == {2, 3}
    assert {t.type for t in tickets} == {"Incident", "Service Request"}
    assert 5 <= sum(t.responder_id is None for t in tickets) <= 40
    assert len({t.responder_id for t in tickets}) >= 10
    assert len({t.requester_id for t in tickets}) >= 60
    assert min(t.created_at for t in tickets) < living.advance() - timedelta(days=30), (
        "older than a plain list"
    )


def test_subjects_are_varied_and_come_in_many_tongues(living):
    subjects = [t.subject for t in living.open_tickets()]
    assert len(set(subjects)) >= 70
    text = "".join(subjects)
    assert any("\u3040" <= c <= "\u30ff" for c in text), "Japanese"
    assert any("\u0590" <= c <= "\u05ff" for c in text) or any("\u0600" <= c <= "\u06ff" for c in text)
    assert not any("$" in subject for subject in subjects), "every blank is filled in"


def test_no_letter_has_a_blank_nobody_fills():
    for language, of in letters().items():
        for letter in of:
            subject, body = filled(Random(1), letter)
            assert "$" not in subject + body, (language, letter.subject)
            assert subject


def test_two_helpdesks_tell_the_same_story_whenever_they_look(clock):
    started_at = clock.now
    watched = create_helpdesk(started_at=started_at, clock=clock)
    for minutes in (0, 1, 7, 61, 300, 900, 4000):
        clock.pass_(minutes=minutes)
        watched.advance()
    fresh = create_helpdesk(started_at=started_at, clock=clock)
    assert watched.open_tickets() != []
    assert sorted(watched.tickets(), key=lambda t: t.id) == sorted(fresh.tickets(), key=lambda t: t.id)
    for ticket in fresh.open_tickets()[:20]:
        assert watched.conversation(ticket.id) == fresh.conversation(ticket.id)


def test_another_seed_or_start_is_another_desk(clock):
    def subjects(seed):
        return [
            t.subject for t in create_helpdesk(seed=seed, started_at=clock.now, clock=clock).open_tickets()
        ]

    assert subjects(1) == subjects(1)
    assert subjects(1) != subjects(2)


def test_something_happens_every_few_seconds_and_everything_that_happens_is_listed(clock, client_of):
    desk = create_helpdesk(started_at=clock.now, clock=clock, index_lag=timedelta(0))
    client = client_of(desk)
    first = {row["id"] for row in client.tickets(workspace_id=0, per_page=100)}
    assert first
    changed, statuses = set(), Counter()
    since = clock.now
    for _ in range(60):
        clock.pass_(seconds=30)
        rows = client.tickets(
            workspace_id=0, per_page=100, updated_since=since.isoformat().replace("+00:00", "Z")
        )
        changed |= {(row["id"], row["updated_at"]) for row in rows}
        statuses.update({row["status"] for row in rows})
        since = clock.now
    assert 100 <= len(changed) <= 900, "in half an hour"
    assert {2, 4, 5, 6, 10, 11} <= set(statuses), "tickets arrive, wait, come back, get resolved and closed"


def test_the_number_of_open_tickets_stays_about_the_same_for_days(clock):
    desk = create_helpdesk(started_at=clock.now, clock=clock)
    counts = []
    for _ in range(8):
        clock.pass_(hours=7)
        counts.append(len(desk.open_tickets()))
    assert min(counts) >= 155
    assert max(counts) <= 250


def test_tickets_that_are_over_are_forgotten_so_memory_does_not_grow(clock):
    desk = create_helpdesk(started_at=clock.now, clock=clock)
    known = len(desk.tickets())
    clock.pass_(days=7)
    assert len(desk.tickets()) < 1.3 * known


def test_a_demo_that_began_long_ago_starts_as_quickly_as_a_new_one(clock):
    started_at = clock.now
    clock.pass_(days=1000)
    desk = create_helpdesk(started_at=started_at, clock=clock)
    assert 160 <= len(desk.open_tickets()) <= 240


@pytest.mark.parametrize("speed", [0.5, 10.0])
def test_speed_changes_the_bustle_and_not_the_number(clock, speed):
    desk = create_helpdesk(started_at=clock.now, clock=clock, speed=speed)
    before = {t.id for t in desk.open_tickets()}
    clock.pass_(minutes=10)
    after = {t.id for t in desk.open_tickets()}
    assert 155 <= len(after) <= 250
    assert (len(after - before) > 40) is (speed > 1)


@pytest.mark.parametrize("tickets", [5, 1000])
def test_a_desk_can_be_small_or_large(clock, tickets):
    desk = create_helpdesk(started_at=clock.now, clock=clock, tickets=tickets)
    assert 0.5 * tickets <= len(desk.open_tickets()) <= 1.7 * tickets


def test_a_ticket_touched_by_hand_leaves_the_population_s_story(clock):
    desk = create_helpdesk(started_at=clock.now, clock=clock)
    mine = {t.id for t in desk.open_tickets()[:50]}
    for id_ in mine:
        desk.edit(id_, subject="Mine now")
    clock.pass_(days=2)
    assert {t.id for t in desk.open_tickets() if t.subject == "Mine now"} == mine


def test_requesters_who_are_agents_occur(clock):
    desk = create_helpdesk(started_at=clock.now, clock=clock)
    assert any(t.requester_id in desk.directory.agents for t in desk.tickets())


def test_nothing_is_answered_before_it_is_written(clock):
    desk = create_helpdesk(started_at=clock.now, clock=clock)
    for ticket in desk.tickets():
        later = (ticket.first_responded_at, ticket.resolved_at, ticket.closed_at, ticket.updated_at)
        assert all(at is None or ticket.created_at <= at <= clock.now for at in later)
        assert [m.at for m in desk.conversation(ticket.id)] == sorted(
            m.at for m in desk.conversation(ticket.id)
        )
