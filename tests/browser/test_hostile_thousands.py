"""Thousands of hostile texts wherever foreign words are shown: nothing runs, nothing is fetched, and what is
shown is the text itself, as ``core.legible`` says.
"""

import csv
import io
import json
from urllib.parse import quote

import pytest

from deskwatch.clock import utc_now
from deskwatch.core.legible import legible, legible_block
from deskwatch.core.ticket import Person, Status
from deskwatch.web.cells import NAME_LIMIT, SUBJECT_LIMIT
from deskwatch.web.table import COLUMNS
from tests import warm
from tests.browser.hostile_texts import ECHOES, TEXTS
from tests.thorough import THOROUGH
from tests.web.desk import Desk, ticket
from tests.web.test_process import Gui, wait_until

A_PAGE = 1000 if THOROUGH else 500
PAGES = [TEXTS[start : start + A_PAGE] for start in range(0, len(TEXTS), A_PAGE)]
TITLES = [text for text in ECHOES if "<" in text or "{" in text][: len(PAGES)]
WATCH = """
window.told = [];
Object.defineProperty(window, 'hit', { set: function () { window.told.push('executed'); } });
['alert', 'confirm', 'prompt', 'open', 'print'].forEach(function (name) {
  window[name] = function () { window.told.push(name); };
});
document.addEventListener('securitypolicyviolation', function (e) {
  window.told.push(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample);
});
"""
ROWS = """() => [].map.call(document.querySelectorAll('tr[data-k]'), (row) => [
  row.getAttribute('data-k'),
  row.querySelector('.subject p').textContent,
  row.querySelector('.from').textContent,
  row.querySelector('.agent').textContent,
  row.querySelector('.prio').getBoundingClientRect().left,
  [].map.call(row.querySelectorAll('*'), (node) => node.localName),
])"""
NEVER = "img iframe object embed form base link meta style script video audio h1 input select"
WHOLE = """(never) => ({
  told: window.told,
  handlers: [].filter.call(document.querySelectorAll('*'), (node) =>
    [].some.call(node.attributes, (at) => /^on|^style$|^srcdoc$/.test(at.name))).length,
  foreign: never.filter((name) => document.querySelector('main ' + name)),
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
})"""
OF_A_ROW = {"td", "p", "a", "b", "i", "small", "span", "svg", "use"}


@pytest.fixture(scope="module")
def gui(tmp_path_factory):
    """A real wall with a board for every page of texts, and a nearly empty one for what addresses echo."""
    desk = Desk(tmp_path_factory.mktemp("hostile") / "home")
    desk.now = utc_now().replace(microsecond=0)
    desk.beat()
    boards = {
        f"wall{n}": {
            "title": title,
            "match": [{"tags": [f"page{n}"]}],
            "sections": [{"id": "all", "title": title, "empty": title, "limit": A_PAGE}],
        }
        for n, title in enumerate(TITLES)
    }
    boards["few"] = {"title": "Few", "match": [{"tags": ["few"]}]}
    desk.configure("boards", json.dumps(boards))
    desk.configure("deskwatch", f"web: {{poll_seconds: 2, rows_per_section: {A_PAGE}}}\n")
    desk.write(*(_hostile(number, text, desk.now) for number, text in enumerate(TEXTS)))
    (desk.home.tickets / "desk-90000.json").write_text(
        '{"schema":1,"key":"desk-90000","source":"desk","id":"90000","tags":["few"],"subject":"\\ud800<b>\\udc00"}'
    )
    gui = Gui(desk.home, start=warm.start)
    wait_until(lambda: gui.ask(f"/b/wall{len(PAGES) - 1}")[0] == 200, "all boards are read", 60)
    yield gui
    gui.stop()
    gui.process.stdout.close()


def _hostile(number, text, now):
    return ticket(
        number,
        subject=text,
        description=text,
        requester=Person(id=f"r{number}", name=text or "-"),
        agent=Person(id=f"a{number}", name=text or "-"),
        category=text[:200],
        type=text[:200] or None,
        status=Status(id=str(number), name=text[:200] or "-"),
        tags=(f"page{number // A_PAGE}", text[:200]),
        created_at=now,
        updated_at=now,
        first_response_due_at=None,
    )


