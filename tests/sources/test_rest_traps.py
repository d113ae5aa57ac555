"""Traps of real helpdesks, through the real watcher with files: none of them loses or archives a ticket."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from deskwatch.config import Home, LiveConfig
from deskwatch.core.ticket import Ticket
from deskwatch.store.tickets import TicketFolder
from deskwatch.watch import Watcher
from deskwatch.watch_commands import NEEDS, source_maker
from tests.sources.rest_desk import KEY, SECRET, TUESDAY, Clock, Desk, described, reply, serving

STEP = 60.0
"""Seconds between two looks of the watcher here: nothing happens in between."""


class Watch:
    """The watcher of one described helpdesk, and its files."""

    def __init__(self, home: Path, desk: Desk, **changes: Any) -> None:
        self.home, self.desk, self.clock = Home(home), desk, desk.clock
        self.folder = TicketFolder(self.home.tickets)
        (self.home.config / "sources.d").mkdir(parents=True)
        self.configure(**changes)
        self.start()

    def configure(self, **changes: Any) -> None:
        """Write the file of the helpdesk (JSON is YAML)."""
        told = described(self.desk, **changes)
        (self.home.config / "sources.yaml").write_text("{}\n", "utf-8")
        (self.home.config / "sources.d" / "desk.yaml").write_text(json.dumps(told), "utf-8")
        limits = {"connect": "2s", "read": "1s", "total": "4s"}
        watcher = {"watcher": {"request_timeout": limits, "reconcile_interval": "5m"}}
        (self.home.config / "deskwatch.yaml").write_text(json.dumps(watcher), "utf-8")

    def start(self, key: str = KEY) -> None:
        """A new watcher process, so to speak."""
        env = {"DESK_KEY": key, "DESK_SECRET": SECRET}
        live = LiveConfig(self.home, env=env, needs=NEEDS, clock=self.clock)
        self.watcher = Watcher(
            live,
            source_maker(None, clock=self.clock.monotonic),
            folder=self.folder,
            started_at=self.clock.now,
            clock=self.clock.monotonic,
            random=Random(1),
        )

    def run(self, **duration: float) -> "Watch":
        """Let the watcher work for a while."""
        until = self.clock.now + timedelta(**duration)
        while True:
            wait = max(self.watcher.poll(self.clock.now), STEP)
            if self.clock.now + timedelta(seconds=wait) > until:
                break
            self.clock.pass_(seconds=wait)
        self.clock.now = until
        return self

    def tickets(self) -> dict[str, Ticket]:
        """The ticket files, by the helpdesk's id."""
        tickets = (self.folder.load(name) for name in self.folder.scan())
        return {t.id: t for t in tickets if isinstance(t, Ticket)}

    def archived(self) -> dict[str, str]:
        """Ids in the archive, and why they are there."""
        files = (self.home.tickets / "archive").glob("*/desk-*.json")
        plain = (json.loads(path.read_text("utf-8")) for path in files)
        return {t["id"]: t["archive_reason"] for t in plain}

    def beat(self) -> dict[str, Any]:
        """The source's part of the heartbeat."""
        told = json.loads((self.home.state / "watcher.json").read_text("utf-8"))
        part: dict[str, Any] = told["sources"]["desk"]
        return part


@contextmanager
def watching(home: Path, desk: Desk, *, tickets: int = 12, **changes: Any) -> Iterator[Watch]:
    """A helpdesk with some tickets, and a watcher that has read them."""
    for number in range(tickets):
        desk.create(f"Ticket {number}")
    desk.clock.pass_(hours=1)
    with serving(desk):
        watch = Watch(home, desk, **changes)
        watch.run(minutes=2)
        assert set(watch.tickets()) == set(desk.tickets)
        yield watch


def test_a_wrong_key_that_answers_200_and_an_empty_list_archives_nothing(tmp_path: Path) -> None:
    with watching(tmp_path, Desk(wrong_key="empty")) as watch:
        watch.start(key="revoked-key-1")
        watch.run(minutes=16)
        assert set(watch.tickets()) == set(watch.desk.tickets)
        assert watch.archived() == {}
        assert watch.beat()["error"]["kind"] == "auth"
        assert "config/sources.d/desk.yaml" in watch.beat()["error"]["words"]


def test_without_a_probe_an_empty_list_archives_nothing_either(tmp_path: Path) -> None:
    with watching(tmp_path, Desk(wrong_key="empty"), probe=None) as watch:
        watch.start(key="revoked-key-1")
        watch.run(minutes=16)
        assert set(watch.tickets()) == set(watch.desk.tickets)
        assert watch.archived() == {}
        assert "probe" in watch.beat()["error"]["words"]


