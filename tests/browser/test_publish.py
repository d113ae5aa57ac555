"""Published walls before a real browser, served by nginx where there is one: alive, and honest when not."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deskwatch.clock import utc_now
from tests import warm
from tests.browser.own_time import stop_time, until
from tests.web.desk import HOUR, Desk, ticket
from tests.web.test_process import free_port, wait_until

pytestmark = pytest.mark.processes
GUI = Path(__file__).parents[2] / "gui.py"
CONF = """
daemon off;
master_process off;
pid {tmp}/nginx.pid;
error_log {tmp}/error.log;
events {{}}
http {{
    access_log {tmp}/access.log combined;
    client_body_temp_path {tmp}/a; proxy_temp_path {tmp}/b; fastcgi_temp_path {tmp}/c;
    uwsgi_temp_path {tmp}/d; scgi_temp_path {tmp}/e;
    types {{ text/html html; text/css css; text/javascript js; image/svg+xml svg; application/json json; }}
    server {{
        listen 127.0.0.1:{port};
        root {root};
        {inside}
    }}
}}
"""


def recipe():
    """What the shipped nginx recipe says inside its server block, without addresses and certificates."""
    lines = (Path(__file__).parents[2] / "deploy" / "proxy" / "nginx-published.conf").read_text().splitlines()
    start = next(at for at, line in enumerate(lines) if "gzip_static" in line)
    return "\n".join(lines[start : len(lines) - 1])


class Web:
    """A web server for a folder."""

    def __init__(self, tmp, root, *, nginx):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        if nginx:
            conf = CONF.format(tmp=tmp, port=self.port, root=root, inside=recipe())
            (tmp / "nginx.conf").write_text(conf)
            command = [
                shutil.which("nginx"),
                "-p",
                str(tmp),
                "-e",
                f"{tmp}/error.log",
                "-c",
                f"{tmp}/nginx.conf",
            ]
        else:
            command = [
                sys.executable,
                "-m",
                "http.server",
                str(self.port),
                "--bind",
                "127.0.0.1",
                "-d",
                str(root),
            ]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture
def desk(request, tmp_path):
    desk = Desk(
        tmp_path / "home",
        deskwatch="web: {poll_seconds: 0.3, rescan_interval: 1s}\nwatcher: {poll_interval: 1s}",
        boards=getattr(request, "param", None),
    )
    desk.never_close()
    desk.now = utc_now().replace(microsecond=0)
    desk.beat(last_good_at=desk.now)
    desk.write(ticket(1, first_response_due_at=desk.now + HOUR))
    return desk


@pytest.fixture
def publisher(desk, tmp_path):
    root = tmp_path / "walls"
    command = [sys.executable, str(GUI), "--home", str(desk.home), "publish", str(root)]
    process = warm.start(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    process.root = root
    wait_until(lambda: (root / "index.html").is_file(), "the walls are published")
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


@pytest.fixture
def web(request, publisher, tmp_path):
    server = getattr(request, "param", "nginx" if shutil.which("nginx") else "python")
    if server == "nginx" and shutil.which("nginx") is None:
        pytest.skip("no nginx on this machine: sudo apt install nginx-light")
    web = Web(tmp_path, publisher.root, nginx=server == "nginx")
    wait_until(lambda: _answers(web.url), "the web server answers")
    yield web
    web.process.send_signal(signal.SIGTERM)
    web.process.wait(timeout=40)


def _answers(url):
    from urllib.request import urlopen

    with urlopen(f"{url}/index.html", timeout=2) as reply:
        return reply.status == 200


@pytest.fixture
def look(chromium, web):
    """Opens a published page; at the end nothing may have been blocked, thrown or asked of another host."""
    wrong, contexts = [], []

    def look(path, *, own_time=False, random=None):
        context = chromium.new_context(viewport={"width": 1280, "height": 720})
        contexts.append(context)
        page = context.new_page()
        if own_time:
            page.clock.install()
        if random is not None:
            page.add_init_script(f"Math.random = function () {{ return {random}; }};")
        page.on("pageerror", lambda error: wrong.append(f"thrown: {error}"))
        page.on("console", lambda m: m.type in ("error", "warning") and wrong.append(f"console: {m.text}"))
        page.on("request", lambda r: r.url.startswith(web.url) or wrong.append(r.url))
        page.on("response", lambda r: r.status >= 400 and wrong.append(f"{r.status} {r.url}"))
        page.goto(f"{web.url}{path}")
        return page

    yield look
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.mark.parametrize("web", ["nginx", "python"], indirect=True)
def test_a_published_wall_lives_and_says_so_when_its_publisher_dies(desk, publisher, look):
    page = look("/b/helpdesk.html")
    page.get_by_text("Printer 1 prints stripes").wait_for()
    page.evaluate("window.stayed = true")
    desk.write(ticket(2, subject="The coffee machine is down", first_response_due_at=desk.now + HOUR))
    page.get_by_text("The coffee machine is down").wait_for()
    (desk.home.config / "notice.md").write_text("level: warn\n\nThe lift is broken.")
    page.locator("#troubles").get_by_text("The lift is broken.").wait_for()
    desk.beat(last_good_at=utc_now())
    young = "() => document.querySelector('#age').textContent.match(/Data \\d s old/)"
    page.wait_for_function(young)
    os.kill(publisher.pid, signal.SIGKILL)
    page.locator("#alarms").get_by_text("DATA").filter(has_text="OLD").first.wait_for()
    assert page.get_by_text("The coffee machine is down").is_visible()
    assert page.evaluate("window.stayed"), "the page was never loaded anew"


def test_the_list_of_boards_leads_to_the_walls_and_their_kiosks(look):
    page = look("/")
    page.get_by_role("link", name="For a screen on the wall").click()
    page.get_by_text("Printer 1 prints stripes").wait_for()
    assert page.url.endswith("/b/helpdesk.html?kiosk=1")
    assert page.locator("html").get_attribute("data-kiosk") is not None


def test_an_upgrade_of_the_pages_reaches_open_walls(desk, publisher, look):
    page = look("/b/helpdesk.html", random=0.02)  # of 30 seconds, so that not all walls ask at once
    page.get_by_text("Printer 1 prints stripes").wait_for()
    page.evaluate("window.stayed = true")
    desk.configure("boards", "helpdesk: {title: The other name}\n")
    page.wait_for_function("() => !window.stayed")
    page.get_by_role("heading", name="The other name").wait_for()
    page.evaluate("window.stayed = true")
    page.wait_for_timeout(2000)
    assert page.evaluate("window.stayed"), "once is enough"


def test_unchanged_files_cost_a_304_and_dot_files_are_not_served(web, publisher, tmp_path):
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    if not (tmp_path / "nginx.conf").exists():
        pytest.skip("about the nginx recipe")
    with urlopen(f"{web.url}/b/helpdesk/pulse.json", timeout=5) as reply:
        assert reply.headers["Cache-Control"] == "no-cache"
        assert "now" not in json.load(reply)
        again = Request(reply.url, headers={"If-None-Match": reply.headers["ETag"]})
    with pytest.raises(HTTPError, match="304"):
        urlopen(again, timeout=5)
    with urlopen(
        Request(f"{web.url}/b/helpdesk/rows.html", headers={"Accept-Encoding": "gzip"}), timeout=5
    ) as reply:
        assert reply.headers["Content-Encoding"] == "gzip"
    with urlopen(f"{web.url}/static/js/wall.js?v=1", timeout=5) as reply:
        assert "immutable" in reply.headers["Cache-Control"]
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
    for name in (".deskwatch-publish.json", ".deskwatch-publish.lock", ".staging/"):
        with pytest.raises(HTTPError, match="404"):
            urlopen(f"{web.url}/{name}", timeout=5)


SEVERAL = "helpdesk: {title: Helpdesk}\nps: {title: Professional Services}\n"
BOARDS = (("ps", "Professional Services"), ("helpdesk", "Helpdesk"))


@pytest.mark.parametrize("desk", [SEVERAL], indirect=True)
def test_a_published_kiosk_shows_its_boards_in_turn(look):
    page = look("/b/helpdesk.html?kiosk=1&rotate=helpdesk:60,ps:60", own_time=True)
    page.evaluate("window.stayed = true")
    page.wait_for_function("() => /urgent ps/.test(sessionStorage['deskwatch-heard'])")  # it was looked at
    stop_time(page)
    for board, title in (*BOARDS, BOARDS[0]):
        for _ in range(70):  # by seconds: a board that does not answer within ten is passed over
            if page.evaluate("deskwatch.board()") == board:
                break
            page.clock.run_for(1000)
        until(page, lambda title=title: page.inner_text("h1").strip() == title)
    assert page.evaluate("window.stayed"), "the page was never loaded anew"
