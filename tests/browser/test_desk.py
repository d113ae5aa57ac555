"""The technician's board: filters in the address, chips, sorting, the panel of a ticket, keys, copying."""

import re

import pytest

from deskwatch.core.ticket import Person, Priority, Status
from tests.browser.test_hostile import PAYLOADS
from tests.browser.test_wall import violations
from tests.web.desk import ANA, BEN, HOUR, MINUTE, ticket
from tests.web.test_process import wait_until

SECONDS = 1000
NETWORK, DESK = Person(id="7", name="Network"), Person(id="8", name="Service Desk")


@pytest.fixture
def board(desk, visit):
    """Six tickets of Ana, Ben and nobody; ``board(path, …)`` opens them."""

    def board(query="", **options):
        agents = [ANA, BEN, None]
        desk.write(
            *(
                ticket(
                    n,
                    subject=f"Lamp {n} is out" if n < 4 else f"Door {n} squeaks",
                    agent=agents[n % 3],
                    group=[NETWORK, DESK][n % 2],
                    priority=list(Priority)[n % 4],
                    created_at=desk.now - n * HOUR,
                    updated_at=desk.now,
                    first_response_due_at=desk.now + n * HOUR,
                )
                for n in range(1, 7)
            )
        )
        page = visit(f"/b/helpdesk{query}", **options)
        page.wait_for_selector("tbody tr")
        return page

    return board


def numbers(page):
    return sorted(page.eval_on_selector_all("tbody tr", "trs => trs.map(tr => tr.getAttribute('data-k'))"))


def shows(page, *keys):
    """Wait until exactly these tickets are shown."""
    page.wait_for_function(
        "keys => [...document.querySelectorAll('tbody tr')].map(tr => tr.dataset.k).sort().join() === keys",
        arg=",".join(sorted(f"desk-{key}" for key in keys)),
    )


def query(page):
    return page.evaluate("location.search")


def focused(page):
    return page.evaluate(
        "(document.activeElement.closest('tr') || document.activeElement).outerHTML.slice(0, 60)"
    )


def test_typing_narrows_the_board_and_the_address_says_so(board):
    page = board("?theme=dark")
    page.type("input[name=q]", "lamp")
    shows(page, 1, 2, 3)
    assert query(page) == "?theme=dark&q=lamp"
    assert page.locator(".chips").inner_text().split()[:2] == ["Search", "lamp"]
    page.reload()
    shows(page, 1, 2, 3)
    assert page.input_value("input[name=q]") == "lamp"


def test_a_choice_counts_at_once_and_a_chip_takes_it_off(board):
    page = board()
    page.select_option("select[name=agent]", label="Ana (2)")
    shows(page, 3, 6)
    page.select_option("select[name=priority]", "low")
    page.wait_for_selector("text=No ticket matches.")
    assert query(page) == "?agent=1&priority=low"
    page.click(".chips a:has-text('Priority')")
    shows(page, 3, 6)
    assert page.input_value("select[name=priority]") == ""
    assert query(page) == "?agent=1"
    page.click("text=Show all")
    shows(page, 1, 2, 3, 4, 5, 6)
    assert query(page) == ""
    assert page.input_value("select[name=agent]") == ""


def test_unassigned_tickets_can_be_asked_for(board):
    page = board()
    page.select_option("select[name=agent]", "none")
    shows(page, 2, 5)


def test_without_javascript_the_form_does_the_same(board):
    page = board("?limit=40&sort=-number", java_script_enabled=False)
    page.fill("input[name=q]", "lamp")
    page.select_option("select[name=group]", label="Service Desk (3)")
    page.click("text=Show >> visible=true")
    assert numbers(page) == ["desk-1", "desk-3"]
    assert "q=lamp" in page.url
    assert "limit=40" in page.url
    assert "sort=-number" in page.url
    page.click(".chips >> text=Show all")
    assert len(numbers(page)) == 6
    assert page.locator("#mine").is_hidden()
    page.click("[data-k=desk-3] td.subject a")
    assert page.inner_text("#ticket h2") == "Lamp 3 is out"


