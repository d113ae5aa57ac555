"""Moving over from Ticket Dash: everything arrives, nothing is overwritten, and it may be done twice."""

import errno
import hashlib
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from deskwatch import cli
from deskwatch.__main__ import main
from deskwatch.config import CLONE, Home, check, load
from deskwatch.core.board import place
from deskwatch.core.ticket import Phase, Priority, parse_instant
from deskwatch.core.ticket_dash import standing
from deskwatch.migrate import command, placing
from deskwatch.migrate.constants import NEWEST
from deskwatch.migrate.dash_yaml import names_yaml
from deskwatch.migrate.placing import plain
from deskwatch.sources.http_words import clean_line
from deskwatch.store.errors import StoreError
from deskwatch.store.lock import OneOf
from deskwatch.store.tickets import TicketFolder
from deskwatch.web.ticket_dash import rules_of
from tests import warm
from tests.core.test_ticket_dash import CASES, Case
from tests.core.test_ticket_dash import NOW as CASES_NOW
from tests.core.test_ticket_dash import ticket as ticket_of
from tests.migrate.dash import GROUP, KEY, MAIN, make_folder, raw_ticket, written

ENV = {"FRESHSERVICE_API_KEY": "another"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path)


@pytest.fixture
def run(home: Home, capsys: pytest.CaptureFixture[str]):
    """``run(folder, "--dry-run")``: the exit code and everything that was printed."""

    def run(folder: Path, *more: str) -> tuple[int, str]:
        code = cli.exit_code(main, ["import", "ticket-dash", str(folder), "--home", str(home.path), *more])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def contents(root: Path) -> dict[str, tuple[bytes, int]]:
    """Every file, with its bytes and its rights; locks and staging folders aside."""
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
        for path in root.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }


def tickets_of(home: Home) -> dict[str, object]:
    folder = TicketFolder(home.tickets)
    return {name: folder.load(name) for name, _ in folder.entries()}


# What arrives


def test_everything_arrives_and_the_configuration_is_fine(run, folder, home) -> None:
    code, said = run(folder)
    assert (code, "Done." in said) == (0, True)
    assert check(home, env={}).problems == ()
    config = load(home, env={}, needs=("deskwatch", "sources"))
    source = config.sources["freshservice"]
    assert (source.api_root, source.api_key.reveal()) == ("https://acme.freshservice.com", KEY)
    assert (source.types, source.phases[26]) == (["Incident", "Service Request"], Phase.CUSTOMER_REPLIED)
    assert list(config.boards) == ["helpdesk", "professional-services"]
    assert [section.title for section in config.boards["helpdesk"].sections] == [
        "Open Helpdesk Tickets", "Customer Replied", "Needs Agent / Update Overdue",
        "Other Active Helpdesk Tickets",
    ]  # fmt: skip
    board = config.boards["professional-services"]
    assert (board.busy_at, board.flooded_at) == (100, 110)
    assert (config.web.poll_seconds, config.web.port) == (30, 5001)
    assert config.watcher.poll_interval == timedelta(minutes=3)
    assert config.sla.update_limits[Priority.URGENT] == timedelta(minutes=30)
    assert (config.sla.warning, config.sla.critical) == (timedelta(hours=12), timedelta(hours=4))
    assert config.agents["19000010003"] == "Agent no. 3"
    assert config.requesters["19000020040"] == "Caller 40"


def test_a_ticket_is_what_the_watcher_would_have_written(run, folder, home) -> None:
    run(folder)
    row = raw_ticket(1001)
    ticket = TicketFolder(home.tickets).read("freshservice-1001")
    assert (ticket.subject, ticket.source, ticket.type) == (row["subject"], "freshservice", row["type"])
    assert ticket.url == "https://acme.freshservice.com/a/tickets/1001"
    assert ticket.updated_at == parse_instant(row["updated_at"])
    assert ticket.status.id == str(row["status"])
    assert ticket.requester is not None
    assert ticket.requester.name == f"Caller {row['requester_id'] - 19000020000}"
    assert ticket.first_seen_at is not None
    assert len(tickets_of(home)) == 20


def test_the_archive_is_kept_by_month_with_the_last_state_of_each_ticket(run, folder, home) -> None:
    run(folder)
    found = {path.relative_to(home.tickets).as_posix() for path in home.tickets.glob("archive/*/*.json")}
    assert found == {
        "archive/2026-01/freshservice-900.json",
        "archive/2026-02/freshservice-901.json",
        "archive/2026-02/freshservice-902.json",
    }
    kept = json.loads((home.tickets / "archive/2026-02/freshservice-901.json").read_text())
    assert (kept["subject"], kept["archived_at"]) == ("Over since 2026-02-09", "2026-02-09T12:00:00Z")
    assert TicketFolder(home.tickets).archived("freshservice-900") is not None
    assert load(home, env=ENV).watcher.archive_days == 3650


