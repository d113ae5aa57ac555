"""The history survives a database that does not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deskwatch.core.changes import Change
from deskwatch.store import history
from deskwatch.store.history import History

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)


def change(field: str, *, at: datetime = NOW, ticket: str = "demo-12") -> Change:
    return Change(at=at, ticket=ticket, field=field, old="a", new="b \ud83d", by="demo", cause="read")


def test_changes_are_found_by_ticket_in_the_order_they_were_seen(tmp_path: Path) -> None:
    kept = History(tmp_path / "deskwatch.db")
    kept.add([change("agent"), change("status", at=NOW - timedelta(hours=1)), change("x", ticket="demo-9")])
    assert kept.flush() == 3
    kept.close()
    again = History(tmp_path / "deskwatch.db")
    assert [each.field for each in again.of_ticket("demo-12")] == ["agent", "status"]
    assert again.prune(NOW) == 1


def test_a_database_that_cannot_be_written_delays_nothing_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "state"
    blocked.write_text("a file where the folder should be")
    kept = History(blocked / "deskwatch.db")
    for field in ("status", "agent"):
        kept.add([change(field)])
        assert kept.flush() == 0
    assert len(caplog.records) == 1
    blocked.unlink()
    assert kept.flush() == 2
    assert [each.field for each in kept.of_ticket("demo-12")] == ["status", "agent"]


def test_a_database_that_is_named_wrongly_delays_nothing_either(caplog: pytest.LogCaptureFixture) -> None:
    kept = History("nonsense")
    kept.add([change("status")])
    assert kept.flush() == 0
    assert "expected a URL such as postgresql://" in caplog.text


def test_what_does_not_fit_into_memory_is_lost_aloud(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = History(tmp_path / "deskwatch.db")
    kept.add(change(str(n)) for n in range(history.MOST_WAITING + 3))
    assert "loses 3 changes" in caplog.text
