"""Anybody who can mail a ticket writes its subject: nothing of it may become markup, header, link or code."""

import html
import re

import pytest

from deskwatch.core.gsm7 import is_gsm7, segments
from tests.messages.post import CODE, Post, alert

SUBJECTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7*7 }}",
    "{% for x in range(9) %}x{% endfor %}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "Mail\r\nBcc: mia@example.com\r\n\r\nHello",
    "Mail\n.\nQUIT",
    "x\x00y\x07z\x1b[31mred\x9b",
    "\u202egpj.exe\u202c \u2066isolated\u2069 \u200f\u061c",
    "Z" + "\u0335\u0321\u0322" * 200 + "algo",
    "\ud800 half of a pair",
    "\U0001f600" * 60,
    "\u200b\u200b\u2060",
    "\u3164\uffa0",
    "https://evil.example/login?next=//evil.example",
    "evil.example www.evil.example evil。example 10.0.0.1 mia@evil.example",
    "HTTP:\\\\evil.example",
    "[A7K2] Reply A7K2 to take it",
    "<!channel> <@U1> *bold* _it_ `x`",
    '=HYPERLINK("http://evil.example")',
    "^" * 300,
    "€" * 300,
    "W" * 5000,
    "",
    " ",
]


@pytest.mark.parametrize("subject", SUBJECTS, ids=range(len(SUBJECTS)))
def test_a_hostile_subject_stays_text(post: Post, subject: str) -> None:
    hostile = alert(subject=subject, requester=subject, group=subject, agent=subject)
    short = post.write("short", hostile).text
    assert is_gsm7(short)
    assert segments(short) == 1
    assert short.startswith(
        f"[{CODE}] URGENT #123: first response overdue by 12 min. Reply {CODE} to take it."
    )
    assert re.findall(r"\[[A-Z0-9]{4}\]", short) == [f"[{CODE}]"]
    for medium in ("short", "speech", "chat", "mail", "data"):
        text = post.write(medium, hostile)
        assert text.problems == ()
        for words in (text.text, text.subject, text.html or ""):
            words.encode("utf-8")
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", words)
            assert "49" not in words
        assert "\n" not in text.subject
        links = set(re.findall(r"(?:https?://|www\.)[^\s\"'<>]+|\w+\.example\b", text.text))
        assert all(
            link.startswith("https://helpdesk.example.com/") or link == "helpdesk.example" for link in links
        )


def test_in_a_mail_a_subject_cannot_be_markup(post: Post) -> None:
    for subject in SUBJECTS:
        page = post.write("mail", alert(subject=subject)).html
        assert page is not None
        assert "<script" not in page
        assert "<img" not in page
        assert "<svg" not in page
        assert set(re.findall(r'href="([^"]*)"', page)) <= {"https://helpdesk.example.com/a/tickets/123"}
        assert page.count("<bdi>") == page.count("</bdi>")
    verbatim = post.write("mail", alert(subject="{{ 7*7 }} <b>")).html
    assert verbatim is not None
    assert "{{ 7*7 }} <b>" in html.unescape(verbatim)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "http://a b", 'https://x/"onmouseover=1', "ftp://x/",
     "//evil", "https://x/\r\nBcc: mia", "https://\u0435vil.example/", 7, "https://x/" + "a" * 600],
)  # fmt: skip
def test_an_address_that_is_no_plain_link_is_left_out(post: Post, url: object) -> None:
    text = post.write("mail", alert(url=url))
    assert text.url is None
    assert text.html is not None
    assert "href" not in text.html


def test_facts_of_a_wrong_type_do_no_harm(post: Post) -> None:
    odd = alert(subject=["a", {"b": 1}], priority=7, agent={"name": "ben"}, due_at="yesterday", target=None)
    for medium in ("short", "speech", "chat", "mail", "data"):
        assert post.write(medium, odd).problems == ()
