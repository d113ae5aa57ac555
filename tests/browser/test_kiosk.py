"""A screen that nobody touches: pages instead of scrolling, and whatever its address asks for."""

from datetime import timedelta

import pytest

from deskwatch.clock import utc_now
from deskwatch.core.ticket import Phase, Priority, format_instant
from deskwatch.store.heartbeat import write_heartbeat
from tests.browser.own_time import stop_time, until, until_shown
from tests.web.desk import HOUR, MINUTE, Desk, ticket

SECONDS = 1000
BOARDS = """
helpdesk:
  title: Helpdesk
  sections:
    - {id: open, title: Open, match: [{phases: [open]}], empty: No open tickets., limit: 20}
    - {id: waiting, title: Waiting, empty: Nothing waits.}
"""
SHOWN = """Array.from(document.querySelectorAll('tbody tr')).filter(function (row) {
    var box = row.getBoundingClientRect();
    return box.height && box.top >= 0 && box.bottom <= innerHeight;
}).map(function (row) { return row.getAttribute('data-k'); })"""


@pytest.fixture
def desk(tmp_path):
    """A desk whose pages turn every three seconds."""
    desk = Desk(tmp_path / "home", deskwatch="web: {poll_seconds: 0.3, page_seconds: 3}", boards=BOARDS)
    desk.never_close()
    desk.now = utc_now().replace(microsecond=0)
    desk.beat()
    return desk


def some(desk, count, *, overdue=0, first=0, **changes):
    """Tickets of which the first so many are overdue."""
    return [
        ticket(n, first_response_due_at=desk.now + (-HOUR if n < first + overdue else 90 * HOUR), **changes)
        for n in range(first, first + count)
    ]


def opened(visit, query="kiosk=1", **options):
    page = visit(f"/b/helpdesk?{query}", **options)
    page.wait_for_function("() => window.deskwatch && deskwatch.pulse()")
    if options.get("own_time"):
        stop_time(page)
    return page


def has_rows(page, count):
    """Waits until the board has so many rows, on whichever page."""
    until(page, lambda: page.locator("tbody tr").count() == count)


def count_of(page):
    """Which page is shown, of how many."""
    shown, _, many = page.inner_text("#pages").strip().partition("/")
    return int(shown), int(many)


def pages_seen(page, turns):
    """The pages shown in the next turns, each with its rows."""
    seen = []
    for _ in range(turns):
        seen.append((count_of(page)[0], page.evaluate(SHOWN)))
        turn(page)
    return seen


def turn(page):
    """Lets time run until another page is shown."""
    at = count_of(page)
    for _ in range(6):
        page.clock.run_for(1 * SECONDS)
        if count_of(page) != at:
            return
    raise AssertionError(f"page {at} stays")


def test_every_row_is_shown_page_by_page_and_nothing_scrolls(desk, visit):
    desk.write(*some(desk, 12), *some(desk, 3, first=50, phase=Phase.ON_HOLD))
    page = opened(visit, own_time=True)
    has_rows(page, 15)
    _, many = count_of(page)
    assert many > 1
    seen = pages_seen(page, many)
    assert [at for at, _ in seen] == list(range(1, many + 1))
    shown = [key for _, keys in seen for key in keys]
    assert len(shown) == len(set(shown)) == 15
    assert page.evaluate("[document.documentElement.scrollHeight, document.documentElement.scrollWidth]") == [
        720,
        1280,
    ]


def test_a_section_that_continues_repeats_its_heading_and_says_what_is_left_out(desk, visit):
    desk.write(*some(desk, 27))
    page = opened(visit, own_time=True)
    has_rows(page, 20)
    _, many = count_of(page)
    for at in range(1, many + 1):
        assert count_of(page) == (at, many)
        assert page.locator("#h-open").is_visible()
        assert page.locator("#s-open thead").first.is_visible()
        assert page.locator("#s-open .more").is_visible() == (at == many)
        page.clock.run_for(3 * SECONDS)
    assert page.text_content("#s-open .more") == "+7 more in Open"


