"""The walls as files: always whole, in an order no viewer can trip over, and nothing else is touched."""

import errno
import gzip
import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from deskwatch.clock import utc_now
from deskwatch.config import LiveConfig
from deskwatch.errors import LockHeldError, UsageError
from deskwatch.store.errors import StoreError
from deskwatch.web import publish_folder
from deskwatch.web.assets import STATIC, Assets
from deskwatch.web.feed import Feed, Wake
from deskwatch.web.pages import Pages
from deskwatch.web.publish import Publisher, refuse_own_folders
from deskwatch.web.publish_folder import LOCK, MANIFEST, PublishFolder
from tests import warm
from tests.web.desk import HOUR, MINUTE, NOW, ticket
from tests.web.test_process import wait_until

GUI = Path(__file__).parents[2] / "gui.py"
TWO_BOARDS = "helpdesk: {title: Helpdesk}\nps: {title: Professional Services, privacy: none}\n"


class Press:
    """A publisher of a desk, stepped by the test."""

    def __init__(self, desk, root, boards=(), **options):
        self.desk, self.root = desk, root
        assets = Assets()
        pages = Pages(assets, published=True)
        self.feed = Feed(desk.home, LiveConfig(desk.home), pages, build=assets.build)
        self.folder = PublishFolder(root, **options)
        self.folder.__enter__()
        self.publisher = Publisher(self.feed, pages, assets, self.folder, boards)

    def step(self, *, now_pages=True):
        self.feed._wake = Wake(rescan=True)
        self.feed._glance_due = self.feed._print_due = 0.0
        if now_pages:
            self.publisher._pages_next.clear()
            self.publisher._pages_due = dict.fromkeys(self.publisher._pages_due, 0.0)
        return self.publisher.step(self.desk.now)

    def close(self):
        self.folder.__exit__()

    def read(self, name):
        return (self.root / name).read_text()

    def pulse(self, board="helpdesk"):
        return json.loads(self.read(f"b/{board}/pulse.json"))


@pytest.fixture
def press(tmp_path):
    made = []

    def press(desk, **options):
        made.append(Press(desk, tmp_path / "out", **options))
        return made[-1]

    yield press
    for one in made:
        one.close()


def files(root):
    return {
        path.relative_to(root).as_posix(): (path.stat().st_mtime_ns, path.stat().st_ino)
        for path in root.rglob("*")
        if path.is_file() and path.name not in (MANIFEST, LOCK)
    }


def test_a_wall_is_a_page_its_rows_and_its_pulse(desk, press):
    desk.write(ticket(1))
    wall = press(desk)
    wall.step()
    page, pulse = wall.read("b/helpdesk.html"), wall.pulse()
    assert "Printer 1 prints stripes" in page
    assert 'data-pulse="{board}/pulse.json"' in page
    assert 'data-rows="{board}/rows.html"' in page
    assert f'data-v="{pulse["version"]}"' in wall.read("b/helpdesk/rows.html")
    assert "now" not in pulse
    assert pulse["counts"]["total"] == 1
    assert 'href="b/helpdesk.html"' in wall.read("index.html")


def test_a_page_protects_itself_without_a_server(desk, press):
    wall = press(desk)
    wall.step()
    for name in ("index.html", "b/helpdesk.html"):
        head = wall.read(name)
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', head)[1]
        assert "default-src &#39;none&#39;" in policy
        assert "frame-ancestors" not in policy, "browsers ignore it there, and complain"
        assert head.index("Content-Security-Policy") < head.index("<script")
        assert '<meta name="robots" content="noindex">' in head


def test_every_address_in_a_page_is_a_file_beside_it(desk, press):
    desk.write(*(ticket(n) for n in range(60)))
    wall = press(desk)
    wall.step()
    for name in ("index.html", "b/helpdesk.html"):
        for address in re.findall(r'(?:href|src)="([^"#]+)"', wall.read(name)):
            if not address.startswith("https://desk.example.com/"):
                path, _, _query = address.partition("?")
                assert (wall.root / name).parent.joinpath(path).resolve().is_file(), address
    assert "?limit=" not in wall.read("b/helpdesk/rows.html"), "no server would listen"
    assert "?sort=" not in wall.read("b/helpdesk/rows.html")


