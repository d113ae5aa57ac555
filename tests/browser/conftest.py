"""A real browser before a real wall; skipped, with the line that installs one, where there is no browser."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from deskwatch.clock import utc_now
from tests import warm
from tests.web.desk import Desk
from tests.web.test_process import Gui

PLACES = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
]
NAMES = [
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
]
INSTALL = {
    "linux": "sudo apt install chromium",
    "darwin": "brew install --cask chromium",
    "win32": "winget install Google.Chrome",
}
PATIENCE = 40_000
"""Milliseconds that a page may take for what it should do at once: a busy machine is no failure."""
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_browser():
    """The browser of this machine: $CHROMIUM, else one on the PATH or in the usual places.

    The headless shell is the same Chromium without its windows: a page costs half the time.
    """
    named = [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES), *PLACES]
    return next((path for path in named if path and Path(path).exists()), None)


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    line = INSTALL.get(sys.platform, "install Chromium or Chrome")
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)
            if find_browser() is None:
                item.add_marker(pytest.mark.skip(reason=f"no browser found: {line} (or set CHROMIUM=/path)"))


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS + root)
        yield Patient(browser)
        browser.close()


class Patient:
    """A browser whose pages wait as long as a busy machine needs, unless a test says otherwise."""

    def __init__(self, browser):
        self._browser = browser

    def new_context(self, **options):
        context = self._browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        return context

    def new_page(self, **options):
        return self.new_context(**options).new_page()


@pytest.fixture
def desk(tmp_path):
    """A desk that lives now."""
    desk = Desk(tmp_path / "home", deskwatch="web: {poll_seconds: 0.3}")
    desk.never_close()
    desk.now = utc_now().replace(microsecond=0)
    desk.beat()
    return desk


@pytest.fixture
def gui(desk):
    gui = Gui(desk.home, start=warm.start)
    try:
        gui.wait()
        yield gui
    finally:
        if gui.process.poll() is None:
            gui.stop()
        gui.process.stdout.close()


@pytest.fixture
def visit(chromium, gui):
    """Opens the wall. At the end nothing may have been blocked, thrown, or asked of another host.

    With ``own_time`` the test can make the time of the page run: ``page.clock.run_for(milliseconds)``.
    """
    contexts, wrong = [], []

    def visit(path="/", *, expect_errors=False, own_time=False, **options):
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 720}, **options})
        contexts.append(context)
        page = context.new_page()
        if own_time:
            page.clock.install()
        page.on("pageerror", lambda error: wrong.append(f"thrown: {error}"))
        page.on(
            "request",
            lambda r: r.url.startswith((f"http://127.0.0.1:{gui.port}/", "data:")) or wrong.append(r.url),
        )
        if not expect_errors:
            page.on(
                "console", lambda m: m.type in ("error", "warning") and wrong.append(f"console: {m.text}")
            )
        page.goto(f"http://127.0.0.1:{gui.port}{path}")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert wrong == []
