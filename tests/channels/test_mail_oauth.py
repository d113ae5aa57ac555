"""Log-in by token: asked for once, renewed in time, and never hammered at."""

import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.mail import Mail
from deskwatch.channels.mail_oauth import TokenSource
from deskwatch.channels.mail_settings import OAuthSettings
from deskwatch.settings import Secret
from tests.channels.http_server import Recorder, Reply, web_server
from tests.channels.mail_account import settings_for
from tests.channels.notifications import notification
from tests.channels.smtp_server import TOKEN, USER, mail_server

CANARY = "canary-secret"


def given(server: Recorder, **changes: Any) -> OAuthSettings:
    plain = {"token_url": f"{server.url}/token", "client_id": "app", "client_secret": Secret(CANARY)}
    return OAuthSettings.model_validate(plain | changes)


def granted(token: str = TOKEN, **more: Any) -> Reply:
    return Reply(200, json.dumps({"access_token": token, "token_type": "Bearer", **more}).encode())


def test_a_mail_is_sent_with_a_token_instead_of_a_password() -> None:
    with web_server(granted(expires_in=3600)) as tokens, mail_server() as server:
        mail = Mail("mail", settings_for(server.port, password=None, oauth=given(tokens)))
        mail.send(notification())
        mail.close()
        mail.send(notification(id="n-2"))
        mail.close()
        assert len(server.mails) == 2
        assert len(tokens.requests) == 1
    assert server.logins == [f"XOAUTH2 user={USER}\x01auth=Bearer {TOKEN}\x01\x01"] * 2
    form = parse_qs(tokens.requests[0].body.decode())
    assert form == {"client_id": ["app"], "client_secret": [CANARY], "grant_type": ["client_credentials"]}


def test_a_refresh_token_is_used_as_gmail_wants_it() -> None:
    with web_server(granted()) as tokens:
        TokenSource(given(tokens, refresh_token=Secret("1//r"), scope="mail"), seconds=1).token()
    form = parse_qs(tokens.requests[0].body.decode())
    assert (form["grant_type"], form["refresh_token"], form["scope"]) == (
        ["refresh_token"],
        ["1//r"],
        ["mail"],
    )


def test_a_token_is_renewed_a_minute_before_it_ends() -> None:
    ticks = [0.0]
    with web_server(granted(expires_in=600)) as tokens:
        source = TokenSource(given(tokens), seconds=1, ticks=lambda: ticks[0])
        for now, asked in ((0.0, 1), (539.0, 1), (541.0, 2)):
            ticks[0] = now
            source.token()
            assert len(tokens.requests) == asked


def test_a_token_that_the_mail_server_refuses_is_replaced_the_next_time() -> None:
    with web_server(granted()) as tokens, mail_server() as server:
        tokens.next.append(granted("canary-revoked"))
        mail = Mail("mail", settings_for(server.port, password=None, oauth=given(tokens)))
        with pytest.raises(DeliveryError) as caught:
            mail.send(notification())
        assert (caught.value.failure.kind, caught.value.failure.code) == ("broken", "535")
        assert "canary" not in str(caught.value)
        mail.send(notification())
        mail.close()
        assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(400, b'{"error": "invalid_grant", "error_description": "canary-secret expired"}'), "broken"),
        (Reply(401, b'{"error": "invalid_client"}'), "broken"),
        (Reply(429, headers={"Retry-After": "7"}), "transient"),
        (Reply(500), "transient"),
        (Reply(silent=True), "transient"),
        (Reply(200, b"<html>"), "broken"),
        (Reply(200, b'{"access_token": 7}'), "broken"),
        (Reply(200, b'{"access_token": "a\\u0001b"}'), "broken"),
    ],
)
def test_what_the_token_server_says_is_understood(reply: Reply, kind: str) -> None:
    with web_server(reply) as tokens, pytest.raises(DeliveryError) as caught:
        TokenSource(given(tokens), seconds=0.5).token()
    assert caught.value.failure.kind == kind
    assert CANARY not in str(caught.value)
