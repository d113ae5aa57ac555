"""HTML, printed from templates/dashboard. Every text is escaped; nothing here knows about HTTP."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from deskwatch.settings import languages
from deskwatch.web.assets import Assets
from deskwatch.web.bare import bare
from deskwatch.web.headers import PUBLISHED_POLICY
from deskwatch.web.trouble import Told
from deskwatch.web.wording import Phrase, wording

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "dashboard"


class Pages:
    """The templates in one language, and the assets they point to."""

    def __init__(
        self, assets: Assets, templates: Path = TEMPLATES, language: str = "en", *, published: bool = False
    ) -> None:
        """``published``: pages are files, so nothing in them asks a server for another view."""
        self._assets, self._templates, self.are_files = assets, templates, published
        self._env = Environment(
            loader=FileSystemLoader(templates), autoescape=True, undefined=StrictUndefined, auto_reload=False
        )
        self._env.filters["bare"] = bare
        self.say = wording(language)
        policy = PUBLISHED_POLICY if published else None
        self._env.globals.update({"asset": assets.url, "_": self.say, "published": policy})
        self._others: dict[str, Pages] = {language: self}

    def spoken(self, language: str) -> "Pages":
        """The same pages in another language."""
        found = self._others.get(language)
        if found is None:
            found = Pages(self._assets, self._templates, language, published=self.are_files)
            if language in languages():
                self._others[language] = found
        return found

    def template(self, name: str) -> Template:
        """A template by its file name, with ``asset`` and ``_`` for what is shown to people."""
        return self._env.get_template(name)

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

    def wall(self, values: Mapping[str, Any], sections: Sequence[Any]) -> str:
        """Tiles, who is on call, and sections: the part of the page that changes with the tickets."""
        return self._wall.render(values, sections=sections)

    def board(self, **values: Any) -> bytes:
        """The whole page of a board, complete without JavaScript."""
        return self._board.render(**values).encode("utf-8", "replace")

    def boards(
        self,
        boards: Sequence[Mapping[str, Any]],
        *,
        root: str = "",
        note: str = "",
        rotating: Sequence[Mapping[str, Any]] = (),
        troubles: Sequence[tuple[Told, Sequence[str]]] = (),
    ) -> bytes:
        """The list of boards.

        ``rotating`` are links to all of them in turn, ``troubles`` what is wrong, each with its detail.
        """
        page = self._env.get_template("boards.html")
        values = {"title": self.say("Boards"), "boards": boards, "rotating": rotating, "troubles": troubles}
        return page.render(values, root=root, note=note).encode("utf-8", "replace")

    def message(
        self,
        title: Phrase,
        words: Phrase,
        *,
        icon: str = "alert",
        root: str = "",
        retry: int = 0,
        way_out: bool = False,
    ) -> bytes:
        """A page that says one thing.

        ``retry``: seconds until the browser looks again; ``way_out``: it links to the list of boards.
        """
        page = self._env.get_template("message.html")
        said = {"title": title.said(self.say), "words": words.said(self.say)}
        text = page.render(said, icon=icon, root=root, retry=retry, way_out=way_out)
        return text.encode("utf-8", "replace")
