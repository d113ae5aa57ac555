"""What people do to tickets, seen through the API."""

import pytest

from deskwatch.demo import UnknownTicketError
from deskwatch.demo.records import Human


def test_a_trashed_ticket_is_still_viewed_by_id_and_can_come_back(desk, client, clock):
    ticket = desk.create_ticket()
    clock.pass_(minutes=1)
    desk.trash(ticket.id)
    assert client.ticket(ticket.id)["deleted"] is True
    assert client.tickets() == client.found("status:2") == []
    desk.restore(ticket.id)
    assert client.tickets(updated_since="2026-03-10T15:01:00Z")[0]["deleted"] is False


def test_a_purged_ticket_is_an_empty_404(desk, client):
    ticket = desk.create_ticket()
    desk.purge(ticket.id)
    answer = client.get(f"/tickets/{ticket.id}")
    assert (answer.status_code, answer.content) == (404, b"")
    with pytest.raises(UnknownTicketError, match=str(ticket.id)):
        desk.reply(ticket.id)


def test_a_merged_ticket_is_closed_with_a_note(desk, client):
    loser, winner = desk.create_ticket(), desk.create_ticket()
    desk.merge(loser.id, into=winner.id)
    assert client.ticket(loser.id)["status"] == 5
    for id_, other in ((loser.id, winner.id), (winner.id, loser.id)):
        (note,) = client.get(f"/tickets/{id_}/conversations").json()["conversations"]
        assert str(other) in note["body_text"]


def test_a_ticket_that_moves_leaves_one_workspace_and_appears_in_the_other(desk, client):
    ticket = desk.create_ticket(group_id=1)
    desk.move_workspace(ticket.id, 3)
    assert client.tickets(workspace_id=2) == []
    assert client.tickets(workspace_id=3)[0]["id"] == ticket.id
    assert (client.ticket(ticket.id)["workspace_id"], client.ticket(ticket.id)["group_id"]) == (3, None)


def test_a_reopened_ticket_keeps_its_number(desk, client):
    ticket = desk.create_ticket()
    desk.resolve(ticket.id)
    assert client.found("status:4") == [ticket.id]
    desk.reopen(ticket.id)
    assert client.found("status:2") == [ticket.id]


def test_a_status_can_be_added_while_tickets_are_in_it(desk, client, clock):
    ticket = desk.create_ticket(priority=4)
    desk.change_status(ticket.id, 77)
    assert client.ticket(ticket.id)["status"] == 77, "a status nobody can name yet"
    desk.add_status(12, "Out for delivery", clock_runs=False)
    desk.change_status(ticket.id, 12)
    clock.pass_(days=1)
    assert client.ticket(ticket.id)["is_escalated"] is False


def test_a_customer_reply_may_move_the_ticket_by_automation(desk, client):
    ticket = desk.create_ticket(status=6)
    desk.customer_reply(ticket.id, status=10)
    assert client.ticket(ticket.id)["status"] == 10


@pytest.mark.parametrize(
    "subject",
    [
        "会議室のスクリーンに何も映りません",
        "הסורק לא שולח PDF",
        '<script>alert(1)</script> & "quotes"',
        "\u202egnp.exe",
        "👩🏽‍💻 e\u0301",
        "",
        "W" * 5000,
    ],
)
def test_subjects_travel_unchanged(desk, client, subject):
    ticket = desk.create_ticket(subject, description=subject)
    row = client.ticket(ticket.id)
    assert (row["subject"], row["description_text"]) == (subject, subject)
    assert "<script>" not in row["description"]


def test_ids_reach_as_far_as_integers_are_exact_in_json(desk, client):
    largest = desk.create_ticket(id=2**53)
    assert client.tickets()[0]["id"] == client.ticket(2**53)["id"] == largest.id
    assert desk.create_ticket().id == 2**53 + 1


def test_a_requester_may_have_one_name_only(desk, client):
    desk.directory.add_requester(Human(id=5, first_name="Mia", last_name=None, email="mia@company.example"))
    ticket = desk.create_ticket(requester_id=5)
    assert client.ticket(ticket.id, include="requester")["requester"]["name"] == "Mia"


def test_every_change_is_seen_by_updated_since(desk, client, clock):
    agent = next(iter(desk.directory.agents))
    ticket = desk.create_ticket()
    for change in (
        lambda: desk.assign(ticket.id, agent),
        lambda: desk.assign(ticket.id, None),
        lambda: desk.reply(ticket.id),
        lambda: desk.customer_reply(ticket.id),
        lambda: desk.change_status(ticket.id, 7),
        lambda: desk.change_priority(ticket.id, 3),
        lambda: desk.edit(ticket.id, subject="Other words"),
        lambda: desk.close(ticket.id),
    ):
        now = clock.pass_(seconds=90)
        change()
        since = now.isoformat().replace("+00:00", "Z")
        assert [row["id"] for row in client.tickets(updated_since=since)] == [ticket.id]


def test_the_helpdesk_s_clock_never_runs_backwards(desk, clock):
    before = desk.advance()
    clock.pass_(hours=-1)
    assert desk.advance() == before
