"""Every shipped preset, against made-up answers in the shape of its helpdesk, through the real engine."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from deskwatch.config import Home
from deskwatch.config.machine import Machine
from deskwatch.config.schema import schema_of
from deskwatch.config.source_files import SourceFile
from deskwatch.config.strict_yaml import read_yaml
from deskwatch.core.ticket import Ticket, format_instant
from deskwatch.sources.http_client import Answer
from deskwatch.sources.rest.presets import headline, presets
from deskwatch.sources.rest.recording import RecordingClient, ReplayClient, save
from deskwatch.sources.rest.redaction import Redactor, words_of
from deskwatch.sources.rest.rows import Row
from deskwatch.sources.rest.settings import RestSettings
from deskwatch.sources.rest.source import RestSource
from deskwatch.sources.source import SourceError

HERE = Path(__file__).parent
NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=60)
SECRET = "a-secret-of-this-test"


@dataclass(frozen=True)
class Expected:
    """What a preset makes of its answers: per ticket phase, priority, requester, agent; then the first one's
    further fields, the phase of what changed, and how the question for changes names the moment."""

    tickets: Mapping[str, str]
    first: Mapping[str, str]
    changed: Mapping[str, str]
    since: str | None


CREATED = "2026-03-09T08:00:00Z"
WALL = "2026-03-10T14:38:00Z"
"""Two minutes before the newest change of the list."""
EXPECTED = {
    "zendesk": Expected(
        {
            "4702": "open high ana ben",
            "4703": "open - mia -",
            "4704": "waiting_on_customer urgent ana mia",
        },
        {"created_at": "2026-03-02T08:00:00Z", "group": "Support", "url": "/agent/tickets/4702"},
        {"4702": "resolved"},
        "1773154020",
    ),
    "jira": Expected(
        {
            "HELP-1": "open urgent ana ben",
            "HELP-2": "waiting_on_customer medium mia -",
            "HELP-3": "on_hold low ana ben",
        },
        {
            "created_at": CREATED,
            "resolution_due_at": "2026-03-11T17:00:00Z",
            "url": "/browse/HELP-1",
            "description": "The VPN drops, says @mia:\n\n- at home\n- on trains\n\nping vpn.example.com\n"
            "request timed out\n\nSee the manual (https://help.example.com/vpn).\nPlease hurry.",
        },
        {"HELP-1": "resolved"},
        '"2026-03-10 14:35"',
    ),
    "jira-servicedesk": Expected(
        {"HELP-1": "open - ana -", "HELP-2": "waiting_on_customer - mia -", "HELP-3": "resolved - ana -"},
        {"created_at": CREATED, "resolution_due_at": "2026-03-11T17:00:00Z", "url": "/browse/HELP-1"},
        {},
        None,
    ),
    "servicenow": Expected(
        {
            "INC0000001": "open urgent ana ben",
            "INC0000002": "open low mia -",
            "INC0000003": "on_hold medium ana ben",
        },
        {"created_at": CREATED, "resolution_due_at": "2026-03-10T18:00:00Z", "client": "Example Ltd"},
        {"INC0000001": "resolved"},
        "sys_updated_on>=2026-03-10 14:38:00^",
    ),
    "zammad": Expected(
        {
            "96001": "open high ana@example.com ben@example.com",
            "96002": "open medium mia@example.com -",
            "96003": "pending low ana@example.com ben@example.com",
        },
        {"created_at": CREATED, "resolution_due_at": "2026-03-11T16:00:00Z", "url": "/#ticket/zoom/1"},
        {"96001": "closed"},
        f'updated_at:["{WALL}" TO *]',
    ),
    "glpi": Expected(
        {
            "11": "open urgent ana.e ben Example",
            "12": "open medium mia.e -",
            "13": "pending low ana.e ben Example",
        },
        {
            "created_at": CREATED,
            "subject": "Printer & scanner",
            "group": "Helpdesk > First line",
            "url": "/front/ticket.form.php?id=11",
        },
        {"11": "resolved"},
        "2026-03-10 14:38:00",
    ),
    "halopsa": Expected(
        {
            "2001": "open high ana ben",
            "2002": "waiting_on_customer medium mia -",
            "2003": "open urgent ana ben",
        },
        {"created_at": CREATED, "resolution_due_at": "2026-03-11T17:00:00Z", "url": "/tickets?id=2001"},
        {"2001": "closed"},
        "2026-03-10T14:38:00",
    ),
    "connectwise": Expected(
        {
            "701": "open urgent ana ben",
            "702": "waiting_on_third_party medium mia -",
            "703": "scheduled low ana ben",
        },
        {"created_at": CREATED, "client": "Example Ltd", "url": "?service_recid=701"},
        {"701": "closed"},
        f"lastUpdated>=[{WALL}]",
    ),
    "github": Expected(
        {"7": "open high ana ben", "8": "waiting_on_customer - mia -", "10": "open - ana -"},
        {"created_at": CREATED, "url": "https://github.com/example/helpdesk/issues/7"},
        {"7": "closed"},
        WALL,
    ),
    "gitlab": Expected(
        {"#1": "open high ana ben", "#2": "waiting_on_customer - mia -", "#3": "open - ana ben"},
        {"resolution_due_at": "2026-03-12T17:00:00Z", "url": "/example/helpdesk/-/issues/1"},
        {"#1": "closed"},
        WALL,
    ),
    "request-tracker": Expected(
        {"1": "open high ana ben", "2": "open low mia -", "3": "on_hold medium ana ben"},
        {
            "created_at": CREATED,
            "resolution_due_at": "2026-03-11T17:00:00Z",
            "group": "Support",
            "description": "The lamp of <room 3>\nis broken.",
        },
        {"1": "resolved"},
        "LastUpdated >= '2026-03-10 14:38:00'",
    ),
    "redmine": Expected(
        {"1": "open urgent ana ben", "2": "open medium mia -", "3": "waiting_on_customer low ana ben"},
        {"created_at": CREATED, "resolution_due_at": "2026-03-12T17:00:00Z", "url": "/issues/1"},
        {"1": "closed"},
        f">={WALL}",
    ),
    "roundup": Expected(
        {"1": "open high ana ben", "2": "open medium mia -", "3": "waiting_on_customer low ana ben"},
        {
            "created_at": CREATED,
            "url": "/support/issue1",
            "description": "The heating of <room 3>\nis cold.",
        },
        {"1": "resolved"},
        "from 2026-03-10.14:38:00",
    ),
    "django-helpdesk": Expected(
        {
            "1": "open urgent ana@example.com Administrator",
            "2": "open medium mia@example.com -",
            "3": "on_hold low ana@example.com Administrator",
        },
        {
            "resolution_due_at": "2026-03-11T17:00:00Z",
            "group": "Support",
            "url": "/tickets/1/",
            "first_responded_at": "2026-03-09T09:00:00Z",
            "requester_responded_at": "2026-03-09T10:00:00Z",
            "agent_responded_at": "2026-03-10T09:00:00Z",
        },
        {},
        None,
    ),
}


def settings_of(name: str, folder: Path) -> RestSettings:
    """A preset as an admin would have it, with pages of two, so that three tickets make a second one."""
    text = re.sub(r"\bsize: \d+", "size: 2", presets()[name].read_text("utf-8"))
    (folder / f"{name}.yaml").write_text(text, "utf-8")
    file = SourceFile(folder, f"{name}.yaml", shown=name)
    machine = Machine(Home(folder), dict.fromkeys(re.findall(r"env:([A-Z_]+)", text), SECRET))
    settings = file.validate(machine, needs_secrets=True)
    assert file.problems == []
    return settings


class Wire(ReplayClient):
    """The made-up answers, and what was asked. ``bend`` may change an answer."""

    def __init__(self, name: str, settings: RestSettings) -> None:
        super().__init__(HERE / name, settings)
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.bend = lambda url, answer: answer

    def send(self, method: str, url: str, params: Any = None, **more: Any) -> Answer:
        self.asked.append((url, dict(params or {})))
        answer: Answer = self.bend(url, super().send(method, url, params, **more))
        return answer


@pytest.fixture(params=sorted(EXPECTED))
def preset(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, RestSettings, Wire, RestSource]:
    settings = settings_of(request.param, tmp_path)
    wire = Wire(request.param, settings)
    return request.param, settings, wire, RestSource(request.param, settings, client=wire)


Preset = tuple[str, RestSettings, Wire, RestSource]


def in_words(ticket: Ticket) -> str:
    people = (person.name if person else "-" for person in (ticket.requester, ticket.agent))
    return " ".join([ticket.phase.value, ticket.priority.value if ticket.priority else "-", *people])


def test_all_presets_are_here() -> None:
    assert presets().keys() == EXPECTED.keys()


def test_tickets_of_all_pages_come_as_the_helpdesk_means_them(preset: Preset) -> None:
    name, _, _, source = preset
    expected = EXPECTED[name]
    snapshot = source.fetch(None, known={}, now=NOW)
    assert {ticket.number: in_words(ticket) for ticket in snapshot.tickets} == expected.tickets
    assert snapshot.complete
    assert source.report().unmapped == ()
    assert source.report().notes == ()
    first = next(t for t in snapshot.tickets if t.number == next(iter(expected.tickets)))
    for field, wanted in expected.first.items():
        value: Any = getattr(first, field)
        if isinstance(value, datetime):
            value = format_instant(value.replace(microsecond=0))
        value = getattr(value, "name", value)
        assert value.endswith(wanted) if field == "url" else value == wanted, field


def test_changes_are_asked_for_from_the_newest_one_on(preset: Preset) -> None:
    name, settings, wire, source = preset
    snapshot = source.fetch(None, known={}, now=NOW)
    known = {ticket.key: ticket for ticket in snapshot.tickets}
    wire.asked.clear()
    changed = source.fetch(snapshot.cursor, known=known, now=LATER)
    expected = EXPECTED[name]
    if expected.since is None:
        assert settings.changes is None
        assert changed.complete
        return
    assert any(expected.since in value for _, params in wire.asked for value in params.values()), wire.asked
    assert {ticket.number: ticket.phase.value for ticket in changed.tickets} == expected.changed


def test_one_ticket_reads_as_in_the_list(preset: Preset) -> None:
    _, settings, _, source = preset
    snapshot = source.fetch(None, known={}, now=NOW)
    assert settings.one is not None
    wanted = min(snapshot.tickets, key=lambda ticket: ticket.key)
    (again,) = source.look([wanted.id], now=LATER).tickets
    assert in_words(again) == in_words(wanted)
    assert (again.subject, again.url, again.created_at) == (wanted.subject, wanted.url, wanted.created_at)


def test_a_recording_replays_like_the_helpdesk_and_names_nobody(preset: Preset, tmp_path: Path) -> None:
    name, settings, wire, _ = preset
    client = RecordingClient(wire)
    told = RestSource(name, settings, client=client).sample(5, now=NOW)
    redactor = Redactor(settings, keep=words_of(settings, told.items), salt=b"of this test")
    paths = save(client.exchanges, tmp_path / "recorded", settings, redactor)
    text = "".join(path.read_text("utf-8") for path in paths)
    assert not re.search(r"\b(ana|ben|mia)\b", text, re.IGNORECASE)
    assert SECRET not in text
    again = RestSource(name, settings, client=ReplayClient(tmp_path / "recorded", settings))
    replayed = again.sample(5, now=NOW)
    assert replayed.notes == told.notes
    for (_, before), (_, after) in zip(told.items, replayed.items, strict=True):
        assert isinstance(before, Row)
        assert isinstance(after, Row)
        assert (after.unmapped, after.notes) == (before.unmapped, before.notes)
        one, other = before.verdict, after.verdict
        assert isinstance(one, Ticket)
        assert isinstance(other, Ticket)
        assert (one.id, one.phase, one.priority) == (other.id, other.phase, other.priority)
        assert (one.created_at, one.resolution_due_at) == (other.created_at, other.resolution_due_at)
        assert bool(one.description) == bool(other.description)
        assert [bool(p) for p in (one.requester, one.agent)] == [
            bool(p) for p in (other.requester, other.agent)
        ]


@pytest.mark.parametrize(("status", "kind"), [(401, "auth"), (403, "forbidden")])
def test_a_refusal_is_told_in_words_and_without_the_key(preset: Preset, status: int, kind: str) -> None:
    _, _, wire, source = preset
    said = json.dumps({"message": f"no entry with {SECRET}"}).encode()
    wire.bend = lambda url, answer: Answer(status, answer.headers, said)
    with pytest.raises(SourceError) as refused:
        source.fetch(None, known={}, now=NOW)
    assert refused.value.kind == kind
    assert str(status) in refused.value.words
    assert "config/sources.d/" in refused.value.words
    assert SECRET not in refused.value.words


def test_a_sudden_empty_list_archives_nothing_when_the_key_does_not_work(preset: Preset) -> None:
    name, settings, wire, source = preset
    known = {ticket.key: ticket for ticket in source.fetch(None, known={}, now=NOW).tickets}
    assert settings.probe is not None or name in REFUSE_WITH_401
    probe = settings.probe.path if settings.probe else None

    def empty(url: str, answer: Answer) -> Answer:
        if probe and url.endswith(probe) and not url.endswith(settings.tickets.path):
            return Answer(401, answer.headers, b"{}")
        return Answer(answer.status, answer.headers, json.dumps(emptied(answer.decoded())).encode())

    wire.bend = empty
    if settings.probe is not None:
        with pytest.raises(SourceError, match="trying the key"):
            source.list_open(known=known, now=LATER)
        return
    assert not source.list_open(known=known, now=LATER).gone
    assert settings.one is not None


REFUSE_WITH_401 = ("halopsa", "connectwise", "github", "gitlab", "django-helpdesk")
"""Helpdesks that are known to refuse a wrong key in so many words; their tickets are asked for one by one."""


def emptied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: emptied(inner) for name, inner in value.items()}
    return [] if isinstance(value, list) else value


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_first_lines_say_what_to_prepare_and_an_editor_finds_nothing_wrong(name: str) -> None:
    from tests.config.test_shipped import as_an_editor_reads

    text = presets()[name].read_text("utf-8")
    head = text.partition("base_url:")[0]
    assert text.startswith("# yaml-language-server: $schema=../schema/source.schema.json\n")
    assert headline(text).endswith(".")
    for variable in re.findall(r"(?m)^[^#]*env:([A-Z_]+)", text):
        assert f"#     {variable}=..." in head
    root = read_yaml(text.encode(), name).root
    assert root is not None
    jsonschema.Draft7Validator(json.loads(schema_of("source"))).validate(as_an_editor_reads(root.plain()))
    assert all(len(line) <= 130 for line in text.splitlines())


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_a_preset_leaves_in_comments_is_fit_as_well(name: str, tmp_path: Path) -> None:
    text = re.sub(r"(?m)^# (?=push:)", "", presets()[name].read_text("utf-8"))
    (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    file = SourceFile(tmp_path, f"{name}.yaml", shown=name)
    machine = Machine(Home(tmp_path), dict.fromkeys(re.findall(r"env:([A-Z_]+)", text), SECRET))
    file.validate(machine, needs_secrets=True)
    assert file.problems == []


def test_made_up_answers_name_nobody_else() -> None:
    for path in sorted(HERE.glob("*/*.json")):
        text = path.read_text("utf-8")
        people = set(re.findall(r'"(?:displayName|username|login|contact|owner)": "([^"]*)"', text))
        assert {name.partition("@")[0] for name in people} <= {"ana", "ben", "mia", "wall", "-"}, path
        hosts = set(re.findall(r"https?://([^/\"]+)", text))
        assert all(host.endswith("example.com") for host in hosts), path


def test_a_ticket_of_request_tracker_that_has_only_html_is_read_as_well(tmp_path: Path) -> None:
    settings = settings_of("request-tracker", tmp_path)
    source = RestSource("rt", settings, client=Wire("request-tracker", settings))
    told = {ticket.id: ticket.description for ticket in source.fetch(None, known={}, now=NOW).tickets}
    assert told == {"1": "The lamp of <room 3>\nis broken.", "2": "The door squeaks.", "3": ""}


def test_a_ticket_that_glpi_finds_no_more_leaves(tmp_path: Path) -> None:
    settings = settings_of("glpi", tmp_path)
    source = RestSource("glpi", settings, client=Wire("glpi", settings))
    known = {ticket.key: ticket for ticket in source.fetch(None, known={}, now=NOW).tickets}
    snapshot = source.look(["11", "12"], now=LATER)
    assert [ticket.id for ticket in snapshot.tickets] == ["11"]
    assert [gone.id for gone in snapshot.gone] == ["12"]
    assert set(known) == {"glpi-11", "glpi-12", "glpi-13"}


def test_glpi_leaves_the_list_out_of_an_empty_answer(tmp_path: Path) -> None:
    items = settings_of("glpi", tmp_path).tickets.items
    assert items({"totalcount": 0, "count": 0, "sort": 19}) == []
    assert items({"totalcount": 1, "data": [{"2": 1}]}) == [{"2": 1}]
    assert items({"totalcount": 3}) is False
    assert items({"message": "broken"}) is False
