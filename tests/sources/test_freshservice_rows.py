"""Rows of the API as tickets: ``rows/N.json`` is a row, ``rows/N.ticket.json`` what it must become."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.merging import is_partial
from deskwatch.core.sync import Gone
from deskwatch.core.ticket import Person, Phase, Ticket
from deskwatch.sources.freshservice_catalog import (
    Catalog,
    names_of,
    people_of_rows,
    phase_named,
    statuses_of,
)
from deskwatch.sources.freshservice_rows import RowReader
from deskwatch.sources.freshservice_settings import FreshserviceSettings
from deskwatch.sources.row_ids import RowError

ROWS = Path(__file__).parent / "freshservice" / "rows"
PAIRS = sorted(path for path in ROWS.glob("*.json") if not path.name.endswith(".ticket.json"))


def reader(**settings: Any) -> RowReader:
    """A desk where ben is an agent and has a group, a department and one custom status."""
    catalog = Catalog(
        statuses={2: "Open", 9: "Waiting on Customer"},
        agents={"41": Person(id="41", name="ben", email="ben@example.org")},
        groups={"23": "Doors"},
        clients={"15": "Facilities"},
    )
    return RowReader("fs", FreshserviceSettings(subdomain="example", **settings), catalog)


@pytest.mark.parametrize("path", PAIRS, ids=lambda p: p.stem)
def test_a_row_becomes_the_ticket_beside_it(path: Path) -> None:
    ticket = reader().read(json.loads(path.read_text("utf-8")))
    expected = json.loads(path.with_suffix(".ticket.json").read_text("utf-8"))
    assert {
        name: value for name, value in ticket.to_dict().items() if value not in (None, [], "")
    } == expected


def test_every_ticket_of_a_row_survives_a_file() -> None:
    for path in PAIRS:
        ticket = reader().read(json.loads(path.read_text("utf-8")))
        assert Ticket.from_dict(json.loads(json.dumps(ticket.to_dict()))) == ticket


def test_html_is_never_used() -> None:
    ticket = reader().read({"id": 1, "description": "<img src=x onerror=alert(1)>"})
    assert ticket.description == ""


def test_a_long_description_is_clipped() -> None:
    ticket = reader().read({"id": 1, "description_text": "word " * 1_000_000})
    assert len(ticket.description) <= 2000
    assert ticket.description.endswith("…")


@pytest.mark.parametrize(
    "id_", [None, "", "x", 0, -1, True, 1.5, "../../etc/passwd", "１２", [1], {}, 1 << 63, "9" * 30]
)
def test_a_row_without_a_plain_number_as_id_is_no_ticket(id_: object) -> None:
    with pytest.raises(RowError, match="no usable id"):
        reader().read({"id": id_})


@pytest.mark.parametrize("row", [None, [], "x", 7])
def test_a_row_that_is_no_object_is_no_ticket(row: Any) -> None:
    with pytest.raises(RowError, match="instead of an object"):
        reader().judge(row)


def test_an_id_as_large_as_a_browser_can_count_is_fine() -> None:
    assert reader().read({"id": 1 << 53}).key == "fs-9007199254740992"


def test_one_unusable_row_is_noted_and_the_others_are_read() -> None:
    snapshot = reader().snapshot([{"id": 1}, None, {"id": "x"}, {"id": 2}])
    assert [t.id for t in snapshot.tickets] == ["1", "2"]
    assert len(snapshot.notes) == 2


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"deleted": True}, "trash"),
        ({"spam": True}, "spam"),
        ({"type": "Alert"}, "type is Alert"),
        ({"type": None}, "type is not set"),
        ({"workspace_id": 3}, "workspace 3"),
    ],
)
def test_what_is_not_to_be_shown_says_why(row: dict[str, Any], reason: str) -> None:
    given_ = {"id": 5, "type": "Incident", "workspace_id": 2, **row}
    verdict = reader(types=["Incident"], workspaces=[2]).judge(given_)
    assert isinstance(verdict, Gone)
    assert reason in verdict.reason


def test_an_old_row_without_a_workspace_is_shown() -> None:
    assert isinstance(reader(workspaces=[2]).judge({"id": 5}), Ticket)


def test_yaml_decides_on_status_name_phase_priority_and_people() -> None:
    desk = RowReader(
        "fs",
        FreshserviceSettings.model_validate(
            {
                "subdomain": "example",
                "statuses": {"9": {"phase": "on_hold", "name": "Parked"}},
                "priorities": {"1": "urgent"},
            }
        ),
        reader().catalog,
        agents={"41": "ana"},
        requesters={"51": "mia"},
    )
    row = {"id": 1, "status": 9, "priority": 1, "responder_id": 41, "requester_id": 51}
    ticket = desk.read({**row, "requester": {"id": 51, "name": "M."}})
    assert (ticket.status.name, ticket.phase) == ("Parked", Phase.ON_HOLD)
    assert ticket.priority == "urgent"
    assert ticket.agent is not None
    assert ticket.agent.name == "ana"
    assert ticket.requester is not None
    assert ticket.requester.name == "mia"


def test_a_stored_ticket_gets_the_names_of_today() -> None:
    before = RowReader("fs", FreshserviceSettings(subdomain="example"), Catalog())
    row = json.loads((ROWS / "17_full.json").read_text("utf-8"))
    assert reader().redress(before.read(row)) == reader().read(row)


def test_links_are_made_of_the_configured_base_and_a_number() -> None:
    ticket = reader(web_base_url="https://help.example.org/").read({"id": 7, "url": "javascript:alert(1)"})
    assert ticket.url == "https://help.example.org/a/tickets/7"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = sorted({name for path in PAIRS for name in json.loads(path.read_text("utf-8"))})


@given(
    st.dictionaries(st.sampled_from(FIELDS), JSON), st.dictionaries(st.text(max_size=20), JSON, max_size=3)
)
def test_whatever_the_fields_hold_a_row_with_an_id_is_a_ticket(
    fields: dict[str, Any], stats: dict[str, Any]
) -> None:
    ticket = reader().read({**fields, "stats": stats, "id": 1})
    assert json.dumps(ticket.to_dict(), allow_nan=False).isprintable()
    json.dumps(ticket.to_dict(), ensure_ascii=False).encode("utf-8")
    assert not is_partial(ticket)


# The catalog


@pytest.mark.parametrize(
    "choices",
    [
        [{"id": 2, "value": "Open"}, {"id": 11, "value": "Parked"}],
        {"2": ["Open", "Being worked on"], "11": ["Parked", "Parked"]},
        {"2": "Open", "11": "Parked"},
        [["Open", 2], ["Parked", 11]],
        [["Open", 2], None, {"id": None}, ["Parked", 11], ["x"], {"id": 12, "value": None}, 7],
    ],
)
def test_status_names_are_read_in_every_shape(choices: Any) -> None:
    fields = [None, {"name": "priority"}, {"name": "status", "choices": choices}]
    assert statuses_of(fields) == {2: "Open", 11: "Parked"}


@pytest.mark.parametrize("choices", [None, 7, "Open", [], {}])
def test_a_status_field_without_choices_names_nothing(choices: Any) -> None:
    assert statuses_of([{"name": "status", "choices": choices}]) == {}


@pytest.mark.parametrize(
    ("name", "phase"),
    [
        ("Waiting on Customer", Phase.WAITING_ON_CUSTOMER),
        ("Awaiting requester's answer", Phase.WAITING_ON_CUSTOMER),
        ("Waiting on Third Party", Phase.WAITING_ON_THIRD_PARTY),
        ("Pending vendor", Phase.WAITING_ON_THIRD_PARTY),
        ("On Hold", Phase.ON_HOLD),
        ("Scheduled", Phase.SCHEDULED),
        ("Customer Replied", Phase.CUSTOMER_REPLIED),
        ("Resolved", Phase.RESOLVED),
        ("Pending", Phase.PENDING),
        ("Closed?", Phase.CLOSED),
        ("Under Investigation", None),
        ("Not resolved", None),
        ("To be closed", None),
        ("", None),
    ],
)
def test_a_phase_is_read_from_a_name_only_when_it_is_plain(name: str, phase: Phase | None) -> None:
    assert phase_named(name) is phase


def test_people_without_one_name_or_any_still_have_one() -> None:
    rows = [
        {"id": 1, "first_name": "ana", "last_name": None, "email": "ana@example.org"},
        {"id": 2, "first_name": None, "last_name": None, "primary_email": "ben@example.org"},
        {"id": 3, "contact": {"name": "mia", "email": "mia@example.org"}},
        {"id": 4},
        {"first_name": "nobody"},
        None,
    ]
    assert {id_: p.name for id_, p in people_of_rows(rows).items()} == {
        "1": "ana",
        "2": "ben@example.org",
        "3": "mia",
    }


def test_names_without_id_or_name_are_left_out() -> None:
    assert names_of([{"id": 1, "name": "A"}, {"id": 2}, {"name": "B"}, None]) == {"1": "A"}


def test_a_catalog_survives_its_memory() -> None:
    catalog, again = reader().catalog, Catalog()
    again.recall(json.loads(json.dumps(catalog.memory())))
    assert again.memory() == catalog.memory()


@pytest.mark.parametrize(
    "memory", [{}, {"agents": 7, "statuses": []}, {"agents": {"1": ["x"]}, "groups": {"1": 2}}]
)
def test_a_spoilt_memory_is_forgotten(memory: dict[str, Any]) -> None:
    catalog = Catalog()
    catalog.recall(memory)
    assert catalog.memory() == Catalog().memory()
