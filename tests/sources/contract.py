"""What every source promises to the watcher. A test module of a source subclasses one of the two suites.

``SourceContract`` is for all, ``HttpContract`` for those that ask a server. Both need a fixture ``bench``.
"""

import gzip
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from deskwatch.core.sync import Doubt, Snapshot, SyncPlan, plan_sync
from deskwatch.core.ticket import Ticket
from deskwatch.sources.http_client import Timeouts
from deskwatch.sources.source import Source, SourceError
from tests.sources.wire import Script, answer, raw, silence, wire

LIMITS = Timeouts(connect=1.0, read=0.4, total=6.0)
"""What a source under test grants a helpdesk."""


class Bench(ABC):
    """A helpdesk, and how to make sources for it. ``index_lag`` is how long its lists lag."""

    index_lag = timedelta(0)
    keeps_deleted = False
    """Whether a deleted ticket can be told by the list alone, without a look at it."""

    @abstractmethod
    def now(self) -> datetime:
        """The time."""

    @abstractmethod
    def pass_(self, seconds: float) -> None:
        """Let time pass."""

    @abstractmethod
    def source(self) -> Source:
        """A new source."""

    @abstractmethod
    def create(self, subject: str) -> str:
        """A new ticket; its id."""

    @abstractmethod
    def rename(self, id_: str, subject: str) -> None:
        """Its subject changes."""

    @abstractmethod
    def resolve(self, id_: str) -> None:
        """It is done."""

    @abstractmethod
    def reopen(self, id_: str) -> None:
        """It is not."""

    @abstractmethod
    def delete(self, id_: str) -> None:
        """It never was."""


class HttpBench(Bench):
    """A helpdesk behind HTTP."""

    key = "good"

    @abstractmethod
    def source(self, *, url: str | None = None, key: str | None = None) -> Source:
        """A new source, perhaps with another address or key; it has these ``LIMITS``."""


@dataclass
class Folder:
    """A watcher in memory: what is stored, and what the last answers changed."""

    source: Source
    bench: Bench
    stored: dict[str, Ticket] = field(default_factory=dict)
    archived: dict[str, str] = field(default_factory=dict)
    cursor: str | None = None
    doubt: Doubt | None = None
    confirm: tuple[str, ...] = ()
    writes: int = 0

    def poll(self) -> "Folder":
        """Ask for changes until there are no more, then look at what is missing."""
        self.writes = 0
        for _ in range(200):
            snapshot = self.source.fetch(self.cursor, known=self.stored, now=self.bench.now())
            self.file(snapshot)
            if snapshot.more_in is None or (self.cursor is not None and snapshot.more_in > 0):
                break
            self.bench.pass_(max(snapshot.more_in, 0.001))
        else:
            raise AssertionError("the source never comes to an end")
        self.look()
        return self

    def list(self) -> "Folder":
        """Compare everything, then look at what is missing."""
        self.writes = 0
        for _ in range(200):
            snapshot = self.source.list_open(known=self.stored, now=self.bench.now())
            self.file(snapshot)
            if snapshot.more_in is None:
                break
            self.bench.pass_(max(snapshot.more_in, 0.001))
        self.look()
        return self

    def look(self) -> None:
        """Ask for the tickets that a list lacked."""
        if self.confirm:
            snapshot = self.source.look(self.confirm, now=self.bench.now())
            done = {t.id for t in snapshot.tickets} | {g.id for g in snapshot.gone}
            self.confirm = tuple(id_ for id_ in self.confirm if id_ not in done)
            self.file(snapshot)

    def file(self, snapshot: Snapshot) -> SyncPlan:
        """What the watcher does with an answer."""
        plan = plan_sync(self.stored, snapshot, now=self.bench.now(), doubt=self.doubt)
        for ticket in plan.write:
            self.stored[ticket.key] = ticket
        for leaving in plan.archive:
            self.archived[self.stored.pop(leaving.key).id] = leaving.reason
        self.writes += len(plan.write) + len(plan.archive)
        if snapshot.complete and snapshot.present is not None:
            self.confirm, self.doubt = plan.confirm, plan.doubt
        self.cursor = snapshot.cursor or self.cursor
        return plan

    def subjects(self) -> dict[str, str]:
        """Id to subject of what is stored."""
        return {t.id: t.subject for t in self.stored.values()}


