"""Programs ask a board what a screen may ask it, and are told when they ask nonsense."""

import pytest

from deskwatch.core.ticket import Person, Phase, Priority
from tests.web.desk import BEN, MIA, OK, ticket

BOARD = "/api/v1/boards/helpdesk"
NETWORK = Person(id="77", name="Network")


@pytest.fixture
def desk(desk):
    desk.write(
        ticket(1, group=NETWORK, priority=Priority.URGENT),
        ticket(2, agent=BEN, subject="Mail is down"),
        ticket(10, agent=None, client=MIA),
        ticket(11, phase=Phase.CUSTOMER_REPLIED),
    )
    desk.step()
    return desk


def numbers(reply):
    return [t["number"] for section in reply.json["sections"] for t in section["tickets"]]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", {"INC-1", "INC-2", "INC-10", "INC-11"}),
        ("agent=Ben", {"INC-2"}),
        ("agent_id=2", {"INC-2"}),
        ("agent=none", {"INC-10"}),
        ("group=network", {"INC-1"}),
        ("client=Mia", {"INC-10"}),
        ("priority=urgent", {"INC-1"}),
        ("q=mail+ben", {"INC-2"}),
        ("section=customer-replied", {"INC-11"}),
        ("agent=Ana&section=needs-agent", {"INC-1"}),
        ("agent=Nobody+else", set()),
    ],
)
def test_a_program_gets_the_tickets_it_asks_for_and_their_counts(desk, query, wanted):
    reply = desk.get(f"{BOARD}?{query}")
    assert reply.status == OK
    assert set(numbers(reply)) == wanted
    assert reply.json["counts"]["total"] == len(wanted)
    assert sum(section["count"] for section in reply.json["sections"]) == len(wanted)


def test_a_program_gets_them_in_the_order_it_asks_for(desk):
    desk.write(ticket(9), ticket(100))
    desk.step()
    assert numbers(desk.get(f"{BOARD}?sort=number&section=open")) == ["INC-2", "INC-9", "INC-100"]
    assert numbers(desk.get(f"{BOARD}?sort=-number&section=open&limit=2")) == ["INC-100", "INC-9"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("sort=magic", "“sort=magic” is not understood: expected sla, number"),
        ("priority=soon", "“priority=soon” is not understood: expected urgent, high, medium, low."),
        ("section=nope", "“section=nope” is not understood: expected open, "),
        ("privacy=some", "“privacy=some” is not understood: expected full, initials, none."),
    ],
)
def test_a_program_is_told_what_makes_no_sense(desk, query, words):
    reply = desk.get(f"{BOARD}?{query}")
    assert reply.status == 400
    assert reply.json["error"]["words"].startswith(words)


def test_a_program_cannot_ask_around_the_privacy_of_a_board(make_desk):
    desk = make_desk(boards="helpdesk: {title: Helpdesk, privacy: none}")
    desk.write(ticket(1))
    desk.step()
    for query in ("agent=Ana", "sort=agent", "client=Mia", "sort=-subject"):
        assert desk.get(f"{BOARD}?{query}").status == 400
    assert "Ana" not in desk.get(f"{BOARD}?privacy=full").text
    assert desk.get(f"{BOARD}?q=printer").json["counts"]["total"] == 0
