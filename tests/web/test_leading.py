"""Where the start page leads, and the list of boards."""

import pytest

from tests.web.desk import FOUND, NOT_FOUND, OK, ticket

BOARDS = "first: {title: First line}\nsecond: {title: Second line}\n"


@pytest.fixture
def two(make_desk):
    desk = make_desk(boards=BOARDS)
    desk.write(ticket(1))
    desk.step()
    return desk


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("/?kiosk=1&rotate=second:30,first:30&size=5m", "b/second?kiosk=1&rotate=second:30,first:30&size=5m"),
        ("/?board=second&theme=dark", "b/second?theme=dark"),
        ("/?rotate=gone:9,first:30", "b/first?rotate=gone:9,first:30"),
        ("/?board=first&q=%0d%0aX:%20y", "b/first?q=%0d%0aX:%20y"),
        ("/?board=first&q=ü", "b/first?q=%C3%BC"),
    ],
)
def test_a_kiosk_link_leads_to_its_first_board_with_all_it_says(two, address, place):
    reply = two.get(address)
    assert (reply.status, reply.headers["location"]) == (FOUND, place)
    assert two.get(f"/{place}").status == OK


def test_the_only_board_gets_what_the_link_says(desk):
    assert desk.get("/?kiosk=1&size=5m").headers["location"] == "b/helpdesk?kiosk=1&size=5m"


@pytest.mark.parametrize("address", ["/?board=nope", "/?kiosk=1&rotate=nope:30"])
def test_a_board_that_is_not_there_is_named_beside_those_that_are(two, address):
    reply = two.get(address)
    assert reply.status == NOT_FOUND
    assert "There is no board “nope”" in reply.text
    assert 'href="b/second"' in reply.text


def test_the_list_of_boards_has_an_address_of_its_own(desk, two):
    assert 'href="b/helpdesk"' in desk.get("/boards").text
    assert 'href="b/second"' in two.get("/boards?kiosk=1").text
    assert two.get("/").status == OK


def test_the_list_speaks_the_language_of_the_walls(make_desk):
    desk = make_desk(boards=BOARDS, deskwatch="web: {language: de}")
    desk.step()
    assert '<html lang="de">' in desk.get("/boards").text
    assert '<html lang="de">' in desk.get("/nope/nope").text
    assert '<html lang="de">' in desk.get("/b/first").text
