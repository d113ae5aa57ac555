"""``ticket_watcher.py source``: what an admin sees while a helpdesk is described."""

import json
import re
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest

from deskwatch import cli
from deskwatch.sources.rest.presets import presets
from tests.brightdesk import KEY, brightdesk
from ticket_watcher import main

FILE = """\
base_url: {url}
secrets: {{key: env:BRIGHTDESK_KEY}}
auth: {{kind: header, headers: {{X-Desk-Key: "{{key}}"}}}}
tickets:
  path: /api/requests
  items: requests
  paging: {{kind: page, size: 2, size_param: per_page, pages: pages}}
probe: {{path: /api/me, expect: name}}
lookups: {{people: {{fetch: {{path: /api/people}}}}}}
details: {{alone: {{path: "/api/requests/{{id}}", item: request}}}}
fields:
  id: id
  number: ref
  subject: title
  description: {{path: alone.body, steps: [html_to_text]}}
  status: state
  priority: urgency
  requester: {{name: from.name, email: from.email}}
  agent: {{id: owner_id, name: {{path: owner_id, steps: [{{lookup: people}}]}}}}
  created_at: opened
  updated_at: touched
dates: {{format: "%d.%m.%Y %H:%M"}}
statuses: {{working: open, parked: on_hold, asked back: pending}}
priorities: {{1: low, 2: medium, 3: high}}
"""


class Said(NamedTuple):
    code: int
    text: str


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BRIGHTDESK_KEY", KEY)
    (tmp_path / "config" / "sources.d").mkdir(parents=True)
    return tmp_path


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with brightdesk() as url:
        yield url


def run(home: Path, *words: object) -> Said:
    said = StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        code = cli.exit_code(main, ["--home", str(home), "source", *map(str, words)])
    return Said(code, said.getvalue())


def describe(home: Path, address: str, *changes: tuple[str, str]) -> Path:
    text = FILE.format(url=address)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = home / "config" / "sources.d" / "desk.yaml"
    path.write_text(text, "utf-8")
    return path


def test_every_preset_is_listed_with_a_sentence(home: Path) -> None:
    said = run(home, "presets")
    assert said.code == cli.OK
    lines = dict(line.split("  ", 1) for line in said.text.splitlines())
    assert {name.strip() for name in lines} == set(presets())
    assert all(sentence.strip().endswith(".") for sentence in lines.values())


def test_a_new_file_is_the_preset_and_tells_what_to_set(home: Path) -> None:
    said = run(home, "new", "zammad", "help")
    assert said.code == cli.OK
    assert "ZAMMAD_TOKEN=..." in said.text
    assert "source try help" in said.text
    assert (home / "config/sources.d/help.yaml").read_text("utf-8") == presets()["zammad"].read_text("utf-8")
    assert "complete but for its secrets" in run(home, "check", "help").text


