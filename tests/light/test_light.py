"""The light of a board leaves this machine: as a file, by webhook, on a lamp. Real files, real HTTP."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deskwatch.clock import utc_now
from deskwatch.core.light import GREEN, MAGENTA, RED, YELLOW
from deskwatch.core.ticket import Phase
from deskwatch.errors import UsageError
from deskwatch.light.lamp_desk import LampDesk
from deskwatch.light.luxafor import Flag, find_flag, report
from deskwatch.light.running import LightRunner
from deskwatch.light.webhook import LightWebhook
from deskwatch.settings import Secret
from deskwatch.store.watch import Wake
from tests import warm
from tests.web.desk import HOUR, MINUTE, NOW, ticket
from tests.web.test_process import wait_until

GUI = Path(__file__).parents[2] / "gui.py"


class Lamp:
    """A lamp desk whose time the test sets."""

    def __init__(self, desk, board="helpdesk"):
        self._desk = desk
        self.lamp = LampDesk(desk.home, desk.feed.live, board)

    def light(self):
        self.lamp._wake, self.lamp._glance_due = Wake(rescan=True), 0.0
        return self.lamp.light(self._desk.now)


@pytest.fixture
def lamp(desk):
    return Lamp(desk)


def test_the_lamp_follows_the_tickets(desk, lamp):
    assert lamp.light().colour == GREEN
    desk.write(ticket(1, phase=Phase.CUSTOMER_REPLIED))
    assert lamp.light().colour == YELLOW
    desk.write(ticket(2))
    assert (lamp.light().colour, lamp.light().mode) == (RED, "solid")
    desk.write(ticket(3, first_response_due_at=NOW - MINUTE))
    assert (lamp.light().colour, lamp.light().mode) == (RED, "strobe")
    for number in (1, 2, 3):
        (desk.home.tickets / f"desk-{number}.json").unlink()
    assert lamp.light().colour == GREEN


def test_the_lamp_turns_when_a_deadline_passes_and_wakes_for_it(desk, lamp):
    desk.write(ticket(1, first_response_due_at=NOW + timedelta(seconds=5)))
    assert lamp.light().mode == "solid"
    assert lamp.lamp.seconds_to_next_change(desk.now) == 5
    desk.now = NOW + timedelta(seconds=5)
    desk.beat()
    assert lamp.light().mode == "strobe"


def test_data_that_cannot_be_relied_on_is_magenta(desk, lamp):
    desk.write(ticket(1))
    desk.now = NOW + HOUR
    assert (lamp.light().colour, lamp.light().when) == (MAGENTA, "stale")
    desk.beat()
    assert lamp.light().colour == RED
    (desk.home.tickets / "desk-2.json").write_text("{")
    assert lamp.light().reason == "1 ticket file is unreadable"
    (desk.home.tickets / "desk-2.json").unlink()
    (desk.home.state / "watcher.json").unlink()
    assert lamp.light().colour == MAGENTA


def test_a_board_has_rules_of_its_own_which_are_live_when_saved(desk, lamp):
    desk.write(ticket(1))
    assert lamp.light().colour == RED
    rules = '[{when: urgent, colour: red}, {when: always, colour: "#0a0b0c", mode: blink}]'
    desk.configure("boards", f"helpdesk: {{title: Helpdesk, light: {rules}}}\n")
    light = lamp.light()
    assert (str(light.colour), light.mode) == ("#0a0b0c", "blink")


def test_a_board_that_does_not_exist_is_a_mistake_of_the_caller(desk):
    with pytest.raises(UsageError, match=r"no board 'helpdsk'. Did you mean \"helpdesk\""):
        Lamp(desk, "helpdsk")


def test_the_api_tells_the_light_of_a_board(desk):
    desk.write(ticket(1, first_response_due_at=NOW - MINUTE))
    desk.step()
    assert desk.get("/api/v1/boards/helpdesk/light").json == {
        "board": "helpdesk",
        "colour": "#ff0000",
        "rgb": [255, 0, 0],
        "mode": "strobe",
        "when": "overdue",
        "reason": "1 ticket is overdue",
    }
    assert desk.get("/api/v1/boards/nope/light").status == 404
    desk.now = NOW + HOUR
    desk.step()
    assert desk.get("/api/v1/boards/helpdesk/light").json["colour"] == "#ff00ff"


# -- file


def runner(lamp, **outputs):
    runner = LightRunner(lamp.lamp, "helpdesk", **{"file": None, "interval": 10.0, **outputs})

    def step():
        lamp.lamp._wake, lamp.lamp._glance_due = Wake(rescan=True), 0.0
        return runner.step(lamp._desk.now)

    return runner, step


def test_the_file_is_written_only_when_the_light_changes(desk, lamp, tmp_path):
    file = tmp_path / "light.json"
    run, step = runner(lamp, file=file)
    step()
    first = file.stat().st_mtime_ns, file.stat().st_ino
    assert json.loads(file.read_text())["colour"] == "#00ff00"
    step()
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == first
    desk.write(ticket(1))
    step()
    assert json.loads(file.read_text()) == {
        "board": "helpdesk",
        "colour": "#ff0000",
        "rgb": [255, 0, 0],
        "mode": "solid",
        "when": "open",
        "reason": "1 open ticket",
        "since": "2026-03-10T13:00:00Z",
    }
    run.finish(desk.now)
    assert json.loads(file.read_text())["reason"] == "gui.py light was stopped"


def test_a_file_that_cannot_be_written_is_said_and_tried_again(desk, lamp, tmp_path, caplog):
    (tmp_path / "folder").write_text("a file stands where the folder belongs")
    file = tmp_path / "folder" / "light.json"
    run, step = runner(lamp, file=file)
    assert step() <= 2
    assert "trying again" in caplog.text
    (tmp_path / "folder").unlink()
    run._write_due = 0.0
    step()
    assert json.loads(file.read_text())["mode"] == "solid"


# -- webhook


class Hook:
    """A little HTTP server that takes lights. ``answers``: statuses of the next answers, then 204."""

    def __init__(self):
        self.answers, self.taken = [], []
        self.asked, self.gate = threading.Event(), threading.Event()
        self.gate.set()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                hook.asked.set()
                hook.gate.wait(10)
                status = hook.answers.pop(0) if hook.answers else 204
                if status == 204:
                    hook.taken.append(body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/lamp/S3cretPart"


@pytest.fixture
def hook():
    hook = Hook()
    yield hook
    hook.server.shutdown()
    hook.server.server_close()


def test_a_webhook_gets_each_new_light(desk, lamp, hook):
    webhook = LightWebhook("Webhook 1", Secret(hook.url))
    run, step = runner(lamp, webhooks=[webhook])
    step()
    wait_until(lambda: len(hook.taken) == 1, "the first light")
    desk.write(ticket(1))
    step()
    step()
    wait_until(lambda: len(hook.taken) == 2, "the second light")
    run.finish(desk.now)
    assert [light["reason"] for light in hook.taken] == [
        "nothing to do",
        "1 open ticket",
        "gui.py light was stopped",
    ]


def test_a_webhook_that_fails_gets_the_latest_light_later_and_its_address_stays_secret(hook, caplog):
    caplog.set_level(logging.DEBUG, "deskwatch")
    hook.answers = [500, 302]
    webhook = LightWebhook("Webhook 1", Secret(hook.url), first_pause=0.05)
    webhook.post({"n": 1})
    wait_until(lambda: hook.taken, "it is taken in the end")
    assert hook.taken == [{"n": 1}]
    webhook.close(1)
    assert "Webhook 1 answers HTTP 500; trying again" in caplog.text
    assert "takes the light again" in caplog.text
    assert "S3cretPart" not in caplog.text


def test_what_waited_for_a_webhook_is_replaced_by_newer_news(hook):
    hook.answers = [503]
    webhook = LightWebhook("Webhook 1", Secret(hook.url), first_pause=30)
    webhook.post({"n": 1})
    wait_until(lambda: not hook.answers, "the first try")
    webhook.post({"n": 2})
    wait_until(lambda: hook.taken, "newer news end the pause")
    assert hook.taken == [{"n": 2}]
    webhook.close(1)


def test_news_that_come_while_a_webhook_refuses_are_what_it_gets_next(hook):
    hook.answers = [503]
    hook.gate.clear()
    webhook = LightWebhook("Webhook 1", Secret(hook.url), first_pause=0.05)
    webhook.post({"n": 1})
    assert hook.asked.wait(10)
    webhook.post({"n": 2})
    hook.gate.set()
    wait_until(lambda: hook.taken, "it takes a light")
    webhook.close(5)
    assert hook.taken == [{"n": 2}]


def test_the_last_light_is_posted_even_if_the_one_before_it_is_refused_meanwhile(hook):
    hook.answers = [503]
    hook.gate.clear()
    webhook = LightWebhook("Webhook 1", Secret(hook.url), first_pause=30)
    webhook.post({"n": 1})
    assert hook.asked.wait(10)
    webhook.post({"n": "stopped"})
    webhook.close(0)
    hook.gate.set()
    assert webhook.close(10)
    assert hook.taken == [{"n": "stopped"}]


def test_a_webhook_that_is_gone_is_said_once_and_holds_nothing_up(desk, lamp, hook, caplog):
    hook.server.shutdown()
    hook.server.server_close()
    webhook = LightWebhook("Webhook 1", Secret(hook.url), first_pause=0.02)
    run, step = runner(lamp, webhooks=[webhook])
    step()
    wait_until(lambda: "cannot be reached" in caplog.text, "it is said")
    desk.write(ticket(1))
    step()
    run.finish(desk.now)
    assert caplog.text.count("cannot be reached") == 1
    assert "S3cretPart" not in caplog.text


# -- lamp


def shown(path):
    data = path.read_bytes()
    assert len(data) % 9 == 0
    return [tuple(data[at + 3 : at + 6]) for at in range(0, len(data), 9)]


def test_a_report_has_a_number_and_eight_bytes():
    assert report(YELLOW) == bytes((0, 1, 255, 255, 180, 0, 0, 0, 0))


def test_the_lamp_shows_the_colour_and_is_dark_at_the_end(desk, lamp, tmp_path):
    device = tmp_path / "hidraw0"
    device.touch()
    run, step = runner(lamp, flag=Flag(str(device)))
    step()
    desk.write(ticket(1))
    step()
    run.finish(desk.now)
    assert shown(device) == [(0, 255, 0), (255, 0, 0), (0, 0, 0)]


def test_a_strobe_goes_on_and_off_by_itself(desk, lamp, tmp_path):
    device = tmp_path / "hidraw0"
    device.touch()
    desk.write(ticket(1, first_response_due_at=NOW - MINUTE))
    run, step = runner(lamp, flag=Flag(str(device)))
    for _ in range(6):
        assert 0 < step() <= 0.1
        run._due = 0.0
    assert {(255, 0, 0), (0, 0, 0)} == set(shown(device))
    assert shown(device)[1] != shown(device)[2]


def test_a_lamp_that_was_unplugged_is_found_again(tmp_path, caplog):
    pipe = tmp_path / "hidraw0"
    os.mkfifo(pipe)
    flag = Flag(str(pipe))
    assert not flag.show(RED), "nobody reads the pipe: there is no lamp"
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert flag.show(RED)
    assert os.read(reader, 100) == report(RED)
    os.close(reader)
    assert not flag.show(RED)
    assert "unplugged" in caplog.text
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert flag.show(GREEN)
    assert os.read(reader, 100) == report(GREEN)
    flag.close()
    assert os.read(reader, 100) == report(type(GREEN)(0, 0, 0))
    os.close(reader)


def test_the_flag_is_found_among_other_devices(tmp_path):
    for name, hid in (("hidraw0", "0003:0000046D:0000C31C"), ("hidraw7", "0003:000004D8:0000F372")):
        (tmp_path / name / "device").mkdir(parents=True)
        (tmp_path / name / "device" / "uevent").write_text(f"DRIVER=hid-generic\nHID_ID={hid}\nHID_NAME=x\n")
    assert find_flag(tmp_path) == "/dev/hidraw7"
    assert find_flag(tmp_path / "nothing") is None


def test_a_lamp_that_may_not_be_written_to_is_told_with_the_rule_that_helps(tmp_path, caplog, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert not Flag("/dev/hidraw0").show(RED)
    assert "/etc/udev/rules.d/" in caplog.text
    assert 'ATTRS{idVendor}=="04d8"' in caplog.text


# -- the process


@pytest.fixture
def process(desk):
    started = []

    def start(*arguments):
        desk.now = utc_now()
        desk.beat()
        command = [sys.executable, str(GUI), "--home", str(desk.home), "light", *arguments]
        started.append(warm.start(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.processes
def test_the_program_follows_a_ticket_at_once_and_stops_at_once_with_the_lamp_dark(
    desk, process, hook, tmp_path
):
    file, device = tmp_path / "light.json", tmp_path / "hidraw0"
    device.touch()
    program = process(
        "--board", "helpdesk", "--file", str(file), "--webhook", hook.url, "--luxafor", str(device),
        "--log-level", "debug",
    )  # fmt: skip
    wait_until(lambda: json.loads(file.read_text())["colour"] == "#00ff00", "the lamp is green")
    desk.write(ticket(1, first_response_due_at=desk.now + HOUR))
    wait_until(lambda: json.loads(file.read_text())["colour"] == "#ff0000", "the lamp is red", seconds=5)
    program.send_signal(signal.SIGTERM)
    output, _ = program.communicate(timeout=40)
    assert program.returncode == 0
    assert shown(device)[-1] == (0, 0, 0)
    assert hook.taken[-1]["reason"] == "gui.py light was stopped"
    assert "S3cretPart" not in output


@pytest.mark.processes
def test_a_program_that_was_killed_leaves_a_whole_file_and_the_next_one_goes_on(desk, process, tmp_path):
    file = tmp_path / "light.json"
    for number in range(5):
        program = process("--board", "helpdesk", "--file", str(file), "--interval", "0.2s")
        wait_until(lambda: file.exists(), "the file is written")
        desk.write(ticket(number, first_response_due_at=desk.now + HOUR))
        program.kill()
        program.wait()
        assert json.loads(file.read_text())["board"] == "helpdesk"
    program = process("--board", "helpdesk", "--file", str(file))
    wait_until(lambda: json.loads(file.read_text())["reason"] == "5 open tickets", "it goes on")


@pytest.mark.processes
def test_once_writes_the_usual_file_and_ends(desk, process):
    program = process("--board", "helpdesk", "--once")
    assert program.wait(timeout=20) == 0
    assert json.loads((desk.home.state / "light.json").read_text())["mode"] == "solid"


@pytest.mark.processes
def test_a_folder_that_was_mistyped_is_named_and_not_made(desk, process, tmp_path):
    program = process("--board", "helpdesk", "--once", "--file", str(tmp_path / "wal" / "light.json"))
    output, _ = program.communicate(timeout=20)
    assert program.returncode == 2
    assert f"--file: there is no folder {tmp_path / 'wal'}. Correct the path" in output
    assert not (tmp_path / "wal").exists()


@pytest.mark.processes
def test_once_waits_for_a_slow_webhook_and_tells_one_that_refuses(desk, process, hook):
    hook.gate.clear()
    program = process("--board", "helpdesk", "--once", "--webhook", hook.url)
    assert hook.asked.wait(20)
    with pytest.raises(subprocess.TimeoutExpired):
        program.wait(2)
    hook.gate.set()
    assert (program.wait(timeout=20), len(hook.taken)) == (0, 1)
    hook.answers = [500]
    assert process("--board", "helpdesk", "--once", "--webhook", hook.url).wait(timeout=20) == 1


@pytest.mark.processes
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--board", "nope"], "no board 'nope'"),
        (
            ["--board", "helpdesk", "--webhook", "ftp://example.com/S3cretPart"],
            "--webhook: expected an address",
        ),
        (["--board", "helpdesk", "--interval", "10"], "--interval: a duration needs a unit"),
    ],
)
def test_a_slip_on_the_command_line_is_told_in_words(process, arguments, words):
    program = process(*arguments)
    output, _ = program.communicate(timeout=20)
    assert program.returncode == 2
    assert words in output
    assert "S3cretPart" not in output
