#!/usr/bin/env python3
"""Takes the pictures of docs/images from a running demo: python tools/screenshots.py"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.conftest import FLAGS, find_browser  # noqa: E402

IMAGES = ROOT / "docs" / "images"
SCREENS = ((1440, 810), (1280, 720), (648, 1152), (390, 844))
DESK, WIDE, TALL, PHONE = ({"viewport": {"width": width, "height": height}} for width, height in SCREENS)
PICTURES: dict[str, tuple[str, dict[str, object]]] = {
    "wall-dark": ("b/helpdesk", {**DESK, "color_scheme": "dark"}),
    "wall-light": ("b/helpdesk", {**DESK, "color_scheme": "light"}),
    "wall-5m": ("b/helpdesk?kiosk=1&size=5m&theme=dark", WIDE),
    "wall-arcade": ("b/helpdesk?theme=arcade", DESK),
    "wall-portrait": ("b/helpdesk?kiosk=1&size=5m&theme=light", TALL),
    "wall-phone": ("b/helpdesk", {**PHONE, "color_scheme": "light", "is_mobile": True}),
    "boards": ("boards", {**DESK, "color_scheme": "light"}),
    "panel": ("b/helpdesk", {**DESK, "color_scheme": "dark"}),
}
"""Picture to what it shows: an address of the demo, and the browser that looks at it."""
PATIENCE = 90
"""Seconds until the demo must show its tickets."""


def main() -> None:
    """Run the demo in a home of its own, take the pictures, stop the demo."""
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "config").mkdir()
        command = [sys.executable, "-m", "deskwatch", "--home", home, "--port", "0"]
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as demo:
            try:
                address = address_of(demo)
                wait_for_tickets(address)
                with sync_playwright() as playwright:
                    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
                    browser = playwright.chromium.launch(executable_path=find_browser(), args=[*FLAGS, *root])
                    for name, (place, options) in PICTURES.items():
                        take(browser, address + place, name, options)
            finally:
                demo.send_signal(signal.SIGTERM)


def address_of(demo: "subprocess.Popen[str]") -> str:
    """Where the demo says it is."""
    assert demo.stdout is not None
    for line in demo.stdout:
        if found := re.search(r"https?://\S+/(?=\s|$)", line):
            return found[0]
    raise SystemExit("The demo ended before it said where it is.")


def wait_for_tickets(address: str) -> None:
    """Return when the wall has tickets and fresh data."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            with urlopen(f"{address}readyz", timeout=5) as reply:
                if b'"total": 0' not in reply.read():
                    return
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"The demo showed no tickets within {PATIENCE} s.")


def take(browser: Browser, address: str, name: str, options: dict[str, object]) -> None:
    """One picture, when the countdowns tick."""
    page = browser.new_context(**options).new_page()  # type: ignore[arg-type]
    page.goto(address)
    if name == "boards":
        page.click("summary >> nth=1")
    else:
        page.wait_for_function("document.getElementById('age').innerText.indexOf('old') > 0")
    if name == "panel":
        page.click("tbody .subject a >> nth=1")
        page.wait_for_selector("#panel .state")
    page.screenshot(path=IMAGES / f"{name}.png")
    page.context.close()
    print(f"docs/images/{name}.png")


if __name__ == "__main__":
    main()