@pytest.mark.parametrize("preset", sorted(presets()))
def test_a_new_file_lacks_nothing_but_its_address_and_secrets_and_says_so(
    home: Path, preset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = run(home, "new", preset)
    variables = re.findall(r"(?m)^ +([A-Z_]+)=\.\.\.$", told.text)
    assert variables
    assert not any("PUSH" in variable for variable in variables)  # webhooks come later
    checked = run(home, "check", preset)
    assert checked.code == cli.FINDINGS
    wrong = [line for line in checked.text.splitlines() if line.startswith("config/") and ":" in line]
    assert len(wrong) == len(variables)
    assert all("is not set" in line for line in wrong), wrong
    assert "Next: write what is not there into the file .env" in checked.text
    (home / ".env").write_text("".join(f"{name}=a-secret-of-this-test\n" for name in variables), "utf-8")
    checked = run(home, "check", preset)
    assert checked.code == cli.OK
    assert ".yaml is fine." in checked.text
    leads_somewhere = preset == "github"  # all of GitHub has one address
    assert ("Next: set base_url" in checked.text) != leads_somewhere
    assert (f"Next: ticket_watcher.py source try {preset}" in checked.text) == leads_somewhere


def test_a_file_that_is_there_stays_as_it_is(home: Path) -> None:
    mine = home / "config" / "sources.d" / "github.yaml"
    mine.write_text("# mine\n", "utf-8")
    said = run(home, "new", "github")
    assert said.code == cli.USAGE
    assert "stays as it is" in said.text
    assert mine.read_text("utf-8") == "# mine\n"


@pytest.mark.parametrize(
    "words", [("zamad",), ("zammad", "../evil"), ("zammad", "My Desk"), ("zammad", "a/b")]
)
def test_a_wrong_preset_or_name_makes_no_file(home: Path, words: tuple[str, ...]) -> None:
    assert run(home, "new", *words).code == cli.USAGE
    assert list(home.rglob("*.yaml")) == []


def test_every_mistake_is_named_with_its_place(home: Path, address: str) -> None:
    describe(
        home,
        address,
        ("items: requests", "items: 'requests['"),
        ("title", "'title['"),
        ("parked: on_hold", "parked: onhold"),
        ("number: ref", "nubmer: ref"),
    )
    said = run(home, "check", "desk")
    assert said.code == cli.USAGE
    places = [line.split(" ")[0] for line in said.text.splitlines()]
    assert places == [f"config/sources.d/desk.yaml:{place}:" for place in ("6:3", "13:3", "14:3", "23:27")]
    assert 'Did you mean "number"?' in said.text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('"{key}"', '"{kye}"'), "3:32: auth.headers.X-Desk-Key: the place {kye} is not one of secrets"),
        (("lookup: people", "lookup: peopel"), 'in lookups. Did you mean "people"?'),
        (("path: /api/requests\n", 'path: "/api/{where}"\n'), "the place {where} has no value here"),
        (("probe:", "one: {path: /api/requests}\nprobe:"), "one.path: needs the place {id}"),
        (("probe:", "changes: {params: {a: b}}\nprobe:"), "needs the place {since}"),
        (
            ("probe:", 'changes: {params: {a: "{token}"}}\nprobe:'),
            "changes.token does not say where an answer has one",
        ),
    ],
)
def test_names_that_nobody_gave_are_found(
    home: Path, address: str, change: tuple[str, str], words: str
) -> None:
    describe(home, address, change)
    said = run(home, "check", "desk")
    assert said.code == cli.USAGE
    assert words in said.text