@pytest.fixture
def look(chromium, gui):
    """Opens an address; at the end nothing may have run, been asked of others, or been blocked."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(60_000)
    context.add_init_script(WATCH)
    wrong = []
    page = context.new_page()
    here = (f"http://127.0.0.1:{gui.port}/", "data:image/")
    page.on("pageerror", lambda error: wrong.append(f"thrown: {error}"))
    page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
    page.on("request", lambda r: r.url.startswith(here) or wrong.append(f"asked: {r.url}"))
    page.on("console", lambda m: m.type in ("error", "warning") and complain(m.text))

    def complain(words):
        if "rotate=" not in page.url or "404 (Not Found)" not in words:  # a board that is not there
            wrong.append(f"{page.url}: {words}")

    def look(path):
        page.goto(f"http://127.0.0.1:{gui.port}{path}", wait_until="load")
        whole = page.evaluate(WHOLE, NEVER.split())
        assert (whole["told"], whole["handlers"], whole["foreign"]) == ([], 0, []), path
        return page

    yield look
    assert page.evaluate("window.told") == []
    context.close()
    assert wrong == []


def name_of(text, id_):
    return legible(text or "-", NAME_LIMIT) or id_


def test_every_text_is_shown_verbatim_in_its_row_and_moves_no_neighbour(look):
    seen = 0
    for number, texts in enumerate(PAGES):
        page = look(f"/b/wall{number}?limit={A_PAGE}&theme={'light' if number % 2 else 'dark'}")
        rows = page.evaluate(ROWS)
        lefts = {row[4] for row in rows}
        assert len(lefts) == 1, f"rows of page {number} stand at {lefts}"
        for key, subject, requester, agent, _, nodes in rows:
            text = texts[int(key.removeprefix("desk-")) - number * A_PAGE]
            assert subject == (legible(text, SUBJECT_LIMIT) or "(no subject)"), key
            n = key.removeprefix("desk-")
            assert requester.strip("\n") == name_of(text, f"r{n}"), key
            assert agent.strip("\n") == name_of(text, f"a{n}"), key
            assert set(nodes) <= OF_A_ROW, key
        assert page.evaluate(WHOLE, NEVER.split())["wide"] <= 0
        title = TITLES[number].split()
        assert page.title().split()[-len(title) - 2 : -2] == title  # "… · Deskwatch" follows
        assert page.text_content("h1").split() == title
        assert page.text_content("#h-all").split()[:-1] == title
        seen += len(rows)
    assert seen == len(TEXTS) >= (5000 if THOROUGH else 1250)


def test_the_panel_and_the_tooltip_show_them_verbatim(look):
    for number, texts in enumerate(PAGES):
        page = look(f"/b/wall{number}?limit=10&theme={'dark' if number % 2 else 'light'}")
        for n in range(0, len(texts), len(texts) // 6):
            key = f"desk-{number * A_PAGE + n}"
            page.evaluate(f"location.hash = '#t={key}'")
            subject = legible(texts[n], SUBJECT_LIMIT) or "(no subject)"
            page.wait_for_selector(f"#panel .copy >> text=INC-{number * A_PAGE + n}")
            assert page.text_content("#panel h2") == subject
            shown = page.text_content("#panel .words p")
            assert shown == (legible_block(texts[n], 10_000) or "No description.") or shown.endswith("…")
        whole = page.evaluate(WHOLE, NEVER.split())
        assert (whole["told"], whole["handlers"]) == ([], 0)
        assert page.locator("#panel :is(img, script, style, iframe, form, input)").count() == 0
        page.evaluate("location.hash = '#-'")
        page.hover("tr[data-k] .subject a >> nth=1")
        page.locator("#tip").wait_for()
        assert page.locator("#tip").evaluate("node => node.children.length") in (3, 4)


def test_the_choices_of_the_filters_are_text(look):
    page = look("/b/wall1?limit=10")
    options = page.evaluate("[].map.call(document.querySelectorAll('[name=agent] option'), (o) => o.text)")
    names = {" ".join(f"{name_of(text, 'a')} (1)".split()) for text in PAGES[1]}
    listed = {" ".join(option.split()) for option in options}
    assert len(listed & names) > 0.4 * A_PAGE
    assert page.locator("#filter option *").count() == 0


def test_what_an_address_asks_for_is_echoed_as_text(look):
    for n, text in enumerate(ECHOES[:: 2 if THOROUGH else 7]):
        asked = quote(text, safe="")
        wishes = f"q={asked}&agent={asked}&sort={asked}&tz={asked}&lang={asked}&theme={asked}&section={asked}"
        kiosk = f"kiosk=1&rotate={asked}&size={asked}&{asked}={asked}"
        page = look(f"/b/few?{kiosk if n % 4 == 3 else wishes}&privacy={asked}&limit={asked}")
        if n % 4 != 3:
            shown = page.input_value("[name=q]")
            assert shown == " ".join("".join(c if c.isprintable() else " " for c in text).split())


def test_half_a_letter_breaks_no_page(look):
    page = look("/b/few")
    assert page.text_content("[data-k=desk-90000] .subject p") == "\ufffd<b>\ufffd"


def test_a_spreadsheet_gets_texts_and_no_formula(gui):
    for number, texts in enumerate(PAGES):
        status, _, body = gui.ask(f"/b/wall{number}/csv")
        assert status == 200
        rows = list(csv.reader(io.StringIO(body.decode(), newline="")))
        assert {len(row) for row in rows} == {len(COLUMNS)}
        assert len(rows) == len(texts) + 1
        assert not [
            cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n")
        ]
        at = COLUMNS.index("subject")
        for row in rows[1:]:
            text = texts[int(row[0].removeprefix("desk-")) - number * A_PAGE]
            assert row[at].removeprefix("'") == text.removeprefix("'")
