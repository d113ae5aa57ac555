"""A planted key is looked for in everything a running desk shows, writes and tells."""

import http.client
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deskwatch.clock import utc_now
from deskwatch.demo import create_helpdesk, serve
from tests.scenarios.running import Desk, until

pytestmark = [pytest.mark.processes, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]

CANARY = "canary-Key+of/the=desk"
SOURCES = """
acme:
  kind: freshservice
  base_url: {url}
  api_key: env:ACME_KEY
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "home")
    yield made
    made.end()


def test_a_key_that_the_helpdesk_refuses_is_nowhere_to_be_seen(desk: Desk) -> None:
    helpdesk = create_helpdesk(started_at=datetime(2026, 1, 5, 9, 0, tzinfo=UTC), clock=utc_now, tickets=0)
    with serve(helpdesk) as server:
        desk.configure(
            sources=SOURCES.format(url=server.url), deskwatch="log:\n  level: debug\n  file: state/desk.log\n"
        )
        desk.start(ACME_KEY=CANARY)
        until(lambda: "401" in desk.printed, f"the helpdesk did not refuse; printed:\n{desk.printed}")
        until(lambda: desk.ask("/readyz"), "the wall does not answer")
        seen = {"output": desk.printed}
        for path in (
            "/",
            "/b/helpdesk",
            "/readyz",
            "/healthz",
            "/api/v1/status",
            "/openapi.json",
            "/nowhere",
        ):
            seen[path] = fetch(desk.port, path)
        for pid in desk.pids():
            seen[f"command line of {pid}"] = Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace")
        for file in sorted(desk.home.rglob("*")):
            if file.is_file() and "config" not in file.parts:
                seen[str(file.relative_to(desk.home))] = file.read_text("utf-8", "replace")
    assert "state/watcher.json" in seen
    assert "state/desk-watcher.log" in seen
    tell_tale = [CANARY, "canary-Key%2Bof%2Fthe%3Ddesk", "Y2FuYXJ5LUtleStvZi90aGU9ZGVzazpY"]
    assert [place for place, text in seen.items() if any(form in text for form in tell_tale)] == []


def fetch(port: int, path: str) -> str:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return f"{answer.headers}\n{answer.read().decode('utf-8', 'replace')}"