def test_without_probe_and_without_a_request_for_one_an_empty_list_archives_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(wrong_key="empty")
    with watching(tmp_path, desk, probe=None, one=None, changes=None) as watch:
        watch.start(key="revoked-key-1")
        watch.run(minutes=16)
        assert set(watch.tickets()) == set(desk.tickets)
        assert watch.archived() == {}
        assert "probe" in watch.beat()["error"]["words"]
        said = [r.message for r in caplog.records if "no probe tells" in r.message]
        assert len(said) == 1


def test_a_wrong_key_that_sees_only_what_is_public_archives_nothing(tmp_path: Path) -> None:
    desk = Desk(wrong_key="public")
    with watching(tmp_path, desk) as watch:
        desk.tickets["1"]["public"] = True
        watch.start(key="revoked-key-1")
        watch.run(minutes=16)
        assert set(watch.tickets()) == set(desk.tickets)
        assert watch.archived() == {}
        assert watch.beat()["error"]["kind"] == "auth"


def test_a_private_project_that_answers_404_to_everything_is_not_gone(tmp_path: Path) -> None:
    desk = Desk()
    with watching(tmp_path, desk) as watch:
        desk.vanished = {"3"}
        watch.watcher.refresh_soon()
        desk.forbidden = True
        watch.run(minutes=16)
        desk.vanished = set()
        assert set(watch.tickets()) == set(desk.tickets)
        assert watch.archived() == {}
        assert watch.beat()["error"]["kind"] == "not_found"


def test_tickets_that_vanish_from_the_list_stay_while_they_exist(tmp_path: Path) -> None:
    desk = Desk()
    with watching(tmp_path, desk, tickets=40) as watch:
        desk.vanished = {str(n) for n in range(5, 36)}
        watch.run(minutes=16)
        assert set(watch.tickets()) == set(desk.tickets)
        assert watch.archived() == {}


def test_a_request_for_one_that_never_finds_anything_archives_nothing(tmp_path: Path) -> None:
    desk = Desk()
    with watching(tmp_path, desk, one={"path": "/tickets/no-such-place-{id}", "item": "ticket"}) as watch:
        desk.vanished = {"5"}
        watch.run(minutes=16)
        assert set(watch.tickets()) == set(desk.tickets)
        assert "one" in watch.beat()["error"]["words"]


def test_a_closed_ticket_that_vanishes_leaves_with_its_last_state(tmp_path: Path) -> None:
    desk = Desk()
    with watching(tmp_path, desk, changes=None) as watch:
        desk.change("5", status="solved")
        watch.run(minutes=5)
        assert watch.archived() == {"5": "resolved"}


@pytest.mark.parametrize("lie", [0, 25, 10_000])
def test_totals_that_lie_lose_nothing(tmp_path: Path, lie: int) -> None:
    desk = Desk(total=lambda n: lie, cap=25)
    with watching(tmp_path, desk, tickets=60) as watch:
        desk.change("60", subject="Last of all")
        watch.run(minutes=16)
        assert set(watch.tickets()) == set(desk.tickets)
        assert watch.tickets()["60"].subject == "Last of all"
        assert watch.archived() == {}


@pytest.mark.parametrize("paging", ["page", "offset"])
def test_a_cap_on_pages_that_nobody_tells_loses_nothing(tmp_path: Path, paging: str) -> None:
    desk = Desk(paging=paging, cap=7)
    own = {"kind": paging, "param": {"page": "page", "offset": "start"}[paging], "size_param": "size"}
    tickets = {"path": "/tickets", "params": {"status": "open"}, "items": "items", "paging": own}
    with _capped(tmp_path, desk, tickets) as watch:
        watch.run(minutes=16)
        assert set(watch.tickets()) == set(desk.tickets)
        assert watch.archived() == {}


@contextmanager
def _capped(home: Path, desk: Desk, list_: dict[str, Any]) -> Iterator[Watch]:
    for number in range(30):
        desk.create(f"Ticket {number}")
    with serving(desk):
        watch = Watch(home, desk, tickets=list_)
        watch.run(minutes=2)
        assert set(watch.tickets()) == set(desk.tickets)
        yield watch


