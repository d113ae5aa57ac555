"""docs/own-tickets.md and its schema: the examples work, in the order in which they stand there."""

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from deskwatch.core.own_commands import STATUSES
from deskwatch.local import schema
from deskwatch.local.commands import CommandFile, Fields
from tests.local.own_desk import OwnDesk
from tests.local.test_intake import MISTAKES

DOC = (Path(__file__).resolve().parents[2] / "docs" / "own-tickets.md").read_text("utf-8")
EXAMPLES = [
    json.loads(text) for text in re.findall(r"<!-- command: \w+ -->\n```json\n(.*?)```", DOC, re.DOTALL)
]
CHECK = jsonschema.Draft202012Validator(schema.command_schema())


def test_the_examples_of_the_manual_are_applied(tmp_path: Path) -> None:
    desk = OwnDesk(tmp_path)
    assert {each["op"] for each in EXAMPLES} == {
        "create",
        "update",
        "assign",
        "note",
        "ack",
        "resolve",
        "delete",
    }
    for example in EXAMPLES:
        CHECK.validate(example)
        name = desk.inbox.drop(example)
        outcome = desk.poll().inbox.outcome(name)
        assert outcome is not None
        assert outcome.ok, (example, outcome.reason)


def test_the_schema_is_that_of_the_code() -> None:
    assert schema.PLACE.read_text("utf-8") == schema.written(), "python -m deskwatch.local.schema"


WRONG_IN_ITSELF = (
    "crate",
    "by: ",
    "unknown",
    "expected an object",
    "needs one",
    "is missing; say who",
    "needs the",
    "leave it out",
)


@pytest.mark.parametrize(
    "said", [said for said, words in MISTAKES if any(wrong in words for wrong in WRONG_IN_ITSELF)]
)
def test_the_schema_finds_the_same_mistakes(said: dict[str, object]) -> None:
    assert not CHECK.is_valid({"op": "create", "by": "ana", "fields": {"subject": "x"}, **said})


@pytest.mark.parametrize(
    "name", sorted({*Fields.model_fields, *CommandFile.model_fields} - {"role", "fingerprint"})
)
def test_every_key_is_in_the_manual(name: str) -> None:
    assert f"`{name}`" in DOC


def test_every_status_is_in_the_manual() -> None:
    assert [each.status.name for each in STATUSES.values() if each.status.name not in DOC] == []


def test_the_mail_recipe_makes_one_ticket_of_a_mail_that_comes_twice(tmp_path: Path) -> None:
    desk = OwnDesk(tmp_path).poll()
    (script,) = re.findall(r"```python\n(.*?)```", DOC, re.DOTALL)
    script = script.replace("/srv/deskwatch/tickets/.inbox", str(desk.inbox.folder))
    head = "From: Mia <mia@example.com>\nSubject: =?utf-8?q?Dr=C3=BCcker?=\nMessage-ID: <1@example.com>\n"
    mail = f"{head}\nIt is out.\n"
    for _ in range(2):
        subprocess.run([sys.executable, "-c", script], input=mail.encode(), check=True, timeout=30)
        desk.poll()
    (ticket,) = desk.tickets().values()
    assert (ticket.subject, ticket.description.strip()) == ("Drücker", "It is out.")
    assert ticket.requester is not None
    assert ticket.requester.email == "mia@example.com"