def test_a_thousand_tickets_arrive_and_stand_on_two_boards(run, tmp_path, home) -> None:
    run(make_folder(tmp_path, tickets=1000))
    config = load(home, env=ENV)
    tickets = list(tickets_of(home).values())
    helpdesk, projects = config.boards["helpdesk"], config.boards["professional-services"]
    assert len(tickets) == 1000
    for ticket in tickets:
        in_group = ticket.group is not None and ticket.group.id == str(GROUP)
        assert (helpdesk.shows(ticket), projects.shows(ticket)) == (not in_group, in_group)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.words) for case in CASES])
def test_the_board_of_an_import_sorts_as_ticket_dash_did(case: Case, imported) -> None:
    row = place(imported.boards["helpdesk"], ticket_of(case), imported.sla, now=CASES_NOW)
    assert row is not None
    sections = {"s1": "open", "s2": "customer-replied", "s3": "needs-agent", "s4": "other"}
    assert row.section == sections[case.section]
    if case.state is not None:
        assert row.state == case.state


def test_board_and_api_put_every_imported_ticket_in_the_same_section(imported) -> None:
    names = ["open", "customer-replied", "needs-agent", "other"]
    board, rules = imported.boards["helpdesk"], rules_of(imported)
    tickets = [ticket for ticket in tickets_of(imported.home).values() if board.shows(ticket)]
    assert len(tickets) > 100
    for ticket in tickets:
        row = place(board, ticket, imported.sla, now=CASES_NOW)
        assert row.section == names[standing(ticket, rules, now=CASES_NOW).section - 1]


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """The configuration of a home after an import."""
    root = tmp_path_factory.mktemp("imported")
    folder, place = make_folder(root, tickets=300), root / "home"
    assert cli.exit_code(main, ["import", "ticket-dash", str(folder), "--home", str(place)]) == 0
    return load(Home(place), env=ENV)


# Secrets


def test_the_key_is_for_this_user_only_and_is_never_printed(run, folder, home) -> None:
    _, said = run(folder)
    assert KEY not in said
    env = home.path / ".env"
    assert f"FRESHSERVICE_API_KEY='{KEY}'" in env.read_text()
    assert stat.S_IMODE(env.stat().st_mode) == 0o600


def test_a_key_that_is_there_already_stays(run, folder, home) -> None:
    home.path.mkdir()
    (home.path / ".env").write_text("OTHER=1\nexport FRESHSERVICE_API_KEY=mine")
    code, said = run(folder)
    assert (home.path / ".env").read_text() == "OTHER=1\nexport FRESHSERVICE_API_KEY=mine"
    assert code == 1
    assert "another FRESHSERVICE_API_KEY" in said


def test_a_key_joins_what_env_says_already(run, folder, home) -> None:
    home.path.mkdir()
    (home.path / ".env").write_text("OTHER=1\n# FRESHSERVICE_API_KEY=")
    assert run(folder)[0] == 0
    assert (
        (home.path / ".env").read_text().startswith("OTHER=1\n# FRESHSERVICE_API_KEY=\nFRESHSERVICE_API_KEY=")
    )


@pytest.mark.parametrize("token", [b"", b"\n", b"one\ntwo\n", b"\xff\xfe", b"a key", b"x" * 9000])
def test_a_token_that_is_no_key_is_told_without_showing_it(run, folder, home, token) -> None:
    (folder / "token.txt").write_bytes(token)
    code, said = run(folder)
    assert code == 1
    assert "token.txt" in said
    assert not (home.path / ".env").exists()
    assert "two" not in said.split("token.txt")[1].split("\n")[0]


def test_certificate_and_key_move_as_a_pair_and_never_replace_others(run, folder, home) -> None:
    (folder / "cert.pem").write_bytes(b"certificate")
    run(folder)
    assert not (home.path / "cert.pem").exists()
    (folder / "key.pem").write_bytes(b"key")
    run(folder)
    assert (home.path / "cert.pem").read_bytes() == b"certificate"
    assert stat.S_IMODE((home.path / "key.pem").stat().st_mode) == 0o600
    (folder / "key.pem").write_bytes(b"another")
    code, said = run(folder)
    assert (code, (home.path / "key.pem").read_bytes()) == (1, b"key")
    assert "key.pem: another one is there already and stays" in said


@pytest.mark.parametrize("half", ["cert.pem", "key.pem"])
def test_half_of_another_pair_is_not_completed(run, folder, home, half) -> None:
    for name in ("cert.pem", "key.pem"):
        (folder / name).write_bytes(b"of Ticket Dash")
    home.path.mkdir()
    (home.path / half).write_bytes(b"another")
    code, said = run(folder)
    assert (code, f"{half}: another one is there already and stays" in said) == (1, True)
    assert [path.read_bytes() for path in home.path.glob("*.pem")] == [b"another"]


