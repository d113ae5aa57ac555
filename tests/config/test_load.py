"""Loading: missing files are defaults, every mistake of every file comes at once with its place."""

import json
import os
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from deskwatch.config import (
    CLONE,
    Home,
    check,
    describe_problems,
    load,
    problems_as_github,
    problems_as_json,
    resolve_home,
)
from deskwatch.config.loading import SCHEMAS
from deskwatch.config.reference import settings_of
from deskwatch.core.hours import Span
from deskwatch.core.ticket import Phase, Priority
from deskwatch.errors import ConfigError, UsageError
from tests.config.conftest import Problems, Write


def test_an_empty_home_shows_the_demo(tmp_path: Path) -> None:
    config = load(Home(tmp_path), env={})
    assert config.demo
    assert list(config.sources) == ["demo"]
    assert list(config.boards) == ["helpdesk"]
    assert config.web.port == 5001
    assert config.sla.calendar == config.calendars["desk"]
    assert not list(tmp_path.iterdir()), "reading a configuration writes nothing"


def test_a_misspelt_weekday_is_answered_with_its_place_and_the_nearest_one(
    write: Write, problems: Problems
) -> None:
    write(hours="calendars:\n  desk:\n    week:\n      mun: 08:00-17:00\n")
    assert problems() == [
        "config/hours.yaml:4:7: calendars.desk.week.mun: not a weekday "
        '(use mon, tue, wed, thu, fri, sat, sun). Did you mean "mon"?'
    ]


