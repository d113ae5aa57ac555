"""``GET /tickets/filter``: a delayed index, thirty rows a page, a query language of its own."""

from datetime import timedelta

import pytest


def test_a_query_must_carry_its_own_double_quotes(desk, client):
    answer = client.get("/tickets/filter", query="status:2")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "query")
    assert client.get("/tickets/filter").status_code == 400
    desk.switches.filter_refusal = "500 text"
    answer = client.get("/tickets/filter", query="status:2")
    assert (answer.status_code, answer.text) == (500, "Internal Error")
    assert answer.headers["content-type"].startswith("text/plain")


def test_five_hundred_and_twelve_characters_are_the_most(client):
    def query_of(length):
        return '"' + "status:2".rjust(length - 2) + '"'

    assert client.get("/tickets/filter", query=query_of(512)).status_code == 200
    assert client.get("/tickets/filter", query=query_of(513)).status_code == 400


def test_thirty_rows_a_page_with_a_total_newest_first_without_embeds(desk, client, clock):
    made = [desk.create_ticket(created_at=clock.now - timedelta(days=days)).id for days in range(35)]
    answer = client.get("/tickets/filter", query='"status:2"', per_page=100, include="stats")
    assert answer.json()["total"] == 35
    assert [row["id"] for row in answer.json()["tickets"]] == made[:30], (
        "older than thirty days are found too"
    )
    assert "stats" not in answer.json()["tickets"][0]
    assert "link" not in answer.headers
    assert client.found("status:2", page=2) == made[30:]
    assert client.found("status:2", page=3) == []
    assert client.get("/tickets/filter", query='"status:2"', page="x").status_code == 400


def test_the_index_lags_behind(desk, client, clock):
    desk.switches.index_lag = timedelta(seconds=180)
    ticket = desk.create_ticket()
    assert client.found("status:2") == []
    clock.pass_(seconds=180)
    assert client.found("status:2") == [ticket.id]
    desk.change_status(ticket.id, 6)
    clock.pass_(seconds=10)
    (row,) = client.get("/tickets/filter", query='"status:2"').json()["tickets"]
    assert (row["status"], row["updated_at"]) == (2, "2026-03-10T15:00:00Z"), "the row of three minutes ago"
    assert client.tickets(updated_since="2026-03-10T15:02:00Z")[0]["status"] == 6
    clock.pass_(seconds=170)
    assert (client.found("status:2"), client.found("status:6")) == ([], [ticket.id])


@pytest.mark.parametrize("leave", ["trash", "mark_spam", "purge"])
def test_tickets_that_left_stay_in_the_index_a_while(desk, client, clock, leave):
    ticket = desk.create_ticket()
    desk.switches.index_lag = timedelta(seconds=120)
    clock.pass_(seconds=120)
    getattr(desk, leave)(ticket.id)
    clock.pass_(seconds=60)
    assert client.found("status:2") == [ticket.id]
    clock.pass_(seconds=60)
    assert client.found("status:2") == []


def test_workspaces_count_for_filters_too(desk, client):
    here, there = desk.create_ticket(), desk.create_ticket(workspace_id=3)
    assert client.found("status:2") == [here.id]
    assert client.found("status:2", workspace_id=3) == [there.id]
    assert set(client.found("status:2", workspace_id=0)) == {here.id, there.id}


def test_queries_reach_people_departments_and_custom_fields(desk, client):
    human = next(iter(desk.directory.requesters.values()))
    department = desk.directory.departments[human.department_id]
    ticket = desk.create_ticket(
        department_id=department.id, custom_fields={"site": "Plant 2"}, tags=("vip", "audit")
    )
    desk.create_ticket(requester_id=next(iter(desk.directory.agents)))
    for query in (
        f"email:'{human.email}'",
        f"department:'{department.name}'",
        "site:'Plant 2'",
        "tag:'audit'",
    ):
        assert client.found(query) == [ticket.id], query