def test_an_env_that_cannot_be_read_or_leads_elsewhere_stays_as_it_is(run, folder, home) -> None:
    home.path.mkdir()
    env = home.path / ".env"
    env.write_bytes(b"# caf\xe9\nFRESHSERVICE_API_KEY=mine\n")
    code, said = run(folder)
    assert (code, env.read_bytes()) == (1, b"# caf\xe9\nFRESHSERVICE_API_KEY=mine\n")
    assert ".env is not text in UTF-8" in said
    env.rename(home.path / "elsewhere")
    (home.path / "elsewhere").write_bytes(b"OTHER=1\n")
    env.symlink_to("elsewhere")
    code, said = run(folder)
    assert (code, env.is_symlink(), env.read_bytes()) == (1, True, b"OTHER=1\n")
    assert ".env leads elsewhere and stays" in said
    assert KEY not in said


def test_a_key_in_the_address_of_the_helpdesk_is_not_shown(run, folder, home) -> None:
    address = f"https://{KEY}:x@acme.freshservice.com"
    (folder / "main.py").write_text(MAIN.replace("acme.freshservice.com", address))
    code, said = run(folder)
    assert (code, KEY in said) == (0, False)
    assert "Helpdesk: acme.freshservice.com." in said


# Odd folders


def test_odd_files_are_told_by_name_and_hold_up_nothing(run, tmp_path, home) -> None:
    code, said = run(make_folder(tmp_path, odd=True))
    assert code == 1
    for file in (
        "tickets/2001.txt",
        "tickets/2002.txt",
        "tickets/2006.txt",
        "tickets/2009.txt",
        "tickets/2011.txt",
    ):
        assert f"! {file}: " in said
    assert "2 other files ignored: 27.json, notes.txt" in said
    assert "1 ticket left out: resolved or closed" in said
    assert "1 ticket left out: its type is Alert" in said
    found = tickets_of(home)
    assert found.keys() >= {f"freshservice-{n}.json" for n in (1001, 2003, 2004, 2010)}
    assert len(found) == 23
    assert found["freshservice-1001.json"].subject == "Newer"
    assert "ticket 1001 is there twice; the newer one counts" in said


def test_bad_lines_of_the_maps_are_told_by_line_and_the_others_arrive(run, tmp_path, home) -> None:
    _, said = run(make_folder(tmp_path, odd=True))
    for number in (3, 4, 5):
        assert f"! agents.txt:{number}: expected id:Name" in said
    assert "agents.txt: 'x1' is not an id" in said
    config = load(home, env=ENV)
    assert config.agents == {
        "19000010001": "Ana: second line",
        "19000010003": "Ben Two",
        "19000010004": "Mía # 1",
        "19000010005": "null",
    }


def test_a_file_that_is_no_python_is_told(run, tmp_path) -> None:
    _, said = run(make_folder(tmp_path, odd=True))
    assert "! old.py: is not read, it is no Python" in said


