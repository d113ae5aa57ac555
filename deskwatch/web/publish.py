"""The walls as static files, rewritten on every change: any web server, share or CDN can show them.

A wall asks for its pulse as ever. Rows are written before the pulse that names them, so no viewer is ever
sent for rows that are not there; when this process dies the age of the data grows on every screen.
"""

import logging
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path

from deskwatch.clock import monotonic
from deskwatch.config import Home
from deskwatch.errors import UsageError
from deskwatch.settings import nearest
from deskwatch.store.errors import StoreError
from deskwatch.web.assets import STATIC, Assets
from deskwatch.web.edition import Edition
from deskwatch.web.feed import Feed
from deskwatch.web.pages import Pages
from deskwatch.web.publish_folder import PublishFolder

log = logging.getLogger(__name__)

PAGE_EVERY = 5.0
"""Seconds: a page is only opened now and then, its rows are fetched; so it may be this much older."""
LOOK_AGAIN = 60.0
"""Seconds between two comparisons of all files with what they should hold."""
RETRY = 2.0
"""Seconds until what could not be written is tried again."""


class Publisher:
    """Publishes the editions of a feed. It is the feed's loop: ``step`` feeds and then writes."""

    def __init__(
        self, feed: Feed, pages: Pages, assets: Assets, folder: PublishFolder, boards: Collection[str] = ()
    ) -> None:
        """``boards``: only these; empty: all. Raises ``UsageError`` when one of them does not exist."""
        self._feed, self._pages, self._assets, self._folder = feed, pages, assets, folder
        self._only = frozenset(boards)
        known = feed.live.current.boards
        for board in boards:
            if board not in known:
                hint = nearest(board, known) or f" Boards are: {', '.join(known)}."
                raise UsageError(f"There is no board {board!r}.{hint}")
        self._written: dict[str, Edition] = {}
        self._pages_due: dict[str, float] = {}
        self._pages_next: dict[str, float] = {}
        self._builds: dict[str, str] = {}
        self._layout: object = None
        self._doubt_due = monotonic() + LOOK_AGAIN
        self._trouble = ""
        self.behind = True

    def step(self, now: datetime) -> float:
        """Feed, and write what changed; answers the seconds until the next step."""
        wait = self._feed.step(now)
        if not self._feed.published.loaded:
            return wait
        try:
            self._publish()
        except StoreError as problem:
            self._tell(str(problem))
            return min(wait, RETRY)
        self._tell("")
        due = [at - monotonic() for at in self._pages_due.values()]
        return max(0.0, min([wait, *due]))

    def _publish(self) -> None:
        """Assets, then each board, then what is not needed any more.

        Raises:
            StoreError: something is not written yet; whatever could be is.
        """
        self.behind = True
        self._folder.check()
        if monotonic() >= self._doubt_due:
            self._doubt_due = monotonic() + LOOK_AGAIN
            self._folder.doubt()
            self._layout = None
            self._written.clear()
        editions = self._editions()
        layout = (
            tuple((e.board_id, self._title(e)) for e in editions),
            self._feed.published.config.web.language,
        )
        names = list(self._names(editions))
        if layout != self._layout:
            self._folder.announce(names)
            for name, asset in self._assets.files.items():
                self._folder.put(f"static/{name}", asset.body)
        failed: StoreError | None = None
        for edition in editions:
            try:
                self._write(edition)
            except StoreError as problem:
                failed = failed or problem
        if failed is not None:
            raise failed
        if layout != self._layout:
            self._folder.put("index.html", self._index(editions))
            for name in self._folder.keep_only(names):
                log.info("Removed %s, which no board needs any more.", name)
            self._layout = layout
        self.behind = False

    def _editions(self) -> list[Edition]:
        """Of all boards, or of some as they are shown to those who may see these only."""
        every = self._feed.published.editions
        if not self._only:
            return list(every.values())
        chosen = (self._feed.edition(board, guest=True) for board in every if board in self._only)
        return [edition for edition in chosen if edition is not None]

    def _write(self, edition: Edition) -> None:
        """Rows, then the pulse that names them, then the page, which may lag."""
        board = edition.board_id
        if self._written.get(board) is not edition:
            self._folder.put(f"b/{board}/rows.html", edition.rows.body)
            self._folder.put(f"b/{board}/pulse.json", edition.pulse.timeless)
            self._written[board] = edition
            self._pages_due.setdefault(board, self._pages_next.get(board, 0.0))
        build = str(edition.pulse.content["build"])
        due = self._pages_due.get(board)
        if due is not None and (monotonic() >= due or self._builds.get(board) != build):
            self._folder.put(f"b/{board}.html", edition.page(kiosk=True).body)
            self._builds[board] = build
            self._pages_due.pop(board)
            self._pages_next[board] = monotonic() + PAGE_EVERY

    def _names(self, editions: list[Edition]) -> Iterator[str]:
        yield "index.html"
        for name in self._assets.files:
            yield f"static/{name}"
        for edition in editions:
            yield from (f"b/{edition.board_id}{end}" for end in (".html", "/rows.html", "/pulse.json"))

    def _title(self, edition: Edition) -> str:
        return self._feed.published.config.boards[edition.board_id].title

    def _index(self, editions: list[Edition]) -> bytes:
        boards = [{"id": e.board_id, "title": self._title(e)} for e in editions]
        pages = self._pages.spoken(self._feed.published.config.web.language)
        page = pages.template("published.html")
        return page.render(title=pages.say("Boards"), boards=boards, root="").encode("utf-8", "replace")

    def _tell(self, words: str) -> None:
        if words and words != self._trouble:
            log.error("%s. The walls there grow old; trying again until it works.", words.rstrip("."))
        elif self._trouble and not words:
            log.info("Publishing works again.")
        self._trouble = words


def refuse_own_folders(root: Path, home: Home) -> None:
    """Keep published files out of the folders that hold configuration, tickets, state and our own scripts.

    Raises:
        UsageError: it lies in one of them, or is the home itself.
    """
    place = Path(root).resolve()
    for own in (home.config, home.tickets, home.state, STATIC):
        if place.is_relative_to(own.resolve()):
            raise UsageError(f"{root} lies in {own}, which is not for publishing. Name another folder.")
    if place == home.path.resolve():
        raise UsageError(f"{root} is the home of Deskwatch itself. Name another folder.")
