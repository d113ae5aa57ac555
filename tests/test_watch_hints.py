"""Hints: somebody says that a ticket changed, and the watcher reads it again at once, at a bounded price."""

import json
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import deskwatch.watched
from deskwatch.core.sync import Snapshot
from deskwatch.demo import faults
from deskwatch.sources.source import SourceError
from tests.watch_desk import WatchDesk, watch_desk

SLOW = {"poll_interval": "10m"}


def asked_by_id(desk: WatchDesk) -> list[str]:
    """The tickets that were asked for one by one."""
    return [call.path for call in desk.desk.log.of("view")]


def settled(desk: WatchDesk) -> int:
    """Let the first rounds pass; how many tickets were asked for by then."""
    desk.run(minutes=2)
    return len(asked_by_id(desk))


def test_a_hinted_ticket_is_read_within_two_seconds_although_the_next_poll_is_minutes_away(
    tmp_path: Path,
) -> None:
    with watch_desk(tmp_path, tickets=2, yaml=SLOW) as desk:
        settled(desk)
        ticket = desk.desk.open_tickets()[0]
        desk.desk.edit(ticket.id, subject="Printer is on fire")
        desk.watcher.nudge("fs", [str(ticket.id)])
        desk.run(seconds=2)
        assert desk.ticket(ticket.id).subject == "Printer is on fire"


def test_a_hint_at_a_ticket_that_is_not_stored_yet_brings_it(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=1, yaml=SLOW) as desk:
        settled(desk)
        ticket = desk.desk.create_ticket("Fresh", created_at=desk.clock.now)
        desk.watcher.nudge("fs", [str(ticket.id)])
        desk.run(seconds=2)
        assert str(ticket.id) in desk.tickets()


def test_a_hint_at_a_ticket_that_was_resolved_archives_it(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=2, yaml=SLOW) as desk:
        settled(desk)
        ticket = desk.desk.open_tickets()[0]
        desk.desk.resolve(ticket.id)
        desk.watcher.nudge("fs", [str(ticket.id)])
        desk.run(seconds=2)
        assert desk.archived() == {str(ticket.id): "resolved"}


def test_a_hint_at_a_ticket_that_does_not_exist_harms_nothing_and_is_forgotten(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=2, yaml=SLOW) as desk:
        before = settled(desk)
        desk.watcher.nudge("fs", ["999999"])
        desk.run(minutes=5)
        assert len(asked_by_id(desk)) == before + 1
        assert set(desk.tickets()) == desk.truth()
        assert desk.beat()["state"] == "ok"


def test_many_hints_at_one_ticket_within_a_second_are_one_read(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=2, yaml=SLOW) as desk:
        before = settled(desk)
        id_ = str(desk.desk.open_tickets()[0].id)
        for _ in range(9):
            desk.watcher.nudge("fs", [id_])
            desk.poll()
            desk.clock.pass_(seconds=0.1)
        desk.run(seconds=30)
        assert len(asked_by_id(desk)) == before + 1


def test_a_change_that_is_hinted_at_after_the_read_is_read_too(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=2, yaml=SLOW) as desk:
        before = settled(desk)
        ticket = desk.desk.open_tickets()[0]
        for words in ("Printer smokes", "Printer burns"):
            desk.desk.edit(ticket.id, subject=words)
            desk.watcher.nudge("fs", [str(ticket.id)])
            desk.run(seconds=2)
        assert desk.ticket(ticket.id).subject == "Printer burns"
        assert len(asked_by_id(desk)) == before + 2


def test_a_replayed_hint_writes_nothing(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=2, yaml=SLOW) as desk:
        settled(desk)
        files = {path: path.stat().st_mtime_ns for path in desk.home.tickets.glob("*.json")}
        for _ in range(3):
            desk.watcher.nudge("fs", [str(ticket.id) for ticket in desk.desk.open_tickets()])
            desk.run(seconds=5)
        assert {path: path.stat().st_mtime_ns for path in desk.home.tickets.glob("*.json")} == files


def test_a_hint_without_an_id_asks_for_changes(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=1, yaml=SLOW) as desk:
        settled(desk)
        ticket = desk.desk.create_ticket("Fresh", created_at=desk.clock.now)
        desk.watcher.nudge("fs")
        desk.run(seconds=5)
        assert str(ticket.id) in desk.tickets()


@pytest.mark.parametrize("route", ["view", "any"])
@pytest.mark.parametrize("trouble", [faults.unavailable, faults.bad_gateway, faults.not_json])
def test_a_hint_outlives_trouble_at_the_helpdesk(tmp_path: Path, trouble: Any, route: str) -> None:
    with watch_desk(tmp_path, tickets=2, yaml=SLOW) as desk:
        settled(desk)
        ticket = desk.desk.open_tickets()[0]
        desk.desk.edit(ticket.id, subject="Printer is on fire")
        desk.desk.faults.add(route, trouble(), times=None)
        desk.watcher.nudge("fs", [str(ticket.id)])
        desk.run(seconds=30)
        desk.desk.faults.clear()
        desk.run(minutes=3)
        assert desk.ticket(ticket.id).subject == "Printer is on fire"


