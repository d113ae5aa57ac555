"""Whose answer it is: a person's by any of their addresses, a room's, or nobody's."""

from datetime import UTC, datetime

import pytest

from deskwatch.core.delivery import Reply
from deskwatch.core.people import Contact
from deskwatch.pager.delivery import Heard
from deskwatch.pager.hearing import sender_of

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
PEOPLE = {
    "ana": Contact(id="ana", name="Ana", addresses={"sms": "+12025550143", "ntfy": "anas-topic"}),
    "ben": Contact(id="ben", name="Ben", addresses={"sms": "+12025550144"}),
}


@pytest.mark.parametrize(
    ("channel", "sender", "expected"),
    [
        ("sms", "+12025550144", "Ben"),
        ("whatsapp", "whatsapp:+12025550143", "Ana"),
        ("ntfy", "anas-topic", "Ana"),
        ("ntfy", "channel:ntfy", "somebody at ntfy"),
        ("sms", "channel:ntfy", None),
        ("ntfy", "ana", None),
        ("ntfy", "", None),
        ("sms", "+12025550199", "whoever gets everything"),
        ("sms", "+12025550100", None),
    ],
)
def test_whose_answer_it_is(channel: str, sender: str, expected: str | None) -> None:
    heard = Heard(channel=channel, reply=Reply(id="r1", sender=sender, text="ACK K7Q2", at=NOW))
    found = sender_of(heard, PEOPLE, {"+12025550199": "whoever gets everything"})
    assert (found.name if found else None) == expected
