"""Every channel that speaks HTTP keeps the contract."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from pydantic import TypeAdapter

from deskwatch.channels.build import build
from deskwatch.config.channels import AnyChannelSettings
from deskwatch.core.delivery import FailureKind
from deskwatch.settings import Secret
from tests.channels.contract import ChannelContract, World
from tests.channels.http_server import Recorder, Reply, web_server

CANARY = "canary5f1e"

FAULTS: dict[str, Reply] = {
    **{str(code): Reply(code, f"no, {CANARY}".encode()) for code in (400, 401, 403, 404, 410, 413, 429)},
    **{str(code): Reply(code, b"oops") for code in (500, 502, 503, 504)},
    "302": Reply(302, headers={"Location": "http://127.0.0.1:9/elsewhere"}),
    "307": Reply(307, headers={"Location": "http://127.0.0.1:9/elsewhere"}),
    "silence": Reply(silent=True),
    "cut": Reply(cut=True),
    "drip": Reply(drip=True),
    "portal": Reply(200, b"<html>Please log in</html>", {"Content-Type": "text/html"}),
}

COMMON: dict[str, FailureKind] = {
    "400": "permanent",
    "401": "broken",
    "403": "broken",
    "404": "broken",
    "410": "broken",
    "413": "permanent",
    "429": "transient",
    "500": "unknown",
    "502": "unknown",
    "503": "transient",
    "504": "unknown",
    "302": "broken",
    "307": "broken",
    "silence": "unknown",
    "cut": "unknown",
    "drip": "unknown",
}


class HttpWorld(World):
    """A channel and a recording web server."""

    def __init__(self, server: Recorder, settings: dict[str, Any]) -> None:
        self.server = server
        model = TypeAdapter[Any](AnyChannelSettings).validate_python({"timeout": "1s", **settings})
        self.channel = build("under-test", model)
        self.secrets = (CANARY,)
        self._given_away = 0

    def arrived(self) -> list[str]:
        posts = self.server.posts
        return [json.dumps(json.loads(post.body), ensure_ascii=False) for post in posts if post.body != b"{}"]

    def fail(self, how: str) -> None:
        self.server.next.append(FAULTS[how])


class HttpContract(ChannelContract):
    """For one channel of this kind."""

    usual: ClassVar[Reply] = Reply()

    def settings(self, url: str) -> dict[str, Any]:
        raise NotImplementedError

    @contextmanager
    def open(self, folder: Path) -> Iterator[World]:
        with web_server(self.usual) as server:
            yield HttpWorld(server, {"kind": self.kind, **self.settings(server.url)})


class TestSlack(HttpContract):
    kind, medium = "slack", "chat"
    failures: ClassVar[Mapping[str, FailureKind]] = {**COMMON, "portal": "unknown"}
    usual = Reply(200, b"ok")

    def settings(self, url: str) -> dict[str, Any]:
        return {"url": Secret(f"{url}/services/T0/B0/{CANARY}")}


class TestTeams(HttpContract):
    kind, medium = "teams", "chat"
    failures: ClassVar[Mapping[str, FailureKind]] = COMMON
    usual = Reply(202)

    def settings(self, url: str) -> dict[str, Any]:
        return {"url": Secret(f"{url}/powerautomate/automations/direct/workflows/x?sig={CANARY}")}


class TestNtfy(HttpContract):
    kind, medium = "ntfy", "chat"
    failures: ClassVar[Mapping[str, FailureKind]] = {**COMMON, "portal": "unknown"}
    usual = Reply(200, b'{"id": "hwQ2YpKdmg", "event": "message", "healthy": true}')

    def settings(self, url: str) -> dict[str, Any]:
        return {"server": url, "topic": Secret(CANARY), "token": Secret(f"tk_{CANARY}")}


class TestWebhook(HttpContract):
    kind, medium = "webhook", "data"
    failures: ClassVar[Mapping[str, FailureKind]] = COMMON
    usual = Reply(204)

    def settings(self, url: str) -> dict[str, Any]:
        return {"url": Secret(f"{url}/{CANARY}"), "secret": Secret(f"{CANARY}-0123456789")}
