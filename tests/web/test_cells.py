"""What a row says, and where its link may lead."""

from zoneinfo import ZoneInfo

import pytest

from deskwatch.core.board import Board, place
from deskwatch.core.sla import SlaRules
from deskwatch.core.ticket import Person, Phase, Status, parse_instant
from deskwatch.web.cells import SOME_LOOPBACK_PORT, cells, moment, ticket_link
from tests.web.desk import HOUR, NOW, ticket

BOARD, RULES, ZONE = Board(id="b", title="B"), SlaRules(), ZoneInfo("Europe/Vienna")
BASE = "https://desk.example.com"


def shown(**changes):
    it = ticket(1).with_(**changes)
    return cells(it, place(BOARD, it, RULES, now=NOW), zone=ZONE, bases=(BASE,))


def test_a_running_clock_shows_its_deadline_in_the_walls_zone():
    row = shown()
    assert (row.state_words, row.target, row.due.words) == ("Critical", "Response", "10 Mar 16:00")
    assert row.due.seconds == int((NOW + 2 * HOUR).timestamp())


def test_a_paused_clock_shows_the_status_and_no_deadline():
    row = shown(phase=Phase.WAITING_ON_CUSTOMER, status=Status(id="9", name="Waiting on Customer"))
    assert (row.state_words, row.due, row.status) == ("Paused", None, "Waiting on Customer")


def test_what_is_missing_is_shown_as_missing():
    row = shown(subject=" ", priority=None, requester=None, agent=None, created_at=None, number="")
    assert (row.subject, row.priority_words, row.requester, row.agent) == ("(no subject)", "–", "", "")
    assert (row.age, row.number) == (None, "1")


def test_long_names_are_cut():
    assert len(shown(agent=Person(id="1", name="n" * 500)).agent) <= 48


@pytest.mark.parametrize(
    ("url", "base", "leads"),
    [
        (f"{BASE}/a/tickets/1", BASE, True),
        (f"{BASE}/a/tickets/1", f"{BASE}/", True),
        ("HTTPS://DESK.example.com/a/tickets/1", BASE, True),
        (f"{BASE}/helpdesk/a/1", f"{BASE}/helpdesk", True),
        (f"{BASE}/elsewhere/1", f"{BASE}/helpdesk", False),
        (f"{BASE}/helpdesk/../admin", f"{BASE}/helpdesk", False),
        ("http://desk.example.com/a/tickets/1", BASE, False),
        ("https://desk.example.com.evil.example/1", BASE, False),
        ("https://desk.example.com@evil.example/1", BASE, False),
        ("https://user@desk.example.com/1", BASE, False),
        ("https://desk.example.com:8443/1", BASE, False),
        ("//desk.example.com/1", BASE, False),
        ("javascript:alert(1)//desk.example.com/", BASE, False),
        ("data:text/html,x", BASE, False),
        ("https:\\\\desk.example.com\\1", BASE, False),
        (f"{BASE}/\n1", BASE, False),
        ("https://[::1/1", BASE, False),
        (None, BASE, False),
        (f"{BASE}/1", None, False),
        (f"{BASE}/1", "", False),
        ("http://127.0.0.1:41234/a/tickets/1", SOME_LOOPBACK_PORT, True),
        ("http://127.0.0.1/a/tickets/1", SOME_LOOPBACK_PORT, False),
        ("http://127.0.0.1:80@evil.example/1", SOME_LOOPBACK_PORT, False),
        ("http://10.0.0.1:41234/a/tickets/1", SOME_LOOPBACK_PORT, False),
    ],
)
def test_a_link_leads_to_the_helpdesk_of_the_ticket_or_nowhere(url, base, leads):
    assert ticket_link(url, (base,) if base else ()) == (url if leads else None)


@pytest.mark.parametrize("zone", ["Europe/Vienna", "America/Chicago", "Pacific/Kiritimati", "UTC"])
@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_an_instant_at_the_end_of_the_calendar_is_shown_in_any_zone(zone, at):
    assert moment(parse_instant(at), ZoneInfo(zone)).words
