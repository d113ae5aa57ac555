"""Freshservice, Atera, a helpdesk described in YAML and tickets of our own: one board, the real programs."""

import json
import threading
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, jsonify

from deskwatch.clock import monotonic, utc_now
from deskwatch.config import Home, LiveConfig
from deskwatch.demo import Helpdesk, create_helpdesk, serve
from deskwatch.demo.atera_switches import AteraSwitches
from deskwatch.demo.server import start_server
from deskwatch.demo.switches import Switches
from deskwatch.local.inbox import Inbox
from deskwatch.store.tickets import TicketFolder
from deskwatch.watch import Watcher
from deskwatch.watch_commands import NEEDS, source_maker
from tests import warm
from tests.web.test_process import Gui

SECONDS = 1000
ENV = {"FRESHSERVICE_API_KEY": "demo", "ATERA_API_KEY": "demo"}
BUGS = [{"key": "12", "title": "The tracker is slow", "state": "new", "who": {"id": 12, "name": "Mia"}}]


def tracker() -> Flask:
    """A helpdesk nobody knows: its API is one list."""
    app = Flask(__name__)
    app.get("/api/bugs")(lambda: jsonify({"bugs": BUGS}))
    return app


DESCRIBED = {
    "kind": "rest",
    "title": "Bug tracker",
    "mark": "BT",
    "auth": {"kind": "none"},
    "tickets": {"path": "/api/bugs", "items": "bugs"},
    "fields": {
        "id": "key",
        "subject": "title",
        "status": "state",
        "agent": {"id": "who.id", "name": "who.name"},
    },
    "statuses": {"new": "open"},
    "link": "{base}/bugs/{id}",
}


def helpdesk(product: str) -> Helpdesk:
    """One with a single ticket, that agent 12 has."""
    switches = AteraSwitches() if product == "atera" else Switches()
    desk = create_helpdesk(started_at=utc_now(), clock=utc_now, tickets=0, switches=switches)
    agent = next(iter(desk.directory.agents))
    desk.create_ticket(
        f"A ticket of {product}", id=12, responder_id=agent, created_at=utc_now() - timedelta(hours=1)
    )
    return desk


@pytest.fixture(scope="module")
def wall(tmp_path_factory):
    """The dashboard of a home whose watcher has polled four sources once."""
    home = Home(tmp_path_factory.mktemp("several"))
    (home.config / "sources.d").mkdir(parents=True)
    closing = threading.Event()
    with (
        serve(helpdesk("freshservice")) as fresh,
        serve(helpdesk("atera")) as atera,
        start_server(tracker(), "127.0.0.1", 0, closing) as bugs,
    ):
        sources = {
            "acme": {"kind": "freshservice", "base_url": fresh.url, "title": "Acme IT"},
            "msp": {"kind": "atera", "base_url": atera.url, "ticket_url": f"{atera.url}/new/ticket/{{id}}"},
            "own": {"kind": "local", "title": "Our own"},
        }
        (home.config / "sources.yaml").write_text(json.dumps(sources))
        (home.config / "sources.d" / "bugs.yaml").write_text(json.dumps({**DESCRIBED, "base_url": bugs.url}))
        live = LiveConfig(home, env=ENV, needs=NEEDS, clock=utc_now)
        Inbox(home.tickets / ".inbox").drop(
            {"op": "create", "by": "ana", "fields": {"subject": "One of ours"}}
        )
        watcher = Watcher(
            live, source_maker(None), folder=TicketFolder(home.tickets), started_at=utc_now(), clock=monotonic
        )
        for _ in range(20):
            watcher.poll(utc_now())
            if len(list(home.tickets.glob("*.json"))) == 4 and not watcher.has_more:
                break
        assert watcher.errors == {}
        gui = Gui(home, start=warm.start)
        try:
            gui.wait()
            yield gui
        finally:
            gui.stop()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_four_helpdesks_on_one_board_are_told_apart_and_filtered(wall, chromium, theme):
    page = chromium.new_page(
        viewport={"width": 360 if theme == "dark" else 1280, "height": 720}, color_scheme=theme
    )
    page.goto(f"http://127.0.0.1:{wall.port}/b/helpdesk")
    page.wait_for_function("() => document.querySelectorAll('#wall tbody tr').length === 4")
    marks = page.eval_on_selector_all(
        "tbody .mk", "all => all.map(m => m.textContent + ' ' + m.title).sort()"
    )
    assert marks == ["AI Acme IT", "BT Bug tracker", "Ms msp", "OO Our own"]
    page.wait_for_function(
        "() => /^Acme IT: \\d+ [smh]/m.test(document.getElementById('src-acme').innerText.slice(3))"
    )
    found = Axe().run(page, options={"rules": {"page-has-heading-one": {"enabled": False}}})
    assert [v["id"] for v in found.response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if theme == "light":
        links = page.eval_on_selector_all("td.id a", "all => all.map(a => a.pathname).sort()")
        assert links == ["/a/tickets/12", "/b/helpdesk/t/own-1", "/bugs/12", "/new/ticket/12"]
        agents = page.eval_on_selector_all("[name=agent] option", "all => all.map(o => o.value)")
        assert "bugs:12" in agents  # and one person with one number and one name in both simulated ones
        assert sum(value.isdecimal() for value in agents) == 1
        page.select_option("[name=source]", "msp")
        page.wait_for_function("() => document.querySelectorAll('#wall tbody tr').length === 1")
        assert page.url.endswith("source=msp")
        assert "A ticket of atera" in page.inner_text("tbody")
    page.context.close()
