"""Tickets of our own keep what every source promises; here their files are real."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deskwatch.core.own_tickets import OwnRules
from deskwatch.core.sync import Snapshot, SyncPlan
from deskwatch.local.inbox import Inbox
from deskwatch.local.intake import Intake
from deskwatch.local.roster import Roster
from deskwatch.local.routing import Routing
from deskwatch.local.shelf import Shelf
from deskwatch.local.source import LocalSource
from deskwatch.sources.source import Source
from deskwatch.store.tickets import TicketFolder
from tests.local.own_desk import TUESDAY
from tests.sources.contract import Bench, Folder, SourceContract


class OwnBench(Bench):
    """Commands are given, and take effect with the next poll."""

    def __init__(self, home: Path) -> None:
        self.disk, self.inbox = TicketFolder(home), Inbox(home / ".inbox")
        self.disk.prepare(now=TUESDAY)
        self._now, self._made = TUESDAY, 0

    def now(self) -> datetime:
        return self._now

    def pass_(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def source(self) -> Source:
        return LocalSource(
            "desk",
            OwnRules(source="desk"),
            intake=Intake(self.inbox),
            shelf=Shelf("desk", self.disk),
            routing=Routing("desk", {"desk": "NDB"}, ()),
            acknowledge=lambda ticket, command: None,
            roster=Roster((), {}),
            keep_for=timedelta(days=90),
            is_empty=self.inbox.is_empty,
        )

    def create(self, subject: str) -> str:
        self._made += 1
        self._give("create", fields={"subject": subject})
        return str(self._made)

    def rename(self, id_: str, subject: str) -> None:
        self._give("update", id=id_, fields={"subject": subject})

    def resolve(self, id_: str) -> None:
        self._give("resolve", id=id_)

    def reopen(self, id_: str) -> None:
        self._give("update", id=id_, fields={"status": "Open"})

    def delete(self, id_: str) -> None:
        self._give("delete", id=id_)

    def _give(self, op: str, **more: Any) -> None:
        self.inbox.drop({"op": op, "by": "ana", **more})


class DiskFolder(Folder):
    """A watcher whose tickets are files."""

    def file(self, snapshot: Snapshot) -> SyncPlan:
        assert isinstance(self.bench, OwnBench)
        disk, now = self.bench.disk, self.bench.now()
        plan = super().file(snapshot)
        for ticket in plan.write:
            disk.restore(ticket.key)
        disk.write(plan.write)
        for leaving in plan.archive:
            disk.archive(leaving.key, reason=leaving.reason, now=now)
        return plan


class TestOwnTickets(SourceContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> OwnBench:
        """An empty home."""
        return OwnBench(tmp_path)

    @pytest.fixture
    def folder(self, bench: Bench) -> Iterator[Folder]:
        """A watcher that has read three tickets."""
        self.ids = [bench.create(f"Ticket {n}") for n in range(3)]
        folder = DiskFolder(bench.source(), bench)
        folder.poll()
        bench.pass_(60)
        yield folder.poll()
        folder.source.close()
