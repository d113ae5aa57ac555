"""The normalized ticket: what a file may say, what comes back, and how mistakes are named."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.ticket import (
    FIELD_NAMES,
    Person,
    Phase,
    Priority,
    Status,
    Ticket,
    TicketError,
    format_instant,
    parse_instant,
    people_of,
)

LEAST = {"key": "fs-1", "source": "fs", "id": "1"}
FULL: dict[str, Any] = {
    "schema": 1,
    "key": "fs-4711",
    "source": "fs",
    "id": "4711",
    "number": "INC-4711",
    "url": "https://desk.example/a/tickets/4711",
    "subject": "Printer on the third floor is out of toner",
    "description": "It says so.\nIn red.",
    "type": "Incident",
    "category": "Hardware",
    "tags": ["printer", "VIP"],
    "status": {"id": "9", "name": "Waiting on Customer"},
    "phase": "waiting_on_customer",
    "priority": "urgent",
    "requester": {"id": "88", "name": "mia", "email": "mia@example.com", "phone": None},
    "agent": {"id": "501", "name": "ana", "email": None, "phone": None},
    "group": {"id": "7", "name": "Hardware", "email": None, "phone": None},
    "client": {"id": "3", "name": "Bakery", "email": None, "phone": None},
    "created_at": "2026-03-09T08:00:00Z",
    "updated_at": "2026-03-10T13:19:27Z",
    "first_response_due_at": "2026-03-09T12:00:00Z",
    "resolution_due_at": "2026-03-11T12:00:00Z",
    "first_responded_at": "2026-03-09T09:00:00Z",
    "agent_responded_at": "2026-03-10T13:19:27.250000Z",
    "requester_responded_at": "2026-03-10T09:00:00Z",
    "noted_at": None,
    "resolved_at": None,
    "closed_at": None,
    "source_breached": False,
    "first_seen_at": "2026-03-09T08:00:30Z",
    "seen_at": "2026-03-10T13:20:00Z",
    "assigned_since": "2026-03-09T08:30:00Z",
    "status_since": "2026-03-10T13:19:27Z",
    "priority_since": "2026-03-09T08:00:30Z",
    "previous_agent": {"id": "502", "name": "ben", "email": None, "phone": None},
    "previous_priority": "high",
    "previous_phase": "open",
    "reopened_at": None,
    "phases": [
        {"phase": "open", "since": "2026-03-09T08:00:30Z"},
        {"phase": "waiting_on_customer", "since": "2026-03-10T13:19:27Z"},
    ],
    "floor": {"number": 3},
}


def test_a_full_file_comes_back_as_it_was_in_the_documented_order() -> None:
    written = Ticket.from_dict(FULL).to_dict()
    assert written == FULL
    assert list(written) == ["schema", *FIELD_NAMES, "floor"]


def test_the_least_file_is_a_visible_open_ticket() -> None:
    ticket = Ticket.from_dict(LEAST)
    assert (ticket.phase, ticket.priority, ticket.subject, ticket.created_at) == (Phase.OPEN, None, "", None)
    assert not ticket.is_over


def test_null_means_the_source_did_not_say() -> None:
    assert Ticket.from_dict(dict.fromkeys(FIELD_NAMES) | LEAST) == Ticket.from_dict(LEAST)


def test_unknown_keys_survive_and_never_replace_known_ones() -> None:
    ticket = Ticket.from_dict(LEAST | {"colour": "red", "nested": {"a": [1]}})
    assert ticket.extra == {"colour": "red", "nested": {"a": [1]}}
    assert ticket.with_(extra={"key": "other", "colour": "red"}).to_dict()["key"] == "fs-1"


def test_numbers_are_read_where_a_text_belongs() -> None:
    ticket = Ticket.from_dict(LEAST | {"id": 4711, "subject": 42, "agent": {"id": 501, "name": "ana"}})
    assert (ticket.id, ticket.subject, ticket.agent) == ("4711", "42", Person(id="501", name="ana"))


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("status", {"id": 11}, Status(id="11", name="Status 11")),
        ("status", {"id": 11, "name": None}, Status(id="11", name="Status 11")),
        ("agent", {"id": "501"}, Person(id="501", name="501")),
        ("agent", {"name": "ana"}, Person(id="", name="ana")),
        ("tags", [], ()),
        ("tags", ["a", 7], ("a", "7")),
    ],
)
def test_halves_are_completed(field: str, value: object, read: object) -> None:
    assert getattr(Ticket.from_dict(LEAST | {field: value}), field) == read


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "expected one JSON object, got a list"),
        ("x", "expected one JSON object, got text"),
        (None, "expected one JSON object, got null"),
        ({"source": "fs", "id": "1"}, "key: missing"),
        (LEAST | {"id": ""}, "id: missing"),
        (LEAST | {"source": None}, "source: missing"),
        (LEAST | {"schema": 2}, "schema: this version reads schema 1, the file says 2"),
        (LEAST | {"key": True}, "key: expected text, got true or false"),
        (LEAST | {"subject": ["a"]}, "subject: expected text, got a list"),
        (LEAST | {"subject": {}}, "subject: expected text, got an object"),
        (LEAST | {"tags": "a,b"}, "tags: expected a list of texts, got text"),
        (LEAST | {"tags": [None]}, "tags: expected text, got null"),
        (LEAST | {"phases": "open"}, "phases: expected a list of objects with phase and since, got text"),
        (LEAST | {"phases": ["open"]}, "phases: expected an object with phase and since, got text"),
        (LEAST | {"phases": [{"phase": "open"}]}, "phases: expected an instant such as .*, got 'None'"),
        (LEAST | {"phases": [{"phase": "open", "since": {}}]}, "phases: expected an instant such as"),
        (LEAST | {"phase": "open "}, "phase: expected one of open, pending, .*, got 'open '"),
        (LEAST | {"phase": []}, "phase: expected one of open"),
        (LEAST | {"priority": 4}, "priority: expected one of low, medium, high, urgent, got '4'"),
        (LEAST | {"agent": "ana"}, "agent: expected an object with id and name, got text"),
        (LEAST | {"agent": {"id": []}}, "agent: expected text, got a list"),
        (LEAST | {"status": 2}, "status: expected an object with id and name, got a number"),
        (LEAST | {"source_breached": "no"}, "source_breached: expected true or false, got text"),
        (LEAST | {"created_at": "yesterday"}, "created_at: expected an instant such as .*, got 'yesterday'"),
        (LEAST | {"created_at": 1773000000}, "created_at: expected an instant"),
        (LEAST | {"created_at": ["2026-03-09T08:00:00Z"]}, "created_at: expected an instant"),
        (
            LEAST | {"updated_at": "2026-03-09T08:00:00"},
            r"updated_at: .*with an offset \(end it with Z for UTC\)",
        ),
        (
            LEAST | {"updated_at": "0001-01-01T00:00:00+05:00"},
            "updated_at: the instant lies outside the calendar",
        ),
        (LEAST | {"phase": "x" * 500}, r"got 'x{57}\.\.\.'"),
    ],
)
def test_a_mistake_is_named_with_its_field(data: Any, words: str) -> None:
    with pytest.raises(TicketError, match=words):
        Ticket.from_dict(data)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2026-03-10T13:19:27Z", "2026-03-10T13:19:27Z"),
        ("2026-03-10T13:19:27+00:00", "2026-03-10T13:19:27Z"),
        ("2026-03-10T09:19:27-04:00", "2026-03-10T13:19:27Z"),
        ("2026-03-10 13:19:27Z", "2026-03-10T13:19:27Z"),
        ("2026-03-10T13:19:27.25Z", "2026-03-10T13:19:27.250000Z"),
        ("2026-03-10T13:19Z", "2026-03-10T13:19:00Z"),
        ("2026-03-11T00:49:27+11:30", "2026-03-10T13:19:27Z"),
    ],
)
def test_instants_are_read_in_every_common_form_and_written_in_one(text: str, canonical: str) -> None:
    assert format_instant(parse_instant(text)) == canonical
    assert parse_instant(text).tzinfo is UTC


def test_an_instant_of_another_zone_is_written_in_utc() -> None:
    there = datetime(2026, 3, 10, 9, 19, 27, tzinfo=timezone(timedelta(hours=-4)))
    assert format_instant(there) == "2026-03-10T13:19:27Z"


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_survives_writing_and_reading(at: datetime) -> None:
    assert parse_instant(format_instant(at)) == at


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["schema", *FIELD_NAMES, "extra", "other"]), json_values, max_size=8))
def test_any_object_is_a_ticket_or_a_named_mistake_and_then_writes_what_it_reads(
    data: dict[str, Any],
) -> None:
    try:
        ticket = Ticket.from_dict(LEAST | data)
    except TicketError:
        return
    assert Ticket.from_dict(ticket.to_dict()) == ticket


def test_priorities_rank_and_phases_end() -> None:
    assert sorted(Priority, key=lambda p: p.rank) == ["low", "medium", "high", "urgent"]
    assert [p.rank for p in Priority] == [1, 2, 3, 4]
    assert {p for p in Phase if p.is_over} == {Phase.RESOLVED, Phase.CLOSED}


def test_people_are_listed_by_the_role_they_play() -> None:
    ana, ben = Person(id="501", name="ana"), Person(id="502", name="ben")
    base = Ticket.from_dict(LEAST)
    tickets = [base, base.with_(agent=ana), base.with_(agent=ben, requester=ana), base.with_(agent=ana)]
    assert people_of(tickets, "agent") == {"501": "ana", "502": "ben"}
    assert people_of(tickets, "group") == {}
