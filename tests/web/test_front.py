"""What a browser gets: the wall, its rows and its pulse, under the same rules at every address."""

import gzip
from datetime import timedelta

import pytest

from deskwatch.core.ticket import Person, Phase, Status
from tests.web.desk import FORBIDDEN, FOUND, MIA, NOT_FOUND, NOT_MODIFIED, NOW, OK, ticket

BOARD, ROWS, PULSE = "/b/helpdesk", "/b/helpdesk/rows", "/b/helpdesk/pulse"


def test_the_page_shows_every_ticket_without_javascript(desk):
    desk.write(ticket(1), ticket(2, subject="Mail is down", requester=MIA))
    desk.step()
    page = desk.get(BOARD).text
    for words in ("Printer 1 prints stripes", "Mail is down", "Mia", "Critical", "INC-2", "10 Mar 16:00"):
        assert words in page
    assert '<noscript><meta http-equiv="refresh" content="30"></noscript>' in page


def test_the_start_page_leads_to_the_only_board(desk):
    reply = desk.get("/")
    assert (reply.status, reply.headers["location"]) == (FOUND, "b/helpdesk")


def test_several_boards_are_listed_with_their_counts(make_desk):
    boards = "first: {title: First line}\nsecond: {title: Second line}\n"
    desk = make_desk(boards=boards)
    desk.write(ticket(1))
    desk.step()
    page = desk.get("/").text
    assert 'href="b/first"' in page
    assert "Second line" in page
    assert "<b>1</b> active" in page


def test_an_unknown_board_lists_the_known_ones(desk):
    reply = desk.get("/b/nope")
    assert reply.status == NOT_FOUND
    assert 'href="../b/helpdesk"' in reply.text


def test_rows_are_sent_once_and_then_304_until_something_changes(desk):
    desk.write(ticket(1))
    desk.step()
    first = desk.get(ROWS)
    assert desk.get(ROWS, if_none_match=first.headers["etag"]).status == NOT_MODIFIED
    desk.step()
    assert desk.get(ROWS).headers["etag"] == first.headers["etag"]
    desk.write(ticket(1, subject="Printer 1 burns"))
    desk.step("desk-1.json")
    second = desk.get(ROWS, if_none_match=first.headers["etag"])
    assert second.status == OK
    assert "Printer 1 burns" in second.text


def test_time_alone_changes_no_bytes_until_a_state_changes(desk):
    desk.write(ticket(1))
    desk.step()
    before = desk.get(ROWS).body
    desk.now = NOW + timedelta(minutes=119)
    desk.beat()
    desk.step()
    assert desk.get(ROWS).body == before
    desk.now = NOW + timedelta(minutes=120)
    desk.step()
    assert "Overdue" in desk.get(ROWS).text


def test_gzip_is_sent_to_those_who_take_it_with_an_etag_of_its_own(desk):
    desk.write(*(ticket(n) for n in range(20)))
    desk.step()
    plain = desk.get(ROWS)
    packed = desk.get(ROWS, accept_encoding="br, gzip")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["etag"] != plain.headers["etag"]
    assert desk.get(ROWS, if_none_match=packed.headers["etag"]).status == NOT_MODIFIED
    assert "content-encoding" not in desk.get(ROWS, accept_encoding="gzip;q=0").headers


@pytest.mark.parametrize("path", [BOARD, ROWS, PULSE, "/", "/readyz", "/api/v1/boards", "/healthz", "/nope"])
def test_head_answers_like_get_without_the_body(desk, path):
    asked, head = desk.get(path), desk.get(path, method="HEAD")
    assert head.status == asked.status
    assert head.body == b""
    assert head.headers["content-length"] == asked.headers["content-length"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
@pytest.mark.parametrize("path", [BOARD, "/", "/api/v1/tickets", "/static/css/wall.css", "/w/token"])
def test_nothing_can_be_written(desk, method, path):
    reply = desk.get(path, method=method)
    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "path",
    [
        BOARD,
        ROWS,
        PULSE,
        "/",
        "/nope",
        "/api/nope",
        "/readyz",
        "/healthz",
        "/w/wrong",
        "/static/js/wall.js",
        "/t/x/y",
    ],
)
def test_every_answer_carries_the_security_headers(desk, path):
    headers = desk.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"


def test_signage_players_may_frame_the_wall_when_the_admin_names_them(make_desk):
    desk = make_desk(deskwatch="web: {frame_ancestors: ['https://signage.example.com']}")
    desk.step()
    headers = desk.get("/healthz").headers
    assert "frame-ancestors https://signage.example.com;" in headers["content-security-policy"]
    assert "x-frame-options" not in headers


def test_a_page_that_is_still_loading_says_so_and_looks_again(make_desk):
    reply = make_desk().get(BOARD)
    assert (reply.status, reply.headers["retry-after"]) == (503, "2")
    assert '<meta http-equiv="refresh" content="2">' in reply.text


def test_a_section_shows_as_many_rows_as_allowed_and_says_how_many_more(make_desk):
    desk = make_desk(deskwatch="web: {rows_per_section: 10}")
    desk.write(*(ticket(n) for n in range(47)))
    desk.step()
    page = desk.get(BOARD).text
    assert page.count("<tr class=") == 10
    assert "+37 more in Open" in page
    assert '<span class="count">47</span>' in page


def test_each_section_has_its_own_words_when_empty(desk):
    page = desk.get(BOARD).text
    assert "No open tickets." in page
    assert "No customer is waiting for an answer." in page