def test_the_overdue_page_is_shown_every_second_turn(desk, visit):
    desk.write(*some(desk, 20, overdue=2))
    page = opened(visit, own_time=True, viewport={"width": 1280, "height": 900})
    has_rows(page, 20)
    turns = [at for at, _ in pages_seen(page, 5)]
    assert turns[0::2] == [1, 1, 1]
    assert turns[1] != turns[3]


def test_a_wall_that_fits_does_not_move(desk, visit):
    desk.write(*some(desk, 2))
    page = opened(visit, own_time=True)
    has_rows(page, 2)
    assert page.locator("#pages").is_hidden()
    assert page.locator("text=Nothing waits.").is_visible()
    page.evaluate(
        "new MutationObserver(function () { window.moved = true; }).observe("
        "document.getElementById('wall'), {subtree: true, attributes: true, attributeFilter: ['class']})"
    )
    page.clock.run_for(9 * SECONDS)
    assert page.evaluate("window.moved") is None


def test_a_line_about_the_screen_itself_cuts_off_no_row_for_a_moment(desk, visit):
    desk.write(*some(desk, 18))
    page = opened(visit, "kiosk=1&rotate=600", own_time=True)
    has_rows(page, 18)
    bottom = "document.querySelector({!r}).getBoundingClientRect().bottom"
    spare = page.evaluate(f"{bottom.format('#wall')} - {bottom.format('#s-open')}")
    page.set_viewport_size({"width": 1280, "height": round(720 - spare + 3)})
    page.clock.run_for(60 * SECONDS)  # which makes the clock of this screen fast
    desk.beat(last_good_at=desk.now)
    until_shown(page, "#hint-drift")
    low = page.evaluate(f"{bottom.format('#wall')} - {bottom.format('#s-open')}")
    assert low > -1, "the last row is cut off"


def test_a_page_whose_last_row_ends_at_the_edge_is_not_laid_out_again_every_second(desk, visit):
    desk.write(*some(desk, 18))
    page = opened(visit, "kiosk=1&rotate=600", own_time=True)
    has_rows(page, 18)
    bottom = "document.querySelector({!r}).getBoundingClientRect().bottom"
    spare = page.evaluate(f"{bottom.format('#wall')} - {bottom.format('#s-open')}")
    page.set_viewport_size({"width": 1280, "height": round(720 - spare + 3)})
    page.clock.run_for(2 * SECONDS)
    reaches = page.evaluate("[document.getElementById('wall')].map(n => n.scrollHeight - n.clientHeight)[0]")
    assert reaches > 1
    page.evaluate("document.querySelector('#pages i').stays = true")
    page.clock.run_for(3 * SECONDS)
    assert page.evaluate("document.querySelector('#pages i').stays")


def test_a_countdown_that_is_seen_at_a_whole_minute_goes_on_a_second_later(desk, visit):
    desk.write(*some(desk, 1))
    page = opened(visit, own_time=True)
    has_rows(page, 1)
    page.evaluate("deskwatch.on('tick', function (t) { window.ticked = t; })")
    page.clock.run_for(1 * SECONDS)
    page.evaluate(
        "document.querySelector('tbody .at').setAttribute('data-t', (ticked + (1 + 12 * 60) * 1000) / 1000)"
    )
    page.clock.run_for(1 * SECONDS)
    assert page.inner_text("tbody .left") == "12 m"
    page.clock.run_for(1 * SECONDS)
    assert page.inner_text("tbody .left") == "11 m"