def test_what_is_being_typed_survives_live_updates(desk, board):
    page = board()
    page.fill("input[name=q]", "lmp")
    page.evaluate("document.querySelector('input[name=q]').setSelectionRange(1, 1)")
    desk.write(ticket(9, subject="A lmp that is new"))
    page.wait_for_selector("text=A lmp that is new")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("a")
    assert page.input_value("input[name=q]") == "lamp"
    shows(page, 1, 2, 3)
    desk.write(ticket(10, subject="Lamp of a live update"))
    shows(page, 1, 2, 3, 10)
    assert page.evaluate("document.activeElement.selectionStart") == 2


def test_my_tickets_are_one_click_once_somebody_said_who_they_are(board):
    page = board()
    page.click("#mine")
    assert page.evaluate("document.activeElement.name") == "agent"
    page.wait_for_selector("text=/Choose yourself as agent/", state="attached")
    page.select_option("select[name=agent]", label="Ben (2)")
    page.click("#me")
    assert page.get_attribute("#mine", "aria-pressed") == "true"
    page.click("#mine")
    shows(page, 1, 2, 3, 4, 5, 6)
    assert query(page) == ""
    page.reload()
    page.click("#mine")
    shows(page, 1, 4)
    assert query(page) == "?agent=2"
    assert page.locator("#me").is_hidden()


def test_a_column_is_sorted_by_its_heading_and_the_focus_stays(desk, board):
    page = board("?q=lamp&theme=dark")

    def order():
        return page.eval_on_selector_all("#s-open tbody tr", "trs => trs.map(tr => tr.dataset.k)")

    page.focus("#s-open th.created a")
    page.keyboard.press("Enter")
    page.wait_for_selector("#s-open th.created[aria-sort]")
    first = order()
    assert page.evaluate("document.activeElement.parentNode.className") == "created"
    page.keyboard.press("Enter")
    page.wait_for_function("o => document.querySelector('#s-open tbody tr').dataset.k !== o", arg=first[0])
    assert order() == first[::-1]
    assert "q=lamp" in query(page)
    assert "theme=dark" in query(page)
    desk.write(ticket(4, subject="Lamp 4 is out"))
    page.wait_for_selector("text=Lamp 4 is out")
    assert page.get_attribute("#s-open th.created", "aria-sort")
    assert page.evaluate("document.activeElement.parentNode.className") == "created"


def test_the_filters_stay_folded_and_ticket_dashs_choice_is_honoured(board):
    page = board()
    assert page.locator("#filter").is_visible()
    page.click("#fold summary")
    assert page.locator("#filter").is_hidden()
    page.reload()
    page.wait_for_selector("tbody tr")
    assert page.locator("#filter").is_hidden()
    assert page.evaluate("localStorage.sidebar_collapsed") == "true"
    page.evaluate("localStorage.sidebar_collapsed = 'false'")
    page.reload()
    assert page.locator("#filter").is_visible()


def test_a_kiosk_has_no_filters_but_says_what_is_left_out(board):
    page = board("?kiosk=1&agent=1")
    assert page.locator("#filter, #panel, #theme").count() == 0
    assert page.inner_text(".chips").split()[:2] == ["Agent", "Ana"]
    assert page.locator(".chips i").first.is_hidden()


def test_a_subject_opens_the_panel_and_back_closes_it(board):
    page = board()
    page.click("[data-k=desk-3] td.subject a")
    page.wait_for_selector("#ticket >> text=Business hours")
    assert page.evaluate("location.hash") == "#t=desk-3"
    assert page.inner_text("#ticket h2") == "Lamp 3 is out"
    assert page.evaluate("document.activeElement.id") == "panel"
    page.go_back()
    page.wait_for_selector("#panel", state="hidden")
    assert "desk-3" in focused(page)


