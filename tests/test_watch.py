"""The watcher's one step with sources that are simple values: isolation, pace, wishes, heartbeat, disk."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from deskwatch.config import Config, Home, LiveConfig
from deskwatch.core.sync import Gone, Snapshot
from deskwatch.core.ticket import Phase, Ticket
from deskwatch.sources.source import Finding, Report, SourceError
from deskwatch.store.tickets import TicketFolder
from deskwatch.watch import Watcher
from tests.watch_desk import FakeClock

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def ticket(number: int, *, source: str = "fs", **fields: Any) -> Ticket:
    """A ticket that was last changed at noon."""
    given = {"key": f"{source}-{number}", "source": source, "id": str(number), "updated_at": NOON, **fields}
    return Ticket(**given)


class FakeSource:
    """A helpdesk that is a dictionary. ``trouble`` is raised by the next calls; ``asked`` remembers them."""

    kind = "freshservice"

    def __init__(self, name: str, clock: FakeClock, *numbers: int) -> None:
        self.name, self.clock = name, clock
        self.place = f"https://{name}.example"
        self.rows = {str(n): ticket(n, source=name) for n in numbers}
        self.trouble: SourceError | None = None
        self.asked: list[str] = []
        self.remembered: dict[str, Any] = {}
        self.takes = 0.0
        self.fails_at: str | None = None
        self.closed = False

    def deadline(self) -> AbstractContextManager[None]:
        return nullcontext()

    def fetch(self, cursor: str | None, *, known: Mapping[str, Ticket], now: datetime) -> Snapshot:
        self._call("fetch" if cursor else "cold")
        whole = frozenset(self.rows) if cursor is None else None
        rows = tuple(self.rows.values())
        return Snapshot(
            self.name, tickets=rows, present=whole, complete=cursor is None, cursor=now.isoformat()
        )

    def list_open(self, *, known: Mapping[str, Ticket], now: datetime) -> Snapshot:
        self._call("list")
        return Snapshot(self.name, present=frozenset(self.rows), complete=True)

    def look(self, ids: Any, *, now: datetime) -> Snapshot:
        self._call(f"look {','.join(ids)}")
        return Snapshot(self.name, gone=tuple(Gone(id_, "deleted") for id_ in ids if id_ not in self.rows))

    def _call(self, words: str) -> None:
        self.asked.append(words)
        self.clock.pass_(seconds=self.takes)
        if self.trouble:
            raise self.trouble
        if words == self.fails_at:
            raise SourceError("server", f"no {words}")

    def check(self, *, now: datetime) -> list[Finding]:
        return []

    def people(self, *, now: datetime) -> dict[str, dict[str, str]]:
        return {"agents": {"1": "ana"}, "requesters": {}}

    def raw(self, id_: str, *, now: datetime) -> Mapping[str, Any]:
        return {"id": int(id_)}

    def wants_now(self) -> bool:
        return False

    def report(self) -> Report:
        return Report(credits_used=5, credits_left=135, credits_total=140, unmapped=("status 11",))

    def memory(self) -> dict[str, Any]:
        return {"asked": len(self.asked)}

    def recall(self, memory: Mapping[str, Any]) -> None:
        self.remembered = dict(memory)

    def close(self) -> None:
        self.closed = True


class Room:
    """A home with two sources, fs and hr, and the watcher in it."""

    def __init__(self, path: Path) -> None:
        self.home, self.clock = Home(path), FakeClock(now=NOON)
        self.home.config.mkdir(parents=True)
        self.write("deskwatch", {})
        names = {n: {"kind": "demo", "base_url": f"http://127.0.0.1:1/{n}"} for n in ("fs", "hr")}
        self.write("sources", names)
        self.sources = {"fs": FakeSource("fs", self.clock, 1, 2, 3), "hr": FakeSource("hr", self.clock, 7)}
        self.folder = TicketFolder(self.home.tickets)
        self.start()

    def write(self, name: str, content: dict[str, Any]) -> None:
        (self.home.config / f"{name}.yaml").write_text(json.dumps(content), "utf-8")

    def start(self) -> None:
        self.live = LiveConfig(self.home, env={}, clock=self.clock, stopwatch=self.clock.monotonic)
        self.watcher = Watcher(
            self.live,
            self.make,
            folder=self.folder,
            started_at=self.clock.now,
            clock=self.clock.monotonic,
            random=Random(1),
        )

    def make(self, name: str, config: Config) -> FakeSource:
        return self.sources[name]

    def poll(self, **later: float) -> float:
        """One step after some time."""
        self.clock.pass_(**later)
        return self.watcher.poll(self.clock.now)

    def beat(self) -> dict[str, Any]:
        whole: dict[str, Any] = json.loads((self.home.state / "watcher.json").read_text("utf-8"))
        return whole

    def state(self, name: str) -> Any:
        return self.beat()["sources"][name]["state"]

    def files(self) -> set[str]:
        return set(self.folder.scan())


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """After the first round."""
    room = Room(tmp_path)
    room.poll()
    return room


ALL = {"fs-1.json", "fs-2.json", "fs-3.json", "hr-7.json"}


def test_one_round_fills_the_folder_from_every_source(room: Room) -> None:
    assert room.files() == ALL
    assert room.state("fs") == room.state("hr") == "ok"


def test_the_log_counts_one_ticket_as_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    Room(tmp_path).poll()
    assert re.search(r"fs: 3 changes in \S+ s for 5 credits, 3 tickets$", caplog.text, re.MULTILINE)
    assert re.search(r"hr: 1 change in \S+ s for 5 credits, 1 ticket$", caplog.text, re.MULTILINE)


def test_a_source_that_fails_stops_no_other_one(room: Room) -> None:
    room.sources["fs"].trouble = SourceError("server", "it is down", status=503)
    room.sources["hr"].rows["8"] = ticket(8, source="hr")
    room.poll(seconds=30)
    assert room.files() == {*ALL, "hr-8.json"}
    assert room.state("fs") == "failing"
    assert room.state("hr") == "ok"
    said = {"kind": "server", "status": 503, "words": "it is down", "since": "2026-03-10T12:00:30Z"}
    assert room.beat()["sources"]["fs"]["error"] == said


def test_the_heartbeat_says_what_the_contract_says(room: Room) -> None:
    beat = room.beat()
    assert beat["schema"] == 1
    assert beat["process"] == "watcher"
    assert beat["pid"] == os.getpid()
    assert beat["beat_at"] == beat["started_at"] == "2026-03-10T12:00:00Z"
    assert beat["beat_every_seconds"] == 30
    assert beat["pause_until"] is None
    assert beat["config"] == {"generation": 1, "loaded_at": "2026-03-10T12:00:00Z", "problems": []}
    assert beat["sources"]["fs"] == {
        "kind": "freshservice",
        "state": "ok",
        "tickets": 3,
        "last_good_at": "2026-03-10T12:00:00Z",
        "last_try_at": "2026-03-10T12:00:00Z",
        "next_try_at": "2026-03-10T12:00:30Z",
        "last_complete_at": "2026-03-10T12:00:00Z",
        "error": None,
        "writes": None,
        "doubted": {"missing": 0, "words": None},
        "credits": {"used_last_poll": 5, "left": 135, "total": 140},
        "clock_skew_seconds": 0,
        "unmapped": ["status 11"],
        "notes": [],
        "poll_seconds": 0.0,
    }


def test_an_idle_watcher_still_beats(room: Room) -> None:
    for _ in range(14):
        assert room.poll(seconds=2) <= 2.0
    at = datetime.fromisoformat(room.beat()["beat_at"])
    assert room.clock.now - at <= timedelta(seconds=10)
    assert room.sources["fs"].asked == ["cold"]


def test_the_end_of_a_long_poll_is_beaten_at_its_end(room: Room) -> None:
    room.sources["hr"].takes = 40.0
    room.poll(seconds=30)
    assert room.beat()["beat_at"] == "2026-03-10T12:01:10Z"
    assert room.beat()["sources"]["hr"]["poll_seconds"] == 40.0
    assert room.beat()["sources"]["hr"]["last_good_at"] == "2026-03-10T12:01:10Z"


def test_each_source_has_its_own_pace(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.write(
        "sources",
        {
            "fs": {"kind": "demo", "base_url": "http://127.0.0.1:1/fs", "poll_interval": "5s"},
            "hr": {"kind": "demo", "base_url": "http://127.0.0.1:1/hr", "poll_interval": "60s"},
        },
    )
    room.start()
    room.poll()
    for _ in range(60):
        room.poll(seconds=1)
    assert room.sources["fs"].asked.count("fetch") == 12
    assert room.sources["hr"].asked.count("fetch") == 1


@pytest.mark.parametrize(
    ("kind", "retry_after", "earliest", "latest"),
    [
        ("server", None, 1.8, 2.2),
        ("timeout", None, 1.8, 2.2),
        ("rate_limited", 37.0, 37.0, 40.8),
        ("server", 120.0, 120.0, 132.0),
        ("auth", None, 300.0, 330.0),
        ("forbidden", None, 300.0, 330.0),
    ],
)
def test_after_an_error_the_next_try_comes_in_time_and_not_before(
    room: Room, kind: Any, retry_after: float | None, earliest: float, latest: float
) -> None:
    room.sources["fs"].trouble = SourceError(kind, "no", retry_after=retry_after)
    room.poll(seconds=30)
    room.sources["fs"].asked.clear()
    room.poll(seconds=earliest - 0.1)
    assert room.sources["fs"].asked == []
    room.sources["fs"].trouble = None
    room.poll(seconds=latest - earliest + 0.2)
    assert room.sources["fs"].asked == ["fetch"]
    assert room.state("fs") == "ok"


def test_pauses_double_up_to_five_minutes(room: Room) -> None:
    room.sources["fs"].trouble = SourceError("server", "no")
    gaps, last = [], room.clock.now + timedelta(seconds=30)
    room.clock.pass_(seconds=30)
    for _ in range(1900):
        before = len(room.sources["fs"].asked)
        room.watcher.poll(room.clock.now)
        if len(room.sources["fs"].asked) > before:
            gaps.append((room.clock.now - last).total_seconds())
            last = room.clock.now
        room.clock.pass_(seconds=0.5)
    assert gaps[1:9] == pytest.approx([2, 4, 8, 16, 32, 64, 128, 256], rel=0.3)
    assert max(gaps) <= 331


def test_a_pause_stops_all_questions_and_is_shown(room: Room) -> None:
    room.write("deskwatch", {"zone": "UTC", "watcher": {"pause_until": "2026-03-10 13:00"}})
    room.poll(seconds=31)
    for source in room.sources.values():
        source.asked.clear()
    room.poll(seconds=600)
    assert room.sources["fs"].asked == []
    assert room.state("fs") == "paused"
    assert room.beat()["pause_until"] == "2026-03-10T13:00:00Z"
    assert room.beat()["sources"]["fs"]["next_try_at"] == "2026-03-10T13:00:00Z"
    room.poll(seconds=3600)
    assert room.state("fs") == "ok"


def test_touching_the_refresh_file_asks_everything_now(room: Room) -> None:
    (room.home.state / "refresh").touch()
    room.poll(seconds=1)
    assert room.sources["fs"].asked == ["cold", "fetch", "list"]
    room.poll(seconds=1)
    assert room.sources["fs"].asked == ["cold", "fetch", "list"]


def test_a_refresh_file_from_before_the_start_is_no_wish(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.home.state.mkdir(exist_ok=True)
    (room.home.state / "refresh").touch()
    room.start()
    room.poll()
    room.poll(seconds=1)
    assert room.sources["fs"].asked == ["cold"]


def test_a_good_edit_is_live_at_once_and_compares_everything(room: Room) -> None:
    room.write("deskwatch", {"watcher": {"poll_interval": "5s"}})
    room.poll(seconds=3)
    assert room.beat()["config"]["generation"] == 2
    assert room.sources["fs"].asked == ["cold", "fetch", "list"]
    assert room.sources["fs"].remembered == {"asked": 1}


def test_a_bad_edit_changes_nothing_and_is_shown(room: Room) -> None:
    room.write("deskwatch", {"watcher": {"poll_intervall": "5s"}})
    room.poll(seconds=30)
    assert room.state("fs") == "ok"
    assert any("poll_intervall" in line for line in room.beat()["config"]["problems"])


ONLY_FS = {"fs": {"kind": "demo", "base_url": "http://127.0.0.1:1/fs"}}


@pytest.mark.parametrize("restarted", [False, True])
def test_tickets_of_a_source_that_leaves_the_configuration_leave_the_wall(
    room: Room, restarted: bool
) -> None:
    room.folder.write([ticket(5, source="other")])
    before = (room.home.config / "sources.yaml").read_text("utf-8")
    room.write("sources", ONLY_FS)
    if restarted:
        room.start()
    room.poll(seconds=30)
    assert room.files() == ALL - {"hr-7.json"} | {"other-5.json"}
    assert set(room.beat()["sources"]) == {"fs"}
    (archived,) = (room.home.tickets / "archive").glob("*/*.json")
    reason = json.loads(archived.read_text("utf-8"))["archive_reason"]
    assert reason == "source hr is not configured any more"
    (room.home.config / "sources.yaml").write_text(before, "utf-8")
    room.poll(seconds=30)
    room.poll(seconds=30)
    assert room.files() == ALL | {"other-5.json"}


def test_a_lost_sources_yaml_takes_no_ticket_off_the_wall(room: Room) -> None:
    (room.home.config / "sources.yaml").unlink()
    room.sources["demo"] = FakeSource("demo", room.clock)
    room.poll(seconds=30)
    room.poll(seconds=30)
    assert room.files() == ALL


def test_a_restart_goes_on_where_it_stopped(room: Room) -> None:
    room.start()
    room.poll(seconds=30)
    assert room.sources["fs"].asked == ["cold", "fetch"]


def test_an_emptied_folder_is_filled_again(room: Room) -> None:
    for name in room.files():
        (room.home.tickets / name).unlink()
    room.start()
    room.poll(seconds=30)
    assert room.files() == ALL


def test_ticket_files_that_vanish_while_the_watcher_runs_are_back_with_the_next_poll(room: Room) -> None:
    before = {name: room.folder.load(name) for name in room.files()}
    for name in room.files():
        (room.home.tickets / name).unlink()
    room.poll(seconds=30)
    assert {name: room.folder.load(name) for name in room.files()} == before


def test_a_ticket_folder_that_was_moved_away_is_filled_again_even_without_a_helpdesk(room: Room) -> None:
    room.home.tickets.rename(room.home.tickets.with_name("tickets.old"))
    for source in room.sources.values():
        source.trouble = SourceError("connection", "no answer")
    room.poll(seconds=30)
    assert room.files() == ALL


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]"])
def test_a_ticket_file_that_breaks_is_written_as_it_was(room: Room, content: bytes) -> None:
    before = room.folder.load("fs-2.json")
    (room.home.tickets / "fs-2.json").write_bytes(content)
    room.poll(seconds=30)
    assert room.folder.load("fs-2.json") == before


def test_a_wish_to_refresh_mends_the_files_at_once(room: Room) -> None:
    (room.home.tickets / "fs-2.json").unlink()
    room.watcher.refresh_soon()
    room.poll(seconds=1)
    assert room.files() == ALL


def test_a_file_that_cannot_be_mended_holds_up_no_other_and_is_mended_later(room: Room) -> None:
    for name in room.files():
        (room.home.tickets / name).unlink()
    (room.home.tickets / "fs-2.json").mkdir()
    room.poll(seconds=30)
    assert all((room.home.tickets / name).is_file() for name in ALL - {"fs-2.json"})
    (room.home.tickets / "fs-2.json").rmdir()
    room.poll(seconds=30)
    assert (room.home.tickets / "fs-2.json").is_file()


def test_a_vanished_file_of_another_program_stays_away(room: Room) -> None:
    room.folder.write([ticket(5, source="other")])
    room.poll(seconds=30)
    (room.home.tickets / "other-5.json").unlink()
    room.poll(seconds=30)
    assert room.files() == ALL


def test_a_state_file_of_another_account_is_not_believed(room: Room) -> None:
    room.sources["fs"].place = "https://other.example"
    room.start()
    room.poll(seconds=30)
    assert room.sources["fs"].asked == ["cold", "cold"]


def test_tickets_of_another_account_under_the_same_name_are_not_hidden_by_the_old_ones(room: Room) -> None:
    earlier = NOON - timedelta(days=1)
    room.sources["fs"].place = "https://other.example"
    room.sources["fs"].rows = {"1": ticket(1, subject="new account", updated_at=earlier)}
    room.start()
    room.sources["fs"].trouble = SourceError("connection", "no answer")
    room.poll(seconds=30)
    assert room.files() == ALL
    room.sources["fs"].trouble = None
    room.poll(seconds=30)
    room.poll(seconds=30)
    assert room.files() == {"fs-1.json", "hr-7.json"}
    assert room.folder.read("fs-1").subject == "new account"


def test_another_port_on_this_machine_is_no_other_account(room: Room) -> None:
    for port in (1, 2):
        room.sources["fs"].place = f"http://127.0.0.1:{port}"
        room.start()
        room.poll(seconds=30)
        archived = len(list((room.home.tickets / "archive").glob("*/*.json")))
    assert archived == 3


@pytest.mark.parametrize("content", [b"", b"null", b"{", b'{"schema": 1, "cursor": 7, "over": [1]}', b"\xff"])
def test_a_spoilt_state_file_means_a_cold_start(room: Room, content: bytes) -> None:
    (room.home.state / "sources" / "fs.json").write_bytes(content)
    room.start()
    room.poll(seconds=30)
    assert room.sources["fs"].asked == ["cold", "cold"]
    assert room.files() == ALL


def test_tickets_of_other_programs_are_never_touched(room: Room) -> None:
    room.folder.write([ticket(5, source="other")])
    room.start()
    for _ in range(40):
        room.poll(seconds=30)
    assert "other-5.json" in room.files()


def test_a_vanished_ticket_is_asked_about_and_archived(room: Room) -> None:
    del room.sources["fs"].rows["2"]
    for _ in range(21):
        room.poll(seconds=30)
    assert "look 2" in room.sources["fs"].asked
    assert room.files() == ALL - {"fs-2.json"}


def test_an_over_ticket_leaves_and_the_archive_is_pruned_after_its_days(room: Room) -> None:
    room.sources["fs"].rows["1"] = ticket(1, phase=Phase.CLOSED, updated_at=NOON + timedelta(seconds=10))
    room.poll(seconds=30)
    (kept,) = (room.home.tickets / "archive").glob("*/*.json")
    room.poll(days=89)
    assert kept.exists()
    room.poll(days=2)
    assert not kept.exists()


def test_what_was_read_before_an_error_is_kept_and_the_cursor_stays(room: Room) -> None:
    before = json.loads((room.home.state / "sources" / "fs.json").read_text())["cursor"]
    progress = Snapshot("fs", tickets=(ticket(9),))
    room.sources["fs"].trouble = SourceError("server", "page 2", progress=progress)
    room.poll(seconds=30)
    assert "fs-9.json" in room.files()
    assert json.loads((room.home.state / "sources" / "fs.json").read_text())["cursor"] == before


def test_a_full_disk_is_named_and_nothing_is_taken_for_read(room: Room) -> None:
    staging = room.home.tickets / ".staging"
    for path in staging.iterdir():
        path.unlink()
    staging.rmdir()
    staging.write_text("in the way")
    cursor = json.loads((room.home.state / "sources" / "fs.json").read_text())["cursor"]
    room.sources["fs"].rows["9"] = ticket(9)
    room.poll(seconds=30)
    error = room.beat()["sources"]["fs"]["error"]
    assert error["kind"] == "store"
    assert "cannot write" in error["words"] or "cannot" in error["words"]
    assert json.loads((room.home.state / "sources" / "fs.json").read_text())["cursor"] == cursor
    staging.unlink()
    room.poll(seconds=30)
    assert "fs-9.json" in room.files()
    assert room.state("fs") == "ok"


def test_a_clock_set_back_two_hours_stalls_nothing(room: Room) -> None:
    room.clock.ahead = timedelta(hours=-2)
    room.clock.pass_(seconds=30)
    room.watcher.poll(room.clock.wall())
    assert room.sources["fs"].asked == ["cold", "fetch"]
    room.clock.ahead = timedelta(days=3)
    room.clock.pass_(seconds=30)
    room.watcher.poll(room.clock.wall())
    assert room.sources["fs"].asked == ["cold", "fetch", "fetch"]


def test_an_error_nobody_thought_of_stops_no_other_source_and_is_shown(room: Room) -> None:
    room.sources["fs"].rows["1"] = "not a ticket"  # type: ignore[assignment]
    room.sources["hr"].rows["8"] = ticket(8, source="hr")
    room.poll(seconds=30)
    assert "hr-8.json" in room.files()
    assert "unexpected AttributeError" in room.beat()["sources"]["fs"]["error"]["words"]


def test_a_complete_list_has_its_own_pace(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.write("deskwatch", {"watcher": {"poll_interval": "60s", "reconcile_interval": "5s"}})
    room.start()
    room.poll()
    for _ in range(59):
        room.poll(seconds=1)
    assert room.sources["fs"].asked.count("fetch") == 0
    assert room.sources["fs"].asked.count("list") == 11


def test_a_complete_list_that_fails_is_shown_while_changes_go_on(room: Room) -> None:
    room.poll(seconds=570)
    room.sources["fs"].fails_at = "list"
    room.poll(seconds=30)
    room.poll(seconds=1)
    assert room.state("fs") == "failing"
    room.poll(seconds=29)
    assert room.sources["fs"].asked[-2:] == ["fetch", "list"]
    assert room.state("fs") == "failing"
    room.sources["fs"].fails_at = None
    room.poll(seconds=30)
    assert room.state("fs") == "ok"
