from datetime import UTC, datetime, timedelta

from deskwatch.pager.agenda import Agenda

NINE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Stopwatch:
    """Every look at it costs a second."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 1
        return self.seconds


def keys(agenda: Agenda, now: datetime = NINE) -> list[str]:
    return [key for key, _ in agenda.turns(now)]


def test_what_changed_comes_before_a_look_at_everything() -> None:
    agenda = Agenda()
    agenda.sweep({"a": 1, "b": 2}.keys())
    agenda.add(["z"])
    assert keys(agenda)[0] == "z"


def test_a_slice_ends_and_the_rest_waits_for_the_next_tick() -> None:
    agenda = Agenda(slice_seconds=1.5, clock=Stopwatch())
    agenda.queue(str(number) for number in range(100))
    first = keys(agenda)
    assert 0 < len(first) < 100
    assert agenda.is_sweeping
    rounds = [first]
    while agenda.is_sweeping:
        rounds.append(keys(agenda))
    assert sorted(key for each in rounds for key in each) == sorted(map(str, range(100)))


def test_a_ticket_comes_back_at_its_moment_once() -> None:
    agenda = Agenda()
    agenda.come_back("a", NINE + HOUR)
    assert (keys(agenda), agenda.next_at()) == ([], NINE + HOUR)
    assert keys(agenda, NINE + HOUR) == ["a"]
    assert keys(agenda, NINE + 2 * HOUR) == []


def test_a_moment_that_moved_counts_and_the_old_one_does_not() -> None:
    agenda = Agenda()
    agenda.come_back("a", NINE + HOUR)
    agenda.come_back("a", NINE + 3 * HOUR)
    assert keys(agenda, NINE + 2 * HOUR) == []
    assert agenda.next_at() == NINE + 3 * HOUR


def test_a_ticket_that_changes_often_costs_no_memory() -> None:
    agenda = Agenda()
    for _ in range(1000):
        agenda.come_back("a", NINE + HOUR)
    assert len(agenda._heap) <= 2


def test_a_sweep_that_begins_anew_forgets_no_ticket_that_waits_for_its_first_look() -> None:
    agenda = Agenda()
    agenda.queue(["new"])
    agenda.sweep({"new": 1, "old": 2}.keys())
    assert sorted(agenda.turns(NINE)) == [("new", False), ("old", True)]