def test_new_rows_and_another_size_keep_the_page(desk, visit):
    desk.write(*some(desk, 18))
    page = opened(visit, own_time=True, viewport={"width": 1280, "height": 800})
    has_rows(page, 18)
    turn(page)
    assert count_of(page)[0] == 2
    desk.write(ticket(90, first_response_due_at=desk.now + 91 * HOUR))
    until_shown(page, "[data-k=desk-90]")
    assert count_of(page)[0] == 2
    page.set_viewport_size({"width": 1280, "height": 640})
    page.wait_for_function("() => document.documentElement.clientHeight === 640")
    until(page, lambda: page.evaluate("wall.getBoundingClientRect().bottom <= 640"))
    assert count_of(page)[0] == 2
    assert page.evaluate(SHOWN)


def test_somebody_who_moves_the_mouse_holds_the_page_and_sees_the_pointer(desk, visit):
    desk.write(*some(desk, 20))
    page = opened(visit, own_time=True)
    has_rows(page, 20)
    page.clock.run_for(4 * SECONDS)
    assert page.locator("html[data-idle]").count()
    assert page.evaluate("getComputedStyle(document.body).cursor") == "none"
    page.mouse.move(100, 100)
    page.mouse.move(200, 120)
    assert page.evaluate("document.documentElement.hasAttribute('data-idle')") is False
    at = count_of(page)
    page.clock.run_for(8 * SECONDS)
    assert count_of(page) == at
    page.clock.run_for(4 * SECONDS)
    assert count_of(page) != at


def test_no_tickets_are_words_and_the_age_stays(visit):
    page = opened(visit)
    assert page.locator("text=No open tickets.").is_visible()
    assert page.inner_text("#age").startswith("Data ")


def test_without_javascript_it_scrolls(desk, visit):
    desk.write(*some(desk, 20))
    page = visit("/b/helpdesk?kiosk=1", java_script_enabled=False)
    page.reload()
    assert page.locator("tbody tr").count() == 20
    page.locator("[data-k=desk-19]").scroll_into_view_if_needed()
    assert page.locator("[data-k=desk-19]").is_visible()


WRONG = {
    "size=6m": "“size=6m” is not understood: expected desk|3m|5m|auto.",
    "volume=101": "“volume=101” is not understood: expected 0..100.",
    "dim=25:00-06:00": "“dim=25:00-06:00” is not understood: expected HH:MM-HH:MM.",
    "sise=3m": "“sise” is no parameter of a wall. It knows kiosk, theme, size",
    "langg=de": "repeat, agent, client, group, lang, limit, priority, privacy, q, section, sort, source, tz.",
    "clock=%3Cb%3E": "“clock=<b>” is not understood",
    "clock=%ff": "“clock=%ff” is not understood",
    "rotate=helpdesk:x": "“rotate=helpdesk:x” is not understood",
}


def test_a_wrong_wish_is_named_and_the_wall_works(desk, visit):
    desk.write(ticket(1))
    page = opened(visit, f"kiosk=1&{'&'.join(WRONG)}")
    page.wait_for_selector("[data-k=desk-1]")
    notices = page.locator("section[aria-label=Trouble] .notice").all_inner_texts()
    assert len(notices) == len(WRONG)
    for words in WRONG.values():
        assert any(words in notice for notice in notices)


def test_a_desk_says_what_only_kiosks_do(visit):
    page = opened(visit, "sound=1&clock=hm&theme=dark&title=Mine")
    notices = page.locator("section[aria-label=Trouble] .notice").all_inner_texts()
    assert notices == ["“sound” is for kiosks: add kiosk=1.", "“clock” is for kiosks: add kiosk=1."]
    assert page.inner_text("h1").strip() == "Mine"


def test_right_wishes_are_not_mentioned(visit):
    page = opened(
        visit,
        "kiosk=1&theme=dark&size=3m&density=compact&safe=2&clock=hm&shift=on&dim=22:00-06:00&title=x"
        "&volume=5&sound=0&repeat=30&agent=none&sections=open&lang=en&tz=Europe/Vienna&privacy=none&limit=9",
    )
    assert page.locator("section[aria-label=Trouble] .notice").count() == 0


