"""HTML of a description as plain text."""

import html
from html.parser import HTMLParser

LONGEST_HTML = 40_000
"""Characters of HTML that are read; mails bring style sheets of this size."""

LONGEST_TEXT = 8_000

_HIDDEN = frozenset(("script", "style", "head", "title", "template", "noscript", "svg"))
_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "fieldset", "figure", "footer",
     "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
     "section", "table", "tr", "ul")
)  # fmt: skip


class _Enough(Exception):  # noqa: N818 -- not an error: there is as much text as anybody keeps
    pass


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._length = 0
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "br" or tag in _BLOCKS:
            self._add("\n- " if tag == "li" else "\n")
        elif tag in ("td", "th"):
            self._add(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BLOCKS:
            self._add("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._add(" ".join(("x" + data + "x").split())[1:-1])

    def _add(self, text: str) -> None:
        self.parts.append(text)
        self._length += len(text)
        if self._length > LONGEST_TEXT:
            raise _Enough


def html_to_text(source: str) -> str:
    """The readable text of HTML: paragraphs become lines, styles vanish, entities are resolved."""
    if "<" not in source:
        return html.unescape(source[:LONGEST_HTML]) if "&" in source else source
    parser = _Text()
    try:
        parser.feed(source[:LONGEST_HTML])
        parser.close()
    except _Enough:
        pass
    lines = (line.strip() for line in "".join(parser.parts).replace("\u00a0", " ").split("\n"))
    text = "\n".join(lines)
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.strip()
