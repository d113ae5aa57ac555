"""The time of a page in the hands of a test: it stands still, and moves only when the test says so."""

import time

from playwright.sync_api import Error

PATIENCE = 40
"""Seconds of real time for what takes no time of the page."""


def stop_time(page):
    """From now on the clock of this page, opened with ``own_time``, moves by ``page.clock.run_for`` alone."""
    for leap in (1, 5, 25):
        try:
            page.clock.pause_at(page.evaluate("Date.now()") / 1000 + leap)
        except Error:  # so slow that this moment has passed already
            continue
        return
    raise AssertionError("the clock of the page does not stop")


def until(page, happened):
    """Wait for the server, who answers in real time: the page asks again, and its time stands still."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, f"this never happened: {happened}"
        page.evaluate("dispatchEvent(new Event('online'))")
        page.wait_for_timeout(60)


def until_shown(page, selector):
    """``until`` this element is in the page, visible or not."""
    until(page, lambda: page.locator(selector).count())