def test_its_programs_are_read_and_never_run(run, folder, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(folder)[0] == 0
    assert not (tmp_path / "ran").exists()
    assert not (folder / "ran").exists()


def test_the_folder_it_came_from_stays_as_it_is(run, tmp_path) -> None:
    folder = make_folder(tmp_path, odd=True)
    before = contents(folder)
    run(folder)
    assert contents(folder) == before


@pytest.mark.parametrize("what", ["empty", "a file", "nothing"])
def test_what_is_no_such_folder_is_wrong_usage(run, tmp_path, what, home) -> None:
    place = tmp_path / "place"
    if what == "empty":
        place.mkdir()
    elif what == "a file":
        place.write_text("x")
    assert run(place)[0] == 2
    assert not home.path.exists()


def test_a_home_inside_the_folder_is_wrong_usage(folder, capsys) -> None:
    for inside in (folder, folder / "new"):
        assert cli.exit_code(main, ["import", "ticket-dash", str(folder), "--home", str(inside)]) == 2
    assert "which shall stay as it is" in capsys.readouterr().err
    assert not (folder / "new").exists()


def test_the_folder_may_lie_in_the_home(folder, home) -> None:
    inside = home.path / "old"
    shutil.copytree(folder, inside)
    assert cli.exit_code(main, ["import", "ticket-dash", str(inside), "--home", str(home.path)]) == 0
    assert len(tickets_of(home)) == 20


@pytest.mark.parametrize("place", ["tickets", "tickets/archive"])
def test_a_folder_that_cannot_be_listed_is_told(run, folder, place) -> None:
    shutil.rmtree(folder / place)
    (folder / place).write_text("a file where a folder should be")
    code, said = run(folder)
    assert code == 1
    assert f"{folder / place}: cannot be read" in said


def test_without_any_ticket_the_rest_arrives(run, folder, home) -> None:
    shutil.rmtree(folder / "tickets")
    code, said = run(folder)
    assert (code, "0 tickets there already" in said) == (0, True)
    assert check(home, env={}).problems == ()


def test_without_a_domain_it_asks_for_one(run, tmp_path, home) -> None:
    folder = make_folder(tmp_path, main="")
    (folder / "ticket_watcher.py").unlink()
    code, said = run(folder)
    assert (code, "--domain" in said) == (2, True)
    assert run(folder, "--domain", "https://help.example.org/")[0] == 0
    assert load(home, env=ENV).sources["freshservice"].api_root == "https://help.example.org"


def test_a_running_watcher_is_not_disturbed(run, folder, home) -> None:
    with OneOf(home.state / "watcher.lock"):
        code, said = run(folder)
    assert (code, not home.tickets.exists()) == (3, True)
    assert "stop that process first" in said


# Constants


def test_constants_of_the_newest_version_differ_in_nothing(run, folder) -> None:
    _, said = run(folder)
    assert "All constants are those of the newest version" in said
    assert "Helpdesk: acme.freshservice.com." in said


def test_every_constant_that_differs_is_told_with_its_place_and_taken_over(run, tmp_path, home) -> None:
    own = (
        MAIN.replace("FR_SLA_WARNING_HOURS = 12", "FR_SLA_WARNING_HOURS = 2 * 4")
        .replace("minutes=30", "minutes=45")
        .replace("ON_HOLD_STATUS_ID = 23", "ON_HOLD_STATUS_ID = 33")
        .replace('13: "Under Investigation"', '41: "Triage: new"')
        .replace("seconds=180", "seconds=90")
        .replace("port=5001", "port=8080")
        .replace('"Helpdesk"', '"Service Desk"')
        .replace("GROUP_ID = 19000234009", "GROUP_ID = 77")
    )
    code, said = run(make_folder(tmp_path, main=own))
    assert code == 0
    for words in (
        "main.py:10: FR_SLA_WARNING_HOURS is 8; the newest version has 12",
        "SLA_UPDATE_THRESHOLDS is 1: 4d, 2: 3d, 3: 2d, 4: 45m; the newest",
        "main.py:15: ON_HOLD_STATUS_ID is 33; the newest version has 23",
        "41: Triage: new",
        "POLL_INTERVAL is 90; the newest version has 180",
        "port is 8080; the newest version has 5001",
        "PROFESSIONAL_SERVICES_GROUP_ID is 77; the newest version has 19000234009",
        "helpdesk: Service Desk",
    ):
        assert words in said
    config = load(home, env=ENV)
    assert (config.sla.warning, config.web.port) == (timedelta(hours=8), 8080)
    assert config.watcher.poll_interval == timedelta(seconds=90)
    assert config.web.ticket_dash.on_hold == 33
    assert config.sources["freshservice"].statuses[33].phase is Phase.ON_HOLD
    assert config.sources["freshservice"].statuses[41].name == "Triage: new"
    assert config.boards["helpdesk"].title == "Service Desk"
    assert config.boards["professional-services"].match[0].groups == ("77",)


def test_files_that_disagree_are_told_and_the_page_counts(run, folder, home) -> None:
    (folder / "ticket_watcher.py").write_text('FRESHSERVICE_DOMAIN = "old.freshservice.com"\n')
    _, said = run(folder)
    assert (
        "ticket_watcher.py:1: FRESHSERVICE_DOMAIN is old.freshservice.com; acme.freshservice.com of main.py"
        in said
    )
    assert load(home, env=ENV).sources["freshservice"].subdomain == "acme"


@pytest.mark.parametrize(
    "line",
    [
        "FR_SLA_WARNING_HOURS = 'many'",
        "FR_SLA_WARNING_HOURS = -1",
        "SLA_UPDATE_THRESHOLDS = {4: 30}",
        "STATUS_IDS_TO_INCLUDE = ['2']",
        "SUPPORTED_VIEWS = {1: 2}",
        "OPEN_STATUS_ID = 2.5",
        "FR_SLA_CRITICAL_HOURS = 1e18",
        "FR_SLA_WARNING_HOURS = 9e7",
        "SLA_UPDATE_THRESHOLDS = {4: timedelta(days=99999999)}",
        "STATUS_IDS_TO_INCLUDE = [True]",
    ],
)
def test_a_constant_of_another_kind_is_left_out_and_told(run, folder, home, line) -> None:
    (folder / "gui.py").write_text(line + "\n")
    (folder / "main.py").write_text('FRESHSERVICE_DOMAIN = "acme.freshservice.com"\n')
    code, said = run(folder)
    assert code == 1
    assert f"gui.py:1: {line.partition(' ')[0]} is left out" in said
    assert check(home, env=ENV).problems == ()


@pytest.mark.parametrize(
    "line",
    [
        "FR_SLA_WARNING_HOURS = int(os.environ['HOURS'])",
        "FR_SLA_WARNING_HOURS = 1 / 0",
        "FR_SLA_WARNING_HOURS = UNKNOWN",
        "FR_SLA_WARNING_HOURS = " + "1 + " * 5000 + "1",
        "SLA_UPDATE_THRESHOLDS = {4: datetime.timedelta(days=10**99)}",
        "SLA_UPDATE_THRESHOLDS = {4: timedelta(days=9 * 999999999999)}",
        "FR_SLA_WARNING_HOURS: int",
        "X = 'a' * 999999999999",
        "x = 9\n" + "x = x * x\n" * 60,
        "STATUS_NAMES = {0x" + "f" * 5000 + ": 'Open'}",
        "STATUS_NAMES = {True: 'Open'}",
        "SUPPORTED_VIEWS = {'null': 'Nothing', 'true': 'Yes', '123': 'Numbers'}",
    ],
)
def test_whatever_its_files_say_what_is_written_is_fine(run, folder, home, line) -> None:
    (folder / "main.py").write_text(f'FRESHSERVICE_DOMAIN = "acme.freshservice.com"\n{line}\n')
    assert run(folder)[0] in (0, 1)
    assert check(home, env=ENV).problems == ()


# Never overwritten, and twice the same


def test_a_second_time_changes_nothing_and_says_so(run, tmp_path, home) -> None:
    folder = make_folder(tmp_path, odd=True)
    run(folder)
    before = contents(home.path)
    code, said = run(folder)
    assert contents(home.path) == before
    assert "Nothing had to be changed." in said
    assert code == 1  # the half-written ticket is still there to be looked at
    assert "says already who may look" in run(folder, "--allow-network", "10.0.0.0/8")[1]
    assert contents(home.path) == before


def test_a_dry_run_says_the_same_and_writes_nothing(run, folder, home) -> None:
    code, said = run(folder, "--dry-run")
    assert (code, home.path.exists()) == (0, False)
    assert "Nothing" in said.splitlines()[-1] or "nothing was" in said.splitlines()[-1]
    for what in ("config/sources.yaml", "20 tickets", ".env"):
        assert what in said


def test_shipped_files_are_replaced_and_kept_beside(run, folder, home) -> None:
    shutil.copytree(CLONE / "config", home.config)
    before = (home.config / "boards.yaml").read_bytes()
    assert run(folder)[0] == 0
    assert (home.config / "boards.yaml.before-import").read_bytes() == before
    assert list(load(home, env=ENV).boards) == ["helpdesk", "professional-services"]
    assert (
        (home.config / "sla.yaml")
        .read_text()
        .startswith("# yaml-language-server: $schema=schema/sla.schema.json")
    )
    assert "19000010003: Agent no. 3" in (home.config / "agents.yaml").read_text()
    after = contents(home.path)
    assert "Nothing had to be changed." in run(folder)[1]
    assert contents(home.path) == after


def test_comments_in_a_file_of_defaults_are_kept_each_time(run, folder, home) -> None:
    home.config.mkdir(parents=True)
    for comment in ("# first\n", "# second\n", "# second\n"):
        (home.config / "boards.yaml").write_text(comment)
        assert "written; it held only defaults, kept as boards.yaml.before-import" in run(folder)[1]
    kept = {path.name: path.read_text() for path in home.config.glob("*.before-import*")}
    assert kept == {"boards.yaml.before-import": "# first\n", "boards.yaml.before-import-2": "# second\n"}


def test_a_file_of_ones_own_stays_and_what_was_wanted_lies_beside_it(run, folder, home) -> None:
    home.config.mkdir(parents=True)
    own = "hall:\n  title: Hall\n"
    (home.config / "boards.yaml").write_text(own)
    code, said = run(folder)
    assert (code, (home.config / "boards.yaml").read_text()) == (1, own)
    beside = home.config / "boards.ticket-dash.yaml"
    assert "professional-services:" in beside.read_text()
    assert "config/boards.yaml is your own and stays" in said
    assert "+professional-services:" in said
    warnings = [str(problem) for problem in check(home, env=ENV).problems]
    assert warnings == [f'config/{beside.name}: warning: is not read. Did you mean "boards.yaml"?']
    before = contents(home.path)
    assert "Nothing had to be changed." in run(folder)[1]
    assert contents(home.path) == before


def test_a_key_in_a_file_of_ones_own_is_not_shown_as_a_difference(run, folder, home) -> None:
    home.config.mkdir(parents=True)
    mine = "desk: {kind: freshservice, subdomain: acme, api_key: a-key-in-the-wrong-place}\n"
    (home.config / "sources.yaml").write_text(mine)
    code, said = run(folder)
    assert (code, "wrong-place" in said) == (1, False)
    assert "config/sources.yaml is your own and stays" in said
    assert (home.config / "sources.ticket-dash.yaml").exists()


def test_a_file_that_has_it_all_and_more_is_fine(run, folder, home) -> None:
    run(folder)
    path = home.config / "boards.yaml"
    path.write_text(path.read_text() + "hall:\n  title: Hall\n")
    deskwatch = home.config / "deskwatch.yaml"
    deskwatch.write_text(deskwatch.read_text().replace("allow_networks: []", "allow_networks: [10.0.0.7]"))
    code, said = run(folder)
    assert (code, "Nothing had to be changed." in said) == (0, True)
    assert not list(home.config.glob("*.ticket-dash.yaml"))


def test_names_are_added_and_never_changed(run, folder, home) -> None:
    home.config.mkdir(parents=True)
    (home.config / "agents.yaml").write_text("# ours\n19000010001: Ana\n")
    code, said = run(folder)
    text = (home.config / "agents.yaml").read_text()
    assert text.startswith("# ours\n19000010001: Ana\n")
    assert load(home, env=ENV).agents["19000010002"] == "Agent no. 2"
    assert code == 1
    assert "config/agents.yaml calls 19000010001 'Ana' and keeps it; agents.txt says 'Agent no. 1'" in said


@pytest.mark.parametrize(
    "there", ["{}", "{19000010001: Ana}", "- a list", "19000010001: [", "19000010001: Ana\n..."]
)
def test_a_names_file_that_cannot_be_added_to_stays(run, folder, home, there) -> None:
    home.config.mkdir(parents=True)
    (home.config / "agents.yaml").write_text(there)
    code, said = run(folder)
    assert (home.config / "agents.yaml").read_text() == there
    assert (code, "agents.yaml" in said) == (1, True)


def test_a_ticket_that_is_there_already_stays(run, folder, home) -> None:
    run(folder)
    path = home.tickets / "freshservice-1001.json"
    newer = path.read_bytes().replace(b"prints stripes", b"was repaired")
    path.write_bytes(newer)
    run(folder)
    assert path.read_bytes() == newer


def test_a_source_of_that_account_keeps_its_name(run, folder, home) -> None:
    home.config.mkdir(parents=True)
    (home.config / "sources.yaml").write_text("acme:\n  kind: freshservice\n  subdomain: ACME\n")
    run(folder)
    assert (home.tickets / "acme-1001.json").exists()


def test_new_tickets_of_a_ticket_dash_that_still_runs_arrive_the_next_time(run, folder, home) -> None:
    run(folder)
    (folder / "tickets" / "5000.txt").write_bytes(written(raw_ticket(5000)))
    _, said = run(folder)
    assert "1 ticket written" in said
    assert len(tickets_of(home)) == 21


@pytest.mark.processes
def test_killed_in_the_middle_and_run_again_it_is_the_same(tmp_path, home) -> None:
    folder = make_folder(tmp_path, tickets=400)
    whole = Home(tmp_path / "whole")
    command = [sys.executable, "-m", "deskwatch", "import", "ticket-dash", str(folder), "--home"]
    assert warm.start([*command, str(whole.path)], stdout=subprocess.DEVNULL).wait(timeout=60) == 0
    marks = ["config/agents.yaml", "tickets/freshservice-1001.json", "tickets/archive/2026-01", ".env"]
    for mark in marks:  # kill -9 as soon as this appears
        process = warm.start([*command, str(home.path)], stdout=subprocess.DEVNULL)
        while process.poll() is None and not (home.path / mark).exists():
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.002)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
        for path in home.path.glob("config/*.yaml"):
            assert path.read_bytes(), f"{path.name} is empty"
    assert warm.start([*command, str(home.path)], stdout=subprocess.DEVNULL).wait(timeout=60) == 0

    def without_time(place: Home) -> dict[str, object]:
        found = {
            name: (data, mode) for name, (data, mode) in contents(place.path).items() if "staging" not in name
        }
        for name, (data, mode) in found.items():
            if name.startswith("tickets/freshservice"):
                stamps = {"first_seen_at": None, "seen_at": None}
                found[name] = ({**json.loads(data), **stamps}, mode)
        return found

    assert without_time(home) == without_time(whole)


