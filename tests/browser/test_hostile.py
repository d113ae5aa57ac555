"""Whatever a ticket says is shown as text: nothing runs, nothing is fetched, the neighbours stay in place."""

from deskwatch.core.ticket import Person
from tests.web.desk import ticket

PAYLOADS = [
    "<script>window.hit = 1</script>",
    '"><img src=x onerror="window.hit = 1">',
    "<svg onload=window.hit=1>",
    "<iframe src=javascript:window.hit=1></iframe>",
    "</td></tr></table><h1>gone</h1>",
    "</main><base href=https://evil.example/>",
    "{{ 7 * 7 }} {% raw %} ${7*7} <%= 7 * 7 %>",
    "javascript:window.hit=1",
    "<style>*{display:none}</style>",
    "<a href=https://evil.example/>click</a>",
    "<!-- <b",
    "&lt;b&gt; &amp;amp; &#x3c;",
    "' onmouseover='window.hit=1",
    '" autofocus onfocus="window.hit=1" x="',
    "\u05e9\u05dc\u05d5\u05dd <b>abc</b>",
]


def test_payloads_are_shown_verbatim_and_do_nothing(desk, visit):
    desk.write(
        *(
            ticket(
                n,
                subject=text,
                description=text,
                requester=Person(id="1", name=text[:40]),
                agent=Person(id="2", name=text[:40]),
            )
            for n, text in enumerate(PAYLOADS)
        ),
        ticket(99, subject="a harmless neighbour"),
    )
    page = visit()
    page.wait_for_selector("[data-k=desk-99]")
    for n, text in enumerate(PAYLOADS):
        row = page.locator(f"[data-k=desk-{n}]")
        assert row.locator(".subject p").text_content() == text
        assert row.locator("td.from").first.text_content() == text[:40]
    page.hover("[data-k=desk-1] .subject p")
    page.locator("#tip").wait_for()
    assert page.locator("#tip p").text_content() == PAYLOADS[1]
    assert page.evaluate("window.hit") is None
    assert page.locator("main img, main iframe, main h1, main style, main script").count() == 0


def test_strange_scripts_do_not_move_the_neighbours(desk, visit):
    desk.write(ticket(1, subject="before"), ticket(3, subject="after"))
    page = visit()
    page.wait_for_selector("[data-k=desk-3]")
    place = "document.querySelector('[data-k=desk-%d] .prio').getBoundingClientRect().left"
    left = page.evaluate(place % 1)
    strange = [
        "\u202e\u202dreversed",
        "Z" + "\u0301" * 200,
        "\u200b" * 50,
        "\ufdfd" * 40,
        "\u0b95\u0bcd" * 60,
    ]
    desk.write(*(ticket(10 + n, subject=text) for n, text in enumerate(strange)))
    page.wait_for_selector(f"[data-k=desk-{9 + len(strange)}]")
    for n in (1, 3, *range(10, 10 + len(strange))):
        assert page.evaluate(place % n) == left
    assert "U+200B" in page.inner_text("[data-k=desk-12] .subject")
