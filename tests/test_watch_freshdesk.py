"""The same watcher against a simulated Freshdesk: bare arrays, search in 300 rows, no workspaces."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from deskwatch.core.merging import is_partial
from deskwatch.demo import Switches
from tests.watch_desk import WatchDesk, watch_desk


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[WatchDesk]:
    """Eight open tickets, all of them on the wall."""
    with watch_desk(tmp_path, tickets=8, switches=Switches(product="freshdesk")) as watch:
        yield watch.run(minutes=1)


def test_the_wall_shows_what_is_open_with_details_and_names(watch: WatchDesk) -> None:
    agent = next(iter(watch.desk.directory.agents.values()))
    id_ = int(min(watch.truth()))
    watch.desk.assign(id_, agent.id)
    watch.desk.reply(id_)
    watch.run(minutes=1)
    assert watch.tickets().keys() == watch.truth()
    assert not any(is_partial(t) for t in watch.tickets().values())
    ticket = watch.ticket(id_)
    assert ticket.agent is not None
    assert not ticket.agent.name.startswith("Agent ")
    assert ticket.first_responded_at is not None
    assert ticket.requester is not None
    assert not ticket.requester.name.startswith("Requester ")
    assert watch.beat()["state"] == "ok"
    assert watch.beat()["kind"] == "freshdesk"


def test_tickets_come_and_go(watch: WatchDesk) -> None:
    ids = sorted(map(int, watch.truth()))
    watch.desk.resolve(ids[0])
    watch.desk.trash(ids[1])
    watch.desk.mark_spam(ids[2])
    watch.desk.purge(ids[3])
    old = watch.desk.create_ticket("Old", created_at=watch.clock.now - timedelta(days=90))
    watch.run(minutes=25)
    assert str(old.id) in watch.tickets()
    assert watch.tickets().keys() == watch.truth()
    assert set(watch.archived()) == {str(id_) for id_ in ids[:4]}


def test_more_than_300_open_tickets_are_found_in_portions(tmp_path: Path) -> None:
    with watch_desk(tmp_path, tickets=320, switches=Switches(product="freshdesk")) as watch:
        for id_ in sorted(map(int, watch.truth()))[::3]:
            watch.desk.change_priority(id_, 4)
        watch.run(minutes=25)
        assert watch.tickets().keys() == watch.truth()
        assert watch.beat()["error"] is None
        assert watch.beat()["doubted"]["missing"] == 0
        assert watch.archived() == {}
