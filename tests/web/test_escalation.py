"""A ticket that missed its deadline stands on the wall with its raised priority and what is still owed."""

import pytest

from deskwatch.core.ticket import Priority
from tests.web.desk import HOUR, NOW, ticket

SLA = """
escalate: {on_breach: true}
explanations: {after: 30m}
policies:
  - {name: urgent, match: [{priorities: [urgent]}], first_response: 20m}
  - {name: high, match: [{priorities: [high]}], first_response: 8h}
  - {name: normal, first_response: 24h}
"""


@pytest.fixture
def late(desk):
    """A ticket whose first response is an hour late, under policies that raise its priority."""
    desk.configure("sla", SLA)
    desk.feed.live.refresh(now_please=True)
    desk.feed._open_boards()
    desk.write(
        ticket(1, priority=Priority.MEDIUM, first_response_due_at=None, created_at=NOW - 25 * HOUR),
        ticket(2),
    )
    desk.step()
    return desk


def test_the_wall_shows_the_raised_priority_and_what_it_was(late):
    row = late.get("/b/helpdesk/rows").text.split('data-k="desk-1"')[1].split("<tr")[0]
    assert "High" in row
    assert "was Medium<" in row
    assert "raised 10 Mar 13:00" in row
    other = late.get("/b/helpdesk/rows").text.split('data-k="desk-2"')[1].split("<tr")[0]
    assert "was " not in other


def test_an_owed_explanation_is_on_the_wall_until_somebody_answers(late):
    assert "Explanation owed" in late.get("/b/helpdesk/rows").text
    answered = ticket(
        1,
        priority=Priority.MEDIUM,
        first_response_due_at=None,
        created_at=NOW - 25 * HOUR,
        first_responded_at=NOW,
        agent_responded_at=NOW,
    )
    late.write(answered)
    late.step()
    assert "Explanation owed" not in late.get("/b/helpdesk/rows").text


def test_the_api_tells_the_steps(late):
    (place,) = late.get("/api/v1/tickets/desk-1").json["boards"].values()
    assert [(step["from"], step["to"]) for step in place["escalations"]] == [("medium", "high")]
    assert place["explanation_owed_since"] == "2026-03-10T12:30:00Z"


def test_the_status_says_whether_the_desk_is_open_and_who_is_on_call(desk):
    status = desk.get("/api/v1/status").json
    assert status["desk"] == {
        "open": True,
        "holiday": None,
        "next_opening": "2026-03-11T07:00:00Z",
        "next_closing": "2026-03-10T16:00:00Z",
    }
    assert status["on_call"] == []
