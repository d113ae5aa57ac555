"""A folder as Ticket Dash leaves it: raw tickets with 4 spaces, maps by hand, constants, and the odd file."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
GROUP = 19000234009
KEY = "canary-key-of-the-desk"
STATUSES = (2, 3, 8, 9, 10, 13, 19, 23, 26, 27)

MAIN = """\
import datetime
import os
from flask import Flask
open("ran", "w").write("a program that is only read must not run")
raise SystemExit("it ran")

FRESHSERVICE_DOMAIN = "acme.freshservice.com"
PROFESSIONAL_SERVICES_GROUP_ID = 19000234009
FR_SLA_CRITICAL_HOURS = 4
FR_SLA_WARNING_HOURS = 12
OPEN_STATUS_ID = 2
PENDING_STATUS_ID = 3
WAITING_ON_CUSTOMER_STATUS_ID = 9
WAITING_ON_AGENT_STATUS_ID = 26  # called Customer Replied since August
ON_HOLD_STATUS_ID = 23
UPDATE_NEEDED_STATUS_ID = 19
PENDING_HUBSPOT_STATUS_ID = 27
AUTO_REFRESH_INTERVAL_SECONDS = 30
SUPPORTED_VIEWS = {"helpdesk": "Helpdesk", "professional-services": "Professional Services"}
SLA_UPDATE_THRESHOLDS = {
    4: datetime.timedelta(minutes=30),
    3: datetime.timedelta(days=2),
    2: datetime.timedelta(days=3),
    1: datetime.timedelta(days=4),
}
app = Flask(__name__)


def status_words(status_id):
    status_names = {
        OPEN_STATUS_ID: "Open",
        PENDING_STATUS_ID: "Pending",
        8: "Scheduled",
        WAITING_ON_CUSTOMER_STATUS_ID: "Waiting on Customer",
        10: "Waiting on Third Party",
        13: "Under Investigation",
        UPDATE_NEEDED_STATUS_ID: "Update Needed",
        ON_HOLD_STATUS_ID: "On Hold",
        WAITING_ON_AGENT_STATUS_ID: "Customer Replied",
        PENDING_HUBSPOT_STATUS_ID: "Pending Hubspot",
    }
    return status_names.get(status_id)


if __name__ == "__main__":
    scheduler.add_job(poll, "interval", seconds=180)
    app.run(host="0.0.0.0", port=5001)
