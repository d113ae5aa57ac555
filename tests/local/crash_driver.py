"""A watcher that is killed at every step on the disk, one step after the other.

Each kill is a real SIGKILL to a real process, at the moment before one file is renamed, removed or cut,
before the spool is opened or the database commits. Then another process goes on. Prints one JSON line: the
state of each home afterwards, and of one never killed.
"""

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import sqlalchemy

from deskwatch.core.ticket import Ticket
from tests.local.own_desk import OwnDesk

COMMANDS: list[dict[str, Any]] = [
    {"op": "create", "fields": {"subject": "A"}, "idempotency_key": "a"},
    {"op": "note", "id": "NDB-0001", "text": "Looked at it."},
    {"op": "create", "fields": {"subject": "A"}, "idempotency_key": "a"},
    {"op": "resolve", "id": "NDB-0001", "text": "Done."},
    {"op": "create", "fields": {"subject": "B"}},
    {"op": "delete", "id": "NDB-0002"},
    {"op": "create", "fields": {"subject": "C"}},
    {"op": "ack", "id": "fs-17"},
]
KEYS = ("desk-1", "desk-2", "desk-3", "fs-17")
STEPS = {
    "os.rename": "/tickets/",
    "os.remove": "/tickets/",
    "open": "history.spool",
    "os.truncate": "",
}
"""What a step does, and a part of the path that it does it to."""


def main(place: Path) -> None:
    """Kill at step 1, 2, 3 … until a run ends by itself."""
    os.fsync = lambda fd: None  # a killed process loses nothing that it has written; only a power cut does
    whole = _home(place / "whole")
    assert _run(whole, kill_at=None)
    after: list[dict[str, Any]] = []
    step, survived = 0, False
    while not survived:
        step += 1
        home = _home(place / f"killed-{step}")
        survived = _run(home, kill_at=step)
        assert _run(home, kill_at=None)
        after.append(_state(home))
        shutil.rmtree(home)
    sys.stdout.write(json.dumps({"whole": _state(whole), "killed": after}))


def _home(path: Path) -> Path:
    desk = OwnDesk(path)
    desk.inbox.folder.mkdir(parents=True)
    desk.folder.write([Ticket(key="fs-17", source="fs", id="17", subject="Elsewhere")])
    for number, command in enumerate(COMMANDS):
        file = desk.inbox.folder / f"{number}.json"
        file.write_text(json.dumps({"by": "ana", **command}), "utf-8")
        os.utime(file, (desk.now.timestamp(), desk.now.timestamp()))
    return path


def _run(home: Path, *, kill_at: int | None) -> bool:
    """A watcher in a process of its own; whether it lived to the end."""
    child = os.fork()
    if child == 0:
        left = kill_at or sys.maxsize

        def count(event: str, paths: tuple[object, ...]) -> None:
            if event in STEPS and STEPS[event] in str(paths[0]):
                step()

        def step(*_: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        sqlalchemy.event.listen(sqlalchemy.Engine, "commit", step)
        OwnDesk(home).poll()
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _state(home: Path) -> dict[str, Any]:
    """All that must be the same whatever happened on the way."""
    tickets = {path.name: json.loads(path.read_text("utf-8")) for path in home.glob("tickets/*.json")}
    archive = {p.name: json.loads(p.read_text("utf-8")) for p in home.glob("tickets/archive/*/*.json")}
    desk = OwnDesk(home)
    inbox, history = desk.inbox, [each for key in KEYS for each in desk.history(key)]
    outcomes = [inbox.outcome(f"{number}.json") for number in range(len(COMMANDS))]
    return {
        "tickets": tickets,
        "archive": archive,
        "history": sorted(f"{c.at} {c.ticket} {c.field} {c.new} {c.by} {c.cause}" for c in history),
        "waiting": [path.name for path in inbox.folder.glob("*.json")],
        "outcomes": [each and [each.ok, each.ticket, each.code] for each in outcomes],
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