def test_every_mistake_of_every_file_comes_in_one_run_sorted_by_file_and_line(
    write: Write, problems: Problems
) -> None:
    write(
        sla="calendar: dask\nthresholds: {warning: 1h, critical: 2h}\n"
        "updates:\n  limits: {urgnt: 5m, low: 20}\n",
        boards="a:\n  titel: x\n  match: [{sources: [dmo], phases: [opne]}]\n",
        deskwatch="zoen: UTC\nweb:\n  port: 0755\n",
        agents="1: ana\n1: ben\n",
        hours="calendars:\n\tdesk: 1\n",
    )
    found = problems()
    assert [line.partition(" ")[0] for line in found] == [
        "config/agents.yaml:2:1:",
        "config/boards.yaml:1:1:",
        "config/boards.yaml:2:3:",
        "config/boards.yaml:3:22:",
        "config/boards.yaml:3:37:",
        "config/deskwatch.yaml:1:1:",
        "config/deskwatch.yaml:3:3:",
        "config/hours.yaml:2:1:",
        "config/sla.yaml:2:1:",
        "config/sla.yaml:4:12:",
        "config/sla.yaml:4:23:",
    ]
    assert describe_problems(check(write(), env={}).problems).endswith("\n11 problems.")


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("deskwatch", "zoen: UTC", '1:1: zoen: unknown setting. Did you mean "zone"?'),
        ("deskwatch", "zone: Berlin", 'not a time zone such as Europe/Berlin. Did you mean "Europe/Berlin"?'),
        ("deskwatch", "web: {xyz: 1}", "1:7: web.xyz: unknown setting (known here: host, port, certificate"),
        ("deskwatch", "web: 5001", "1:1: web: expected settings (key: value, each on a line), got '5001'"),
        ("deskwatch", "- web", "expected settings (key: value, each on a line), got a list"),
        ("deskwatch", "just text", "expected settings (key: value, each on a line), got 'just text'"),
        ("deskwatch", "web: {port: 70000}", "web.port: must be at most 65535, got '70000'"),
        ("deskwatch", "web: {port: http}", "web.port: expected a whole number such as 30, got 'http'"),
        ("deskwatch", "web: {certificate: a.pem}", "web: certificate and key belong together"),
        ("deskwatch", "web: {frame_ancestors: x}", "expected a list such as [a, b], got 'x'"),
        ("deskwatch", "web: {frame_ancestors: ['*; script-src *']}", "expected sites such as https://"),
        ("deskwatch", "access: {insecure_open: maybe}", "expected true or false, got 'maybe'"),
        ("deskwatch", "access: {allow_networks: [10.0.0.1/8]}", 'Did you mean "10.0.0.0/8"?'),
        ("deskwatch", "access: {tokens: [{name: mia}]}", "access.tokens[0]: set either sha256 or token"),
        ("deskwatch", "access: {tokens: [{name: mia, sha256: abc}]}", "expected 64 hex digits"),
        ("deskwatch", "watcher: {poll_interval: 0.1s}", "must be at least 0.2s, got 0.1s"),
        ("deskwatch", "watcher: {poll_interval: 30}", "a duration needs a unit: 30s, 30m, 30h or 30d"),
        (
            "deskwatch",
            "watcher: {pause_until: tomorrow}",
            "expected a date and time such as 2026-12-24 18:00",
        ),
        ("deskwatch", "log: {level: infos}", "got 'infos'. Did you mean \"info\"?"),
        ("deskwatch", "log: {level: env:NOPE}", "the environment variable NOPE is not set"),
        ("sources", "a: {}", "1:1: a.kind: is missing; it says which kind this is"),
        ("sources", "a: {kind: freshservce}", "a.kind: expected freshservice, freshdesk, atera, local or"),
        ("sources", "a: {kind: demo, ticketts: 5}", 'a.ticketts: unknown setting. Did you mean "tickets"?'),
        ("sources", "a: {kind: demo, statuses: {x: {phase: open}}}", "a.statuses.x: expected a whole number"),
        ("sources", "Bad Name: {kind: demo}", "Bad Name: 'Bad Name' cannot be a name here"),
        ("sources", "a: {kind: demo, workspaces: al}", "expected all or a list such as [a, b], got 'al'"),
        ("sources", "{}", "names no source, and there is no file in config/sources.d/"),
        ("boards", "a: {}", "a.title: is missing"),
        ("boards", "a: {title: x, sections: []}", "a.sections: needs at least 1 entry"),
        (
            "boards",
            "a: {title: x, match: [{sources: [dmo]}]}",
            "there is no source 'dmo' in config/sources.yaml. Did",
        ),
        ("boards", "a: {title: x, match: [{sla: [overdue]}]}", "a.match[0].sla: unknown setting"),
        (
            "boards",
            "a: {title: x, sections: [{id: s, title: S}, {id: s, title: T}]}",
            "a.sections: two sections have the id s",
        ),
        (
            "hours",
            "calendars: {desk: {week: {mon: 9}}}",
            "expected opening hours such as 08:00-12:00, 13:00-17:00",
        ),
        ("hours", "calendars: {desk: {week: {mon: 17:00-08:00}}}", "ends before it starts"),
        ("hours", "calendars: {desk: {week: {mon: [08:00-12:00, 11:00-13:00]}}}", "overlap"),
        ("hours", "calendars: {desk: {week: {mon: 08:00-25:00}}}", "25:00 is not a time of day"),
        ("hours", "calendars: {desk: {days: {2026-13-01: X}}}", "expected a date such as 2026-12-24"),
        ("hours", "calendars: {office: {}}", "config/sla.yaml: calendar: there is no calendar 'desk'"),
        ("sla", "calendar: dask", "there is no calendar 'dask' in config/hours.yaml. Did you mean \"desk\"?"),
        ("sla", "thresholds: {warning: 1h, critical: 2h}", "critical must not be longer than warning"),
        (
            "sla",
            "targets: {by_type: {Incident: first}}",
            "expected first_response or resolution, got 'first'",
        ),
        ("agents", "1: [ana]", "1: expected text, got a list"),
        ("agents", "1: ''", "1: a name is missing"),
        ("alerts", "mode: loud", "mode: expected log, redirect or live, got 'loud'"),
    ],
)
def test_a_mistake_is_told_in_plain_words_with_its_place(
    file: str, text: str, said: str, write: Write, problems: Problems
) -> None:
    write(**{file: text})
    (problem,) = problems()
    assert problem.startswith("config/")
    assert said in problem
    assert "Input should" not in problem
    assert "Extra inputs" not in problem
    assert "Value error" not in problem


def test_no_text_of_pydantic_gets_out_whatever_stands_where_something_else_belongs(
    write: Write, problems: Problems
) -> None:
    """Every setting of every file gets text, a number, a list, a mapping and nothing."""
    said: list[str] = []
    for name in SCHEMAS:
        for setting in settings_of(name):
            for value in ("zzz", "-7", "[zzz]", "{zzz: zzz}", "null", "9" * 20):
                home = write(**{name: as_yaml(setting.path, value, kind=name == "sources")})
                said += problems()
        (home / "config" / f"{name}.yaml").write_text("")
    text = "\n".join(said)
    for foreign in (
        "Input should",
        "Extra inputs",
        "Value error",
        "Field required",
        "pydantic",
        "validation",
    ):
        assert foreign not in text
    assert "this value does not fit here" not in text, "an error type that explain.py has no words for"
    assert len(said) > 300