"""
WATCHER = """\
FRESHSERVICE_DOMAIN = "acme.freshservice.com"
BASE_URL = f"https://{FRESHSERVICE_DOMAIN}"
STATUS_IDS_TO_INCLUDE = [2, 3, 8, 9, 10, 13, 19, 23, 26, 27]
TYPES_TO_INCLUDE = ["Incident", "Service Request"]
TICKETS_PER_PAGE = 30
MAX_PAGES = 50
"""


def raw_ticket(number: int, **changes: Any) -> dict[str, Any]:
    """A ticket as the helpdesk tells it with ``include=stats``; another number is another ticket."""
    chance = random.Random(number)
    created = NOW - timedelta(minutes=chance.randrange(60, 40 * 1440))
    updated = created + (NOW - created) * chance.random()
    answered = chance.random() < 0.5
    stats = {
        "created_at": iso(created),
        "updated_at": iso(updated),
        "ticket_id": number + 27_003_000_000,
        "opened_at": None,
        "group_escalated": False,
        "inbound_count": 1,
        "outbound_count": int(answered),
        "status_updated_at": iso(updated),
        "pending_since": None,
        "resolved_at": None,
        "closed_at": None,
        "first_assigned_at": None,
        "assigned_at": None,
        "agent_responded_at": iso(created + (updated - created) / 2) if answered else None,
        "requester_responded_at": None,
        "first_responded_at": iso(created + (updated - created) / 2) if answered else None,
        "first_resp_time_in_secs": 60 if answered else None,
        "resolution_time_in_secs": 0,
    }
    return {
        "id": number,
        "subject": f"Printer {number} prints stripes",
        "type": chance.choice(["Incident", "Incident", "Service Request"]),
        "status": chance.choice(STATUSES),
        "priority": chance.randint(1, 4),
        "source": 1,
        "group_id": chance.choice([None, 19000100001, GROUP]),
        "requester_id": 19000020000 + chance.randint(1, 40),
        "responder_id": chance.choice([None, *range(19000010001, 19000010009)]),
        "department_id": None,
        "workspace_id": 2,
        "created_at": iso(created),
        "updated_at": iso(updated),
        "due_by": iso(created + timedelta(days=chance.randint(1, 60))),
        "fr_due_by": iso(created + timedelta(hours=chance.randint(1, 1000))),
        "fr_escalated": False,
        "is_escalated": False,
        "deleted": False,
        "spam": False,
        "tags": [],
        "custom_fields": {"site": None},
        "description": "<div>It does so since this morning.</div>",
        "description_text": "It does so since this morning.",
        "stats": stats,
        **changes,
    }


def iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def written(row: Any) -> bytes:
    """As Ticket Dash writes it."""
    return json.dumps(row, indent=4).encode()


def make_folder(root: Path, *, tickets: int = 20, main: str = MAIN, odd: bool = False) -> Path:
    """A whole folder. ``odd``: with everything that half a year of use leaves behind."""
    folder = root / "ticket-dash"
    (folder / "tickets").mkdir(parents=True)
    (folder / "main.py").write_text(main)
    (folder / "ticket_watcher.py").write_text(WATCHER)
    (folder / "token.txt").write_text(f"{KEY}\n")
    (folder / "agents.txt").write_text("".join(f"{19000010000 + n}:Agent no. {n}\n" for n in range(1, 9)))
    people = "".join(f"{19000020000 + n}:Caller {n}\n" for n in range(1, 41))
    (folder / "requesters.txt").write_text(people)
    for number in range(1001, 1001 + tickets):
        (folder / "tickets" / f"{number}.txt").write_bytes(written(raw_ticket(number)))
    for day, number in (("2026-01-05", 900), ("2026-02-07", 901), ("2026-02-09", 901), ("2026-02-09", 902)):
        place = folder / "tickets" / "archive" / day
        place.mkdir(parents=True, exist_ok=True)
        row = raw_ticket(number, status=5, subject=f"Over since {day}")
        (place / f"{number}.txt").write_bytes(written(row))
    if odd:
        add_odd_files(folder)
    return folder


def add_odd_files(folder: Path) -> None:
    tickets = folder / "tickets"
    (tickets / "27.json").write_bytes(written(raw_ticket(27)))
    (tickets / "notes.txt").write_text("not a ticket")
    (tickets / "2001.txt").write_bytes(written(raw_ticket(2001))[:200])  # a reader met half a file
    (tickets / "2002.txt").write_bytes(b"")
    (tickets / "2003.txt").write_bytes(b"\xef\xbb\xbf" + written(raw_ticket(2003)))
    (tickets / "2004.txt").write_bytes(written(raw_ticket(2004)).replace(b"\n", b"\r\n"))
    (tickets / "2005.txt").write_bytes(
        written(raw_ticket(1001, updated_at="2026-03-10T14:59:59Z", subject="Newer"))
    )
    (tickets / "2006.txt").write_bytes(written([raw_ticket(2006)]))
    (tickets / "2007.txt").write_bytes(written(raw_ticket(2007, type="Alert")))
    (tickets / "2008.txt").write_bytes(written(raw_ticket(2008, status=4)))
    (tickets / "2009.txt").write_bytes(written({**raw_ticket(2009), "id": "../../x"}))
    (tickets / "2010.txt").write_bytes(written({k: v for k, v in raw_ticket(2010).items() if k != "id"}))
    (tickets / "2011.txt").mkdir()
    (folder / "agents.txt").write_bytes(
        b"\xef\xbb\xbf19000010001:Ana: second line\r\n\r\nno colon here\r\n19000010002:\r\n:Nobody\r\n"
        b"19000010003:Ben\r\n19000010003:Ben Two\r\nx1:No number\r\n19000010004: M\xc3\xada # 1 \r\n"
        b"19000010005:null\r\n"
    )
    (folder / "old.py").write_text("def broken(:\n")