def test_hostile_text_stays_text(desk):
    hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    desk.write(
        ticket(
            1, subject=hostile, requester=Person(id="9", name=hostile), status=Status(id="9", name=hostile)
        ),
        ticket(2, url="javascript:alert(1)"),
        ticket(3, url="https://desk.example.com.evil.example/a/tickets/3"),
        ticket(4, url="https://user@desk.example.com/a/tickets/4"),
    )
    desk.step()
    page = desk.get(BOARD).text
    assert page.count("<script") == 4
    assert "<img" not in page
    assert "javascript:" not in page
    assert "evil.example" not in page
    assert "user@desk" not in page
    assert "&lt;script&gt;" in page


def test_a_ticket_links_to_its_helpdesk(desk):
    desk.write(ticket(7))
    desk.step()
    link = "<a href=https://desk.example.com/a/tickets/7 target=_blank rel=noopener>INC-7</a>"
    assert link in desk.get(BOARD).text


def test_the_pulse_names_the_rows_and_tells_the_time(desk):
    desk.write(ticket(1), ticket(2, phase=Phase.CUSTOMER_REPLIED))
    desk.step()
    pulse = desk.get(PULSE)
    assert pulse.json["now"] == "2026-03-10T13:00:00Z"
    assert pulse.json["version"] == desk.get(ROWS).headers["etag"].strip('"')
    assert pulse.json["counts"]["sections"] == {
        "open": 1,
        "customer-replied": 1,
        "needs-agent": 0,
        "other": 0,
    }
    assert (pulse.json["today"], pulse.json["utc_offset"]) == ("10 Mar", 3600.0)
    assert desk.get(PULSE, if_none_match=pulse.headers["etag"]).status == NOT_MODIFIED


def test_the_pulse_is_small_whatever_the_number_of_tickets(desk):
    desk.write(*(ticket(n) for n in range(300)))
    desk.step()
    assert len(desk.get(PULSE).body) < 1000


def test_a_wall_of_two_hundred_tickets_fits_into_150_kb(desk):
    in_each_section = [
        {},
        {"phase": Phase.CUSTOMER_REPLIED},
        {"agent": None},
        {"phase": Phase.ON_HOLD, "status_since": NOW},
    ]
    long = "The projector in the large meeting room shows only purple"
    desk.write(*(ticket(n, subject=long, **in_each_section[n % 4]) for n in range(200)))
    desk.step()
    page = desk.get(BOARD).body
    assert page.count(b"<tr class=") == 200
    assert len(page) < 150_000


def test_errors_show_no_traces_and_no_paths(desk):
    desk.feed.boards = None  # something inside is broken
    reply = desk.get("/api/v1/boards")
    assert reply.status == 500
    assert reply.json["error"]["words"] == "Something broke. The log of gui.py says what."
    assert "Traceback" not in reply.text


@pytest.mark.parametrize(
    "path", ["/nope", "/b/helpdesk/nope", "/b/helpdesk/", "/static/../gui.py", "/config/sources.yaml"]
)
def test_other_addresses_are_not_found_in_house_style(desk, path):
    reply = desk.get(path)
    assert reply.status == NOT_FOUND
    assert "Nothing lives at this address" in reply.text


@pytest.mark.parametrize(
    "path", ["/static/../../etc/passwd", "/static//etc/passwd", "/static/%2e%2e/gui.py", "/static/"]
)
def test_static_files_are_a_closed_list(desk, path):
    assert desk.get(path).status == NOT_FOUND


def test_assets_are_kept_for_ever_under_their_fingerprint_only(desk):
    page = desk.get(BOARD).text
    address = page.split('<link rel="stylesheet" href="..')[1].split('"')[0]
    assert "immutable" in desk.get(address).headers["cache-control"]
    assert "no-cache" in desk.get("/static/css/wall.css").headers["cache-control"]
    assert "no-cache" in desk.get("/static/css/wall.css?v=old").headers["cache-control"]


def test_strange_hosts_and_forwarded_headers_change_nothing(desk):
    desk.write(ticket(1))
    desk.step()
    usual = desk.get(BOARD)
    strange = desk.get(
        BOARD, x_forwarded_host="evil.example", x_forwarded_proto="https", x_forwarded_prefix="/evil"
    )
    assert strange.body == usual.body
    assert b"evil" not in desk.get("/", x_forwarded_host="evil.example").body


def test_refused_clients_get_words_and_no_data(desk):
    desk.write(ticket(1))
    desk.step()
    for path in (
        BOARD,
        ROWS,
        PULSE,
        "/",
        "/readyz",
        "/api/v1/tickets",
        "/b/helpdesk/t/desk-1",
        "/b/helpdesk/t/desk-1/tip",
        "/t/desk-1",
        "/metrics",
        "/openapi.json",
    ):
        reply = desk.get(path, client="192.0.2.7", x_forwarded_for="127.0.0.1")
        assert reply.status == FORBIDDEN, path
        assert "Printer" not in reply.text
    assert desk.get("/healthz", client="192.0.2.7").status == OK


def test_a_view_that_cannot_be_printed_is_told_in_words_and_logged_with_its_address(
    desk, monkeypatch, caplog
):
    monkeypatch.setattr(desk.feed, "edition", lambda *_, **__: 1 / 0)
    reply = desk.get("/b/helpdesk/rows?q=printer")
    assert reply.status == 500
    assert "The log of gui.py says what" in reply.text
    assert "content-security-policy" in reply.headers
    assert "/b/helpdesk/rows" in caplog.text
    assert desk.get("/boards").status == OK
    monkeypatch.setattr(type(desk.feed.published.gate), "recognize", lambda *_: 1 / 0)
    assert desk.get("/w/a-secret").status == 500
    assert "a-secret" not in caplog.text
