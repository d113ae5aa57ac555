"""What is new is said once: in the row, in the tab, to screen readers, and as a sound."""

import json
from datetime import timedelta

import pytest

from deskwatch.clock import utc_now
from deskwatch.core.ticket import Priority
from tests.browser.own_time import stop_time, until_shown
from tests.web.desk import HOUR, Desk, ticket
from tests.web.test_process import wait_until

SECONDS = 1000
BOARDS = "helpdesk: {title: Helpdesk}\nall: {title: Everything}\n"
LOUDSPEAKER = """
window.heard = [];
window.AudioContext = function () {
    var param = {setValueAtTime: function () {}};
    param.linearRampToValueAtTime = function (v) { window.loud = v || window.loud; };
    this.state = 'running'; this.currentTime = 0; this.destination = {};
    this.resume = function () { return Promise.resolve(); };
    this.createGain = function () { return {gain: param, connect: function () {}}; };
    this.createOscillator = function () {
        var tone = {frequency: {value: 0}, connect: function () {}, stop: function () {}};
        tone.start = function () { window.heard.push(tone.frequency.value); };
        return tone;
    };
};"""
URGENT, BREACH = [880, 1175, 1568], [440, 330, 440, 330]


@pytest.fixture
def desk(tmp_path):
    """Two boards with the same tickets."""
    desk = Desk(tmp_path / "home", deskwatch="web: {poll_seconds: 0.3}", boards=BOARDS)
    desk.now = utc_now().replace(microsecond=0)
    desk.beat()
    desk.write(usual(desk, 1))
    return desk


def usual(desk, number, **changes):
    return ticket(number, **{"first_response_due_at": desk.now + 90 * HOUR, **changes})


def urgent(desk, number, **changes):
    arrived = {"created_at": desk.now, "first_seen_at": utc_now()}
    return usual(desk, number, priority=Priority.URGENT, **{**arrived, **changes})


@pytest.fixture
def listen(chromium, gui):
    """Opens a wall whose sounds are written down: ``heard(page)``."""
    contexts = []

    def listen(query, before=lambda page: None):
        context = chromium.new_context()
        contexts.append(context)
        page = context.new_page()
        page.clock.install()
        page.add_init_script(LOUDSPEAKER)
        before(page)
        page.goto(f"http://127.0.0.1:{gui.port}/b/helpdesk?kiosk=1&sound=1&{query}")
        page.wait_for_function("() => window.deskwatch && deskwatch.pulse()")
        page.evaluate("ticks = 0; deskwatch.on('tick', () => { ticks += 1; })")
        page.wait_for_function("() => ticks > 1")  # the loudspeaker is on
        return page

    yield listen
    for context in contexts:
        context.close()


def heard(page):
    return page.evaluate("heard")


def wait_for(page, tones):
    page.wait_for_function("n => heard.length >= n", arg=len(tones))
    page.wait_for_timeout(400)
    assert heard(page) == tones


def on_both_boards(page, *, after=0):
    """Waits until both boards told of one urgent ticket that came after this instant; when that one came."""
    page.clock.run_for(5 * SECONDS)  # a board that is not shown is looked at so often
    told = page.wait_for_function(
        """after => {
            const told = JSON.parse(sessionStorage['deskwatch-heard'] || '{}'), at = told['urgent all'];
            return at > after && at === told['urgent helpdesk'] && at;
        }""",
        arg=after,
    )
    page.wait_for_timeout(300)
    return told.json_value()


def test_an_urgent_ticket_is_marked_as_new_for_a_minute(desk, visit):
    page = visit("/b/helpdesk", own_time=True, expect_errors=True)
    page.wait_for_selector("[data-k=desk-1]")
    stop_time(page)
    desk.write(urgent(desk, 7))
    until_shown(page, "tr.new[data-k=desk-7]")
    assert page.locator("tr.new .fresh").is_visible()
    page.context.set_offline(True)  # an answer would set the page's clock by the server's
    seen = "document.querySelector('[data-k=desk-7]').setAttribute('data-n', deskwatch.now() / 1000 - {})"
    page.evaluate(seen.format(55))
    page.clock.run_for(1 * SECONDS)
    assert page.locator("tr.new[data-k=desk-7]").count()
    page.evaluate(seen.format(60))
    page.clock.run_for(1 * SECONDS)
    assert page.locator("[data-k=desk-7]:not(.new)").count()


def test_screen_readers_hear_of_urgent_tickets_that_come_while_the_page_is_open(desk, visit):
    desk.write(urgent(desk, 5))
    page = visit("/b/helpdesk")
    page.wait_for_selector("[data-k=desk-5]")
    page.wait_for_timeout(600)
    assert page.get_attribute("#news", "role") == "status"
    assert page.text_content("#news") == ""
    desk.write(usual(desk, 6), urgent(desk, 7, subject="The <b>server</b> room is hot"))
    page.wait_for_function("() => news.textContent")
    assert page.text_content("#news") == "New urgent ticket INC-7: The <b>server</b> room is hot"


def test_the_tab_counts_what_is_overdue(desk, visit):
    page = visit("/b/helpdesk")
    page.wait_for_selector("[data-k=desk-1]")
    assert page.title() == "Helpdesk · Deskwatch"
    assert "/icon.svg" in page.get_attribute("link[rel=icon]", "href")
    desk.write(*(usual(desk, n, first_response_due_at=desk.now - HOUR) for n in (2, 3, 4)))
    page.wait_for_function("() => document.title === '(3!) Helpdesk · Deskwatch'")
    assert "/icon-alert.svg" in page.get_attribute("link[rel=icon]", "href")
    desk.write(*(usual(desk, n) for n in (2, 3, 4)))
    page.wait_for_function("() => document.title === 'Helpdesk · Deskwatch'")
    assert "/icon.svg" in page.get_attribute("link[rel=icon]", "href")


