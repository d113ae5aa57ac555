"""One ticket: its page (which the panel of a wall shows too), its tooltip, and its short link.

Only what the reader's board, its privacy and the address let through leaves this module.
"""

import logging
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote

from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import NotFound

from deskwatch.core.board import Board, Row
from deskwatch.core.changes import Change
from deskwatch.core.hours import ALWAYS
from deskwatch.core.legible import legible, legible_block
from deskwatch.core.own_tickets import Note, notes_of
from deskwatch.core.privacy import Privacy, stricter
from deskwatch.core.sla import SlaClock
from deskwatch.core.ticket import Ticket
from deskwatch.core.view import View
from deskwatch.errors import UsageError
from deskwatch.settings import parse_zone
from deskwatch.store.errors import StoreError
from deskwatch.web.access import Grant
from deskwatch.web.board_printer import Look, looking
from deskwatch.web.cells import cells, ticket_link
from deskwatch.web.duty import Taken
from deskwatch.web.feed import Feed
from deskwatch.web.marks import mark_of, marks_on
from deskwatch.web.pages import Pages
from deskwatch.web.printing import HTML, NEVER_KEEP
from deskwatch.web.privacy import laxest, veil, veil_duty
from deskwatch.web.query import usual_view, wishes_of
from deskwatch.web.reading import look_of
from deskwatch.web.ticket_facts import ClockFacts, Telling, description_of
from deskwatch.web.within import (
    current_feed,
    current_grant,
    current_pages,
    current_time,
    described,
    spoken_pages,
)
from deskwatch.web.wording import Phrase

log = logging.getLogger(__name__)

EXCERPT = 300
"""Characters of a description that the tooltip shows."""
LAST_CHANGES = 10
"""Changes that the page of a ticket shows."""
MOST_NAMESAKES = 20
"""Tickets of one number that a short link lists."""

_TEXTS = frozenset({"description", "note"})
"""Changes that tell what the description and the notes tell."""

_GONE = Phrase("This ticket is not on this board, or not any more: it may be done.")

ticket_page = Blueprint("ticket_page", __name__)


class _Shown(NamedTuple):
    """A ticket as this reader may see it on one board, and how to print it."""

    board: Board
    view: View
    ticket: Ticket
    row: Row
    taken: Taken | None
    look: Look
    pages: Pages
    hides_description: bool
    notes: tuple[Note, ...]


@ticket_page.get("/b/<board_id>/t/<path:key>")
def page(board_id: str, key: str) -> Response:
    """Everything about one ticket, complete without JavaScript; ``article#ticket`` is what a panel shows."""
    feed = current_feed()
    root = "../../../" + "../" * key.count("/")
    try:
        shown = _find(feed, board_id, key)
    except NotFound:
        return _gone(root)
    view, ticket, row, say = shown.view, shown.ticket, shown.row, shown.pages.say
    telling = Telling(say, shown.look.zone, now=current_time())
    hours = feed.published.config.calendar_for(ticket).name

    def clock(of: SlaClock) -> ClockFacts:
        named = hours if of.calendar is ALWAYS else of.calendar.name
        return telling.clock(of, None if view.privacy is Privacy.NONE else named)

    return _page(
        shown,
        "ticket.html",
        root=root,
        title=f"{legible(ticket.number or ticket.id, 24)} {legible(ticket.subject, 80)}",
        board=shown.board,
        wishes=wishes_of(view, usual=usual_view(shown.board)),
        people=telling.people(ticket, shown.taken),
        kind=telling.kind(ticket),
        clocks=[clock(row.sla), clock(row.update)],
        warnings=list(telling.warnings(row)),
        description=description_of(ticket),
        notes=telling.notes(shown.notes),
        changes=telling.changes(_changes(feed, shown)) if view.privacy is Privacy.FULL else [],
        as_of=telling.at(current_time()),
    )


@ticket_page.get("/b/<board_id>/t/<path:key>/tip")
def tip(board_id: str, key: str) -> Response:
    """The beginning of a ticket, for the tooltip."""
    shown = _find(current_feed(), board_id, key)
    said = legible_block(shown.ticket.description, EXCERPT)
    return _page(shown, "tip.html", description=said)


@ticket_page.get("/t/<path:asked>")
def short_link(asked: str) -> Response:
    """Leads to the ticket's page, in its helpdesk or else here; of several with this number, to a list."""
    feed, pages = current_feed(), spoken_pages()
    root = "../" * (asked.count("/") + 1)
    found = _linked(feed, current_grant(), asked, root)
    headers = {"Cache-Control": NEVER_KEEP}
    if len(found) == 1:
        return Response(status=HTTPStatus.FOUND, headers={**headers, "Location": found[0][1]})
    if not found:
        abort(HTTPStatus.NOT_FOUND, Phrase("There is no ticket “{0}” on these boards.", legible(asked, 80)))
    listed = [
        {
            "number": legible(ticket.number or ticket.id, 24),
            "words": legible(ticket.subject, 80),
            "link": link,
        }
        for ticket, link in found[:MOST_NAMESAKES]
    ]
    body = pages.template("namesakes.html").render(
        title=pages.say("Ticket {number}", number=legible(asked, 24)), tickets=listed, root=root
    )
    return Response(body.encode("utf-8", "replace"), content_type=HTML, headers=headers)


