"""One clock: states at instants, the next change, and the words of the tooltip."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskwatch.core.hours import BusinessCalendar, Span
from deskwatch.core.sla_clock import SlaClock, SlaState

DESK = BusinessCalendar(
    "desk", ZoneInfo("America/New_York"), dict.fromkeys(range(5), (Span(time(8), time(17)),))
)
DUE = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)  # Tuesday 10:00 in New York
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
RUNNING = SlaClock("first_response", DUE - 48 * HOUR, DUE, DUE - 12 * HOUR, DUE - 4 * HOUR, calendar=DESK)


@pytest.mark.parametrize(
    ("before_due", "state", "next_change"),
    [
        (13 * HOUR, "ok", DUE - 12 * HOUR),
        (12 * HOUR + SECOND, "ok", DUE - 12 * HOUR),
        (12 * HOUR, "warning", DUE - 4 * HOUR),
        (4 * HOUR + SECOND, "warning", DUE - 4 * HOUR),
        (4 * HOUR, "critical", DUE),
        (SECOND, "critical", DUE),
        (0 * HOUR, "overdue", None),
        (-999 * HOUR, "overdue", None),
    ],
)
def test_a_running_clock_gets_worse_exactly_at_its_instants(
    before_due: timedelta, state: str, next_change: datetime | None
) -> None:
    now = DUE - before_due
    assert (RUNNING.state(now), RUNNING.next_change(now), RUNNING.remaining(now)) == (
        state,
        next_change,
        before_due,
    )


def test_a_paused_clock_is_never_overdue_and_keeps_what_was_left() -> None:
    paused = SlaClock("resolution", None, DUE, DUE - 12 * HOUR, paused_since=DUE - 3 * HOUR)
    for now in (DUE - 9 * HOUR, DUE, DUE + 900 * HOUR):
        assert (paused.state(now), paused.next_change(now), paused.remaining(now)) == (
            "paused",
            None,
            3 * HOUR,
        )


def test_a_clock_that_is_met_stays_met_and_remembers_being_late() -> None:
    met = SlaClock("first_response", None, DUE, met_at=DUE + HOUR)
    assert (met.state(DUE + 9 * HOUR), met.next_change(DUE - HOUR), met.remaining(DUE)) == ("met", None, None)
    assert met.met_late
    assert not SlaClock("first_response", None, DUE, met_at=DUE).met_late


def test_a_clock_without_a_deadline_has_no_state() -> None:
    idle = SlaClock("update")
    assert (idle.state(DUE), idle.next_change(DUE), idle.remaining(DUE)) == ("none", None, None)


def test_states_rank_from_worst_to_what_can_wait() -> None:
    ranked = sorted(SlaState, key=lambda state: state.rank)
    assert ranked == ["overdue", "critical", "warning", "ok", "none", "met", "paused"]


instants = st.none() | st.integers(-50, 50).map(lambda hours: DUE + hours * HOUR)
clocks = st.builds(
    SlaClock,
    target=st.just("resolution"),
    due_at=instants,
    warning_at=instants,
    critical_at=instants,
    paused_since=st.none() | st.none() | instants,
    met_at=st.none() | st.none() | instants,
)


@settings(max_examples=500)
@given(clock=clocks, start=st.integers(-60, 60))
def test_the_state_changes_only_at_the_next_change_and_then_it_does(clock: SlaClock, start: int) -> None:
    now = DUE + start * HOUR
    change = clock.next_change(now)
    end = DUE + 61 * HOUR if change is None else change
    moments = [now + n * HOUR for n in range(130) if now + n * HOUR < end]
    assert {clock.state(at) for at in moments} <= {clock.state(now)}
    if change is not None:
        assert change > now
        assert clock.state(change - timedelta(microseconds=1)) == clock.state(now)
        assert clock.state(change) != clock.state(now)


@pytest.mark.parametrize(
    ("clock", "now", "words"),
    [
        pytest.param(
            RUNNING,
            DUE - 3 * HOUR,
            "first response due Tue 10:00; 2 h of working time left",
            id="both clocks",
        ),
        pytest.param(
            RUNNING,
            DUE - 90 * timedelta(minutes=1),
            "first response due Tue 10:00; 1 h 30 min left",
            id="open",
        ),
        pytest.param(
            SlaClock("resolution", None, DUE - 3 * HOUR, calendar=DESK),
            DUE - 4 * HOUR,
            "resolution due Tue 07:00; no working time left",
            id="due before we open",
        ),
        pytest.param(RUNNING, DUE + 5 * HOUR, "first response was due Tue 10:00, 5 h ago", id="overdue"),
        pytest.param(
            RUNNING,
            DUE + 240 * HOUR,
            "first response was due Tue 10 Mar 10:00, 10 d ago",
            id="overdue for days",
        ),
        pytest.param(
            RUNNING,
            DUE - 99999 * HOUR,
            "first response due Tue 10 Mar 2026 10:00; 4166 d 15 h left",
            id="far away",
        ),
        pytest.param(
            SlaClock("resolution", None, DUE, paused_since=DUE - 2 * HOUR, why="on hold"),
            DUE + 9 * HOUR,
            "resolution clock paused since Tue 12:00, 2 h were left (on hold)",
            id="paused in time",
        ),
        pytest.param(
            SlaClock("resolution", None, DUE, paused_since=DUE + 45 * SECOND),
            DUE + 9 * HOUR,
            "resolution clock paused since Tue 14:00, 45 s late by then",
            id="paused too late",
        ),
        pytest.param(
            SlaClock("first_response", None, DUE, met_at=DUE + 2 * HOUR),
            DUE + 9 * HOUR,
            "first response given Tue 16:00, 2 h late",
            id="met late",
        ),
        pytest.param(
            SlaClock("resolution", None, None, met_at=DUE),
            DUE + HOUR,
            "resolved Tue 14:00",
            id="met without a deadline",
        ),
        pytest.param(
            SlaClock("chase", None, DUE),
            DUE - 59 * SECOND,
            "reminder due Tue 14:00; 59 s left",
            id="reminder",
        ),
        pytest.param(
            SlaClock("update", why="no priority"), DUE, "no update deadline (no priority)", id="no deadline"
        ),
    ],
)
def test_the_tooltip_says(clock: SlaClock, now: datetime, words: str) -> None:
    assert clock.explain(now) == words


def test_the_tooltip_speaks_the_zone_it_is_told() -> None:
    assert (
        RUNNING.explain(DUE + HOUR, ZoneInfo("Asia/Kolkata")) == "first response was due Tue 19:30, 1 h ago"
    )


@pytest.mark.parametrize("due_at", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_deadlines_at_the_edge_of_all_years_are_explained_too(due_at: datetime) -> None:
    for zone in (ZoneInfo("Pacific/Kiritimati"), ZoneInfo("America/Los_Angeles")):
        assert SlaClock("resolution", None, due_at, calendar=DESK).explain(DUE, zone)
        assert SlaClock("resolution", None, due_at, paused_since=DUE).explain(DUE, zone)
        assert SlaClock("resolution", None, due_at, met_at=due_at).explain(DUE, zone)