def test_the_look_is_set_before_anything_is_painted(visit):
    page = opened(visit, "kiosk=1&theme=light&size=5m&density=roomy&safe=3", color_scheme="dark")
    html = page.evaluate("Object.assign({}, document.documentElement.dataset)")
    assert (html["size"], html["density"], html["safe"]) == ("5m", "roomy", "3")
    assert page.evaluate("document.documentElement.className") == "light-mode"
    assert page.evaluate("parseFloat(getComputedStyle(document.body).paddingLeft)") == pytest.approx(
        1280 * 0.03
    )
    script = page.evaluate("document.head.querySelector('script').src")
    assert "theme.js" in script
    assert page.evaluate("document.head.querySelector('script').defer") is False


def test_size_auto_takes_the_largest_that_needs_one_page(desk, visit):
    desk.write(*some(desk, 2))
    page = opened(visit, "kiosk=1&size=auto", viewport={"width": 1920, "height": 1080})
    page.wait_for_selector("html[data-size='5m']")
    desk.write(*some(desk, 8))
    page.wait_for_selector("html[data-size='3m'], html[data-size=desk]")
    assert page.locator("#pages").is_hidden()
    desk.write(*some(desk, 20))
    page.wait_for_selector("#pages:visible")


def test_theme_auto_follows_the_hours_of_the_wall(tmp_path, desk, visit):
    page = opened(visit, "kiosk=1&theme=auto", color_scheme="light")
    assert page.evaluate("document.documentElement.className") == ""  # no hours are set: the system decides
    now = desk.now + HOUR  # Vienna in winter
    span = f"{now - HOUR:%H:%M}-{now + HOUR:%H:%M}"
    desk.configure("deskwatch", f"zone: Europe/Vienna\nweb: {{poll_seconds: 0.3, day: '{span}'}}")
    page.wait_for_selector("html.light-mode, html.dark-mode")
    day = page.evaluate("deskwatch.pulse().day")
    assert page.evaluate("document.documentElement.className") == ("light-mode" if day else "dark-mode")
    assert page.evaluate("localStorage['deskwatch-day']") == page.evaluate(
        "document.documentElement.className"
    )


def test_before_it_knows_whether_it_is_day_theme_auto_is_dark(visit):
    page = visit("/boards?theme=auto", color_scheme="light")  # a page without a pulse
    assert page.evaluate("document.documentElement.className") == "dark-mode"


def test_clock_and_title_are_as_the_address_says(visit):
    page = opened(visit, "kiosk=1&clock=hm&title=Front+desk")
    page.wait_for_selector("text=Front desk")
    assert page.title() == "Front desk · Deskwatch"
    assert page.evaluate(
        "/^[A-Z][a-z]{2} \\d\\d? [A-Z][a-z]+ \\d\\d:\\d\\d UTC\\+[12]$/.test(clock.innerText)"
    )
    page = opened(visit, "kiosk=1&clock=off")
    page.evaluate("ticks = 0; deskwatch.on('tick', () => { ticks += 1; })")
    page.wait_for_function("() => ticks > 0")
    assert page.inner_text("#clock") == ""


def test_a_screen_with_a_wrong_clock_is_told_and_shows_the_right_time(desk, chromium, gui):
    context = chromium.new_context()
    page = context.new_page()
    page.clock.install(time=utc_now() + timedelta(hours=3))
    page.goto(f"http://127.0.0.1:{gui.port}/b/helpdesk?kiosk=1")
    page.clock.run_for(3000)
    page.wait_for_selector("text=/clock of this screen is [23] h \\d\\d m fast/")
    vienna = utc_now() + HOUR
    about = [f" {vienna + minutes * MINUTE:%H:%M}" for minutes in (-1, 0, 1)]
    assert any(words in page.inner_text("#clock") for words in about)
    context.close()


