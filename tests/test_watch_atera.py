"""The watcher against a simulated Atera: what happens there, what lies in tickets/, what it costs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deskwatch.demo.atera_switches import AteraSwitches
from tests.watch_desk import WatchDesk, watch_desk


def atera(home: Path, **options: object):  # type: ignore[no-untyped-def]
    """An Atera account with some tickets, and its watcher."""
    switches = options.pop("switches", None) or AteraSwitches()
    return watch_desk(home, switches=switches, plan="atera", **options)  # type: ignore[arg-type]


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[WatchDesk]:
    """Twelve open tickets, all of them on the wall."""
    with atera(tmp_path, tickets=12) as watch:
        yield watch.run(minutes=1)


def test_the_wall_shows_what_is_open(watch: WatchDesk) -> None:
    assert watch.tickets().keys() == watch.truth()
    assert watch.beat()["state"] == "ok"
    assert watch.beat()["kind"] == "atera"
