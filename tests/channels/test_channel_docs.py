"""docs/channels.md tells the truth: its YAML loads, its check of a signature works, its failures are ours."""

import hashlib
import hmac
import json
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from deskwatch.channels.build import CHANNELS
from deskwatch.channels.chat_settings import WebhookSettings
from deskwatch.channels.webhook import Webhook, payload
from deskwatch.config.channels import AnyChannelSettings
from deskwatch.settings import Secret, SecretRef
from tests.channels.http_server import Reply, web_server
from tests.channels.notifications import NOW, notification

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "channels.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", PAGE, re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(text) for _, text in found]


class Everything:
    """A machine on which every secret and variable is set."""

    def variable(self, name: str) -> str | None:
        return "true" if name.startswith("ENABLE") else None

    def place(self, path: str) -> Path:
        return Path("/home-of-the-desk") / path

    def secret(self, reference: SecretRef) -> Secret:
        return Secret("a-long-topic" if "TOPIC" in str(reference) else "https://example.com/a-long-secret")


def channels() -> dict[str, Any]:
    told: dict[str, Any] = {}
    for block in blocks("yaml"):
        told |= (part := yaml.safe_load(block)).get("channels", part)
    token = {"kind": "email", "host": "smtp.office365.com", "user": "desk@example.com"}
    return told | {"email-by-token": token | {"oauth": told.pop("oauth")}}


@pytest.mark.parametrize("name", channels())
def test_every_channel_of_the_page_loads(name: str) -> None:
    TypeAdapter[Any](AnyChannelSettings).validate_python(channels()[name], context=Everything())


def test_every_kind_is_on_the_page() -> None:
    assert [kind for kind in CHANNELS if f"`{kind}`" not in PAGE] == []


def test_the_check_of_a_signature_accepts_what_we_send_and_nothing_else() -> None:
    (source,) = blocks("python")
    names: dict[str, Any] = {"hmac": hmac, "hashlib": hashlib}
    exec(source, names)
    is_genuine: Callable[..., bool] = names["is_genuine"]
    secret, now = "canary-0123456789", NOW.timestamp()
    with web_server(Reply()) as server:
        settings = WebhookSettings(url=Secret(server.url), secret=Secret(secret))
        Webhook("hook", settings, clock=lambda: NOW).send(notification())
        (request,) = server.requests
    sent = (request.headers["x-timestamp"], request.headers["x-signature"], request.body)
    assert is_genuine(secret, *sent, now=now)
    assert not is_genuine("another-0123456789", *sent, now=now)
    assert not is_genuine(secret, sent[0], sent[1], request.body + b" ", now=now)
    assert not is_genuine(secret, *sent, now=now + 301)


def test_the_webhooks_fields_are_on_the_page() -> None:
    (example,) = blocks("json")
    assert list(json.loads(example)) == list(payload(notification()))
