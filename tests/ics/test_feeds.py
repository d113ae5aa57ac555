"""Calendars as part of the roster: read again and again, and the last good reading stays."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from deskwatch.core.oncall import Layer, Schedule, Shift
from deskwatch.core.people import Contact
from deskwatch.ics.entries import Entry
from deskwatch.ics.feed_settings import FeedSettings
from deskwatch.ics.feeds import Feeds
from deskwatch.ics.people import Names
from tests.ics.calendars import WEEK_OF_ANA, calendar, event

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
PEOPLE = {
    "ana": Contact(
        id="ana",
        name="Ana Example",
        addresses={"email": "ana@example.com"},
        agents=frozenset({"19000000001"}),
    ),
    "ben": Contact(id="ben", name="Ben Long-Name"),
    "mia": Contact(id="mia", name="Mia"),
}
SCHEDULE = Schedule(
    layers={
        "primary": Layer(id="primary", feeds=("team",)),
        "secondary": Layer(
            id="secondary", sources=(Shift(NOW - timedelta(days=9), NOW + timedelta(days=9), ("ben",)),)
        ),
    }
)
BEN_TODAY = event(":20260303T080000Z", ":20260303T200000Z", "Ben")


@pytest.fixture
def team(tmp_path: Path) -> Path:
    (tmp_path / "team.ics").write_bytes(calendar(WEEK_OF_ANA))
    return tmp_path / "team.ics"


def feeds(folder: Path, **named: FeedSettings) -> Feeds:
    return Feeds(named, people=PEOPLE, zone=BERLIN, folder=folder / "ics")


def on_call(feeds: Feeds, at: datetime = NOW) -> tuple[str, ...]:
    return feeds.schedule(SCHEDULE).on_call_at(at, layer="primary")


def test_who_takes_part_in_an_entry_is_on_call(team: Path, tmp_path: Path) -> None:
    calendars = feeds(tmp_path, team=FeedSettings(file=team))
    assert on_call(calendars) == ()
    calendars.refresh(NOW)
    assert on_call(calendars) == ("ana",)
    assert on_call(calendars, NOW + timedelta(days=6)) == ()
    assert calendars.problems == ()


def test_a_calendar_is_read_again_when_it_is_due(team: Path, tmp_path: Path) -> None:
    calendars = feeds(tmp_path, team=FeedSettings(file=team))
    calendars.refresh(NOW)
    team.write_bytes(calendar(BEN_TODAY))
    calendars.refresh(NOW + timedelta(minutes=14))
    assert on_call(calendars) == ("ana",)
    assert calendars.next_at() == NOW + timedelta(minutes=15)
    calendars.refresh(NOW + timedelta(minutes=15))
    assert on_call(calendars) == ("ben",)


@pytest.mark.parametrize("broken", [b"", b"<html>log in</html>", calendar(WEEK_OF_ANA)[:-60]])
def test_a_broken_calendar_is_named_and_the_old_roster_stays(
    team: Path, tmp_path: Path, broken: bytes
) -> None:
    calendars = feeds(tmp_path, team=FeedSettings(file=team))
    calendars.refresh(NOW)
    team.write_bytes(broken)
    calendars.refresh(NOW + timedelta(hours=1))
    assert on_call(calendars) == ("ana",)
    (problem,) = calendars.problems
    assert problem.startswith("calendar team: it is no calendar")
    assert problem.endswith("the last good one stays")
    team.write_bytes(calendar(BEN_TODAY))
    calendars.refresh(NOW + timedelta(hours=2))
    assert (on_call(calendars), calendars.problems) == (("ben",), ())


def test_the_last_good_copy_outlives_a_restart_without_the_server(team: Path, tmp_path: Path) -> None:
    feeds(tmp_path, team=FeedSettings(file=team)).refresh(NOW)
    team.unlink()
    again = feeds(tmp_path, team=FeedSettings(file=team))
    again.remember(NOW)
    assert on_call(again) == ("ana",)
    assert again.next_at() < NOW
    again.refresh(NOW)
    assert on_call(again) == ("ana",)
    assert "there is no file" in again.problems[0]


def test_a_calendar_that_was_not_asked_yet_is_told_apart_from_an_empty_one(
    team: Path, tmp_path: Path
) -> None:
    calendars = feeds(tmp_path, team=FeedSettings(file=team))
    calendars.remember(NOW)
    assert "team" not in calendars.schedule(SCHEDULE).fed
    data = team.read_bytes()
    team.unlink()
    calendars.refresh(NOW)
    assert calendars.schedule(SCHEDULE).fed == {"team": ()}, "it was asked, and nobody is on call"
    team.write_bytes(data)
    calendars.refresh(NOW + timedelta(hours=1))
    assert on_call(calendars) == ("ana",)


def test_an_empty_calendar_is_a_roster_of_nobody(team: Path, tmp_path: Path) -> None:
    calendars = feeds(tmp_path, team=FeedSettings(file=team))
    team.write_bytes(calendar())
    calendars.refresh(NOW)
    assert calendars.schedule(SCHEDULE).fed == {"team": ()}


def test_an_old_copy_is_looked_at_anew_as_time_passes(team: Path, tmp_path: Path) -> None:
    calendars = feeds(tmp_path, team=FeedSettings(file=team))
    team.write_bytes(calendar(event(":20260801T080000Z", ":20260802T080000Z", "Ana")))
    calendars.refresh(NOW)
    team.unlink()
    summer = datetime(2026, 8, 1, 12, tzinfo=UTC)
    calendars.refresh(summer)
    assert on_call(calendars, summer) == ("ana",)


def test_an_absence_of_a_calendar_skips_the_person_in_every_layer(tmp_path: Path) -> None:
    away = tmp_path / "vacation.ics"
    away.write_bytes(
        calendar(event(";VALUE=DATE:20260303", ";VALUE=DATE:20260304", "Vacation: Ben Long-Name"))
    )
    calendars = feeds(tmp_path, vacation=FeedSettings(file=away, means="absence"))
    calendars.refresh(NOW)
    schedule = calendars.schedule(SCHEDULE)
    assert schedule.on_call_at(NOW) == ()
    assert schedule.on_call_at(NOW + timedelta(days=1)) == ("ben",)


def test_only_entries_with_the_wanted_words_count(team: Path, tmp_path: Path) -> None:
    team.write_bytes(calendar(BEN_TODAY, event(":20260303T080000Z", ":20260303T200000Z", "On call: Mia")))
    calendars = feeds(tmp_path, team=FeedSettings(file=team, containing="on CALL"))
    calendars.refresh(NOW)
    assert on_call(calendars) == ("mia",)


def test_an_entry_that_names_nobody_of_ours_is_told(team: Path, tmp_path: Path) -> None:
    team.write_bytes(calendar(BEN_TODAY, event(":20260303T080000Z", ":20260303T200000Z", "Somebody")))
    calendars = feeds(tmp_path, team=FeedSettings(file=team))
    calendars.refresh(NOW)
    assert calendars.problems == ("calendar team: 'Somebody' of 2026-03-03 names nobody of people.yaml",)
    assert on_call(calendars) == ("ben",)


def test_people_are_found_by_mail_name_and_title_but_not_by_chance() -> None:
    names = Names(PEOPLE)

    def found(summary: str, *people: str) -> tuple[str, ...]:
        return names.of(Entry(NOW, NOW, summary, people))

    assert found("On call", "ana@example.com", "ana example") == ("ana",)
    assert found("Ana", "ben long-name") == ("ben",), "who takes part wins over the title"
    assert found("Mia + ANA (first)") == ("mia", "ana")
    assert found("Ben Long-Name, night") == ("ben",)
    assert found("Banana and Damian") == ()
    assert found("Ticket 19000000001") == ()
