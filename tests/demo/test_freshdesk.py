"""The same desk in Freshdesk's shapes."""

from datetime import timedelta

import pytest


@pytest.fixture
def desk(desk):
    desk.switches.product = "freshdesk"
    return desk


def test_lists_are_bare_arrays_without_descriptions_unless_asked(desk, client):
    ticket = desk.create_ticket("Mail is down", description="All of it")
    (row,) = client.get("/tickets").json()
    assert (row["id"], row["subject"]) == (ticket.id, "Mail is down")
    assert not {"description", "workspace_id", "department_id", "urgency"} & set(row)
    (row,) = client.get("/tickets", include="description,stats,requester,company").json()
    assert row["description_text"] == "All of it"
    assert row["stats"]["first_responded_at"] is None
    assert client.get("/tickets", include="tags").status_code == 400


def test_a_view_is_a_bare_object_with_its_description(desk, client):
    ticket = desk.create_ticket(description="All of it")
    assert client.get(f"/tickets/{ticket.id}").json()["description_text"] == "All of it"
    assert client.get("/tickets/9").status_code == 404


def test_lists_can_be_sorted_by_update(desk, client, clock):
    one = desk.create_ticket()
    clock.pass_(minutes=1)
    two = desk.create_ticket()
    clock.pass_(minutes=1)
    desk.reply(one.id)

    def ids(**query):
        return [row["id"] for row in client.get("/tickets", **query).json()]

    assert ids() == [two.id, one.id]
    assert ids(order_by="updated_at") == [one.id, two.id]
    assert ids(order_by="updated_at", order_type="asc") == [two.id, one.id]
    assert client.get("/tickets", order_by="mood").status_code == 400


def test_search_answers_results_and_a_total_on_ten_pages_at_most(desk, client, clock):
    for minutes in range(31):
        desk.create_ticket(created_at=clock.now - timedelta(minutes=minutes))
    answer = client.get("/search/tickets", query='"status:2"').json()
    assert (set(answer), answer["total"], len(answer["results"])) == ({"results", "total"}, 31, 30)
    assert client.get("/search/tickets", query='"status:2"', page=11).status_code == 400


def test_the_routes_of_the_other_product_do_not_exist(client):
    for path in ("/tickets/filter", "/ticket_form_fields", "/workspaces", "/requesters", "/departments"):
        assert client.get(path).status_code == 404, path


def test_people_are_agents_with_a_contact_and_contacts_with_a_company(desk, client):
    agent = client.get("/agents").json()[0]
    assert agent["contact"]["name"] == client.get("/agents/me").json()["contact"]["name"] == "Imogen Hartley"
    contact, company = client.get("/contacts").json()[0], client.get("/companies").json()[0]
    assert contact["name"] == "Agnes Whitcombe"
    assert contact["company_id"] in desk.directory.departments
    assert company["name"] == "Finance"
    assert [group["name"] for group in client.get("/groups").json()][-1] == "Professional Services"


def test_statuses_are_a_mapping_and_totals_may_be_text_with_a_fraction(desk, client):
    answer = client.get("/ticket_fields")
    status = next(field for field in answer.json() if field["name"] == "status")
    assert status["choices"]["2"] == ["Open", "Open"]
    assert answer.headers["x-ratelimit-total"] == "500.0"
