"""theme=arcade, the playful look: only for those who ask for it, and as readable as the others."""

import base64

import pytest

from deskwatch.core.ticket import Phase, Priority
from tests.browser.test_quality import ALIVE, CONTRASTS, SHAPES, violations
from tests.web.desk import HOUR, ticket

STATES = ["overdue", "critical", "warning", "ok", "paused", "none"]
PAGES = {
    "board": ("/b/helpdesk", (1280, 720)),
    "phone": ("/b/helpdesk", (360, 740)),
    "kiosk": ("/b/helpdesk?kiosk=1&size=5m", (1920, 1080)),
    "boards": ("/boards", (1280, 720)),
    "ticket": ("/b/helpdesk/t/desk-1", (1280, 720)),
}
GROUND = "getComputedStyle(document.body.parentNode).backgroundColor"


@pytest.fixture
def every_state(desk):
    hours = [-2, 1, 8, 60]
    desk.write(
        *(
            ticket(n, first_response_due_at=desk.now + late * HOUR, priority=list(Priority)[n - 1])
            for n, late in enumerate(hours, 1)
        ),
        ticket(5, phase=Phase.PENDING),
        ticket(6, agent=None, first_response_due_at=None),
    )
    return desk


def test_the_arcade_is_loaded_by_those_who_ask_for_it_alone(every_state, visit):
    page = visit("/b/helpdesk?theme=dark")
    dark = page.evaluate(GROUND)
    loaded = "performance.getEntriesByType('resource').filter(r => /arcade.css/.test(r.name)).length"
    assert page.evaluate(loaded) == 0
    page.goto(page.url.replace("dark", "arcade"))
    page.wait_for_function(f"dark => {GROUND} !== dark", arg=dark)
    page.wait_for_function(ALIVE)
    assert page.evaluate(loaded) == 1
    assert "not understood" not in page.inner_text("body")
    arcade = page.evaluate(GROUND)
    page.click("#theme")
    assert page.evaluate(GROUND) not in (arcade, dark), "the button leads out of it"
    page.goto(page.url.replace("arcade", "arkade"))
    page.wait_for_selector("text=“theme=arkade” is not understood: expected dark|light|auto|arcade.")
    assert page.evaluate(loaded) == 0


@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_read_the_arcade(every_state, visit, name):
    path, (width, height) = PAGES[name]
    page = visit(
        f"{path}{'&' if '?' in path else '?'}theme=arcade", viewport={"width": width, "height": height}
    )
    page.wait_for_function(ALIVE)
    assert page.evaluate("document.styleSheets.length") >= 2
    assert violations(page) == []
    for text in page.evaluate(CONTRASTS):
        assert text["ratio"] >= (7 if text["vital"] else 4.5), text
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_states_keep_their_shapes_and_words_in_the_arcade_also_without_colours(every_state, visit, chromium):
    page = visit("/b/helpdesk?theme=arcade")
    page.wait_for_function(ALIVE)
    vision = page.context.new_cdp_session(page)
    vision.send("Emulation.setEmulatedVisionDeficiency", {"type": "achromatopsia"})
    chips = [page.locator(f"tr.{state} .chip").first for state in STATES]
    words = [chip.evaluate("n => n.childNodes[1].data.trim()") for chip in chips]
    assert len(set(words)) == len(STATES)
    pictures = [base64.b64encode(chip.locator("svg").screenshot()).decode() for chip in chips]
    judge = chromium.new_page()
    alike = judge.evaluate(SHAPES, pictures)
    judge.context.close()
    pairs = [(a, b) for a in range(len(STATES)) for b in range(a)]
    assert [(STATES[a], STATES[b]) for a, b in pairs if alike[a][b] >= 0.8] == []


def test_somebody_marches_while_a_ticket_is_overdue_and_stands_for_those_who_want_calm(every_state, visit):
    page = visit("/b/helpdesk?theme=arcade")
    marching = "getComputedStyle(document.querySelector('.tile.overdue'), '::after').animationName"
    page.wait_for_function(f"{marching} === 'march'")
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(marching) == "none"
    page.emulate_media(media="print")
    assert page.evaluate(GROUND) == "rgb(255, 255, 255)", "paper is paper"