@pytest.mark.parametrize("past_end", ["404", "repeat"])
@pytest.mark.parametrize("paging", ["page", "offset", "range"])
def test_404_or_repetition_past_the_last_page_loses_nothing(
    tmp_path: Path, past_end: str, paging: str
) -> None:
    desk = Desk(past_end=past_end, cap=10, paging=paging, total=lambda n: 0)
    with watching(tmp_path, desk, tickets=30) as watch:
        assert watch.beat()["error"] is None
        desk.change("30", status="solved")
        desk.change("1", subject="Other words")
        watch.run(minutes=16)
        assert set(watch.tickets()) == set(desk.tickets) - {"30"}
        assert watch.tickets()["1"].subject == "Other words"
        assert watch.beat()["error"] is None


def test_a_helpdesk_that_ignores_page_numbers_archives_nothing_and_is_told(tmp_path: Path) -> None:
    desk = Desk(cap=20)
    with watching(tmp_path, desk, tickets=50) as watch:
        desk.paging = "offset"  # every page is the first one now
        watch.run(minutes=16)
        assert set(watch.tickets()) == set(desk.tickets)
        assert watch.archived() == {}
        assert "repeats" in watch.beat()["error"]["words"]


def test_ids_that_no_endpoint_names_are_shown_as_they_are(tmp_path: Path) -> None:
    desk = Desk()
    with watching(tmp_path, desk, lookups={"agents": {"values": {"a1": "Ana"}}}) as watch:
        desk.change("1", agent="a1")
        desk.change("2", agent="x9")
        watch.run(minutes=2)
        named = {id_: watch.tickets()[id_].agent for id_ in ("1", "2")}
        assert [person and person.name for person in named.values()] == ["Ana", "x9"]


def test_tickets_without_an_endpoint_of_their_own_leave_when_two_lists_agree(tmp_path: Path) -> None:
    desk = Desk()
    with watching(tmp_path, desk, one=None) as watch:
        desk.vanished = {"4"}
        watch.run(minutes=8)
        assert set(watch.archived()) == {"4"}
        desk.vanished = set()
        watch.run(minutes=20)
        assert set(watch.tickets()) == set(desk.tickets)


def test_a_ticket_that_one_list_lacks_by_chance_stays(tmp_path: Path) -> None:
    desk = Desk()
    with watching(tmp_path, desk, one=None, changes=None) as watch:
        desk.vanished = {"4"}
        watch.run(seconds=30)
        desk.vanished = set()
        watch.run(minutes=5)
        assert watch.archived() == {}
        assert set(watch.tickets()) == set(desk.tickets)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
def test_a_cursor_that_is_read_in_another_zone_finds_every_change(tmp_path: Path, zone: str) -> None:
    desk = Desk(zone=zone)
    since = {"format": "%Y-%m-%d %H:%M:%S", "zone": zone}
    changes = {"drop_params": ["status"], "params": {"since": "{since}"}, "since": since}
    with watching(tmp_path, desk, changes=changes) as watch:
        desk.requests.clear()
        desk.change("7", subject="Other words")
        watch.run(minutes=1)
        assert watch.tickets()["7"].subject == "Other words"
        assert not any("status=open" in request for request in desk.requests)


def test_a_zone_that_nobody_told_of_is_noticed_and_no_change_is_lost(tmp_path: Path) -> None:
    desk = Desk(zone="America/New_York")
    since = {"format": "%Y-%m-%d %H:%M:%S"}
    changes = {"drop_params": ["status"], "params": {"since": "{since}"}, "since": since}
    with watching(tmp_path, desk, changes=changes) as watch:
        desk.change("7", subject="Other words")
        watch.run(minutes=3)
        assert watch.tickets()["7"].subject == "Other words"
        assert any("changes.since.zone" in note for note in watch.beat()["notes"])


def test_the_hour_that_comes_twice_loses_no_change(tmp_path: Path) -> None:
    clock = Clock(
        datetime.fromisoformat("2026-11-01T05:10:00+00:00")
    )  # New York sets its clocks back at 6:00Z
    desk = Desk(clock=clock, zone="America/New_York")
    since = {"format": "%Y-%m-%d %H:%M:%S", "zone": "America/New_York"}
    changes = {"drop_params": ["status"], "params": {"since": "{since}"}, "since": since}
    with watching(tmp_path, desk, changes=changes, probe=None) as watch:
        for number in range(1, 9):
            desk.change(str(number), subject=f"Change {number}")
            watch.run(minutes=10)
            assert watch.tickets()[str(number)].subject == f"Change {number}"


def test_dates_of_1970_mean_no_date(tmp_path: Path) -> None:
    desk = Desk()
    fields = {**described(desk)["fields"], "resolution_due_at": "due", "resolved_at": "solved_at"}
    with watching(tmp_path, desk, fields=fields) as watch:
        desk.change("1", due="1970-01-01T00:00:00Z", solved_at="1970-01-01T00:00:00Z")
        desk.change("2", due="2026-03-11T09:00:00Z")
        watch.run(minutes=2)
        assert watch.tickets()["1"].resolution_due_at is None
        assert watch.tickets()["1"].resolved_at is None
        assert watch.tickets()["2"].resolution_due_at is not None
        assert watch.archived() == {}


