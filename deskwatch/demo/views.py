"""Which tickets a call sees: windows, workspaces, trash and spam, orders. The same for both products."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from deskwatch.demo.answers import Answer, RefusedError, invalid, refused
from deskwatch.demo.calls import Call
from deskwatch.demo.helpdesk import Helpdesk
from deskwatch.demo.query import TICKET_FIELDS, Field, QueryError, parse_query, unquoted
from deskwatch.demo.records import HelpdeskTicket
from deskwatch.demo.statuses import OPEN, PENDING

WINDOW = timedelta(days=30)
"""A plain list shows only tickets created this recently."""
FILTER_PAGE = 30
_FILTERS = ("new_and_my_open", "watching", "spam", "deleted", "all_tickets")
_ORDERS = ("asc", "desc")


def listed_tickets(desk: Helpdesk, call: Call, *, order_by: str = "created_at") -> list[HelpdeskTicket]:
    """The tickets a list call sees, in its order.

    Raises:
        RefusedError: a parameter Freshservice would refuse.
    """
    tests = [_visible(desk), _in_workspace(desk, call), _in_view(call), _in_window(call)]
    tests += _narrowed(desk, call)
    descending = call.choice("order_type", _ORDERS) != "asc"
    chosen = [ticket for ticket in desk.tickets() if all(test(ticket) for test in tests)]
    return sorted(chosen, key=lambda t: (getattr(t, order_by) or t.created_at, t.id), reverse=descending)


def filtered_tickets(desk: Helpdesk, call: Call) -> list[HelpdeskTicket]:
    """The tickets a query finds in the lagging index, newest first.

    Raises:
        RefusedError: the query is not quoted, too long or wrong.
    """
    tests = [_visible(desk), _in_workspace(desk, call), HelpdeskTicket.is_listed.fget]  # type: ignore[attr-defined]
    text = call.query.get("query")
    try:
        matches = parse_query(unquoted(text), query_fields(desk))
    except QueryError as problem:
        if desk.switches.filter_refusal == "500 text" and not (text or "").startswith('"'):
            headers = {"content-type": "text/plain; charset=utf-8"}
            raise RefusedError(Answer(status=500, raw=b"Internal Error", headers=headers)) from None
        raise invalid("query", f"Given query is invalid: {problem}") from None
    found = [t for t in desk.indexed_tickets() if all(test(t) for test in tests) and matches(t)]
    return sorted(found, key=lambda t: (t.created_at, t.id), reverse=True)


def filter_page(call: Call, found: Sequence[HelpdeskTicket]) -> Sequence[HelpdeskTicket]:
    """The page of a filter answer; ``per_page`` is not honoured."""
    start = (call.page - 1) * (FILTER_PAGE - min(call.overlap, FILTER_PAGE - 1))
    return found[start : start + FILTER_PAGE]


def query_fields(desk: Helpdesk) -> dict[str, Field]:
    """Every field a query may name, custom fields included."""

    def email(ticket: HelpdeskTicket) -> str | None:
        human = desk.directory.person(ticket.requester_id)
        return human.email if human else None

    def department(ticket: HelpdeskTicket) -> str | None:
        found = desk.directory.departments.get(ticket.department_id or 0)
        return found.name if found else None

    def custom(name: str) -> Field:
        return Field(lambda ticket: ticket.custom_fields.get(name), str)

    custom_fields = {name: custom(name) for name in ("site", "asset_tag", "contract")}
    return {
        **custom_fields,
        **TICKET_FIELDS,
        "email": Field(email, str),
        "department": Field(department, str),
    }


_Test = Callable[[HelpdeskTicket], bool]


def _visible(desk: Helpdesk) -> _Test:
    groups = desk.switches.visible_groups
    return lambda ticket: groups is None or ticket.group_id in groups


def _in_workspace(desk: Helpdesk, call: Call) -> _Test:
    wanted = call.integer("workspace_id")
    if not desk.switches.has_workspaces or wanted == 0:
        return lambda ticket: True
    if wanted is None:
        wanted = next(w.id for w in desk.directory.workspaces.values() if w.primary)
    elif wanted not in desk.directory.workspaces:
        raise refused(403, "access_denied", "You are not authorized to perform this action.")
    return lambda ticket: ticket.workspace_id == wanted


def _in_view(call: Call) -> _Test:
    match call.choice("filter", _FILTERS):
        case "deleted":
            return lambda ticket: ticket.deleted
        case "spam":
            return lambda ticket: ticket.spam and not ticket.deleted
        case "watching":
            return lambda ticket: False
        case "new_and_my_open":
            return lambda t: t.is_listed and t.status in (OPEN, PENDING) and t.responder_id is None
        case _:
            return lambda ticket: ticket.is_listed


def _in_window(call: Call) -> _Test:
    since = call.instant("updated_since")
    if since is not None:
        return lambda ticket: ticket.updated_at >= since
    oldest = call.now - WINDOW
    return lambda ticket: ticket.created_at >= oldest


def _narrowed(desk: Helpdesk, call: Call) -> list[_Test]:
    tests: list[_Test] = []
    requester_id, kind, email = call.integer("requester_id"), call.query.get("type"), call.query.get("email")
    if requester_id is not None:
        tests.append(lambda ticket: ticket.requester_id == requester_id)
    if kind is not None:
        tests.append(lambda ticket: ticket.type == kind)
    if email is not None:
        ids = {h.id for h in desk.directory.requesters.values() if h.email == email}
        tests.append(lambda ticket: ticket.requester_id in ids)
    return tests
