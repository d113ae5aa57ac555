"""Watchers that are killed at random steps while they file random answers of a helpdesk.

Each kill is a real SIGKILL to a real process: before a ticket file is renamed or removed, before and after a
line of the spool, before the commit, before the spool is emptied. In some lives the database cannot be
opened, or the disk refuses a rename. Prints a JSON list: for each home the rows of its history, and those of
one where all went well.
"""

import errno
import json
import os
import shutil
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Engine, event, select

from deskwatch.core.sync import Gone, Snapshot
from deskwatch.core.ticket import Phase, Status, Ticket
from deskwatch.filing import Filing
from deskwatch.store import atomic
from deskwatch.store import history as kept
from deskwatch.store.database import open_database
from deskwatch.store.errors import StoreError
from deskwatch.store.history import History
from deskwatch.store.tables import CHANGES
from deskwatch.store.tickets import TicketFolder

START = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
COLUMNS = ("at", "ticket", "field", "old", "new", "by", "cause")


def main(place: Path, seeds: list[int]) -> None:
    """Every seed is one home that dies again and again, and one that does not."""
    os.fsync = lambda fd: None  # a killed process loses nothing that it has written; only a power cut does
    found = []
    for seed in seeds:
        random = Random(seed)
        answers = _answers(random)
        whole, home = place / f"{seed}-whole", place / f"{seed}-killed"
        assert _live(whole, answers) == 0
        deaths = 0
        while deaths < 12:
            code = _live(home, answers, Random(seed * 1000 + deaths))
            if code == 0:
                break
            deaths += code == signal.SIGKILL
        assert _live(home, answers) == 0
        spool = home / "history.spool"
        found.append(
            {
                "whole": _rows(whole),
                "killed": _rows(home),
                "deaths": deaths,
                "left": spool.stat().st_size if spool.exists() else 0,
            }
        )
        shutil.rmtree(whole)
        shutil.rmtree(home)
    sys.stdout.write(json.dumps(found))


def _answers(random: Random) -> list[Snapshot]:
    """What the helpdesk says, one answer a minute: new tickets, changes, ends, reopenings."""
    tickets: dict[str, Ticket] = {}
    answers = []
    for minute in range(6):
        now, gone = START + timedelta(minutes=minute), []
        for id_ in random.sample("123456", 3):
            before = tickets.get(id_)
            deed = random.choice(("subject", "subject", "over", "gone"))
            if before is not None and deed == "gone" and not before.is_over:
                gone.append(Gone(id_, "was merged"))
                tickets[id_] = before.with_(phase=Phase.CLOSED)
                continue
            phase = Phase.CLOSED if deed == "over" and before is not None else Phase.OPEN
            tickets[id_] = Ticket(
                key=f"fs-{id_}",
                source="fs",
                id=id_,
                subject=f"{minute} \ud83d\0",
                status=Status(id=str(phase), name=str(phase)),
                phase=phase,
                created_at=START,
                updated_at=now,
            )
        left = {each.id for each in gone}
        rows = tuple(t for t in tickets.values() if t.updated_at == now and t.id not in left)
        answers.append(Snapshot("fs", tickets=rows, gone=tuple(gone)))
    return answers


def _live(home: Path, answers: list[Snapshot], random: Random | None = None) -> int:
    """A watcher in a process of its own, until it ends or dies; the signal that killed it, or 0."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            home.mkdir(exist_ok=True)
            if random is not None:
                _doom(random)
            _work(home, answers)
            code = 0
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0, "the watcher failed"
    return os.WTERMSIG(status)


def _doom(random: Random) -> None:
    left = random.randrange(1, 24)

    def step(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def heard(name: str, values: tuple[Any, ...]) -> None:
        is_file = name in ("os.rename", "os.remove") and "fs-" in str(values)
        if is_file or name == "os.truncate" or (name == "open" and "history.spool" in str(values[0])):
            step()

    sys.addaudithook(heard)
    event.listen(Engine, "commit", step)
    if random.random() < 0.4:

        def closed(where: Any) -> Engine:
            raise StoreError("the database is away")

        vars(kept)["open_database"] = closed
    if random.random() < 0.4:
        replace = atomic.replace_patiently

        def refuses(source: Any, target: Path) -> None:
            if random.random() < 0.2:
                raise OSError(errno.ENOSPC, "no space")
            replace(source, target)

        vars(atomic)["replace_patiently"] = refuses


def _work(home: Path, answers: list[Snapshot]) -> None:
    """What a watcher does with a helpdesk, its cursor included: it moves when all is filed."""
    cursor = home / "cursor"
    done = int(cursor.read_text()) if cursor.exists() else 0
    history = History(home / "history.db", home / "history.spool")
    filing = Filing(TicketFolder(home / "tickets"), history)
    filing.open(now=START + timedelta(minutes=done))
    while done < len(answers):
        try:
            now = START + timedelta(minutes=done)
            filing.file(answers[done], now=now, doubt=None, verify_after=timedelta(0), over={})
        except StoreError:
            continue  # the next round files the same again
        done += 1
        (home / "cursor.new").write_text(str(done))
        (home / "cursor.new").replace(cursor)
    history.flush()


def _rows(home: Path) -> list[list[str]]:
    with open_database(home / "history.db").begin() as connection:
        rows = connection.execute(select(CHANGES)).mappings()
        return sorted([str(row[name]) for name in COLUMNS] for row in rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(seed) for seed in sys.argv[2:]])
