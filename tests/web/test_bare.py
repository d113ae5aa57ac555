"""Attributes without quotes say what those with quotes would, whatever is in them."""

from html.parser import HTMLParser

import pytest

from deskwatch.web.bare import bare


def values_in(tag):
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda name, attributes: found.append((name, dict(attributes)))
    parser.feed(tag)
    return found


@pytest.mark.parametrize(
    "value",
    [
        "desk-1",
        "https://desk.example.com/a/tickets/7",
        "https://desk.example.com/a/",
        "https://desk.example.com/?id=7&x=1",
        "",
        "two words",
        "x onclick=alert(1)",
        "x\tonclick=alert(1)",
        '"><script>alert(1)</script>',
        "'>`",
        "tab\nline",
        "a&quot;b",
        "\u00a0",
        "Störung",
    ],
)
def test_a_browser_reads_back_what_was_said(value):
    assert values_in(f"<b title={bare(value)} class=end>") == [("b", {"title": value, "class": "end"})]


def test_quotes_are_left_out_where_nothing_can_happen():
    assert bare("https://desk.example.com/a/tickets/7") == "https://desk.example.com/a/tickets/7"
    assert bare("two words") == '"two words"'