def test_a_storm_of_hints_is_worked_off_a_few_at_a_time_and_loses_none(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=60, yaml=SLOW) as desk:
        settled(desk)
        for ticket in desk.desk.open_tickets():
            desk.desk.edit(ticket.id, subject=f"Storm {ticket.id}")
        before = len(asked_by_id(desk))
        desk.watcher.nudge("fs", [str(ticket.id) for ticket in desk.desk.open_tickets()])
        desk.poll()
        desk.clock.pass_(seconds=1.1)
        desk.poll()
        assert len(asked_by_id(desk)) - before <= 20
        desk.run(minutes=4)
        assert {ticket.subject for ticket in desk.tickets().values()} == {
            f"Storm {id_}" for id_ in desk.truth()
        }


def test_more_hints_than_can_wait_are_left_to_the_list_of_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deskwatch.watched, "MOST_HINTS", 30)
    with watch_desk(tmp_path, tickets=1, yaml=SLOW) as desk:
        settled(desk)
        watched = desk.watcher._watched["fs"]
        ticket = desk.desk.open_tickets()[0]
        desk.desk.edit(ticket.id, subject="Printer is on fire")
        watched.nudged([str(ticket.id)], clock=desk.clock.monotonic())
        watched.nudged([f"9{n:06}" for n in range(30)], clock=desk.clock.monotonic())
        assert len(watched.hinted) == 30
        desk.run(seconds=5)
        assert desk.ticket(ticket.id).subject == "Printer is on fire"


def test_hints_survive_a_changed_configuration_and_unknown_sources_are_ignored(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=1, yaml=SLOW) as desk:
        settled(desk)
        ticket = desk.desk.create_ticket("Fresh", created_at=desk.clock.now)
        desk.watcher.nudge("nowhere", ["1"])
        desk.watcher.nudge("fs", [str(ticket.id)])
        desk.poll()
        desk.configure(poll_interval="11m")
        desk.live.refresh(now_please=True)
        desk.run(seconds=5)
        assert str(ticket.id) in desk.tickets()


@pytest.mark.parametrize("ids", [["101"], []])
def test_hints_do_not_hasten_tries_with_a_key_that_is_refused(tmp_path: Path, ids: list[str]) -> None:
    with watch_desk(tmp_path, tickets=2, yaml=SLOW) as desk:
        settled(desk)
        desk.desk.faults.add("any", faults.unauthorized(), times=None)
        before = len(desk.desk.log.of())
        for _ in range(50):
            desk.watcher.nudge("fs", ids)
            desk.run(seconds=2)
        assert len(desk.desk.log.of()) - before <= 2
        desk.desk.faults.clear()
        desk.run(minutes=6)
        assert desk.beat()["state"] == "ok"


def test_a_pause_keeps_hints_and_does_not_make_the_watcher_spin(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=1, yaml=SLOW) as desk:
        settled(desk)
        ticket = desk.desk.create_ticket("Fresh", created_at=desk.clock.now)
        pause = {"watcher": {"pause_until": "2026-03-10 18:00"}, "zone": "UTC"}
        (desk.home.config / "deskwatch.yaml").write_text(json.dumps(pause), "utf-8")
        desk.live.refresh(now_please=True)
        desk.watcher.nudge("fs", [str(ticket.id)])
        desk.run(minutes=20)
        assert desk.poll() >= 1.0
        assert str(ticket.id) not in desk.tickets()
        desk.run(hours=4)
        assert str(ticket.id) in desk.tickets()


def test_a_hint_that_the_helpdesk_chokes_on_is_given_up_and_takes_no_other_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watch_desk(tmp_path, tickets=2, yaml=SLOW) as desk:
        settled(desk)
        source = desk.watcher._watched["fs"].source
        look, looks = source.look, list[tuple[str, ...]]()

        def choke(ids: Collection[str], *, now: datetime) -> Snapshot:
            looks.append(tuple(ids))
            if "666" in ids:
                good = look([id_ for id_ in ids if id_ != "666"], now=now)
                raise SourceError("answer", "while reading ticket 666: what is that?", progress=good)
            return look(ids, now=now)

        monkeypatch.setattr(source, "look", choke)
        ticket = desk.desk.open_tickets()[0]
        desk.desk.edit(ticket.id, subject="Printer is on fire")
        desk.watcher.nudge("fs", ["666", str(ticket.id)])
        desk.run(seconds=3)
        assert desk.ticket(ticket.id).subject == "Printer is on fire"
        assert desk.beat()["state"] == "failing"
        desk.run(minutes=9)
        assert desk.beat()["state"] == "ok"
        assert 2 < len(looks) < 10
