"""The command lines of ticket_watcher.py, run as people and cron run them."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from deskwatch import cli
from deskwatch.clock import monotonic, utc_now
from deskwatch.core.merging import is_partial
from deskwatch.core.ticket import Ticket
from deskwatch.demo import Helpdesk, create_helpdesk, faults, serve
from deskwatch.store.lock import OneOf
from deskwatch.store.tickets import TicketFolder
from deskwatch.watch_commands import as_json
from tests import warm
from ticket_watcher import main

ROOT = Path(__file__).resolve().parents[1]


class Desk:
    """A home, its helpdesk, and a terminal."""

    def __init__(self, home: Path, helpdesk: Helpdesk, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.helpdesk, self.url, self._capsys = home, helpdesk, url, capsys
        self.configure()

    def configure(self, **source: Any) -> None:
        """Write sources.yaml."""
        (self.home / "config").mkdir(exist_ok=True)
        fs = {"kind": "freshservice", "base_url": self.url, "api_key": "env:KEY_OF_TESTS", **source}
        (self.home / "config" / "sources.yaml").write_text(json.dumps({"fs": fs}), "utf-8")

    def run(self, *words: str) -> tuple[int, str]:
        """Exit code and everything that was printed."""
        code = cli.exit_code(main, ["--home", str(self.home), *words])
        printed = self._capsys.readouterr()
        return code, printed.out + printed.err


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    """Five open tickets."""
    monkeypatch.setenv("KEY_OF_TESTS", "demo")
    now = utc_now()
    helpdesk = create_helpdesk(started_at=now, clock=utc_now, tickets=0)
    for number in range(5):
        helpdesk.create_ticket(f"Phone {number} is mute", created_at=now - timedelta(hours=3))
    with serve(helpdesk) as server:
        yield Desk(tmp_path, helpdesk, server.url, capsys)


def test_one_round_for_cron_fills_the_folder_with_details(desk: Desk) -> None:
    code, _ = desk.run("--once")
    assert code == 0
    files = sorted((desk.home / "tickets").glob("*.json"))
    assert len(files) == 5
    assert not any(json.loads(path.read_text()).get("partial") for path in files)


def test_one_round_against_a_dead_helpdesk_says_so_and_exits_4(desk: Desk) -> None:
    desk.configure(base_url="http://127.0.0.1:9")
    code, said = desk.run("--once")
    assert code == 4
    assert "refuses the connection" in said
    assert "Traceback" not in said


def test_a_refused_key_is_told_without_the_key(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY_OF_TESTS", "canary-4711")
    for words in (["--once"], ["check", "--live"], ["names"], ["show", "fs-101", "--raw"]):
        code, said = desk.run(*words)
        assert code == (1 if "--live" in words else 4)
        assert "API key is refused" in said
        assert "canary-4711" not in said
        assert "Y2FuYXJ5" not in said  # the same, as Basic authentication writes it


def test_two_watchers_in_one_home_are_refused_by_number(desk: Desk) -> None:
    with OneOf(desk.home / "state" / "watcher.lock"):
        code, said = desk.run("--once")
    assert code == 3
    assert f"process {os.getpid()}" in said


def test_a_wrong_configuration_exits_2_with_file_and_line(desk: Desk) -> None:
    desk.configure(poll_intervall="5s")
    for words in (["--once"], ["check"], ["names"]):
        code, said = desk.run(*words)
        assert code == 2
        assert "config/sources.yaml:1:" in said
        assert "poll_interval" in said


def test_a_missing_key_is_told_with_the_places_where_it_was_looked_for(desk: Desk) -> None:
    desk.configure(api_key="env:NO_SUCH_KEY")
    code, said = desk.run("--once")
    assert code == 2
    assert "NO_SUCH_KEY" in said


def test_check_alone_asks_no_helpdesk(desk: Desk) -> None:
    code, said = desk.run("check")
    assert code == 0
    assert "Configuration is fine. Sources: fs." in said
    assert desk.helpdesk.log.of() == []


def test_a_live_check_tells_everything_in_words(desk: Desk) -> None:
    code, said = desk.run("check", "--live")
    assert "the API key is accepted" in said
    assert "5 tickets are open as far as this key can see" in said
    assert "the key sees these workspaces: IT (2), " in said
    assert "10 agents can be read" in said
    assert 'status 9 "On Hold" is read as on_hold, by its name' in said
    assert 'NOT status 11 "Under Investigation" counts as open' in said
    assert "asking every 30s costs 10 credits a minute" in said
    assert code == 1
    desk.configure(statuses={"11": {"phase": "open"}})
    code, said = desk.run("check", "--live")
    assert code == 0
    assert "NOT" not in said


def test_a_live_check_names_what_the_key_may_not_read(desk: Desk) -> None:
    desk.configure(workspaces=[2, 77])
    code, said = desk.run("check", "--live")
    assert code == 1
    assert "ok  workspace 2: IT" in said
    assert "NOT workspace 77: the key does not see it" in said
    desk.configure(statuses={"11": {"phase": "open"}})
    desk.helpdesk.switches.hidden_features = frozenset({"agents"})
    code, said = desk.run("check", "--live")
    assert code == 1
    assert "listing the agents: the agent behind the API key lacks the right" in said
    assert "config/agents.yaml" in said


def test_a_live_check_says_when_polling_costs_too_much(desk: Desk) -> None:
    desk.configure(poll_interval="2s", statuses={"11": {"phase": "open"}})
    code, said = desk.run("check", "--live")
    assert code == 1
    assert "costs 150 credits a minute" in said
    assert "set poll_interval to 5s or more" in said


@pytest.mark.parametrize("fault", [faults.missing, faults.login_page, faults.bad_gateway])
def test_a_live_check_of_a_wrong_address_exits_4(desk: Desk, fault: Any) -> None:
    desk.helpdesk.faults.add("any", fault(), times=None)
    code, said = desk.run("check", "--live")
    assert code == 4
    assert "NOT" in said
    assert "Traceback" not in said


def test_show_prints_the_file_and_raw_prints_what_the_helpdesk_says(desk: Desk) -> None:
    desk.run("--once")
    id_ = desk.helpdesk.open_tickets()[0].id
    code, said = desk.run("show", f"fs-{id_}")
    assert code == 0
    assert json.loads(said)["key"] == f"fs-{id_}"
    number = json.loads(said)["number"]
    for called in (number, f"#{number}", str(id_)):
        assert desk.run("show", called) == (0, said), called
    for called in (f"fs-{id_}", number):
        code, said = desk.run("show", called, "--raw")
        assert code == 0
        assert json.loads(said)["stats"]


@pytest.mark.parametrize("wanted", ["fs-9", "INC-9", "../../etc/passwd"])
def test_showing_a_ticket_that_is_not_there_is_told(desk: Desk, wanted: str) -> None:
    code, said = desk.run("show", wanted)
    assert code == 2
    assert said.startswith(f"there is no ticket {wanted} in ")


def test_showing_a_damaged_file_says_what_is_wrong_with_it(desk: Desk) -> None:
    (desk.home / "tickets").mkdir(exist_ok=True)
    (desk.home / "tickets" / "fs-9.json").write_text("{", "utf-8")
    code, said = desk.run("show", "fs-9")
    assert code == 1
    assert "fs-9.json: " in said


@pytest.mark.parametrize("key", ["fs", "hr-1", "fs-x", "fs-", "fs-١"])
def test_a_raw_key_of_no_source_is_answered_with_the_sources(desk: Desk, key: str) -> None:
    code, said = desk.run("show", key, "--raw")
    assert code == 2
    assert "with a source of fs" in said


def test_names_are_yaml_to_copy_and_the_admins_own_names_win(desk: Desk) -> None:
    agent, other = list(desk.helpdesk.directory.agents)[:2]
    (desk.home / "config" / "agents.yaml").write_text(f'"{agent}": "ana: the first"\n', "utf-8")
    code, said = desk.run("names")
    assert code == 0
    agents, requesters = said.split("# fs: for config/requesters.yaml")
    told = yaml.safe_load(agents)
    assert told[str(agent)] == "ana: the first"
    assert told[str(other)] == desk.helpdesk.directory.agents[other].name
    assert yaml.safe_load(requesters)
    code, said = desk.run("names", "requesters")
    assert yaml.safe_load(said) == yaml.safe_load(requesters)


def test_help_names_every_command() -> None:
    result: Result = CliRunner().invoke(main, ["--help"])
    for word in ("check", "show", "names", "--once", "--home"):
        assert word in result.output


@pytest.mark.processes
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGUSR1")
def test_a_daemon_refreshes_on_sigusr1_and_stops_on_sigterm(desk: Desk) -> None:
    daemon = warm.start(
        [sys.executable, str(ROOT / "ticket_watcher.py"), "--home", str(desk.home)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        folder = TicketFolder(desk.home / "tickets")
        wait_for(lambda: len(whole_tickets(folder)) == 5)
        new = desk.helpdesk.create_ticket("Now, please")
        daemon.send_signal(signal.SIGUSR1)
        wait_for(lambda: (desk.home / "tickets" / f"fs-{new.id}.json").exists())
        asked = monotonic()
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(10) == 0
        assert monotonic() - asked < 2.5
    finally:
        daemon.kill()
        daemon.wait()


def whole_tickets(folder: TicketFolder) -> list[Ticket]:
    """The tickets whose details are known."""
    tickets = [folder.load(path.name) for path in folder.root.glob("*.json")]
    return [t for t in tickets if isinstance(t, Ticket) and not is_partial(t)]


def wait_for(truth: Any, seconds: float = 20.0) -> None:
    """Wait until something is true, at most so long."""
    until = monotonic() + seconds
    while not truth():
        assert monotonic() < until, "it did not happen in time"
        threading.Event().wait(0.05)


def test_a_raw_ticket_cannot_steer_the_terminal_and_stays_json() -> None:
    told = {"subject": "a\x9b31m\x1b[2J\x7f\u202e\u2028b Zoë", "n\x9b": "x\U000e0041"}
    shown = as_json(told)
    assert json.loads(shown) == told
    assert "Zoë" in shown
    assert all(c == "\n" or c.isprintable() for c in shown)
