"""/on-call: a page, JSON and a calendar of who is on call."""

import hashlib

import pytest
from icalendar import Calendar

from deskwatch.web.wording import wording
from tests.web.desk import NOW

PEOPLE = "people: {ana: {name: Ana Example}, ben: {name: Ben <b>}, mia: {}}"
ONCALL = "layers: {primary: {rotations: [{people: [ana, ben], start: 2026-03-02, handoff: 09:00}]}}"
LOBBY = "helpdesk: {title: Helpdesk}\nlobby: {title: Lobby, privacy: initials}\n"
TOKEN = "a-wall-link-of-the-lobby"


@pytest.fixture
def desk(make_desk):
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    access = f"access: {{tokens: [{{name: lobby, sha256: '{digest}', boards: [lobby]}}]}}"
    desk = make_desk(deskwatch=access, boards=LOBBY)
    desk.configure("people", PEOPLE)
    desk.configure("oncall", ONCALL)
    desk.now = NOW
    desk.beat()
    desk.feed.live.refresh(now_please=True)
    desk.step()
    return desk


def test_the_page_says_who_is_on_call_now_and_who_comes_next(desk):
    page = desk.get("/on-call")
    assert page.status == 200
    assert page.text.index("Ben &lt;b&gt;") < page.text.index("Ana Example")
    assert "Now" in page.text
    assert "Europe/Vienna" in page.text


def test_the_page_does_not_invent_a_handoff_where_it_is_cut(desk):
    page = desk.get("/on-call").text
    assert "Tue 2026-03-10 14:00" not in page
    assert "Tue 2026-03-24 14:00" not in page
    assert page.count("…") == 2


def test_the_same_as_json_with_its_limits(desk):
    (layer,) = desk.get("/api/v1/on-call?days=7").json["layers"]
    assert layer["layer"] == "primary"
    assert [(s["name"], s["now"]) for s in layer["stretches"]] == [("Ben <b>", True), ("Ana Example", False)]
    assert desk.get("/api/v1/on-call?days=0").status == 400
    assert desk.get("/api/v1/on-call?days=101").status == 400
    assert desk.get("/api/v1/on-call?person=zoe").status == 404


def test_calendar_programs_can_subscribe_to_it(desk):
    reply = desk.get("/on-call.ics?person=ana")
    assert reply.headers["content-type"] == "text/calendar; charset=utf-8"
    entries = list(Calendar.from_ical(reply.body).walk("VEVENT"))
    assert entries
    assert {str(e["SUMMARY"]) for e in entries} == {"On call (primary): Ana Example"}


def test_a_subscribed_entry_keeps_its_id_from_hour_to_hour(desk):
    def ids():
        reply = desk.get("/on-call.ics")
        return {str(e["UID"]) for e in Calendar.from_ical(reply.body).walk("VEVENT")}

    before = ids()
    desk.now = NOW.replace(hour=15)
    assert ids() == before


def test_a_wall_that_may_not_know_names_gets_initials(desk):
    cookie = f"deskwatch_wall={TOKEN}"
    for path in ("/on-call", "/api/v1/on-call", "/on-call.ics"):
        reply = desk.get(path, client="192.0.2.7", cookie=cookie)
        assert reply.status == 200
        assert "Example" not in reply.text
        assert "A. E." in reply.text
    assert desk.get("/on-call.ics?person=ana", client="192.0.2.7", cookie=cookie).status == 404


def test_ids_of_calendar_entries_tell_no_more_than_their_words(desk):
    cookie = f"deskwatch_wall={TOKEN}"
    reply = desk.get("/on-call.ics", client="192.0.2.7", cookie=cookie)
    ids = [str(entry["UID"]) for entry in Calendar.from_ical(reply.body).walk("VEVENT")]
    assert len(set(ids)) == len(ids) > 1
    assert not [uid for uid in ids if "ana" in uid or "ben" in uid]


@pytest.mark.parametrize("days", ["00149999", "0014999999999", "9" * 5000])
def test_more_days_than_there_may_be_are_refused_however_they_are_written(desk, days):
    assert desk.get(f"/on-call?days={days}").status == 400


def test_a_language_nobody_speaks_here_is_not_prepared_for(desk):
    before = wording.cache_info().currsize
    for language in ("tlh", "x" * 1000, "../../etc/passwd"):
        assert "On call" in desk.get(f"/on-call?lang={language}").text
    assert wording.cache_info().currsize == before
    assert "<title>Bereitschaft" in desk.get("/on-call?lang=de-AT").text


def test_a_calendar_program_elsewhere_subscribes_by_the_wall_link_alone(desk):
    assert desk.get("/on-call.ics", client="192.0.2.7").status == 403
    reply = desk.get(f"/w/{TOKEN}/on-call.ics", client="192.0.2.7")
    assert reply.status == 200
    assert "BEGIN:VCALENDAR" in reply.text
    assert "Example" not in reply.text
    assert desk.get("/w/not-a-link-of-this-wall/on-call.ics", client="192.0.2.7").status == 403


def test_a_person_nobody_knows_is_told_by_name(desk):
    reply = desk.get("/on-call.ics?person=zoe")
    assert reply.status == 404
    assert "“zoe” is nobody in the plan." in reply.text
    lost = desk.get("/b/helpdesk/nope").text
    assert "Nothing lives at this address." in lost
    assert '<a href="../../boards">All boards</a>' in lost
