"""What is shipped is true: the files equal the defaults, schemas and documentation follow the models."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from deskwatch.config import CLONE, Home, check, load
from deskwatch.config.loading import SCHEMAS
from deskwatch.config.reference import MODELS, settings_of
from deskwatch.config.schema import PAGES, schema_of, with_tables
from deskwatch.config.strict_yaml import read_yaml

NAMES = sorted(SCHEMAS)
NOT_COMPARED = {"home", "files"}


def shipped(name: str) -> Any:
    root = read_yaml((CLONE / "config" / f"{name}.yaml").read_bytes(), name).root
    return root.plain() if root is not None else {}


@pytest.fixture
def clone(tmp_path: Path) -> Home:
    """The shipped configuration without whatever this machine's clone has beside it."""
    (tmp_path / "config").mkdir()
    for name in NAMES:
        text = (CLONE / "config" / f"{name}.yaml").read_text("utf-8")
        (tmp_path / "config" / f"{name}.yaml").write_text(text, "utf-8")
    return Home(tmp_path)


def test_the_shipped_configuration_has_no_problem_and_equals_the_defaults(
    clone: Home, tmp_path: Path
) -> None:
    checked = check(clone, env={})
    assert checked.problems == ()
    defaults = load(tmp_path / "empty", env={})
    for field in fields(defaults):
        if field.name not in NOT_COMPARED:
            assert getattr(checked.config, field.name) == getattr(defaults, field.name), field.name