def _find(feed: Feed, board_id: str, key: str) -> _Shown:
    """The ticket, veiled for this reader; 404 when it is not on a board this client may see."""
    published, grant = feed.published, current_grant()
    if not published.loaded:
        abort(HTTPStatus.SERVICE_UNAVAILABLE, Phrase("The ticket files are being read."))
    with feed.lock:
        live = feed.boards.get(board_id) if grant.covers(board_id) else None
        if live is None or key not in live.index:
            abort(HTTPStatus.NOT_FOUND, _GONE)
        view = live.wishes(request.query_string.decode("latin-1"), grant.privacy).view
        ticket, row = live.index.placed(key)
        duty = veil_duty(feed.duty, view.privacy)
    board = live.board
    hides = board.public or view.privacy is not Privacy.FULL
    if not hides:
        ticket = described(feed, ticket)
    look = looking(
        look_of(published.config, feed.build),
        zone=parse_zone(view.zone) if view.zone else None,
        language=view.language,
    )
    return _Shown(
        board=board,
        view=view,
        ticket=veil(ticket, view.privacy, public=board.public),
        row=row,
        taken=duty.taken.get(key),
        look=look,
        pages=current_pages().spoken(look.language),
        hides_description=hides,
        notes=() if hides else notes_of(ticket),
    )


def _gone(root: str) -> Response:
    """Says that the ticket is not here (any more), in the place where it would be."""
    pages = spoken_pages()
    body = pages.template("gone.html").render(
        root=root,
        title=pages.say("Not on this board"),
        words=_GONE.said(pages.say),
    )
    return Response(body, HTTPStatus.NOT_FOUND, content_type=HTML, headers={"Cache-Control": NEVER_KEEP})


def _page(shown: _Shown, template: str, **values: Any) -> Response:
    """A template about the ticket; never kept, because it tells the time."""
    look = shown.look
    body = shown.pages.template(template).render(
        t=cells(
            shown.ticket,
            shown.row,
            shown.taken,
            zone=look.zone,
            bases=look.web_bases.get(shown.ticket.source, ()),
            privacy=shown.view.privacy,
            say=shown.pages.say,
            mark=mark_of(shown.ticket, marks_on(shown.board, look.marks)),
        ),
        hides_description=shown.hides_description,
        **values,
    )
    headers = {"Cache-Control": NEVER_KEEP}
    return Response(body.encode("utf-8", "replace"), content_type=HTML, headers=headers)


def _linked(feed: Feed, grant: Grant, asked: str, root: str) -> list[tuple[Ticket, str]]:
    """Tickets of this key or number that this client may see, with their pages in the helpdesk or here."""
    bases = look_of(feed.published.config, feed.build).web_bases
    found: list[tuple[Ticket, str]] = []
    wanted = asked.casefold()
    with feed.lock:
        boards = [live for live in feed.boards.values() if grant.covers(live.board.id)]
        exact = feed.mirror.tickets.get(asked)
        known = [exact] if exact else [t for t in feed.mirror.tickets.values() if _is_called(t, wanted)]
        for ticket in known:
            showing = [live.board for live in boards if ticket.key in live.index]
            seen = laxest(stricter(board.privacy, grant.privacy) for board in showing)
            link = ticket_link(ticket.url, bases.get(ticket.source, ()))
            if showing and not ticket.url:  # it lives here, or its program has no pages
                link = f"{root}b/{showing[0].id}/t/{quote(ticket.key)}"
            if link and seen is not None and seen is not Privacy.NONE:
                found.append((veil(ticket, seen), link))
    return found


def _is_called(ticket: Ticket, wanted: str) -> bool:
    number = (ticket.number or ticket.id).casefold()
    return wanted in (number, number.lstrip("#"), ticket.id.casefold(), number.rpartition("-")[2])


def _changes(feed: Feed, shown: _Shown) -> tuple[Change, ...]:
    """The last changes, newest first; none when there is no history or it cannot be read."""
    ticket = shown.ticket
    from deskwatch.store.history import last_changes  # SQLAlchemy costs memory that a wall never needs

    try:
        found = last_changes(feed.published.config.database, ticket.key, LAST_CHANGES)
    except (StoreError, UsageError) as problem:
        log.warning("The history of %s cannot be shown: %s", ticket.key, problem)
        return ()
    return tuple(change for change in found if not (shown.hides_description and change.field in _TEXTS))
