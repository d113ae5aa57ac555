"""The list of boards: counts, links for screens at each distance, QR codes that cameras can read."""

import re

import pytest
import segno

from deskwatch.web.board_list import base_of, qr, rotating
from tests.web.desk import OK, ticket

BOARDS = "first: {title: First line}\nsecond: {title: Second line, thresholds: {pulse: 1, siren: 1}}\n"
SERVER = {"SERVER_NAME": "10.0.0.5", "SERVER_PORT": "5001", "wsgi.url_scheme": "http"}


@pytest.fixture
def page(make_desk):
    desk = make_desk(boards=BOARDS)
    desk.write(ticket(1))
    desk.step()
    return desk.get("/boards").text


def test_each_board_shows_its_counts_and_how_full_it_is(page):
    assert "1 Critical" in page
    assert "<b>1</b> active" in page
    assert "too many" in page


def test_each_board_has_links_for_each_distance_and_all_of_them_one_that_rotates(page):
    links = [link.replace("&amp;", "&") for link in re.findall(r"<code>(.*?)</code>", page)]
    root = "http://127.0.0.1:5001/"
    assert links[:3] == [
        f"{root}b/first?kiosk=1",
        f"{root}b/first?kiosk=1&size=3m",
        f"{root}b/first?kiosk=1&size=5m",
    ]
    assert links[-1] == f"{root}?rotate=first:30,second:30&kiosk=1&size=5m"
    assert page.count('class="qr"') == len(links) == 9


def test_every_link_leads_to_a_wall(make_desk):
    desk = make_desk(boards=BOARDS)
    desk.step()
    for link in re.findall(r"<code>(.*?)</code>", desk.get("/boards").text):
        path = link.replace("&amp;", "&").removeprefix("http://127.0.0.1:5001")
        reply = desk.get(path)
        while reply.status == 302:
            reply = desk.get("/" + reply.headers["location"])
        assert reply.status == OK
        assert 'id="wall"' in reply.text


def test_one_board_alone_has_nothing_to_rotate_with():
    assert rotating(["only"], "http://wall/") == []


@pytest.mark.parametrize(
    ("host", "public_url", "base"),
    [
        ("wall.example.com:8443", None, "http://wall.example.com:8443/"),
        ("[2001:db8::1]:5001", None, "http://[2001:db8::1]:5001/"),
        ("wall.example.com", "https://desk.example.com/wall/", "https://desk.example.com/wall/"),
        ('"><script>', None, "http://10.0.0.5:5001/"),
        ("", None, "http://10.0.0.5:5001/"),
    ],
)
def test_links_begin_where_screens_reach_the_wall(host, public_url, base):
    assert base_of({**SERVER, "HTTP_HOST": host}, public_url) == base


def test_a_qr_code_says_its_link_dark_on_white_with_a_quiet_zone():
    link = "http://wall.example.com/b/first?kiosk=1&size=5m"
    svg = qr(link)
    modules = segno.make(link, error="m", micro=False)
    side = modules.symbol_size(border=4)[0]
    assert f'viewBox="0 0 {side} {side}"' in svg
    assert f'fill="#fff" d="M0 0h{side}v{side}h-{side}z"' in svg
    assert "style=" not in svg, "the policy for contents blocks it"
    drawn = sum(int(run) for run in re.findall(r"h(\d+)", svg.split('stroke="#000"')[1]))
    assert drawn == sum(map(sum, modules.matrix))


def test_a_rotation_too_long_for_a_qr_code_is_listed_without_one(make_desk):
    names = [f"a-board-with-quite-a-long-name-{n:02}" for n in range(70)]
    desk = make_desk(boards="".join(f"{name}: {{title: Board}}\n" for name in names))
    desk.step()
    page = desk.get("/boards")
    assert page.status == 200
    assert f"{names[-1]}:30&amp;kiosk=1</code></li>" in page.text
    assert page.text.count("<svg") > len(names), "each board still has its codes"