@pytest.mark.parametrize("way", ["Escape", "x", "outside"])
def test_the_panel_closes_and_the_focus_returns(board, way):
    page = board()
    page.focus("[data-k=desk-2] td.subject a")
    page.keyboard.press("Enter")
    page.wait_for_selector("#ticket >> text=Business hours")
    if way == "Escape":
        page.keyboard.press("Escape")
    else:
        page.click("#panel .x" if way == "x" else "h1")
    page.wait_for_selector("#panel", state="hidden")
    assert page.evaluate("location.href").endswith("/b/helpdesk")
    assert "desk-2" in focused(page)


def test_the_panel_follows_live_updates_and_keeps_its_place(desk, board):
    page = board("#t=desk-3")  # a link that somebody sent
    page.wait_for_selector("#ticket >> text=Business hours")
    page.focus("#panel .copy")
    desk.write(ticket(3, subject="Lamp 3 burns again", status=Status(id="9", name="Waiting for a bulb")))
    page.wait_for_selector("#ticket >> text=Waiting for a bulb")
    assert page.inner_text("#ticket h2") == "Lamp 3 burns again"
    assert page.evaluate("document.activeElement.className") == "copy"
    assert page.locator("#panel").is_visible()


def test_the_panel_says_when_its_ticket_is_done(desk, visit):
    desk.write(ticket(1), ticket(2))
    page = visit("/b/helpdesk#t=desk-1", expect_errors=True)  # a browser logs the 404
    page.wait_for_selector("#ticket >> text=Business hours")
    (desk.home.tickets / "desk-1.json").unlink()
    page.wait_for_selector("#ticket >> text=Not on this board")
    page.keyboard.press("Escape")
    page.wait_for_selector("#panel", state="hidden")


def test_the_panel_counts_down(desk, visit):
    desk.write(ticket(1, first_response_due_at=desk.now + 5 * MINUTE))
    page = visit("/b/helpdesk#t=desk-1")
    left = page.locator("#ticket .clock [data-t]").first
    left.wait_for()
    before = left.inner_text()
    page.wait_for_function(
        "t => document.querySelector('#ticket .clock [data-t]').textContent !== t",
        arg=before,
    )
    assert re.fullmatch(r"[34] m \d\d s", left.inner_text())


def test_hostile_text_is_text_in_panel_tooltip_filters_and_chips(desk, visit):
    for n, text in enumerate(PAYLOADS):
        person = Person(id=text, name=text)
        desk.write(
            ticket(n, subject=text, description=text, agent=person, group=person, client=person, tags=(text,))
        )
    page = visit("/b/helpdesk")
    page.wait_for_selector(f"[data-k=desk-{len(PAYLOADS) - 1}]")
    for n, text in enumerate(PAYLOADS):
        page.evaluate("n => { location.hash = 't=desk-' + n; }", n)
        page.wait_for_function("t => document.getElementById('ticket-title').textContent === t", arg=text)
        assert page.text_content("#ticket .words p") == text
    page.keyboard.press("Escape")
    page.select_option("select[name=agent]", PAYLOADS[1])
    page.wait_for_selector(".chips")
    assert PAYLOADS[1][:30] in page.inner_text(".chips")
    page.hover("[data-k=desk-1] td.subject a")
    page.wait_for_selector("#tip:not([hidden])")
    assert page.text_content("#tip p") == PAYLOADS[1]
    assert page.evaluate("window.hit") is None
    outside = "body > :not(svg) :is(img, iframe, style, script, h1 h1)"
    assert page.locator(outside).count() == 0


def test_a_board_without_names_has_none_in_the_panel(desk, board):
    page = board("?privacy=initials#t=desk-3")
    page.wait_for_selector("#ticket >> text=Business hours")
    said = page.inner_text("#panel")
    assert "A." in said
    for hidden in ("Ana", "Ben", "since this morning"):
        assert hidden not in said
    assert page.locator("select[name=agent], #mine >> visible=true").count() == 0


