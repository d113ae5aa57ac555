"""HTML of a description as plain text.

Not by ``html.parser``: that of many Pythons takes seconds for 40,000 characters of broken markup, and
raises on some. This reads a text once from left to right.
"""

import html
import re

LONGEST_HTML = 40_000
"""Characters of HTML that are read; mails bring style sheets of this size."""

LONGEST_TEXT = 8_000

_MARKUP = re.compile(
    r"""<(?:!--.*?(?:-->|\Z)|[!?][^>]*+>?|"""
    r"""(?P<end>/?)(?P<tag>[a-zA-Z][a-zA-Z0-9:-]*+)(?:[^<>"']|"[^"]{0,1000}"|'[^']{0,1000}')*+>?)""",
    re.DOTALL,
)
"""A comment, a declaration or a tag, also when its end is missing."""

_BLANK_LINES = re.compile(r"\n{3,}")
_HIDDEN = frozenset(("script", "style", "head", "title", "template", "noscript", "svg"))
_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "fieldset", "figure", "footer",
     "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
     "section", "table", "tr", "ul")
)  # fmt: skip


def html_to_text(source: str) -> str:
    """The readable text of HTML: paragraphs become lines, styles vanish, entities are resolved."""
    source = source[:LONGEST_HTML]
    if "<" not in source:
        return html.unescape(source) if "&" in source else source
    parts = list[str]()
    endless = set[str]()
    at = length = 0
    is_written = False  # lines count, as they do in <pre>
    while length < LONGEST_TEXT:
        markup = _MARKUP.search(source, at)
        text = source[at : markup.start() if markup else len(source)]
        if text:
            parts.append(html.unescape(text if is_written else text.replace("\n", " ")))
            length += len(text)
        if markup is None:
            break
        at = markup.end()
        tag, is_end = (markup["tag"] or "").lower(), bool(markup["end"])
        if tag in _HIDDEN and not is_end and tag not in endless:
            end = re.compile(f"</{tag}", re.IGNORECASE).search(source, at)
            if end is not None:
                at = end.start()
            elif tag in ("script", "style"):
                break
            else:
                endless.add(tag)
        is_written = not is_end if tag == "pre" else is_written
        parts.append(_break(tag, is_end))
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _break(tag: str, is_end: bool) -> str:
    """What a tag is in a text."""
    if tag == "br" or tag in _BLOCKS:
        return "\n- " if tag == "li" and not is_end else "\n"
    return " " if tag in ("td", "th") else ""
