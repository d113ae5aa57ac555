"""The digest at closing time: once, in time, with what is missed before the desk opens again."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from deskwatch.channels.mail import Mail
from deskwatch.core.ticket import Person
from tests.channels.mail_account import settings_for
from tests.channels.smtp_server import mail_server
from tests.pager.night import HOUR, MINUTE, TUESDAY_NOON, Night

CLOSING = "digests:\n  - {id: evening, title: Good evening, notify: [manager], at: closing}"
FIVE = TUESDAY_NOON + 5 * HOUR


def desk(path: Path, *, at: datetime = FIVE - 2 * MINUTE) -> Night:
    """A desk that is open from eight to five, two minutes before it closes."""
    return Night(path, at, alerts=CLOSING)


def late_ticket(night: Night, key: str, due_in: timedelta, **changes: Any) -> None:
    due = night.now + due_in
    night.ticket(key, priority=None, first_response_due_at=due, created_at=night.now - 3 * HOUR, **changes)


def test_at_closing_a_mail_says_what_is_due_before_the_desk_opens_and_who_is_on_call(tmp_path: Path) -> None:
    night = desk(tmp_path)
    with mail_server() as server:
        mail = Mail("mail", settings_for(server.port), clock=lambda: night.now)
        night.channels["mail"] = mail  # type: ignore[assignment]
        late_ticket(night, "demo-1", 12 * HOUR, subject="Backup failed", agent=Person(id="20", name="Ben"))
        late_ticket(night, "demo-2", 4 * HOUR, subject="No <b>dial tone</b>")
        late_ticket(night, "demo-3", -HOUR, subject="Printer jams")
        late_ticket(night, "demo-4", 16 * HOUR, subject="Tomorrow at nine")
        night.resolve("demo-4")
        late_ticket(night, "demo-5", 17 * HOUR, subject="Tomorrow at ten")
        night.run(minutes=4)
        mail.close()
        [told] = [each for each in server.mails if "Good evening" in each["Subject"]]
    assert told["To"] == "mia@example.com"
    assert told["Subject"].strip() == (
        "[Deskwatch] Good evening: 2 due before we open Wed 08:00, 1 late already"
    )
    text = told.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    html = told.get_body(("html",)).get_content()  # type: ignore[union-attr]
    for words in (text, html):
        places = [words.index(part) for part in ("dial tone", "Backup failed", "Printer jams")]
        assert places == sorted(places), "what is due first comes first, what is late stands below"
        assert "Tomorrow" not in words
        assert "Wed 08:00" in words
        assert "Ana" in words, "she is on call until then"
    assert "first response due 20:58" in text
    assert "first response was due 15:58" in text
    assert "<b>dial" not in html


def test_it_comes_once_though_the_notifier_is_killed_at_that_instant(tmp_path: Path) -> None:
    night = desk(tmp_path)
    late_ticket(night, "demo-1", 4 * HOUR)
    night.run(minutes=1, seconds=59)
    night._advance(timedelta(seconds=1))
    night.notifier.tick(night.now)  # committed, and nothing was answered yet
    night.restart()
    night.run(minutes=1)
    night.restart(after=MINUTE)
    night.run(minutes=1)
    assert [text for text in night.told("mail", "mia") if "Good evening" in text][1:] == []
    assert "Good evening" in night.told("mail", "mia")[0]
    night.restart(after=24 * HOUR - 3 * MINUTE)
    night.run(minutes=1)
    assert sum("Good evening" in text for text in night.told("mail", "mia")) == 2


def test_one_that_is_late_counts_from_now_and_one_for_a_closing_long_past_is_left_out(tmp_path: Path) -> None:
    night = desk(tmp_path)
    late_ticket(night, "demo-1", HOUR)
    night.restart(after=3 * HOUR)
    night.run(minutes=1)
    [told] = [text for text in night.told("mail", "mia") if "Good evening" in text]
    assert "Due before we open: nothing" in told
    assert "Late already: 1" in told

    (tmp_path / "later").mkdir()
    night = desk(tmp_path / "later")
    night.restart(after=16 * HOUR)  # the desk is open again
    night.run(minutes=5)
    assert not any("Good evening" in text for text in night.told("mail", "mia"))


def test_one_for_a_desk_that_is_open_again_is_left_out(tmp_path: Path) -> None:
    night = desk(tmp_path, at=TUESDAY_NOON - 2 * MINUTE)
    night.config("hours", "calendars: {desk: {zone: UTC, week: {tue: '08:00-12:00, 17:00-22:00'}}}")
    night.live.refresh(now_please=True)
    night.run(minutes=1)
    night.restart(after=5 * HOUR + 30 * MINUTE)
    night.run(minutes=1)
    assert not any("Good evening" in text for text in night.told("mail", "mia"))


def test_turns_that_pass_while_the_desk_is_closed_are_told_with_their_times(tmp_path: Path) -> None:
    night = desk(tmp_path)
    turns = '{people: [ana, ben], every: day, handoff: "22:00", start: 2026-03-09}'
    night.config("oncall", f"zone: UTC\nlayers: {{primary: {{rotations: [{turns}]}}}}")
    night.live.refresh(now_please=True)
    night.run(minutes=3)
    told = " ".join(night.told("mail", "mia"))
    assert "On call until then: Ana until 22:00, Ben from 22:00." in told
