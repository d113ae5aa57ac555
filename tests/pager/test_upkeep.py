"""A notifier that runs for years forgets what is long over, in the database and in memory."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.pager.night import HOUR, Night


@pytest.fixture
def night(tmp_path: Path) -> Night:
    return Night(tmp_path)


def a_ticket_that_was_told_of_and_resolved(night: Night) -> None:
    night.ticket("demo-1")
    night.run(minutes=30)
    night.resolve("demo-1")
    night.run(minutes=1)
    (night.home.tickets / "demo-1.json").unlink()
    night.run(minutes=5)
    assert set(night.states("demo-1").values()) == {"resolved"}


def test_what_ended_more_than_a_year_ago_is_forgotten(night: Night) -> None:
    a_ticket_that_was_told_of_and_resolved(night)
    night.restart(after=timedelta(days=390))
    night.run(hours=1)
    assert night.alerts("demo-1") != []
    night.restart(after=timedelta(days=20))
    night.run(hours=1)
    assert night.alerts("demo-1") == []


def test_the_html_of_a_mail_is_dropped_after_a_week_and_its_text_stays(night: Night) -> None:
    a_ticket_that_was_told_of_and_resolved(night)
    night.run(hours=1)
    mails = [each for each in night.sent("demo-1") if each.html]
    for _ in range(9):
        night._advance(24 * HOUR)
        night.tick()
    assert mails != []
    assert [each.html for each in night.sent("demo-1")] == [None] * len(night.sent("demo-1"))
    assert all(each.text for each in night.sent("demo-1"))


def test_counts_of_tickets_nobody_is_told_of_any_more_are_forgotten(night: Night) -> None:
    a_ticket_that_was_told_of_and_resolved(night)
    assert night.notifier.ledger.told["demo-1"] >= 1
    for _ in range(9):
        night._advance(24 * HOUR)
        night.tick()
    assert "demo-1" not in night.notifier.ledger.told
