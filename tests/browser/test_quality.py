"""Every page is readable for everybody: axe, contrast, colour blindness, phones, without JavaScript."""

import base64
import contextlib
import functools
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe

from deskwatch.core.ticket import Phase, Priority
from tests import warm
from tests.web.desk import ANA, BEN, HOUR, ticket
from tests.web.test_process import GUI

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = {
    "board": "/b/helpdesk",
    "filtered": "/b/helpdesk?agent=Ana&sort=-created",
    "nothing found": "/b/helpdesk?agent=Nobody",
    "wrong wishes": "/b/helpdesk?priority=purple&tz=Nowhere&sort=smell",
    "boards": "/boards",
    "ticket": "/b/helpdesk/t/desk-1",
    "wall at 3 m": "/b/helpdesk?kiosk=1&size=3m&sound=1&colour=red",
    "wall at 5 m": "/b/helpdesk?kiosk=1&size=5m&clock=seconds",
    "on call": "/on-call",
    "unknown board": "/b/nope",
    "unknown address": "/nope",
}
REFUSED = {"unknown board", "unknown address"}
ALIVE = """() => {
  const age = document.getElementById('age');
  return !window.deskwatch || !age || /old|yet/.test(age.innerText);
}"""
"""Whether the first pulse has come and was shown; pages without a pulse are what they will be."""
STATES = ["overdue", "critical", "warning", "ok", "paused", "none"]

CONTRASTS = """
() => {
  const channel = c => (c /= 255) <= 0.03928 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const rgba = text => [...text.match(/[\\d.]+/g).map(Number), 1].slice(0, 4);
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3]));
  const below = element => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      layers.push(rgba(getComputedStyle(e).backgroundColor));
    }
    return layers.reverse().reduce((colour, layer) => over(layer, colour), [255, 255, 255]);
  };
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement, words = walker.currentNode.textContent.trim();
    const box = document.createRange();
    box.selectNode(walker.currentNode);
    const seen = e.checkVisibility({visibilityProperty: true}) && box.getBoundingClientRect().width;
    if (!words || !seen || e.closest('.skip, noscript, option, title, svg')) { continue; }
    let opacity = 1;
    for (let up = e; up; up = up.parentElement) { opacity *= getComputedStyle(up).opacity; }
    const ground = below(e), ink = rgba(getComputedStyle(e).color);
    const top = [ink[0], ink[1], ink[2], ink[3] * opacity], a = light(over(top, ground)), b = light(ground);
    found.push({
      words: words.slice(0, 40), of: e.tagName + '.' + e.className,
      ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05),
      vital: !!e.closest('td.subject, td.id, td.sla .chip, .tile'),
    });
  }
  return found;
}
"""
"""Contrast of every text that is seen; its ground is computed from all layers below it (WCAG 2.2, 1.4.3)."""

SHAPES = """
async pictures => {
  const masks = [];
  for (const picture of pictures) {
    const image = new Image();
    image.src = 'data:image/png;base64,' + picture;
    await image.decode();
    const canvas = new OffscreenCanvas(24, 24), pen = canvas.getContext('2d');
    pen.drawImage(image, 0, 0, 24, 24);
    const d = pen.getImageData(0, 0, 24, 24).data, grey = [];
    for (let i = 0; i < d.length; i += 4) { grey.push(0.3 * d[i] + 0.59 * d[i + 1] + 0.11 * d[i + 2]); }
    const ground = grey[0], reach = Math.max(...grey.map(g => Math.abs(g - ground)));
    masks.push(grey.map(g => Math.abs(g - ground) > reach / 2));
  }
  return masks.map(a => masks.map(b => {
    const both = a.filter((x, i) => x && b[i]).length, any = a.filter((x, i) => x || b[i]).length;
    return any ? both / any : 1;
  }));
}
"""
"""How much of two pictures' ink coincides, 0 to 1, whatever their colours: 1 is the same shape."""


@pytest.fixture
def full(desk):
    """A wall with every state, every priority, old and new, owned and unowned, long and short."""
    hours = [-2, 1, 8, 60]
    desk.write(
        *(
            ticket(
                n,
                first_response_due_at=desk.now + hours[n % 4] * HOUR,
                created_at=desk.now - n * HOUR,
                updated_at=desk.now - n * HOUR,
                priority=list(Priority)[n % 4],
                agent=[ANA, BEN, None][n % 3],
                subject=f"Printer {n} " + "prints stripes " * (n % 5),
            )
            for n in range(12)
        ),
        ticket(50, phase=Phase.ON_HOLD, url=None),
        ticket(51, phase=Phase.PENDING),
        ticket(52, agent=None, first_response_due_at=None),
        ticket(
            53,
            phase=Phase.CUSTOMER_REPLIED,
            priority=Priority.URGENT,
            created_at=desk.now,
            first_seen_at=desk.now,
        ),
    )
    return desk


def violations(page):
    options = {"runOnly": {"type": "tag", "values": RULES}}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{v['id']}: {node['html'][:160]}" for v in found for node in v["nodes"][:3]]


def pages(visit, **options):
    """(name, page) of every page there is, one after the other."""
    page = visit("/boards", expect_errors=True, **options)
    start = page.url.rsplit("/", 1)[0]
    for name, path in PAGES.items():
        answer = page.goto(start + path)
        assert (answer.status == 404) == (name in REFUSED), (name, answer.status)
        page.wait_for_load_state("load")
        if options.get("java_script_enabled", True):
            page.wait_for_function(ALIVE)
        yield name, page


