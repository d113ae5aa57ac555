"""A wall that is not at the root of a site of its own: below a path of a proxy, and in a frame."""

import hashlib

import pytest

from tests.web.desk import ticket
from tests.web.proxy import Proxy
from tests.web.test_process import wait_until

TOKEN = "a-wall-link-of-the-lobby"
HASH = hashlib.sha256(TOKEN.encode()).hexdigest()
SEVERAL = "helpdesk: {title: Helpdesk}\nlobby: {title: Lobby}\n"


@pytest.fixture
def proxy(gui):
    proxy = Proxy(gui.port)
    yield proxy
    proxy.close()


@pytest.fixture
def open_page(chromium):
    """Opens pages in one context; whatever the browser blocked or could not load fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    wrong = []

    def open_page(url, *, expect_errors=False):
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        if not expect_errors:
            page.on("console", lambda m: m.type == "error" and wrong.append(m.text))
        page.goto(url)
        return page

    yield open_page
    context.close()
    assert wrong == []


def test_a_wall_below_a_path_of_another_site_works_from_list_to_ticket(desk, gui, proxy, open_page):
    desk.configure("boards", SEVERAL)
    desk.write(ticket(1))
    wait_until(lambda: b"Lobby" in gui.ask("/boards")[2], "both boards are there")
    page = open_page(proxy.url)
    page.click("a[href*='b/helpdesk']:not([href*=kiosk])")
    page.wait_for_selector("[data-k=desk-1]")
    assert page.url.startswith(f"{proxy.url}b/helpdesk")
    desk.write(ticket(2, subject="arrives while one looks"))
    page.wait_for_selector("[data-k=desk-2]")
    page.goto(f"{proxy.url}b/helpdesk/t/desk-2")
    page.wait_for_selector("article#ticket")
    page.goto(f"{proxy.url}b/helpdesk?kiosk=1&rotate=helpdesk:3,lobby:3&theme=dark")
    page.wait_for_selector("[data-k=desk-1]")
    page.locator("h1", has_text="Lobby").wait_for()
    page.goto(f"{proxy.url}?kiosk=1&rotate=lobby:30,helpdesk:30")
    page.wait_for_selector("#wall")
    assert page.url.startswith(f"{proxy.url}b/lobby?kiosk=1")
    assert [path for path in proxy.strayed if path != "/favicon.ico"] == []


def test_a_wall_link_below_a_path_leads_to_the_wall(desk, gui, proxy, open_page):
    desk.configure("deskwatch", f"access: {{tokens: [{{name: lobby, sha256: {HASH}}}]}}\n")
    page = open_page(f"{proxy.url}boards")
    cookie = f"deskwatch_wall={TOKEN}"
    wait_until(lambda: gui.ask("/boards", Cookie=cookie, Host="x.example")[0] == 200, "the link is known")
    page.goto(f"{proxy.url}w/{TOKEN}")
    page.wait_for_selector("#wall")
    assert page.url == f"{proxy.url}b/helpdesk"
    (cookie,) = page.context.cookies()
    assert (cookie["name"], cookie["path"], cookie["httpOnly"]) == ("deskwatch_wall", "/", True)


def test_the_cookie_stays_below_the_path_that_public_url_names(desk, gui, open_page, proxy):
    desk.configure(
        "deskwatch",
        f"web: {{public_url: 'http://127.0.0.1/wall'}}\naccess: {{tokens: [{{name: a, sha256: {HASH}}}]}}\n",
    )
    page = open_page(f"{proxy.url}b/helpdesk")
    wait_until(lambda: b"/wall/" in gui.ask("/boards")[2], "the public address is known")
    page.goto(f"{proxy.url}w/{TOKEN}")
    (cookie,) = page.context.cookies()
    assert cookie["path"] == "/wall/"


@pytest.mark.parametrize("allowed", [True, False])
def test_only_sites_that_are_named_may_show_the_wall_in_a_frame(desk, gui, open_page, allowed):
    frame = (
        f"<!doctype html><iframe width=900 height=500 src='http://127.0.0.1:{gui.port}/b/helpdesk'></iframe>"
    )
    intranet = Proxy(gui.port, pages={"/": frame, "/favicon.ico": ""})
    try:
        site = f"http://127.0.0.1:{intranet.port}" if allowed else "https://intranet.example.com"
        desk.configure("deskwatch", f"web: {{frame_ancestors: ['{site}'], poll_seconds: 0.3}}\n")
        desk.write(ticket(1))
        wait_for_header(gui, site)
        page = open_page(f"http://127.0.0.1:{intranet.port}/", expect_errors=not allowed)
        inside = page.frame_locator("iframe")
        if allowed:
            inside.locator("[data-k=desk-1]").wait_for()
            desk.write(ticket(2, subject="arrives in the frame"))
            inside.locator("[data-k=desk-2]").wait_for()
        else:
            page.wait_for_load_state()
            assert inside.locator("#wall").count() == 0
    finally:
        intranet.close()


def headers_of(gui, path):
    return {name.lower(): value for name, value in gui.ask(path)[1].items()}


def wait_for_header(gui, site):
    wait_until(
        lambda: site in headers_of(gui, "/b/helpdesk")["content-security-policy"], "the site is allowed"
    )


def test_searching_machines_and_linked_sites_learn_nothing(desk, gui):
    desk.write(ticket(1))
    gui.wait("Printer 1")
    for path in (
        "/",
        "/boards",
        "/b/helpdesk",
        "/b/helpdesk/t/desk-1",
        "/on-call",
        "/api/v1/tickets",
        "/nothing/here",
    ):
        headers = headers_of(gui, path)
        assert headers["x-robots-tag"] == "noindex, nofollow", path
        assert headers["referrer-policy"] == "no-referrer", path
        if headers["content-type"].startswith("text/html"):
            assert b'<meta name="robots" content="noindex">' in gui.ask(path)[2], path
