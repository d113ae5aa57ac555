"""The page of one ticket: it explains itself, and shows no more than board and address let through."""

from datetime import timedelta

import pytest

from deskwatch.core.changes import Change
from deskwatch.core.ticket import Person, Phase, Priority, Status
from deskwatch.store.history import History
from tests.web.desk import BEN, FORBIDDEN, FOUND, HOUR, MIA, NOT_FOUND, NOW, OK, ticket

PAGE = "/b/helpdesk/t/desk-1"
OUTSIDE = "192.0.2.7"


def show(desk, *tickets):
    desk.write(*(tickets or (ticket(1),)))
    desk.beat()
    desk.step()
    return desk


def test_the_page_says_who_what_and_why(desk):
    show(
        desk,
        ticket(
            1,
            status=Status(id="77", name="Waiting for the vendor’s part"),
            group=Person(id="7", name="Network"),
            client=Person(id="8", name="Acme Ltd"),
            category="Hardware",
            tags=("lamp", "room 4"),
            updated_at=NOW,
        ),
    )
    page = desk.get(PAGE)
    assert page.status == OK
    for words in (
        "INC-1",
        "Printer 1 prints stripes",
        "Waiting for the vendor’s part",
        "Ben",
        "Ana",
        "Network",
        "Acme Ltd",
        "Hardware",
        "lamp, room 4",
        "It does so since this morning.",
        'title="2026-03-10 13:00:00 CET"',
        'href="https://desk.example.com/a/tickets/1"',
        "As of 10 Mar 14:00",
    ):
        assert words in page.text, words


def test_both_clocks_explain_themselves(desk):
    show(desk, ticket(1, first_response_due_at=NOW + 20 * HOUR, updated_at=NOW))
    page = desk.get(PAGE).text
    response, update = page.split('class="clock')[1:3]
    for words in (
        "Response",
        "11 Mar 10:00",
        "20 h 00 m",
        "Business time left",
        "desk",
        "the due date of the",
    ):
        assert words in response, words
    for words in ("Update", "the customer waits on us", "Business hours"):
        assert words in update, words


def test_a_paused_clock_says_since_when_and_why(desk):
    show(desk, ticket(1, phase=Phase.ON_HOLD, status_since=NOW - HOUR))
    page = desk.get(PAGE).text
    assert "Paused since" in page
    assert "the clock stops while on hold" in page
    assert "Was left" in page
    assert "3 h 00 m" in page
    german = desk.get(f"{PAGE}?lang=de").text
    assert "die Uhr steht, solange das Ticket angehalten ist" in german
    assert "clock stops" not in german


def test_an_overdue_clock_says_by_how_much(desk):
    show(desk, ticket(1, first_response_due_at=NOW - 2 * HOUR))
    page = desk.get(PAGE).text
    assert "Overdue by" in page
    assert "An explanation of the missed deadline is owed since 10 Mar 13:00." in page


def test_the_last_changes_are_told_newest_first_and_the_database_is_not_touched(desk):
    where = desk.feed.published.config.database
    page = show(desk).get(PAGE)
    assert "Last changes" not in page.text
    assert not where.exists(), "a wall never makes the database"
    history = History(where)
    changed = {"ticket": "desk-1", "by": "desk", "cause": "read from the helpdesk"}
    history.add(
        [
            Change(at=NOW - 2 * HOUR, field="agent", old=None, new="Ana", **changed),
            Change(
                at=NOW - HOUR,
                field="first_response_due_at",
                old="2026-03-10T15:00:00Z",
                new="2026-03-10T16:00:00Z",
                **changed,
            ),
            Change(at=NOW, field="agent", old="x", new="y", **{**changed, "ticket": "desk-2"}),
        ]
    )
    history.close()
    told = desk.get(PAGE).text.split("Last changes")[1]
    assert told.index("Response due") < told.index("Agent")
    assert "10 Mar 16:00 → 10 Mar 17:00" in told
    assert "x → y" not in told
    where.write_bytes(b"this is no database")
    assert "Last changes" not in desk.get(PAGE).text


