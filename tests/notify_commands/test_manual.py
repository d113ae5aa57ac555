"""docs/pager.md: its examples load, its template can be used, and it names every fact and every kind."""

import re
from pathlib import Path

import pytest
import yaml

from deskwatch.config import Home, load
from deskwatch.core.alert_kinds import AlertKind
from deskwatch.messages.facts import FACTS, HARMLESS
from tests.messages.post import Post

MANUAL = (Path(__file__).resolve().parents[2] / "docs" / "pager.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml (\w+)\n(.*?)```", MANUAL, re.DOTALL)
SECRETS = {"TWILIO_AUTH_TOKEN": "not-a-token", "SMTP_PASSWORD": "not-a-password"}


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_the_examples_load_one_after_the_other(tmp_path: Path, number: int) -> None:
    (tmp_path / "config").mkdir()
    first: dict[str, str] = {}
    for name, text in EXAMPLES:
        first.setdefault(name, text)
    file, example = EXAMPLES[number]
    texts = {**first, file: example if file != "alerts" or "channels:" in example else first[file] + example}
    for name, text in texts.items():
        (tmp_path / "config" / f"{name}.yaml").write_text(text, "utf-8")
    config = load(Home(tmp_path), env=SECRETS, needs=("deskwatch", "alerts", "people", "oncall"))
    assert list(config.people) == ["ana", "ben", "mia"]
    assert list(config.alerts.channels) == ["sms", "email"]


def test_the_template_of_the_manual_changes_the_text(tmp_path: Path) -> None:
    ((name, text),) = re.findall(r"```jinja (\S+)\n(.*?)```", MANUAL, re.DOTALL)
    post = Post(tmp_path)
    post.template(name, text)
    assert "first response should have been done 02:10" in post.write("short").text


def test_every_fact_and_every_kind_is_explained() -> None:
    rows = dict(re.findall(r"^\| `(\w+)`( \*)? \| .+ \|$", MANUAL, re.MULTILINE))
    assert FACTS.keys() <= rows.keys()
    assert {name for name, star in rows.items() if star} == HARMLESS
    assert [kind for kind in AlertKind if f"`{kind}`" not in MANUAL] == []


def test_the_yaml_blocks_are_yaml() -> None:
    assert len(EXAMPLES) >= 6
    assert all(isinstance(yaml.safe_load(text), dict) for _, text in EXAMPLES)
