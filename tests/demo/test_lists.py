"""``GET /tickets``: windows, workspaces, orders, pages, embeds."""

from datetime import timedelta


def test_a_new_ticket_is_listed_in_the_shape_clients_know(desk, client):
    ticket = desk.create_ticket("Mail is down", priority=4)
    (row,) = client.tickets()
    assert (row["id"], row["subject"], row["priority"], row["status"]) == (ticket.id, "Mail is down", 4, 2)
    assert row["created_at"] == row["updated_at"] == "2026-03-10T15:00:00Z"
    assert "stats" not in row
    assert "requester" not in row


def test_a_plain_list_hides_tickets_created_more_than_thirty_days_ago(desk, client, clock):
    old = desk.create_ticket(created_at=clock.now - timedelta(days=31))
    new = desk.create_ticket(created_at=clock.now - timedelta(days=29))
    assert [row["id"] for row in client.tickets()] == [new.id]
    everything = client.tickets(updated_since="2020-01-01T00:00:00Z")
    assert {row["id"] for row in everything} == {old.id, new.id}


def test_a_list_without_a_workspace_shows_the_primary_one_and_zero_shows_all(desk, client):
    here, there = desk.create_ticket(), desk.create_ticket(workspace_id=3)
    assert [row["id"] for row in client.tickets()] == [here.id]
    assert [row["id"] for row in client.tickets(workspace_id=3)] == [there.id]
    assert {row["id"] for row in client.tickets(workspace_id=0)} == {here.id, there.id}