def as_yaml(path: str, value: str, *, kind: bool) -> str:
    """A flow mapping with ``value`` at a dotted path; ``[]`` is a list of one."""
    names = {"NAME": "desk", "ID": "2", "DATE": "2026-12-24"}
    steps = path.split(".")
    for step in reversed(steps):
        key = names.get(step.removesuffix("[]"), step.removesuffix("[]"))
        more = "kind: freshservice, " if kind and step == steps[1] != "kind" else ""
        value = f"{{{more}{key}: [{value}]}}" if step.endswith("[]") else f"{{{more}{key}: {value}}}"
    return value


ADMIN = {
    "deskwatch": "zone: Europe/Berlin\nwatcher: {pause_until: 2026-12-24 18:00}\n",
    "hours": """
calendars:
  desk:
    week:
      mon: 08:00-12:00, 13:00-17:00
      tue: [9:00-24:00]
      sun:
    days:
      2026-12-24: {name: Christmas Eve, hours: 08:00-12:00}
      2026-12-25: Christmas
""",
    "sla": """
updates: {limits: {urgent: 10m}}
pausing_phases: [on_hold]
targets: {by_type: {Problem: resolution}}
""",
    "boards": """
night:
  title: NO
  match: [{priorities: [urgent], statuses: [6, Open]}]
  sections:
  - {id: all, title: 1.10, match: [{sla: [overdue], unassigned: yes}]}
""",
    "agents": "19000000001: Ana\n0755: Ben\n",
}


def test_what_an_admin_writes_reaches_the_rules(write: Write) -> None:
    home = write(**ADMIN)
    config = load(home, env={})
    desk = config.calendars["desk"]
    assert config.watcher.pause_until == datetime(2026, 12, 24, 17, 0, tzinfo=UTC)
    assert desk.zone == ZoneInfo("Europe/Berlin")
    assert desk.week[0] == (Span(time(8), time(12)), Span(time(13), time(17)))
    assert desk.week[1] == (Span(time(9), time(0)),)
    assert desk.week[2] == desk.week[6] == ()
    assert desk.days[date(2026, 12, 25)].is_holiday
    assert desk.holiday_at(datetime(2026, 12, 25, 12, tzinfo=UTC)) == "Christmas"
    assert config.sla.update_limits == {Priority.URGENT: timedelta(minutes=10)}
    assert config.sla.pausing_phases == {Phase.ON_HOLD}
    assert config.sla.target_of("problem") == "resolution"
    night = config.boards["night"]
    assert night.title == "NO"
    assert night.match[0].statuses == ("6", "Open")
    assert night.sections[0].title == "1.10"
    assert night.sections[0].match[0].unassigned is True
    assert config.agents == {"19000000001": "Ana", "0755": "Ben"}


def test_a_section_whose_settings_are_all_commented_out_means_the_defaults(write: Write) -> None:
    home = write(deskwatch="web:\n  # port: 80\nwatcher:\n", hours="calendars:\n")
    assert load(home, env={}).web.port == 5001


def test_names_of_the_predecessor_are_read_and_bad_lines_are_reported(
    write: Write, problems: Problems
) -> None:
    home = write(agents="1: Ana\n")
    (home / "agents.txt").write_bytes(b"\xef\xbb\xbf1:Old Ana\r\n2: Ben: second line \r\nmia\n\n# note\n:x\n")
    (home / "requesters.txt").write_text("7:Mia\n", "utf-8")
    config = load(home, env={})
    assert config.agents == {"1": "Ana", "2": "Ben: second line"}
    assert config.requesters == {"7": "Mia"}
    assert problems() == [
        "agents.txt:3:1: warning: expected id:Name, got 'mia'; the line is skipped",
        "agents.txt:6:1: warning: expected id:Name, got ':x'; the line is skipped",
    ]


def test_a_file_that_nobody_reads_is_pointed_out(write: Write, problems: Problems) -> None:
    write(board="x: 1")
    assert problems() == ['config/board.yaml: warning: is not read. Did you mean "boards.yaml"?']


@pytest.mark.skipif(os.name != "posix", reason="named pipes")
def test_a_pipe_or_a_folder_in_place_of_a_file_is_an_error_and_never_waits(
    write: Write, problems: Problems
) -> None:
    home = write()
    os.mkfifo(home / "config" / "sla.yaml")
    (home / "config" / "boards.yaml").mkdir()
    os.mkfifo(home / ".env")
    assert [line.partition(";")[0] for line in problems()] == [
        "config/boards.yaml: cannot be read (Is a directory)",
        "config/sla.yaml: cannot be read (not a regular file)",
    ]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_this_user_may_not_read_says_so(write: Write, problems: Problems) -> None:
    home = write(sla="")
    (home / "config" / "sla.yaml").chmod(0)
    assert "cannot be read (Permission denied)" in problems()[0]


