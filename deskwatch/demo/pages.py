"""Pages for people: what a click on a ticket number opens while Deskwatch runs its demo."""

from flask import Blueprint, Response, make_response, redirect, render_template
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Redirect

from deskwatch.demo.helpdesk import Helpdesk, UnknownTicketError
from deskwatch.demo.records import HelpdeskTicket
from deskwatch.demo.setup_rows import PRIORITIES


def pages_of(helpdesk: Helpdesk) -> Blueprint:
    """``/`` and ``/a/tickets/<id>``, read-only."""
    pages = Blueprint("pages", __name__, template_folder="templates")

    def page(template: str, **values: object) -> Response:
        with helpdesk.lock:
            response = make_response(
                render_template(template, desk=helpdesk, priorities=PRIORITIES, **values)
            )
        response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'self'"
        return response

    @pages.get("/")
    def list_tickets() -> Response:
        tickets = sorted(helpdesk.open_tickets(), key=lambda ticket: (-ticket.priority, ticket.created_at))
        return page("tickets.html", tickets=tickets, now=helpdesk.advance())

    @pages.get("/a/tickets/<int:id_>")
    def show_ticket(id_: int) -> Response:
        try:
            ticket = helpdesk.ticket(id_)
        except UnknownTicketError:
            raise NotFound from None
        return page("ticket.html", ticket=ticket, people=_people(helpdesk, ticket))

    @pages.get("/new/ticket/<int:id_>")
    @pages.get("/helpdesk/tickets/<int:id_>")
    def show_ticket_at_its_old_place(id_: int) -> Redirect:
        return redirect(f"/a/tickets/{id_}")

    @pages.get("/demo.css")
    def style() -> Response:
        response = make_response(render_template("demo.css"))
        response.mimetype = "text/css"
        return response

    return pages


def _people(helpdesk: Helpdesk, ticket: HelpdeskTicket) -> dict[str, str]:
    directory = helpdesk.directory
    agent, requester = directory.agents.get(ticket.responder_id or 0), directory.person(ticket.requester_id)
    group = directory.groups.get(ticket.group_id or 0)
    return {
        "Requester": requester.name if requester else f"#{ticket.requester_id}",
        "Agent": agent.name if agent else "nobody yet",
        "Group": group.name if group else "none",
    }