def test_pixels_move_each_minute_and_the_screen_dims_at_night_without_scrollbars(desk, chromium, gui):
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.clock.install()
    hour = (utc_now() + HOUR).hour
    page.goto(
        f"http://127.0.0.1:{gui.port}/b/helpdesk?kiosk=1&shift=on&dim={hour:02}:00-{(hour + 3) % 24:02}:00"
    )
    page.wait_for_selector("#wall")
    places = set()
    for _ in range(6):
        page.clock.run_for(61_000)
        x, y = page.evaluate(
            "[document.body.getBoundingClientRect().x, document.body.getBoundingClientRect().y]"
        )
        assert max(abs(x), abs(y)) <= 12
        places.add((x, y))
        bars = "(r => innerWidth - r.clientWidth + innerHeight - r.clientHeight)(document.documentElement)"
        assert page.evaluate(bars) == 0
    assert len(places) >= 5
    page.wait_for_selector("html[data-dim-now]")
    assert page.evaluate("getComputedStyle(document.body).filter") == "brightness(0.35)"
    context.close()


def test_the_screen_is_kept_awake_again_after_it_was_hidden(visit, chromium, gui):
    context = chromium.new_context()
    page = context.new_page()
    page.add_init_script(
        "window.asked = 0; Object.defineProperty(navigator, 'wakeLock', {value: {request: function (kind) {"
        "window.asked += kind === 'screen'; return Promise.reject(new Error('battery')); }}});"
    )
    page.goto(f"http://127.0.0.1:{gui.port}/b/helpdesk?kiosk=1")
    page.wait_for_function("() => window.asked === 1")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_function("() => window.asked === 2")
    context.close()


def test_a_kiosk_shows_nothing_that_needs_a_mouse(visit):
    page = opened(visit)
    for name in ("nav", "#theme", "#toolbar", "form"):
        assert page.locator(name).count() == 0 or page.locator(name).first.is_hidden()


SIZES = [(1280, 720), (1920, 1080), (3840, 2160), (1080, 1920)]


@pytest.mark.parametrize("look", ["&size=3m", "&size=5m&safe=5&shift=on"])
def test_all_rows_are_inside_the_screen_at_every_size(desk, visit, look):
    desk.write(*some(desk, 9, overdue=3, subject="A long subject that needs its second line " * 2))
    desk.write(*some(desk, 3, first=50, priority=Priority.URGENT, agent=None))
    page = opened(visit, f"kiosk=1{look}", own_time=True)
    has_rows(page, 12)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function("([w, h]) => innerWidth === w && innerHeight === h", arg=[width, height])
        page.clock.run_for(1 * SECONDS)  # a tick measures again
        check_nothing_is_cut(page)


def check_nothing_is_cut(page):
    bottom = page.evaluate(
        """Math.max.apply(null, Array.from(document.querySelectorAll('#wall tr, #wall .empty, #wall p'))
        .map(function (node) { return node.getBoundingClientRect().bottom; }))"""
    )
    assert bottom <= page.evaluate("document.getElementById('wall').getBoundingClientRect().bottom") + 1
    assert page.evaluate(SHOWN)


LONG = "\n".join(
    f"Line {n} of a notice that somebody wrote without thinking of the screens." for n in range(20)
)


@pytest.mark.parametrize("size", ["desk", "3m", "5m"])
def test_a_long_notice_leaves_room_for_the_tickets(desk, visit, size):
    desk.write(*some(desk, 30, overdue=20))
    for kind in ("level: warn", "level: note", "level: warn"):
        with (desk.home.config / "notice.md").open("a") as file:
            file.write(f"{kind}\n\n{LONG}\n---\n")
    page = opened(visit, f"kiosk=1&size={size}&sise=1&volume=x", own_time=True)
    until_shown(page, "#troubles .trouble >> nth=2")
    has_rows(page, 20)
    page.clock.run_for(1 * SECONDS)
    assert len(page.evaluate(SHOWN)) >= 2
    for words in page.locator("#troubles .trouble").all():
        assert words.is_visible()
    check_nothing_is_cut(page)