def test_a_certificate_beside_the_configuration_moves_the_wall_to_443(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("x")
    assert load(tmp_path, env={}).web.certificate is None
    (tmp_path / "key.pem").write_text("x")
    web = load(tmp_path, env={}).web
    assert (web.port, web.certificate, web.key) == (443, tmp_path / "cert.pem", tmp_path / "key.pem")


def test_paths_start_in_the_home(write: Write) -> None:
    home = write(deskwatch="log: {file: logs/desk.log}")
    assert load(home, env={}).log.file == home / "logs" / "desk.log"


def test_the_machine_says_the_zone_when_nobody_else_does(tmp_path: Path) -> None:
    assert load(tmp_path, env={"TZ": "Asia/Tokyo"}).zone == ZoneInfo("Asia/Tokyo")
    load(tmp_path, env={"TZ": ":/nowhere"})


def test_problems_are_printed_for_programs_too(write: Write) -> None:
    problems = check(write(deskwatch="zoen: 50%\n"), env={}).problems
    assert json.loads(problems_as_json(problems)) == {
        "ok": False,
        "problems": [
            {
                "file": "config/deskwatch.yaml",
                "line": 1,
                "column": 1,
                "path": "zoen",
                "message": 'unknown setting. Did you mean "zone"?',
                "severity": "error",
            }
        ],
    }
    assert problems_as_github(problems) == (
        '::error file=config/deskwatch.yaml,line=1,col=1::zoen: unknown setting. Did you mean "zone"?'
    )


def test_one_problem_is_one_problem() -> None:
    assert describe_problems(["a: b"]) == "a: b\n1 problem."


def test_the_home_is_the_option_else_the_variable_else_the_clone(tmp_path: Path) -> None:
    (tmp_path / "a" / "config").mkdir(parents=True)
    (tmp_path / "config").mkdir()
    assert resolve_home(tmp_path / "a", env={"DESKWATCH_HOME": "/b"}).path == tmp_path / "a"
    home = resolve_home(None, env={"DESKWATCH_HOME": str(tmp_path)})
    assert (home.config, home.tickets, home.state) == tuple(
        tmp_path / n for n in ("config", "tickets", "state")
    )
    assert resolve_home(None, env={}).path == CLONE
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is not a folder"):
        resolve_home(tmp_path / "file", env={})


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("dsk", "--home: there is no folder {}/dsk. Did you mean {}/desk?"),
        (
            "zoo/wall",
            "--home: there is no folder {}/zoo/wall. To begin a new one: mkdir -p {}/zoo/wall/config",
        ),
        ("bare", "--home: {}/bare has no folder config/ in it, so it is not the home of a Deskwatch."),
        (
            "desk/config",
            "--home: {}/desk/config is the config folder itself. Name the folder that holds it: {}/desk",
        ),
    ],
)
def test_a_mistyped_home_is_refused_with_its_name_and_the_mend(said: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "desk" / "config").mkdir(parents=True)
    (tmp_path / "desk" / "config" / "sla.yaml").touch()
    (tmp_path / "bare").mkdir()
    with pytest.raises(UsageError) as refused:
        resolve_home(tmp_path / said, env={})
    assert str(refused.value).startswith(words.replace("{}", str(tmp_path)))


def test_a_home_of_the_environment_that_does_not_exist_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"DESKWATCH_HOME: there is no folder .*/nowhere"):
        resolve_home(None, env={"DESKWATCH_HOME": str(tmp_path / "nowhere")})
    assert resolve_home(tmp_path / "nowhere", env={}, may_be_new=True).path == tmp_path / "nowhere"


def test_load_raises_one_error_with_all_lines(write: Write) -> None:
    home = write(deskwatch="a: 1\nb: 2\n")
    with pytest.raises(ConfigError) as caught:
        load(home, env={})
    assert len(caught.value.problems) == 2
    assert caught.value.exit_code == 2


def test_a_database_elsewhere_is_named_by_reference_and_its_password_is_not_shown(write: Write) -> None:
    url = "postgresql://desk:hunter2@db.example.com/deskwatch"
    config = load(write(deskwatch="database: env:DATABASE_URL"), env={"DATABASE_URL": url})
    assert config.database == url
    assert "hunter2" not in repr(config)


def test_without_a_word_about_it_the_database_lies_in_the_home(tmp_path: Path) -> None:
    assert load(tmp_path, env={}).database == tmp_path / "state" / "deskwatch.db"