def test_a_gzip_beside_a_file_says_the_same(desk, press):
    desk.write(ticket(1))
    wall = press(desk)
    wall.step()
    desk.write(ticket(2))
    wall.step()
    packed = [name for name in files(wall.root) if name.endswith(".gz")]
    assert "b/helpdesk/rows.html.gz" in packed
    for name in packed:
        assert gzip.decompress((wall.root / name).read_bytes()) == (wall.root / name[:-3]).read_bytes()


def test_without_gzip_there_is_none(desk, press):
    wall = press(desk, packed=False)
    wall.step()
    assert not [name for name in files(wall.root) if name.endswith(".gz")]


def test_anybody_may_read_the_files(desk, press):
    old = os.umask(0o077)
    try:
        wall = press(desk)
        wall.step()
    finally:
        os.umask(old)
    for path in (wall.root / "b" / "helpdesk" / "pulse.json", wall.root / "static" / "js" / "wall.js"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
        for folder in path.relative_to(wall.root).parents:
            assert stat.S_IMODE((wall.root / folder).stat().st_mode) == 0o755


def test_only_what_changed_is_written_again(desk, press):
    desk.write(ticket(1))
    wall = press(desk)
    wall.step()
    before = files(wall.root)
    wall.step()
    assert files(wall.root) == before
    desk.beat(last_good_at=desk.now)
    wall.step()
    changed = {name for name, at in files(wall.root).items() if before[name] != at}
    assert "b/helpdesk/pulse.json" in changed
    assert changed <= {"b/helpdesk/pulse.json", "b/helpdesk.html", "b/helpdesk.html.gz"}


def test_a_new_start_writes_nothing_that_is_there_already(desk, press):
    desk.write(ticket(1))
    first = press(desk)
    first.step()
    before = files(first.root)
    first.close()
    press(desk).step()
    assert files(first.root) == before


def test_pages_lag_behind_their_rows_by_seconds_only(desk, press):
    wall = press(desk)
    wall.step()
    desk.write(ticket(1))
    wait = wall.step(now_pages=False)
    assert "Printer 1" in wall.read("b/helpdesk/rows.html")
    assert "Printer 1" not in wall.read("b/helpdesk.html")
    assert wait <= 5
    wall.step()
    assert "Printer 1" in wall.read("b/helpdesk.html")


def test_rows_are_written_before_the_pulse_that_names_them(desk, press, monkeypatch):
    written = []
    real = publish_folder.write_atomic
    monkeypatch.setattr(
        publish_folder,
        "write_atomic",
        lambda path, data, **more: (written.append(path.name), real(path, data, **more)),
    )
    desk.write(ticket(1))
    press(desk).step()
    order = [written.index(name) for name in ("wall.js", "rows.html", "pulse.json", "helpdesk.html")]
    assert order == sorted(order)
    assert written[0] == MANIFEST, "what will be made is written down before"


def test_privacy_of_a_board_holds_in_every_file(make_desk, press):
    desk = make_desk(boards=TWO_BOARDS)
    desk.beat()
    desk.write(ticket(1))
    wall = press(desk)
    wall.step()
    for name in ("b/ps.html", "b/ps/rows.html", "b/ps/pulse.json"):
        text = wall.read(name)
        assert not [word for word in ("Ana", "Ben", "stripes") if word in text], name
    assert "Ana" in wall.read("b/helpdesk/rows.html")


def test_some_boards_only(make_desk, press):
    desk = make_desk(boards=TWO_BOARDS)
    desk.beat()
    wall = press(desk, boards=["ps"])
    wall.step()
    assert {name for name in files(wall.root) if name.startswith("b/")} == {
        "b/ps.html", "b/ps.html.gz", "b/ps/rows.html", "b/ps/rows.html.gz", "b/ps/pulse.json",
    }  # fmt: skip
    assert "Helpdesk" not in wall.read("index.html")
    with pytest.raises(UsageError, match="no board 'sp'"):
        Publisher(wall.feed, None, None, None, ["sp"])


def test_a_board_that_is_gone_is_removed_and_what_others_put_there_stays(make_desk, press):
    desk = make_desk(boards=TWO_BOARDS)
    desk.beat()
    wall = press(desk)
    wall.step()
    (wall.root / "logo.png").write_bytes(b"of somebody else")
    (wall.root / "b" / "ps" / "notes.txt").write_text("of somebody else")
    desk.configure("boards", "helpdesk: {title: Helpdesk}\n")
    wall.step()
    left = {name for name in files(wall.root) if "ps" in name and "vendor" not in name}
    assert left == {"b/ps/notes.txt"}
    assert (wall.root / "logo.png").exists()
    assert "Professional" not in wall.read("index.html")
    assert "b/ps.html" not in json.loads(wall.read(MANIFEST))["files"]


def test_troubles_notices_and_the_age_of_the_data_are_in_the_pulse(desk, press):
    (desk.home.config / "notice.md").write_text("level: warn\n\nThe lift is broken.")
    wall = press(desk)
    wall.step()
    assert wall.pulse()["notice"] == [{"words": "The lift is broken.", "level": "warn"}]
    desk.now = NOW + HOUR
    wall.step()
    assert "Watcher silent" in [t["title"] for t in wall.pulse()["trouble"]]
    assert "The lift is broken." in wall.read("b/helpdesk.html")


# -- folders


def test_a_folder_with_something_else_in_it_is_refused(desk, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="is not empty"):
        PublishFolder(tmp_path / "out").__enter__()
    with pytest.raises(UsageError, match="is not a folder"):
        PublishFolder(tmp_path / "out" / "thesis.txt").__enter__()


def test_a_forged_manifest_removes_nothing_of_others(desk, press, tmp_path):
    (tmp_path / "precious").write_text("x")
    (tmp_path / "out" / "static").mkdir(parents=True)
    names = ["../precious", "/etc/hosts", "static/../../precious", "notes.txt", 7, "b/old.html"]
    (tmp_path / "out" / MANIFEST).write_text(json.dumps({"files": names}))
    for name in ("notes.txt", "b/old.html"):
        (tmp_path / "out" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "out" / name).write_text("x")
    press(desk).step()
    assert (tmp_path / "precious").exists()
    assert (tmp_path / "out" / "notes.txt").exists()
    assert not (tmp_path / "out" / "b" / "old.html").exists()


@pytest.mark.parametrize("place", ["config", "tickets/walls", "state/x", "."])
def test_the_folders_of_deskwatch_are_not_for_publishing(desk, place):
    with pytest.raises(UsageError, match="Name another folder"):
        refuse_own_folders(desk.home.path / place, desk.home)
    with pytest.raises(UsageError, match="Name another folder"):  # each start would publish the last one
        refuse_own_folders(STATIC / place, desk.home)


def test_a_pipe_in_place_of_the_list_of_files_holds_nothing_up(desk, press, tmp_path):
    (tmp_path / "out").mkdir()
    os.mkfifo(tmp_path / "out" / MANIFEST)
    wall = press(desk)
    wall.step()
    assert "b/helpdesk.html" in json.loads(wall.read(MANIFEST))["files"]


def test_a_second_publisher_of_the_same_folder_is_refused(desk, press, tmp_path):
    press(desk)
    with pytest.raises(LockHeldError, match=f"process {os.getpid()}"):
        PublishFolder(tmp_path / "out").__enter__()


def test_a_folder_may_be_reached_through_a_link(desk, press, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "real")
    press(desk).step()
    assert (tmp_path / "real" / "b" / "helpdesk.html").is_file()


def test_a_link_inside_the_folder_leads_to_nothing_written_or_removed(make_desk, press, tmp_path, caplog):
    desk = make_desk(boards=TWO_BOARDS)
    wall = press(desk)
    wall.step()
    (wall.root / "b").rename(tmp_path / "precious")
    (wall.root / "b").symlink_to(tmp_path / "precious")
    before = files(tmp_path / "precious")
    desk.write(ticket(1))
    desk.configure("boards", "helpdesk: {title: Helpdesk}\n")
    wall.publisher._doubt_due = 0.0
    wall.step()
    assert files(tmp_path / "precious") == before
    assert "a symbolic link leads elsewhere" in caplog.text
    wall.folder.keep_only(["index.html"])
    assert files(tmp_path / "precious") == before
    (wall.root / "b").unlink()
    wall.step()
    assert "Printer 1" in wall.read("b/helpdesk/rows.html")


def test_a_share_that_goes_and_comes_back_is_written_to_again_and_not_its_empty_mount_point(
    desk, press, tmp_path, caplog
):
    wall = press(desk)
    wall.step()
    (tmp_path / "out").rename(tmp_path / "away")
    (tmp_path / "out").mkdir()
    desk.write(ticket(1))
    assert wall.step() <= 2
    assert wall.publisher.behind
    assert list((tmp_path / "out").iterdir()) == []
    assert "is gone, or was replaced" in caplog.text
    (tmp_path / "out").rmdir()
    (tmp_path / "away").rename(tmp_path / "out")
    wall.step()
    assert not wall.publisher.behind
    assert "Printer 1" in wall.read("b/helpdesk/rows.html")


def test_a_file_somebody_damaged_is_mended_within_a_minute(desk, press):
    wall = press(desk)
    wall.step()
    (wall.root / "b/helpdesk/rows.html").write_text("oops")
    (wall.root / "static/js/wall.js").unlink()
    wall.publisher._doubt_due = 0.0
    wall.step()
    assert "<main" in wall.read("b/helpdesk/rows.html")
    assert (wall.root / "static/js/wall.js").is_file()


# -- trouble


def test_a_full_disk_is_said_once_and_nothing_is_half_written(desk, press, monkeypatch, caplog):
    desk.write(ticket(1))
    wall = press(desk)
    wall.step()
    before = {name: (wall.root / name).read_bytes() for name in files(wall.root)}
    desk.write(ticket(2))
    real = os.write

    def refuse(fd, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", refuse)
    assert wall.step() <= 2
    wall.step()
    monkeypatch.setattr(os, "write", real)
    assert {name: (wall.root / name).read_bytes() for name in files(wall.root)} == before
    assert caplog.text.count("the disk is full") == 1
    assert wall.publisher.behind
    wall.step()
    assert not wall.publisher.behind
    assert "Printer 2" in wall.read("b/helpdesk/rows.html")


def test_while_rows_cannot_be_written_their_pulse_is_not_and_other_boards_go_on(
    make_desk, press, monkeypatch
):
    desk = make_desk(boards=TWO_BOARDS)
    desk.beat()
    wall = press(desk)
    wall.step()
    before = wall.pulse()["version"]
    real = publish_folder.write_atomic

    def refuse(path, data, **more):
        if path.parent.name == "helpdesk" and path.name.startswith("rows"):
            raise StoreError.of("replace", path, PermissionError(errno.EACCES, "somebody reads it"))
        real(path, data, **more)

    monkeypatch.setattr(publish_folder, "write_atomic", refuse)
    desk.write(ticket(1))
    wall.step()
    assert wall.pulse()["version"] == before
    assert wall.pulse("ps")["counts"]["total"] == 1
    monkeypatch.setattr(publish_folder, "write_atomic", real)
    wall.step()
    assert wall.pulse()["version"] != before


# -- the process


@pytest.fixture
def live_desk(make_desk):
    desk = make_desk(deskwatch="web: {rescan_interval: 1s}")
    desk.now = utc_now()
    desk.beat()
    desk.write(ticket(1, subject="change 000001", first_response_due_at=desk.now + HOUR))
    return desk


@pytest.fixture
def publish(live_desk, tmp_path):
    started = []

    def publish(*arguments):
        command = [sys.executable, str(GUI), "--home", str(live_desk.home), "publish", str(tmp_path / "out")]
        started.append(
            warm.start([*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        )
        return started[-1]

    yield publish
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def seen(root):
    """The number of the change that rows and pulse tell; the pulse is read first, as walls do."""
    pulse = json.loads((root / "b/helpdesk/pulse.json").read_bytes())
    rows = (root / "b/helpdesk/rows.html").read_text()
    assert rows.rstrip().endswith("</main>")
    version = re.search(r'data-v="(\w+)"', rows)[1]
    return pulse, version, int(re.search(r"change (\d{6})", rows)[1])


@pytest.mark.processes
def test_a_change_is_published_at_once_and_sigterm_ends_at_once(live_desk, publish, tmp_path):
    process = publish()
    wait_until(lambda: (tmp_path / "out/index.html").is_file(), "the walls are published")
    live_desk.write(ticket(1, subject="change 000002", first_response_due_at=live_desk.now + HOUR))
    wait_until(lambda: seen(tmp_path / "out")[2] == 2, "the change is published", seconds=3)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=3) == 0


@pytest.mark.processes
def test_a_second_process_is_told_which_one_publishes_there(publish, tmp_path):
    first = publish()
    wait_until(lambda: (tmp_path / "out/index.html").is_file(), "the walls are published")
    second = publish()
    output, _ = second.communicate(timeout=20)
    assert second.returncode == 3
    assert f"process {first.pid}" in output


@pytest.mark.processes
def test_once_publishes_and_ends(publish, tmp_path):
    assert publish("--once").wait(timeout=20) == 0
    assert seen(tmp_path / "out")[2] == 1
    assert publish("--once", "--board", "nope").wait(timeout=20) == 2


@pytest.mark.processes
def test_killed_in_the_middle_of_its_writes_no_reader_ever_sees_half_a_file_or_rows_of_before(
    live_desk, publish, tmp_path
):
    """Kills come at any moment of a storm of changes; a reader reads pulse and rows all the time."""
    root, kills = tmp_path / "out", int(os.environ.get("DESKWATCH_PUBLISH_KILLS", "5"))
    assert publish("--once").wait(timeout=20) == 0
    change_of: dict[str, int] = {}  # version to the number that its rows tell
    pairs: set[tuple[str, int]] = set()  # what a pulse named, and what the rows read after it told
    wrong: list[str] = []
    reads = 0
    stop = threading.Event()

    def read():
        nonlocal reads
        while not stop.is_set():
            try:
                pulse, version, number = seen(root)
                gzip.decompress((root / "b/helpdesk/rows.html.gz").read_bytes())
                page = (root / "b/helpdesk.html").read_text()
            except (ValueError, AssertionError, EOFError, OSError) as problem:
                wrong.append(repr(problem))
                continue
            reads += 1
            if not page.rstrip().endswith("</html>"):
                wrong.append("half a page")
            change_of[version] = number
            pairs.add((pulse["version"], number))

    def change():
        number = 2
        while not stop.wait(0.01):
            live_desk.write(
                ticket(1, subject=f"change {number:06}", first_response_due_at=live_desk.now + HOUR)
            )
            number += 1

    threads = [threading.Thread(target=read), threading.Thread(target=change)]
    for thread in threads:
        thread.start()
    try:
        for number in range(kills):
            process = publish()
            written = (root / "b/helpdesk/pulse.json").stat().st_mtime_ns
            try:
                wait_until(
                    lambda at=written: (root / "b/helpdesk/pulse.json").stat().st_mtime_ns != at,
                    "it publishes",
                    seconds=60,
                )
            except AssertionError as never:
                process.kill()
                raise AssertionError(f"{never}; it said: {process.stdout.read()}") from None
            threading.Event().wait(0.013 * (number % 9))
            process.kill()
            process.wait()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert reads > 10 * kills
    known = [(change_of[named], number) for named, number in pairs if named in change_of]
    assert len(known) >= kills
    assert [pair for pair in known if pair[0] > pair[1]] == [], "a pulse named rows that were not there yet"
    live_desk.write(ticket(1, subject="change 999999", first_response_due_at=live_desk.now + HOUR))
    assert publish("--once").wait(timeout=20) == 0
    pulse, version, number = seen(root)
    assert (pulse["version"], number) == (version, 999999)
    staged = [path for path in (root / ".staging").iterdir() if path.is_file()]
    assert len(staged) <= kills, "what a kill left unfinished is cleared away"


def test_the_wait_is_never_longer_than_what_comes_next(desk, press):
    wall = press(desk)
    desk.write(ticket(1, first_response_due_at=NOW + MINUTE))
    assert wall.step() <= 5
    desk.now = NOW + timedelta(seconds=61)
    desk.beat()
    wall.step()
    assert wall.pulse()["counts"]["states"] == {"overdue": 1}


def test_the_list_of_published_boards_speaks_the_language_of_the_walls(make_desk, press):
    desk = make_desk(boards=TWO_BOARDS, deskwatch="web: {language: de}")
    desk.beat()
    made = press(desk)
    made.step()
    assert "Tafeln" in made.read("index.html")
    assert "Für einen Bildschirm an der Wand" in made.read("index.html")


def test_two_versions_of_one_second_are_told_apart_by_the_web_server(tmp_path):
    with PublishFolder(tmp_path / "walls") as folder:
        seconds = []
        for text in (b"first", b"other", b"third"):
            folder.put("b/helpdesk/pulse.json", text)
            seconds.append(int((tmp_path / "walls/b/helpdesk/pulse.json").stat().st_mtime))
    assert seconds[0] < seconds[1] < seconds[2]