def test_the_number_is_copied_on_plain_http(board):
    page = board()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.focus("[data-k=desk-2] td.id a")
    page.keyboard.press("c")
    page.wait_for_selector("text=Copied INC-2", state="attached")
    assert page.evaluate("navigator.clipboard.readText()") == "INC-2"
    page.click("[data-k=desk-3] td.subject a")
    page.wait_for_selector("#ticket >> text=Business hours")
    page.click("#panel .copy")
    page.wait_for_selector("text=Copied INC-3", state="attached")
    assert page.evaluate("navigator.clipboard.readText()") == "INC-3"


def test_keys_move_through_the_tickets(board):
    page = board()
    page.keyboard.press("j")
    first = focused(page)
    assert "data-k" in first
    page.keyboard.press("j")
    assert focused(page) != first
    page.keyboard.press("ArrowUp")
    assert focused(page) == first
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("jok?")
    assert page.input_value("input[name=q]") == "jok?"


def test_the_list_of_keys_opens_closes_and_switches_letters_off(board):
    page = board()
    page.keyboard.press("?")
    page.wait_for_selector("#keys", state="visible")
    assert page.evaluate("document.activeElement.id") == "keys"
    page.uncheck("#letters")
    page.keyboard.press("Escape")
    page.wait_for_selector("#keys", state="hidden")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('tr')") is None
    page.reload()
    page.click("text=Keys")
    assert not page.is_checked("#letters")


def test_o_opens_the_helpdesk_in_a_tab_of_its_own(board):
    page = board()
    page.evaluate(
        "document.addEventListener('click', e => { window.went = e.target.href; e.preventDefault(); })"
    )
    page.focus("[data-k=desk-2] td.subject a")
    page.keyboard.press("o")
    assert page.evaluate("window.went") == "https://desk.example.com/a/tickets/2"


def test_on_a_phone_it_starts_folded_and_fits(board):
    page = board(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    assert page.locator("#filter").is_hidden()
    page.click("#fold summary")
    page.fill("input[name=q]", "lamp")
    shows(page, 1, 2, 3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for target in ("#fold summary", "#mine", "input[name=q]", ".chips a", "td.id a"):
        assert page.locator(target).first.bounding_box()["height"] >= 44, target
    page.click("[data-k=desk-3] td.subject a")
    page.wait_for_selector("#ticket >> text=Business hours")
    box = page.locator("#panel").bounding_box()
    assert box["x"] >= 0
    assert box["width"] <= 360
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_with_panel_chips_and_keys(board, theme, width):
    page = board("?agent=1&q=lamp", color_scheme=theme, viewport={"width": width, "height": 800})
    assert violations(page) == []
    page.click("td.subject a")
    page.wait_for_selector("#ticket >> text=Business hours")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.wait_for_selector("#keys", state="visible")
    assert violations(page) == []
    page.goto(re.sub(r"/b/.*", "/b/helpdesk/t/desk-3", page.url))
    assert violations(page) == []


def test_the_eighth_tab_shows_its_tickets_while_seven_are_open(board):
    """A browser gives a site six connections: tabs that kept theirs would leave the next one waiting."""
    pages = [board()]
    for n in range(7):
        page = pages[0].context.new_page()
        page.goto(pages[0].url + f"?limit={n + 5}")
        page.wait_for_selector("tbody tr")
        pages.append(page)
    assert all(page.locator("tbody tr").count() for page in pages)


def test_nothing_jumps_on_a_phone_while_the_page_loads(desk, chromium, gui):
    desk.write(*(ticket(n, first_response_due_at=desk.now + (n + 1) * HOUR) for n in range(6)))
    desk.configure("hours", "calendars: {desk: {week: {mon: 03:00-03:01}}}\n")
    wait_until(lambda: b"h-lane" in gui.ask("/b/helpdesk")[2], "the hours are read")
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver(function (list) { list.getEntries().forEach("
        "function (shift) { moved += shift.value; }); }).observe({type: 'layout-shift', buffered: true});"
    )
    page.goto(f"http://127.0.0.1:{gui.port}/b/helpdesk")
    page.wait_for_function("() => /old$/.test(document.getElementById('age').innerText)")
    page.wait_for_timeout(500)
    assert page.evaluate("moved") < 0.1
    context.close()
