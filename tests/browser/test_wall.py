"""The wall as people see it: rows, live updates, countdowns, theme, tooltip, keyboard."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe

from deskwatch.core.ticket import Person, Phase, Priority
from tests.browser.own_time import stop_time, until, until_shown
from tests.web.desk import HOUR, MINUTE, ticket

SECONDS = 1000  # Playwright counts milliseconds
ROWS = """[].map.call(document.querySelectorAll('#wall > *'), function (part) {
    var nodes = part.querySelectorAll('h2, th, tr, p, td');
    return [part.id, part.className].concat([].map.call(nodes, function (node) {
        var ticks = node.hasAttribute('data-t') || node.querySelector('[data-t]');
        return node.className + ' ' + (node.getAttribute('data-k') || !ticks && node.textContent);
    }));
})"""
"""What stands where on a wall, apart from words that tick."""


def rows(page):
    return page.locator("tbody tr")


def test_the_tickets_are_shown_in_their_sections(desk, visit):
    new = {"created_at": desk.now, "updated_at": desk.now}
    desk.write(
        ticket(1, **new),
        ticket(2, phase=Phase.CUSTOMER_REPLIED, subject="Thanks, but", **new),
        ticket(3, agent=None, **new),
    )
    page = visit()
    page.wait_for_selector("text=Thanks, but")
    assert page.locator("#s-open tbody tr").count() == 1
    assert "Thanks, but" in page.inner_text("#s-customer-replied")
    assert "Unassigned" in page.inner_text("#s-needs-agent")
    assert page.inner_text(".tile.total b") == "3"


def test_a_file_written_now_is_on_screen_in_a_moment(desk, visit):
    page = visit()
    page.wait_for_selector("text=No open tickets.")
    desk.write(ticket(1, subject="The lights went out"))
    page.wait_for_selector("text=The lights went out")
    desk.write(ticket(1, subject="The lights are back"))
    page.wait_for_selector("text=The lights are back")
    (desk.home.tickets / "desk-1.json").unlink()
    page.wait_for_selector("text=No open tickets.")


def test_countdowns_and_the_age_of_the_data_tick(desk, visit):
    desk.write(ticket(1, first_response_due_at=desk.now + 5 * MINUTE))
    page = visit()
    left = page.locator("tbody .left")
    left.wait_for()
    page.wait_for_function("/^[34] m \\d\\d s$/.test(document.querySelector('.left').textContent)")
    first, age = left.inner_text(), page.inner_text("#age")
    page.wait_for_function("t => document.querySelector('.left').textContent !== t", arg=first)
    page.wait_for_function("t => document.getElementById('age').innerText !== t", arg=age)
    assert re.fullmatch(r"Data \d+ s old", page.inner_text("#age"))


def test_a_missed_deadline_turns_the_row_without_a_change_of_the_file(desk, visit):
    from deskwatch.clock import utc_now

    page = visit()
    page.wait_for_function("() => deskwatch.pulse()")
    for seconds in (3, 9, 27):  # so slow a machine that it was over before it was shown gets another chance
        desk.write(ticket(seconds, first_response_due_at=utc_now() + timedelta(seconds=seconds)))
        row = f"tr[data-k=desk-{seconds}]"
        page.wait_for_selector(row)
        if page.locator(f"{row}.critical").count():
            break
    page.wait_for_selector(f"{row}.overdue")
    assert seconds < 27
    assert "Overdue" in page.inner_text(f"{row}.overdue .chip")


def test_the_theme_is_remembered_and_ticket_dashs_choice_is_honoured(visit):
    page = visit(color_scheme="light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(244, 246, 248)"
    page.click("#theme")
    assert page.evaluate("localStorage.theme") == "dark-mode"
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 17, 22)"
    page.evaluate("localStorage.theme = 'light-mode'")
    page.reload()
    assert page.evaluate("document.documentElement.className") == "light-mode"


def test_the_description_comes_on_hover_and_esc_closes_it(desk, visit):
    desk.write(ticket(1, description="It began at nine.\nNobody touched it."))
    page = visit()
    page.hover("td.subject a")
    tip = page.locator("#tip")
    tip.wait_for()
    assert "It began at nine.\nNobody touched it." in tip.inner_text()
    assert page.get_attribute("td.subject a", "aria-describedby") == "tip"
    tip.hover()  # the mouse may enter it
    page.wait_for_timeout(500)
    assert tip.is_visible()
    page.keyboard.press("Escape")
    assert tip.is_hidden()


def test_the_description_comes_on_focus_and_leaves_with_it(desk, visit):
    desk.write(ticket(1))
    page = visit()
    page.focus("td.id a")
    tip = page.locator("#tip")
    tip.wait_for()
    assert "It does so since this morning." in tip.inner_text()
    page.keyboard.press("Escape")
    assert tip.is_hidden()
    assert page.evaluate("document.activeElement.tagName") == "A"


def test_a_live_update_keeps_focus_scroll_and_tooltip(desk, visit):
    desk.write(*(ticket(n, first_response_due_at=desk.now + n * HOUR) for n in range(10, 40)))
    page = visit()
    page.focus("[data-k=desk-30] td.id a")
    page.locator("#tip").wait_for()
    scrolled = page.evaluate("window.scrollY")
    assert scrolled > 0
    desk.write(
        ticket(5, first_response_due_at=desk.now - HOUR),
        ticket(39, subject="Changed"),
        ticket(30, subject="Own row"),
    )
    page.wait_for_selector("text=Own row")
    assert page.evaluate("document.activeElement.closest('tr').getAttribute('data-k')") == "desk-30"
    assert page.locator("#tip").is_visible()
    desk.write(ticket(30, subject="Own row", first_response_due_at=desk.now - 2 * HOUR))
    page.wait_for_selector("tr.overdue[data-k=desk-30]")
    assert page.evaluate("document.activeElement.closest('tr').getAttribute('data-k')") == "desk-30"


def test_rows_that_did_not_change_are_not_touched(desk, visit):
    desk.write(*(ticket(n) for n in range(20)))
    page = visit()
    page.wait_for_selector("[data-k=desk-19]")
    page.evaluate(
        """window.touched = [];
        new MutationObserver(function (records) { records.forEach(function (record) {
            var node = record.target, ticking = node.hasAttribute('data-t') || node.className === 'left';
            if (node.closest('tr') && !ticking) touched.push(node.closest('tr').getAttribute('data-k'));
        }); }).observe(document.getElementById('wall'), {subtree: true, childList: true});"""
    )
    desk.write(ticket(7, subject="Only this one"))
    page.wait_for_selector("text=Only this one")
    assert set(page.evaluate("touched")) <= {"desk-7"}


def test_without_javascript_the_page_is_complete(desk, visit):
    desk.write(ticket(1))
    page = visit(java_script_enabled=False)
    assert "Printer 1 prints stripes" in page.inner_text("tbody")
    assert "Data of" in page.inner_text("#age")
    assert page.locator("#theme").is_hidden()


def test_nothing_is_wider_than_the_screen(desk, visit):
    long = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen " * 3
    desk.write(
        ticket(1, subject=long, requester=Person(id="1", name=long), agent=Person(id="2", name=long)),
        ticket(2, subject="x" * 300, priority=Priority.URGENT, phase=Phase.ON_HOLD),
    )
    page = visit()
    page.wait_for_selector("[data-k=desk-2]")
    for width, height in ((1280, 720), (1366, 768), (1920, 1080), (3840, 2160), (1080, 1920), (360, 740)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("theme", "width"), [("dark", 1920), ("light", 360)])
def test_axe_finds_nothing_while_there_is_trouble(desk, visit, theme, width):
    states = [-2, 1, 8, 60]
    desk.write(
        *(
            ticket(n, first_response_due_at=desk.now + states[n % 4] * HOUR, priority=list(Priority)[n % 4])
            for n in range(8)
        )
    )
    desk.write(ticket(8, phase=Phase.ON_HOLD, url=None), ticket(9, agent=None, first_response_due_at=None))
    page = visit(color_scheme=theme, viewport={"width": width, "height": 900})
    page.wait_for_selector("[data-k=desk-9]")
    page.focus("td.id a")
    page.locator("#tip").wait_for()
    assert violations(page) == []
    desk.beat(error={"kind": "auth", "status": 401, "words": "wrong key"}, unmapped=["status 11"])
    page.wait_for_selector("text=refuses the API key")
    assert violations(page) == []
    desk.beat(last_good_at=desk.now - HOUR)
    page.wait_for_selector("text=/DATA .* OLD/")
    assert violations(page) == []


def violations(page):
    found = Axe().run(page).response["violations"]
    return [(violation["id"], [node["html"][:120] for node in violation["nodes"]]) for violation in found]


def test_a_changed_word_touches_that_word_alone(desk, visit):
    desk.write(ticket(1), ticket(2, subject="Before", first_response_due_at=desk.now + 90 * HOUR))
    page = visit(own_time=True)
    stop_time(page)
    until_shown(page, "[data-k=desk-2] .left:not(:empty)")
    page.evaluate(
        """window.seen = [];
        new MutationObserver(function (all) {
            all.forEach(function (one) {
                if (one.target.nodeName === 'TBODY') { return; } // blanks between rows
                seen.push(one.type + ' ' + (one.attributeName || one.target.nodeValue));
            });
        }).observe(document.getElementById('wall'),
            {subtree: true, attributes: true, childList: true, characterData: true})"""
    )
    desk.write(ticket(2, subject="After", first_response_due_at=desk.now + 90 * HOUR))
    until_shown(page, "text=After")
    assert page.evaluate("seen") == ["attributes data-v", "characterData After"]


def test_rows_that_come_go_and_move_are_those_of_a_page_opened_anew(desk, visit):
    desk.write(*(ticket(n) for n in range(4)))
    page, again = visit(own_time=True), visit()
    stop_time(page)
    until(page, lambda: rows(page).count() == 4)
    waits = {"phase": Phase.ON_HOLD, "status_since": desk.now}
    late = {"first_response_due_at": desk.now - HOUR}
    steps = (
        {2: waits},  # into a section that had no table
        {3: late, 0: late},
        {2: {}, 1: waits, 5: {"agent": None}},
        dict.fromkeys(range(6), waits),
        {4: {}, 1: {}},
    )

    def opened_anew():
        again.reload()
        return again.evaluate(ROWS)

    for at, step in enumerate(steps):
        desk.write(*(ticket(n, subject=f"Step {at} of {n}", **changes) for n, changes in step.items()))
        for n in step:
            until_shown(page, f"text=Step {at} of {n}")
        assert page.evaluate(ROWS) == opened_anew()
    (desk.home.tickets / "desk-4.json").unlink()
    until(page, lambda: rows(page).count() == 5)
    assert page.evaluate(ROWS) == opened_anew()
