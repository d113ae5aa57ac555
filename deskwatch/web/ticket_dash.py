"""Ticket Dash's addresses: its API with the old keys and words, and bookmarks that lead to today's walls."""

import gzip
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from deskwatch.config import Config
from deskwatch.core.legible import legible
from deskwatch.core.privacy import Privacy, stricter
from deskwatch.core.ticket import Ticket
from deskwatch.core.ticket_dash import STATUS_NAMES, DashRules
from deskwatch.core.ticket_dash_shape import answer_of
from deskwatch.web.feed import Feed
from deskwatch.web.printing import HTML, JSON, NEVER_KEEP
from deskwatch.web.privacy import veil
from deskwatch.web.within import current_feed, current_grant, current_time, described, spoken_pages
from deskwatch.web.wording import Phrase

WORTH_PACKING = 1400
"""Bytes: what fits one packet anyway is sent as it is."""

ticket_dash = Blueprint("ticket_dash", __name__)

DEFAULT_VIEW = "helpdesk"
PLAYFUL = "fun"
"""Its arcade page, which showed the same tickets."""


@ticket_dash.get("/api/tickets/<board_id>")
def tickets(board_id: str) -> Response:
    """The tickets of a board in Ticket Dash's sections, order, words and keys; ``agent_id``: only theirs."""
    feed, grant, now = current_feed(), current_grant(), current_time()
    with feed.lock:
        live = feed.boards.get(board_id) if grant.covers(board_id) else None
        loaded, config = feed.mirror.loaded, feed.live.current
        found = list(_tickets(feed, board_id)) if live is not None else []
    if live is None:
        asked = legible(board_id, 60)
        return _answer(
            {"error": f"Unsupported view: {asked}. config/boards.yaml has no board of that id."}, 404
        )
    if not loaded:
        return _answer({"error": "The ticket files are being read. Ask again in a second."}, 503)
    privacy = stricter(grant.privacy, live.board.privacy)
    agent_id = wanted_agent(request.args.get("agent_id", ""))
    if agent_id and privacy is Privacy.FULL:  # else asking for everybody in turn would tell who has what
        found = [ticket for ticket in found if ticket.agent is not None and ticket.agent.id == agent_id]
    if privacy is Privacy.FULL and not live.board.public:
        found = [described(feed, ticket) for ticket in found]
    shown = (veil(ticket, privacy, public=live.board.public) for ticket in found)
    return _answer(answer_of(shown, live.board.title, rules_of(config), now=now))


def wanted_agent(said: str) -> str:
    """The agent id in an address; empty when it is not a number, which Ticket Dash ignored."""
    said = said.strip()
    return str(int(said)) if said.isascii() and said.isdigit() and len(said) < 20 and int(said) else ""


def rules_of(config: Config) -> DashRules:
    """Its constants, as our settings have them: limits and thresholds of sla.yaml, names of sources.yaml."""
    meaning = config.web.ticket_dash
    names = dict(STATUS_NAMES)
    for source in config.sources.values():
        names |= source.status_names
    return DashRules(
        open=frozenset(meaning.open),
        customer_replied=meaning.customer_replied or None,
        never_silent=meaning.never_overdue or None,
        waiting_on_customer=meaning.waiting_on_customer or None,
        on_hold=meaning.on_hold or None,
        names=names,
        limits=config.sla.update_limits,
        warning=config.sla.warning,
        critical=config.sla.critical,
    )


def _tickets(feed: Feed, board_id: str) -> Iterator[Ticket]:
    live = feed.boards[board_id]
    for section in live.board.sections:
        for key in live.index.keys(section.id):
            yield feed.mirror.tickets[key]


@ticket_dash.get("/<board_id>")
def bookmark(board_id: str) -> AnyResponse:
    """An address of Ticket Dash leads to the wall of that board, with whatever else it asked for."""
    feed, grant = current_feed(), current_grant()
    board = DEFAULT_VIEW if board_id == PLAYFUL else board_id
    config = feed.published.config
    if board in config.boards and grant.covers(board):
        query = _query()
        answer = redirect(f"b/{board}{'?' if query else ''}{query}")
        answer.headers["Cache-Control"] = NEVER_KEEP
        return answer
    return _unknown(board_id)


def _query() -> str:
    """What the address asked for, as it was; an ``agent_id`` that is not a number is dropped."""
    said = request.query_string.decode("ascii", "replace")
    if all(wanted_agent(given) for given in request.args.getlist("agent_id")):
        return said
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "agent_id"]
    return urlencode(kept)


def _unknown(view: str) -> Response:
    words = words_for(view)
    if words is None:
        abort(404)
    body = spoken_pages().message(Phrase("Not found"), words)
    return Response(body, 404, content_type=HTML, headers={"Cache-Control": NEVER_KEEP})


MISSING = {
    "helpdesk": "{title: Helpdesk}",
    "professional-services": "{title: Professional Services, match: [{groups: [Professional Services]}]}",
    "incidents": "{title: Incidents, match: [{types: [Incident]}]}",
    "service-requests": "{title: Service Requests, match: [{types: [Service Request]}]}",
}
"""Views that Ticket Dash had, and what makes a board of that id."""


def words_for(view: str) -> Phrase | None:
    """What to tell somebody who opens an old address without a board; ``None``: it is not an old one."""
    if view == "settings":
        return Phrase(
            "Settings are files: config/*.yaml. A saved change is live within seconds, and "
            "python3 start.py check says what is wrong with it."
        )
    board = DEFAULT_VIEW if view == PLAYFUL else view
    if board not in MISSING:
        return None
    lines = f"{board}: {MISSING[board]}"
    return Phrase("There is no such board. To have one, add this to config/boards.yaml: {0}", lines)


def _answer(data: dict[str, Any], status: int = 200) -> Response:
    body = json.dumps(data, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    headers = {"Cache-Control": NEVER_KEEP, "Vary": "Accept-Encoding"}
    if len(body) > WORTH_PACKING and request.accept_encodings["gzip"]:
        body, headers["Content-Encoding"] = gzip.compress(body, 3), "gzip"
    return Response(body, status, mimetype=JSON, headers=headers)