def test_a_date_in_the_future_hides_no_later_change(tmp_path: Path) -> None:
    desk = Desk()
    with watching(tmp_path, desk) as watch:
        desk.tickets["1"]["updated"] = "2027-01-01T00:00:00Z"
        watch.run(minutes=2)
        desk.change("2", subject="Other words")
        watch.run(minutes=1)
        assert watch.tickets()["2"].subject == "Other words"


@pytest.mark.parametrize(
    ("paging", "elsewhere"),
    [
        ("next_url", "http://localhost:9/x"),
        ("next_url", "//127.0.0.2/x"),
        ("next_url", "file:///x"),
        ("link", "http://127.0.0.2:9/x"),
    ],
)
def test_a_next_page_on_another_host_is_never_asked_for(tmp_path: Path, paging: str, elsewhere: str) -> None:
    desk = Desk(paging=paging, cap=10)
    with watching(tmp_path, desk, tickets=30) as watch:
        desk.next_of = lambda url: elsewhere
        watch.watcher.refresh_soon()
        watch.run(minutes=12)
        assert set(watch.tickets()) == set(desk.tickets)
        assert "another host" in watch.beat()["error"]["words"]
        desk.next_of = lambda url: url
        watch.run(minutes=12)
        assert watch.beat()["error"] is None


@pytest.mark.parametrize("paging", ["next_url", "link", "token"])
def test_pages_that_go_round_in_circles_are_noticed(tmp_path: Path, paging: str) -> None:
    desk = Desk(paging=paging, cap=10)
    with watching(tmp_path, desk, tickets=30) as watch:
        desk.requests.clear()
        start = desk._start
        desk._start = lambda params, headers, size: min(start(params, headers, size), 10)  # type: ignore[method-assign]
        watch.watcher.refresh_soon()
        watch.run(minutes=1)
        assert set(watch.tickets()) == set(desk.tickets)
        assert watch.beat()["error"]["kind"] == "answer"
        assert len(desk.requests) < 40


def test_a_redirect_is_not_followed_and_the_key_stays_here(tmp_path: Path) -> None:
    with serving(Desk()) as other, watching(tmp_path, Desk()) as watch:
        away = {"Location": f"{other.url}/tickets"}
        watch.desk.faults = [(302, away, b"")] * 50
        watch.run(minutes=10)
        assert other.requests == []
        assert watch.beat()["error"]["kind"] == "config"
        assert set(watch.tickets()) == set(watch.desk.tickets)


def test_items_without_an_id_make_a_list_that_archives_nothing(tmp_path: Path) -> None:
    desk = Desk()
    fields = {**described(desk)["fields"], "agent": "agent"}
    with watching(tmp_path, desk, one=None, changes=None, probe=None, lookups={}, fields=fields) as watch:
        odd = [{"id": n, "subject": "x", "status": "open"} for n in range(1, 12)] + [{"id": None}]
        desk.faults = [reply(json.dumps({"items": odd}).encode())] * 500
        watch.run(minutes=16)
        assert set(watch.tickets()) == set(desk.tickets)
        assert watch.archived() == {}


def test_no_secret_is_written_anywhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with watching(tmp_path, Desk(auth="query", wrong_key="401", paging="next_url", cap=5)) as watch:
        watch.start(key="revoked-key-1")
        watch.run(minutes=16)
        assert watch.beat()["error"]["kind"] == "auth"
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        texts = [path.read_bytes() for path in files] + [caplog.text.encode()]
        assert not any(
            key in text for text in texts for key in (b"revoked-key-1", KEY.encode(), SECRET.encode())
        )
        assert watch.clock.now > TUESDAY


def test_without_a_sources_yaml_the_tickets_of_a_file_that_was_deleted_leave_all_the_same(
    tmp_path: Path,
) -> None:
    with watching(tmp_path, Desk(), tickets=2) as watch:
        folder = watch.home.config / "sources.d"
        (folder / "other.yaml").write_text((folder / "desk.yaml").read_text("utf-8"), "utf-8")
        (folder / "desk.yaml").unlink()
        (watch.home.config / "sources.yaml").unlink()
        watch.start()
        watch.run(minutes=4)
        assert {t.key for t in watch.tickets().values()} == {"other-1", "other-2"}
        assert set(watch.archived().values()) == {"source desk is not configured any more"}