@pytest.mark.timeout(240)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_on_any_page_and_all_text_stands_out(full, visit, theme):
    wrong = []
    for name, page in pages(visit, color_scheme=theme, viewport={"width": 1920, "height": 1080}):
        wrong += [f"{name}: {violation}" for violation in violations(page)]
        for text in page.evaluate(CONTRASTS):
            if text["ratio"] < (7 if text["vital"] else 4.5):  # what matters stands out more
                wrong.append(f"{name}: {text['of']} {text['words']!r} {text['ratio']:.2f}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.timeout(240)
def test_axe_finds_nothing_on_a_phone_and_no_page_scrolls_sideways(full, visit):
    wrong = []
    for name, page in pages(visit, color_scheme="light", viewport={"width": 360, "height": 740}):
        wrong += [f"{name}: {violation}" for violation in violations(page)]
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 360:
            wrong.append(f"{name}: {width} wide")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_in_the_open_panel(full, visit, theme):
    for width in (1920, 360):
        page = visit("/b/helpdesk", color_scheme=theme, viewport={"width": width, "height": 900})
        open_panel(page)
        assert violations(page) == []


@pytest.fixture
def published(full, tmp_path):
    """The address of the same walls as static files."""
    folder = tmp_path / "published"
    command = [sys.executable, str(GUI), "--home", str(full.home), "publish", str(folder), "--once"]
    assert warm.start(command, stdout=subprocess.DEVNULL).wait(timeout=60) == 0

    class Quiet(SimpleHTTPRequestHandler):
        def handle(self):
            with contextlib.suppress(ConnectionError):  # a page that is closed while it asks
                super().handle()

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_axe_finds_nothing_on_published_pages(published, chromium):
    for theme in ("dark", "light"):
        context = chromium.new_context(color_scheme=theme, viewport={"width": 1920, "height": 1080})
        page = context.new_page()
        for path in ("", "b/helpdesk.html", "b/helpdesk.html?kiosk=1&theme=arcade"):
            answer = page.goto(published + path)
            assert answer.status == 200, path
            page.wait_for_function(ALIVE)
            assert violations(page) == [], path
        context.close()


def test_the_checks_of_this_file_find_what_is_wrong(full, visit):
    page = visit("/b/helpdesk", color_scheme="light")
    page.evaluate(
        """() => {
            const bad = document.createElement('p'), place = document.querySelector('header');
            bad.textContent = 'Faint words';
            bad.style.color = 'rgb(150, 150, 150)';
            bad.style.backgroundColor = 'rgb(100, 100, 100)';
            place.append(bad, document.createElement('img'));
        }"""
    )
    faint = [t for t in page.evaluate(CONTRASTS) if t["ratio"] < 4.5]
    assert [t["words"] for t in faint] == ["Faint words"]
    assert "image-alt" in {v.split(":")[0] for v in violations(page)}
    icon = page.locator("tr.overdue .chip svg").first.screenshot()
    page.emulate_media(color_scheme="dark")
    other = page.locator("tr.overdue .chip svg").first.screenshot()
    judge = page.context.browser.new_page()
    alike = judge.evaluate(SHAPES, [base64.b64encode(p).decode() for p in (icon, other)])
    judge.close()
    assert alike[0][1] > 0.8, "the same shape in another colour counts as the same"


def open_panel(page):
    page.locator("[data-k=desk-1] td.subject a").click()
    page.locator("#panel").wait_for()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_state_has_a_word_and_a_shape_of_its_own_for_every_eye(full, visit, chromium, theme):
    page = visit("/b/helpdesk?limit=100", color_scheme=theme)
    page.wait_for_selector("tr.overdue")
    session = page.context.new_cdp_session(page)
    judge = chromium.new_page()
    words = {state: page.locator(f"tr.{state} .chip").first.inner_text().split("\n")[0] for state in STATES}
    named = [" ".join(w for w in text.split() if w.isalpha() and len(w) > 1) for text in words.values()]
    assert len(set(named)) == len(STATES), words
    for eye in ("none", "protanopia", "deuteranopia", "tritanopia", "achromatopsia"):
        session.send("Emulation.setEmulatedVisionDeficiency", {"type": eye})
        pictures = [
            base64.b64encode(page.locator(f"tr.{state} .chip svg").first.screenshot()).decode()
            for state in STATES
        ]
        alike = judge.evaluate(SHAPES, pictures)
        for a, first in enumerate(STATES):
            for b, second in enumerate(STATES):
                if a < b:
                    assert alike[a][b] < 0.8, f"{first} and {second} look alike to {eye}"
    judge.close()


def test_every_page_is_complete_without_javascript(full, visit):
    for name, page in pages(visit, java_script_enabled=False):
        seen = page.locator("main, #wall").first.inner_text()
        expected = {
            "filtered": "Printer 3",
            "boards": "Helpdesk",
            "ticket": "Printer 1",
            "on call": "call",
            "nothing found": "",
            "unknown board": "nope",
            "unknown address": "Nothing lives at this address",
        }.get(name, "Printer 1")
        assert expected in seen, name
        if name in ("board", "filtered", "wall at 3 m"):
            assert page.locator("noscript meta[http-equiv=refresh]").count() == 1


def test_eight_tabs_of_one_browser_all_load_and_all_live(full, visit):
    first = visit("/b/helpdesk")
    tabs = [first] + [first.context.new_page() for _ in range(7)]
    for tab in tabs[1:]:
        tab.goto(first.url)
    full.write(ticket(60, subject="Seen by all eight"))
    for tab in tabs:
        tab.wait_for_selector("text=Seen by all eight")
