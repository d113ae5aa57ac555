"""Style sheets hold in browsers of 2016: what Chromium 53 does not know is beside something it does know.

An old browser drops a declaration it does not understand, and a whole rule for one selector it does not
understand. So a newer value needs an older one before it in the same rule, a newer layout property needs
``@supports`` around it, and a newer selector a rule of its own.
"""

import re
from pathlib import Path

import pytest

SHEETS = sorted((Path(__file__).parents[2] / "static" / "css").glob("*.css"))
# Chromium versions in brackets say when each came (caniuse.com).
NEW_PROPERTIES = re.compile(
    r"(row-|column-)?gap$"  # flex [84]; in a column layout it is old and not needed
    r"|grid(-.+)?$|place-(items|content|self)$"  # [57], [59]
    r"|aspect-ratio$"  # [88]
    r"|inset(-.+)?$"  # [87]
    r"|(margin|padding|border)-(inline|block)(-.+)?$"  # [69] and [87]
    r"|(min-|max-)?(inline|block)-size$"  # [57]
    r"|container(-.+)?$"  # [105]; content-visibility [85] only saves work
    r"|(translate|rotate|scale)$"  # [104]
)
NEW_VALUES = re.compile(
    r"\b(min|max|clamp|env|round|conic-gradient|color-mix|oklch|oklab)\("  # [79], [69], [69], [111]
    r"|\d(dvh|svh|lvh|dvw|svw|lvw|cqw|cqh|cqi)\b"  # [108], [105]
    r"|\b(grid|inline-grid|contents|flow-root)\b"  # [57], [65], [58]; sticky [56] is not needed
    r"|#(?:[0-9a-f]{8}|[0-9a-f]{4})\b"  # [62]
    r"|\b(rgb|rgba|hsl|hsla)\([^,()]*\)"  # without commas [65]
)
NEW_SELECTORS = re.compile(r":(has|is|where|focus-visible|focus-within|dir)\b|:not\([^)]*[, ][^)]*\)|&")
UNSEEN = {"content"}
"""Properties whose values are words of ours."""


def rules(text, around=()):
    """(the at-rules around it, selector, [(property, value)]) of each rule."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    place = 0
    while (opening := text.find("{", place)) >= 0:
        head, depth, end = text[place:opening].strip(), 1, opening + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        inside, place = text[opening + 1 : end - 1], end
        if head.startswith(("@media", "@supports")):
            yield from rules(inside, (*around, head))
        elif not head.startswith("@"):
            pairs = (declaration.split(":", 1) for declaration in inside.split(";") if ":" in declaration)
            yield around, head, [(name.strip().lower(), value.strip()) for name, value in pairs]


def too_new(text):
    """What a browser of 2016 would drop without having something else instead."""
    for around, selector, declarations in rules(text):
        if any(at.startswith("@supports") for at in around):
            continue
        if NEW_SELECTORS.search(selector) and "," in re.sub(r"\([^)]*\)", "", selector):
            yield f"{selector}: the other selectors are dropped with it"
        known = set()
        for name, value in declarations:
            if NEW_PROPERTIES.match(name):
                yield f"{selector}: {name}"
            elif NEW_VALUES.search(value) and name not in UNSEEN:
                if name not in known:
                    yield f"{selector}: {name}: {value}"
            else:
                known.add(name)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda p: p.name)
def test_layout_holds_in_browsers_of_2016(sheet):
    assert list(too_new(sheet.read_text())) == []


@pytest.mark.parametrize(
    "bad",
    [
        "ul { display: flex; gap: 1em }",
        "main { display: grid }",
        "p { width: min(20em, 90%) }",
        "p { height: 100dvh }",
        "p { margin-inline: auto }",
        "p { inset: 0 }",
        "p { color: #00000080 }",
        "p { color: rgb(0 0 0 / 50%) }",
        "a:hover, a:focus-visible { color: red }",
        "@media (min-width: 10em) { p { aspect-ratio: 1 } }",
    ],
)
def test_what_they_would_drop_is_noticed(bad):
    assert list(too_new(bad))


@pytest.mark.parametrize(
    "good",
    [
        "p { width: 90%; width: min(20em, 90%) }",
        "p { height: 100vh; height: 100dvh }",
        "@supports (display: grid) { main { display: grid } }",
        "a:hover { color: red } a:focus-visible { color: red }",
        ":root { --line: #fff } p { color: rgba(0, 0, 0, .5) }",
        "li + li { margin-left: 1em }",
    ],
)
def test_what_they_know_is_let_through(good):
    assert not list(too_new(good))
