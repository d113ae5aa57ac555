"""The JSON of the dashboard, as docs/openapi.json describes it; strict: no NaN, no lone surrogates."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, request

from deskwatch.core.board import Row
from deskwatch.core.light import light_of
from deskwatch.core.privacy import Privacy
from deskwatch.core.ticket import Ticket, format_instant
from deskwatch.core.view import View
from deskwatch.web.access import Grant
from deskwatch.web.choosing import Choice, choose
from deskwatch.web.discretion import discreet
from deskwatch.web.feed import Feed
from deskwatch.web.health import desk_now, readiness
from deskwatch.web.lamp import stale_reason
from deskwatch.web.printing import ALWAYS_ASK, JSON, NEVER_KEEP, fingerprint
from deskwatch.web.privacy import Sight, sight_of_ticket, veil, veil_taken
from deskwatch.web.query import counted
from deskwatch.web.views import LiveBoard
from deskwatch.web.within import current_feed, current_grant, current_time, described
from deskwatch.web.wording import ENGLISH

api = Blueprint("api", __name__)

OPENAPI = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
PAGE_SIZE = 100
LARGEST_PAGE = 1000


@api.get("/api/v1/boards")
def boards() -> Response:
    """The boards this client may see, with their counts."""
    feed, grant = current_feed(), current_grant()
    with feed.lock:
        seen = [_board_summary(b) for b in feed.boards.values() if grant.covers(b.board.id)]
    return _answer({"boards": seen})


@api.get("/api/v1/boards/<board_id>")
def board(board_id: str) -> Response:
    """One board with its sections and the tickets that are asked for, as on its wall at the same query."""
    feed, grant = current_feed(), current_grant()
    with feed.lock:
        live = feed.boards.get(board_id) if grant.covers(board_id) else None
        if live is None:
            abort(404, f"There is no board {board_id!r}.")
        limit = _number("limit", feed.published.config.web.rows_per_section, LARGEST_PAGE)
        view = _view(live, grant)
        choice = choose(live.index, view)
        sections = [
            {
                "id": section.id,
                "title": section.title,
                "count": choice.count(section.id),
                "tickets": _tickets(feed, live, choice.keys(section.id, limit), view.privacy),
            }
            for section in live.board.sections
            if not view.sections or section.id in view.sections
        ]
        summary = _board_summary(live, choice)
        coming = _before_opening(feed, live, choice, limit, view.privacy)
    return _answer({**summary, "sections": sections, "before_opening": coming})


@api.get("/api/v1/boards/<board_id>/light")
def light(board_id: str) -> Response:
    """What a status lamp shows for the board."""
    feed, grant, now = current_feed(), current_grant(), current_time()
    with feed.lock:
        live = feed.boards.get(board_id) if grant.covers(board_id) else None
        if live is None:
            abort(404, f"There is no board {board_id!r}.")
        freshness = feed.published.freshness
        if grant.boards is not None:
            freshness = discreet(freshness, [live.board])
        stale = stale_reason(freshness, len(feed.mirror.unreadable), now=now)
        shown = light_of(live.board.light, live.lamp.of(live.index), stale)
    return _answer({"board": board_id, **shown.to_dict()})


@api.get("/api/v1/tickets")
def tickets() -> Response:
    """All tickets this client may see, by key, a page at a time: ``limit`` and ``after`` (a key).

    Each is shown as ``sight_of_ticket`` says.
    """
    feed, grant = current_feed(), current_grant()
    limit, after = _number("limit", PAGE_SIZE, LARGEST_PAGE), request.args.get("after", "")
    with feed.lock:
        seen = [b.index for b in feed.boards.values() if grant.covers(b.board.id)]
        keys = sorted(
            key
            for key in feed.mirror.tickets
            if key > after and (grant.boards is None or any(key in index for index in seen))
        )
        page = [_sight(feed, grant, key).of(feed.mirror.tickets[key]) for key in keys[:limit]]
    following = page[-1].key if len(keys) > limit else None
    return _answer({"tickets": [_public(t, feed) for t in page], "total": len(keys), "next_after": following})


@api.get("/api/v1/tickets/<key>")
def ticket(key: str) -> Response:
    """One ticket, with its description, and where it stands on each board."""
    feed = current_feed()
    found, rows, privacy = _find(key)
    data = _public(found, feed)
    data["description"] = found.description
    data["boards"] = {board_id: _placed(row, privacy) for board_id, row in rows.items()}
    data["taken"] = _taken(feed, key, privacy)
    return _answer(data)


@api.get("/api/v1/status")
def status() -> Response:
    """What /readyz says, business hours and who is on call, always with status 200."""
    feed, grant, now = current_feed(), current_grant(), current_time()
    said = {**readiness(feed, grant, now=now), **desk_now(feed, grant, now=now)}
    return _answer(said, keep=NEVER_KEEP)


@api.get("/readyz")
def readyz() -> Response:
    """Whether the wall can be relied on: 200, or 503 with the reasons."""
    said = readiness(current_feed(), current_grant(), now=current_time())
    return _answer(said, 200 if said["ready"] else 503, keep=NEVER_KEEP)


@api.get("/openapi.json")
def openapi() -> Response:
    """The description of this API."""
    return Response(OPENAPI.read_bytes(), mimetype=JSON, headers={"Cache-Control": ALWAYS_ASK})


def _find(key: str) -> tuple[Ticket, dict[str, Row], Privacy]:
    """The ticket as this client may see it, where it stands, and at which level it is shown."""
    feed, grant = current_feed(), current_grant()
    with feed.lock:
        found = feed.mirror.tickets.get(key)
        rows = {b.board.id: row for b in feed.boards.values() if (row := b.index.row(key)) is not None}
        sight = _sight(feed, grant, key)
    if found is None or not (grant.boards is None or grant.covers_any(rows)):
        abort(404, f"There is no ticket {key[:80]!r}.")
    shown = sight.of(described(feed, found))
    return shown, {board_id: row for board_id, row in rows.items() if grant.covers(board_id)}, sight.privacy


def _sight(feed: Feed, grant: Grant, key: str) -> Sight:
    holding = [live.board for live in feed.boards.values() if key in live.index]
    return sight_of_ticket(grant, holding, [live.board for live in feed.boards.values()])


def _view(live: LiveBoard, grant: Grant) -> View:
    """What is asked for; a wall makes do without what makes no sense, a program is told."""
    wishes = live.wishes(request.query_string.decode("latin-1"), grant.privacy)
    if wishes.notices:
        abort(400, wishes.notices[0].said(ENGLISH))
    return wishes.view


def _board_summary(live: LiveBoard, choice: Choice | None = None) -> dict[str, Any]:
    return {"id": live.board.id, "title": live.board.title, "counts": live.counts(choice)}


def _tickets(feed: Feed, live: LiveBoard, keys: list[str], privacy: Privacy) -> list[dict[str, Any]]:
    found = []
    for key in keys:
        row = live.index.row(key)
        if row is not None:
            ticket = veil(feed.mirror.tickets[key], privacy, public=live.board.public)
            found.append(
                {**_public(ticket, feed), **_placed(row, privacy), "taken": _taken(feed, key, privacy)}
            )
    return found


def _before_opening(
    feed: Feed, live: LiveBoard, choice: Choice, limit: int, privacy: Privacy
) -> dict[str, Any] | None:
    """What is due while the desk is closed next; ``None``: it never closes, or never opens again."""
    closed = feed.published.present.closed
    if closed is None:
        return None
    keys = choice.due_within(closed.since, closed.opening)
    return {
        "opening": format_instant(closed.opening),
        "count": len(keys),
        "tickets": _tickets(feed, live, keys[:limit], privacy),
    }


def _public(ticket: Ticket, feed: Feed) -> dict[str, Any]:
    """A veiled ticket without what a list does not need; whoever is hidden has neither id nor name."""
    data = ticket.to_dict()
    del data["description"]
    source = feed.published.config.sources.get(ticket.source)
    data["source_title"] = (source and source.title) or ticket.source
    for role in ("requester", "agent", "group", "client", "previous_agent"):
        if data[role]:
            data[role] = {"id": data[role]["id"] or None, "name": data[role]["name"] or None}
    return data


def _placed(row: Row, privacy: Privacy) -> dict[str, Any]:
    """Where a ticket stands. Why it is due then may name a policy, and a policy a client."""
    return {
        "section": row.section,
        "sla": {
            "state": row.state.value,
            "target": row.sla.target,
            "due_at": _text(row.sla.due_at),
            "why": "" if privacy is Privacy.NONE else row.sla.why,
        },
        "update": {
            "state": row.update_state.value,
            "target": row.update.target,
            "due_at": _text(row.update.due_at),
        },
        "escalations": [
            {"at": _text(step.at), "from": step.from_, "to": step.to, "due_at": _text(step.due_at)}
            for step in row.escalations
        ],
        "explanation_owed_since": _text(row.explanation),
    }


def _taken(feed: Feed, key: str, privacy: Privacy) -> dict[str, Any] | None:
    taken = feed.duty.taken.get(key)
    if taken is None:
        return None
    shown = veil_taken(taken, privacy)
    return {"by": shown.by, "at": _text(shown.at)}


def _text(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)


def _number(name: str, default: int, largest: int) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    found = counted(text, largest)
    if found is None:
        abort(400, f"{name}: expected a number from 1 to {largest}.")
    return found


def _answer(data: dict[str, Any], status: int = 200, *, keep: str = ALWAYS_ASK) -> Response:
    body = json.dumps(data, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    response = Response(body, status, mimetype=JSON, headers={"Cache-Control": keep})
    response.set_etag(fingerprint(body))
    if status == 200:
        response.make_conditional(request)
    return response
