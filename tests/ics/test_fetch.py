"""Reading a calendar from a file or a server: every failure is a sentence, and none shows the address."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deskwatch.ics.entries import MAX_BYTES, IcsError
from deskwatch.ics.feed_settings import FeedSettings
from deskwatch.ics.fetch import fetch
from deskwatch.settings import Secret
from tests.ics.calendars import WEEK_OF_ANA, calendar
from tests.ics.server import CalendarServer, breaking_off, dripping, saying, serving

TEAM = calendar(WEEK_OF_ANA)
SECRET = "/private-5up3r/basic.ics"


@pytest.fixture
def server() -> Iterator[CalendarServer]:
    with serving() as server:
        yield server


def at(server: CalendarServer, path: str = SECRET) -> FeedSettings:
    return FeedSettings(url=Secret(server.url + path))


def test_a_calendar_is_read_from_a_server_and_from_a_file(server: CalendarServer, tmp_path: Path) -> None:
    server.answers[SECRET] = saying(TEAM)
    assert fetch(at(server)) == TEAM
    (tmp_path / "team.ics").write_bytes(TEAM)
    assert fetch(FeedSettings(file=tmp_path / "team.ics")) == TEAM


def test_a_redirect_is_followed_on_the_same_host_only(server: CalendarServer) -> None:
    server.answers["/moved"] = saying(b"", 302, Location=SECRET)
    server.answers[SECRET] = saying(TEAM)
    assert fetch(at(server, "/moved")) == TEAM
    with serving() as elsewhere:
        server.answers["/away"] = saying(b"", 302, Location=elsewhere.url + SECRET)
        server.answers["/name"] = saying(b"", 302, Location="http://localhost:9/x")
        for path in ("/away", "/name"):
            with pytest.raises(IcsError, match="redirects to another host"):
                fetch(at(server, path))
        assert elsewhere.asked == []


def test_redirects_in_circles_end(server: CalendarServer) -> None:
    server.answers["/a"] = saying(b"", 302, Location="/a")
    with pytest.raises(IcsError, match="in circles"):
        fetch(at(server, "/a"))
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "private address still the right one"),
        (404, "gone or its address changed"),
        (500, "answers 500"),
    ],
)
def test_a_refusal_says_what_to_look_at(server: CalendarServer, status: int, words: str) -> None:
    server.answers[SECRET] = saying(b"", status)
    with pytest.raises(IcsError, match=words) as refused:
        fetch(at(server))
    assert "5up3r" not in str(refused.value)


def test_too_much_is_not_taken_in(server: CalendarServer) -> None:
    server.answers[SECRET] = saying(b"x" * (MAX_BYTES + 100_000))
    with pytest.raises(IcsError, match="larger than 5 MB"):
        fetch(at(server))


def test_half_a_calendar_is_none(server: CalendarServer) -> None:
    server.answers[SECRET] = breaking_off(TEAM)
    with pytest.raises(IcsError, match="broke off"):
        fetch(at(server))


def test_a_server_that_drips_is_given_up(server: CalendarServer) -> None:
    server.answers["/head"] = dripping(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 2000)
    server.answers["/body"] = dripping(b"HTTP/1.0 200 OK\r\n\r\n" + TEAM)
    for path in ("/head", "/body"):
        with pytest.raises(IcsError, match=r"longer than 0\.3 s"):
            fetch(at(server, path), seconds=0.3)


def test_nobody_there_is_told_without_the_address() -> None:
    with serving() as gone:
        feed = at(gone)
    with pytest.raises(IcsError, match="cannot be reached") as refused:
        fetch(feed)
    assert "127.0.0.1" not in str(refused.value)


def test_a_file_that_is_not_there_and_a_secret_that_was_not_found_are_named(tmp_path: Path) -> None:
    with pytest.raises(IcsError, match=r"there is no file none\.ics"):
        fetch(FeedSettings(file=tmp_path / "none.ics"))
    with pytest.raises(IcsError, match="ONCALL_ICS is not set"):
        fetch(FeedSettings(url=Secret.missing("the environment variable ONCALL_ICS is not set")))
