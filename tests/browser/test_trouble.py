"""Three kinds of trouble, made by really breaking things, are told apart in words; the wall heals itself."""

from datetime import timedelta

import pytest

from deskwatch.clock import utc_now
from tests import warm
from tests.web.desk import HOUR, Desk, ticket
from tests.web.test_german_trouble import english_in
from tests.web.test_process import Gui

SECONDS = 1000
OLD = timedelta(minutes=14)
IMPATIENT = """
web: {poll_seconds: 0.3, silent_after: 3s}
watcher: {poll_interval: 1s}
"""


@pytest.fixture
def desk(tmp_path):
    """A desk that is polled each second, so that trouble shows within seconds."""
    desk = Desk(tmp_path / "home", deskwatch=IMPATIENT)
    desk.never_close()
    desk.now = utc_now()
    desk.beat()
    return desk


def beat_for_a_minute(desk, **said):
    """A heartbeat that is believed for the coming minute, so that the watcher is not silent meanwhile."""
    desk.now = utc_now() + timedelta(seconds=55)
    desk.beat(**said)


def test_a_lost_server_is_told_within_15_seconds_and_found_again(desk, gui, visit):
    beat_for_a_minute(desk, last_good_at=utc_now())  # an age that grows from now on
    desk.write(ticket(1))
    page = visit(expect_errors=True, own_time=True)
    page.wait_for_selector("[data-k=desk-1]")
    page.wait_for_selector(
        "text=Watcher silent", state="detached"
    )  # since the fixture's heartbeat, if it was slow
    gui.stop()
    page.clock.run_for(9 * SECONDS)
    page.wait_for_selector("text=CONNECTION LOST")
    assert "has not heard from the Deskwatch server since" in page.inner_text("#alarms")
    assert "Watcher silent" not in page.inner_text("body")
    age = page.inner_text("#age")
    page.wait_for_function("t => document.getElementById('age').innerText !== t", arg=age)
    again = Gui(desk.home, port=gui.port, start=warm.start)
    try:
        page.wait_for_selector("text=CONNECTION LOST", state="detached")
        assert "Printer 1" in page.inner_text("tbody")
    finally:
        again.stop()
        again.process.stdout.close()


def test_a_frozen_server_is_told_like_a_lost_one(gui, visit):
    page = visit(expect_errors=True, own_time=True)
    page.wait_for_function("() => deskwatch.pulse()")
    with gui.frozen():
        page.clock.run_for(9 * SECONDS)
        page.wait_for_selector("text=CONNECTION LOST")
    page.wait_for_selector("text=CONNECTION LOST", state="detached")


def test_a_silent_watcher_is_told_and_the_data_turns_old(desk, visit):
    page = visit()
    page.wait_for_selector("text=Watcher silent")  # nobody writes heartbeats any more
    assert "no sign of life since" in page.inner_text("#troubles")
    page.wait_for_selector("text=/DATA \\d+ s OLD/")
    assert page.evaluate("getComputedStyle(document.getElementById('wall')).filter") == "grayscale(1)"
    desk.now = utc_now()
    desk.beat(last_good_at=desk.now - OLD)
    page.wait_for_selector("text=DATA 14 min OLD")
    desk.now = utc_now()
    desk.beat()
    page.wait_for_selector("text=Watcher silent", state="detached")
    page.wait_for_selector("#alarms >> text=OLD", state="detached")


def test_a_refusing_helpdesk_is_told_with_status_and_next_try(desk, visit):
    page = visit()
    error = {"kind": "auth", "status": 401, "words": "the API key is wrong"}
    beat_for_a_minute(desk, state="failing", error=error, next_try_at=utc_now() + timedelta(seconds=60))
    page.wait_for_selector("text=desk refuses the API key (HTTP 401)")
    assert "Next try" in page.inner_text("#troubles")
    assert "CONNECTION LOST" not in page.inner_text("body")
    assert "Watcher silent" not in page.inner_text("body")


def test_an_unreadable_file_is_told_and_the_others_are_shown(desk, visit):
    desk.write(ticket(1))
    (desk.home.tickets / "desk-2.json").write_text('{"key": "desk-2", ')
    page = visit()
    page.wait_for_selector("text=1 ticket file unreadable")
    assert "Printer 1" in page.inner_text("tbody")
    assert "desk-2.json" in visit("/boards").inner_text("#troubles")


def test_a_tv_with_a_wrong_clock_shows_right_ages(desk, chromium, gui):
    context = chromium.new_context()
    page = context.new_page()
    page.clock.install(time=utc_now() + timedelta(hours=3))
    page.goto(f"http://127.0.0.1:{gui.port}/")
    desk.now = utc_now()
    desk.beat()
    page.clock.run_for(3000)
    page.wait_for_function("/Data \\d+ s old/.test(document.getElementById('age').innerText)")
    context.close()


def test_a_german_wall_tells_each_kind_of_trouble_in_german(desk, gui, visit):
    desk.configure("deskwatch", f"zone: Europe/Vienna\n{IMPATIENT}".replace("web: {", "web: {language: de, "))
    error = {"kind": "auth", "status": 401, "words": "the API key is wrong", "since": "2026-01-01T12:00:00Z"}
    beat_for_a_minute(desk, state="failing", error=error, last_good_at=utc_now() - OLD)
    (desk.home.tickets / "desk-2.json").write_text("{")
    gui.wait("lehnt den API-Schlüssel ab")
    page = visit(expect_errors=True, own_time=True)
    page.wait_for_selector("text=DATEN 14 min ALT")
    page.wait_for_selector("text=1 Ticketdatei nicht lesbar")
    assert "Daten 14 min alt" in page.inner_text("#age")
    desk.now = utc_now() - HOUR
    desk.beat()
    page.wait_for_selector("text=Kein Ticketabruf")
    gui.stop()
    page.clock.run_for(9 * SECONDS)
    page.wait_for_selector("text=KEINE VERBINDUNG")
    assert english_in(page.inner_html("body")) == set()
