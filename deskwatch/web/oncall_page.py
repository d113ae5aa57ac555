"""``/on-call``: who is on call and who comes next; the same as JSON, and as a calendar to subscribe to."""

import json
from datetime import datetime, timedelta

from flask import Blueprint, Response, abort, request

from deskwatch.config import Config
from deskwatch.core.duties import duties
from deskwatch.core.legible import legible
from deskwatch.core.oncall import Schedule
from deskwatch.core.privacy import Privacy, stricter
from deskwatch.core.ticket import format_instant
from deskwatch.ics.duties import duty_calendar
from deskwatch.web.oncall_plan import (
    DAYS,
    MOST_DAYS,
    Layer,
    current_schedule,
    day_words,
    names_of,
    plan,
)
from deskwatch.web.printing import ALWAYS_ASK, HTML, JSON
from deskwatch.web.privacy import laxest
from deskwatch.web.query import counted
from deskwatch.web.within import current_feed, current_grant, current_time, spoken_pages
from deskwatch.web.wording import Phrase

on_call = Blueprint("on_call", __name__)

CALENDAR_DAYS, CALENDAR_BEHIND = 60, timedelta(days=7)
"""What a subscribed calendar holds around now; programs fetch it every few hours."""


@on_call.get("/on-call")
def on_call_page() -> Response:
    """The page for people."""
    config, schedule, now = _plan_of_now()
    pages = spoken_pages()
    until = now + timedelta(days=_days())

    def words(at: datetime) -> str:
        cut = at in (now, until)  # the stretch began before, or goes on
        return "…" if cut else day_words(at, config.oncall_zone, pages.say)

    layers = [
        {
            "id": layer.id,
            "stretches": [
                {
                    "start": words(each.start),
                    "end": words(each.end),
                    "name": each.name,
                    "is_gap": each.is_gap,
                    "is_now": each.is_now,
                }
                for each in layer.stretches
            ],
        }
        for layer in _layers(config, schedule, now)
    ]
    page = pages.template("oncall.html")
    title = pages.say("On call")
    body = page.render(layers=layers, days=_days(), zone=str(config.oncall_zone), title=title, root="")
    return Response(body, content_type=HTML, headers={"Cache-Control": ALWAYS_ASK})


@on_call.get("/api/v1/on-call")
def on_call_json() -> Response:
    """The plan of the coming ``days``, of all or of one ``person``, with its gaps."""
    config, schedule, now = _plan_of_now()
    layers = [
        {
            "layer": layer.id,
            "stretches": [
                {
                    "start": format_instant(each.start),
                    "end": format_instant(each.end),
                    "name": None if each.is_gap else each.name,
                    "now": each.is_now,
                }
                for each in layer.stretches
            ],
        }
        for layer in _layers(config, schedule, now)
    ]
    said = {"zone": str(config.oncall_zone), "days": _days(), "layers": layers}
    body = json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")
    return Response(body, mimetype=JSON, headers={"Cache-Control": ALWAYS_ASK})


@on_call.get("/on-call.ics")
def on_call_calendar() -> Response:
    """The plan as iCalendar (RFC 5545), of all or of one ``person``."""
    config, schedule, now = _plan_of_now()
    person, privacy = _person(config), _privacy()
    names = names_of(config, privacy)
    since = (now - CALENDAR_BEHIND).replace(minute=0, second=0, microsecond=0)
    found = duties(schedule, since, now + timedelta(days=CALENDAR_DAYS))
    title = f"On call: {names[person]}" if person else "On call"
    wanted = [duty for duty in found if person in ("", duty.person)]
    anonymous = privacy is not Privacy.FULL
    body = duty_calendar(wanted, names, title=title, since=since, now=now, anonymous=anonymous)
    return Response(body, content_type="text/calendar; charset=utf-8", headers={"Cache-Control": ALWAYS_ASK})


def _plan_of_now() -> tuple[Config, Schedule, datetime]:
    config, now = current_feed().published.config, current_time()
    return config, current_schedule(config, now=now), now


def _layers(config: Config, schedule: Schedule, now: datetime) -> tuple[Layer, ...]:
    return plan(schedule, names_of(config, _privacy()), days=_days(), person=_person(config), now=now)


def _privacy() -> Privacy:
    """As open as the most open board this client may see: the plan names the same people."""
    boards, grant = current_feed().published.config.boards.values(), current_grant()
    seen = [board.privacy for board in boards if grant.covers(board.id)]
    return stricter(laxest(seen) or Privacy.NONE, grant.privacy)


def _person(config: Config) -> str:
    person = request.args.get("person", "")
    if person and (person not in config.people or _privacy() is not Privacy.FULL):
        abort(404, Phrase("“{0}” is nobody in the plan.", legible(person, 60)))
    return person


def _days() -> int:
    days = counted(request.args.get("days", str(DAYS)), MOST_DAYS)
    if days is None:
        abort(400, Phrase("{0}: expected a number from 1 to {1}.", "days", MOST_DAYS))
    return days