def test_a_file_that_now_means_another_project_starts_from_nothing(tmp_path: Path) -> None:
    desk = Desk()
    answer = desk.answer
    desk.answer = lambda method, target, headers, body: answer(  # type: ignore[method-assign]
        method, target.removeprefix("/other"), headers, body
    )
    with watching(tmp_path, desk, tickets=2) as watch:
        watch.configure(one={"path": "/tickets/{id}", "item": "ticket", "gone": ["404"]})
        watch.start()
        assert watch.run(minutes=2).archived() == {}
        desk.tickets["1"] |= {"subject": "The first of another project", "updated": "2026-01-07T10:00:00Z"}
        tickets = {**described(desk)["tickets"], "path": "/other/tickets?fields=all"}
        watch.configure(tickets=tickets)
        watch.start()
        assert watch.run(minutes=12).tickets()["1"].subject == "The first of another project"
        assert watch.archived()["1"] == "source desk is another account now"


def test_tickets_that_get_another_id_from_the_file_leave_under_the_old_one(tmp_path: Path) -> None:
    desk = Desk()
    with watching(tmp_path, desk, tickets=2) as watch:
        fields = {**described(desk)["fields"], "id": "join('-', ['IT', to_string(id)])"}
        watch.configure(fields=fields)
        watch.start()
        watch.run(minutes=12)
        assert set(watch.tickets()) == {"IT-1", "IT-2"}


def test_a_helpdesk_that_sends_smaller_pages_from_today_on_loses_nothing(tmp_path: Path) -> None:
    desk = Desk()
    tickets = {**described(desk)["tickets"], "paging": {"kind": "page", "size": "100", "size_param": "size"}}
    with watching(tmp_path, desk, tickets=120) as watch:
        watch.configure(tickets=tickets, changes=None, one=None)
        watch.start()
        watch.run(minutes=10)
        desk.cap = 50
        watch.run(minutes=30)
        assert len(watch.tickets()) == 120
        assert watch.archived() == {}


def test_a_quiet_night_after_the_newest_ticket_was_deleted_costs_no_list_each_minute(tmp_path: Path) -> None:
    with watching(tmp_path, Desk(), tickets=3) as watch:
        newest = watch.desk.create("Deleted soon")
        watch.run(minutes=2)
        del watch.desk.tickets[newest]
        watch.run(minutes=15)
        watch.desk.requests.clear()
        watch.run(hours=1)
        lists = [request for request in watch.desk.requests if "status=open" in request]
        assert len(lists) <= 12 + 7  # every five minutes, and now and then to be sure
        watch.desk.change("1", subject="In the morning")
        assert watch.run(minutes=2).tickets()["1"].subject == "In the morning"


def test_a_watcher_that_runs_once_a_minute_lets_go_what_two_lists_lack(tmp_path: Path) -> None:
    with watching(tmp_path, Desk(), one=None, changes=None) as watch:
        watch.desk.tickets.pop("3")
        for _ in range(2):
            watch.start()
            watch.watcher.poll(watch.clock.now)
            watch.clock.pass_(minutes=1)
        assert set(watch.archived()) == {"3"}
        assert set(watch.tickets()) == set(watch.desk.tickets)


def test_a_watcher_that_runs_once_a_minute_comes_to_believe_that_most_tickets_are_gone(
    tmp_path: Path,
) -> None:
    with watching(tmp_path, Desk(), tickets=30, changes=None) as watch:
        for id_ in list(watch.desk.tickets)[:20]:
            watch.desk.tickets.pop(id_)
        watch.start()
        watch.watcher.poll(watch.clock.now)
        assert watch.archived() == {}
        assert watch.beat()["doubted"]["missing"] == 20
        for _ in range(15):
            watch.clock.pass_(minutes=1)
            watch.start()
            watch.watcher.poll(watch.clock.now)
        assert set(watch.tickets()) == set(watch.desk.tickets)


@pytest.mark.parametrize("probe", [True, False])
def test_a_session_that_ended_without_a_word_is_begun_again(tmp_path: Path, probe: bool) -> None:
    more: dict[str, Any] = {} if probe else {"probe": None}
    with watching(tmp_path, Desk(auth="login", wrong_key="empty", mumbles=True), **more) as watch:
        watch.desk.tokens.clear()
        watch.run(minutes=8)
        watch.desk.create("After the session")
        watch.run(minutes=8)
        assert watch.archived() == {}
        assert set(watch.tickets()) == set(watch.desk.tickets)
        assert watch.beat()["error"] is None