@pytest.mark.parametrize("name", NAMES)
def test_the_first_line_tells_editors_the_schema(name: str) -> None:
    first = (CLONE / "config" / f"{name}.yaml").read_text("utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema=schema/{name}.schema.json"


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_schema_is_that_of_the_models(name: str) -> None:
    stored = (CLONE / "config" / "schema" / f"{name}.schema.json").read_text("utf-8")
    assert stored == schema_of(name), "run: python -m deskwatch.config.schema"


@pytest.mark.parametrize("name", NAMES)
def test_an_editor_finds_nothing_wrong_with_the_shipped_file(name: str) -> None:
    schema = json.loads(schema_of(name))
    jsonschema.Draft7Validator(schema).validate(as_an_editor_reads(shipped(name)))


def as_an_editor_reads(value: Any) -> Any:
    """Plain scalars as a YAML 1.2 editor types them."""
    if isinstance(value, dict):
        return {key: as_an_editor_reads(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_an_editor_reads(inner) for inner in value]
    if value in ("true", "false"):
        return value == "true"
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value) if "." in value else int(value)
    return value


@pytest.mark.parametrize(
    ("name", "mistake"),
    [
        ("deskwatch", {"web": {"prot": 80}}),
        ("deskwatch", {"watcher": {"poll_interval": 30}}),
        ("hours", {"calendars": {"desk": {"week": {"mun": "08:00-17:00"}}}}),
        ("sla", {"thresholds": {"measure": "walls"}}),
        ("sources", {"acme": {"kind": "freshservce"}}),
        ("sources", {"acme": {"kind": "freshservice", "api_key": "a literal secret"}}),
        ("source", {"base_url": "https://x", "tickets": {"path": "/"}, "fields": {"id": "id", "nr": "n"}}),
        ("source", {"base_url": "https://x", "tickets": {"paths": "/"}, "fields": {"id": "id"}}),
        ("boards", {"helpdesk": {"title": "x", "sections": [{"id": "a", "title": "b", "columns": ["nr"]}]}}),
    ],
)
def test_an_editor_marks_a_mistake(name: str, mistake: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(json.loads(schema_of(name))).validate(mistake)


@pytest.mark.parametrize(
    ("name", "setting", "value"),
    [
        ("deskwatch", "web.port", "5010"),
        ("deskwatch", "web.poll_seconds", "2.5"),
        ("deskwatch", "access.insecure_open", "true"),
        ("deskwatch", "watcher.poll_interval", "45s"),
        ("deskwatch", "log.level", "debug"),
        ("deskwatch", "web.public_url", "https://wall.example.com/"),
        ("sources", "acme.poll_interval", "2m"),
    ],
)
def test_an_editor_takes_a_setting_that_is_kept_in_a_variable_as_the_loader_does(
    name: str, setting: str, value: str, tmp_path: Path
) -> None:
    outer, inner = setting.split(".")
    said = {outer: {inner: "env:KEPT_ELSEWHERE"}}
    if name == "sources":
        said[outer] |= {"kind": "freshservice", "subdomain": "acme", "api_key": "env:KEY"}
    jsonschema.Draft7Validator(json.loads(schema_of(name))).validate(said)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / f"{name}.yaml").write_text(json.dumps(said))
    assert check(tmp_path, env={"KEPT_ELSEWHERE": value, "KEY": "not-a-key"}).config is not None


def test_an_editor_still_marks_a_text_where_a_number_belongs() -> None:
    validator = jsonschema.Draft7Validator(json.loads(schema_of("deskwatch")))
    for wrong in ("many", "env:", "env:9", "file:port.txt"):
        assert not validator.is_valid({"web": {"port": wrong}}), wrong


@pytest.mark.parametrize("document", PAGES)
def test_the_tables_of_the_documentation_are_those_of_the_models(document: str) -> None:
    page = (CLONE / "docs" / f"{document}.md").read_text("utf-8")
    assert page == with_tables(page), "run: python -m deskwatch.config.schema"


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_documented_in_words(name: str) -> None:
    page = (CLONE / "docs" / "configuration.md").read_text("utf-8")
    assert f"{name}.yaml" in page
    for setting in settings_of(name):
        assert f"| `{setting.path}` |" in page
        assert setting.words, f"{setting.path} has no docstring"


def test_every_setting_of_a_described_helpdesk_is_documented_in_words() -> None:
    page = (CLONE / "docs" / "add-a-helpdesk.md").read_text("utf-8")
    for setting in settings_of("source"):
        assert f"| `{setting.path}` |" in page
        assert setting.words, f"{setting.path} has no docstring"


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_file_mentions_every_setting(name: str) -> None:
    text = (CLONE / "config" / f"{name}.yaml").read_text("utf-8")
    for setting in settings_of(name):
        key = setting.path.rpartition(".")[2].removesuffix("[]")
        assert re.search(rf"\b{key}\b", text), f"config/{name}.yaml does not mention {setting.path}"


def uncommented(name: str) -> str:
    """A shipped file with its examples in force."""
    head, _, rest = (CLONE / "config" / f"{name}.yaml").read_text("utf-8").partition("\n\n")
    mark = re.compile(r"( +)# (?=[ -]*[\w-])" if name == "hours" else r"()#(?=  )")
    lines = rest.replace("calendar: vip", "calendar: desk").splitlines()
    for number, below in enumerate(lines[1:]):
        if mark.match(below) and not mark.match(lines[number]):
            lines[number] = re.sub(r": *(\{\}|\[\]) *(?=#|$)", ": ", lines[number])
    return "\n".join(
        [head, "", *(mark.sub(r"\1", line, count=1) if mark.match(line) else line for line in lines)]
    )


def test_every_example_of_the_pager_loads(clone: Home) -> None:
    for name in ("alerts", "people", "oncall", "hours"):
        (clone.config / f"{name}.yaml").write_text(uncommented(name), "utf-8")
    secrets = re.findall(r"env:([A-Z_]+)", "".join(map(uncommented, NAMES)))
    topics = dict.fromkeys(("NTFY_TOPIC", "NTFY_ACK_TOPIC"), "desk")
    checked = check(clone, env=dict.fromkeys(secrets, "https://example.com/a-secret-of-24-letters") | topics)
    assert [str(problem) for problem in checked.problems] == []
    alerts = checked.config.alerts
    assert {"new", "course", "big-customer"} <= {rule.id for rule in alerts.rules}
    assert len(alerts.channels) >= 12
    assert checked.config.people.keys() == {"ana", "ben", "mia"}
    assert checked.config.calendars["desk"].days
    assert checked.config.schedule.overrides


def test_no_shipped_file_holds_a_secret() -> None:
    for name in NAMES:
        assert "env:" not in str(shipped(name))
        assert "api_key" not in str(shipped(name))
