"""What we write as a calendar, our own reader and others read back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from deskwatch.ics.entries import Entry, read_entries
from deskwatch.ics.writing import write_calendar

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MONTH = NOW - timedelta(days=1), NOW + timedelta(days=30)


@given(summary=st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=200))
def test_what_is_written_is_read_back(summary: str) -> None:
    entry = Entry(NOW, NOW + timedelta(hours=8), " ".join(summary.split()))
    data = write_calendar([("one", entry)], name="On call; all, of us", now=NOW)
    (found,) = read_entries(data, *MONTH, ZoneInfo("UTC")).entries
    assert (found.start, found.end, found.summary) == (
        entry.start,
        entry.end,
        " ".join(entry.summary.split()),
    )
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))


def test_a_title_cannot_bring_in_another_event() -> None:
    entry = Entry(NOW, NOW + timedelta(hours=8), "Ana\r\nEND:VEVENT\r\nBEGIN:VEVENT")
    data = write_calendar([("one", entry)], name="x", now=NOW)
    assert data.count(b"\r\nBEGIN:VEVENT\r\n") == 1


def test_times_are_in_utc_and_ids_are_kept() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    entry = Entry(datetime(2026, 3, 2, 9, tzinfo=berlin), datetime(2026, 3, 9, 9, tzinfo=berlin), "Ana")
    text = write_calendar([("ana-primary-1", entry)], name="x", now=NOW).decode()
    assert "DTSTART:20260302T080000Z\r\n" in text
    assert "UID:ana-primary-1\r\n" in text
