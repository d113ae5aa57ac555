"""``GET /tickets``: windows, workspaces, orders, pages, embeds."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

LONG_AGO = "2020-01-01T00:00:00Z"


def ids(rows):
    return [row["id"] for row in rows]


def test_a_new_ticket_is_listed_in_the_shape_clients_know(desk, client):
    ticket = desk.create_ticket("Mail is down", priority=4)
    (row,) = client.tickets()
    assert (row["id"], row["subject"], row["priority"], row["status"]) == (ticket.id, "Mail is down", 4, 2)
    assert row["created_at"] == row["updated_at"] == "2026-03-10T15:00:00Z"
    assert not {"stats", "requester", "tags"} & set(row), "embeds come only when asked for"


def test_a_plain_list_hides_tickets_created_more_than_thirty_days_ago(desk, client, clock):
    old = desk.create_ticket(created_at=clock.now - timedelta(days=31))
    new = desk.create_ticket(created_at=clock.now - timedelta(days=29))
    assert ids(client.tickets()) == [new.id]
    assert set(ids(client.tickets(updated_since=LONG_AGO))) == {old.id, new.id}


def test_a_list_without_a_workspace_shows_the_primary_one_and_zero_shows_all(desk, client):
    here, there = desk.create_ticket(), desk.create_ticket(workspace_id=3)
    assert ids(client.tickets()) == [here.id]
    assert ids(client.tickets(workspace_id=3)) == [there.id]
    assert set(ids(client.tickets(workspace_id=0))) == {here.id, there.id}


def test_updated_since_includes_the_very_second(desk, client, clock):
    ticket = desk.create_ticket()
    assert ids(client.tickets(updated_since="2026-03-10T15:00:00Z")) == [ticket.id]
    assert ids(client.tickets(updated_since="2026-03-10T16:00:00+01:00")) == [ticket.id]
    assert client.tickets(updated_since="2026-03-10T15:00:01Z") == []


def test_lists_are_sorted_by_creation_newest_first_unless_told_otherwise(desk, client, clock):
    first = desk.create_ticket(id=900)
    twins = [desk.create_ticket(id=id_, created_at=clock.now + timedelta(minutes=1)) for id_ in (500, 400)]
    desk.edit(first.id, priority=4)
    assert ids(client.tickets()) == [500, 400, 900]
    assert ids(client.tickets(order_type="asc")) == [900, 400, 500]
    assert ids(client.tickets(order_by="updated_at")) == [500, 400, 900], "order_by is ignored"
    assert len(twins) == 2


def test_pages_are_linked_with_all_parameters_repeated_and_no_total(desk, client, clock):
    for minutes in range(5):
        desk.create_ticket(created_at=clock.now - timedelta(minutes=minutes))
    answer = client.get("/tickets", per_page=2, updated_since=LONG_AGO, include="stats,requester")
    url, _, rel = answer.headers["link"].partition(";")
    query = parse_qs(urlsplit(url.strip("<>")).query)
    assert rel.strip() == 'rel="next"'
    assert query == {
        "page": ["2"],
        "per_page": ["2"],
        "updated_since": [LONG_AGO],
        "include": ["stats,requester"],
    }
    assert "stats%2Crequester" in url
    assert set(answer.json()) == {"tickets"}
    last = client.get("/tickets", per_page=2, page=3)
    assert "link" not in last.headers
    assert len(last.json()["tickets"]) == 1
    assert client.tickets(per_page=2, page=4) == []


def test_a_page_has_thirty_rows_unless_told_otherwise(desk, client):
    for _ in range(31):
        desk.create_ticket()
    assert len(client.tickets()) == 30
    assert len(client.tickets(per_page=100)) == 31


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("per_page", "101"),
        ("per_page", "0"),
        ("per_page", "ten"),
        ("per_page", "-1"),
        ("page", "0"),
        ("page", "two"),
        ("include", "stats,nonsense"),
        ("order_type", "sideways"),
        ("filter", "mine"),
        ("updated_since", "yesterday"),
        ("workspace_id", "it"),
        ("requester_id", "1.5"),
    ],
)
def test_a_wrong_parameter_is_named(client, name, value):
    answer = client.get("/tickets", **{name: value})
    assert answer.status_code == 400
    assert answer.json()["description"] == "Validation failed"
    assert answer.json()["errors"][0]["field"] == name


def test_trash_and_spam_are_seen_only_where_they_lie(desk, client):
    good, trashed, spam = (desk.create_ticket() for _ in range(3))
    desk.trash(trashed.id)
    desk.mark_spam(spam.id)
    assert ids(client.tickets(updated_since=LONG_AGO)) == [good.id]
    assert ids(client.tickets(filter="deleted")) == [trashed.id]
    assert client.tickets(filter="deleted")[0]["deleted"] is True
    assert ids(client.tickets(filter="spam")) == [spam.id]


def test_a_list_can_be_narrowed_to_a_type_or_a_requester(desk, client):
    someone, else_ = list(desk.directory.requesters.values())[:2]
    one = desk.create_ticket(type="Service Request", requester_id=someone.id)
    two = desk.create_ticket(requester_id=else_.id)
    assert ids(client.tickets(type="Service Request")) == [one.id]
    assert ids(client.tickets(requester_id=else_.id)) == [two.id]
    assert ids(client.tickets(email=someone.email)) == [one.id]
