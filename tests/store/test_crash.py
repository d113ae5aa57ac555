"""Real processes: a reader beside a writer, a writer that is killed, a listener that is stopped."""

import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from deskwatch.clock import monotonic
from deskwatch.core.ticket import Ticket
from deskwatch.store.tickets import TicketFolder
from tests.store.tickets import NOW, ticket

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]

WRITER = """
import itertools, sys
from pathlib import Path
from deskwatch.store.tickets import TicketFolder
from tests.store.tickets import NOW, ticket
folder = TicketFolder(Path(sys.argv[1]))
folder.prepare(now=NOW)
for turn in itertools.count(int(sys.argv[2])):
    text = f"turn {turn} " * (turn % 400)
    folder.write(ticket(n, subject=f"turn {turn}", description=text) for n in range(int(sys.argv[3])))
    if turn == int(sys.argv[2]):
        print("writing", flush=True)
"""


def start_writer(folder, *, turn=0, tickets=12):
    command = [sys.executable, "-c", WRITER, folder.root, str(turn), str(tickets)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout.readline() == b"writing\n"
    return process


def stop(process):
    process.kill()
    process.wait(10)
    process.stdout.close()


@pytest.fixture
def folder(tmp_path):
    return TicketFolder(tmp_path / "tickets")


def test_a_reader_never_sees_half_a_ticket_nor_misses_one(folder):
    writer = start_writer(folder)
    try:
        names = set(folder.scan())
        assert len(names) == 12
        seen, reads, end = set(), 0, monotonic() + 2.0
        while monotonic() < end:
            for name in names:
                found = folder.load(name)
                assert isinstance(found, Ticket), f"{name}: {found}"
                seen.add(found.subject)
                reads += 1
    finally:
        stop(writer)
    assert reads > 2000
    assert len(seen) > 5, "the writer was too slow for this test to mean anything"


def test_a_writer_that_is_killed_again_and_again_leaves_no_torn_file_and_no_litter(folder):
    chance = Random(4)
    leftovers = 0
    for turn in range(12):
        writer = start_writer(folder, turn=turn * 1000, tickets=60)
        try:
            writer.wait(chance.uniform(0.0, 0.06))
        except subprocess.TimeoutExpired:
            stop(writer)
        left = list(folder.staging.iterdir())
        leftovers += bool(left)
        assert {name for name in folder.scan() if not isinstance(folder.load(name), Ticket)} == set()
        assert len(folder.scan()) == 60
    assert leftovers, "no writer was killed in the middle, so this test showed nothing"
    folder.prepare(now=NOW)
    assert list(folder.staging.iterdir()) == []


LISTENER = """
import logging, sys
from pathlib import Path
from deskwatch.store.mirror import TicketMirror
from deskwatch.store.tickets import TicketFolder
from deskwatch.store.watch import FolderWatch
logging.basicConfig()
root, goal = Path(sys.argv[1]), int(sys.argv[2])
watch, mirror = FolderWatch(root, rescan_interval=600), TicketMirror(TicketFolder(root))
watch.start()
assert watch.wait(5).rescan
print("listening", flush=True)
while sum(t.subject == "new" for t in mirror.tickets.values()) < goal:
    wake = watch.wait(30)
    mirror.refresh(None if wake.rescan else wake.names)
print("all seen", flush=True)
watch.stop()
"""


def test_a_listener_that_was_stopped_while_the_kernel_dropped_events_sees_everything(folder):
    """The kernel keeps so many events for one who does not listen; those of the new tickets come later."""
    kept = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    folder.prepare(now=NOW)
    command = [sys.executable, "-c", LISTENER, folder.root, "100"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as listener:
        assert listener.stdout.readline() == b"listening\n"
        listener.send_signal(signal.SIGSTOP)
        for turn in range(kept + 600):
            (folder.staging / "next").touch()
            (folder.staging / "next").replace(folder.root / f"noise-{turn % 2}.json")
        folder.write(ticket(n, subject="new") for n in range(100))
        listener.send_signal(signal.SIGCONT)
        began = monotonic()
        assert listener.stdout.readline() == b"all seen\n"
        assert monotonic() - began < 30
        told = listener.communicate(timeout=10)[1].decode()
    assert "inactive" not in told