# Who may look


def test_without_a_decision_only_this_machine_may_look_and_the_ways_are_told(run, folder, home) -> None:
    _, said = run(folder)
    assert "--allow-network" in said
    config = load(home, env=ENV)
    assert config.web.host == "127.0.0.1"
    assert not any((config.access.allow_networks, config.access.tokens, config.access.insecure_open))


def test_networks_are_written_down(run, folder, home) -> None:
    run(folder, "--allow-network", "192.168.10.0/24", "--allow-network", "10.0.0.7")
    config = load(home, env=ENV)
    assert [str(network) for network in config.access.allow_networks] == ["192.168.10.0/24", "10.0.0.7/32"]
    assert config.web.host == "0.0.0.0"


def test_of_a_wall_link_only_the_hash_is_kept_and_the_link_is_told_once(run, folder, home) -> None:
    _, said = run(folder, "--wall-link")
    (token,) = load(home, env=ENV).access.tokens
    link = said.split("/w/")[1].split()[0]
    assert link not in (home.config / "deskwatch.yaml").read_text()
    assert hashlib.sha256(link.encode()).hexdigest() == token.sha256
    assert "/w/" not in run(folder, "--wall-link")[1]


def test_what_is_no_network_is_wrong_usage(run, folder, home) -> None:
    code, said = run(folder, "--allow-network", "192.168.10.5/24")
    assert (code, "192.168.10.0/24" in said) == (2, True)
    assert not home.path.exists()


