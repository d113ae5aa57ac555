"""The banner people write: shown when and where they say, and shown in any case when they slip."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.notice import LONGEST, MOST, read_notices

VIENNA = ZoneInfo("Europe/Vienna")


def read(text: str):
    return read_notices(text, zone=VIENNA, boards=["helpdesk", "ps"])


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=VIENNA)


NOON = at(21, 12)


def words(text: str, board: str = "helpdesk", now: datetime = NOON) -> list[str]:
    return [notice.words for notice in read(text).on(board, now=now)]


def test_plain_text_is_a_notice_on_every_board_from_now_on():
    assert words("Mail is down.\nCall us.") == ["Mail is down.\nCall us."]
    assert words("Mail is down.", "ps") == ["Mail is down."]


def test_it_appears_and_disappears_in_the_zone_of_the_desk():
    text = "from: 2026-11-21 08:00\nuntil: 2026-11-21 17:30\n\nMail is down."
    moments = (at(21, 7, 59), at(21, 8), at(21, 17, 29), at(21, 17, 30))
    assert [bool(words(text, now=now)) for now in moments] == [False, True, True, False]
    notices = read(text)
    assert notices.next_change(at(20, 0)) == at(21, 8)
    assert notices.next_change(at(21, 8)) == at(21, 17, 30)
    assert notices.next_change(at(21, 17, 30)) is None


def test_until_a_day_includes_that_day():
    text = "until: 2026-11-21\n\nMail is down."
    assert words(text, now=at(21, 23, 59))
    assert not words(text, now=at(22, 0))


def test_a_time_may_name_its_own_zone():
    assert read("from: 2026-11-21T08:00Z\n\nHello").next_change(at(1, 0)) == datetime(
        2026, 11, 21, 8, tzinfo=UTC
    )


def test_boards_and_level_are_those_of_the_header():
    notices = read("boards: ps\nlevel: warn\n\nOnly here").all
    assert (notices[0].level, notices[0].boards) == ("warn", frozenset({"ps"}))
    assert words("boards: ps\n\nOnly here", "helpdesk") == []


def test_dashes_part_several_notices_which_keep_their_order():
    assert words("One\n---\nlevel: warn\n\nTwo\n\n-----\nThree\n---\n") == ["One", "Two", "Three"]


@pytest.mark.parametrize(
    ("text", "shown", "line", "slip"),
    [
        ("from: tomorrow\n\nHello", "Hello", 1, "2026-12-24 18:00"),
        ("level: loud\n\nHello", "Hello", 1, "note or level: warn"),
        ("boards: nope\n\nHello", "Hello", 1, "no board 'nope' (there: helpdesk, ps)"),
        ("until: 2026-12-01\nlevl: warn\n\nHello", "Hello", 2, "'levl' is no word of a header"),
        ("from: 2026-12-02\nuntil: 2026-11-01\n\nHello", "Hello", 2, "never be shown"),
        ("One\n---\n\nlevel: loud\n\nHello", "Hello", 4, "got 'loud'"),
        ("level: note\nlevel: warn\n\nHello", "Hello", 2, "twice"),
    ],
)
def test_a_slip_in_the_header_is_named_with_its_line_and_the_text_is_shown(text, shown, line, slip):
    assert shown in words(text)
    found = read(text).slips
    assert [s.line for s in found] == [line]
    assert slip in found[0].message


def test_a_text_that_looks_like_a_header_is_text():
    assert words("Attention: the lift is broken\nUse the stairs") == [
        "Attention: the lift is broken\nUse the stairs"
    ]
    assert read("Attention: the lift is broken\nUse the stairs").slips == ()


def test_a_comment_is_not_shown_and_lines_keep_their_numbers():
    text = "<!-- two\nlines -->\nlevel: loud\n\nHello <!-- inside a line stays -->"
    assert words(text) == ["Hello <!-- inside a line stays -->"]
    assert read(text).slips[0].line == 3


def test_markup_is_text():
    assert words("# <b>*Hello*</b>") == ["# <b>*Hello*</b>"]


def test_too_much_is_cut_and_said():
    long = read("x" * (LONGEST + 1))
    assert len(long.all[0].words) == LONGEST
    assert "cut after 2000" in long.slips[0].message
    many = read("\n---\n".join(f"notice {n}" for n in range(MOST + 2)))
    assert len(many.on("helpdesk", now=at(21, 12))) == MOST
    assert "5 notices at a time" in many.slips[0].message


def test_an_empty_file_says_nothing():
    assert read("\n \n---\n\n").all == ()
    assert read("from: 2026-11-21\n").slips[0].message == "has no text below it"


@pytest.mark.parametrize("text", ["from: x" + " " * 60_000 + "y", " " * 30_000 + "from: x" + "\t" * 30_000])
def test_a_line_of_blanks_is_read_at_once(text):
    begun = time.process_time()
    assert read(text + "\n\nhi").all[0].words == "hi"
    assert time.process_time() - begun < 2  # seconds; it took 17


@given(st.text(st.characters() | st.sampled_from("-:\n<>! fromuntilboardslevel"), max_size=300))
def test_whatever_the_file_holds_is_read_without_an_error(text):
    notices = read(text)
    lines = text.count("\n") + len(text.splitlines()) + 1
    assert all(notice.words and len(notice.words) <= LONGEST for notice in notices.all)
    assert all(1 <= slip.line <= lines for slip in notices.slips)
    notices.on("helpdesk", now=at(21, 12))
