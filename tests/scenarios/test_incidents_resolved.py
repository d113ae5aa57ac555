"""A ticket that is done with leaves the folder at once; whoever wants to hear of it does, with its facts."""

from pathlib import Path

import pytest

from deskwatch.core.ticket import Person
from tests.pager.night import TUESDAY_NOON, Night

RULES = """\
rules:
  - {id: done, on: [resolved], escalation: assignee}
"""


@pytest.fixture
def noon(tmp_path: Path) -> Night:
    night = Night(tmp_path, TUESDAY_NOON, alerts=RULES)
    night.ticket("demo-1", agent=Person(id="19", name="Ana"), assigned_since=night.now)
    night.run(minutes=1)
    return night


def leave(night: Night, key: str) -> None:
    """What the watcher does with a resolved ticket: write it a last time, and move it to the archive."""
    night.resolve(key)
    night.folder.archive(key, reason="resolved", now=night.now)


def test_the_assignee_hears_of_a_resolved_ticket_though_its_file_is_gone_at_once(noon: Night) -> None:
    leave(noon, "demo-1")
    noon.run(minutes=5)
    (mail,) = noon.told("mail")
    assert noon.who("mail") == ["ana"]
    assert "Mail is down" in mail
    noon.run(hours=3)
    assert len(noon.told("mail")) == 1


def test_a_ticket_that_only_vanished_is_told_as_nothing(noon: Night) -> None:
    (noon.home.tickets / "demo-1.json").unlink()
    noon.run(hours=1)
    assert noon.told("mail") == []


def test_it_is_told_once_also_across_a_restart(noon: Night) -> None:
    leave(noon, "demo-1")
    noon.run(minutes=5)
    noon.restart()
    noon.run(minutes=30)
    assert len(noon.told("mail")) == 1