def test_a_wall_link_is_told_with_the_address_of_this_machine(run, folder, home) -> None:
    _, said = run(folder, "--wall-link")
    assert f"  http://{socket.gethostname()}:5001/w/" in said


def test_at_a_terminal_it_asks_who_may_look(folder, home, monkeypatch) -> None:
    monkeypatch.setattr(command, "at_a_terminal", lambda: True)
    answers = CliRunner().invoke(
        main,
        ["import", "ticket-dash", str(folder), "--home", str(home.path)],
        input="2\n192.168.10.0/24, 10.0.0.7\n",
    )
    assert answers.exit_code == 0, answers.output
    assert "Who may look from now on?" in answers.output
    networks = load(home, env=ENV).access.allow_networks
    assert [str(network) for network in networks] == ["192.168.10.0/24", "10.0.0.7/32"]
    again = CliRunner().invoke(main, ["import", "ticket-dash", str(folder), "--home", str(home.path)])
    assert "Who may look" not in again.output, "it was decided already"


def test_an_enter_at_the_question_keeps_everybody_else_out(folder, home, monkeypatch) -> None:
    monkeypatch.setattr(command, "at_a_terminal", lambda: True)
    asked = CliRunner().invoke(
        main, ["import", "ticket-dash", str(folder), "--home", str(home.path)], input="\n"
    )
    assert asked.exit_code == 0, asked.output
    assert load(home, env=ENV).web.host == "127.0.0.1"


