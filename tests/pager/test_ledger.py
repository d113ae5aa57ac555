from datetime import UTC, datetime, timedelta
from random import Random

from deskwatch.core.alerts import Alert, AlertKind, AlertState, Raised
from deskwatch.core.delivery import Verdict
from deskwatch.core.people import Urgency
from deskwatch.pager.codes import ALPHABET, Codes
from deskwatch.pager.ledger import Ledger
from deskwatch.store.outbox import Remembered

NINE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def raised(key: str = "demo-1|created|x", **changes: object) -> Raised:
    alert = Alert(
        key=key,
        kind=AlertKind.CREATED,
        rule="new",
        ticket=key.partition("|")[0],
        occurred_at=NINE,
        urgency=Urgency.URGENT,
        reason="it came in",
    )
    return Raised(alert=alert, state=AlertState.OPEN, raised_at=NINE, next_step_at=NINE).with_(**changes)


def test_a_step_is_due_once_and_at_its_moment() -> None:
    ledger = Ledger()
    ledger.add(raised(next_step_at=NINE + MINUTE))
    assert ledger.due(NINE) == []
    assert ledger.next_at() == NINE + MINUTE
    assert [each.alert.key for each in ledger.due(NINE + MINUTE)] == ["demo-1|created|x"]
    assert ledger.due(NINE + 2 * MINUTE) == []


def test_a_step_that_was_put_off_is_not_due_at_its_old_moment() -> None:
    ledger = Ledger()
    ledger.add(raised(next_step_at=NINE + MINUTE))
    ledger.change(raised(next_step_at=NINE + MINUTE, held_until=NINE + 5 * MINUTE))
    assert ledger.due(NINE + 2 * MINUTE) == []
    assert len(ledger.due(NINE + 5 * MINUTE)) == 1


def test_what_is_taken_has_no_step_but_a_lapse() -> None:
    ledger = Ledger()
    ledger.add(raised())
    ledger.change(raised(state=AlertState.ACKNOWLEDGED, next_step_at=None, lapses_at=NINE + 9 * MINUTE))
    assert ledger.due(NINE) == []
    assert ledger.next_at() == NINE + 9 * MINUTE


def test_what_is_over_is_forgotten_but_not_its_key() -> None:
    ledger = Ledger()
    ledger.add(raised())
    ledger.change(raised(state=AlertState.RESOLVED, next_step_at=None))
    assert (len(ledger.living), ledger.of_ticket("demo-1"), ledger.next_at()) == (0, (), None)
    assert "demo-1|created|x" in ledger


def test_what_could_not_be_committed_is_part_of_the_next_batch() -> None:
    ledger = Ledger()
    ledger.add(raised())
    ledger.note(NINE, "demo-1|created|x", Verdict.SEND, "raised")
    first = ledger.batch()
    ledger.change(raised(step=1))
    second = ledger.batch()
    assert [each.step for each in second.raised] == [1]
    assert second.decisions == first.decisions
    ledger.committed()
    assert not ledger.batch()


def test_a_new_alert_that_changed_before_its_commit_is_inserted_and_not_updated() -> None:
    ledger = Ledger()
    ledger.add(raised())
    ledger.change(raised(step=1))
    assert (len(ledger.batch().raised), len(ledger.batch().updated)) == (1, 0)
    ledger.committed()
    ledger.change(raised(step=2))
    assert (len(ledger.batch().raised), len(ledger.batch().updated)) == (0, 1)


def test_a_clock_that_jumped_moves_steps_and_not_opening_hours() -> None:
    held = raised(next_step_at=NINE + MINUTE, held_until=NINE + 2 * MINUTE)
    ledger = Ledger(Remembered(alerts=(held,), notifications=(), keys=frozenset(), facts={}, fresh=False))
    ledger.shift(timedelta(hours=-1))
    (moved,) = ledger.living.values()
    assert moved.next_step_at == NINE + MINUTE - timedelta(hours=1)
    assert moved.held_until == NINE + 2 * MINUTE


def test_codes_are_short_distinct_and_no_words() -> None:
    codes = Codes(["K7Q4"], random=Random(1))
    given = [codes.new() for _ in range(5000)]
    assert len(set(given)) == 5000
    assert "K7Q4" not in given
    assert all(len(code) == 4 and set(code) <= set(ALPHABET) for code in given)
    assert all(any(letter.isdigit() for letter in code) for code in given)
    assert not set("0O1I2Z5S8B") & set(ALPHABET)