@pytest.mark.parametrize("privacy", ["initials", "none"])
@pytest.mark.parametrize("by", ["board", "address"])
def test_privacy_is_kept_whoever_asks_for_it(make_desk, privacy, by):
    boards = f"helpdesk: {{title: Helpdesk, privacy: {privacy if by == 'board' else 'full'}}}\n"
    desk = show(make_desk(boards=boards), ticket(1, requester=MIA, subject="Mia needs a lamp", agent=BEN))
    wish = f"?privacy={'full' if by == 'board' else privacy}"
    for path in (PAGE, f"{PAGE}/tip"):
        said = desk.get(path + wish).text
        for hidden in ("Mia", "Ben", "since this morning"):
            assert hidden not in said, (path, hidden)
    assert ("M." in desk.get(PAGE + wish).text) is (privacy == "initials")
    assert ("needs a lamp" in desk.get(PAGE + wish).text) is (privacy == "initials")


def test_a_public_board_shows_no_description(make_desk):
    desk = show(make_desk(boards="helpdesk: {title: Helpdesk, public: true}\n"))
    for path in (PAGE, f"{PAGE}/tip"):
        assert "since this morning" not in desk.get(path).text
        assert "Printer 1 prints stripes" in desk.get(path).text


def test_only_tickets_of_the_board_are_shown(make_desk):
    boards = "helpdesk: {title: Helpdesk, match: [{types: [Incident]}]}\nother: {title: Other}\n"
    desk = show(make_desk(boards=boards), ticket(1), ticket(2, type="Question"))
    assert desk.get("/b/helpdesk/t/desk-2").status == NOT_FOUND
    assert "Not on this board" in desk.get("/b/helpdesk/t/desk-2").text
    assert desk.get("/b/other/t/desk-2").status == OK
    assert desk.get("/b/nope/t/desk-2").status == NOT_FOUND
    assert desk.get(PAGE, client=OUTSIDE).status == FORBIDDEN


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/tip"])
def test_hostile_text_stays_text(desk, path):
    hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    who = Person(id="9", name=hostile)
    show(desk, ticket(1, subject=hostile, description=hostile, requester=who, agent=who, tags=(hostile,)))
    page = desk.get(path).text
    assert "<img" not in page
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_tooltip_shows_300_characters_at_most(desk):
    show(desk, ticket(1, description="lamp " * 500))
    said = desk.get(f"{PAGE}/tip").text
    excerpt = said.split('<p dir="auto">')[1].split("</p>")[0]
    assert 250 < len(excerpt) <= 300
    assert excerpt.endswith("…")


def test_a_ticket_with_a_strange_key_has_a_page(desk):
    show(desk, ticket(1, key="a/b ?#%ä"))
    row = desk.get("/b/helpdesk").text
    assert 'href="helpdesk/t/a/b%20%3F%23%25%C3%A4"' in row
    page = desk.get("/b/helpdesk/t/a/b ")  # what a broken link asks for
    assert page.status == NOT_FOUND


@pytest.mark.parametrize("asked", ["desk-1", "INC-1", "inc-1", "1"])
def test_a_short_link_leads_to_the_helpdesk(desk, asked):
    reply = show(desk, ticket(1), ticket(12)).get(f"/t/{asked}")
    assert (reply.status, reply.headers["location"]) == (FOUND, "https://desk.example.com/a/tickets/1")


@pytest.mark.parametrize("asked", ["nope", "999", "desk-2", "%3Cscript%3E"])
def test_a_short_link_to_nothing_says_so(desk, asked):
    reply = show(desk, ticket(1), ticket(2, url="https://evil.example/2")).get(f"/t/{asked}")
    assert reply.status == NOT_FOUND
    assert "There is no ticket" in reply.text
    assert "evil.example" not in reply.text


def test_several_tickets_of_one_number_are_listed(desk):
    show(desk, ticket(1).with_(number="7"), ticket(2, subject="Another one").with_(number="7"))
    reply = desk.get("/t/7")
    assert reply.status == OK
    assert "Another one" in reply.text
    assert 'href="https://desk.example.com/a/tickets/2"' in reply.text


def test_a_short_link_reveals_nothing_of_boards_without_names(make_desk):
    desk = show(make_desk(boards="helpdesk: {title: Helpdesk, privacy: none}\n"))
    assert desk.get("/t/INC-1").status == NOT_FOUND


