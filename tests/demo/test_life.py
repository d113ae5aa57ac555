"""``state/demo.json``: the demo goes on after a restart."""

import json
from datetime import timedelta

import pytest

from deskwatch.demo import open_demo


def test_a_restart_shows_the_same_tickets_and_what_happened_in_between(tmp_path, clock):
    file = tmp_path / "state" / "demo.json"
    before = open_demo(file, clock=clock)
    before.advance()
    clock.pass_(hours=3)
    after = open_demo(file, clock=clock)
    assert sorted(after.open_tickets(), key=lambda t: t.id) == sorted(
        before.open_tickets(), key=lambda t: t.id
    )
    assert json.loads(file.read_text())["started_at"] == "2026-03-10T15:00:00Z"


def test_other_wishes_begin_a_new_life_with_other_numbers(tmp_path, clock):
    file = tmp_path / "demo.json"
    old = {t.id for t in open_demo(file, clock=clock).tickets()}
    clock.pass_(minutes=1)
    new = {t.id for t in open_demo(file, clock=clock, tickets=50).tickets()}
    assert len(new) < len(old)
    assert max(old) < min(new)
    assert {t.id for t in open_demo(file, clock=clock, tickets=50).tickets()} == new


def test_a_life_told_by_older_code_ends_too(tmp_path, clock):
    file = tmp_path / "demo.json"
    old = {t.id for t in open_demo(file, clock=clock).tickets()}
    file.write_text(json.dumps({**json.loads(file.read_text()), "edition": 0}))
    new = {t.id for t in open_demo(file, clock=clock).tickets()}
    assert max(old) < min(new)


BEGIN = '"started_at": "2026-03-10T15:00:00Z", "first_id": 1, "edition": 1}'
NONSENSE = (
    '{"seed": 1, "tickets": 0, "speed": 1, ' + BEGIN,
    '{"seed": 1, "tickets": 9, "speed": 0, ' + BEGIN,
    '{"seed": 1e400, "tickets": 9, "speed": 1, ' + BEGIN,
)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"seed": 1, "started_at": "soon"}', *NONSENSE])
def test_a_file_that_makes_no_sense_begins_a_new_life(tmp_path, clock, text):
    file = tmp_path / "demo.json"
    file.write_text(text)
    assert open_demo(file, clock=clock, tickets=5).open_tickets()
    assert json.loads(file.read_text())["tickets"] == 5


def test_a_clock_that_was_set_back_a_little_does_not_end_a_life(tmp_path, clock):
    file = tmp_path / "demo.json"
    open_demo(file, clock=clock)
    clock.now -= timedelta(hours=2)
    assert open_demo(file, clock=clock).open_tickets()
    assert json.loads(file.read_text())["started_at"] == "2026-03-10T15:00:00Z"
    clock.now -= timedelta(days=300)
    assert open_demo(file, clock=clock).open_tickets()
    assert json.loads(file.read_text())["started_at"] == "2025-05-14T13:00:00Z"
