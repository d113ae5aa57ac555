"""Key sets of three eras, workspaces, people, fields, hours and policies."""

from datetime import timedelta

import pytest

ONLY_2024 = {
    "urgency",
    "impact",
    "sla_policy_id",
    "created_within_business_hours",
    "attachments",
    "planned_effort",
}


@pytest.mark.parametrize(
    ("era", "has_workspace", "has_2024"), [(2022, False, False), (2023, True, False), (2024, True, True)]
)
def test_rows_have_the_keys_of_their_era(desk, client, era, has_workspace, has_2024):
    desk.create_ticket()
    desk.switches.era = era
    (row,) = client.tickets()
    assert ("workspace_id" in row) is has_workspace
    assert ONLY_2024.issubset(row) is has_2024
    assert bool(ONLY_2024 & set(row)) is has_2024
    assert row["to_emails"] is None, "empty is null, not missing"


def test_service_requests_carry_their_approval_in_views(desk, client):
    ticket = desk.create_ticket(type="Service Request")
    assert client.ticket(ticket.id)["approval_status_name"] == "Not Requested"
    assert "approval_status" not in client.tickets()[0]


def test_workspace_zero_leaves_out_fields_of_single_workspaces(desk, client):
    desk.create_ticket(custom_fields={"site": "Plant 2", "asset_tag": "WS-1"})
    assert client.tickets()[0]["custom_fields"] == {"site": "Plant 2", "asset_tag": "WS-1"}
    assert client.tickets(workspace_id=0)[0]["custom_fields"] == {"site": "Plant 2"}


def test_a_strange_workspace_is_forbidden(client):
    answer = client.get("/tickets", workspace_id=77)
    assert (answer.status_code, answer.json()["code"]) == (403, "access_denied")


def test_groups_are_listed_for_one_workspace_at_a_time(client):
    def names(**query):
        return [group["name"] for group in client.get("/groups", **query).json()["groups"]]

    assert names() == names(workspace_id=2) == ["Service Desk", "Network", "Applications"]
    assert names(workspace_id=3) == ["Professional Services"]
    assert client.get("/groups", workspace_id=0).status_code == 400


def test_workspaces_are_listed_and_their_state_was_a_number_once(desk, client):
    rows = client.get("/workspaces").json()["workspaces"]
    assert [(row["id"], row["primary"], row["state"]) for row in rows] == [
        (2, True, "active"),
        (3, False, "active"),
    ]
    desk.switches.era = 2023
    assert client.get("/workspaces").json()["workspaces"][0]["state"] == 1


def test_an_old_account_has_no_workspaces_and_shows_everything(desk, client):
    desk.switches.has_workspaces = False
    desk.create_ticket()
    desk.create_ticket(workspace_id=3)
    assert client.get("/workspaces").json() == {"workspaces": []}
    assert len(client.tickets()) == len(client.tickets(workspace_id=0)) == 2
    assert "workspace_id" not in client.tickets()[0]


def test_an_agent_restricted_to_groups_sees_a_shorter_list_and_no_word_about_it(desk, client):
    mine = desk.create_ticket(group_id=1)
    other = desk.create_ticket(group_id=2)
    desk.switches.visible_groups = frozenset({1})
    assert [row["id"] for row in client.tickets()] == client.found("status:2") == [mine.id]
    assert client.get(f"/tickets/{other.id}").status_code == 403


def test_agents_keep_their_names_when_they_leave_and_some_have_no_last_name(desk, client):
    gone = list(desk.directory.agents)[1]
    desk.directory.deactivate_agent(gone)
    agents = client.get("/agents", per_page=100).json()["agents"]
    assert len(agents) == 10
    assert [a["id"] for a in agents if not a["active"]] == [gone]
    assert [a["first_name"] for a in agents if a["last_name"] is None] == ["Bharat"]
    assert all(a["email"] and a["member_of"] == a["group_ids"] for a in agents)


def test_requesters_have_a_primary_email_and_agents_join_on_request(client):
    first = client.get("/requesters", per_page=100)
    assert "link" in first.headers
    assert all("primary_email" in row and "email" not in row for row in first.json()["requesters"])
    everybody = [
        row
        for page in (1, 2)
        for row in client.get("/requesters", per_page=100, page=page, include_agents="true").json()[
            "requesters"
        ]
    ]
    assert (len(everybody), sum(row["is_agent"] for row in everybody)) == (130, 10)


def test_the_key_check_of_some_clients_works(client):
    assert client.get("/agents/me").json()["agent"]["id"] == client.get("/agents").json()["agents"][0]["id"]


def statuses(client):
    fields = client.get("/ticket_form_fields").json()["ticket_fields"]
    return next(field for field in fields if field["name"] == "status")["choices"]


def test_statuses_are_read_from_the_form_fields_in_every_shape_they_ever_had(desk, client):
    assert {"id": 10, "value": "Customer Replied"} in statuses(client)
    desk.switches.status_choices = "dict"
    assert statuses(client)["10"] == ["Customer Replied", "Customer Replied"]
    desk.switches.status_choices = "pairs"
    assert ["Customer Replied", 10] in statuses(client)
    desk.add_status(12, "Lunch")
    assert ["Lunch", 12] in statuses(client)


def test_fields_of_a_workspace_come_with_the_global_ones(client):
    def names(**query):
        return {field["name"] for field in client.get("/ticket_form_fields", **query).json()["ticket_fields"]}

    assert "asset_tag" in names()
    assert names() - names(workspace_id=3) == {"asset_tag"}
    assert "contract" in names(workspace_id=3)


def test_types_are_text_on_tickets_whatever_the_choice_ids_say(desk, client):
    desk.create_ticket(type="Incident")
    fields = client.get("/ticket_form_fields").json()["ticket_fields"]
    choices = next(field for field in fields if field["name"] == "ticket_type")["choices"]
    assert client.tickets()[0]["type"] in [choice["value"] for choice in choices]


def test_business_hours_tell_windows_holidays_and_a_rails_zone(client):
    (own,) = client.get("/business_hours").json()["business_hours"]
    assert own["service_desk_hours"]["sunday"] == {"beginning_of_workday": "00:00", "end_of_workday": "23:59"}
    (office,) = client.get("/business_hours", workspace_id=1).json()["business_hours"]
    assert "saturday" not in office["service_desk_hours"]
    assert office["time_zone"] == "Lisbon"
    assert office["list_of_holidays"][0] == {"holiday_date": "--12-25", "holiday_name": "Christmas Day"}


def test_the_sla_policy_says_what_the_due_dates_follow(desk, client):
    (policy,) = client.get("/sla_policies").json()["sla_policies"]
    urgent = next(target for target in policy["sla_targets"] if target["priority"] == 4)
    ticket = desk.create_ticket(priority=4)
    assert ticket.fr_due_by - ticket.created_at == timedelta(seconds=urgent["respond_within"])
    assert ticket.due_by - ticket.created_at == timedelta(seconds=urgent["resolve_within"])


def test_project_work_has_no_resolution_date(desk, client):
    ticket = desk.create_ticket(workspace_id=3)
    assert client.ticket(ticket.id)["due_by"] is None


def test_a_plan_without_on_call_says_so(client):
    answer = client.get("/oncall/ws/2/schedules")
    assert (answer.status_code, answer.json()["code"]) == (403, "require_feature")


def test_a_role_that_is_too_small_is_refused_route_by_route(desk, client):
    desk.switches.hidden_features = frozenset({"fields"})
    assert client.get("/ticket_form_fields").status_code == 403
    assert client.get("/groups").status_code == 200