def test_secrets_are_named_and_never_shown(home: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    describe(home, address)
    fine = run(home, "check", "desk")
    assert fine.code == cli.OK
    assert "key: env:BRIGHTDESK_KEY (there)" in fine.text
    monkeypatch.delenv("BRIGHTDESK_KEY")
    missing = run(home, "check", "desk")
    assert missing.code == cli.FINDINGS
    assert "desk.yaml:2:11: secrets.key: the environment variable BRIGHTDESK_KEY is not set" in missing.text
    assert run(home, "try", "desk").code == cli.USAGE
    assert KEY not in fine.text + missing.text


def test_a_file_may_lie_anywhere(home: Path, address: str, tmp_path: Path) -> None:
    path = describe(home, address).rename(tmp_path / "Draft of mine.yml")
    assert run(home, "check", path).code == cli.OK
    said = run(home, "try", path, "--limit", 1)
    assert said.code == cli.OK
    assert "then put the file into config/sources.d/." in said.text
    assert run(home, "check", "desk").code == cli.USAGE


def test_try_shows_items_tickets_and_requests(home: Path, address: str) -> None:
    describe(home, address)
    said = run(home, "try", "desk", "--limit", 3)
    assert said.code == cli.OK
    assert '"state": "parked"' in said.text
    assert "status                 parked -> on_hold" in said.text
    assert "agent                  ben (id 7)" in said.text
    assert "description            It hums, but prints nothing." in said.text
    assert "GET /api/requests?per_page=2&page=2 -> 200" in said.text
    assert "Every value was understood." in said.text
    assert KEY not in said.text
    assert not (home / "tickets").exists()


def test_try_names_every_value_that_has_no_meaning_yet(home: Path, address: str) -> None:
    describe(home, address, ("parked: on_hold", "old: on_hold"), ("2: medium, 3: high", "2: medium"))
    said = run(home, "try", "desk")
    assert said.code == cli.FINDINGS
    assert "status 'parked': 1 ticket" in said.text
    assert "priority '3': 1 ticket" in said.text
    assert "add them to config/sources.d/desk.yaml" in said.text


def test_try_tells_a_wrong_key_and_an_empty_list(
    home: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIGHTDESK_KEY", "a-wrong-key")
    describe(home, address)
    refused = run(home, "try", "desk")
    assert refused.code == cli.UNREACHABLE
    assert "the helpdesk refuses the key" in refused.text
    assert "GET /api/me -> 401" in refused.text
    assert 'The last answer begins: {"error": "unknown key"}' in refused.text
    assert "a-wrong-key" not in refused.text
    describe(home, address, ("probe: {path: /api/me, expect: name}\n", ""))
    empty = run(home, "try", "desk")
    assert empty.code == cli.FINDINGS
    assert "The list is empty." in empty.text


def test_a_terminal_gets_no_control_characters_of_a_ticket(home: Path, address: str) -> None:
    from tests.brightdesk import REQUESTS

    describe(home, address)
    title = REQUESTS[0]["title"]
    REQUESTS[0]["title"] = "\x1b[2Jgone\u202e"
    try:
        said = run(home, "try", "desk", "--limit", 1)
    finally:
        REQUESTS[0]["title"] = title
    assert "gone" in said.text
    assert "\x1b" not in said.text
    assert "\u202e" not in said.text


def test_a_recording_tells_nothing_of_people_and_replays_offline(
    home: Path, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    describe(home, address)
    folder = tmp_path / "recorded"
    assert run(home, "record", "desk", "--dir", folder).code == cli.OK
    text = "".join(path.read_text("utf-8") for path in folder.iterdir())
    for canary in (
        "ana@exam",
        "mia@exam",
        "rinter",
        "nothing",
        "First line",
        KEY,
        "127.0.0.1",
        "Wall display",
    ):
        assert canary not in text, canary
    for kept in ("working", "parked", "asked back", "BD-17", "10.03.2026 15:38", "101"):
        assert kept in text, kept
    live = run(home, "try", "desk")
    monkeypatch.delenv("BRIGHTDESK_KEY")
    describe(home, "https://desk.example.com")
    said = run(home, "replay", "desk", "--dir", folder)
    assert said.code == cli.OK
    for line in live.text.splitlines():
        if line.strip().startswith(("id ", "number", "status", "priority", "created_at", "GET")):
            assert line in said.text
    said = run(home, "replay", "desk", "--dir", tmp_path / "nowhere")
    assert said.code == cli.USAGE
    assert "there is no recording in" in said.text


def test_a_refusal_can_be_recorded_too(
    home: Path, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIGHTDESK_KEY", "a-wrong-key")
    describe(home, address)
    said = run(home, "record", "desk", "--dir", tmp_path / "recorded")
    assert "It ended with an error" in said.text
    (only,) = (tmp_path / "recorded").iterdir()
    assert json.loads(only.read_text("utf-8"))["answer"]["status"] == 401
    assert run(home, "replay", "desk", "--dir", tmp_path / "recorded").code == cli.UNREACHABLE


def test_a_folder_with_files_is_never_recorded_into(home: Path, address: str, tmp_path: Path) -> None:
    describe(home, address)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "001.json").write_text("mine", "utf-8")
    assert run(home, "record", "desk", "--dir", tmp_path / "full").code == cli.USAGE
    assert (tmp_path / "full" / "001.json").read_text("utf-8") == "mine"


@pytest.mark.parametrize("broken", ["", "[]", "{", '{"request": 1}', '{"request": {}, "answer": {}}'])
def test_a_broken_recording_is_named(home: Path, address: str, tmp_path: Path, broken: str) -> None:
    describe(home, address)
    (tmp_path / "recorded").mkdir()
    (tmp_path / "recorded" / "001.json").write_text(broken, "utf-8")
    said = run(home, "replay", "desk", "--dir", tmp_path / "recorded")
    assert said.code == cli.USAGE
    assert "001.json is no part of a recording" in said.text
