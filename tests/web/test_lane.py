"""What is due before we open stands on the wall: in its order, for its reader, at its time."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.web.desk import HOUR, MINUTE, NOW, ticket

BOARD, ROWS, API = "/b/helpdesk", "/b/helpdesk/rows", "/api/v1/boards/helpdesk"
CLOSES = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)  # a Tuesday, 17:00 in Vienna
OPENS = datetime(2026, 3, 11, 7, 0, tzinfo=UTC)


@pytest.fixture
def closing(desk):
    """A desk with one ticket due in the night, one before the closing and one after the opening."""
    desk.write(
        ticket(1, first_response_due_at=CLOSES + 2 * HOUR),
        ticket(2, first_response_due_at=CLOSES - MINUTE),
        ticket(3, first_response_due_at=OPENS + MINUTE),
    )
    desk.step()
    return desk


def lane(page):
    """The numbers of the lane's tickets, in order."""
    found = re.search(r'<section class="lane".*?</section>', page, re.DOTALL)
    return re.findall(r"INC-\d+", found[0]) if found else []


def desk_states(desk):
    return desk.get("/b/helpdesk/pulse").json["counts"]["states"]


def test_the_lane_names_what_is_due_in_the_night(closing):
    page = closing.get(ROWS).text
    assert lane(page) == ["INC-1"]
    assert "Due before we open (Wed 08:00)" in page
    assert "10 Mar 19:00" in page


def test_when_the_desk_has_closed_what_is_left_of_the_night_stays(closing):
    closing.now = CLOSES
    closing.beat()
    closing.step()
    assert lane(closing.get(ROWS).text) == ["INC-1"]
    closing.now = CLOSES + 2 * HOUR
    closing.beat()
    closing.step()
    page = closing.get(ROWS).text
    assert lane(page) == [], "it is overdue now, and stands at the top of its section"
    assert desk_states(closing)["overdue"] >= 1


def test_with_the_opening_the_next_night_counts_without_any_file_changing(closing):
    closing.now = CLOSES + HOUR
    closing.beat()
    closing.write(ticket(4, first_response_due_at=OPENS + timedelta(days=1)))
    closing.step()
    assert lane(closing.get(ROWS).text) == ["INC-1"]
    closing.now = OPENS
    closing.beat()
    closing.feed.step(closing.now)
    closing.feed._print_due = 0.0
    closing.feed.step(closing.now)
    assert lane(closing.get(ROWS).text) == ["INC-4"]


def test_the_feed_wakes_for_the_opening(closing):
    closing.now = OPENS - timedelta(seconds=0.3)
    closing.beat()
    closing.step()
    assert closing.feed._patience(closing.now) <= 0.3


def test_the_lane_is_sorted_by_what_is_due_first_and_counts_what_it_does_not_name(desk):
    desk.write(*(ticket(n, first_response_due_at=CLOSES + n * MINUTE) for n in range(12, 0, -1)))
    desk.step()
    page = desk.get(ROWS).text
    assert lane(page) == [f"INC-{n}" for n in range(1, 5)]
    assert "+8 more before we open" in page


def test_nobody_is_told_of_a_lane_when_nothing_is_due(desk):
    desk.write(ticket(1))
    desk.step()
    assert "lane" not in desk.get(ROWS).text


def test_a_desk_that_never_closes_has_no_lane(make_desk):
    desk = make_desk()
    desk.never_close()
    desk.beat()
    desk.write(ticket(1, first_response_due_at=CLOSES + HOUR))
    desk.step()
    assert lane(desk.get(ROWS).text) == []
    assert desk.get(API).json["before_opening"] is None


def test_the_lane_obeys_the_filters_of_the_address(closing):
    closing.write(ticket(5, agent=None, first_response_due_at=CLOSES + HOUR))
    closing.step()
    assert lane(closing.get(ROWS).text) == ["INC-5", "INC-1"]
    assert lane(closing.get(f"{ROWS}?agent=none").text) == ["INC-5"]
    assert lane(closing.get(f"{ROWS}?agent=Ana").text) == ["INC-1"]
    assert lane(closing.get(f"{ROWS}?q=nothing").text) == []
    assert [t["key"] for t in closing.get(f"{API}?agent=none").json["before_opening"]["tickets"]] == [
        "desk-5"
    ]


def test_the_lane_says_who_has_a_ticket_or_that_nobody_does(closing):
    closing.write(ticket(5, agent=None, first_response_due_at=CLOSES + HOUR))
    closing.step()
    first, second = re.findall(r'<li class="\w+" id="lane-.*?</li>', closing.get(ROWS).text)
    assert "Unassigned" in first
    assert "Ana" in second


@pytest.mark.parametrize("privacy", ["initials", "none"])
def test_the_lane_obeys_privacy(closing, privacy):
    text = re.search(
        r'<section class="lane".*?</section>', closing.get(f"{ROWS}?privacy={privacy}").text, re.DOTALL
    )[0]
    assert "Ana" not in text
    assert "Unassigned" not in text, "somebody has it"
    assert ("stripes" in text) == (privacy == "initials")


def test_what_a_ticket_says_in_the_lane_is_text(closing):
    closing.write(ticket(1, subject="<img src=x onerror=alert(1)>", first_response_due_at=CLOSES + HOUR))
    closing.step()
    assert "<img" not in closing.get(BOARD).text


def test_the_api_tells_the_lane(closing):
    told = closing.get(API).json["before_opening"]
    assert (told["opening"], told["count"]) == ("2026-03-11T07:00:00Z", 1)
    assert [t["key"] for t in told["tickets"]] == ["desk-1"]


def test_the_index_finds_the_same_tickets_as_a_look_at_every_row(desk):
    from deskwatch.core.before_opening import closed_hours, due_before_opening

    for number in range(200):
        due = NOW + (number * 37 % 2000) * MINUTE
        desk.write(
            ticket(number, first_response_due_at=due, updated_at=NOW - (number % 7) * timedelta(days=1))
        )
    desk.step()
    index = desk.feed.boards["helpdesk"].index
    closed = closed_hours(desk.feed.live.current.desk_calendar, now=desk.now)
    rows = [index.row(t.key) for t in index.everything()]
    expected = [row.key for row in due_before_opening(rows, closed)]
    assert len(expected) > 50
    assert index.due_within(closed.since, closed.opening) == expected
