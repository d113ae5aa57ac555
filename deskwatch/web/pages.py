"""HTML, printed from templates/dashboard. Every text is escaped; nothing here knows about HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from deskwatch.core.board import Board, Row
from deskwatch.core.sla import SlaState
from deskwatch.core.ticket import Ticket
from deskwatch.web.assets import Assets
from deskwatch.web.cells import STATE_WORDS, cells, moment
from deskwatch.web.duty import Duty, Taken
from deskwatch.web.freshness import Freshness
from deskwatch.web.index import BoardIndex
from deskwatch.web.wording import wording

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "dashboard"

COLUMN_WORDS = {
    "sla": "Due",
    "number": "Ticket",
    "subject": "Subject",
    "priority": "Priority",
    "requester": "Requester",
    "agent": "Agent",
    "status": "Status",
    "created": "Age",
    "updated": "Updated",
}
_TILES = (SlaState.OVERDUE, SlaState.CRITICAL, SlaState.WARNING, SlaState.OK)
_CALM = (SlaState.PAUSED, SlaState.MET, SlaState.NONE)


@dataclass(frozen=True, slots=True)
class Look:
    """What a page needs to know besides the tickets."""

    zone: tzinfo
    rows_per_section: int
    web_bases: Mapping[str, str]
    poll_seconds: float
    build: str


class Pages:
    """The templates, and the assets they point to."""

    def __init__(self, assets: Assets, templates: Path = TEMPLATES) -> None:
        self._env = Environment(
            loader=FileSystemLoader(templates), autoescape=True, undefined=StrictUndefined, auto_reload=False
        )
        self._env.globals["asset"] = assets.url
        self._env.globals["_"] = wording("en")

    @cached_property
    def row(self) -> Any:
        """The macro that prints one row."""
        return self._env.get_template("row.html").make_module().row  # type: ignore[attr-defined]

    @cached_property
    def _wall(self) -> Template:
        return self._env.get_template("wall.html")

    @cached_property
    def _board(self) -> Template:
        return self._env.get_template("board.html")

    def wall(self, tiles: Sequence[Any], total: int, sections: Sequence[Any], duty: Any = None) -> str:
        """Tiles, who is on call, and sections: the part of the page that changes with the tickets."""
        return self._wall.render(tiles=tiles, total=total, sections=sections, duty=duty)

    def board(self, **values: Any) -> bytes:
        """The whole page of a board, complete without JavaScript."""
        return self._board.render(**values).encode()

    def boards(self, boards: Sequence[Mapping[str, Any]], *, root: str = "", note: str = "") -> bytes:
        """The list of boards."""
        page = self._env.get_template("boards.html")
        return page.render(title="Boards", boards=boards, root=root, note=note).encode()

    def message(
        self, title: str, words: str, *, icon: str = "alert", root: str = "", retry: int = 0
    ) -> bytes:
        """A page that says one thing. ``retry``: seconds until the browser looks again."""
        page = self._env.get_template("message.html")
        return page.render(title=title, words=words, icon=icon, root=root, retry=retry).encode()


PrintedRow = tuple[Ticket, Row, Taken | None, Markup]
"""What a row was printed from, and its HTML."""


class BoardPrinter:
    """Prints one board again and again, reusing every row that did not change."""

    def __init__(self, pages: Pages, board: Board, look: Look) -> None:
        self._pages = pages
        self._board = board
        self._look = look
        self._printed: dict[str, PrintedRow] = {}

    def wall(self, index: BoardIndex, tickets: Mapping[str, Ticket], duty: Duty) -> str:
        """The tickets of the board as HTML. Equal boards give equal bytes."""
        reusable, self._printed = self._printed, {}
        sections = []
        for section in self._board.sections:
            count = index.count(section.id)
            keys = index.keys(section.id, min(section.limit, self._look.rows_per_section))
            rows = [
                self._row(tickets[key], index.row(key), duty.taken.get(key), section.columns, reusable)
                for key in keys
            ]
            sections.append(
                {
                    "id": section.id,
                    "title": section.title,
                    "count": count,
                    "hidden": count - len(rows),
                    "empty": section.empty,
                    "columns": [{"name": c, "words": COLUMN_WORDS.get(c, c)} for c in section.columns],
                    "rows": Markup("\n").join(rows),
                }
            )
        return self._pages.wall(self._tiles(index), len(index), sections, self._duty(duty))

    def page(self, wall: bytes, version: str, freshness: Freshness, several: bool, *, now: datetime) -> bytes:
        """The whole page around a printed wall."""
        return self._pages.board(
            root="../",
            version=version,
            title=self._board.title,
            board=self._board,
            several=several,
            wall=Markup(wall.decode()),
            troubles=freshness.troubles,
            level=freshness.level(now).value,
            data_at=moment(freshness.last_good_at, self._look.zone),
            poll_ms=round(self._look.poll_seconds * 1000),
            build=self._look.build,
        )

    def _row(
        self,
        ticket: Ticket,
        row: Row | None,
        taken: Taken | None,
        columns: tuple[str, ...],
        reusable: Mapping[str, PrintedRow],
    ) -> Markup:
        assert row is not None
        known = reusable.get(ticket.key)
        if known is not None and known[0] is ticket and known[1] is row and known[2] == taken:
            self._printed[ticket.key] = known
            return known[3]
        web_base = self._look.web_bases.get(ticket.source)
        shown = cells(ticket, row, taken, zone=self._look.zone, web_base=web_base)
        html = Markup(str(self._pages.row(shown, columns)).strip())
        self._printed[ticket.key] = (ticket, row, taken, html)
        return html

    def _duty(self, duty: Duty) -> dict[str, Any] | None:
        if not duty.is_planned:
            return None
        zone = self._look.zone
        return {
            name: [{"layer": turn.layer, "name": turn.name, "at": moment(turn.at, zone)} for turn in turns]
            for name, turns in (("on_call", duty.on_call), ("following", duty.following))
        }

    def _tiles(self, index: BoardIndex) -> list[dict[str, Any]]:
        states = index.states()
        tiles = [{"state": s.value, "words": STATE_WORDS[s], "count": states[s]} for s in _TILES]
        calm = sum(states[s] for s in _CALM)
        return [*tiles, {"state": SlaState.PAUSED.value, "words": "Paused or met", "count": calm}]
