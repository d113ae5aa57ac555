"""What one reader wants of a board."""

from datetime import UTC, datetime

import pytest

from deskwatch.core.board import Board, place
from deskwatch.core.privacy import Privacy, stricter
from deskwatch.core.sla import SlaRules
from deskwatch.core.ticket import Person, Priority, Ticket
from deskwatch.core.view import View

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
ANA, BEN = Person(id="1", name="Ana"), Person(id="2", name="Ben")
TICKET = Ticket(
    key="desk-7",
    source="desk",
    id="7",
    number="INC-7",
    subject="The printer prints stripes",
    priority=Priority.HIGH,
    agent=ANA,
    requester=BEN,
)
ROW = place(Board(id="helpdesk", title="Helpdesk"), TICKET, SlaRules(), now=NOW)


@pytest.mark.parametrize(
    "view",
    [
        View(),
        View(agent="1"),
        View(agent="ana"),
        View(group="none"),
        View(priorities=(Priority.HIGH,)),
        View(text="STRIPES printer"),
        View(text="inc-7"),
        View(text="ben"),
        View(sections=("open",)),
    ],
)
def test_the_reader_sees_what_he_asks_for(view):
    assert view.selects(TICKET, ROW)


@pytest.mark.parametrize(
    "view",
    [
        View(agent="2"),
        View(agent="none"),
        View(group="Network"),
        View(priorities=(Priority.LOW,)),
        View(text="stripes scanner"),
        View(sections=("other",)),
    ],
)
def test_and_nothing_else(view):
    assert not view.selects(TICKET, ROW)


def test_searching_does_not_reveal_what_is_hidden():
    assert not View(text="ben", privacy=Privacy.INITIALS).selects(TICKET, ROW)
    assert View(text="stripes", privacy=Privacy.INITIALS).selects(TICKET, ROW)
    assert not View(text="stripes", privacy=Privacy.NONE).selects(TICKET, ROW)
    assert View(text="inc-7", privacy=Privacy.NONE).selects(TICKET, ROW)


def test_of_two_privacies_the_stricter_wins():
    assert stricter(Privacy.FULL, Privacy.INITIALS) is Privacy.INITIALS
    assert stricter(Privacy.NONE, Privacy.INITIALS) is Privacy.NONE