def test_the_guide_names_every_constant() -> None:
    guide = (CLONE / "docs" / "from-ticket-dash.md").read_text("utf-8")
    for name in NEWEST:
        assert name.isupper() is False or name.endswith("_STATUS_ID") or f"`{name}`" in guide, name


# What other installations look like


def test_a_key_kept_elsewhere_in_the_home_is_not_outdone(run, folder, home) -> None:
    secret = home.config / "secrets" / "FRESHSERVICE_API_KEY"
    secret.parent.mkdir(parents=True)
    secret.write_text("mine")
    code, said = run(folder)
    assert (code, (home.path / ".env").exists()) == (1, False)
    assert "another FRESHSERVICE_API_KEY" in said
    secret.write_text(KEY)
    assert run(folder)[0] == 0
    assert not (home.path / ".env").exists()


def test_more_names_than_yaml_takes_are_kept_as_a_text_file(run, folder, home) -> None:
    people = "".join(f"{19000500000 + n}:Caller with a rather long name, no. {n}\n" for n in range(25_000))
    (folder / "requesters.txt").write_text(people)
    run(folder)
    assert len(load(home, env=ENV).requesters) == 25_000
    before = contents(home.path)
    assert "Nothing had to be changed." in run(folder)[1]
    assert contents(home.path) == before


ANY_NAME = st.text(min_size=1, max_size=40).filter(lambda name: clean_line(name, longest=120))


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.integers(1, 10**12).map(str), ANY_NAME, min_size=1, max_size=5))
def test_any_name_arrives_as_it_is(names: dict[str, str]) -> None:
    cleaned = {id_: clean_line(name, longest=120) for id_, name in names.items()}
    text = names_yaml("agents", cleaned, schema=False)
    assert plain(text.encode("utf-8"), "config/agents.yaml") == cleaned


