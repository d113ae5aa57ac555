"""Whatever a helpdesk answers: no crash, no ticket lost, no cursor moved, fitting words, and recovery."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from deskwatch.core.merging import is_partial
from deskwatch.demo import faults
from deskwatch.demo.answers import Answer
from deskwatch.demo.faults import Fault
from deskwatch.demo.server import start_server
from tests.watch_desk import ImpatientDesk, WatchDesk, watch_desk


@dataclass(frozen=True)
class Case:
    """A fault, and what the heartbeat must say about it. ``kind`` None: the fault does no harm."""

    make: Callable[[], Fault]
    kind: str | None
    words: str = ""
    status: int | None = None
    patience: float = 10.0
    """Seconds after which the watcher has tried again."""


FAULTS = {
    "500 JSON": Case(faults.internal_error, "server", "internal error", 500),
    "500 text": Case(faults.internal_error_text, "server", "internal error", 500),
    "502 HTML": Case(faults.bad_gateway, "server", "broken gateway", 502),
    "503 with a pause": Case(faults.unavailable, "server", "down for the moment", 503, patience=140),
    "503 without": Case(lambda: faults.unavailable(None), "server", "down", 503, patience=80),
    "429": Case(faults.rate_limited, "rate_limited", "rate limit", 429, patience=50),
    "429 without a pause": Case(lambda: faults.rate_limited(None), "rate_limited", "rate", 429, patience=80),
    "429 with junk": Case(lambda: faults.rate_limited("soon"), "rate_limited", "rate", 429, patience=80),
    "429 with a negative": Case(lambda: faults.rate_limited("-5"), "rate_limited", "rate", 429),
    "429 for ever": Case(lambda: faults.rate_limited("99999999"), "rate_limited", "rate", 429, patience=1000),
    "401": Case(faults.unauthorized, "auth", "API key is refused", 401, patience=400),
    "403": Case(faults.forbidden, "forbidden", "lacks the right", 403, patience=400),
    "403 suspended": Case(
        lambda: faults.forbidden("account_suspended"), "forbidden", "suspended", 403, patience=400
    ),
    "404": Case(faults.missing, "not_found", "check subdomain", 404),
    "log-in page": Case(faults.login_page, "answer", "web page", 200),
    "redirect": Case(lambda: faults.redirect("http://127.0.0.1:9/x"), "config", "elsewhere", 302),
    "null rows": Case(faults.null_rows, "answer", "null", 200),
    "truncated": Case(faults.truncated, "answer", "not readable", 200),
    "not JSON": Case(faults.not_json, "answer", "not readable", 200),
    "deep JSON": Case(faults.deep_json, "answer", "nested too deep", 200),
    "huge": Case(faults.huge, "answer", "larger than 32 MiB"),
    "gzip bomb": Case(lambda: faults.gzip_bomb(40 << 20), "answer", "larger than 32 MiB"),
    "reset": Case(faults.reset, "connection", "broke"),
    "cut": Case(faults.cut, "connection", "broke"),
    "stall": Case(lambda: faults.stall(30), "timeout", "said nothing for 1.5 s"),
    "drip": Case(lambda: faults.slow_drip(0.3), "timeout", "within 2.5 s"),
    "gzip": Case(faults.compressed, None),
    "no date": Case(faults.wrong_date, None),
    "a date in the past": Case(lambda: faults.wrong_date(timedelta(days=-400)), None),
    "a date in the future": Case(lambda: faults.wrong_date(timedelta(days=400)), None),
    "odd credits": Case(faults.odd_credit_headers, None),
}


SLOW = ("huge", "gzip bomb", "stall", "drip")


SILENT = ("stall", "drip")


@pytest.fixture
def watch(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[WatchDesk]:
    """Fifteen tickets on the wall, thirty seconds after the last good poll."""
    callspec = getattr(request.node, "callspec", None)
    silent = callspec is not None and callspec.params.get("name") in SILENT
    with watch_desk(tmp_path, tickets=15, kind=ImpatientDesk if silent else WatchDesk) as watch:
        watch.run(seconds=5)
        watch.clock.pass_(minutes=9)
        watch.run(seconds=1)
        watch.clock.pass_(seconds=30)
        yield watch


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_the_list_of_changes(watch: WatchDesk, name: str) -> None:
    case, cursor, good = FAULTS[name], watch.cursor(), watch.beat()["last_good_at"]
    watch.desk.faults.add("list", case.make())
    watch.poll()
    check(watch, case)
    if case.kind:
        assert watch.cursor() == cursor
        assert watch.beat()["last_good_at"] == good
    recovers(watch, case)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_the_complete_list(watch: WatchDesk, name: str) -> None:
    case = FAULTS[name]
    watch.desk.faults.add("filter", case.make())
    watch.clock.pass_(minutes=2)
    watch.poll()
    check(watch, case)
    recovers(watch, case)


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in SLOW])
def test_a_fault_while_looking_for_a_ticket_that_the_list_lacks(watch: WatchDesk, name: str) -> None:
    """404 is the one answer that means something: the ticket was deleted for good."""
    case, id_ = FAULTS[name], int(min(watch.truth()))
    watch.desk.faults.add("filter", without(id_))
    watch.desk.faults.add("view", case.make())
    watch.clock.pass_(minutes=2)
    watch.poll()
    if name == "404":
        assert set(watch.archived()) == {str(id_)}
        return
    assert watch.tickets().keys() == watch.truth()
    watch.run(seconds=max(case.patience, 70))
    assert watch.tickets().keys() == watch.truth()
    assert watch.archived() == {}
    assert watch.beat()["state"] == "ok"


def without(id_: int) -> Fault:
    """A list that lacks one ticket and does not notice."""

    def lacking(answer: Answer) -> Answer:
        rows = [row for row in answer.data["tickets"] if row["id"] != id_]
        return replace(answer, data={"tickets": rows, "total": len(rows)})

    return Fault(name=f"without {id_}", spoil=lacking)


def check(watch: WatchDesk, case: Case) -> None:
    """The wall keeps every ticket and hears what is wrong."""
    assert watch.tickets().keys() == watch.truth()
    assert watch.archived() == {}
    error = watch.beat()["error"]
    if case.kind is None:
        assert error is None
        return
    assert (error["kind"], error["status"]) == (case.kind, case.status)
    assert case.words in error["words"]
    assert "demo" not in error["words"]
    assert watch.beat()["state"] == "failing"


def recovers(watch: WatchDesk, case: Case) -> None:
    """The next try finds what changed meanwhile."""
    changed = watch.desk.change_priority(int(min(watch.truth())), 4)
    watch.run(seconds=max(case.patience, 31))
    assert watch.beat()["error"] is None
    assert watch.beat()["state"] == "ok"
    assert watch.ticket(changed.id).priority == "urgent"
    assert watch.tickets().keys() == watch.truth()


@pytest.mark.parametrize("page", [faults.repeated_page, faults.overlapping_pages])
def test_pages_that_repeat_or_overlap_lose_nothing_and_end(tmp_path: Path, page: Callable[[], Fault]) -> None:
    with watch_desk(tmp_path, tickets=75, yaml={"per_page": 30}) as watch:
        watch.run(minutes=9)
        for id_ in map(int, watch.truth()):
            watch.desk.change_priority(id_, 4)
        for route in ("list", "filter"):
            watch.desk.faults.add(route, page(), times=3)
        watch.run(minutes=6)
        assert watch.tickets().keys() == watch.truth()
        assert {t.priority for t in watch.tickets().values()} == {"urgent"}
        assert watch.beat()["error"] is None


def test_a_list_that_names_fewer_tickets_than_it_counts_is_not_believed(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=15) as watch:
        watch.run(minutes=9)
        watch.desk.faults.add("filter", faults.short_page(3))
        watch.clock.pass_(minutes=2)
        watch.poll()
        assert watch.beat()["error"]["words"].endswith("the list names 3 of 15 tickets")
        assert len(watch.tickets()) == 15


def test_a_redirect_to_another_host_never_receives_the_key(watch: WatchDesk) -> None:
    heard: list[str | None] = []

    def listener(environ: dict[str, str], start: Callable[..., object]) -> list[bytes]:
        heard.append(environ.get("HTTP_AUTHORIZATION"))
        start("200 OK", [("Content-Type", "application/json")])
        return [b'{"tickets": []}']

    with start_server(listener, "127.0.0.1", 0, threading.Event()) as elsewhere:
        for status in (301, 302, 307, 308):
            watch.desk.faults.add("any", faults.redirect(f"{elsewhere.url}/api/v2/tickets", status))
            watch.clock.pass_(minutes=10)
            watch.poll()
            assert watch.beat()["error"]["status"] == status
    assert heard == []


def test_faults_of_every_kind_in_a_row_end_with_every_ticket_on_the_wall(tmp_path: Path) -> None:
    quick = {n: c for n, c in FAULTS.items() if n not in (*SLOW, "404")}
    with watch_desk(tmp_path, tickets=15) as watch:
        watch.run(minutes=1)
        for case in quick.values():
            watch.desk.faults.add("any", case.make())
            watch.run(seconds=45)
        watch.run(hours=2)
        assert watch.tickets().keys() == watch.truth()
        assert watch.archived() == {}
        assert watch.beat()["state"] == "ok"


def test_a_page_that_repeats_the_one_before_is_named_and_moves_no_cursor(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=45, yaml={"per_page": 20}) as watch:
        watch.run(minutes=2)
        for id_ in map(int, watch.truth()):
            watch.desk.change_priority(id_, 4)
        cursor = watch.cursor()
        watch.desk.faults.add("list", faults.repeated_page(), page=2)
        watch.clock.pass_(seconds=30)
        watch.poll()
        assert "page 2 names page 2 as the next one" in watch.beat()["error"]["words"]
        assert watch.cursor() == cursor
        watch.run(minutes=7)
        watch.desk.faults.add("filter", faults.repeated_page(), page=2)
        watch.clock.pass_(minutes=2)
        watch.poll()
        assert "page 2 repeats the page before it" in watch.beat()["error"]["words"]


@pytest.mark.parametrize("make", [faults.reset, lambda: faults.stall(30)])
def test_one_ticket_that_breaks_its_connection_delays_no_change(
    tmp_path: Path, make: Callable[[], Fault]
) -> None:
    with watch_desk(tmp_path, tickets=3, kind=ImpatientDesk) as watch:
        sick = int(min(watch.truth()))
        watch.desk.faults.add("view", make(), times=None, ticket_id=sick)
        watch.run(seconds=31)
        assert sum(not is_partial(t) for t in watch.tickets().values()) == 2
        assert watch.beat()["state"] == "ok"
        new = watch.desk.create_ticket("The next one")
        watch.run(seconds=31)
        assert str(new.id) in watch.tickets()


def test_details_that_all_break_delay_no_change(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=3) as watch:
        watch.desk.faults.add("view", faults.reset(), times=None)
        for _ in range(4):
            watch.run(seconds=31)
            new = watch.desk.create_ticket("The next one")
            watch.run(seconds=31)
            assert str(new.id) in watch.tickets()


def test_the_end_of_a_trouble_is_in_the_log(watch: WatchDesk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="deskwatch.rounds")
    watch.desk.faults.add("list", faults.internal_error())
    watch.poll()
    assert "fs: while" in caplog.text
    assert "works again" not in caplog.text
    watch.run(seconds=120)
    ends = [line for line in caplog.messages if line.startswith("fs: works again after ")]
    assert len(ends) == 1
