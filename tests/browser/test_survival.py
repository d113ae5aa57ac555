"""A wall left alone for months: proxies that fail, sleep, a lost network, updates and leaking browsers."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

import pytest

from deskwatch.clock import utc_now
from tests import warm
from tests.browser.own_time import stop_time, until
from tests.web.desk import HOUR, ticket
from tests.web.test_process import Gui

SECONDS = 1000
LOST = "text=CONNECTION LOST"


class Proxy(ThreadingHTTPServer):
    """Passes everything on to the wall behind it, or answers 502 as a proxy does that cannot reach it."""

    def __init__(self, port):
        self.behind, self.broken = f"http://127.0.0.1:{port}", False
        super().__init__(("127.0.0.1", 0), Passing)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Passing(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.server.broken:
            self.answer(502, {"Content-Type": "text/html"}, b"<h1>502 Bad Gateway</h1>")
            return
        with urlopen(Request(self.server.behind + self.path), timeout=5) as reply:
            self.answer(reply.status, reply.headers, reply.read())

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def proxy(gui):
    proxy = Proxy(gui.port)
    yield proxy
    proxy.shutdown()
    proxy.server_close()


@pytest.fixture
def browse(chromium):
    """Opens an address in a browser of its own; ``random`` is what its dice show."""
    contexts = []

    def browse(url, *, random=0.0, own_time=False, pulse=None, wait=True):
        context = chromium.new_context()
        contexts.append(context)
        page = context.new_page()
        if own_time:
            page.clock.install()
        page.add_init_script(f"Math.random = function () {{ return {random}; }};")
        if pulse is not None:
            page.route("**/pulse*", lambda route: route.fulfill(json=_changed(route, pulse)))
        page.goto(url)
        if wait:
            page.wait_for_function("() => window.deskwatch && deskwatch.pulse()")
        page.evaluate("window.same = true")
        return page

    yield browse
    for context in contexts:
        for page in context.pages:
            page.unroute_all(behavior="ignoreErrors")
        context.close()


def _changed(route, pulse):
    headers = {k: v for k, v in route.request.headers.items() if k != "if-none-match"}
    return {**json.loads(route.fetch(headers=headers).body()), **pulse}


def lost(page):
    """Waits for the words that the server is lost, the first eight seconds of silence in no time."""
    page.clock.run_for(9 * SECONDS)
    page.wait_for_selector(LOST)


def kiosk(gui):
    return f"http://127.0.0.1:{gui.port}/b/helpdesk?kiosk=1"


def test_a_proxy_that_answers_502_is_told_and_the_wall_heals(desk, proxy, browse):
    desk.write(ticket(1))
    page = browse(f"http://127.0.0.1:{proxy.server_port}/b/helpdesk?kiosk=1", own_time=True)
    page.wait_for_selector("[data-k=desk-1]")
    proxy.broken = True
    lost(page)
    page.locator("#alarms").get_by_text("it answers HTTP 502").wait_for()
    assert "Printer 1" in page.inner_text("tbody")
    proxy.broken = False
    page.wait_for_selector(LOST, state="detached")
    assert page.evaluate("window.same")


def test_a_server_that_was_away_is_found_again_and_its_news_are_shown(desk, gui, browse):
    page = browse(kiosk(gui), own_time=True)
    gui.stop()
    lost(page)
    desk.write(ticket(1, subject="Came while nobody looked"))
    again = Gui(desk.home, port=gui.port, start=warm.start)
    try:
        page.wait_for_selector("text=Came while nobody looked")
        page.wait_for_selector(LOST, state="detached")
        assert page.evaluate("window.same")
    finally:
        again.stop()
        again.process.stdout.close()


def test_after_a_sleep_nothing_old_passes_for_new(gui, browse):
    page = browse(kiosk(gui), own_time=True)
    with gui.frozen():
        page.clock.fast_forward("01:00:00")
        page.wait_for_selector(LOST)
        page.locator("#alarms").get_by_text("(1 h 00 m)").wait_for()
    page.wait_for_selector(LOST, state="detached")


def test_an_answer_that_comes_after_a_sleep_but_was_given_before_it_is_not_believed(gui, browse):
    page = browse(kiosk(gui), own_time=True)
    held = []
    page.route("**/pulse*", lambda route: held.append((route, route.fetch())))
    while not held:
        page.wait_for_timeout(50)
    stop_time(page)
    page.clock.set_system_time(page.evaluate("Date.now()") / 1000 + 3600)
    for route, answer in held:
        route.fulfill(response=answer)
    page.wait_for_selector(LOST)
    page.locator("#alarms").get_by_text("(1 h 00 m)").wait_for()
    assert page.evaluate("deskwatch.offset()") == 0


def test_a_lost_network_is_told_and_found_again_at_once(gui, browse):
    page = browse(kiosk(gui), own_time=True)
    page.context.set_offline(True)
    lost(page)
    page.locator("#alarms").get_by_text("no answer").wait_for()
    stop_time(page)  # so it is not the next poll that finds it again
    page.context.set_offline(False)
    # said again until then: a poll of before may still be failing, and the time of the next one never comes
    until(page, lambda: page.locator(LOST).count() == 0)


def test_rows_that_do_not_come_are_not_passed_over_in_silence(desk, gui, browse):
    page = browse(kiosk(gui), own_time=True)
    page.route("**/rows*", lambda route: route.fulfill(status=502, body="Bad Gateway"))
    desk.write(ticket(1))
    lost(page)
    page.locator("#alarms").get_by_text("HTTP 502").wait_for()
    page.unroute_all(behavior="wait")
    page.wait_for_selector("[data-k=desk-1]")
    page.wait_for_selector(LOST, state="detached")


def reloaded(page):
    page.wait_for_function("() => !window.same")
    return True


def heard(page):
    """Waits until the page has taken up a pulse that was answered after this moment."""
    for _ in range(2):
        with page.expect_response("**/pulse*"):
            pass


def test_after_an_update_the_page_loads_itself_anew_within_half_a_minute(gui, browse):
    told = {}
    page = browse(kiosk(gui), random=0.1, pulse=told)
    told["build"] = "newer"
    heard(page)
    page.wait_for_timeout(1 * SECONDS)
    assert page.evaluate("window.same")  # not all walls at the same moment
    assert reloaded(page)


def test_after_an_update_no_error_page_is_loaded(gui, browse):
    told, tries = {}, []
    page = browse(kiosk(gui), pulse=told)

    def fail(route):
        tries.append(route.request.url)
        route.fulfill(status=500, content_type="text/html", body="<h1>Broken</h1>")

    page.route("**/helpdesk?kiosk=1", fail)
    told["build"] = "newer"
    for _ in range(2):
        with page.expect_request_finished(lambda request: request.url == page.url):
            pass
    page.wait_for_timeout(200)
    assert len(tries) > 1
    assert page.evaluate("window.same")
    assert page.locator("#wall").is_visible()


def test_each_night_the_page_is_loaded_anew_when_it_is_old(gui, browse):
    told = {"utc_offset": 0, "reload_at": f"{utc_now():%H:%M}"}
    page = browse(kiosk(gui), own_time=True, pulse=told)
    heard(page)
    page.clock.run_for(3 * SECONDS)
    page.wait_for_timeout(500)
    assert page.evaluate("window.same")  # it is young
    told["reload_at"] = f"{utc_now() - HOUR:%H:%M}"
    page.clock.fast_forward("02:30:00")
    heard(page)
    page.clock.run_for(3 * SECONDS)
    page.wait_for_timeout(500)
    assert page.evaluate("window.same")  # it is not the time
    told["reload_at"] = f"{utc_now():%H:%M}"
    assert reloaded(page)


def test_an_answer_that_makes_no_sense_is_told(gui, browse):
    page = browse(kiosk(gui), own_time=True)
    page.route("**/pulse*", lambda route: route.fulfill(body="<html>Please log in</html>"))
    lost(page)
    page.locator("#alarms").get_by_text("its answer makes no sense").wait_for()


@pytest.mark.parametrize("answer", ['{"error": "no upstream"}', '{"counts": 1, "data": [1'])
def test_json_that_is_no_pulse_is_told_and_the_wall_heals_when_it_ends(gui, browse, answer):
    page = browse(kiosk(gui), own_time=True)
    page.route("**/pulse*", lambda route: route.fulfill(body=answer, content_type="application/json"))
    lost(page)
    page.locator("#alarms").get_by_text("its answer makes no sense").wait_for()
    page.unroute_all(behavior="wait")
    page.wait_for_selector(LOST, state="detached")


def test_rows_that_were_cut_off_on_the_way_replace_nothing(desk, gui, browse):
    page = browse(kiosk(gui), own_time=True)
    shown = page.locator("tbody tr").count()
    page.route("**/rows*", lambda route: route.fulfill(body=_half(route), content_type="text/html"))
    desk.write(ticket(90), ticket(91))
    lost(page)
    page.locator("#alarms").get_by_text("its answer makes no sense").wait_for()
    assert page.locator("tbody tr").count() == shown
    page.unroute_all(behavior="wait")
    page.wait_for_selector("[data-k=desk-91]", state="attached")
    page.wait_for_selector(LOST, state="detached")


def _half(route):
    text = route.fetch().text()
    return text[: text.index("<tbody>")]


def test_a_page_that_nobody_serves_goes_by_the_clock_of_the_file_server(gui, browse):
    page = browse(kiosk(gui))
    page.route("**/pulse*", lambda route: route.fulfill(json=_without_now(route), headers=_an_hour_ahead()))
    page.wait_for_function("() => Math.abs(deskwatch.offset() - 3600000) < 5000")


def _without_now(route):
    pulse = _changed(route, {})
    del pulse["now"]
    return pulse


def _an_hour_ahead():
    return {"Date": f"{utc_now() + HOUR:%a, %d %b %Y %H:%M:%S} GMT", "Content-Type": "application/json"}
