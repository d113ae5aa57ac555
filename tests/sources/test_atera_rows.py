"""Rows of Atera: what each field becomes, whatever a row may hold."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from deskwatch.core.sync import Gone
from deskwatch.core.ticket import Person, Phase, Priority, Ticket
from deskwatch.sources.atera_rows import RowReader
from deskwatch.sources.atera_settings import AteraSettings
from deskwatch.sources.atera_statuses import Statuses
from deskwatch.sources.row_ids import RowError

ROW: dict[str, Any] = {
    "TicketID": 5001,
    "TicketNumber": "2603105001",
    "TicketTitle": "The label printer jams",
    "TicketStatus": "Open",
    "TicketPriority": "Critical",
    "TicketImpact": "Site Down",
    "TicketType": "Incident",
    "CustomerID": 11,
    "CustomerName": "Acme Bakery",
    "EndUserID": 9002,
    "EndUserFirstName": "Žofie",
    "EndUserLastName": "Nováková",
    "EndUserEmail": "zofie@bakery.example",
    "EndUserPhone": "+12025550102",
    "TechnicianContactID": 302,
    "TechnicianFullName": "Ana",
    "TechnicianEmail": "ana@example.com",
    "TicketCreatedDate": "2026-03-10T09:10:00Z",
    "TechnicianFirstCommentDate": "2026-03-10T09:40:00",
    "FirstResponseDueDate": "2026-03-10T10:10:00.250Z",
    "ClosedTicketDueDate": None,
    "FirstComment": "<p>It jams</p><style>p{}</style><ul><li>daily</ul>",
    "LastEndUserCommentTimestamp": "2026-03-10T12:00:00+02:00",
    "LastTechnicianCommentTimestamp": None,
}


def reader(**settings: Any) -> RowReader:
    """One that knows a few names."""
    chosen = AteraSettings(**settings)
    return RowReader("msp", chosen, Statuses(chosen), {"302": "Ana A."}, {"9003": "Mia"})


def ticket(change: dict[str, Any], by: RowReader | None = None) -> Ticket:
    """The ticket of a row with some fields changed."""
    found = (by or reader()).read({**ROW, **change})
    assert isinstance(found, Ticket)
    return found


def test_a_row_becomes_a_ticket() -> None:
    found = ticket({})
    assert (found.key, found.id, found.number) == ("msp-5001", "5001", "2603105001")
    assert found.url == "https://app.atera.com/new/ticket/5001"
    assert (found.subject, found.type) == ("The label printer jams", "Incident")
    assert found.description == "It jams\n\n- daily"
    assert (found.phase, found.priority) == (Phase.OPEN, Priority.URGENT)
    assert found.client == Person(id="11", name="Acme Bakery")
    assert found.agent == Person(id="302", name="Ana A.", email="ana@example.com")
    assert found.requester == Person(
        id="9002", name="Žofie Nováková", email="zofie@bakery.example", phone="+12025550102"
    )
    assert found.created_at == datetime(2026, 3, 10, 9, 10, tzinfo=UTC)
    assert found.first_responded_at == datetime(2026, 3, 10, 9, 40, tzinfo=UTC)
    assert found.first_response_due_at == datetime(2026, 3, 10, 10, 10, 0, 250_000, tzinfo=UTC)
    assert found.requester_responded_at == datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
    assert found.resolution_due_at is None
    assert found.updated_at is None
    assert found.extra == {"impact": "SiteDown"}


@pytest.mark.parametrize("name", sorted(ROW.keys() - {"TicketID"}))
@pytest.mark.parametrize("value", [None, 0, "", [], {}, True, "\x00\ud800" * 99])
def test_no_field_but_the_id_is_needed_or_trusted(name: str, value: Any) -> None:
    found = ticket({name: value})
    assert found.id == "5001"
    assert found.to_dict()
    rest = {key: kept for key, kept in ROW.items() if key != name}
    assert isinstance(reader().read(rest), Ticket)


@pytest.mark.parametrize("bad", [None, 0, -1, True, "5/../x", "", 1 << 63, 1.5, [1]])
def test_an_id_that_is_none_is_refused(bad: Any) -> None:
    with pytest.raises(RowError, match="no usable TicketID"):
        reader().read({**ROW, "TicketID": bad})
    with pytest.raises(RowError, match="instead of an object"):
        reader().read([bad])


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("Open", Phase.OPEN),
        (" pending ", Phase.PENDING),
        ("RESOLVED", Phase.RESOLVED),
        ("Closed", Phase.CLOSED),
        ("Waiting", Phase.PENDING),
        ("Waiting…", Phase.PENDING),
        ("Waiting for customer", Phase.WAITING_ON_CUSTOMER),
        ("Pending Vendor", Phase.WAITING_ON_THIRD_PARTY),
        ("Waiting for the moon", Phase.OPEN),
        ("", Phase.OPEN),
    ],
)
def test_statuses_are_read_by_their_text(text: str, phase: Phase) -> None:
    assert ticket({"TicketStatus": text}).phase is phase


def test_what_the_admin_says_about_a_status_wins() -> None:
    by = reader(statuses={"pending": {"phase": "on_hold", "name": "Parked"}, "Merged": {"phase": "open"}})
    found = ticket({"TicketStatus": "Pending"}, by)
    assert (found.phase, found.status.name, found.status.id) == (Phase.ON_HOLD, "Parked", "Pending")
    assert ticket({"TicketStatus": "Merged"}, by).phase is Phase.OPEN


@pytest.mark.parametrize("text", ["Deleted", "merged", "SPAM"])
def test_what_was_thrown_away_is_gone(text: str) -> None:
    assert isinstance(reader().read({**ROW, "TicketStatus": text}), Gone)


def test_questions_spell_a_status_as_tickets_do_and_cover_every_open_one() -> None:
    by = reader(statuses={"PARTS ordered": {"phase": "on_hold"}, "Done": {"phase": "closed"}})
    assert by.statuses.open_texts == ["Open", "PARTS ordered", "Pending"]
    for text in ("Parts Ordered", "With the vendor", "Done", "Cancelled by user"):
        ticket({"TicketStatus": text}, by)
    assert by.statuses.open_texts == [
        "Cancelled by user",
        "Open",
        "Parts Ordered",
        "Pending",
        "With the vendor",
    ]
    assert by.statuses.unmapped == ["Cancelled by user", "With the vendor"]


def test_statuses_survive_a_restart_and_a_broken_memory() -> None:
    by = reader()
    ticket({"TicketStatus": "With the vendor"}, by)
    again = Statuses(AteraSettings())
    again.recall(by.statuses.memory())
    assert "With the vendor" in again.open_texts
    for rubbish in (None, {"a": 1}, [1, None, ["x"]], "Open"):
        again.recall(rubbish)


def test_priorities_of_the_admin_win_and_unknown_ones_are_told() -> None:
    by = reader(priorities={"sev 1": "urgent", "Low": "medium"})
    assert ticket({"TicketPriority": "SEV 1"}, by).priority is Priority.URGENT
    assert ticket({"TicketPriority": "low"}, by).priority is Priority.MEDIUM
    assert ticket({"TicketPriority": "Whenever"}, by).priority is None
    assert by.odd_priorities == {"Whenever"}


def test_names_come_from_the_files_then_from_the_row_then_from_other_tickets() -> None:
    by = reader()
    ticket({"TechnicianContactID": 303, "TechnicianFullName": "Ben"}, by)
    for row, name in (
        ({"TechnicianContactID": 303, "TechnicianFullName": None}, "Ben"),
        ({"TechnicianContactID": 304, "TechnicianFullName": None}, "ana@example.com"),
        ({"TechnicianContactID": 305, "TechnicianFullName": "", "TechnicianEmail": ""}, "Technician 305"),
        ({"EndUserID": 9003}, "Ana A."),
    ):
        agent = ticket(row, by).agent
        assert agent is not None
        assert agent.name == name
    assert ticket({"EndUserID": 9003}, by).requester == Person(
        id="9003", name="Mia", email="zofie@bakery.example", phone="+12025550102"
    )
    assert ticket({"TechnicianContactID": 0}, by).agent is None


@pytest.mark.parametrize(
    "bad", ["javascript:alert(1)//{id}", "https://app.example/ticket", "https://{id}", "x{id}"]
)
def test_a_link_must_be_an_address_with_the_number_in_it(bad: str) -> None:
    with pytest.raises(ValidationError, match=r"with \{id\} in it"):
        AteraSettings(ticket_url=bad)


def test_a_link_may_lead_elsewhere() -> None:
    by = reader(ticket_url="https://desk.example/t/{id}?x=1")
    assert ticket({}, by).url == "https://desk.example/t/5001?x=1"
    assert by.settings.web_root == "https://desk.example/t"
