"""How the watcher of a home with own tickets is put together."""

from pathlib import Path

from deskwatch.clock import monotonic
from deskwatch.local.build import inbox_bell
from tests.local.own_desk import OwnDesk


def test_a_command_wakes_the_watcher(tmp_path: Path) -> None:
    desk = OwnDesk(tmp_path)
    with inbox_bell(desk.live.current) as bell:
        assert bell is not None
        bell.wait(0.05)  # what was there before it listened
        desk.drop("create", fields={"subject": "x"})
        began = monotonic()
        assert bell.wait(20)
        assert monotonic() - began < 10


def test_without_own_tickets_nothing_listens(tmp_path: Path) -> None:
    desk = OwnDesk(tmp_path, sources={"fs": {"kind": "demo"}})
    with inbox_bell(desk.live.current) as bell:
        assert bell is None
    assert not desk.inbox.folder.exists()


def test_whoever_may_only_write_into_the_inbox_can_give_commands(
    tmp_path: Path,
) -> None:
    desk = OwnDesk(tmp_path).poll()
    (desk.inbox.folder / ".staging").mkdir(exist_ok=True)
    before = sorted(path for path in desk.home.path.rglob("*") if path.parent != desk.inbox.folder)
    desk.drop("create", fields={"subject": "x"})
    assert sorted(path for path in desk.home.path.rglob("*") if path.parent != desk.inbox.folder) == before


def test_check_says_that_commands_can_be_given(tmp_path: Path) -> None:
    desk = OwnDesk(tmp_path)
    desk.watcher.poll(desk.now)
    (watched,) = desk.watcher._watched.values()
    (finding,) = watched.source.check(now=desk.now)
    assert finding.ok
    assert finding.words == "tickets/.inbox takes commands for desk; no command waits"
    desk.make()
    assert watched.source.raw("1", now=desk.now)["number"] == "NDB-0001"
