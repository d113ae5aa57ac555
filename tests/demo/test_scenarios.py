"""Incidents a source must survive: each can be staged here, and this is what the source then sees.

The numbers are those of the scenario list for Freshservice clients.
"""

from datetime import timedelta

from deskwatch.demo import faults

OPEN = "status:2 OR status:3 OR status:6"


def ids(rows):
    return [row["id"] for row in rows]


def since(at):
    return f"{at:%FT%TZ}"


def test_s01_an_old_open_ticket_is_found_by_the_filter_only(desk, client, clock):
    ticket = desk.create_ticket(created_at=clock.now - timedelta(days=45))
    assert client.tickets() == []
    assert client.found(OPEN) == [ticket.id]


def test_s02_a_breach_is_not_a_change(desk, client, clock):
    ticket = desk.create_ticket(priority=4)
    clock.pass_(hours=1)
    assert client.tickets(updated_since=since(clock.now - timedelta(minutes=50))) == []
    assert client.ticket(ticket.id)["fr_escalated"] is True


def test_s03_a_trashed_ticket_is_in_the_trash_only(desk, client):
    ticket = desk.create_ticket()
    desk.trash(ticket.id)
    assert client.tickets() == client.found(OPEN) == []
    assert ids(client.tickets(filter="deleted")) == [ticket.id]


def test_s04_spam_is_with_the_spam_only(desk, client):
    ticket = desk.create_ticket()
    desk.mark_spam(ticket.id)
    assert client.found(OPEN) == []
    assert client.ticket(ticket.id)["spam"] is True


def test_s05_a_purged_ticket_answers_404_without_a_body(desk, client):
    ticket = desk.create_ticket()
    desk.trash(ticket.id)
    desk.purge(ticket.id)
    assert client.get(f"/tickets/{ticket.id}").content == b""


def test_s06_a_moved_ticket_is_gone_here_and_alive_there(desk, client):
    ticket = desk.create_ticket()
    desk.move_workspace(ticket.id, 3)
    assert client.tickets(workspace_id=2, updated_since="2020-01-01T00:00:00Z") == []
    assert client.ticket(ticket.id)["workspace_id"] == 3


def test_s07_the_filter_lags_behind_the_list(desk, client, clock):
    ticket = desk.create_ticket()
    desk.switches.index_lag = timedelta(seconds=180)
    clock.pass_(seconds=180)
    desk.change_status(ticket.id, 6)
    clock.pass_(seconds=10)
    (row,) = client.get("/tickets/filter", query=f'"{OPEN}"').json()["tickets"]
    (newer,) = client.tickets(updated_since=since(clock.now - timedelta(seconds=10)))
    assert (row["status"], newer["status"]) == (2, 6)
    assert row["updated_at"] < newer["updated_at"]


def test_s08_a_deletion_between_two_pages_lets_a_ticket_slip_through(desk, client, clock):
    made = [desk.create_ticket(created_at=clock.now - timedelta(minutes=n)).id for n in range(6)]
    first = ids(client.tickets(per_page=3))
    desk.trash(made[0])
    second = ids(client.tickets(per_page=3, page=2))
    assert set(made) - {*first, *second} == {made[3]}


def test_s09_one_page_of_a_scan_fails_three_times(desk, client):
    for _ in range(5):
        desk.create_ticket()
    desk.faults.add("list", faults.unavailable(None), page=3, times=3)
    assert [client.get("/tickets", per_page=2, page=n).status_code for n in (1, 2, 3, 3, 3, 3)] == [
        200, 200, 503, 503, 503, 200,
    ]  # fmt: skip


def test_s10_page_two_is_refused_for_37_seconds(desk, client):
    desk.faults.add("list", faults.rate_limited("37"), page=2)
    refused = client.get("/tickets", page=2)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "37")
    assert client.get("/tickets", page=2).status_code == 200


def test_s11_an_admin_adds_a_status(desk, client):
    ticket = desk.create_ticket()
    desk.add_status(12, "Out for delivery")
    desk.change_status(ticket.id, 12)
    assert client.tickets()[0]["status"] == 12
    fields = client.get("/ticket_form_fields").json()["ticket_fields"]
    choices = next(field for field in fields if field["name"] == "status")["choices"]
    assert {"id": 12, "value": "Out for delivery"} in choices


def test_s12_the_date_header_is_the_helpdesk_s_clock_whatever_the_client_s_says(desk, client, clock):
    desk.switches.date_offset = timedelta(minutes=-7)
    assert client.get("/tickets").headers["date"] == "Tue, 10 Mar 2026 14:53:00 GMT"
    assert client.get("/tickets", key=None).headers["date"] == "Tue, 10 Mar 2026 14:53:00 GMT"


def test_s13_a_resolved_ticket_comes_back_under_its_number(desk, client, clock):
    ticket = desk.create_ticket()
    desk.resolve(ticket.id)
    clock.pass_(minutes=5)
    desk.reopen(ticket.id)
    (row,) = client.tickets(updated_since=since(clock.now))
    assert (row["id"], row["status"]) == (ticket.id, 2)


def test_s14_one_id_always_fails_and_the_others_do_not(desk, client):
    bad, good = desk.create_ticket(), desk.create_ticket()
    desk.faults.add("view", faults.internal_error(), ticket_id=bad.id, times=None)
    assert [client.get(f"/tickets/{id_}").status_code for id_ in (bad.id, good.id, bad.id)] == [500, 200, 500]


def test_s15_the_key_is_revoked_from_now_on(desk, client):
    desk.revoke_key()
    assert {client.get(path).status_code for path in ("/tickets", "/agents", "/tickets/1")} == {401}


def test_s16_lists_and_filters_are_empty_although_tickets_are_open(desk, client):
    for _ in range(40):
        desk.create_ticket()
    desk.faults.add("any", faults.empty(), times=None)
    assert client.tickets() == client.found(OPEN) == []
    assert len(desk.open_tickets()) == 40
