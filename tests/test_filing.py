"""Whatever dies at whatever moment: the history has every change once."""

import errno
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from deskwatch.core.sync import VERIFY_AFTER, Snapshot
from deskwatch.core.ticket import Phase, Status, Ticket
from deskwatch.filing import Filing
from deskwatch.store.history import History
from deskwatch.store.tickets import TicketFolder

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_the_history_has_each_change_once_however_often_the_watcher_is_killed(tmp_path: Path) -> None:
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else str(tmp_path)  # no disk has to be waited for
    seeds = [3, 21, *range(100, 110)]
    with TemporaryDirectory(dir=memory) as place:
        command = [sys.executable, "-m", "tests.history_kills", place, *map(str, seeds)]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert sum(home["deaths"] for home in found) > 2 * len(seeds)
    for seed, home in zip(seeds, found, strict=True):
        assert len(home["whole"]) > 10
        assert home["killed"] == home["whole"], f"seed {seed}"
        assert home["left"] == 0, "what the database has is not kept twice"


def test_a_ticket_whose_file_cannot_be_read_for_a_moment_does_not_look_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filing = Filing(TicketFolder(tmp_path / "tickets"), History(tmp_path / "deskwatch.db"))
    filing.open(now=NOW)

    def hear(subject: str, at: datetime) -> None:
        ticket = Ticket(
            key="demo-1",
            source="demo",
            id="1",
            subject=subject,
            status=Status(id="2", name="Open"),
            phase=Phase.OPEN,
            created_at=NOW,
            updated_at=at,
        )
        snapshot = Snapshot("demo", tickets=(ticket,))
        filing.file(snapshot, now=at, doubt=None, verify_after=VERIFY_AFTER, over={})

    really = os.open

    def refuses(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        if str(path).endswith("demo-1.json") and not flags & (os.O_WRONLY | os.O_RDWR):
            raise OSError(errno.EMFILE, "Too many open files")
        return really(path, flags, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr("deskwatch.store.reading.os.open", refuses)
        hear("Mail is down", NOW)
    later = NOW + timedelta(minutes=5)
    hear("Mail is up", later)
    assert filing.known("demo")["demo-1"].first_seen_at == NOW
    rows = [(row.field, row.new) for row in History(tmp_path / "deskwatch.db").of_ticket("demo-1")]
    assert rows == [("created", "Mail is down"), ("subject", "Mail is up")]
