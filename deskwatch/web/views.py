"""One board and its readers: an edition for every view that somebody asks for, printed when they do.

The usual view is printed by the feed on every change. Others cost nothing until asked for, and nothing again
until the board changed; the least recently asked for is forgotten first.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from markupsafe import Markup

from deskwatch.core.before_opening import Closed
from deskwatch.core.board import Board, Row, place
from deskwatch.core.notice import Notices
from deskwatch.core.privacy import Privacy
from deskwatch.core.sla import SlaRules
from deskwatch.core.ticket import Ticket
from deskwatch.core.view import View
from deskwatch.web.board_printer import BoardPrinter, Look, Sheet, load_of, looking
from deskwatch.web.cells import moment, wall_time
from deskwatch.web.choosing import Choice, choose, selector_of
from deskwatch.web.discretion import discreet
from deskwatch.web.duty import Duty
from deskwatch.web.edition import Edition, Past, pulse_of
from deskwatch.web.filters import NO_FILTERS, Filters, filters_of
from deskwatch.web.freshness import Freshness
from deskwatch.web.index import BoardIndex
from deskwatch.web.lamp import LampFacts
from deskwatch.web.marks import marks_on
from deskwatch.web.news import news_of
from deskwatch.web.notices import notices_said
from deskwatch.web.pages import Pages
from deskwatch.web.printing import HTML, Printed, fingerprint
from deskwatch.web.query import LONGEST_QUERY, NO_FILTER, Wishes, read_wishes, usual_view, wishes_of
from deskwatch.web.trouble import Told, told_on_wall
from deskwatch.web.voice import Voice

VIEWS_KEPT = 64
PRINTERS_KEPT = 8
ADDRESSES_KEPT = 1024
CHANGES_KEPT = 128
"""Changes of a board that a view may have missed and yet be told by them that it is still true."""
FEW = 200
"""Tickets of one change, up to which each is looked at; and a tenth of the tickets of a view that is kept."""
_NO_VERSION = ' data-v=""'


@dataclass(frozen=True)
class Present:
    """What all editions of one moment have in common.

    ``hush``: boards whose quiet hours it is; ``day``: whether it is light outside, ``None``: not configured;
    ``notices``: of all boards; ``closed``: the hours in which the desk is closed next.
    """

    now: datetime
    freshness: Freshness
    duty: Duty = field(default_factory=Duty)
    boards: tuple[tuple[str, str], ...] = ()
    hush: frozenset[str] = frozenset()
    day: bool | None = None
    reload_at: str | None = None
    notices: Notices = field(default_factory=Notices)
    closed: Closed | None = None


class LiveBoard:
    """One board with its index and the editions of its readers."""

    def __init__(
        self,
        board: Board,
        rules: SlaRules,
        pages: Pages,
        look: Look,
        lock: Callable[[], AbstractContextManager[Any]],
    ) -> None:
        self.board = board
        self.index = BoardIndex(board, _placer(board, rules))
        self.lamp = LampFacts()
        self.changes = 0
        self._recent: deque[set[str] | None] = deque(maxlen=CHANGES_KEPT)
        self._usual = Wishes(usual_view(board))
        self.look = look
        self._pages, self._lock = pages, lock
        self._printers: OrderedDict[tuple[Privacy, str, str], BoardPrinter] = OrderedDict()
        self._readers: OrderedDict[Wishes, Reader] = OrderedDict()
        self._addresses: dict[tuple[str, Privacy], Wishes] = {}
        self._filters: tuple[int, Filters] = (-1, NO_FILTERS)

    def changed(self) -> None:
        """Note that something is different: every view is to be printed again when it is asked for."""
        self.changes += 1
        touched, self.index.touched = self.index.touched, set()
        self._recent.append(touched if 0 < len(touched) <= FEW else None)

    def touched_since(self, changes: int) -> set[str] | None:
        """Keys of what changed since ``changes`` had this value; ``None``: perhaps everything."""
        missed = self.changes - changes
        if missed > len(self._recent):
            return None
        touched: set[str] = set()
        for keys in islice(self._recent, len(self._recent) - missed, None):
            if keys is None:
                return None
            touched |= keys
        return touched

    def wishes(self, query: str, privacy: Privacy = Privacy.FULL) -> Wishes:
        """What an address asks of this board for a reader who may see no more than ``privacy``."""
        known = self._addresses.get((query, privacy))
        if known is None:
            known = read_wishes(query, self.board, privacy)
            if len(self._addresses) >= ADDRESSES_KEPT:
                self._addresses.clear()
            if len(query) <= LONGEST_QUERY:
                self._addresses[query, privacy] = known
        return known

    def is_usual(self, wishes: Wishes) -> bool:
        """Whether the edition that the feed prints fulfils these wishes."""
        return wishes == self._usual

    def at_hand(self, wishes: Wishes, present: Present) -> Edition | None:
        """The edition of this moment, if it was asked for before."""
        reader = self._readers.get(wishes)
        return reader.edition if reader is not None and reader.present is present else None

    def edition(self, present: Present, wishes: Wishes | None = None) -> Edition:
        """The edition of a view; the same object as before when nothing in it changed. Needs the lock."""
        wishes = wishes or self._usual
        reader = self._readers.get(wishes)
        if reader is None:
            reader = Reader(self, wishes)
            self._readers[wishes] = reader
            while len(self._readers) > VIEWS_KEPT:
                oldest = next(other for other in self._readers if other != self._usual)
                del self._readers[oldest]
        self._readers.move_to_end(wishes)
        return reader.read(present)

    def printer(self, view: View) -> BoardPrinter:
        """Prints in the privacy, the language and the zone of a view."""
        manner = (view.privacy, view.language, view.zone)
        printer = self._printers.get(manner)
        if printer is None:
            zone = ZoneInfo(view.zone) if view.zone else None
            look = looking(self.look, zone=zone, language=view.language)
            printer = BoardPrinter(self._pages.spoken(look.language), self.board, look, view.privacy)
            self._printers[manner] = printer
            if len(self._printers) > PRINTERS_KEPT:
                self._printers.popitem(last=False)
        self._printers.move_to_end(manner)
        return printer

    def counts(self, choice: Choice | None = None) -> dict[str, Any]:
        """Tickets of a view, or all: per section, SLA state, priority and status."""
        choice = self.index if choice is None else choice
        return {
            "total": len(choice),
            "sections": {s.id: choice.count(s.id) for s in self.board.sections},
            **choice.tally.counts(),
        }

    def filters(self, privacy: Privacy) -> Filters:
        """Whose tickets can be asked for; nobody's where no names are shown."""
        with self._lock():
            if self._filters[0] != self.changes:
                marks = marks_on(self.board, self.look.marks)
                self._filters = (self.changes, filters_of(self.index.everything(), marks))
        found = self._filters[1]
        return found if privacy is Privacy.FULL else {**NO_FILTERS, "sources": found["sources"]}