class SourceContract:
    """For every source."""

    @pytest.fixture
    def folder(self, bench: Bench) -> Any:
        """A watcher that has read three tickets."""
        self.ids = [bench.create(f"Ticket {n}") for n in range(3)]
        bench.pass_(bench.index_lag.total_seconds() + 1)
        folder = Folder(bench.source(), bench)
        folder.poll()
        bench.pass_(60)
        yield folder.poll()
        folder.source.close()

    def test_a_cold_start_brings_every_open_ticket(self, folder: Folder) -> None:
        assert set(folder.subjects()) == set(self.ids)
        assert set(folder.subjects().values()) == {"Ticket 0", "Ticket 1", "Ticket 2"}
        assert all(t.source == folder.source.name and t.key for t in folder.stored.values())
        assert folder.cursor

    def test_when_nothing_changes_nothing_is_written(self, folder: Folder, bench: Bench) -> None:
        for _ in range(3):
            bench.pass_(60)
            assert folder.poll().writes == 0
        assert folder.list().writes == 0

    def test_a_new_ticket_and_a_change_come_with_the_next_poll(self, folder: Folder, bench: Bench) -> None:
        bench.pass_(30)
        late = bench.create("Late")
        bench.rename(self.ids[0], "Other words")
        bench.pass_(1)
        folder.poll()
        assert folder.subjects()[late] == "Late"
        assert folder.subjects()[self.ids[0]] == "Other words"

    def test_a_resolved_ticket_leaves_and_comes_back_when_reopened(
        self, folder: Folder, bench: Bench
    ) -> None:
        bench.pass_(30)
        bench.resolve(self.ids[1])
        bench.pass_(1)
        self._until(folder, bench, lambda: self.ids[1] not in folder.subjects())
        bench.pass_(bench.index_lag.total_seconds() + 60)
        bench.reopen(self.ids[1])
        bench.pass_(1)
        self._until(folder, bench, lambda: self.ids[1] in folder.subjects())

    def test_a_deleted_ticket_leaves_after_it_was_asked_for(self, folder: Folder, bench: Bench) -> None:
        bench.delete(self.ids[2])
        bench.pass_(bench.index_lag.total_seconds() + 60)

        def is_gone() -> bool:
            folder.list()
            return self.ids[2] not in folder.subjects()

        self._until(folder, bench, is_gone)
        assert set(folder.subjects()) == set(self.ids[:2])
        assert folder.archived[self.ids[2]]

    def test_what_it_remembers_survives_a_restart(self, folder: Folder, bench: Bench) -> None:
        memory = folder.source.memory()
        fresh = bench.source()
        fresh.recall(memory)
        assert fresh.memory() == memory
        fresh.recall({"catalog": 7, "lookups": [1], "caps": "x", "junk": None})
        folder.source.close()
        folder.source = fresh
        bench.pass_(60)
        assert folder.poll().writes == 0
        assert set(folder.subjects()) == set(self.ids)

    def test_a_cursor_of_rubbish_is_a_cold_start(self, folder: Folder, bench: Bench) -> None:
        for rubbish in ("", "yesterday", "[1]", "{}", '{"since": 7, "asked": null, "token": []}'):
            folder.cursor = rubbish
            folder.poll()
            assert set(folder.subjects()) == set(self.ids)

    def test_closing_twice_is_no_error(self, bench: Bench) -> None:
        source = bench.source()
        source.close()
        source.close()

    def _until(self, folder: Folder, bench: Bench, done: Any) -> None:
        for _ in range(4):
            folder.poll()
            if done():
                return
            bench.pass_(60)
        assert done()


DEEP = b"[" * 100_000
CUT_OFF = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n[]"
BOMB = gzip.compress(bytes(40 << 20), 1)
"""Inflated it is larger than any source takes."""


def said(body: bytes, **more: str) -> Script:
    """One answer, then the end of the connection."""
    return answer(body, connection="close", **more)


