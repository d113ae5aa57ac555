"""Items of helpdesks as tickets, in the shapes in which real ones send them; and odd ones."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.sync import Gone
from deskwatch.core.ticket import Person, Phase, Priority, Status, Ticket
from deskwatch.sources.rest.rows import Row, RowError, RowReader
from deskwatch.sources.rest.settings import RestSettings


def reader(fields: dict[str, Any], *, people: dict[str, str] | None = None, **settings: Any) -> RowReader:
    given = {"base_url": "https://desk.example.com", "tickets": {"path": "/t"}, **settings}
    given["fields"] = {"id": "id", **fields}
    return RowReader("desk", RestSettings.model_validate(given), agents=people or {}, requesters={})


def row(item: Any, fields: dict[str, Any], **settings: Any) -> Row:
    lookups, details = settings.pop("tables", {}), settings.pop("told", None)
    return reader(fields, **settings).read(item, lookups=lookups, details=details)


def ticket(item: Any, fields: dict[str, Any], **settings: Any) -> Ticket:
    found = row(item, fields, **settings).verdict
    assert isinstance(found, Ticket)
    return found


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


# --- the shapes of real helpdesks -----------------------------------------------------------------------


def test_an_issue_of_jira() -> None:
    item = {
        "id": "10042",
        "key": "DESK-7",
        "fields": {
            "summary": "The door is stuck",
            "status": {"name": "Waiting for support", "statusCategory": {"key": "indeterminate"}},
            "priority": {"name": "Highest"},
            "reporter": {"accountId": "5b1:a", "displayName": "ana", "emailAddress": "ana@example.org"},
            "assignee": None,
            "created": "2026-03-10T16:04:05.123+0100",
            "updated": "2026-03-10T16:30:00.000+0100",
            "duedate": "2026-03-12",
            "labels": ["door", "ground floor"],
        },
    }
    found = row(
        item,
        {
            "number": "key",
            "subject": "fields.summary",
            "status": "fields.status.statusCategory.key",
            "status_name": "fields.status.name",
            "priority": "fields.priority.name",
            "requester": {
                "id": "fields.reporter.accountId",
                "name": "fields.reporter.displayName",
                "email": "fields.reporter.emailAddress",
            },
            "agent": {"id": "fields.assignee.accountId", "name": "fields.assignee.displayName"},
            "created_at": "fields.created",
            "updated_at": "fields.updated",
            "resolution_due_at": "fields.duedate",
            "tags": "fields.labels",
        },
        statuses={"new": "open", "indeterminate": "pending", "done": "closed"},
        priorities={"Highest": "urgent"},
        dates={"zone": "Europe/Berlin", "time_of_day": "18:00"},
        link="{base}/browse/{key}",
    )
    assert found == Row(
        Ticket(
            key="desk-10042",
            source="desk",
            id="10042",
            number="DESK-7",
            url="https://desk.example.com/browse/DESK-7",
            subject="The door is stuck",
            tags=("door", "ground floor"),
            status=Status(id="indeterminate", name="Waiting for support"),
            phase=Phase.PENDING,
            priority=Priority.URGENT,
            requester=Person(id="5b1:a", name="ana", email="ana@example.org"),
            created_at=at("2026-03-10T15:04:05.123Z"),
            updated_at=at("2026-03-10T15:30:00Z"),
            resolution_due_at=at("2026-03-12T17:00:00Z"),
        )
    )


def test_a_request_of_jira_service_management_with_its_deadline_from_a_second_request() -> None:
    running = {"ongoingCycle": {"breachTime": {"epochMillis": 1773155045000}}}
    sla = {"values": [{"name": "First answer"}, {"name": "Solved", **running}]}
    fields = {
        "id": "issueId",
        "resolution_due_at": {
            "path": "sla.values[?name=='Solved'].ongoingCycle.breachTime.epochMillis | [0]",
            "steps": [{"date": {"format": "epoch_ms"}}],
        },
    }
    found = ticket(
        {"issueId": "7"}, fields, told={"sla": sla}, details={"sla": {"path": "/request/{id}/sla"}}
    )
    assert found.resolution_due_at == at("2026-03-10T15:04:05Z")
    assert ticket({"issueId": "7"}, fields).resolution_due_at is None


def test_a_ticket_of_zammad() -> None:
    item = {
        "id": 7, "number": "54007", "title": "Door", "state": "pending reminder", "priority": "2 normal",
        "owner": "-", "customer": "ana@example.org", "created_at": "2026-03-10T15:04:05.678Z",
    }  # fmt: skip
    fields = {
        "number": "number",
        "subject": "title",
        "status": "state",
        "priority": {"path": "priority", "steps": ["number"]},
        "agent": {"path": "owner", "steps": [{"null_if": ["-"]}]},
        "requester": "customer",
        "created_at": "created_at",
    }
    settings: dict[str, Any] = {
        "statuses": {"Pending Reminder": {"phase": "pending", "name": "Parked"}},
        "priorities": {"1": "low", "2": "medium", "3": "high"},
        "link": "{base}/#ticket/zoom/{id}",
    }
    found = ticket(item, fields, **settings)
    assert (found.id, found.number, found.url) == ("7", "54007", "https://desk.example.com/#ticket/zoom/7")
    assert (found.status, found.phase) == (Status(id="pending reminder", name="Parked"), Phase.PENDING)
    assert found.priority is Priority.MEDIUM
    assert found.agent is None
    assert found.requester == Person(id="ana@example.org", name="ana@example.org")


def test_a_row_of_glpis_search_with_numbers_for_names() -> None:
    item = {
        "2": 7, "1": "Door &amp; key", "12": 2, "3": 5, "5": ["31", "32"], "8": "&nbsp;",
        "15": "2026-03-10 16:04:05",
    }  # fmt: skip
    fields = {
        "id": '"2"',
        "subject": {"path": '"1"', "steps": ["html_to_text"]},
        "status": '"12"',
        "priority": '"3"',
        "agent": {
            "id": {"path": '"5"', "steps": ["first"]},
            "name": {"path": '"5"', "steps": ["first", {"lookup": "users"}]},
        },
        "group": {"path": '"8"', "steps": [{"null_if": ["&nbsp;", " "]}]},
        "created_at": '"15"',
    }
    found = ticket(
        item,
        fields,
        tables={"users": {"31": "ben"}},
        lookups={"users": {"values": {"31": "ben"}}},
        statuses={"2": {"phase": "open", "name": "Assigned"}},
        priorities={"5": "urgent"},
        dates={"zone": "Europe/Paris"},
    )
    assert (found.id, found.subject, found.priority) == ("7", "Door & key", Priority.URGENT)
    assert found.status == Status(id="2", name="Assigned")
    assert found.agent == Person(id="31", name="ben")
    assert found.group is None
    assert found.created_at == at("2026-03-10T15:04:05Z")


def test_an_incident_of_servicenow_with_two_readings_of_everything() -> None:
    def both(value: str, shown: str) -> dict[str, str]:
        return {"value": value, "display_value": shown}

    item = {
        "sys_id": both("c0ffee", "c0ffee"),
        "number": both("INC0010007", "INC0010007"),
        "state": both("3", "On Hold"),
        "priority": both("1", "1 - Critical"),
        "assigned_to": both("", ""),
        "caller_id": both("ana1", "ana"),
        "opened_at": both("2026-03-10 15:04:05", "10.03.2026 16:04:05"),
        "due_date": both("", ""),
    }
    found = row(
        item,
        {
            "id": "sys_id.value",
            "number": "number.value",
            "status": "state.value",
            "status_name": "state.display_value",
            "priority": "priority.value",
            "agent": {"id": "assigned_to.value", "name": "assigned_to.display_value"},
            "requester": {"id": "caller_id.value", "name": "caller_id.display_value"},
            "created_at": "opened_at.value",
            "resolution_due_at": "due_date.value",
        },
        statuses={"3": "on_hold"},
        priorities={"1": "urgent"},
    )
    assert found.notes == found.unmapped == ()
    assert isinstance(found.verdict, Ticket)
    assert found.verdict.status == Status(id="3", name="On Hold")
    assert found.verdict.phase is Phase.ON_HOLD
    assert (found.verdict.agent, found.verdict.resolution_due_at) == (None, None)
    assert found.verdict.requester == Person(id="ana1", name="ana")
    assert found.verdict.created_at == at("2026-03-10T15:04:05Z")


def test_naming_the_whole_of_what_has_parts_says_which_there_are() -> None:
    found = row({"id": 1, "state": {"value": "3", "display_value": "On Hold"}}, {"status": "state"})
    words = "fields.status: expected a text, found an object; name one of its parts (value, display_value)"
    assert found.notes == (words,)


def test_a_ticket_of_request_tracker() -> None:
    item = {
        "id": "7", "Subject": "Door", "Status": "stalled", "Priority": "45", "Owner": {"id": "Nobody"},
        "Due": "1970-01-01T00:00:00Z", "Created": "2026-03-10T15:04:05Z", "Queue": {"Name": "Doors"},
    }  # fmt: skip
    found = ticket(
        item,
        {
            "subject": "Subject",
            "status": "Status",
            "priority": {
                "path": "Priority",
                "steps": [{"ranges": {"0": "low", "30": "medium", "60": "high"}}],
            },
            "agent": {"path": "Owner.id", "steps": [{"null_if": ["Nobody"]}]},
            "group": "Queue.Name",
            "created_at": "Created",
            "resolution_due_at": "Due",
        },
        statuses={"stalled": "waiting_on_customer"},
    )
    assert (found.phase, found.priority) == (Phase.WAITING_ON_CUSTOMER, Priority.MEDIUM)
    assert (found.agent, found.resolution_due_at) == (None, None)
    assert found.group == Person(id="Doors", name="Doors")


def test_an_issue_of_roundup() -> None:
    found = ticket(
        {"id": "7", "creation": "2026-03-10.15:04:05", "assignedto": {"id": "3", "username": "ben"}},
        {"created_at": "creation", "agent": {"id": "assignedto.id", "name": "assignedto.username"}},
        dates={"format": "%Y-%m-%d.%H:%M:%S"},
        link="{base}/issue{id}",
    )
    assert found.created_at == at("2026-03-10T15:04:05Z")
    assert found.agent == Person(id="3", name="ben")
    assert found.url == "https://desk.example.com/issue7"


def test_an_issue_of_github_with_its_priority_among_labels() -> None:
    item = {
        "id": 99001, "number": 7, "title": "Door", "state": "open", "user": {"login": "ana"}, "assignees": [],
        "labels": [{"name": "door"}, {"name": "priority: high"}], "html_url": "https://github.com/a/b/issues/7",
        "milestone": None,
    }  # fmt: skip
    fields = {
        "id": "number",
        "url": "html_url",
        "subject": "title",
        "status": "state",
        "tags": "labels[].name",
        "priority": {
            "path": "labels[].name",
            "steps": [{"regex": {"pattern": "^priority: *(.+)"}}, "first"],
        },
        "requester": "user.login",
        "agent": "assignees[0].login",
        "resolution_due_at": "milestone.due_on",
    }
    settings: dict[str, Any] = {"base_url": "https://api.github.com/repos/a/b", "statuses": {"open": "open"}}
    found = ticket(item, fields, web_base_url="https://github.com/a/b", **settings)
    assert (found.id, found.url) == ("7", "https://github.com/a/b/issues/7")
    assert (found.priority, found.tags) == (Priority.HIGH, ("door", "priority: high"))
    assert (found.agent, found.requester) == (None, Person(id="ana", name="ana"))
    told = row(item, fields, **settings)
    assert told.notes == (
        "fields.url: 'https://github.com/a/b/issues/7' leads to none of https://api.github.com",
    )


def test_an_issue_of_gitlab_is_called_by_the_number_of_its_project() -> None:
    found = ticket(
        {"id": 93001, "iid": 7, "due_date": "2026-03-12", "web_url": "https://desk.example.com/a/-/issues/7"},
        {"id": "iid", "url": "web_url", "resolution_due_at": "due_date"},
    )
    assert (found.key, found.number) == ("desk-7", "7")
    assert found.url == "https://desk.example.com/a/-/issues/7"
    assert found.resolution_due_at == at("2026-03-12T23:59:00Z")


def test_a_row_of_a_csv() -> None:
    found = ticket(
        {"id": "7", "summary": "Door", "keywords": "door, floor", "owner": "", "time": "10.03.2026 16:04"},
        {
            "subject": "summary",
            "tags": {"path": "keywords", "steps": [{"split": ","}]},
            "agent": "owner",
            "created_at": '"time"',
        },
        dates={"format": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin"},
    )
    assert (found.tags, found.agent) == (("door", "floor"), None)
    assert found.created_at == at("2026-03-10T15:04:00Z")


def test_a_due_day_with_a_step_of_its_own_is_over_at_its_end_too() -> None:
    step = {"date": {"format": "%d.%m.%Y"}}
    fields = {
        "resolution_due_at": {"path": "due", "steps": [step]},
        "created_at": {"path": "due", "steps": [step]},
    }
    found = ticket({"id": 1, "due": "12.03.2026"}, fields, dates={"time_of_day": "17:00"})
    assert found.resolution_due_at == at("2026-03-12T17:00:00Z")
    assert found.created_at == at("2026-03-12T00:00:00Z")


def test_a_status_may_come_of_two_fields() -> None:
    fields = {"status": "on_hold && 'hold' || to_string(status)"}
    statuses = {"hold": "on_hold", "2": "open"}
    assert ticket({"id": 1, "on_hold": True, "status": 2}, fields, statuses=statuses).phase is Phase.ON_HOLD
    assert ticket({"id": 1, "on_hold": False, "status": 2}, fields, statuses=statuses).phase is Phase.OPEN


# --- values nobody has mapped ---------------------------------------------------------------------------


def test_an_unknown_status_has_the_declared_phase_and_is_told() -> None:
    found = row({"id": 1, "s": "Waiting vendor"}, {"status": "s"}, unknown_status="pending")
    assert found.unmapped == ("status 'Waiting vendor'",)
    assert isinstance(found.verdict, Ticket)
    assert found.verdict.phase is Phase.PENDING
    assert found.verdict.status == Status(id="Waiting vendor", name="Waiting vendor")


def test_an_unknown_status_with_a_number_is_told_with_its_name() -> None:
    found = row({"id": 1, "s": 9, "n": "Waiting vendor"}, {"status": "s", "status_name": "n"})
    assert found.unmapped == ("status '9' (Waiting vendor)",)


def test_a_ticket_without_a_status_is_still_work() -> None:
    found = ticket({"id": 1, "s": None}, {"status": "s"}, statuses={"new": "open"})
    assert (found.phase, found.status.name) == (Phase.OPEN, "No status")


def test_an_unknown_priority_has_the_declared_one_and_is_told() -> None:
    found = row({"id": 1, "p": "P9"}, {"priority": "p"}, priorities={"P1": "urgent"}, unknown_priority="low")
    assert found.unmapped == ("priority 'P9'",)
    assert isinstance(found.verdict, Ticket)
    assert found.verdict.priority is Priority.LOW
    assert ticket({"id": 1, "p": "P9"}, {"priority": "p"}).priority is None
    assert row({"id": 1, "p": None}, {"priority": "p"}, unknown_priority="low").unmapped == ()


@pytest.mark.parametrize("value", ["IN PROGRESS", " in progress ", "In Progress"])
def test_capitals_and_blanks_do_not_matter_in_maps(value: str) -> None:
    found = row({"id": 1, "s": value}, {"status": "s"}, statuses={"In progress ": "on_hold"})
    assert isinstance(found.verdict, Ticket)
    assert (found.verdict.phase, found.unmapped) == (Phase.ON_HOLD, ())


@pytest.mark.parametrize(
    ("value", "key"), [(True, "true"), (False, "false"), (2, "2"), (2.0, "2"), ("2", "2")]
)
def test_maps_compare_texts_whatever_the_helpdesk_sends(value: object, key: str) -> None:
    found = ticket({"id": 1, "s": value}, {"status": "s"}, statuses={key: "on_hold"})
    assert found.phase is Phase.ON_HOLD


def test_our_own_words_need_no_map() -> None:
    fields = {"status": "s", "priority": "p"}
    found = row({"id": 1, "s": "waiting_on_customer", "p": "High"}, fields)
    assert found.unmapped == ()
    assert isinstance(found.verdict, Ticket)
    assert (found.verdict.phase, found.verdict.priority) == (Phase.WAITING_ON_CUSTOMER, Priority.HIGH)


def test_a_map_may_give_our_own_words_another_meaning() -> None:
    found = ticket({"id": 1, "s": "resolved"}, {"status": "s"}, statuses={"resolved": "pending"})
    assert found.phase is Phase.PENDING


# --- ids, people, links ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id_", "text"),
    [(7, "7"), ("7", "7"), (7.0, "7"), (" A/7 ", "A/7"), ("Ä-1", "Ä-1"), ("x" * 100, "x" * 100)],
)
def test_an_id_is_a_text(id_: object, text: str) -> None:
    desk = reader({})
    assert desk.id_of({"id": id_}) == text
    assert desk.read({"id": id_}, lookups={}).verdict.id == text


@pytest.mark.parametrize(
    "id_",
    [None, "", " ", [], {}, [7], {"id": 7}, "x" * 101, "a\nb", "a\x00b", "\u202e1", "\ud800", 10**4000],
)
def test_an_item_without_a_usable_id_is_no_ticket(id_: object) -> None:
    desk = reader({})
    for ask in (desk.id_of, lambda item: desk.read(item, lookups={})):
        with pytest.raises(RowError, match="no usable id") as caught:
            ask({"id": id_})
        assert len(str(caught.value)) < 200
        assert str(caught.value).isprintable()


@pytest.mark.parametrize("item", [None, [], "x", 7, True])
def test_an_item_that_is_no_object_is_no_ticket(item: object) -> None:
    with pytest.raises(RowError, match="instead of an object"):
        reader({}).read(item, lookups={})


def test_a_person_is_told_apart_by_id_and_called_by_name() -> None:
    fields = {"agent": {"id": "a.id", "name": "a.name", "email": "a.mail", "phone": "a.tel"}}
    full = ticket({"id": 1, "a": {"id": 3, "name": "ben", "mail": "b@example.org", "tel": 55}}, fields)
    assert full.agent == Person(id="3", name="ben", email="b@example.org", phone="55")
    assert ticket({"id": 1, "a": {"id": 3}}, fields).agent == Person(id="3", name="3")
    assert ticket({"id": 1, "a": {"name": "ben"}}, fields).agent == Person(id="ben", name="ben")
    assert ticket({"id": 1, "a": {"mail": "b@example.org"}}, fields).agent is None
    assert ticket({"id": 1, "a": None}, fields).agent is None
    mailed = {"agent": {"path": "who", "steps": ["trim"], "email": "mail"}}
    assert ticket({"id": 1, "who": " ben", "mail": "b@example.org"}, mailed).agent == Person(
        id="ben", name="ben", email="b@example.org"
    )


def test_an_agent_has_the_name_that_the_admin_gave() -> None:
    desk = reader({"agent": {"id": "a"}, "requester": {"id": "r"}}, people={"3": "ben"})
    found = desk.read({"id": 1, "a": 3, "r": 3}, lookups={}).verdict
    assert isinstance(found, Ticket)
    assert found.agent == found.requester == Person(id="3", name="ben")


def test_a_deleted_ticket_leaves() -> None:
    for value in (True, "true", 1, "Yes"):
        found = row({"id": 1, "trash": value}, {"deleted": "trash"}).verdict
        assert found == Gone("1", "the helpdesk says that it is deleted")
    for value in (False, "false", 0, None, "no", ""):
        assert isinstance(row({"id": 1, "trash": value}, {"deleted": "trash"}).verdict, Ticket)


@pytest.mark.parametrize(
    ("value", "breached"),
    [(True, True), ("true", True), (0, False), ("no", False), (None, None), ("x", None)],
)
def test_whether_the_helpdesk_calls_a_ticket_late(value: object, breached: bool | None) -> None:
    assert ticket({"id": 1, "late": value}, {"source_breached": "late"}).source_breached is breached


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("{base}/t/{id}", "https://desk.example.com/t/A%2F1%20%3F%23"),
        ("{base}/t?n={number}", "https://desk.example.com/t?n=N%261"),
        ("{base}/{key}", "https://desk.example.com/K-1"),
        ("{base}/{a.b.c}/x", "https://desk.example.com/%2E%2E%2F%C3%BC/x".replace("%2E%2E", "..")),
        ("https://wall.example.org/{id}", "https://wall.example.org/A%2F1%20%3F%23"),
        ("{base}/t/{missing}", None),
        ("{base}/t/{a}", None),
    ],
)
def test_a_link_is_filled_with_what_the_item_has_and_nothing_can_break_out_of_its_place(
    link: str, url: str | None
) -> None:
    item = {"id": "A/1 ?#", "number": "N&1", "key": "K-1", "a": {"b": {"c": "../ü"}}}
    assert ticket(item, {"number": "number"}, link=link).url == url


def test_a_link_without_its_value_is_told() -> None:
    assert row({"id": 1}, {}, link="{base}/{slug}").notes == ("link: an item has nothing for {slug}",)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://desk.example.com/t/7", "https://desk.example.com/t/7"),
        ("https://desk.example.com:443/t/7", "https://desk.example.com:443/t/7"),
        ("http://desk.example.com/t/7", None),
        ("https://desk.example.com:8080/t/7", None),
        ("https://DESK.example.com/7", "https://DESK.example.com/7"),
        ("https://files.example.org/7", "https://files.example.org/7"),
        ("/t/7", "https://desk.example.com/t/7"),
        ("https://evil.example.net/7", None),
        ("//evil.example.net/7", None),
        ("/\\evil.example.net/7", None),
        ("https://desk.example.com@evil.example.net/7", None),
        ("https://evil.example.net\\@desk.example.com/7", None),
        ("https://desk.example.com.evil.example.net/", None),
        ("https://ana:secret@desk.example.com/7", None),
        ("https://@desk.example.com/7", None),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt://desk.example.com/%0aalert(1)", None),
        ("data:text/html,x", None),
        ("ftp://desk.example.com/7", None),
        ("https://desk.example.com/\n7", None),
        ("https://desk.example.com:99999/7", None),
        ("https://[desk.example.com/7", None),
        ("t/7", None),
        ("https://desk.example.com/" + "x" * 3000, None),
    ],
)
def test_an_address_of_an_answer_leads_only_to_the_helpdesks_hosts(given: str, url: str | None) -> None:
    found = row({"id": 1, "u": given}, {"url": "u"}, link_hosts=["files.example.org"])
    assert isinstance(found.verdict, Ticket)
    assert found.verdict.url == url
    assert bool(found.notes) is (url is None)


# --- odd values -----------------------------------------------------------------------------------------


def test_a_field_that_cannot_be_read_is_empty_and_named_and_the_others_are_read() -> None:
    found = row(
        {"id": 1, "title": "Door", "created": "soon", "tags": 7, "n": None},
        {"subject": "title", "created_at": "created", "description": "contains(n, 'x')"},
    )
    assert isinstance(found.verdict, Ticket)
    assert (found.verdict.subject, found.verdict.created_at, found.verdict.description) == ("Door", None, "")
    assert [note.partition(": ")[0] for note in found.notes] == ["fields.description", "fields.created_at"]
    assert found.notes[1] == "fields.created_at: 'soon' is no date of ISO 8601; say its format"


def test_long_and_odd_texts_are_clipped_and_cleaned() -> None:
    item = {
        "id": 1,
        "t": "a\x00\x1b[31m\u200b " * 1000,
        "d": "x\r\n\r\n\r\n\r\ny\ud800" + "z" * 9000,
        "n": "n" * 500,
    }
    found = ticket(item, {"subject": "t", "description": "d", "agent": "n", "type": "n", "number": "n"})
    assert len(found.subject) <= 500
    assert "\x00" not in found.subject
    assert "\x1b" not in found.subject
    assert found.description.startswith("x\n\ny z")
    assert len(found.description) <= 2000
    assert found.agent is not None
    assert len(found.agent.name) <= 120
    assert len(found.type or "") <= 60
    assert len(found.number) <= 60


def test_tags_are_a_few_short_texts_each_once() -> None:
    found = ticket({"id": 1, "t": ["a", "a", 7, "", None, "x" * 99, *map(str, range(99))]}, {"tags": "t"})
    assert found.tags[:3] == ("a", "7", "x" * 59 + "…")
    assert len(found.tags) <= 50
    assert ticket({"id": 1, "t": "one"}, {"tags": "t"}).tags == ("one",)
    assert ticket({"id": 1, "t": None}, {"tags": "t"}).tags == ()


@pytest.mark.parametrize(
    ("item", "description", "notes"),
    [
        ({"plain": "a < b", "html": "<p>c</p>"}, "a < b", ()),
        ({"plain": "", "html": "<p>c</p>"}, "c", ()),
        ({"html": None, "notes": ["d"]}, "d", ()),
        ({}, "", ()),
        ({"plain": {"a": 1}, "html": "<p>c</p>"}, "", ("fields.description: ",)),
        ({"plain": None, "html": {"a": 1}, "notes": ["d"]}, "d", ("fields.description.otherwise: ",)),
    ],
)
def test_a_value_that_is_in_one_of_several_places_is_found(
    item: dict[str, Any], description: str, notes: tuple[str, ...]
) -> None:
    html = {"path": "html", "steps": ["html_to_text"], "otherwise": {"path": "notes", "steps": ["first"]}}
    found = row({"id": 1, **item}, {"description": {"path": "plain", "otherwise": html}})
    assert isinstance(found.verdict, Ticket)
    assert found.verdict.description == description
    assert all(note.startswith(start) for note, start in zip(found.notes, notes, strict=True))


def test_details_are_found_under_their_names_and_never_in_the_place_of_the_id() -> None:
    found = ticket(
        {"id": 7},
        {"description": "text.content"},
        told={"text": {"content": "long"}},
        details={"text": {"path": "/x"}},
    )
    assert (found.id, found.description) == ("7", "long")
    assert ticket({"id": 7}, {}, told={"id": 8}).id == "7"


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
    | st.sampled_from(["2026-03-10T15:04:05Z", "\ud800", "1970-01-01", "<p>x", "9" * 400]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abn"), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
EVERYTHING = reader(
    {
        "number": {"path": "a", "steps": ["number"]},
        "url": "b",
        "subject": {"path": "a", "steps": ["html_to_text", "trim", {"regex": {"pattern": "(a+)+b|.*"}}]},
        "description": {"path": "n", "steps": ["html_to_text"]},
        "type": {"path": "a", "steps": ["lower", {"map": {"x": None}}, {"default": "none"}]},
        "category": {"path": "b", "steps": ["text", {"null_if": ["-"]}]},
        "tags": {"path": "n", "steps": [{"split": ","}, "trim"]},
        "status": "a.b || b",
        "priority": {"path": "b", "steps": [{"ranges": {"0": "low", "50": "high"}}]},
        "agent": {"id": "a.a", "name": {"path": "a.b", "steps": [{"lookup": "t"}]}, "email": "a.n"},
        "requester": "n",
        "created_at": "a",
        "updated_at": {"path": "b", "steps": ["first", {"date": {"format": "epoch_ms"}}]},
        "resolution_due_at": {"path": "n", "steps": ["date"]},
        "source_breached": "b",
        "deleted": "length(n) > `5`",
    },
    lookups={"t": {"values": {"7": "ben"}}},
)


@given(item=st.dictionaries(st.sampled_from("abn"), ODD), id_=ODD)
def test_no_item_however_odd_stops_the_reader(item: dict[str, Any], id_: Any) -> None:
    try:
        found = EVERYTHING.read({**item, "id": id_}, lookups={"t": {"7": "ben"}})
    except RowError:
        return
    if isinstance(found.verdict, Ticket):
        assert Ticket.from_dict(json.loads(json.dumps(found.verdict.to_dict()))) == found.verdict
    assert all(note.startswith(("fields.", "link: ")) and len(note) < 300 for note in found.notes)
