"""Several helpdesks on a narrow screen: troubles take a line each, and no age that grows moves anything."""

from datetime import timedelta

import pytest

from deskwatch.core.ticket import format_instant
from deskwatch.store.heartbeat import write_heartbeat
from tests.web.desk import ticket

PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
NAMES = {"acme": "Acme IT", "msp": "Managed services", "bugs": "Bug tracker", "own": "Our own"}
AGES = ["5 s", "12 s", "1 m 16 s", "14 m", "59 m"]


def beat(desk, next_try):
    """Two of four helpdesks are down, and one says words that nobody has mapped."""
    good = {"kind": "freshservice", "state": "ok", "last_good_at": format_instant(desk.now)}
    since = format_instant(desk.now - timedelta(minutes=3))
    refused = {"kind": "auth", "status": 401, "since": since, "words": "no"}
    away = {"kind": "connection", "since": since, "words": "no"}
    sources = {
        "acme": {**good, "state": "failing", "error": refused, "next_try_at": next_try},
        "msp": {**good, "state": "failing", "error": away},
        "bugs": {**good, "unmapped": ["status 'odd'"]},
        "own": good,
    }
    said = {"schema": 1, "beat_at": format_instant(desk.now), "sources": sources}
    write_heartbeat(desk.home.state / "watcher.json", said)


@pytest.fixture
def several(desk):
    said = "{{kind: freshservice, base_url: 'https://desk.example.com', title: {}}}"
    lines = (f"{name}: {said.format(title)}" for name, title in NAMES.items())
    desk.configure("sources", "\n".join(lines) + "\n")
    desk.write(*(ticket(n, key=f"{name}-{n}", source=name) for n, name in enumerate(NAMES, 1)))
    beat(desk, "2030-01-01T10:15:00Z")
    return desk


def sentence(page, number):
    return page.locator(f"#troubles .trouble >> nth={number} >> css=span")


def test_two_helpdesks_that_are_down_leave_a_phone_room_for_its_tickets(several, visit):
    page = visit("/b/helpdesk", **PHONE)
    page.wait_for_function("() => deskwatch.pulse()")
    lines = page.locator("#troubles .trouble")
    assert lines.count() == 3
    for line in lines.all():
        assert line.locator("b").is_visible()
        assert line.locator("span").is_hidden()
        assert line.bounding_box()["height"] < 64
        fold = line.get_by_role("button", name="Details")
        box = fold.bounding_box()
        assert min(box["width"], box["height"]) >= 24
        assert box["x"] + box["width"] <= 360
    assert page.locator(".tiles").bounding_box()["y"] < 500, (
        "what was cut off by banners is on the first screen"
    )


def test_a_sentence_unfolds_and_stays_open_while_its_words_change(several, visit):
    page = visit("/b/helpdesk", **PHONE)
    page.wait_for_function("() => deskwatch.pulse()")
    fold = page.locator("#troubles button >> nth=0")
    fold.press("Enter")
    assert fold.get_attribute("aria-expanded") == "true"
    assert "Next try" in sentence(page, 0).inner_text()
    assert "11:15" in sentence(page, 0).inner_text()
    assert sentence(page, 1).is_hidden()
    beat(several, "2030-01-01T10:16:00Z")
    page.wait_for_selector("#troubles >> text=/Next try .*11:16/")
    assert page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true", "focus stays"
    page.tap("#troubles b >> nth=0")
    assert sentence(page, 0).is_hidden()


def test_without_scripts_and_on_wider_screens_every_sentence_is_there(several, visit):
    for options in ({**PHONE, "java_script_enabled": False}, {"viewport": {"width": 1280, "height": 720}}):
        page = visit("/b/helpdesk", **options)
        assert sentence(page, 0).is_visible()
        assert sentence(page, 1).is_visible()
        assert "No data yet" not in page.inner_text("#sources")
        assert page.locator("#troubles button >> visible=true").count() == 0


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_moves_while_ages_grow(several, visit, width):
    page = visit("/b/helpdesk", viewport={"width": width, "height": 740})
    page.wait_for_function("() => deskwatch.pulse()")
    places = page.evaluate(
        """ages => ages.map(function (age) {
          document.querySelectorAll('#sources span').forEach(n => { n.textContent = age; });
          var old = 'Data ' + age.replace(/^(\\d+ m).*/, '$1in') + ' old';
          document.querySelector('#age span').textContent = old;
          return [].map.call(document.querySelectorAll('#sources li, #wall, h1, #age svg'), function (n) {
            var at = n.getBoundingClientRect();
            return [at.left, at.top];
          });
        })""",
        AGES,
    )
    moved = [age for age, place in zip(AGES, places, strict=True) if place != places[0]]
    assert moved == []
    marks = page.eval_on_selector_all("#sources .mk", "all => all.map(n => n.getBoundingClientRect().right)")
    assert len(marks) == 4
    if width == 360:
        assert len(set(marks)) == 1, "on a phone they are a list in columns"
