"""Changes are noticed at once where the system tells of them, and within seconds where it does not."""

import errno
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from watchdog.observers.polling import PollingObserver

from deskwatch.clock import monotonic
from deskwatch.store.mirror import TicketMirror
from deskwatch.store.mounts import network_file_system
from deskwatch.store.tickets import TicketFolder
from deskwatch.store.watch import FolderWatch
from tests.store.tickets import NOW, ticket

ROOT = Path(__file__).parents[2]
LONG = 600.0  # seconds; a rescan interval that never ends within a test


@pytest.fixture
def folder(tmp_path):
    folder = TicketFolder(tmp_path / "tickets")
    folder.prepare(now=NOW)
    return folder


@pytest.fixture
def start():
    """Starts a watch and takes its first wake, which asks for the rescan after starting."""
    started = []

    def start(folder, *, rescan_interval=LONG, **options):
        options = {"rescan_interval": rescan_interval, "check_interval": 0.1, **options}
        watch = FolderWatch(folder.root, **options)
        watch.start()
        started.append(watch)
        assert watch.wait(5.0).rescan
        return watch

    yield start
    for watch in started:
        watch.stop()


def until(condition, watch, mirror, *, seconds=5.0):
    """Follow the folder until the condition holds. Answers what woke the watch; fails when time is over."""
    wakes = []
    end = monotonic() + seconds
    while not condition():
        left = end - monotonic()
        assert left > 0, f"not seen within {seconds} s; {watch.mode} {watch.why}; woken by {wakes}"
        wake = watch.wait(min(left, 0.2))
        if wake:
            wakes.append(wake)
            mirror.refresh(None if wake.rescan else wake.names)
    return wakes


class SilentObserver:
    """Starts like a real observer and never tells anything, as on a file system without events."""

    emitters = ()

    def schedule(self, *_, **__):
        self.alive = True

    def start(self):
        self.alive = True

    def is_alive(self):
        return self.alive

    def stop(self):
        self.alive = False

    def join(self, timeout):
        assert timeout <= 1.0


def no_observer():
    raise OSError(errno.EMFILE, "inotify instance limit reached")


def test_the_first_wait_asks_for_a_rescan(folder):
    watch = FolderWatch(folder.root, rescan_interval=LONG)
    watch.start()
    assert watch.wait(0).rescan
    assert not watch.wait(0)
    assert (watch.mode, watch.why) == ("native", "")
    watch.stop()


def test_a_written_ticket_is_named_within_milliseconds(folder, start):
    watch = start(folder)
    folder.write([ticket(1)])
    wake = watch.wait(5.0)
    assert wake.names == {"desk-1.json"}
    assert not wake.rescan


def test_an_archived_ticket_is_named_too_and_does_not_delay_the_next(folder, start):
    folder.write([ticket(1)])
    watch = start(folder)
    began = monotonic()
    folder.archive("desk-1", reason="closed", now=NOW)
    folder.write([ticket(2)])
    names = set()
    while names != {"desk-1.json", "desk-2.json"}:
        names |= watch.wait(1.0).names
    assert monotonic() - began < 0.4  # watchdog would hold a rename out of the folder back for half a second


def test_a_ticket_moved_out_by_hand_is_named(folder, start, tmp_path):
    folder.write([ticket(1)])
    watch = start(folder)
    (folder.root / "desk-1.json").rename(tmp_path / "away")
    assert watch.wait(5.0).names == {"desk-1.json"}


def test_files_that_are_no_tickets_wake_nobody(folder, start):
    watch = start(folder)
    for name in (".hidden.json", "README.md", "17.txt", ".staging/a.json", "archive/b.json"):
        (folder.root / name).write_text("x")
    (folder.root / "sub").mkdir()
    (folder.root / "desk-1.json").write_text("x")
    assert watch.wait(5.0).names == {"desk-1.json"}
    assert not watch.wait(0.5)  # nor does the folder's own look find anything that it was not told
    assert watch.misses == 0


def test_reading_tickets_wakes_nobody(folder, start):
    folder.write([ticket(1)])
    watch = start(folder)
    folder.read("desk-1")
    folder.scan()
    assert not watch.wait(0.3)


def test_what_piles_up_is_one_wake(folder, start):
    watch = start(folder)
    folder.write(ticket(n) for n in range(100))
    seen, wakes = set(), 0
    while len(seen) < 100:
        wake = watch.wait(5.0)
        assert wake
        seen |= wake.names
        wakes += 1
    assert wakes < 60


def test_waiting_ends_when_the_time_is_over(folder, start):
    watch = start(folder)
    began = monotonic()
    assert not watch.wait(0.1)
    assert 0.1 <= monotonic() - began < 1.0


