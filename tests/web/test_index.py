"""The board's index: right after every change, at a cost that follows the change."""

import random
from datetime import timedelta

from deskwatch.core.board import Board, place
from deskwatch.core.sla import SlaRules, SlaState
from deskwatch.core.ticket import Phase, Priority
from deskwatch.web.index import BoardIndex
from tests.web.desk import HOUR, MINUTE, NOW, ticket

BOARD, RULES = Board(id="helpdesk", title="Helpdesk"), SlaRules()


def make_index():
    return BoardIndex(BOARD, lambda ticket, now: place(BOARD, ticket, RULES, now=now))


def shape(index):
    return {s.id: index.keys(s.id) for s in BOARD.sections}


def test_the_worst_ticket_stands_first():
    index = make_index()
    late, soon, calm = (
        ticket(n, first_response_due_at=NOW + d * HOUR) for n, d in ((1, -1), (2, 1), (3, 200))
    )
    index.apply([calm, soon, late], now=NOW)
    assert index.keys("open") == ["desk-1", "desk-2", "desk-3"]
    assert index.states() == {SlaState.OVERDUE: 1, SlaState.CRITICAL: 1, SlaState.OK: 1}


def test_a_changed_ticket_moves_and_a_removed_one_leaves():
    index = make_index()
    index.apply([ticket(1), ticket(2)], now=NOW)
    assert index.apply([ticket(1, phase=Phase.CUSTOMER_REPLIED)], now=NOW)
    assert shape(index)["customer-replied"] == ["desk-1"]
    assert index.apply([], ["desk-1"], now=NOW)
    assert index.apply([ticket(2, phase=Phase.CLOSED)], now=NOW)
    assert len(index) == 0
    assert not any(index.states().values())


def test_nothing_changes_for_a_ticket_that_was_never_here():
    index = make_index()
    assert not index.apply([ticket(1, phase=Phase.CLOSED)], ["desk-9"], now=NOW)


def test_time_alone_moves_a_ticket_at_the_announced_instant_and_not_before():
    index, tickets = make_index(), {"desk-1": ticket(1)}
    index.apply(tickets.values(), now=NOW)
    due = NOW + 2 * HOUR
    assert NOW < index.next_deadline <= due
    assert not index.advance(tickets, now=NOW + MINUTE)
    assert index.advance(tickets, now=due)
    assert index.row("desk-1").state is SlaState.OVERDUE


def test_after_a_thousand_random_changes_the_index_equals_one_built_afresh():
    chance = random.Random(5)
    index, tickets, now = make_index(), {}, NOW
    for _ in range(1000):
        number = chance.randrange(60)
        if chance.random() < 0.2:
            tickets.pop(f"desk-{number}", None)
            index.apply([], [f"desk-{number}"], now=now)
        else:
            new = ticket(
                number,
                phase=chance.choice(list(Phase)),
                priority=chance.choice(list(Priority)),
                first_response_due_at=NOW + timedelta(minutes=chance.randrange(-500, 5000)),
            )
            tickets[new.key] = new
            index.apply([new], now=now)
        now += timedelta(seconds=chance.randrange(120))
        index.advance(tickets, now=now)
    fresh = make_index()
    fresh.apply(tickets.values(), now=now)
    assert shape(index) == shape(fresh)
    assert +index.states() == +fresh.states()


def test_many_changes_at_once_equal_one_after_the_other():
    tickets = [ticket(n, priority=list(Priority)[n % 4], phase=list(Phase)[n % 9]) for n in range(600)]
    together, singly = make_index(), make_index()
    together.apply(tickets[:500], now=NOW)
    together.apply(tickets[200:], ["desk-3"], now=NOW)
    for each in tickets:
        singly.apply([each], now=NOW)
    singly.apply([], ["desk-3"], now=NOW)
    assert shape(together) == shape(singly)
    assert +together.states() == +singly.states()


def test_a_ticket_that_changes_for_ever_does_not_fill_the_memory():
    index = make_index()
    for n in range(3000):
        index.apply([ticket(1, first_response_due_at=NOW + 30 * HOUR + n * MINUTE)], now=NOW)
    assert len(index._deadlines) < 1000


class Counted:
    """A placing that counts how often it is asked."""

    def __init__(self):
        self.asked = 0

    def __call__(self, ticket, now):
        self.asked += 1
        return place(BOARD, ticket, RULES, now=now)


def test_one_change_places_one_ticket_however_many_there_are():
    counted = Counted()
    index = BoardIndex(BOARD, counted)
    index.apply([ticket(n) for n in range(2000)], now=NOW)
    counted.asked = 0
    index.apply([ticket(77, subject="changed")], now=NOW)
    index.advance({}, now=NOW)
    assert counted.asked == 1
