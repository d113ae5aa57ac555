"""Due dates, breach flags and the SLA timer."""

from datetime import UTC, datetime, timedelta

import pytest

from deskwatch.demo.hours import WEEKDAYS_UTC


def flags(row):
    return row["fr_escalated"], row["is_escalated"]


def test_promises_are_counted_from_the_creation(desk, client):
    ticket = desk.create_ticket(priority=4)
    row = client.ticket(ticket.id)
    assert (row["fr_due_by"], row["due_by"]) == ("2026-03-10T15:30:00Z", "2026-03-10T23:00:00Z")


def test_another_priority_moves_the_due_dates(desk, client, clock):
    ticket = desk.create_ticket(priority=1)
    clock.pass_(minutes=10)
    desk.change_priority(ticket.id, 4)
    assert client.ticket(ticket.id)["fr_due_by"] == "2026-03-10T15:30:00Z"


def test_crossing_a_due_date_flips_the_flags_and_touches_nothing_else(desk, client, clock):
    ticket = desk.create_ticket(priority=4)
    before = client.ticket(ticket.id)
    clock.pass_(minutes=30)
    assert flags(client.ticket(ticket.id)) == (False, False), "due is not late yet"
    clock.pass_(seconds=1)
    after = client.ticket(ticket.id)
    assert flags(after) == (True, False)
    assert {**after, "fr_escalated": False} == before
    assert client.tickets(updated_since="2026-03-10T15:00:01Z") == []
    clock.pass_(hours=8)
    assert flags(client.ticket(ticket.id)) == (True, True)


def test_an_answer_in_time_is_never_late_and_a_late_one_stays_late(desk, client, clock):
    in_time, late = desk.create_ticket(priority=4), desk.create_ticket(priority=4)
    clock.pass_(minutes=20)
    desk.reply(in_time.id)
    clock.pass_(minutes=20)
    desk.reply(late.id)
    assert flags(client.ticket(in_time.id))[0] is False
    assert flags(client.ticket(late.id))[0] is True


def test_a_paused_ticket_is_never_late_and_its_dates_move_on_when_it_runs_again(desk, client, clock):
    ticket = desk.create_ticket(priority=4)
    clock.pass_(minutes=10)
    desk.change_status(ticket.id, 6)
    clock.pass_(hours=20)
    row = client.ticket(ticket.id)
    assert flags(row) == (False, False)
    assert row["due_by"] == "2026-03-10T23:00:00Z", "frozen, although in the past"
    desk.change_status(ticket.id, 9)
    desk.change_status(ticket.id, 2)
    row = client.ticket(ticket.id)
    assert (row["fr_due_by"], row["due_by"]) == ("2026-03-11T11:30:00Z", "2026-03-11T19:00:00Z")
    assert flags(row) == (False, False)


def test_the_date_of_an_answered_ticket_stays_where_it_was(desk, client, clock):
    ticket = desk.create_ticket(priority=4)
    desk.reply(ticket.id)
    desk.change_status(ticket.id, 7)
    clock.pass_(hours=1)
    desk.change_status(ticket.id, 11)
    row = client.ticket(ticket.id)
    assert (row["fr_due_by"], row["due_by"]) == ("2026-03-10T15:30:00Z", "2026-03-11T00:00:00Z")


@pytest.mark.parametrize(
    ("paused", "resumed", "due"),
    [
        ("2026-03-10T16:00:00+00:00", "2026-03-11T09:00:00+00:00", "2026-03-11T16:00:00Z"),
        ("2026-03-10T16:00:00+00:00", "2026-03-14T12:00:00+00:00", "2026-03-16T15:00:00Z"),
    ],
)
def test_only_business_time_counts_while_paused(make_desk, client_of, clock, paused, resumed, due):
    desk = make_desk(hours=WEEKDAYS_UTC)
    ticket = desk.create_ticket(priority=4)
    assert ticket.due_by == datetime(2026, 3, 11, 14, tzinfo=UTC), "two hours on Tuesday, six on Wednesday"
    clock.now = datetime.fromisoformat(paused)
    desk.change_status(ticket.id, 6)
    clock.now = datetime.fromisoformat(resumed)
    desk.change_status(ticket.id, 2)
    assert client_of(desk).ticket(ticket.id)["due_by"] == due


def test_a_resolved_ticket_keeps_its_verdict_and_a_reopened_one_gets_its_time_back(desk, client, clock):
    ticket = desk.create_ticket(priority=4)
    clock.pass_(hours=7)
    desk.resolve(ticket.id)
    clock.pass_(hours=5)
    assert client.ticket(ticket.id)["is_escalated"] is False
    desk.reopen(ticket.id)
    row = client.ticket(ticket.id, include="stats")
    assert row["due_by"] == "2026-03-11T04:00:00Z"
    assert (row["stats"]["opened_at"], row["stats"]["resolved_at"]) == ("2026-03-11T03:00:00Z", None)


def test_tickets_say_whether_they_were_written_in_business_hours(make_desk, client_of, clock):
    desk = make_desk(hours=WEEKDAYS_UTC)
    day, night = desk.create_ticket(), desk.create_ticket(created_at=clock.now + timedelta(hours=9))
    client = client_of(desk)
    told = [client.ticket(ticket.id)["created_within_business_hours"] for ticket in (day, night)]
    assert told == [True, False]
