"""Prints a board: every row once, and the sheets of all its readers from the same rows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from functools import partial
from typing import Any

from markupsafe import Markup

from deskwatch.core.before_opening import Closed
from deskwatch.core.board import Board, Row, Section
from deskwatch.core.privacy import Privacy
from deskwatch.core.sla import SlaState
from deskwatch.core.sorting import SORTABLE, hidden_columns
from deskwatch.core.ticket import Priority, Ticket
from deskwatch.core.view import View
from deskwatch.web.cells import PRIORITY_WORDS, STATE_WORDS, Cells, cells, moment
from deskwatch.web.chips import Chip, chips_of
from deskwatch.web.choosing import Choice
from deskwatch.web.duty import Duty, Taken
from deskwatch.web.lane import lane_of
from deskwatch.web.marks import Marks, mark_of, marks_on
from deskwatch.web.pages import Pages
from deskwatch.web.privacy import SOMEBODY, veil, veil_duty
from deskwatch.web.query import LARGEST_LIMIT, NO_FILTER, Notice, usual_view, wishes_of

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
    "group": "Group",
    "client": "Client",
}
_TILES = (SlaState.OVERDUE, SlaState.CRITICAL, SlaState.WARNING, SlaState.OK)
_CALM = (SlaState.PAUSED, SlaState.MET, SlaState.NONE)
_WORST_FIRST = frozenset({"sla", "priority"})
_ROWS_KEPT = 5000
"""Printed rows that a printer keeps beyond those of its last sheet."""


@dataclass(frozen=True, slots=True)
class Look:
    """What pages of a configuration have in common."""

    zone: tzinfo
    rows_per_section: int
    web_bases: Mapping[str, tuple[str, ...]]
    poll_seconds: float
    build: str
    language: str = "en"
    page_seconds: float = 15.0
    marks: Marks = field(default_factory=dict)


PrintedRow = tuple[Ticket, Row, Taken | None, Markup]
"""What a row was printed from, and its HTML."""


@dataclass(frozen=True)
class SectionSheet:
    """One section as it is shown: what stands around its rows, and the rows by their tickets' keys."""

    words: Mapping[str, Any]
    rows: tuple[tuple[str, Markup], ...]


@dataclass(frozen=True)
class Sheet:
    """The part of a page that changes with the tickets, before it is put together."""

    pages: Pages
    values: Mapping[str, Any]
    sections: tuple[SectionSheet, ...]

    def html(self, *, version: str = "", known: Collection[str] = ()) -> str:
        """As HTML. Of the rows of ``known`` tickets only the place is sent."""
        sections = [
            {
                **section.words,
                "rows": Markup("\n").join(
                    Markup('<tr data-k="{}"></tr>').format(key) if key in known else row
                    for key, row in section.rows
                ),
            }
            for section in self.sections
        ]
        return self.pages.wall({**self.values, "version": version}, sections)

    def rows(self) -> dict[str, Markup]:
        """Every row by its ticket's key."""
        return dict(pair for section in self.sections for pair in section.rows)


