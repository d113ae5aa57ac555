"""The tickets of a view as a table for spreadsheets."""

import csv
import io

import pytest

from deskwatch.core.ticket import Person, Phase, Status
from tests.web.desk import BEN, FORBIDDEN, NOT_FOUND, NOT_MODIFIED, OK, ticket

CSV = "/b/helpdesk/csv"


def table(reply):
    """The rows as a spreadsheet reads them, strictly."""
    return list(csv.DictReader(io.StringIO(reply.text, newline=""), strict=True))


def test_the_table_holds_all_tickets_of_the_view_and_not_only_the_shown_ones(make_desk):
    desk = make_desk(deskwatch="web: {rows_per_section: 2}")
    desk.write(*(ticket(n) for n in range(9)), ticket(20, agent=BEN), ticket(21, phase=Phase.CLOSED))
    desk.step()
    reply = desk.get(CSV)
    assert reply.status == OK
    assert reply.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert reply.headers["content-disposition"] == 'attachment; filename="helpdesk.csv"'
    assert len(table(reply)) == 10
    assert [row["number"] for row in table(desk.get(f"{CSV}?agent=Ben"))] == ["INC-20"]
    backwards = [row["number"] for row in table(desk.get(f"{CSV}?sort=-number&agent=Ana"))]
    assert backwards == [f"INC-{n}" for n in range(8, -1, -1)]


def test_a_row_says_what_the_wall_says(desk):
    desk.write(ticket(1, group=Person(id="5", name="Network"), client=Person(id="6", name="ACME, Inc.")))
    desk.step()
    assert table(desk.get(CSV)) == [
        {
            "key": "desk-1",
            "number": "INC-1",
            "section": "open",
            "state": "critical",
            "due_at": "2026-03-10T15:00:00Z",
            "priority": "high",
            "status": "Open",
            "subject": "Printer 1 prints stripes",
            "requester": "Ben",
            "agent": "Ana",
            "group": "Network",
            "client": "ACME, Inc.",
            "created_at": "2026-03-10T12:00:00Z",
            "updated_at": "2026-03-10T12:00:00Z",
            "url": "https://desk.example.com/a/tickets/1",
            "source": "desk",
        }
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_text_becomes_a_formula(desk, start):
    hostile = f'{start}HYPERLINK("https://evil.example","x")'
    who = Person(id="9", name=hostile)
    people = dict.fromkeys(("requester", "agent", "group", "client"), who)
    texts = dict.fromkeys(("subject", "number", "url"), hostile)
    desk.write(ticket(1).with_(**people, **texts, status=Status(id="1", name=hostile)))
    desk.step()
    (row,) = table(desk.get(CSV))
    for column in ("subject", "number", "requester", "agent", "group", "client", "status"):
        assert row[column] == f"'{hostile}", column
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in row.values())
    assert row["url"] == ""


def test_quotes_commas_and_line_ends_stay_within_their_cell(desk):
    subject = 'He said "stop",\r\nthen;\nwent ü'
    desk.write(ticket(1, subject=subject))
    desk.step()
    reply = desk.get(CSV)
    assert table(reply)[0]["subject"] == subject
    assert reply.body.count(b"\r\n") == 3


def test_the_table_hides_what_the_board_hides(make_desk):
    desk = make_desk(boards="helpdesk: {title: Helpdesk, privacy: initials}")
    desk.write(ticket(1))
    desk.step()
    reply = desk.get(f"{CSV}?privacy=full")
    assert table(reply)[0]["agent"] == "A."
    assert "Ana" not in reply.text
    assert "Printer" not in desk.get(f"{CSV}?privacy=none").text


def test_the_table_follows_the_rules_of_the_wall(desk):
    desk.write(ticket(1))
    desk.step()
    reply = desk.get(CSV)
    assert desk.get(CSV, if_none_match=reply.headers["etag"]).status == NOT_MODIFIED
    assert desk.get(CSV, client="192.0.2.7").status == FORBIDDEN
    assert desk.get("/b/nope/csv").status == NOT_FOUND
