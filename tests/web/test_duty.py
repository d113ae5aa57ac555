"""Who is on call and who has a ticket stand on the wall, as the notifier says."""

from datetime import timedelta

from deskwatch.core.ticket import format_instant
from deskwatch.store.heartbeat import write_heartbeat
from deskwatch.web.duty import Duty, duty_of
from tests.web.desk import HOUR, NOW, ticket

ON_CALL = {"layer": "primary", "person": "ana", "name": "Ana", "until": format_instant(NOW + HOUR)}
NEXT = {"layer": "primary", "person": "ben", "name": "Ben", "from": format_instant(NOW + HOUR)}
TAKEN = {"acknowledged_by": "Ana", "acknowledged_at": format_instant(NOW - timedelta(minutes=10))}


def say(desk, **said):
    write_heartbeat(desk.home.state / "oncall.json", {"schema": 1, **said})
    desk.step()


def test_the_wall_says_who_is_on_call_until_when_and_who_is_next(desk):
    say(desk, on_call=[ON_CALL], next=[NEXT])
    page = desk.get("/b/helpdesk").text
    assert "On call" in page
    assert "primary</small> <b><bdi>Ana</bdi></b> until" in page
    assert "10 Mar 15:00" in page, "in the wall's zone"
    assert "then <bdi>Ben</bdi>" in page


def test_an_empty_place_on_call_is_said_loudly(desk):
    say(desk, on_call=[], next=[NEXT])
    page = desk.get("/b/helpdesk").text
    assert "Nobody is on call" in page
    assert "then <bdi>Ben</bdi> from" in page


def test_a_desk_without_on_call_shows_none(desk):
    say(desk, on_call=[], next=[])
    assert 'class="duty' not in desk.get("/b/helpdesk").text


def test_a_ticket_somebody_has_taken_says_who_and_since_when_until_it_is_given_back(desk):
    desk.write(ticket(1), ticket(2))
    say(desk, on_call=[ON_CALL], tickets={"desk-1": TAKEN})
    rows = desk.get("/b/helpdesk/rows").text
    assert rows.count("has it") == 1
    assert "<bdi>Ana</bdi> has it since" in rows
    assert "10 Mar 13:50" in rows
    say(desk, on_call=[ON_CALL], tickets={})
    assert "has it" not in desk.get("/b/helpdesk/rows").text


def test_a_name_is_text_and_nonsense_is_nothing(desk):
    desk.write(ticket(1))
    say(desk, on_call=[{**ON_CALL, "name": "<script>alert(1)</script>"}, 7, {}], tickets={"desk-1": 7})
    page = desk.get("/b/helpdesk").text
    assert "&lt;script&gt;alert(1)" in page
    assert duty_of(None) == duty_of({"on_call": "ana", "next": {}, "tickets": []}) == Duty()