class BoardPrinter:
    """Prints one board in one language, zone and privacy; a row that did not change is reused."""

    def __init__(self, pages: Pages, board: Board, look: Look, privacy: Privacy = Privacy.FULL) -> None:
        self.pages = pages
        self.look = look
        self._board = board
        self._privacy = privacy
        self.marks = marks_on(board, look.marks)
        self._printed: dict[str, PrintedRow] = {}

    def sheet(
        self,
        choice: Choice,
        view: View,
        duty: Duty,
        *,
        whole: int,
        notices: tuple[Notice, ...] = (),
        closed: Closed | None = None,
    ) -> Sheet:
        """The tickets of a view. Equal boards give equal sheets.

        Args:
            choice, view: which tickets, and how they are wanted.
            duty: who is on call.
            whole: how many tickets the board has.
            notices: what is wrong with the wishes.
            closed: the hours in which the desk is closed next.
        """
        say, usual = self.pages.say, usual_view(self._board)
        duty = veil_duty(duty, self._privacy, somebody=say(SOMEBODY))
        sections = [s for s in self._board.sections if not view.sections or s.id in view.sections]
        sheets = tuple(self._section(s, choice, view, duty) for s in sections)
        if len(self._printed) > _ROWS_KEPT + sum(len(sheet.rows) for sheet in sheets):
            shown = {key for sheet in sheets for key, _ in sheet.rows}
            self._printed = {key: printed for key, printed in self._printed.items() if key in shown}
        values = {
            "board": self._board,
            "view": view,
            "wishes": wishes_of(view, usual=usual),
            "notices": [notice.said(say) for notice in notices],
            "tiles": self._tiles(choice),
            "priorities": self._priorities(choice, view),
            "statuses": [{"name": name, "count": n} for name, n in choice.tally.top_statuses()],
            "total": len(choice),
            "level": load_of(self._board, whole) if view.selects_all else "",
            "duty": self._duty(duty),
            "lane": lane_of(choice, closed, self._cells, zone=self.look.zone, say=say),
            "empty_filter": not view.selects_all and not len(choice),
            "show_all": self._query(view, **NO_FILTER),
            "chips": self._chips(choice, view),
        }
        return Sheet(self.pages, values, sheets)

    def _chips(self, choice: Choice, view: View) -> list[Chip]:
        titles = {section.id: self.pages.say(section.title) for section in self._board.sections}
        keys = (key for id_ in titles for key in choice.keys(id_, 1))
        tickets = (veil(choice.placed(key)[0], self._privacy) for key in keys)
        return chips_of(view, tickets, titles, partial(self._query, view), self.pages.say, self.marks)

    def _section(self, section: Section, choice: Choice, view: View, duty: Duty) -> SectionSheet:
        limit = view.limit or min(section.limit, self.look.rows_per_section)
        count = choice.count(section.id)
        rows = tuple(
            (key, self._row(*choice.placed(key), duty.taken.get(key), section.columns))
            for key in choice.keys(section.id, limit)
        )
        say = self.pages.say
        words = {
            "id": section.id,
            "title": say(section.title),
            "count": count,
            "hidden": count - len(rows),
            "more": self._query(view, limit=LARGEST_LIMIT),
            "empty": say(section.empty if view.selects_all else "No ticket matches."),
            "columns": [self._column(name, view) for name in section.columns],
        }
        return SectionSheet(words, rows)

    def _column(self, name: str, view: View) -> dict[str, Any]:
        """A heading: its words, how it is sorted now, and the query that sorts by it, or the other way."""
        current = view.sort or "sla"
        sorted_by, backwards = current.removeprefix("-"), current.startswith("-")
        aria = ""
        if name == sorted_by:
            aria = "ascending" if backwards is (name in _WORST_FIRST) else "descending"
        follow = f"-{name}" if current == name else name
        return {
            "name": name,
            "words": self.pages.say(COLUMN_WORDS.get(name, name)),
            "aria": aria,
            "query": self._query(view, sort="" if follow == "sla" else follow),
        }

    def sorts(self, view: View) -> list[tuple[str, str]]:
        """What this reader may sort by, besides the usual order: a column or ``-column``, and its words."""
        hidden, say = hidden_columns(self._privacy), self.pages.say
        shown = [name for name in SORTABLE if name != "sla" and name not in hidden]
        found = [(name, say(COLUMN_WORDS.get(name, name))) for name in shown]
        if view.sort.startswith("-"):
            words = say(COLUMN_WORDS.get(view.sort[1:], view.sort[1:]))
            found.append((view.sort, say("{column}, backwards", column=words)))
        return found

    def _query(self, view: View, **changes: Any) -> str:
        """A link to this page with other wishes."""
        return f"?{wishes_of(view.with_(**changes), usual=usual_view(self._board))}"

    def _row(self, ticket: Ticket, row: Row, taken: Taken | None, columns: tuple[str, ...]) -> Markup:
        known = self._printed.get(ticket.key)
        if known is not None and known[0] is ticket and known[1] is row and known[2] == taken:
            return known[3]
        shown = self._cells(ticket, row, taken)
        html = Markup(str(self.pages.row(shown, columns, self._board.id)).strip())
        self._printed[ticket.key] = (ticket, row, taken, html)
        return html

    def _cells(self, ticket: Ticket, row: Row, taken: Taken | None = None) -> Cells:
        return cells(
            ticket if self._privacy is Privacy.FULL else veil(ticket, self._privacy),
            row,
            taken,
            zone=self.look.zone,
            bases=self.look.web_bases.get(ticket.source, ()),
            privacy=self._privacy,
            say=self.pages.say,
            mark=mark_of(ticket, self.marks),
        )

    def _duty(self, duty: Duty) -> dict[str, Any] | None:
        if not duty.is_planned:
            return None
        zone, say = self.look.zone, self.pages.say
        return {
            name: [{"layer": t.layer, "name": t.name, "at": moment(t.at, zone, say)} for t in turns]
            for name, turns in (("on_call", duty.on_call), ("following", duty.following))
        }

    def _tiles(self, choice: Choice) -> list[dict[str, Any]]:
        states, say = choice.tally.states, self.pages.say
        tiles = [{"state": s.value, "words": say(STATE_WORDS[s]), "count": states[s]} for s in _TILES]
        calm = sum(states[s] for s in _CALM)
        what = say("Paused, met or no target")
        rest = {"state": SlaState.PAUSED.value, "words": say("Nothing due"), "count": calm, "title": what}
        return [*tiles, rest]

    def _priorities(self, choice: Choice, view: View) -> list[dict[str, Any]]:
        counts = choice.tally.priorities
        return [
            {
                "priority": p.value,
                "words": self.pages.say(PRIORITY_WORDS[p.value]),
                "count": counts[p],
                "query": self._query(view, priorities=() if view.priorities == (p,) else (p,)),
                "chosen": view.priorities == (p,),
            }
            for p in reversed(Priority)
        ]


def load_of(board: Board, total: int) -> str:
    """How full a board is: nothing to say, ``busy`` or ``flooded``."""
    return "flooded" if total >= board.flooded_at else "busy" if total >= board.busy_at else ""


def looking(look: Look, *, zone: tzinfo | None, language: str) -> Look:
    """The look for a reader with another zone or language."""
    return replace(look, zone=zone or look.zone, language=language or look.language)
