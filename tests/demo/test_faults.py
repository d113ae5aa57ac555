"""Failures on request: what the client gets, how often, and that everything works again afterwards."""

import gzip
import json
import socket
import threading
from datetime import timedelta
from time import monotonic
from urllib.parse import urlsplit

import pytest
import requests

from deskwatch.demo import faults, serve
from deskwatch.demo.foreign import foreign_host


def raw(url, path, wait=5.0):
    """The bytes of an answer, and how the connection ended."""
    place = urlsplit(url)
    request = f"GET /api/v2{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ZGVtbzpY\r\n\r\n"
    with socket.create_connection((place.hostname, place.port), wait) as connection:
        connection.sendall(request.encode())
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except ConnectionResetError:
            return received, "reset"
        except TimeoutError:
            return received, "open"
    return received, "closed"


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "words"),
    [
        (faults.internal_error(), 500, "application/json", "internal_error"),
        (faults.internal_error_text(), 500, "text/plain", "Internal Error"),
        (faults.bad_gateway(), 502, "text/html", "<h1>502 Bad Gateway</h1>"),
        (faults.unavailable(), 503, "text/html", "back shortly"),
        (faults.login_page(), 200, "text/html", "Sign in"),
        (faults.rate_limited(), 429, "application/json", "Rate limit"),
        (faults.unauthorized(), 401, "application/json", "invalid_credentials"),
        (faults.forbidden("account_suspended"), 403, "application/json", "account_suspended"),
        (faults.missing(), 404, "text/html", ""),
        (faults.recorded(418, b"as it was", {"content-type": "text/plain"}), 418, "text/plain", "as it was"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_an_error_is_sent_once_and_then_all_is_well(desk, client, fault, status, content_type, words):
    desk.faults.add("list", fault)
    answer = client.get("/tickets")
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith(content_type)
    assert words in answer.text
    assert client.get("/tickets").status_code == 200


def test_proxies_know_no_credits_but_the_application_does(desk, client):
    desk.faults.add("any", faults.bad_gateway())
    assert "x-ratelimit-total" not in client.get("/tickets").headers
    desk.faults.add("any", faults.internal_error())
    assert "x-ratelimit-total" in client.get("/tickets").headers


def test_a_503_may_say_when_to_come_back(desk, client):
    desk.faults.add("list", faults.unavailable("17"))
    desk.faults.add("list", faults.unavailable(None))
    assert client.get("/tickets").headers["retry-after"] == "17"
    assert "retry-after" not in client.get("/tickets").headers


def test_a_fault_waits_for_its_route_its_page_its_ticket_and_its_turn(desk, client):
    one, two = desk.create_ticket(), desk.create_ticket()
    desk.faults.add("list", faults.internal_error(), page=2, times=2)
    desk.faults.add("view", faults.internal_error(), ticket_id=two.id, times=None)
    desk.faults.add("groups", faults.internal_error(), skip=1)
    assert client.get("/tickets").status_code == 200
    assert [client.get("/tickets", page=2).status_code for _ in range(3)] == [500, 500, 200]
    assert client.get(f"/tickets/{one.id}").status_code == 200
    assert [client.get(f"/tickets/{two.id}").status_code for _ in range(4)] == [500] * 4, (
        "one id fails for ever"
    )
    assert [client.get("/groups").status_code for _ in range(3)] == [200, 500, 200]
    desk.faults.clear()
    assert client.get(f"/tickets/{two.id}").status_code == 200


def test_an_empty_answer_and_one_with_null(desk, client):
    desk.create_ticket()
    desk.faults.add("list", faults.empty())
    desk.faults.add("list", faults.null_rows())
    assert client.get("/tickets").json() == {"tickets": []}
    assert client.get("/tickets").json() == {"tickets": None}


def test_short_repeated_and_overlapping_pages(desk, client, clock):
    made = [desk.create_ticket(created_at=clock.now - timedelta(minutes=n)).id for n in range(9)]

    def page(number):
        answer = client.get("/tickets", per_page=3, page=number)
        return [row["id"] for row in answer.json()["tickets"]], "link" in answer.headers

    desk.faults.add("list", faults.short_page(1))
    desk.faults.add("list", faults.short_page(1, link=True))
    assert page(1) == (made[:1], False)
    assert page(1) == (made[:1], True)
    desk.faults.add("list", faults.repeated_page(), page=2)
    assert page(2) == (made[:3], True)
    desk.faults.add("list", faults.overlapping_pages(1), times=2)
    assert page(1) == (made[:3], True)
    assert page(2) == (made[2:5], True), "the last row of page 1 comes again"


def test_bodies_that_cannot_be_read(desk, client):
    desk.create_ticket()
    whole = client.get("/tickets").content
    desk.faults.add("list", faults.truncated())
    cut = client.get("/tickets")
    assert whole.startswith(cut.content)
    assert 0 < len(cut.content) < len(whole)
    assert cut.headers["content-type"].startswith("application/json")
    desk.faults.add("list", faults.not_json())
    with pytest.raises(requests.JSONDecodeError):
        client.get("/tickets").json()
    desk.faults.add("list", faults.deep_json(5_000))
    with pytest.raises(RecursionError):
        json.loads(client.get("/tickets").content)


def test_large_and_compressed_bodies(desk, client):
    desk.create_ticket()
    desk.faults.add("list", faults.huge(2_000_000))
    assert len(client.get("/tickets").content) > 2_000_000
    desk.faults.add("list", faults.compressed())
    answer = client.get("/tickets")
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.json()["tickets"]) == 1
    desk.faults.add("list", faults.gzip_bomb(5_000_000))
    body, _ = raw(client.url, "/tickets")
    packed = body.split(b"\r\n\r\n", 1)[1]
    assert len(packed) < 20_000
    assert len(gzip.decompress(packed)) == 5_000_000


def test_dates_and_credit_headers_that_make_no_sense(desk, client):
    desk.faults.add("list", faults.wrong_date(timedelta(hours=-3)))
    desk.faults.add("list", faults.wrong_date(None))
    desk.faults.add("list", faults.odd_credit_headers())
    assert client.get("/tickets").headers["date"] == "Tue, 10 Mar 2026 12:00:00 GMT"
    assert client.get("/tickets").headers["date"] == "half past nine"
    assert client.get("/tickets").headers["x-ratelimit-total"] == "lots"
    desk.switches.date_offset = timedelta(minutes=7)
    assert client.get("/tickets").headers["date"] == "Tue, 10 Mar 2026 15:07:00 GMT"


def test_a_redirect_leads_to_a_foreign_host_that_sees_who_follows(desk, client):
    with foreign_host() as foreign:
        desk.faults.add("list", faults.redirect(foreign.url + "/api/v2/tickets"), times=2)
        answer = client.get("/tickets")
        assert (answer.status_code, answer.headers["location"]) == (302, foreign.url + "/api/v2/tickets")
        assert foreign.requests == []
        requests.get(client.url + "/api/v2/tickets", headers={"Authorization": "Basic ZGVtbzpY"}, timeout=5)
        assert [path for path, _ in foreign.requests] == ["/api/v2/tickets"]


def test_a_connection_can_be_reset_in_the_middle_of_the_body(desk, client):
    desk.create_ticket()
    desk.faults.add("list", faults.reset())
    received, end = raw(client.url, "/tickets")
    assert end == "reset"
    assert b"200 OK" in received or received == b"", "a reset may overtake what was sent before it"
    desk.faults.add("list", faults.reset())
    with pytest.raises(requests.RequestException):
        client.get("/tickets")
    assert client.get("/tickets").status_code == 200


def test_a_connection_can_end_before_the_announced_length(desk, client):
    desk.create_ticket()
    desk.faults.add("list", faults.cut())
    received, end = raw(client.url, "/tickets")
    head, _, body = received.partition(b"\r\n\r\n")
    assert end == "closed"
    assert f"length: {len(body)}".encode() not in head.lower()
    assert body.startswith(b'{"tickets": [')


def test_a_stalled_answer_sends_its_headers_and_waits_or_nothing_at_all(desk, client):
    desk.faults.add("list", faults.stall(30))
    received, end = raw(client.url, "/tickets", wait=0.3)
    assert end == "open"
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith(b"\r\n\r\n")
    desk.faults.add("list", faults.stall(30, headers=False))
    assert raw(client.url, "/tickets", wait=0.3) == (b"", "open")
    desk.faults.add("list", faults.stall(0.01))
    assert client.get("/tickets").json() == {"tickets": []}


def test_a_slow_drip_comes_in_pieces_that_keep_every_read_busy(desk, client):
    desk.create_ticket()
    desk.faults.add("list", faults.slow_drip(pause=0.05, piece=1))
    url = client.url + "/api/v2/tickets"
    with requests.get(url, auth=("demo", "X"), timeout=5, stream=True) as answer:
        pieces = [next(answer.iter_content(1)) for _ in range(5)]
    assert b"".join(pieces) == b'{"tic'
    desk.faults.add("list", faults.slow_drip(pause=0.0, piece=100))
    assert len(client.get("/tickets").json()["tickets"]) == 1


def test_a_server_that_stops_does_not_wait_for_its_stalled_answers(desk):
    desk.faults.add("list", faults.stall(60))
    server = serve(desk)
    asked = threading.Thread(target=raw, args=(server.url, "/tickets", 5.0))
    asked.start()
    deadline = monotonic() + 5
    while not desk.log.of("list") and monotonic() < deadline:
        threading.Event().wait(0.005)
    started = monotonic()
    server.stop()
    asked.join(5)
    assert monotonic() - started < 3
    assert not asked.is_alive()


def test_a_key_can_be_revoked_from_an_instant_on_and_given_back(desk, client, clock):
    desk.revoke_key(at=clock.now + timedelta(minutes=1))
    assert client.get("/tickets").status_code == 200
    clock.pass_(minutes=1)
    assert client.get("/tickets").status_code == 401
    desk.restore_key()
    assert client.get("/tickets").status_code == 200
