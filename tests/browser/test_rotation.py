"""Several boards on one screen: in turn, without a reload, and at once where a deadline passed."""

from datetime import timedelta

import pytest

from deskwatch.clock import utc_now
from tests.browser.own_time import stop_time, until, until_shown
from tests.web.desk import HOUR, Desk, ticket
from tests.web.test_process import wait_until

SECONDS = 1000
BOARD_OF = {"Helpdesk": "helpdesk", "Professional Services": "ps"}
BOARDS = """
helpdesk:
  title: Helpdesk
  not_match: [{types: [Project]}]
  sections:
    - {id: requests, title: Requests, match: [{types: [Request]}]}
    - {id: others, title: Others}
ps: {title: Professional Services, match: [{types: [Project]}]}
"""


@pytest.fixture
def desk(tmp_path):
    """Two boards: helpdesk has everything but projects, ps has the projects."""
    desk = Desk(tmp_path / "home", deskwatch="web: {poll_seconds: 0.3}", boards=BOARDS)
    desk.now = utc_now().replace(microsecond=0)
    desk.beat()
    desk.write(usual(desk, 1), usual(desk, 2, type="Project", subject="Migration of the file server"))
    return desk


def usual(desk, number, **changes):
    return ticket(number, **{"first_response_due_at": desk.now + 90 * HOUR, **changes})


def opened(visit, query, **options):
    """A kiosk that was told of its boards, at a moment of which it stays until the test goes on."""
    page = visit(f"/b/helpdesk?{query}", own_time=True, **options)
    page.wait_for_function("() => window.deskwatch && deskwatch.pulse()")
    stop_time(page)
    if "ps:" in query:
        until(page, lambda: page.evaluate("/urgent ps/.test(sessionStorage['deskwatch-heard'])"))
    return page


def shown(page):
    return page.inner_text("h1").strip()


def wait_for_turn(page, title, seconds=12):
    """Lets so many seconds run, or fewer, until this board has its turn and is shown."""
    for _ in range(seconds):
        if page.evaluate("deskwatch.board()") == BOARD_OF[title]:
            break
        page.clock.run_for(1 * SECONDS)
    assert page.evaluate("deskwatch.board()") == BOARD_OF[title]
    until(page, lambda: shown(page) == title)


def test_boards_come_in_turn_without_a_reload_and_take_their_names_along(visit):
    page = opened(visit, "rotate=helpdesk:4,ps:3")
    page.evaluate("window.same = true")
    until_shown(page, "text=Printer 1")
    for _ in range(2):
        wait_for_turn(page, "Professional Services")
        until_shown(page, "text=Migration of the file server")
        assert page.locator("text=Printer 1").count() == 0
        assert page.title() == "Professional Services · Deskwatch"
        wait_for_turn(page, "Helpdesk")
        until_shown(page, "text=Printer 1")
    assert page.evaluate("window.same")


def test_each_board_stays_as_long_as_the_address_says(visit):
    page = opened(visit, "rotate=helpdesk:3,ps:25")
    wait_for_turn(page, "Professional Services")
    for _ in range(22):
        page.clock.run_for(1 * SECONDS)
        assert page.evaluate("deskwatch.board()") == "ps"
    assert shown(page) == "Professional Services"
    wait_for_turn(page, "Helpdesk", seconds=7)
    wait_for_turn(page, "Professional Services", seconds=5)


def test_the_start_page_leads_to_the_first_board_of_the_rotation(visit):
    page = visit("/?kiosk=1&rotate=ps:30,helpdesk:30")
    page.wait_for_selector("text=Migration of the file server")
    assert page.url.endswith("/b/ps?kiosk=1&rotate=ps:30,helpdesk:30")


def test_all_pages_of_a_board_are_shown_before_the_next_board(desk, visit):
    desk.write(*(usual(desk, n) for n in range(10, 30)))
    page = opened(visit, "rotate=helpdesk:120,ps:120")  # longer than any machine needs to open it
    until(page, lambda: page.locator("tbody tr").count() == 21)
    seen, many = [], 0  # a banner about old data may make room for fewer rows, and one page more
    while page.evaluate("deskwatch.board()") == "helpdesk" and len(seen) < 90:
        number, many = map(int, page.inner_text("#pages").split("/"))
        seen.append(number)
        page.clock.run_for(20 * SECONDS)
    assert sorted(set(seen)) == list(range(1, many + 1)), seen
    assert seen == sorted(seen)
    assert many > 1


def test_a_board_that_does_not_exist_is_named_and_skipped(visit):
    page = opened(visit, "rotate=helpdesk:3,nope:3,ps:3", expect_errors=True)
    until_shown(page, "text=There is no board “nope”.")
    wait_for_turn(page, "Professional Services")
    wait_for_turn(page, "Helpdesk")
    assert "CONNECTION LOST" not in page.inner_text("body")


def test_one_number_turns_the_pages_of_one_board(desk, visit):
    desk.write(*(usual(desk, n) for n in range(10, 30)))
    page = opened(visit, "rotate=120")
    until(page, lambda: page.locator("tbody tr").count() == 21)
    assert page.inner_text("#pages").strip().startswith("1/")
    page.clock.run_for(122 * SECONDS)
    assert page.inner_text("#pages").strip().startswith("2/")
    assert shown(page) == "Helpdesk"


def test_a_breach_on_another_board_comes_on_screen_within_seconds_and_is_marked(desk, gui, visit):
    page = opened(visit, "rotate=helpdesk:60,ps:20")
    until_shown(page, "text=Printer 1")
    late = utc_now() - timedelta(seconds=1)
    desk.write(ticket(2, type="Project", subject="Migration of the file server", first_response_due_at=late))
    wait_until(lambda: b'"breach":{"' in gui.ask("/b/ps/pulse")[2], "the wall knows of the breach")
    with page.expect_response("**/b/ps/pulse*"):
        page.clock.run_for(6 * SECONDS)
    wait_for_turn(page, "Professional Services", seconds=6)
    until_shown(page, "tr.hit[data-k=desk-2]")
    wait_for_turn(page, "Helpdesk", seconds=25)
    assert page.locator("tr.hit").count() == 0


def test_a_breach_brings_the_page_that_holds_its_row(desk, visit):
    desk.write(*(usual(desk, n, type="Request") for n in range(10, 34)))
    page = opened(visit, "rotate=600")  # the page that holds it would have its turn in ten minutes
    until(page, lambda: page.locator("tbody tr").count() == 25)
    assert page.locator("[data-k=desk-1]").is_hidden()
    desk.write(usual(desk, 1, first_response_due_at=utc_now() - timedelta(seconds=1)))
    until_shown(page, "tr.hit[data-k=desk-1]:visible")
    assert page.evaluate("document.querySelector('.hit').getBoundingClientRect().bottom <= innerHeight")


def test_a_breach_of_yesterday_moves_nothing(desk, visit):
    desk.write(usual(desk, 2, type="Project", first_response_due_at=desk.now - 24 * HOUR))
    page = opened(visit, "rotate=helpdesk:60,ps:60")
    with page.expect_response("**/b/ps/pulse*"):
        page.clock.run_for(6 * SECONDS)
    page.clock.run_for(10 * SECONDS)
    assert page.evaluate("deskwatch.board()") == "helpdesk"
    assert shown(page) == "Helpdesk"
