"""A status lamp shows the first rule that holds, and says why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from deskwatch.core.board import Board, place
from deskwatch.core.light import (
    DEFAULT_LIGHT,
    GREEN,
    MAGENTA,
    RED,
    YELLOW,
    Colour,
    LightFacts,
    LightRule,
    facts_of,
    light_of,
)
from deskwatch.core.sla import SlaRules
from deskwatch.core.ticket import Person, Phase, Priority, Status, Ticket

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
BOARD, RULES = Board(id="helpdesk", title="Helpdesk"), SlaRules()
OPEN = Ticket(
    key="desk-1",
    source="desk",
    id="1",
    subject="Printer",
    type="Incident",
    status=Status(id="2", name="Open"),
    phase=Phase.OPEN,
    priority=Priority.HIGH,
    agent=Person(id="1", name="Ana"),
    created_at=NOW - timedelta(hours=1),
    updated_at=NOW - timedelta(hours=1),
    first_response_due_at=NOW + timedelta(days=2),
)
REPLIED = replace(OPEN, key="desk-2", phase=Phase.CUSTOMER_REPLIED)
LATE = replace(OPEN, key="desk-3", first_response_due_at=NOW - timedelta(minutes=1))
WAITING = replace(OPEN, key="desk-4", phase=Phase.WAITING_ON_CUSTOMER)
ANSWERED = replace(WAITING, agent_responded_at=NOW - timedelta(minutes=30))


def shown(*tickets: Ticket, stale: str | None = None, rules: tuple[LightRule, ...] = DEFAULT_LIGHT):
    placed = [(ticket, place(BOARD, ticket, RULES, now=NOW)) for ticket in tickets]
    return light_of(rules, facts_of((t, row) for t, row in placed if row is not None), stale)


@pytest.mark.parametrize(
    ("tickets", "stale", "colour", "mode", "reason"),
    [
        ((), None, GREEN, "solid", "nothing to do"),
        ((ANSWERED,), None, GREEN, "solid", "nothing to do"),
        ((REPLIED,), None, YELLOW, "solid", "1 customer waits for an answer"),
        ((REPLIED, OPEN), None, RED, "solid", "1 open ticket"),
        ((REPLIED, OPEN, LATE), None, RED, "strobe", "1 ticket is overdue"),
        ((LATE,), "the data is old", MAGENTA, "solid", "the data is old"),
    ],
    ids=["nothing", "answered", "replied", "open", "overdue", "stale"],
)
def test_the_usual_rules_are_those_of_the_lamp_people_know(tickets, stale, colour, mode, reason):
    light = shown(*tickets, stale=stale)
    assert (light.colour, light.mode, light.reason) == (colour, mode, reason)


def test_rules_of_a_board_are_asked_in_their_order():
    blue = Colour(0, 0, 255)
    rules = (LightRule("unassigned", blue, "blink"), LightRule("urgent", RED), LightRule("always", GREEN))
    nobody = replace(OPEN, agent=None)
    urgent = replace(OPEN, key="desk-9", priority=Priority.URGENT)
    assert shown(nobody, urgent, rules=rules).mode == "blink"
    assert shown(urgent, rules=rules).reason == "1 urgent ticket"
    assert shown(LATE, rules=rules).when == "always"


def test_a_lamp_for_which_no_rule_holds_is_off():
    light = light_of([LightRule("overdue", RED)], LightFacts(), None)
    assert (str(light.colour), light.reason) == ("#000000", "no rule holds")


def test_what_is_over_does_not_shine():
    assert shown(replace(LATE, phase=Phase.CLOSED)).colour == GREEN


def test_the_words_count():
    assert shown(OPEN, replace(OPEN, key="desk-7")).reason == "2 open tickets"


def test_a_colour_has_three_parts_of_a_byte():
    with pytest.raises(ValueError, match="0 to 255"):
        Colour(256, 0, 0)