FAULTS: dict[str, tuple[Script, str]] = {
    "429 with seconds": (said(b"{}", status="429 Too Many Requests", Retry_After="17"), "rate_limited"),
    "429 with junk": (said(b"{}", status="429 Too Many Requests", Retry_After="soon"), "rate_limited"),
    "500": (said(b"oops", status="500 Internal Server Error"), "server"),
    "503": (said(b"", status="503 Service Unavailable"), "server"),
    "403": (said(b"{}", status="403 Forbidden"), "forbidden"),
    "404": (said(b"{}", status="404 Not Found"), "not_found"),
    "redirect": (said(b"", status="302 Found", Location="http://127.0.0.1:9/elsewhere"), "config"),
    "a log-in page": (said(b"<html>Log in</html>", content_type="text/html"), "answer"),
    "a log-in page that calls itself JSON": (said(b"<html>Log in</html>"), "answer"),
    "nothing": (said(b""), "answer"),
    "half a document": (said(b'{"tickets": [{"id": 1'), "answer"),
    "NaN": (said(b'{"tickets": [NaN], "items": [NaN]}'), "answer"),
    "null": (said(b"null"), "answer"),
    "a number": (said(b"7"), "answer"),
    "too deep": (said(DEEP), "answer"),
    "too large": (lambda client, over: said(bytes(33 << 20))(client, over), "answer"),
    "a bomb": (said(BOMB, Content_Encoding="gzip"), "answer"),
    "a cut-off body": (raw(CUT_OFF), "connection"),
    "no HTTP": (raw(b"\x00\x01\x02 hello\r\n\r\n"), "connection"),
    "an early end": (raw(b""), "connection"),
    "silence": (silence, "timeout"),
}  # fmt: skip


class HttpContract(SourceContract):
    """For sources that ask a server."""

    @pytest.mark.parametrize("fault", FAULTS)
    def test_a_bad_answer_loses_nothing_and_is_told(
        self, fault: str, folder: Folder, bench: HttpBench
    ) -> None:
        script, kind = FAULTS[fault]
        before = folder.subjects()
        with wire(script) as server:
            folder.source.close()
            folder.source = bench.source(url=server.url)
            for ask in (folder.poll, folder.list):
                with pytest.raises(SourceError) as caught:
                    ask()
                error = caught.value
                assert error.kind == kind, error.words
                assert error.words.startswith("while ")
                assert bench.key not in error.words
                if error.progress is not None:
                    folder.file(error.progress)
        assert folder.subjects() == before
        assert not folder.archived

    def test_a_wish_for_silence_is_handed_on_and_clamped(self, folder: Folder, bench: HttpBench) -> None:
        for header, least, most in (
            ("2", 2, 2),
            ("53", 53, 53),
            ("999999", 60, 900),
            ("-5", 1, 60),
            ("x", 30, 90),
        ):
            with wire(said(b"{}", status="429 Too Many Requests", Retry_After=header)) as server:
                source = bench.source(url=server.url)
                with pytest.raises(SourceError) as caught:
                    source.list_open(known=folder.stored, now=bench.now())
                source.close()
            pause = caught.value.retry_after
            assert least <= (pause or 0) <= most, header

    def test_a_wrong_key_is_named_and_loses_nothing(self, folder: Folder, bench: HttpBench) -> None:
        before = dict(folder.stored)
        folder.source.close()
        folder.source = bench.source(key="wrong-key-999")
        for ask in (folder.poll, folder.list):
            with pytest.raises(SourceError) as caught:
                ask()
            assert caught.value.kind == "auth"
            assert "wrong-key-999" not in caught.value.words
            assert bench.key not in caught.value.words
        assert folder.stored == before
        assert not folder.archived
        findings = folder.source.check(now=bench.now())
        assert any(not f.ok for f in findings)

    def test_nobody_there_is_told(self, folder: Folder, bench: HttpBench) -> None:
        source = bench.source(url="http://127.0.0.1:9")
        with pytest.raises(SourceError) as caught:
            source.fetch(folder.cursor, known=folder.stored, now=bench.now())
        assert caught.value.kind == "connection"
        source.close()

    def test_its_own_check_is_content(self, folder: Folder, bench: HttpBench) -> None:
        findings = folder.source.check(now=bench.now())
        assert any(f.ok for f in findings)
        assert not any(f.unreachable for f in findings), findings

    def test_one_ticket_can_be_shown_as_the_helpdesk_tells_it(self, folder: Folder, bench: HttpBench) -> None:
        assert "Ticket 0" in str(folder.source.raw(self.ids[0], now=bench.now()))