def test_escalations_are_told(make_desk):
    desk = make_desk()
    desk.configure("sla", "escalate: {on_breach: true}\n")
    desk.now = NOW + timedelta(hours=5)
    show(desk, ticket(1, priority=Priority.MEDIUM, first_response_due_at=NOW))
    page = desk.get(PAGE).text
    assert "Raised from Medium to High at 10 Mar 14:00" in page


def test_names_of_policies_and_business_hours_do_not_tell_a_hidden_client(make_desk):
    desk = make_desk(boards="helpdesk: {title: Helpdesk}\nlobby: {title: Lobby, privacy: none}")
    week = "calendars: {desk: {week: {mon: 08:00-17:00}}, acme: {week: {tue: 00:00-24:00}}}"
    desk.configure("hours", f"{week}\nuse: [{{clients: [Acme], calendar: acme}}]")
    desk.configure("sla", "policies: [{name: acme-gold, match: [{clients: [Acme]}], first_response: 8h}]")
    desk.feed.live.refresh(now_please=True)
    desk.feed._open_boards()
    show(desk, ticket(1, first_response_due_at=None, client=Person(id="7", name="Acme")))
    for path in (PAGE, "/api/v1/boards/helpdesk"):
        assert "policy acme-gold" in desk.get(path).text
    assert "<bdi>acme</bdi>" in desk.get(PAGE).text
    for path in ("/b/lobby/t/desk-1", f"{PAGE}?privacy=none", "/api/v1/boards/lobby"):
        reply = desk.get(path)
        assert reply.status == OK
        assert "acme" not in reply.text.casefold()


def test_the_clocks_speak_the_language_of_the_screen(desk):
    show(desk, ticket(1, first_response_due_at=NOW + 50 * HOUR, updated_at=NOW))
    page = desk.get(f"{PAGE}?lang=de").text
    for words in ("Verbleibende Zeit", "2 T 02 h", "der Kunde wartet auf uns"):
        assert words in page, words
    assert "Time left" not in page
    assert "2 d 02 h" in desk.get(PAGE).text


OWN = {
    "url": None,
    "extra": {
        "notes": [{"at": "2026-03-10T11:00:00Z", "by": "mia", "text": "Toner is ordered.\n<b>Really.</b>"}]
    },
}


def test_a_ticket_without_a_page_elsewhere_is_clicked_here(desk):
    show(desk, ticket(1, **OWN), ticket(2))
    board = desk.get("/b/helpdesk").text
    assert '<a class=own href="helpdesk/t/desk-1">INC-1</a>' in board
    assert "<a href=https://desk.example.com/a/tickets/2 target=_blank" in board
    reply = desk.get("/t/INC-1")
    assert (reply.status, reply.headers["location"]) == (FOUND, "../b/helpdesk/t/desk-1")


def test_the_notes_of_a_ticket_are_told_as_text(desk):
    page = show(desk, ticket(1, **OWN)).get(PAGE).text
    for words in ("Notes", "mia", "Toner is ordered.\n&lt;b&gt;Really.&lt;/b&gt;", "10 Mar 12:00"):
        assert words in page, words


@pytest.mark.parametrize("board", ["privacy: initials", "privacy: none", "public: true"])
def test_notes_are_for_those_who_may_read_descriptions(make_desk, board):
    desk = show(make_desk(boards=f"helpdesk: {{title: Helpdesk, {board}}}\n"), ticket(1, **OWN))
    history = History(desk.home.state / "deskwatch.db")
    told = {"ticket": "desk-1", "old": None, "by": "mia", "cause": "note in tickets/.inbox"}
    history.add([Change(at=NOW, field="note", new="Toner is ordered.", **told)])
    history.close()
    assert "Toner is ordered" not in desk.get(PAGE).text


def test_a_change_of_an_own_ticket_tells_who_made_it(desk):
    show(desk, ticket(1, **OWN))
    history = History(desk.home.state / "deskwatch.db")
    changed = {"ticket": "desk-1", "at": NOW, "cause": "assign in tickets/.inbox"}
    history.add([Change(field="agent", old="Ana", new="Ben", by="mia", **changed)])
    history.add([Change(field="group", old="A", new="B", by="desk", **changed)])
    history.close()
    page = desk.get(PAGE).text
    assert "Ana → Ben (mia)" in page
    assert "A → B</bdi>" in page
