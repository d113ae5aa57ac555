"""A POST ends in time, is not led elsewhere, carries no stranger's password, and obeys Retry-After."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.http import Endpoint, pause_of
from deskwatch.settings import Secret
from deskwatch.wire.hang_up import HangUp
from deskwatch.wire.session import session
from tests.channels.certificates import certificate
from tests.channels.http_server import Reply, web_server

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 1.0),
        ("0.2", 1.0),
        ("86400", 60.0),
        ("9" * 30, 60.0),
        ("Tue, 10 Mar 2026 13:00:30 GMT", 30.0),
        ("Tue, 10 Mar 2026 12:00:00 GMT", 1.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 60.0),
        ("soon", 60.0),
        ("-5", 60.0),
        ("1e9", 60.0),
        ("٣", 60.0),
        ("NaN", 60.0),
    ],
)
def test_retry_after_is_obeyed_within_reason(header: str | None, seconds: float | None) -> None:
    assert pause_of(header, now=NOW) == seconds


def test_too_many_messages_is_transient_and_says_how_long_to_wait() -> None:
    with web_server(Reply(429, headers={"Retry-After": "30"})) as server:
        with pytest.raises(DeliveryError) as caught:
            Endpoint("Slack", 1).post(Secret(server.url), b"{}")
        assert len(server.requests) == 1
    failure = caught.value.failure
    assert (failure.kind, failure.code, failure.retry_after) == ("transient", "429", 30.0)


@pytest.mark.parametrize("status", [400, 413, 418, 422])
def test_a_message_that_is_refused_does_not_mark_the_room_as_dead(status: int) -> None:
    with web_server(Reply(status)) as server, pytest.raises(DeliveryError) as caught:
        Endpoint("Slack", 1).post(Secret(server.url), b"{}")
    assert (caught.value.failure.kind, caught.value.failure.lasting) == ("permanent", False)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_even_to_the_same_server(status: int) -> None:
    with web_server(Reply()) as elsewhere, web_server(Reply()) as server:
        for target in (elsewhere.url, f"{server.url}/other"):
            server.next.append(Reply(status, headers={"Location": target}))
            with pytest.raises(DeliveryError) as caught:
                Endpoint("Slack", 1).post(Secret(server.url), b"{}")
            assert caught.value.failure.kind == "broken"
        assert elsewhere.requests == []
        assert len(server.requests) == 2


def test_the_passwords_of_netrc_stay_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine ntfy.example.com login me password canary\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    url = "https://ntfy.example.com/topic"
    with session(url, HangUp(1)) as line:
        assert line.trust_env
        assert "Authorization" not in line.prepare_request(requests.Request("POST", url)).headers


def test_a_huge_answer_fills_no_memory() -> None:
    with web_server(Reply(200, b"x" * (4 << 20))) as server:
        answer = Endpoint("Slack", 2).post(Secret(server.url), b"{}")
    assert answer.status == 200
    assert len(answer.body) <= 256 << 10


def test_nobody_there_means_that_nothing_was_sent() -> None:
    with web_server(Reply()) as server:
        url = server.url
    with pytest.raises(DeliveryError) as caught:
        Endpoint("Slack", 1).post(Secret(f"{url}/canary"), b"{}")
    assert caught.value.failure.kind == "transient"
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://127.0.0.1:1/x", "http://nosuch.invalid/x"])
def test_an_address_without_a_server_is_transient(url: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        Endpoint("Slack", 1).post(Secret(url), b"{}")
    assert caught.value.failure.kind == "transient"


def test_an_answer_that_echoes_the_address_is_quoted_without_it() -> None:
    with web_server(Reply()) as server:
        url = Secret(f"{server.url}/services/T0/canary-long-part?sig=canary-signature")
        server.next.append(Reply(403, f"POST {url.reveal()} canary-long-part canary-signature".encode()))
        with pytest.raises(DeliveryError) as caught:
            Endpoint("Slack", 1, (url,)).post(url, b"{}")
    assert "canary" not in str(caught.value)
    assert "403" in str(caught.value)


def test_a_certificate_that_nobody_signed_is_broken_and_nothing_is_sent() -> None:
    with web_server(Reply(), certificate().server_context()) as server:
        with pytest.raises(DeliveryError) as caught:
            Endpoint("Slack", 1).post(Secret(server.url), b"{}")
        assert server.requests == []
    assert server.url.startswith("https://")
    assert caught.value.failure.kind == "broken"
    assert "certificate" in str(caught.value)


def test_a_company_s_own_authority_is_trusted_by_ca_file(tmp_path: Path) -> None:
    with web_server(Reply(), certificate().server_context()) as server:
        Endpoint("ntfy", 1, ca_file=certificate().chain).post(Secret(server.url), b"{}")
        assert len(server.requests) == 1
        for wrong in (tmp_path / "absent.pem", tmp_path / "junk.pem"):
            (tmp_path / "junk.pem").write_text("no certificate")
            with pytest.raises(DeliveryError) as caught:
                Endpoint("ntfy", 1, ca_file=wrong).post(Secret(server.url), b"{}")
            assert caught.value.failure.kind == "broken"
        assert len(server.requests) == 1


def test_an_address_that_is_none_is_the_channels_fault_and_not_a_crash() -> None:
    for junk in ("", "canary", "ftp://canary", "https://", "https://[canary"):
        with pytest.raises(DeliveryError) as caught:
            Endpoint("Slack", 1).post(Secret(junk), b"{}")
        assert caught.value.failure.kind == "broken"
        assert "canary" not in str(caught.value)


def test_reading_without_an_answer_is_just_tried_again() -> None:
    with web_server(Reply(silent=True)) as server:
        for ask in (Endpoint("ntfy", 0.2).get, Endpoint("ntfy", 0.2).reach):
            with pytest.raises(DeliveryError) as caught:
                ask(Secret(server.url))
            assert caught.value.failure.kind == "transient"
