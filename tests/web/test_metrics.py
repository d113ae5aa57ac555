"""/metrics as Prometheus reads it: every line in the format, true figures, and nothing about anybody."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from deskwatch.core.sla import SlaState
from deskwatch.core.ticket import format_instant
from deskwatch.store.heartbeat import write_heartbeat
from deskwatch.web.metrics import Family
from tests.web.desk import FORBIDDEN, MINUTE, NOW, OK, ticket
from tests.web.test_wall_links import COOKIE, OUTSIDE, rules

DOCS = Path(__file__).parents[2] / "docs" / "operations.md"
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def parse(text):
    """The samples of an exposition in text format 0.0.4, read as strictly as its description allows."""
    assert text.endswith("\n")
    found, announced, family, typed = {}, set(), None, None
    for line in text.removesuffix("\n").split("\n"):
        if help_ := re.fullmatch(rf"# HELP ({NAME}) ([^\\]+)", line):
            assert help_[1] not in announced, "a family is told in one piece"
            family, typed = help_[1], None
            announced.add(family)
        elif type_ := re.fullmatch(rf"# TYPE ({NAME}) (gauge|counter)", line):
            assert (type_[1], typed) == (family, None)
            typed = type_[2]
        else:
            sample = SAMPLE.fullmatch(line)
            assert sample, line
            assert sample[1] == family
            assert typed
            assert (typed == "counter") == sample[1].endswith("_total")
            labels, at = {}, 0
            while at < len(sample[2] or ""):
                pair = LABEL.match(sample[2], at)
                assert pair, line
                labels[pair[1]] = re.sub(r'\\["\\n]', lambda part: ESCAPES[part[0]], pair[2])
                at = pair.end()
            key = (sample[1].removeprefix("deskwatch_"), *labels.values())
            assert key not in found, "a sample is told once"
            found[key] = float(sample[3])
    return found


@pytest.fixture
def busy(desk):
    """Three tickets, a notifier with a queue, and a supervisor that had to start it again."""
    desk.write(ticket(1), ticket(2, first_response_due_at=NOW - MINUTE), ticket(3, subject="Ana's secret"))
    desk.beat(
        ago=timedelta(seconds=4),
        last_good_at=NOW - timedelta(seconds=90),
        tickets=3,
        poll_seconds=0.25,
        error={"kind": "auth", "words": "key refused for Ana"},
        doubted={"missing": 7, "words": "desk-7 and 6 more"},
        credits={"left": 4000},
        writes={"waiting": 2},
    )
    notifier = {
        "schema": 1,
        "beat_at": format_instant(NOW - timedelta(seconds=30)),
        "started_at": format_instant(NOW - timedelta(hours=1)),
        "beat_every_seconds": 15,
        "config": {"problems": ["running on the configuration of 12:00", "config/alerts.yaml: x"]},
        "alerts": {"open": 5, "acknowledged": 1},
        "queue": {"pending": 3, "sending": 1, "unknown": 0, "awaiting_proof": 2, "oldest_due_seconds": 45},
        "channels": {"sms": {"state": "broken", "error": "of Ana"}, "mail": {"state": "ok"}},
    }
    write_heartbeat(desk.home.state / "notifier.json", notifier)
    children = {
        "notifier": {"state": "restarting", "restarts": 4},
        "gui": {"state": "running", "restarts": 0},
    }
    beat = {"schema": 1, "beat_at": format_instant(NOW), "children": children}
    write_heartbeat(desk.home.state / "supervisor.json", beat)
    desk.step()
    return desk


def test_prometheus_can_read_how_the_desk_and_its_processes_stand(busy):
    reply = busy.get("/metrics")
    assert reply.status == OK
    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    told = parse(reply.text)
    states = {key[2]: told[key] for key in told if key[:2] == ("tickets", "helpdesk")}
    assert states == {state.value: {"critical": 2, "overdue": 1}.get(state.value, 0) for state in SlaState}
    expected = {
        ("source_data_age_seconds", "desk"): 90,
        ("source_failing", "desk"): 1,
        ("source_tickets", "desk"): 3,
        ("source_poll_seconds", "desk"): 0.25,
        ("source_doubted_tickets", "desk"): 7,
        ("source_credits_left", "desk"): 4000,
        ("source_writes_waiting", "desk"): 2,
        ("heartbeat_age_seconds", "watcher"): 4,
        ("heartbeat_age_seconds", "notifier"): 30,
        ("process_age_seconds", "notifier"): 3600,
        ("config_problems", "notifier"): 2,
        ("process_running", "notifier"): 0,
        ("process_running", "gui"): 1,
        ("process_restarts_total", "notifier"): 4,
        ("messages", "pending"): 3,
        ("message_oldest_due_seconds",): 45,
        ("alerts", "open"): 5,
        ("channel_broken", "sms"): 1,
        ("channel_broken", "mail"): 0,
        ("ticket_files",): 3,
        ("loaded",): 1,
    }
    assert {key: told.get(key) for key in expected} == expected


def test_no_ticket_and_nobody_is_named(busy):
    said = busy.get("/metrics").text
    assert "secret" not in said
    assert "Ana" not in said
    assert "desk-7" not in said
    assert "INC-" not in said


def test_what_is_not_known_is_left_out_instead_of_being_zero(desk):
    desk.beat(last_good_at=None)
    (desk.home.state / "notifier.json").write_text(
        '{"queue": {"pending": "many"}, "alerts": [], "beat_at": 7}'
    )
    desk.step()
    told = parse(desk.get("/metrics").text)
    assert not {name for name, *_ in told} & {
        "source_data_age_seconds",
        "messages",
        "alerts",
        "channel_broken",
    }
    assert ("heartbeat_age_seconds", "notifier") not in told
    assert ("heartbeat_age_seconds", "watcher") in told


def test_a_label_is_read_back_as_it_was_whatever_is_in_it():
    hostile = 'a"b\\c\nd{e},f="g"\\n'
    lines = list(
        Family(
            "x", "Words.", [({"source": hostile, "more": "é"}, 1), ({"source": "n"}, float("nan"))]
        ).lines()
    )
    assert len(lines) == 3
    assert parse("\n".join(lines) + "\n") == {("x", hostile, "é"): 1}


def test_a_wall_link_to_some_boards_is_told_no_figures_about_the_others(make_desk):
    desk = make_desk(deskwatch=rules(", boards: [helpdesk]"))
    desk.write(ticket(1))
    desk.beat()
    desk.step()
    reply = desk.get("/metrics", client=OUTSIDE, cookie=COOKIE)
    assert reply.status == FORBIDDEN
    assert "deskwatch_tickets" not in reply.text
    assert "<h1>No access</h1>" in reply.text
    assert desk.get("/metrics", client=OUTSIDE).status == FORBIDDEN
    assert desk.get("/metrics").status == OK


def test_every_figure_that_the_manual_names_exists_and_every_other_is_named_there(busy):
    manual = DOCS.read_text("utf-8")
    told = set(re.findall(r"(?m)^(deskwatch_\w+)", busy.get("/metrics").text))
    named = set(re.findall(r"deskwatch_[a-z_]+", manual))
    assert named == told
