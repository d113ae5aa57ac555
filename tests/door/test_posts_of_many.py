"""Posts that tell of several tickets, and posts of described helpdesks: their own ``fields`` say the id."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from deskwatch.door.posted import MOST_EVENTS, MOST_NAMED
from tests.door.door_desk import SECRET, DoorDesk

PROVEN = {"X-Deskwatch-Secret": SECRET}


def described(id_: Any = "id", **push: Any) -> dict[str, Any]:
    """A helpdesk in a file."""
    return {
        "base_url": "http://127.0.0.1:9",
        "tickets": {"path": "/tickets"},
        "fields": {"id": id_},
        "push": {"secret": "env:HOOK_SECRET", "most_per_minute": "6000", **push},
    }


NUMBERED = {"path": "ref", "steps": [{"regex": {"pattern": r"#(\d+)"}}]}
FILES = {
    "events": described(items="events"),
    "steps": described(NUMBERED, items="issues"),
    "own": described(items="events", id="issue.key"),
    "kept": described(items="events", keep="kind == 'issue'"),
    "whole": described("issue.number", keep="!(issue.pull_request)"),
    "plain": described("iid"),
    "odd": described(items="join(',', events)"),
    "unsure": described(items="events", keep="contains(id, 'x')"),
}
FRESHSERVICE = {
    "kind": "freshservice",
    "base_url": "http://127.0.0.1:9",
    "push": {"secret": "env:HOOK_SECRET", "most_per_minute": 6000, "items": "rows"},
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorDesk]:
    """One source for each way to say where tickets are."""
    files = {f"sources.d/{name}": told for name, told in FILES.items()}
    with DoorDesk(tmp_path_factory.mktemp("many"), sources={"fs": FRESHSERVICE}, **files) as desk:
        yield desk


def posted(desk: DoorDesk, name: str, said: Any) -> tuple[dict[str, Any], list[tuple[str, ...]]]:
    """What is answered, and what the watcher is told: ids to read again, ``()`` to ask for changes."""
    before = len(desk.nudges)
    answer = desk.post(f"/hooks/{name}", json=said, headers=PROVEN)
    assert answer.status_code == 202
    return answer.json(), [ids for source, ids in desk.nudges[before:] if source == name]


def test_one_post_names_each_of_its_tickets_once(desk: DoorDesk) -> None:
    said = {"id": "delivery-9", "events": [{"id": 7}, {"id": "HELP-8"}, {"id": 7, "again": True}]}
    answer, nudges = posted(desk, "events", said)
    assert answer == {"accepted": True, "ticket": "7", "tickets": ["7", "HELP-8"]}
    assert nudges == [("7", "HELP-8")]


@pytest.mark.parametrize(
    ("name", "said", "found"),
    [
        ("steps", {"issues": [{"ref": "Ticket #4711"}, {"ref": "Ticket #4712"}]}, ("4711", "4712")),
        ("steps", {"issues": {"ref": "Ticket #5"}}, ("5",)),
        ("steps", {"issues": [{"ref": "Ticket #6", "ticket_id": 7, "id": 8}]}, ("6",)),
        ("own", {"events": [{"id": 1, "issue": {"key": "HELP-1"}}]}, ("HELP-1",)),
        ("events", {"events": [4, "5"]}, ("4", "5")),
        ("events", {"events": [{"ticket": {"id": 12}}]}, ("12",)),
        ("fs", {"rows": [{"ticket_id": "#INC-103"}, {"id": 104}]}, ("103", "104")),
        ("plain", {"iid": 31}, ("31",)),
        ("plain", {"iid": 31, "ticket": {"id": 9}}, ("9",)),
        ("whole", {"issue": {"number": 44}, "id": 1}, ("44",)),
        ("whole", {"issue": {"number": 44}}, ("44",)),
    ],
)
def test_the_id_is_read_as_fields_say_it_or_where_it_usually_is(
    desk: DoorDesk, name: str, said: Any, found: tuple[str, ...]
) -> None:
    assert posted(desk, name, said)[1] == [found]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("events", {"other": 1}),
        ("events", {"events": []}),
        ("events", {"events": [{"id": "../../me"}]}),
        ("events", {"events": [{"id": None}, {}, [], None, True]}),
        ("events", []),
        ("steps", {"issues": [{"ref": "no number"}]}),
        ("odd", {"events": {"a": 1}}),
        ("plain", {"iid": {"a": 1}}),
    ],
)
def test_a_post_that_names_no_ticket_asks_for_changes(desk: DoorDesk, name: str, said: Any) -> None:
    answer, nudges = posted(desk, name, said)
    assert answer["ticket"] is None
    assert nudges == [()]


def test_what_one_entry_does_not_tell_is_left_to_the_list_of_changes(desk: DoorDesk) -> None:
    assert posted(desk, "events", {"events": [{"id": 7}, {"subject": "which one?"}]})[1] == [("7",), ()]


def test_what_is_no_ticket_costs_nothing(desk: DoorDesk) -> None:
    said = {"events": [{"id": 1, "kind": "pull"}, {"id": 2, "kind": "issue"}, {"id": 3, "kind": "pull"}]}
    assert posted(desk, "kept", said)[1] == [("2",)]
    assert posted(desk, "kept", {"events": [{"id": 1, "kind": "pull"}]})[1] == []
    assert posted(desk, "whole", {"issue": {"number": 44, "pull_request": {}}})[1] == [("44",)]
    assert posted(desk, "whole", {"issue": {"number": 44, "pull_request": {"url": "x"}}})[1] == []


def test_a_post_with_very_many_tickets_is_cut_and_the_rest_comes_with_the_changes(desk: DoorDesk) -> None:
    answer, nudges = posted(desk, "events", {"events": [{"id": number} for number in range(1, 500)]})
    assert len(answer["tickets"]) == MOST_NAMED
    assert [len(ids) for ids in nudges] == [MOST_NAMED, 0]
    same, nudges = posted(desk, "events", {"events": [1] * (MOST_EVENTS + 1)})
    assert (same["tickets"], nudges) == (["1"], [("1",), ()])


def test_an_expression_that_fails_is_told_once_and_loses_no_ticket(
    desk: DoorDesk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert posted(desk, "odd", {"events": 5})[1] == [()]
        many = {"events": [{"id": number} for number in range(1, 51)]}
        assert posted(desk, "unsure", many)[1] == [tuple(str(number) for number in range(1, 51))]
    told = [r.getMessage() for r in caplog.records if "push.items" in r.getMessage()]
    assert len(told) <= 1  # an earlier test may have had it told
