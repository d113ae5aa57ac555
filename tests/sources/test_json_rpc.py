"""A helpdesk that wants everything posted, with numbers as numbers: what YAML says arrives as JSON."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deskwatch.config import Home
from deskwatch.config.machine import Machine
from deskwatch.config.source_files import SourceFile
from deskwatch.sources.http_client import Timeouts
from deskwatch.sources.rest.api import Api
from deskwatch.sources.rest.recording import RecordingClient, ReplayClient, for_replay, save
from deskwatch.sources.rest.redaction import Redactor
from deskwatch.sources.rest.settings import RestSettings
from deskwatch.sources.rest.source import RestSource
from deskwatch.sources.source import SourceError
from tests.sources.contract import Folder
from tests.sources.rest_desk import KEY, Desk, Reply, reply, serving
from tests.sources.test_contract_rest import RestBench

FILE = """\
base_url: {url}
per_minute: 6000
secrets: {{key: env:DESK_KEY}}
auth: {{kind: body, params: {{params.apikey: "{{key}}"}}}}
tickets:
  method: POST
  path: /jsonrpc
  body: {{jsonrpc: "2.0", id: 1, method: search, params: {{open: true, tags: [1.5, "7", null, no]}}}}
  items: result.tickets
  keep: kind != 'note'
  paging: {{kind: offset, in_body: true, param: params.offset, size: 2, size_param: params.limit}}
changes:
  body: {{jsonrpc: "2.0", id: 1, method: changes, params: {{changed_since: "{{since}}"}}}}
  headers: {{X-Changes: only}}
  ok: [200, 203]
  items: result.events[].ticket
  keep: kind == 'issue'
  since: {{format: epoch}}
  paging: {{kind: none}}
one:
  method: POST
  path: /jsonrpc
  body:
    {{jsonrpc: "2.0", id: 1, method: get, params: {{id: "{{id_number}}", as: "{{id}}", note: "no {{id}}"}}}}
  item: result
fields: {{id: id, subject: subject, status: status, updated_at: updated}}
statuses: {{open: open, solved: resolved}}
"""


class RpcDesk(Desk):
    """Speaks JSON-RPC, and is strict about types.

    Attributes:
        posted: bodies as they came.
    """

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        said = json.loads(body)
        self.posted = [*getattr(self, "posted", []), said]
        params, items = said["params"], list(self.tickets.values())
        if params["apikey"] != KEY:
            return reply(json.dumps({"error": f"bad key {params['apikey']}"}).encode(), status=401)
        if (method, target, said["jsonrpc"], said["id"]) != ("POST", "/jsonrpc", "2.0", 1):
            return reply(status=400)
        if said["method"] == "get":
            item = self.tickets.get(str(params["id"])) if type(params["id"]) is int else None
            return self._said(item)
        if said["method"] == "changes":
            if type(params["changed_since"]) is not int or headers.get("x-changes") != "only":
                return reply(status=400)
            fresh = self._since(items, str(params["changed_since"]))
            return self._said({"events": [{"ticket": item} for item in fresh]}, status=203)
        start, size = params["offset"], params["limit"]
        if params["open"] is not True or type(start) is not int or type(size) is not int:
            return reply(status=400)
        items = [item for item in items if item["status"] == "open"]
        return self._said({"tickets": items[start : start + size]})

    def _said(self, result: Any, status: int = 200) -> Reply:
        return reply(json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode(), status=status)


@pytest.fixture
def desk() -> Iterator[RpcDesk]:
    """Three tickets and a note."""
    desk = RpcDesk()
    for number in range(4):
        desk.create(f"Ticket {number}", kind="note" if number == 1 else "issue")
    with serving(desk):
        yield desk


def settings_of(desk: Desk, folder: Path, key: str = KEY) -> RestSettings:
    """What the file says."""
    (folder / "rpc.yaml").write_text(FILE.format(url=desk.url), "utf-8")
    file = SourceFile(folder, "rpc.yaml", shown="rpc.yaml")
    settings = file.validate(Machine(Home(folder), {"DESK_KEY": key}), needs_secrets=True)
    assert file.problems == []
    return settings


def source_of(desk: Desk, folder: Path, key: str = KEY) -> RestSource:
    """A source as an admin would have it."""
    settings = settings_of(desk, folder, key)
    limits = Timeouts(connect=1.0, read=1.0, total=8.0)
    return RestSource("rpc", settings, timeouts=limits, clock=desk.clock.monotonic)


def test_numbers_and_flags_are_posted_as_such_and_all_pages_come(desk: RpcDesk, tmp_path: Path) -> None:
    snapshot = source_of(desk, tmp_path).list_open(known={}, now=desk.clock.now)
    assert sorted(ticket.id for ticket in snapshot.tickets) == ["1", "3", "4"]
    assert snapshot.complete
    first = desk.posted[0]
    told = {"open": True, "tags": [1.5, "7", None, "no"], "limit": 2, "offset": 0, "apikey": KEY}
    assert first["params"] == told
    assert [said["params"]["offset"] for said in desk.posted] == [0, 2, 4]


def test_changes_have_an_own_body_headers_states_list_and_keep(desk: RpcDesk, tmp_path: Path) -> None:
    folder = Folder(source_of(desk, tmp_path), RestBench(desk)).poll()
    desk.clock.pass_(minutes=5)
    desk.change("3", subject="Other words")
    desk.change("2", subject="Still a note")
    desk.change("4", subject="Told elsewhere", kind="task")
    desk.posted = []
    folder.poll()
    assert folder.subjects()["3"] == "Other words"
    assert folder.subjects()["4"] == "Ticket 3"
    assert set(folder.subjects()) == {"1", "3", "4"}
    assert [said["method"] for said in desk.posted] == ["changes"]


def test_a_single_ticket_is_asked_for_by_its_number(desk: RpcDesk, tmp_path: Path) -> None:
    source = source_of(desk, tmp_path)
    source.fetch(None, known={}, now=desk.clock.now)
    desk.posted = []
    assert source.raw("3", now=desk.clock.now)["subject"] == "Ticket 2"
    assert desk.posted[0]["params"] == {"id": 3, "as": "3", "note": "no 3", "apikey": KEY}
    with pytest.raises(SourceError, match="no such ticket"):
        source.raw("x9", now=desk.clock.now)


def test_a_wrong_key_in_the_body_is_told_and_never_repeated(desk: RpcDesk, tmp_path: Path) -> None:
    source = source_of(desk, tmp_path, key="wrong-key-4711")
    with pytest.raises(SourceError) as caught:
        source.list_open(known={}, now=desk.clock.now)
    assert caught.value.kind == "auth"
    assert 'It says: "bad key ***"' in caught.value.words


def test_a_recording_of_posted_requests_has_no_key_and_replays_without_one(
    desk: RpcDesk, tmp_path: Path
) -> None:
    settings = settings_of(desk, tmp_path)
    client = RecordingClient(Api("rpc", settings).new_client())
    told = RestSource("rpc", settings, client=client).sample(5, now=desk.clock.now)
    save(client.exchanges, tmp_path / "recorded", settings, Redactor(settings, salt=b"of this test"))
    texts = [path.read_text("utf-8") for path in sorted((tmp_path / "recorded").iterdir())]
    assert not any(KEY in text or "apikey" in text for text in texts)
    assert json.loads(texts[0])["request"]["body"]["params"]["limit"] == 2
    replayed = for_replay(settings)
    source = RestSource("rpc", replayed, client=ReplayClient(tmp_path / "recorded", replayed))
    assert len(source.sample(5, now=desk.clock.now).items) == len(told.items) == 3
