"""What Slack, Teams, ntfy and webhooks get to see."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from deskwatch.channels import slack, teams
from deskwatch.channels.build import build
from deskwatch.channels.channel import Answerable, DeliveryError
from deskwatch.channels.channel_settings import ChannelSettings
from deskwatch.channels.chat_settings import (
    AppriseSettings,
    NtfySettings,
    SlackSettings,
    TeamsSettings,
    WebhookSettings,
)
from deskwatch.channels.mail_settings import MailSettings
from deskwatch.channels.ntfy import Ntfy
from deskwatch.channels.webhook import Webhook
from deskwatch.config.channels import AnyChannelSettings
from deskwatch.config.home import Home
from deskwatch.config.machine import Machine
from deskwatch.core.delivery import Notification
from deskwatch.core.people import Urgency
from deskwatch.errors import UsageError
from deskwatch.settings import Secret
from tests.channels.http_server import Recorder, Reply, web_server
from tests.channels.notifications import NOW, notification

TAKEN = Reply(200, b'{"id": "m1", "event": "message"}')


# Slack


def test_slack_shows_what_a_ticket_says_and_calls_nobody_for_it() -> None:
    shown = slack.payload(
        notification(address="", text="<!channel> <@U1> & <https://evil|x>", subject="<!here>")
    )
    assert shown["text"] == "&lt;!here&gt;"
    (block,) = shown["blocks"]
    assert block["text"]["text"] == (
        "&lt;!channel&gt; &lt;@U1&gt; &amp; &lt;https://evil|x&gt;\n"
        "<https://desk.example.com/a/tickets/12|Open>"
    )


@pytest.mark.parametrize("text", ["&" * 5000, "x" * 2999 + "&&&", "🔥" * 4000])
def test_a_long_text_fits_into_a_slack_block_and_no_escape_is_cut(text: str) -> None:
    (block,) = slack.payload(notification(text=text, address="U012AB3CD"))["blocks"]
    shown = block["text"]["text"]
    assert len(shown) <= 3000
    assert shown.startswith("<@U012AB3CD> ")
    assert shown.endswith("|Open>")
    assert "&" not in shown.replace("&amp;", "")


def test_a_link_cannot_end_its_own_markup() -> None:
    (block,) = slack.payload(notification(url="https://desk.example.com/?q=a|b>c<d&e f\n"))["blocks"]
    assert block["text"]["text"].endswith("\n<https://desk.example.com/?q=a%7Cb%3Ec%3Cd&amp;e%20f%0A|Open>")


def test_a_slack_address_is_a_member_id() -> None:
    channel = build("slack", SlackSettings(url=Secret("http://127.0.0.1:9/x")))
    with pytest.raises(DeliveryError) as caught:
        channel.send(notification(address="!channel"))
    assert caught.value.failure.kind == "permanent"


@pytest.mark.parametrize(
    ("reply", "works"), [(Reply(400, b"no_text"), True), (Reply(404, b"no_service"), False)]
)
def test_slack_is_checked_without_posting(reply: Reply, works: bool) -> None:
    with web_server(reply) as server:
        channel = build("slack", SlackSettings(url=Secret(server.url)))
        if works:
            assert channel.check() == "Slack knows the webhook"
        else:
            with pytest.raises(DeliveryError):
                channel.check()


# Teams


def test_a_teams_card_takes_no_markdown_from_a_ticket_and_has_one_button() -> None:
    text = "line one\n\n[log in](https://evil.example.com)"
    message = teams.card(notification(text=text))
    (attachment,) = message["attachments"]
    card = attachment["content"]
    assert (message["type"], card["type"], card["version"]) == ("message", "AdaptiveCard", "1.4")
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    assert [block["inlines"][0]["text"] for block in card["body"]] == [
        "[demo-12] Mail is down",
        "line one",
        "[log in](https://evil.example.com)",
    ]
    assert card["actions"] == [
        {"type": "Action.OpenUrl", "title": "Open", "url": "https://desk.example.com/a/tickets/12"}
    ]


@pytest.mark.parametrize("text", ["🔥" * 20000, "x\n" * 20000, "ä" * 20000])
def test_a_teams_card_stays_below_its_limit(text: str) -> None:
    assert len(json.dumps(teams.card(notification(text=text)), ensure_ascii=False).encode()) < 28 * 1024


def test_a_teams_address_is_never_judged_by_its_host_but_retired_ones_are_named() -> None:
    with web_server(Reply(410)) as server:
        channel = build("teams", TeamsSettings(url=Secret(server.url)))
        with pytest.raises(DeliveryError) as caught:
            channel.send(notification())
        assert "retire" not in str(caught.value)
    for host in teams.RETIRED:
        old = teams.Teams("teams", TeamsSettings(url=Secret(f"https://example.{host}/x")))
        assert "retires" in old._retired()


# ntfy


def pushed(**changes: Any) -> Notification:
    return notification(**{"address": "", **changes})


def ntfy(server: Recorder, **changes: Any) -> Ntfy:
    plain = {"server": server.url, "topic": Secret("desk-topic"), "ack_topic": Secret("desk-acks")}
    return Ntfy("ntfy", NtfySettings.model_validate(plain | changes))


def test_an_urgent_push_rings_and_has_a_button_that_acknowledges() -> None:
    with web_server(TAKEN) as server:
        receipt = ntfy(server, token=Secret("tk_x")).send(pushed())
        (request,) = server.requests
    assert receipt.provider_id == "m1"
    assert request.path == "/"
    assert request.headers["authorization"] == "Bearer tk_x"
    assert json.loads(request.body) == {
        "topic": "desk-topic",
        "title": "[demo-12] Mail is down",
        "message": "URGENT demo-12 Mail is down [K7Q2]",
        "priority": 5,
        "click": "https://desk.example.com/a/tickets/12",
        "actions": [
            {
                "action": "http",
                "label": "ACK",
                "url": f"{server.url}/desk-acks",
                "headers": {"Title": "ana"},
                "body": "ACK K7Q2",
                "clear": True,
            }
        ],
    }


def test_a_persons_own_topic_goes_before_the_common_one() -> None:
    with web_server(TAKEN) as server:
        ntfy(server).send(pushed(address="anas-topic", urgency=Urgency.NORMAL))
        (request,) = server.requests
    told = json.loads(request.body)
    assert (told["topic"], told["priority"]) == ("anas-topic", 3)
    assert told["actions"][0]["headers"] == {"Title": "anas-topic"}


def test_without_any_topic_nothing_is_asked() -> None:
    with web_server(TAKEN) as server:
        with pytest.raises(DeliveryError) as caught:
            ntfy(server, topic=None).send(pushed())
        assert server.requests == []
    assert caught.value.failure.kind == "permanent"


@pytest.mark.parametrize("text", ["x" * 9000, "🔥" * 3000, "ä" * 4001])
def test_a_push_fits_into_4096_bytes(text: str) -> None:
    with web_server(TAKEN) as server:
        ntfy(server).send(pushed(text=text))
        message = json.loads(server.requests[0].body)["message"]
    assert len(message.encode()) <= 4096
    assert message.endswith("…")


def test_presses_of_the_button_are_replies_and_junk_in_the_topic_is_not() -> None:
    lines = [
        {"id": "o1", "time": 1773147700, "event": "open", "topic": "desk-acks"},
        {"id": "b2", "time": 1773147720, "event": "message", "message": "ACK K7Q2", "title": "ana"},
        {"id": "b1", "time": 1773147710, "event": "message", "message": "hello\x1b[31m"},
        {"id": "b3", "time": "NaN", "event": "message"},
    ]
    body = b"\n".join([*(json.dumps(line).encode() for line in lines), b"<html>", b"[1]", b"\xff", b""])
    with web_server(Reply(200, body)) as server:
        channel = ntfy(server)
        assert isinstance(channel, Answerable)
        replies = channel.replies(since=NOW - timedelta(minutes=2))
        (request,) = server.requests
    assert request.path == f"/desk-acks/json?poll=1&since={int(NOW.timestamp()) - 120}"
    assert [(reply.id, reply.sender, reply.text) for reply in replies] == [
        ("b1", "", "hello [31m"),
        ("b2", "ana", "ACK K7Q2"),
    ]
    assert replies[1].at == datetime.fromtimestamp(1773147720, UTC)


def test_without_an_ack_topic_nobody_is_asked_for_replies() -> None:
    with web_server(TAKEN) as server:
        assert ntfy(server, ack_topic=None).replies(since=NOW) == []
        assert server.requests == []


# Webhook


def test_a_webhook_is_signed_and_can_be_recognised_when_it_comes_twice() -> None:
    with web_server(Reply(202, b'{"id": "job-7"}')) as server:
        settings = WebhookSettings(
            url=Secret(server.url), secret=Secret("canary-0123456789"), token=Secret("bearer-x")
        )
        channel = Webhook("hook", settings, clock=lambda: NOW)
        receipt = channel.send(notification())
        channel.send(notification(repeat=True))
        first, second = server.requests
    assert receipt.provider_id == "job-7"
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == "n-1"
    assert first.headers["authorization"] == "Bearer bearer-x"
    stamp = first.headers["x-timestamp"]
    signed = hmac.new(b"canary-0123456789", stamp.encode() + b"." + first.body, hashlib.sha256).hexdigest()
    assert first.headers["x-signature"] == f"sha256={signed}"
    assert int(stamp) == int(NOW.timestamp())
    told = json.loads(first.body)
    assert (told["version"], told["person"], told["facts"]["priority"]) == (1, "ana", "urgent")
    assert (told["repeat"], json.loads(second.body)["repeat"]) == (False, True)


# Settings


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"kind": "slack", "url": "https://hooks.slack.com/services/canary"},
            "a secret is not written into YAML",
        ),
        ({"kind": "slack", "url": "env:PLAIN"}, "must start with https://"),
        ({"kind": "slack", "url": "env:JUNK"}, "expected an address"),
        ({"kind": "slack", "url": "env:ABSENT"}, "ABSENT is not set"),
        ({"kind": "slack"}, "url"),
        ({"kind": "ntfy", "server": "http://ntfy.example.com"}, "plain_http"),
        ({"kind": "ntfy", "server": "ntfy.sh"}, "expected an address"),
        ({"kind": "ntfy", "topic": "env:JUNK"}, "a topic has at most 64"),
        ({"kind": "webhook", "url": "env:PLAIN", "secret": "env:LONG"}, "plain_http"),
        ({"kind": "webhook", "url": "env:GOOD", "secret": "env:SHORT"}, "shorter than 16"),
        ({"kind": "webhook", "url": "env:GOOD"}, "secret"),
    ],
)
def test_a_mistake_is_named_and_no_secret_with_it(tmp_path: Path, given: dict[str, str], words: str) -> None:
    env = {
        "PLAIN": "http://example.com/canary",
        "JUNK": "canary or not",
        "GOOD": "https://example.com/canary",
        "SHORT": "canary",
        "LONG": "canary-0123456789",
    }
    with pytest.raises(ValidationError) as caught:
        TypeAdapter[Any](AnyChannelSettings).validate_python(given, context=Machine(Home(tmp_path), env))
    told = str(caught.value.errors(include_input=False, include_url=False))
    assert words in told
    assert "canary" not in told


def test_plain_http_is_for_a_server_in_the_own_network(tmp_path: Path) -> None:
    given = {"kind": "ntfy", "server": "http://ntfy.lan/", "plain_http": "true"}
    settings = TypeAdapter[Any](AnyChannelSettings).validate_python(
        given, context=Machine(Home(tmp_path), {})
    )
    assert settings.server == "http://ntfy.lan"


@pytest.mark.parametrize(
    "settings",
    [
        SlackSettings(url=Secret.missing("no secret SLACK_WEBHOOK")),
        NtfySettings(topic=Secret.missing("no secret NTFY_TOPIC")),
        WebhookSettings(url=Secret("https://example.com"), secret=Secret.missing("no secret HOOK_SECRET")),
        AppriseSettings(url=Secret.missing("no secret APPRISE_URL")),
        MailSettings(host="x", user="desk@example.com", password=Secret.missing("no secret SMTP_PASSWORD")),
    ],
)
@pytest.mark.filterwarnings("ignore:'imghdr'")
def test_a_missing_secret_is_told_when_the_channel_is_made(settings: ChannelSettings) -> None:
    with pytest.raises(UsageError, match=r"no secret [A-Z_]+"):
        build("under-test", settings)
