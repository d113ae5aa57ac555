"""A GET ends in time, whatever the other side does, fits into memory, and keeps the key to itself."""

import gzip
from time import monotonic

import pytest

from deskwatch.sources.http_client import BODY_LIMIT, Answer, HttpClient, Timeouts
from deskwatch.sources.source import SourceError
from tests.sources.wire import Script, answer, drip, raw, silence, wire

QUICK = Timeouts(connect=0.5, read=0.3, total=0.8)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


def get(*scripts: Script, timeouts: Timeouts = QUICK) -> Answer:
    with wire(*scripts) as server:
        client = HttpClient(("canary", "X"), timeouts=timeouts)
        try:
            return client.get(server.url + "/api/v2/tickets", {"page": "1"}, doing="testing")
        finally:
            client.close()


def error_of(*scripts: Script) -> SourceError:
    with pytest.raises(SourceError) as caught:
        get(*scripts)
    assert "canary" not in str(caught.value)
    return caught.value


def test_an_answer_arrives_whole_with_lower_case_headers() -> None:
    got = get(answer(b'{"tickets": []}', X_Odd="1"))
    assert got.decoded() == {"tickets": []}
    assert got.headers["x-odd"] == "1"
    assert got.is_json


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP"])
def test_a_packed_answer_is_unpacked(encoding: str) -> None:
    assert get(answer(gzip.compress(b"[1]"), content_encoding=encoding)).decoded() == [1]


def test_the_key_travels_as_user_name_and_nothing_else_of_it() -> None:
    with wire(answer()) as server:
        client = HttpClient(("key", "X"), timeouts=QUICK)
        client.get(server.url, {"page": "2", "query": '"(status:2)"'}, doing="testing")
        client.close()
    (head,) = server.requests
    assert "Authorization: Basic a2V5Olg=" in head
    assert head.startswith("GET /?page=2&query=%22%28status%3A2%29%22 ")
    assert "Accept: application/json\r\n" in head
    assert "User-Agent: deskwatch/" in head


@pytest.mark.parametrize(
    "script",
    [
        silence,
        drip(HEAD + b"content-length: 2\r\n\r\n{}", pause=0.05),
        drip(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 50, pause=0.05),
        drip(b"H" * 1000, pause=0.05),
    ],
    ids=["silence", "a dripping answer", "dripping headers", "a dripping status line"],
)
def test_no_answer_takes_longer_than_the_total_time_out(script: Script) -> None:
    started = monotonic()
    assert error_of(script).kind == "timeout"
    assert monotonic() - started < 1.5


def test_several_calls_share_one_deadline() -> None:
    slow = drip(HEAD + b"connection: close\r\ncontent-length: 2\r\n\r\n{}", pause=0.002)
    with wire(slow) as server:
        client = HttpClient(("key", "X"), timeouts=QUICK)

        def ask_for_ever() -> None:
            while True:
                client.get(server.url, {}, doing="testing")

        started = monotonic()
        with client.deadline(), pytest.raises(SourceError) as caught:
            ask_for_ever()
        assert caught.value.kind == "timeout"
        assert monotonic() - started < 1.5
        assert len(server.requests) > 1
        client.get(server.url, {}, doing="testing")
        client.close()


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        (raw(b""), "connection", "broke"),
        (raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}"), "connection", "broke"),
        (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), "connection", "broke"),
        (raw(HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\n{}"), "connection", "broke"),
        (raw(HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}"), "connection", "broke"),
        (answer(gzip.compress(b"x" * 100_000)[:-20], content_encoding="gzip"), "connection", "broke"),
        (answer(b"not packed", content_encoding="gzip"), "connection", "broke"),
        (answer(b"??", content_encoding="br"), "answer", "'br'"),
        (answer(gzip.compress(b"{}"), content_encoding="gzip, gzip"), "answer", "gzip, gzip"),
        (answer(b" " * (BODY_LIMIT + 1)), "answer", "larger than 32 MiB"),
        (
            answer(gzip.compress(b" " * (BODY_LIMIT + 1), 1), content_encoding="gzip"),
            "answer",
            "larger than 32",
        ),
    ],
)
def test_a_broken_answer_is_an_error_in_words(script: Script, kind: str, words: str) -> None:
    error = error_of(script)
    assert error.kind == kind
    assert words in error.words
    assert error.words.startswith("while testing: ")


def test_what_is_wrong_with_tls_is_not_taken_for_a_broken_network() -> None:
    with wire(raw(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        client = HttpClient(("key", "X"), timeouts=QUICK)
        with pytest.raises(SourceError, match="does not speak TLS") as caught:
            client.get(server.url.replace("http:", "https:"), {}, doing="testing")
    assert caught.value.kind == "tls"


def test_nobody_listening_is_told_from_a_name_nobody_knows() -> None:
    client = HttpClient(("key", "X"), timeouts=QUICK)
    with pytest.raises(SourceError, match="refuses the connection"):
        client.get("http://127.0.0.1:9/", {}, doing="testing")
    with pytest.raises(SourceError, match="name of the helpdesk is not known") as caught:
        client.get("http://nowhere.invalid/", {}, doing="testing")
    assert caught.value.kind == "connection"


def test_an_https_address_of_a_plain_server_is_told() -> None:
    with wire(answer()) as server:
        client = HttpClient(("key", "X"), timeouts=QUICK)
        with pytest.raises(SourceError, match="does not speak TLS"):
            client.get(server.url.replace("http:", "https:"), {}, doing="testing")


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with wire(answer()) as elsewhere:
        got = get(answer(status="302 Found", location=elsewhere.url))
    assert got.status == 302
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"NaN", b"[Infinity]", b"[" * 100_000, b"1" * 5000], ids=lambda b: b[:9]
)
def test_a_body_that_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Answer(200, {}, body).decoded()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("application/json; charset=utf-8", True),
        ("Application/JSON", True),
        ("text/html", False),
        ("", False),
    ],
)
def test_json_is_told_from_a_web_page_by_its_content_type(kind: str, expected: bool) -> None:
    assert Answer(200, {"content-type": kind}, b"").is_json is expected
