"""Trouble with the desk itself is told once, and is over only when somebody saw that it is."""

from datetime import UTC, datetime, timedelta

from deskwatch.core.alert_kinds import AlertKind
from deskwatch.pager.desk_health import Condition, DeskHealth

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
FAILING = Condition(
    kind=AlertKind.SOURCE_FAILING,
    detail="acme",
    since=NOW - timedelta(minutes=10),
    reason="acme has not been read since 11:50",
)
SILENT = Condition(
    kind=AlertKind.WATCHER_SILENT, detail="", since=NOW, reason="no sign of life from the watcher since 12:00"
)


def test_a_trouble_begins_once_and_ends_once() -> None:
    health = DeskHealth()
    assert health.look([FAILING]) == ([FAILING], [])
    assert health.look([FAILING]) == ([], [])
    assert health.look([]) == ([], [FAILING.alert("").key])
    assert health.look([]) == ([], [])


def test_a_source_is_not_called_well_by_the_silence_of_the_watcher() -> None:
    health = DeskHealth()
    health.look([FAILING])
    assert health.look([SILENT]) == ([SILENT], [])
    assert health.look([FAILING]) == ([], [SILENT.alert("").key])
    assert health.look([]) == ([], [FAILING.alert("").key])
