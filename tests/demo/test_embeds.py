"""``include=``: what embeds hold and what they cost."""

from deskwatch.demo.rows import STATS_ID_OFFSET

STATS = {
    "agent_responded_at", "assigned_at", "closed_at", "created_at", "first_assigned_at", "first_responded_at",
    "first_resp_time_in_secs", "group_escalated", "inbound_count", "opened_at", "outbound_count",
    "pending_since",
    "requester_responded_at", "resolution_time_in_secs", "resolved_at", "status_updated_at", "ticket_id",
    "updated_at",
}  # fmt: skip


def spent(answer):
    return int(answer.headers["x-ratelimit-used-currentrequest"])


def test_an_embed_costs_two_credits_on_a_list_and_one_on_a_view(desk, client):
    ticket = desk.create_ticket()
    assert spent(client.get("/tickets")) == 1
    assert spent(client.get("/tickets", include="stats,requester")) == 5
    assert spent(client.get(f"/tickets/{ticket.id}", include="stats,requester,tags")) == 4


def test_stats_tell_the_story_of_a_ticket(desk, client, clock):
    ticket = desk.create_ticket(id=102)
    clock.pass_(minutes=5)
    desk.assign(ticket.id, next(iter(desk.directory.agents)))
    clock.pass_(minutes=5)
    desk.reply(ticket.id)
    clock.pass_(minutes=5)
    desk.customer_reply(ticket.id)
    (row,) = client.tickets(include="stats")
    stats = row["stats"]
    assert set(stats) == STATS
    assert stats["ticket_id"] == 102 + STATS_ID_OFFSET, "the number of a row, not the ticket's"
    assert stats["first_assigned_at"] == "2026-03-10T15:05:00Z"
    assert stats["first_responded_at"] == stats["agent_responded_at"] == "2026-03-10T15:10:00Z"
    assert stats["requester_responded_at"] == row["updated_at"] == "2026-03-10T15:15:00Z"
    assert (stats["first_resp_time_in_secs"], stats["resolution_time_in_secs"]) == (600, 900)
    assert (stats["inbound_count"], stats["outbound_count"]) == (2, 1)


def test_half_of_the_tickets_do_not_tell_when_they_were_assigned(desk, client):
    for id_ in (201, 202):
        desk.create_ticket(id=id_)
        desk.assign(id_, next(iter(desk.directory.agents)))
    told = {
        row["id"]: row["stats"]["first_assigned_at"] is not None for row in client.tickets(include="stats")
    }
    assert told == {201: False, 202: True}


def test_pending_since_is_known_for_the_pending_status_only(desk, client, clock):
    ticket = desk.create_ticket(status=3)
    assert client.ticket(ticket.id, include="stats")["stats"]["pending_since"] == "2026-03-10T15:00:00Z"
    desk.change_status(ticket.id, 6)
    assert client.ticket(ticket.id, include="stats")["stats"]["pending_since"] is None


def test_a_resolved_ticket_reports_business_seconds_until_its_resolution(make_desk, clock):
    from deskwatch.demo.hours import WEEKDAYS_UTC
    from deskwatch.demo.rows import stats_embed

    desk = make_desk(hours=WEEKDAYS_UTC)
    ticket = desk.create_ticket()
    clock.pass_(days=1)
    desk.resolve(ticket.id)
    clock.pass_(days=1)
    stats = stats_embed(desk, desk.close(ticket.id))
    assert stats["resolution_time_in_secs"] == 9 * 3600, "15:00 to 17:00 and 08:00 to 15:00"
    assert stats["resolved_at"] == "2026-03-11T15:00:00Z"
    assert stats["closed_at"] == "2026-03-12T15:00:00Z"


def test_the_requester_embed_names_people_and_agents_alike(desk, client):
    agent = next(a for a in desk.directory.agents.values() if a.last_name is None)
    ticket = desk.create_ticket(requester_id=agent.id)
    requester = client.ticket(ticket.id, include="requester")["requester"]
    assert requester == {
        "id": agent.id, "name": agent.first_name, "email": agent.email, "mobile": agent.mobile, "phone": None,
    }  # fmt: skip


def test_tags_department_and_conversations_can_be_embedded_in_a_view(desk, client):
    department = next(iter(desk.directory.departments.values()))
    ticket = desk.create_ticket(tags=("vip",), department_id=department.id)
    desk.reply(ticket.id, "On it")
    row = client.ticket(ticket.id, include="tags,department,conversations")
    assert row["tags"] == ["vip"]
    assert row["department"]["name"] == department.name
    assert [message["body_text"] for message in row["conversations"]] == ["On it"]


def test_notes_are_private_and_leave_the_ticket_untouched_unless_switched(desk, client, clock):
    ticket = desk.create_ticket()
    clock.pass_(minutes=1)
    desk.note(ticket.id, "<b>psst</b>")
    messages = client.get(f"/tickets/{ticket.id}/conversations").json()["conversations"]
    assert [(m["private"], m["source"], m["body"]) for m in messages] == [
        (True, 2, "<div>&lt;b&gt;psst&lt;/b&gt;</div>")
    ]
    assert client.ticket(ticket.id)["updated_at"] == "2026-03-10T15:00:00Z"
    desk.switches.notes_touch_tickets = True
    desk.note(ticket.id)
    assert client.ticket(ticket.id)["updated_at"] == "2026-03-10T15:01:00Z"