def test_a_rescan_is_due_after_its_interval_even_if_nothing_happened(folder, start):
    watch = start(folder, rescan_interval=0.3)
    began = monotonic()
    assert watch.wait(5.0).rescan
    assert 0.2 <= monotonic() - began < 2.0


def test_a_kick_from_another_thread_ends_the_wait(folder, start):
    watch = start(folder)
    timer = threading.Timer(0.05, watch.kick)
    timer.start()
    wake = watch.wait(5.0)
    timer.join()
    assert wake.kicked
    assert not wake.names


def test_a_kick_from_a_signal_handler_ends_the_wait(folder, start):
    watch = start(folder)
    before = signal.signal(signal.SIGUSR1, lambda *_: watch.kick())
    try:
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1))
        timer.start()
        assert watch.wait(5.0).kicked
        timer.join()
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_stopping_is_quick_and_lets_the_waiting_thread_go(folder, start):
    watch = start(folder)
    waited = threading.Thread(target=watch.wait, args=(30.0,))
    waited.start()
    began = monotonic()
    watch.stop()
    waited.join(2.0)
    assert not waited.is_alive()
    assert monotonic() - began < 2.0
    assert watch.why == "stopped"


def test_stopping_leaves_no_thread_and_no_open_file(folder):
    def open_files():
        return len(os.listdir("/proc/self/fd"))

    threads, files = threading.active_count(), open_files()
    for _ in range(3):
        watch = FolderWatch(folder.root, rescan_interval=LONG)
        watch.start()
        watch.stop()
        watch.stop()
    assert threading.active_count() == threads
    assert open_files() <= files + 1  # watchdog keeps nothing open but its shared library


BURST_WRITER = """
import sys
from pathlib import Path
from deskwatch.store.codec import encode_object
from deskwatch.store.tickets import TicketFolder
from tests.store.tickets import ticket
folder = TicketFolder(Path(sys.argv[1]))
for turn in range(10):
    for n in range(1000):
        staged = folder.staging / "next"
        staged.write_bytes(encode_object(ticket(n, subject=f"turn {turn}").to_dict()))
        staged.replace(folder.root / f"desk-{n}.json")
"""


def test_a_burst_of_ten_thousand_changes_is_seen_completely(folder, start):
    folder.write(ticket(n) for n in range(1000))
    watch, mirror = start(folder), TicketMirror(folder)
    mirror.refresh(None)

    with subprocess.Popen([sys.executable, "-c", BURST_WRITER, folder.root], cwd=ROOT) as writer:
        until(lambda: all(t.subject == "turn 9" for t in mirror.tickets.values()), watch, mirror, seconds=30)
    assert writer.returncode == 0
    assert len(mirror.tickets) == 1000


def test_after_a_burst_everything_is_looked_at_once_more(folder, start):
    watch = start(folder)
    folder.write(ticket(n) for n in range(1000))
    wakes = []
    end = monotonic() + 10.0
    while not any(wake.rescan for wake in wakes):
        assert monotonic() < end, "no rescan after the burst"
        wakes.append(watch.wait(1.0))


def test_events_the_kernel_dropped_lead_to_a_rescan(folder, start):
    watch = start(folder)
    logging.getLogger("watchdog.observers.inotify_c").warning(
        "Inotify queue overflowed; filesystem events were lost"
    )
    assert watch.wait(1.0).rescan


# The folder is no longer the one that was watched


@pytest.fixture
def followed(folder, start):
    """A watch and a mirror with one ticket in it."""
    folder.write([ticket(1)])
    watch, mirror = start(folder, rescan_interval=LONG), TicketMirror(folder)
    mirror.refresh(None)
    return SimpleNamespace(folder=folder, root=folder.root, watch=watch, mirror=mirror)


def sees_new_tickets(followed):
    """A ticket written now is seen, and the one after it at once, by an event."""
    watch, mirror = followed.watch, followed.mirror
    TicketFolder(followed.root).write([ticket(2)])
    until(lambda: "desk-2" in mirror.tickets, watch, mirror)
    until(lambda: watch.mode == "native", watch, mirror)
    TicketFolder(followed.root).write([ticket(3)])
    wakes = until(lambda: "desk-3" in mirror.tickets, watch, mirror, seconds=1.0)
    assert any("desk-3.json" in wake.names for wake in wakes)


def test_a_folder_moved_away_and_made_anew_is_watched_again(followed, caplog):
    followed.root.rename(followed.root.with_name("away"))
    followed.root.mkdir()
    sees_new_tickets(followed)
    assert "desk-1" not in followed.mirror.tickets
    assert len([r for r in caplog.records if "replaced" in r.message]) == 1