class Reader:
    """The printings of one view, the last one and what is needed to send only what changed since others."""

    def __init__(self, live: LiveBoard, wishes: Wishes) -> None:
        self._live, self._wishes = live, wishes
        self._printer = live.printer(wishes.view)
        self._changes = -1
        self._around: object = None
        self._shown: object = None
        self._kept: frozenset[str] | None = None
        self._sheet: Sheet | None = None
        self._rows: Printed | None = None
        self._past = Past()
        self._said: Mapping[str, Any] = {}
        self.present: Present | None = None
        self.edition: Edition | None = None

    def read(self, present: Present) -> Edition:
        """The edition of this moment."""
        rows = self._print(present)
        freshness = self._freshness(present)
        voice, told = self._voice(present), self._told(present, freshness)
        pulse = pulse_of(rows, freshness, self._pulse(present), voice=voice, troubles=told)
        # the page says too whether the data is old, which time changes, and offers filters of the whole board
        shown = (rows, pulse.content, freshness.level(present.now), self._live.changes)
        if self.edition is None or shown != self._shown:
            self._shown = shown
            assert self._sheet is not None
            self.edition = Edition(
                board_id=self._live.board.id,
                rows=rows,
                pulse=pulse,
                print_page=lambda kiosk: self._page(rows, present, pulse.content, kiosk),
                past=self._past,
                sheet=self._sheet,
            )
        self.present = present
        return self.edition

    def _print(self, present: Present) -> Printed:
        live, view = self._live, self._wishes.view
        around = _around(present)
        if self._rows is not None and self._changes != live.changes and self._is_still_true():
            self._changes = live.changes
        if self._rows is None or self._changes != live.changes or self._around != around:
            self._around = around
            choice = choose(live.index, view)
            sheet = self._printer.sheet(
                choice,
                view,
                present.duty,
                whole=len(live.index),
                notices=self._wishes.notices,
                closed=present.closed,
            )
            html = sheet.html()
            version = fingerprint(html.encode("utf-8", "replace"))
            self._said = {"counts": live.counts(choice), "news": news_of(choice, view.privacy)}
            self._changes = live.changes
            self._kept = self._keep(choice)
            if self._rows is None or self._rows.version != version:
                body = html.replace(_NO_VERSION, f' data-v="{version}"', 1).encode("utf-8", "replace")
                self._rows, self._sheet = Printed(body, HTML, version=version), sheet
                self._past = self._past.then(version, sheet.rows())
        return self._rows

    def _keep(self, choice: Choice) -> frozenset[str] | None:
        """The tickets of a filtered view, which tell later that a change is none of it."""
        board, view = self._live.board, self._wishes.view
        if view.selects_all or len(choice) > 10 * FEW:
            return None
        return frozenset(key for section in board.sections for key in choice.keys(section.id))

    def _is_still_true(self) -> bool:
        """Whether no ticket of this view changed, none came and none went."""
        live = self._live
        touched = live.touched_since(self._changes)
        if touched is None or self._kept is None:
            return False
        keys, selects = self._kept, selector_of(live.index, self._wishes.view)
        return not any(
            key in keys or (key in live.index and selects(*live.index.placed(key))) for key in touched
        )

    def _pulse(self, present: Present) -> dict[str, Any]:
        look, board = self._printer.look, self._live.board
        time = wall_time(present.now, look.zone, self._printer.pages.say)
        return {
            "build": self._build(present),
            "today": time.today,
            "utc_offset": time.utc_offset,
            **self._said,
            "title": board.title,
            "level": load_of(board, len(self._live.index)),
            "quiet": board.id in present.hush,
            "day": present.day,
            "reload_at": present.reload_at,
            "page_seconds": look.page_seconds,
            "notice": notices_said(present.notices, board.id, now=present.now),
        }

    def _freshness(self, present: Present) -> Freshness:
        """How far this reader may rely on what it sees."""
        guest = self._wishes.guest
        return discreet(present.freshness, [self._live.board]) if guest else present.freshness

    def _voice(self, present: Present) -> Voice:
        return Voice(self._printer.pages.say, self._printer.look.zone, present.now)

    def _told(self, present: Present, freshness: Freshness) -> list[Told]:
        """What is wrong, in this reader's words. Files have no list of boards that says more."""
        elsewhere = not self._printer.pages.are_files
        return told_on_wall(freshness.troubles, self._voice(present), elsewhere=elsewhere)

    def _build(self, present: Present) -> str:
        """Names what a page has outside its rows: when it changes, walls load the page anew."""
        look, board = self._printer.look, self._live.board
        told = (look.language, look.poll_seconds, present.boards, *self._printer.marks.items())
        said = (look.build, board.title, board.public, *told)
        return fingerprint(repr(said).encode("utf-8", "replace"))[:12]

    def _page(self, rows: Printed, present: Present, said: Mapping[str, Any], kiosk: bool) -> bytes:
        board, view, look = self._live.board, self._wishes.view, self._printer.look
        freshness = self._freshness(present)
        voice = self._voice(present)
        say = self._printer.pages.say
        late = {source.name: voice(source.words) for source in freshness.sources if source.words}
        good = {s.name: moment(s.last_good_at, look.zone, say) for s in freshness.sources}
        return self._printer.pages.board(
            root="../",
            version=rows.version,
            title=board.title,
            board=board,
            several=len(present.boards) > 1,
            wall=Markup(rows.body.decode()),
            troubles=self._told(present, freshness),
            sources=[
                (name, mark, late.get(name, ""), good.get(name)) for name, mark in self._printer.marks.items()
            ],
            notice=said["notice"],
            level=freshness.level(present.now).value,
            data_at=moment(freshness.last_good_at, look.zone, say),
            poll_ms=round(look.poll_seconds * 1000),
            build=said["build"],
            kiosk=kiosk,
            view=view,
            wishes=wishes_of(view, usual=usual_view(board)),
            filters=self._live.filters(view.privacy),
            kept=parse_qsl(wishes_of(view.with_(**NO_FILTER, sort=""), usual=usual_view(board))),
            sorts=self._printer.sorts(view),
        )


def _around(present: Present) -> tuple[object, ...]:
    """What a sheet shows besides its tickets: who is on call, and the night that the lane is about.

    Compared with what was printed, for a view may be asked for between a change and its publication.
    """
    closed = present.closed
    return (present.duty, closed and (closed.opening, closed.valid_until))


def _placer(board: Board, rules: SlaRules) -> Callable[[Ticket, datetime], Row | None]:
    return lambda ticket, now: place(board, ticket, rules, now=now)