def test_unmapped_words_of_several_helpdesks_are_told_shortly_where_tickets_need_the_room(desk, visit):
    desk.write(*some(desk, 30, overdue=20))
    words = ["status 'Legal review of the contract'", "status 'Waiting for the vendor'"]
    said = {"kind": "rest", "state": "ok", "last_good_at": format_instant(desk.now), "unmapped": words}
    sources = dict.fromkeys(("acme", "bugs", "msp", "own"), said)
    sources["own"] = {**said, "notes": ["The token ends in 7 days."]}
    beat = {"schema": 1, "beat_at": format_instant(desk.now), "sources": sources}
    write_heartbeat(desk.home.state / "watcher.json", beat)
    page = opened(visit, "kiosk=1&size=5m", own_time=True)
    page.set_viewport_size({"width": 1280, "height": 720})
    until_shown(page, "#troubles .note >> nth=4")
    has_rows(page, 20)
    page.clock.run_for(1 * SECONDS)
    told = page.inner_text("#troubles")
    assert "bugs has statuses without a phase" in told
    assert "Waiting for the vendor" not in told
    assert "1 note about own" in told
    assert page.evaluate("document.getElementById('troubles').offsetHeight") < 720 * 0.3
    check_nothing_is_cut(page)


def test_what_is_due_before_we_open_takes_two_lines_of_a_kiosk(desk, visit):
    desk.configure("hours", "calendars: {desk: {week: {mon: 03:00-03:01}}}\n")
    desk.write(*(ticket(n, first_response_due_at=desk.now + (n + 1) * HOUR / 4) for n in range(9)))
    page = opened(visit)
    page.wait_for_selector("#lane .more:visible")
    assert page.locator("#lane li:visible").count() == 4
    assert page.evaluate("document.getElementById('lane').offsetHeight") < 130
    assert len(page.evaluate(SHOWN)) >= 4


def test_when_most_is_overdue_every_page_has_its_turn_once(desk, visit):
    desk.write(*some(desk, 16, overdue=14))
    page = opened(visit, own_time=True)
    has_rows(page, 16)
    _, many = count_of(page)
    assert many > 3
    turns = [at for at, _ in pages_seen(page, many)]
    assert sorted(turns) == list(range(1, many + 1))


def test_a_row_that_grew_while_it_waited_for_its_page_is_not_cut_off(desk, visit):
    desk.write(*some(desk, 18, subject="Short"))
    page = opened(visit, own_time=True, viewport={"width": 600, "height": 1000})
    has_rows(page, 18)
    long = "The projector of the large meeting room shows everything in purple since the last update, again"
    desk.write(*some(desk, 12, first=6, subject=long))
    until(page, lambda: page.locator(f"tbody p:has-text('{long}')").count() == 12)
    page.evaluate(
        "deskwatch.on('tick', function () { window.cut |= wall.scrollHeight > wall.clientHeight + 1; })"
    )
    seen = set()
    for _ in range(2 * count_of(page)[1]):
        seen.update(page.evaluate(SHOWN))
        turn(page)
    assert len(seen) == 18
    assert page.evaluate("cut") == 0, "a row was cut off as its page was turned to"


def test_an_update_of_all_tickets_lays_out_only_the_page_that_is_shown(desk, visit):
    desk.write(*some(desk, 20))
    page = opened(visit, own_time=True)
    has_rows(page, 20)
    page.evaluate(
        """window.turned = 0;
        new MutationObserver(function (all) { turned += all.length; }).observe(
            document.getElementById('wall'), {subtree: true, attributes: true, attributeFilter: ['class']})"""
    )
    desk.write(*some(desk, 20, subject="Changed"))
    until(page, lambda: page.locator("tbody p:has-text('Changed')").count() == 20)
    assert page.evaluate("turned") == 0
