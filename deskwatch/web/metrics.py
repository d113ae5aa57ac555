"""``/metrics``: how the desk and its processes stand, as Prometheus reads it (text format 0.0.4).

Counts and ages only: no text of a ticket and no name of a person.
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort

from deskwatch import __version__
from deskwatch.core.sla import SlaState
from deskwatch.web.feed import Feed
from deskwatch.web.printing import NEVER_KEEP
from deskwatch.web.trouble import instant_of, is_ahead, items_of
from deskwatch.web.within import current_feed, current_grant, current_time
from deskwatch.web.wording import Phrase

metrics = Blueprint("metrics", __name__)

TEXT = "text/plain; version=0.0.4; charset=utf-8"
_UNSENT = ("pending", "sending", "unknown", "awaiting_proof")

Labels = Mapping[str, str]
Sample = tuple[Labels, object]


@dataclass(frozen=True, slots=True)
class Family:
    """All samples of one metric. What is no number is left out: nobody shall take it for 0."""

    name: str
    help: str
    samples: Iterable[Sample]
    kind: str = "gauge"

    def lines(self) -> Iterator[str]:
        """As Prometheus wants them; nothing when there is no sample."""
        written = [
            f"deskwatch_{self.name}{_labels(labels)} {number}"
            for labels, value in self.samples
            if (number := _number(value)) is not None
        ]
        if written:
            yield f"# HELP deskwatch_{self.name} {self.help}"
            yield f"# TYPE deskwatch_{self.name} {self.kind}"
            yield from written


@metrics.get("/metrics")
def scrape() -> Response:
    """Everything, for a client that may see every board."""
    if current_grant().is_guest:
        abort(403, Phrase("This wall link shows some boards only; the figures are about all of them."))
    body = exposition(current_feed(), now=current_time())
    return Response(body, content_type=TEXT, headers={"Cache-Control": NEVER_KEEP})


def exposition(feed: Feed, *, now: datetime) -> bytes:
    """The answer of /metrics at an instant."""
    beats = feed.beats
    with feed.lock:
        desk = list(_desk(feed, now))
    families = [
        *desk,
        *_sources(beats["watcher"], now),
        *_processes(beats, now),
        *_alerting(beats["notifier"]),
    ]
    lines = [line for family in families for line in family.lines()]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _desk(feed: Feed, now: datetime) -> Iterator[Family]:
    published = feed.published
    yield Family("build_info", "1, labelled with the version of Deskwatch.", [({"version": __version__}, 1)])
    yield Family(
        "tickets",
        "Tickets on a board by the state of their next deadline.",
        [
            ({"board": board.board.id, "sla": state.value}, board.index.states()[state])
            for board in feed.boards.values()
            for state in SlaState
        ],
    )
    yield Family("ticket_files", "Tickets in the folder.", [({}, len(feed.mirror.tickets))])
    yield Family("unreadable_files", "Ticket files that make no sense.", [({}, len(feed.mirror.unreadable))])
    yield Family("loaded", "1 when the ticket folder has been read.", [({}, published.loaded)])
    yield Family("desk_open", "1 in business hours.", [({}, published.config.desk_calendar.is_open(now))])


def _sources(watcher: Mapping[str, Any], now: datetime) -> Iterator[Family]:
    said = dict(items_of(watcher.get("sources")))

    def each(name: str, words: str, value: Any) -> Family:
        return Family(f"source_{name}", words, [({"source": key}, value(one)) for key, one in said.items()])

    yield each(
        "data_age_seconds",
        "Since a helpdesk was last read in full.",
        lambda s: _age(s.get("last_good_at"), now),
    )
    yield each("failing", "1 while a helpdesk does not answer as it should.", lambda s: bool(s.get("error")))
    yield each("tickets", "Open tickets of a helpdesk.", lambda s: s.get("tickets"))
    yield each("poll_seconds", "How long the last look at a helpdesk took.", lambda s: s.get("poll_seconds"))
    yield each(
        "doubted_tickets",
        "Tickets that are missing in an answer which is not believed yet.",
        lambda s: _part(s, "doubted").get("missing"),
    )
    yield each(
        "credits_left", "Requests that a helpdesk still allows.", lambda s: _part(s, "credits").get("left")
    )
    yield each(
        "writes_waiting",
        "Notes and priorities not yet written back.",
        lambda s: _part(s, "writes").get("waiting"),
    )


def _processes(beats: Mapping[str, Mapping[str, Any]], now: datetime) -> Iterator[Family]:
    yield Family(
        "heartbeat_age_seconds",
        "Since a process last said that it works.",
        [({"process": name}, _age(beat.get("beat_at"), now)) for name, beat in beats.items()],
    )
    yield Family(
        "process_age_seconds",
        "Since a process was started.",
        [({"process": name}, _age(beat.get("started_at"), now)) for name, beat in beats.items()],
    )
    yield Family(
        "config_problems",
        "Mistakes in the configuration which keep a process on its last good one.",
        [
            ({"process": name}, len(problems))
            for name, beat in beats.items()
            if isinstance(problems := _part(beat, "config").get("problems"), list)
        ],
    )
    children = dict(items_of(beats["supervisor"].get("children")))
    yield Family(
        "process_running",
        "1 while start.py has a process running, 0 while it has to start it again.",
        [({"process": name}, child.get("state") == "running") for name, child in children.items()],
    )
    yield Family(
        "process_restarts_total",
        "How often start.py had to start a process again.",
        [({"process": name}, child.get("restarts")) for name, child in children.items()],
        kind="counter",
    )


def _alerting(notifier: Mapping[str, Any]) -> Iterator[Family]:
    queue, alerts = _part(notifier, "queue"), _part(notifier, "alerts")
    yield Family(
        "messages",
        "Messages on their way, by how far they are.",
        [({"state": state}, queue.get(state)) for state in _UNSENT],
    )
    yield Family(
        "message_oldest_due_seconds",
        "How long the oldest message that is due has been waiting.",
        [({}, queue.get("oldest_due_seconds"))],
    )
    yield Family(
        "alerts",
        "Alerts that are not over.",
        [({"state": state}, alerts.get(state)) for state in ("open", "acknowledged")],
    )
    yield Family(
        "channel_broken",
        "1 while a channel cannot reach anybody.",
        [
            ({"channel": name}, said.get("state") == "broken")
            for name, said in items_of(notifier.get("channels"))
        ],
    )


def _part(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = said.get(name)
    return part if isinstance(part, Mapping) else {}


def _age(said: object, now: datetime) -> float | None:
    at = instant_of(said)
    return None if at is None or is_ahead(at, now) else max(0.0, round((now - at).total_seconds(), 3))


def _number(value: object) -> str | None:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    return None


def _labels(labels: Labels) -> str:
    pairs = (f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{','.join(pairs)}}}" if labels else ""


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
