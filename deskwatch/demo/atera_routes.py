"""The routes of Atera's API v3 that a ticket source reads, and its pages."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar, cast
from urllib.parse import urlencode
from zlib import crc32

from deskwatch.demo.answers import Answer, RefusedError
from deskwatch.demo.atera_rows import Row, date_text, status_text, ticket_row
from deskwatch.demo.atera_switches import AteraSwitches
from deskwatch.demo.calls import Call
from deskwatch.demo.freshservice import Handler, Route, make_route
from deskwatch.demo.helpdesk import Helpdesk, UnknownTicketError
from deskwatch.demo.records import HelpdeskTicket
from deskwatch.demo.statuses import CLOSED, RESOLVED

PREFIX = "/api/v3"
PAGE, MOST = 20, 50
"""Where the API is; rows of a page unless asked otherwise, and at most."""
_Thing = TypeVar("_Thing")
_PROBLEM_TYPE = "application/problem+json; charset=utf-8"
_PHRASES = {400: "Bad Request", 404: "Not Found"}


def switches_of(desk: Helpdesk) -> AteraSwitches:
    """The knobs of an Atera account."""
    return cast(AteraSwitches, desk.switches)


def problem(status: int, detail: str | None = None) -> RefusedError:
    """An error in the shape of RFC 9457."""
    section = {400: "15.5.1", 404: "15.5.5"}[status]
    data = {
        "type": f"https://tools.ietf.org/html/rfc9110#section-{section}",
        "title": _PHRASES[status],
        "status": status,
        "detail": detail,
        "instance": None,
    }
    return RefusedError(Answer(status=status, data=data, headers={"content-type": _PROBLEM_TYPE}))


def nothing(status: int) -> RefusedError:
    """An error without a single byte."""
    return RefusedError(Answer(status=status, raw=b"", headers={"content-type": ""}))


def _tickets(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    wanted, switches = call.query.get("ticketStatus"), switches_of(desk)
    customer = call.query.get("customerId")
    found = []
    for ticket in _existing(desk):
        text = status_text(desk, ticket)
        if wanted is not None and (text.casefold() if switches.any_case else text) != (
            wanted.casefold() if switches.any_case else wanted
        ):
            continue
        if customer is None or str(ticket.department_id) == customer:
            found.append(ticket)
    return _listed(desk, call, found, comments=call.path != "/tickets/noComments")


def _last_modified(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    if not switches_of(desk).has_lastmodified:
        raise problem(404)
    since = _date(desk, call)
    changed = {t.id for t in desk.indexed_tickets() if t.updated_at >= since}
    found = [ticket for ticket in _existing(desk) if ticket.id in changed]
    return _listed(desk, call, found, comments=_flag(call, "includeComments"))


def _status_modified(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    over = (RESOLVED, CLOSED)
    found = [ticket for ticket in _existing(desk) if ticket.status in over and not ticket.spam]
    return _listed(desk, call, found, comments=call.query.get("includeComments", "true") == "true")


def _view(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    relations = _flag(call, "includeRelations")
    row = ticket_row(desk, switches_of(desk), _ticket(desk, call), comments=True, relations=relations)
    return Answer(data=row), 1


def _comments(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    ticket = _ticket(desk, call)
    rows: list[Row] = []
    for message in desk.conversation(ticket.id):
        human = desk.directory.person(message.user_id)
        rows.append(
            {
                "Date": date_text(message.at, switches_of(desk)),
                "Comment": message.text,
                "EndUserID": message.user_id if message.incoming else None,
                "TechnicianContactID": None if message.incoming else message.user_id,
                "Email": human and human.email,
                "FirstName": human and human.first_name,
                "LastName": human and human.last_name,
                "IsInternal": message.kind == "note",
            }
        )
    return _paged(desk, call, rows, lambda row: row), 1


def _account(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    if not switches_of(desk).has_account:
        raise problem(404)
    return Answer(
        data={
            "AccountID": "100200",
            "Country": "United States",
            "CompanyName": "Demo IT",
            "CreatedOn": "2025-01-06T09:00:00Z",
            "TimeZoneName": "Eastern Standard Time",
            "Plan": "Power",
        }
    ), 1


def _customers(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    departments = list(desk.directory.departments.values())
    return _paged(desk, call, departments, lambda d: {"CustomerID": d.id, "CustomerName": d.name}), 1


def _devices(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    """Agents are monitored machines here, not people."""
    devices = [{"MachineID": "m-1", "AgentID": 77, "MachineName": "NW-DC-01", "Online": True}]
    return _paged(desk, call, devices, lambda row: row), 1


def _existing(desk: Helpdesk) -> Iterable[HelpdeskTicket]:
    return (ticket for ticket in desk.tickets() if not ticket.deleted)


def _ticket(desk: Helpdesk, call: Call) -> HelpdeskTicket:
    try:
        ticket = desk.ticket(call.ticket_id or 0)
    except UnknownTicketError:
        raise problem(404) from None
    if ticket.deleted:
        raise problem(404)
    return ticket


def _flag(call: Call, name: str) -> bool:
    return call.query.get(name, "false").lower() == "true"


def _date(desk: Helpdesk, call: Call) -> datetime:
    """Changes since when; without a date, since midnight in UTC."""
    text = call.query.get("date")
    if text is None:
        return call.now.replace(hour=0, minute=0, second=0)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise problem(400, "date") if switches_of(desk).bad_date == 400 else nothing(500) from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _listed(
    desk: Helpdesk, call: Call, found: Sequence[HelpdeskTicket], *, comments: bool
) -> tuple[Answer, int]:
    switches, relations = switches_of(desk), _flag(call, "includeRelations")
    ordered = sorted(found, key=_order(desk, call))
    return _paged(
        desk,
        call,
        ordered,
        lambda t: ticket_row(desk, switches, t, comments=comments, relations=relations),
    ), 1


def _order(desk: Helpdesk, call: Call) -> Callable[[HelpdeskTicket], int]:
    """By id, or shuffled: differently for each question, alike on its pages."""
    switches = switches_of(desk)
    if switches.order != "shuffled":
        sign = 1 if switches.order == "asc" else -1
        return lambda ticket: sign * ticket.id
    asked = sorted((name, text) for name, text in call.query.items() if name != "page")
    salt = crc32(f"{switches.order_seed}{call.path}{asked}".encode())
    return lambda ticket: crc32(b"%d" % ticket.id, salt)


def _paged(desk: Helpdesk, call: Call, rows: Sequence[_Thing], shape: Callable[[_Thing], Row]) -> Answer:
    switches = switches_of(desk)
    number, size = _number(call, "page", 1), _number(call, "itemsInPage", PAGE)
    if size > MOST:
        if switches.too_many_rows == "400":
            raise problem(400, f"itemsInPage must not exceed {MOST}")
        size = MOST
    start = (number - 1) * (size - min(call.overlap, size - 1))
    pages = -(-len(rows) // size)
    data: Row = {
        "items": [shape(row) for row in rows[start : start + size]],
        "totalItemCount": len(rows),
        "page": number,
        "itemsInPage": size,
        "totalPages": pages,
    }
    host = switches.link_host + PREFIX if switches.link_host else call.base_url
    for name, to in (("prevLink", number - 1), ("nextLink", number + 1)):
        if 1 <= to <= pages:
            data[name] = f"{host}{call.path}?{urlencode({**call.query, 'page': str(to)})}"
        elif switches.last_link != "absent":
            data[name] = "" if switches.last_link == "empty" else None
    return Answer(data=data)


def _number(call: Call, name: str, usual: int) -> int:
    text = call.query.get(name, str(usual))
    if not text.isascii() or not text.isdecimal() or not 0 < int(text) < 1 << 31:
        raise problem(400, f"The value '{text[:40]}' is not valid for {name}.")
    return int(text)


def _made(*routes: tuple[str, str, Handler]) -> tuple[Route, ...]:
    return tuple(make_route(*route) for route in routes)


ATERA: tuple[Route, ...] = _made(
    ("list", "/tickets", _tickets),
    ("list", "/tickets/noComments", _tickets),
    ("lastmodified", "/tickets/lastmodified", _last_modified),
    ("statusmodified", "/tickets/statusmodified", _status_modified),
    ("view", "/tickets/{id}", _view),
    ("comments", "/tickets/{id}/comments", _comments),
    ("account", "/account", _account),
    ("customers", "/customers", _customers),
    ("devices", "/agents", _devices),
)