@pytest.mark.parametrize("query", ["", "?kiosk=1"])
def test_only_changed_rows_are_sent_and_all_are_shown(desk, visit, query):
    desk.write(*(usual(desk, n) for n in range(10, 18)))
    page = visit(f"/b/helpdesk{query}")
    page.wait_for_selector("[data-k=desk-17]", state="attached")
    page.wait_for_timeout(600)
    with page.expect_response(lambda r: "/rows" in r.url and "have=" in r.url) as told:
        desk.write(usual(desk, 12, subject="Only this one"))
    page.wait_for_selector("text=Only this one")
    rows = told.value.text()
    assert "Only this one" in rows
    assert "Printer 13" not in rows
    assert "Printer 13" in page.text_content("[data-k=desk-13] .subject")
    assert page.locator("tbody tr").count() == 9
    assert page.locator("tbody tr:empty").count() == 0


def test_new_urgent_tickets_and_breaches_sound_different_and_once(desk, listen):
    desk.write(urgent(desk, 2, agent=None))
    page = listen("volume=30&rotate=helpdesk:600,all:600")
    first = on_both_boards(page)
    assert heard(page) == []
    desk.write(urgent(desk, 3))
    wait_for(page, URGENT)
    assert page.evaluate("loud") == pytest.approx(0.3)
    on_both_boards(page, after=first)
    assert heard(page) == URGENT
    page.evaluate("heard = []")
    desk.write(usual(desk, 1, first_response_due_at=utc_now() - timedelta(seconds=1)))
    wait_for(page, BREACH)
    with page.expect_response("**/b/helpdesk/pulse*"), page.expect_response("**/b/all/pulse*"):
        page.reload()
    page.wait_for_timeout(300)
    assert heard(page) == []
    desk.write(urgent(desk, 4))
    wait_for(page, URGENT)


def test_a_new_ticket_sounds_also_when_a_board_that_was_just_found_has_it_already(desk, gui, listen):
    out = "**/b/all/pulse*"
    page = listen("rotate=helpdesk:600,all:600", before=lambda page: page.route(out, unreachable))
    page.route("**/b/helpdesk/pulse*", unreachable)
    desk.write(urgent(desk, 3))
    wait_until(lambda: b"desk-3" in gui.ask("/b/all/pulse")[2], "the wall knows of the ticket")
    page.unroute(out)
    page.clock.run_for(6 * SECONDS)
    page.wait_for_function("() => /urgent all/.test(sessionStorage['deskwatch-heard'])")
    assert heard(page) == []
    page.unroute_all(behavior="wait")
    wait_for(page, URGENT)


def unreachable(route):
    route.fulfill(status=502, body="Bad Gateway")


def test_a_ticket_that_goes_makes_no_older_one_news(desk, listen):
    desk.write(urgent(desk, 2, first_seen_at=desk.now - HOUR), urgent(desk, 3))
    page = listen("")
    (desk.home.tickets / "desk-3.json").unlink()
    page.wait_for_selector("[data-k=desk-3]", state="detached")
    page.wait_for_timeout(500)
    assert heard(page) == []


def test_the_sound_is_repeated_until_somebody_takes_the_ticket(desk, listen):
    page = listen("repeat=5")
    desk.write(urgent(desk, 3, agent=None))
    wait_for(page, URGENT)
    page.clock.run_for(5 * SECONDS)
    page.wait_for_function("() => heard.length >= 6")
    desk.write(urgent(desk, 3))
    page.wait_for_function("() => deskwatch.pulse().news.unowned === 0")
    count = len(heard(page))
    page.clock.run_for(12 * SECONDS)
    assert len(heard(page)) == count


def test_quiet_hours_are_quiet(desk, gui, listen):
    now = utc_now()
    hour = (now + HOUR).hour
    quiet = f"{(hour - 2) % 24:02}:00-{(hour + 4) % 24:02}:00"
    desk.configure("boards", f"helpdesk: {{title: Helpdesk, quiet: '{quiet}'}}\nall: {{title: All}}\n")
    wait_until(lambda: b'"quiet":true' in gui.ask("/b/helpdesk/pulse")[2], "the quiet hours are read")
    page = listen("repeat=5")
    desk.write(urgent(desk, 3, agent=None))
    page.wait_for_selector("[data-k=desk-3]", state="attached")
    page.clock.run_for(12 * SECONDS)
    assert heard(page) == []


def test_blocked_sound_is_told_in_words_until_a_click_allows_it(visit):
    page = visit("/b/helpdesk?kiosk=1&sound=1")
    words = "text=Sound off – click once, or start Chromium with --autoplay-policy=no-user-gesture-required"
    page.wait_for_selector(words)
    page.mouse.click(200, 200)
    page.wait_for_selector(words, state="detached")


def test_a_browser_that_cannot_make_sounds_says_so(chromium, gui):
    context = chromium.new_context()
    page = context.new_page()
    page.add_init_script("window.AudioContext = window.webkitAudioContext = undefined;")
    page.goto(f"http://127.0.0.1:{gui.port}/b/helpdesk?kiosk=1&sound=1")
    page.wait_for_selector("text=This browser cannot make sounds.")
    context.close()


def test_what_was_heard_is_remembered_in_few_bytes(desk, listen):
    page = listen("")
    for number in range(2, 5):
        desk.write(urgent(desk, number))
        page.wait_for_selector(f"[data-k=desk-{number}]", state="attached")
    page.wait_for_function("() => heard.length >= 9")
    kept = json.loads(page.evaluate("sessionStorage['deskwatch-heard']"))
    assert len(kept["told"]) <= 50