def test_a_status_that_an_older_version_did_not_know_has_no_part_to_play(run, tmp_path, home) -> None:
    older = MAIN.replace("PENDING_HUBSPOT_STATUS_ID = 27\n", "").replace(
        '        PENDING_HUBSPOT_STATUS_ID: "Pending Hubspot",\n', ""
    )
    assert run(make_folder(tmp_path, main=older))[0] == 0
    config = load(home, env=ENV)
    assert 27 not in config.sources["freshservice"].statuses
    assert rules_of(config).never_silent is None
    assert config.boards["helpdesk"].sections[2].not_match == ()


def test_of_a_constant_that_is_set_twice_the_last_counts(run, tmp_path, home) -> None:
    run(make_folder(tmp_path, main=MAIN.replace("app = Flask", "FR_SLA_WARNING_HOURS = 24\napp = Flask")))
    assert load(home, env=ENV).sla.warning == timedelta(hours=24)


def test_views_that_cannot_be_boards_are_told(run, tmp_path, home) -> None:
    own = MAIN.replace(
        '{"helpdesk": "Helpdesk"',
        '{"Field Team": "Field", "onsite": "On site: \\"all\\"", "helpdesk": "Helpdesk"',
    )
    code, said = run(make_folder(tmp_path, main=own))
    assert (code, "the view 'Field Team' is left out" in said) == (1, True)
    boards = load(home, env=ENV).boards
    assert list(boards) == ["onsite", "helpdesk", "professional-services"]
    assert boards["onsite"].title == 'On site: "all"'


@pytest.mark.parametrize(
    "domain",
    [
        "acme",
        "acme.freshservice.com",
        "https://ACME.freshservice.com/a/tickets/",
        "acme.freshservice.com:443",
    ],
)
def test_a_domain_is_understood_however_it_is_written(run, folder, home, domain) -> None:
    run(folder, "--domain", domain)
    assert load(home, env=ENV).sources["freshservice"].api_root == "https://acme.freshservice.com"


@pytest.mark.parametrize("domain", ["", "a b", "https://", "[::1", "-x.freshservice.com", "a..b", "x" * 300])
def test_what_is_no_domain_is_wrong_usage(run, tmp_path, home, domain) -> None:
    folder = make_folder(tmp_path, main=f"FRESHSERVICE_DOMAIN = {domain!r}\n")
    (folder / "ticket_watcher.py").unlink()
    code, said = run(folder)
    assert (code, "--domain" in said, home.path.exists()) == (2, True, False)


def test_a_desk_in_use_is_left_alone_by_a_second_import_with_other_constants(run, folder, home) -> None:
    run(folder)
    (folder / "main.py").write_text(MAIN.replace("WARNING_HOURS = 12", "WARNING_HOURS = 6"))
    code, said = run(folder)
    assert (code, load(home, env=ENV).sla.warning) == (1, timedelta(hours=12))
    assert "-  warning: 12h" in said
    assert "+  warning: 6h" in said


def test_a_disk_that_fills_up_is_told_with_what_was_done_and_a_second_try_ends_it(
    run, folder, home, monkeypatch
) -> None:
    real = placing.write_atomic

    def full(path: Path, data: bytes, **more: object) -> None:
        if path.name == "deskwatch.yaml":
            raise StoreError.of("write", path, OSError(errno.ENOSPC, "No space left on device"))
        real(path, data, **more)

    monkeypatch.setattr(placing, "write_atomic", full)
    code, said = run(folder, "--wall-link")
    assert (code, "the disk is full" in said, "20 tickets written" in said) == (1, True, True)
    assert "/w/" not in said, "a link that no file lets in"
    monkeypatch.undo()
    assert run(folder)[0] == 0
    assert check(home, env={}).problems == ()


@pytest.mark.parametrize("other", ["STATUS_PENDING_HUBSPOT", "PENDING_HUBSPOT_ID", "PENDING_HUBSPOT"])
def test_a_status_is_known_by_other_names_of_its_constant(run, tmp_path, home, other) -> None:
    own = MAIN.replace("PENDING_HUBSPOT_STATUS_ID", other).replace(f"{other} = 27", f"{other} = 57")
    run(make_folder(tmp_path, main=own))
    config = load(home, env=ENV)
    assert (config.web.ticket_dash.never_overdue, config.sources["freshservice"].statuses[57].name) == (
        57,
        "Pending Hubspot",
    )


def test_a_constant_of_any_name_keeps_its_part_when_the_table_has_the_status(run, tmp_path, home) -> None:
    run(make_folder(tmp_path, main=MAIN.replace("PENDING_HUBSPOT_STATUS_ID", "MARKETING")))
    assert load(home, env=ENV).web.ticket_dash.never_overdue == 27