def test_a_folder_deleted_and_made_anew_later_is_watched_again(followed, caplog):
    shutil.rmtree(followed.root)
    until(lambda: "cannot be read" in followed.watch.why, followed.watch, followed.mirror)
    assert followed.watch.mode == "polling"
    until(lambda: True, followed.watch, followed.mirror)
    followed.root.mkdir()
    sees_new_tickets(followed)
    assert len([r for r in caplog.records if "cannot be read" in r.message]) == 1


def test_a_link_that_is_turned_to_another_folder_is_followed(folder, start, tmp_path):
    first, second = TicketFolder(tmp_path / "first"), TicketFolder(tmp_path / "second")
    for place in (first, second):
        place.prepare(now=NOW)
    link = tmp_path / "link"
    link.symlink_to("first")
    linked = TicketFolder(link)
    watch, mirror = start(linked), TicketMirror(linked)
    first.write([ticket(1)])
    until(lambda: "desk-1" in mirror.tickets, watch, mirror)
    (tmp_path / "new").symlink_to("second")
    (tmp_path / "new").replace(link)
    sees_new_tickets(SimpleNamespace(root=second.root, watch=watch, mirror=mirror))
    assert "desk-1" not in mirror.tickets


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_file_system_mounted_over_the_folder_is_watched(followed):
    if os.system(f"mount -t tmpfs tmpfs {followed.root} 2>/dev/null"):
        pytest.skip("mounting is not allowed here")
    try:
        sees_new_tickets(followed)
    finally:
        followed.watch.stop()
        os.system(f"umount {followed.root}")


def test_a_folder_that_is_made_after_the_start_is_watched(folder, tmp_path):
    root = tmp_path / "later"
    watch, mirror = (
        FolderWatch(root, rescan_interval=LONG, check_interval=0.1),
        TicketMirror(TicketFolder(root)),
    )
    watch.start()
    assert "No such file" in watch.why
    root.mkdir()
    sees_new_tickets(SimpleNamespace(root=root, watch=watch, mirror=mirror))
    watch.stop()


# Events are not to be had


@pytest.mark.parametrize("observer", [no_observer, PollingObserver])
def test_without_events_changes_are_seen_within_two_seconds(folder, start, observer, caplog):
    watch, mirror = start(folder, observer=observer), TicketMirror(folder)
    assert watch.mode == "polling"
    assert watch.why.startswith("the system offers no file events: ")
    folder.write([ticket(1)])
    until(lambda: "desk-1" in mirror.tickets, watch, mirror, seconds=2.5)
    folder.write([ticket(1, subject="changed")])
    until(lambda: mirror.tickets["desk-1"].subject == "changed", watch, mirror, seconds=2.5)
    assert len([r for r in caplog.records if "no file events" in r.message]) == 1


def test_an_observer_that_hears_nothing_is_found_out(folder, start, caplog):
    watch, mirror = start(folder, observer=SilentObserver), TicketMirror(folder)
    assert watch.mode == "native"
    folder.write([ticket(1)])
    until(lambda: "desk-1" in mirror.tickets, watch, mirror, seconds=4.0)
    assert watch.misses == 1
    assert "no event told" in caplog.text


def test_an_observer_whose_thread_ended_is_replaced(folder, start):
    made = []

    def observer():
        made.append(SilentObserver())
        return made[-1]

    watch = start(folder, observer=observer)
    made[0].alive = False
    assert watch.wait(3.0).rescan
    assert len(made) == 2


MOUNTS = r"""
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:26 / /srv/desk\040files rw - nfs4 server:/desk rw
31 22 0:27 / /srv/desk\040files/local rw - tmpfs tmpfs rw
32 22 0:28 / /home/ana/share rw - fuse.sshfs ben@host: rw
33 22 0:29 / /srv rw master:1 - xfs /dev/vdb rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/desk files/tickets", "nfs4"),
        ("/srv/desk files", "nfs4"),
        ("/srv/desk files/local/tickets", None),
        ("/srv/desk filesystem", None),
        ("/home/ana/share/t", "fuse.sshfs"),
        ("/var/tickets", None),
        ("\\\\server\\share", "a Windows share"),
    ],
)
def test_network_shares_are_known_by_their_mount(tmp_path, path, kind):
    (tmp_path / "mountinfo").write_text(MOUNTS)
    assert network_file_system(path, mounts=tmp_path / "mountinfo") == kind


def test_where_the_system_names_no_mounts_there_is_no_share(tmp_path):
    assert network_file_system("/srv", mounts=tmp_path / "none") is None
