"""From the raw files of Ticket Dash to the answer of our API: each ticket where and as it was there.

What it showed is worked out here a second time, from the helpdesk's own rows and by another road.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deskwatch import cli
from deskwatch.__main__ import main
from deskwatch.config import Home, load
from deskwatch.core.ticket_dash_shape import answer_of
from deskwatch.store.tickets import TicketFolder
from deskwatch.web.ticket_dash import rules_of
from tests.migrate.dash import GROUP, NOW, make_folder, raw_ticket

NUMBERS = range(1001, 1601)
NAMES = dict(
    zip(
        (2, 3, 8, 9, 10, 13, 19, 23, 26, 27),
        ("Open", "Pending", "Scheduled", "Waiting on Customer", "Waiting on Third Party",
         "Under Investigation", "Update Needed", "On Hold", "Customer Replied", "Pending Hubspot"),
        strict=True,
    )
)  # fmt: skip
PATIENCE = {4: timedelta(minutes=30), 3: timedelta(days=2), 2: timedelta(days=3), 1: timedelta(days=4)}


def since(text: str) -> str:
    seconds = int((NOW - datetime.fromisoformat(text)).total_seconds())
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    return (
        f"{days}d ago" if days else f"{hours}h ago" if hours else f"{minutes}m ago" if minutes else "Just now"
    )


def shown(row: dict[str, Any]) -> tuple[int, str]:
    """Section and text of a row."""
    status, name, age = row["status"], NAMES[row["status"]], since(row["updated_at"])
    silent = NOW - datetime.fromisoformat(row["updated_at"]) > PATIENCE[row["priority"]]
    if status == 26:
        return 2, f"Customer Replied ({age})"
    if status == 27:
        return 4, f"Pending Hubspot ({age})"
    if silent:
        return 3, f"Update Overdue ({name}, {age})"
    if status in (2, 3, 19):
        return 1, first_response(row, name)
    if status == 9:
        answered = row["stats"]["agent_responded_at"]
        return 4, name + (f" (Agent: {since(answered)})" if answered else "")
    return 4, f"{name} ({age})"


def first_response(row: dict[str, Any], name: str) -> str:
    if row["stats"]["first_responded_at"]:
        return f"{name} (FR Met)"
    prefix, due = ("Due", row["due_by"]) if row["type"] == "Service Request" else ("FR", row["fr_due_by"])
    left = (datetime.fromisoformat(due) - NOW).total_seconds()
    size = abs(left)
    if size >= 48 * 3600:
        words = f"{size / 86400:.1f} days"
    elif size >= 3600:
        words = f"{size / 3600:.1f} hours"
    else:
        words = f"{size / 60:.0f} min" if size >= 60 else f"{size:.0f} sec"
    return f"{prefix} Overdue by {words}" if left < 0 else f"{words} for {prefix}"


def place(row: dict[str, Any]) -> tuple[Any, ...]:
    """What a section is sorted by."""
    updated = datetime.fromisoformat(row["updated_at"])
    silent = NOW - updated > PATIENCE[row["priority"]]
    if shown(row)[0] != 1:
        return (not silent, -row["priority"], updated, row["id"])
    answered = row["stats"]["first_responded_at"] is not None
    is_timed = row["type"] == "Incident" and not answered
    return (
        answered,
        not is_timed,
        row["fr_due_by"] if is_timed else "",
        -row["priority"],
        updated,
        row["id"],
    )


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Home:
    root: Path = tmp_path_factory.mktemp("moved")
    folder = make_folder(root, tickets=len(NUMBERS))
    assert cli.exit_code(main, ["import", "ticket-dash", str(folder), "--home", str(root / "home")]) == 0
    return Home(root / "home")


@pytest.mark.parametrize("view", ["helpdesk", "professional-services"])
def test_every_ticket_is_in_its_section_at_its_place_with_its_words(moved: Home, view: str) -> None:
    config = load(moved, env={"FRESHSERVICE_API_KEY": "x"})
    board, folder = config.boards[view], TicketFolder(moved.tickets)
    tickets = [folder.load(name) for name, _ in folder.entries()]
    answer = answer_of([t for t in tickets if board.shows(t)], board.title, rules_of(config), now=NOW)

    rows = [raw_ticket(number) for number in NUMBERS]
    rows = [row for row in rows if (row["group_id"] == GROUP) == (view == "professional-services")]
    assert answer["total_active_items"] == len(rows) > 150
    for section in range(1, 5):
        expected = sorted((row for row in rows if shown(row)[0] == section), key=place)
        assert len(expected) > 10
        told = [(item["id"], item["sla_text"]) for item in answer[f"s{section}_items"]]
        assert told == [(row["id"], shown(row)[1]) for row in expected]


def test_every_item_tells_what_its_row_told(moved: Home) -> None:
    config = load(moved, env={"FRESHSERVICE_API_KEY": "x"})
    folder = TicketFolder(moved.tickets)
    for number in NUMBERS:
        row = raw_ticket(number)
        ticket = folder.read(f"freshservice-{number}")
        answer = answer_of([ticket], "x", rules_of(config), now=NOW)
        (item,) = (item for section in range(1, 5) for item in answer[f"s{section}_items"])
        for key, said in (
            ("id", "id"), ("subject", "subject"), ("type", "type"), ("status_raw", "status"),
            ("priority_raw", "priority"), ("requester_id", "requester_id"), ("responder_id", "responder_id"),
            ("description_text", "description_text"), ("due_by_str", "due_by"),
            ("fr_due_by_str", "fr_due_by"),
            ("created_at_str", "created_at"), ("updated_at_str", "updated_at"),
        ):  # fmt: skip
            assert item[key] == row[said], key
        for key in (
            "first_responded_at",
            "agent_responded_at",
            "created_at",
            "updated_at",
            "status_updated_at",
        ):
            assert item["stats"][key] == row["stats"][key], key
        agent = row["responder_id"]
        assert item["agent_name"] == (f"Agent no. {agent - 19000010000}" if agent else "Unassigned")
        assert item["requester_name"] == f"Caller {row['requester_id'] - 19000020000}"
