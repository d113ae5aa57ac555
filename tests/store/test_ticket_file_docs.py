"""docs/ticket-file.md and its JSON Schema say what the code does, so that other programs may rely on them."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from deskwatch.core.ticket import FIELD_NAMES, Phase, Priority, Ticket, TicketError
from deskwatch.store.names import file_name
from deskwatch.store.tickets import TicketFolder
from tests.store.tickets import ticket

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "ticket-file.md").read_text("utf-8")
SCHEMA = json.loads((DOCS / "ticket-file.schema.json").read_bytes())
VALID = Draft202012Validator(SCHEMA)


def example_in_docs(name):
    found = re.search(rf"<!-- example: {name} -->\n```json\n(.*?)```", TEXT, re.DOTALL)
    assert found, f"docs/ticket-file.md has no example named {name}"
    return json.loads(found[1])


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", ["minimal", "full"])
def test_the_examples_are_tickets_by_schema_and_by_code(name, tmp_path):
    plain = example_in_docs(name)
    assert [error.message for error in VALID.iter_errors(plain)] == []
    (tmp_path / file_name(plain["key"])).write_text(json.dumps(plain))
    assert f"`tickets/{file_name(plain['key'])}`" in TEXT
    assert TicketFolder(tmp_path).read(plain["key"]).id == plain["id"]


def test_the_full_example_shows_every_field_and_comes_back_as_it_is():
    plain = example_in_docs("full")
    assert set(plain) == {"schema", *FIELD_NAMES, "microscope_serial"}
    assert Ticket.from_dict(plain).to_dict() == plain


def test_every_field_is_explained_once():
    rows = re.findall(
        r"^\| `(\w+)` \| [^|]+ \| [^|]*\|$", TEXT.split("## Fields")[1].split("###")[0], re.MULTILINE
    )
    assert rows == ["schema", *FIELD_NAMES]
    assert list(SCHEMA["properties"]) == ["schema", *FIELD_NAMES]


def test_the_words_of_phase_and_priority_are_those_of_the_code():
    assert set(SCHEMA["properties"]["phase"]["enum"]) == {*Phase, None}
    assert set(SCHEMA["properties"]["priority"]["enum"]) == {*Priority, None}
    assert set(re.findall(r"^\| `(\w+)` \|", TEXT.split("### Phases")[1], re.MULTILINE)) == {"phase", *Phase}


def test_what_we_write_is_valid():
    assert [error.message for error in VALID.iter_errors(ticket().to_dict())] == []


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.sampled_from(
        ["open", "urgent", "2026-03-10T13:19:27Z", "2026-03-10T13:19:27", {}, {"id": 1, "name": "Ana"}]
    ),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(
        st.sampled_from(["id", "name", "email"]), st.none() | st.text(max_size=3) | st.integers()
    ),
)


@given(st.dictionaries(st.sampled_from(["schema", *FIELD_NAMES[2:]]), values, max_size=4))
@example({"created_at": "2026-03-10T13:19:27"})
@example({"status": {"name": None}})
def test_what_the_schema_allows_the_code_reads(fields):
    """Not the reverse: the code forgives more, and whether a date exists is beyond the schema."""
    plain = {"key": "lab-7", "source": "lab", "id": "7", **fields}
    if VALID.is_valid(plain) and not any(str(value).endswith("Z") for value in fields.values()):
        try:
            Ticket.from_dict(plain)
        except TicketError as problem:
            pytest.fail(f"the schema allows {fields}, the code says: {problem}")


@pytest.mark.parametrize(
    ("fields", "allowed"),
    [
        ({"id": ""}, False),
        ({"schema": 2}, False),
        ({"phase": "new"}, False),
        ({"created_at": "2026-03-10T13:19:27"}, False),
        ({"created_at": "2026-03-10T14:19:27+01:00"}, True),
        ({"url": "javascript:alert(1)"}, False),
        ({"agent": "Ana"}, False),
        ({"anything": {"else": [1]}}, True),
        ({"subject": None, "agent": None, "priority": None, "tags": None}, True),
    ],
)
def test_the_schema_tells_common_mistakes(fields, allowed):
    assert VALID.is_valid({"key": "lab-7", "source": "lab", "id": "7", **fields}) is allowed


def test_messages_quoted_in_the_docs_are_those_of_the_code(tmp_path):
    folder = TicketFolder(tmp_path)
    contents = {
        "lab-9.json": b'{"key":"lab-9","source":"lab","id":"9","created_at":"2026-03-10T08:02:11"}',
        "lab-10.json": b'{\n "key": "lab-10",\n "source": "lab",\n}',
        "Lab-11.json": b'{"key": "lab-11", "source": "lab", "id": "11"}',
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        assert f"    tickets/{name}: {folder.load(name).reason}\n" in TEXT
