"""Which deadline counts, what pauses it, when it warns, and how long silence may last."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deskwatch.core.hours import BusinessCalendar, Span
from deskwatch.core.own_commands import APPLIED
from deskwatch.core.sla import SlaRules, clocks_of, deadline_clock, first_response_of, update_clock
from deskwatch.core.ticket import Phase, Priority, Ticket

NEW_YORK = ZoneInfo("America/New_York")
DESK = BusinessCalendar("desk", NEW_YORK, dict.fromkeys(range(5), (Span(time(8), time(17)),)))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 3, 10, 15, tzinfo=UTC)  # Tuesday 11:00 in New York
WALL = SlaRules(update_in="wall", calendar=DESK)
WORKING = SlaRules(calendar=DESK)


def ticket(
    type_: str | None = "Incident", phase: str = "open", priority: str | None = "high", **hours: float
) -> Ticket:
    """A ticket of last week, touched ten hours ago; other instants in hours from now, past ones negative."""
    instants: dict[str, Any] = {name: NOW + value * HOUR for name, value in hours.items()}
    return Ticket(
        key="fs-1",
        source="fs",
        id="1",
        type=type_,
        phase=Phase(phase),
        priority=None if priority is None else Priority(priority),
        **{"created_at": NOW - 200 * HOUR, "updated_at": NOW - 10 * HOUR} | instants,
    )


def new_york(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


# --- which deadline


BOTH = {"first_response_due_at": 5.0, "resolution_due_at": 30.0}


@pytest.mark.parametrize(
    ("type_", "hours", "target", "due", "state"),
    [
        pytest.param("Incident", BOTH, "first_response", 5, "warning", id="an incident: first response"),
        pytest.param("incident", BOTH, "first_response", 5, "warning", id="types are compared without case"),
        pytest.param("Service Request", BOTH, "resolution", 30, "ok", id="a service request: resolution"),
        pytest.param(None, BOTH, "first_response", 5, "warning", id="no type: the default"),
        pytest.param("Alert", BOTH, "first_response", 5, "warning", id="another type: the default"),
        pytest.param(
            "Incident",
            BOTH | {"first_responded_at": -1},
            "resolution",
            30,
            "ok",
            id="answered: now the resolution",
        ),
        pytest.param(
            "Incident",
            BOTH | {"agent_responded_at": -1},
            "resolution",
            30,
            "ok",
            id="an agent's reply is a first response, also when the source does not say so",
        ),
        pytest.param(
            "Incident",
            {"first_response_due_at": -2, "first_responded_at": -1},
            "first_response",
            -2,
            "met",
            id="answered, and no resolution deadline: met",
        ),
        pytest.param(
            "Incident",
            {"resolution_due_at": 30},
            "resolution",
            30,
            "ok",
            id="no first response deadline: resolution",
        ),
        pytest.param(
            "Service Request",
            {"first_response_due_at": 5},
            "first_response",
            5,
            "warning",
            id="no resolution deadline: first response",
        ),
        pytest.param("Incident", {}, "first_response", None, "none", id="no due dates at all"),
        pytest.param(
            "Service Request", {}, "resolution", None, "none", id="a service request without due dates"
        ),
        pytest.param("Incident", {"first_response_due_at": -1}, "first_response", -1, "overdue", id="missed"),
    ],
)
def test_the_deadline_that_counts(
    type_: str | None, hours: dict[str, float], target: str, due: float | None, state: str
) -> None:
    clock = deadline_clock(ticket(type_, **hours), SlaRules())
    assert (clock.target, clock.due_at) == (target, None if due is None else NOW + due * HOUR)
    assert clock.state(NOW) == state


def test_a_ticket_of_our_own_is_not_explained_with_a_helpdesk_that_there_is_not() -> None:
    of_helpdesk = ticket("Incident")
    own = of_helpdesk.with_(extra={APPLIED: []})
    assert deadline_clock(of_helpdesk, SlaRules()).why == "the helpdesk gave no due date"
    assert deadline_clock(own, SlaRules()).why == "no policy of sla.yaml fits"
    given = own.with_(resolution_due_at=NOW + HOUR)
    assert deadline_clock(given, SlaRules()).why == "the due date of the ticket"


def test_an_admin_may_choose_the_target_of_each_type_and_of_the_rest() -> None:
    rules = SlaRules(target_by_type={"Alert": "first_response"}, default_target="resolution")
    assert deadline_clock(ticket("Alert", **BOTH), rules).target == "first_response"
    assert deadline_clock(ticket("Incident", **BOTH), rules).target == "resolution"


def test_an_admin_may_stop_at_the_target() -> None:
    rules = SlaRules(other_target=False)
    answered = deadline_clock(ticket("Incident", **BOTH, first_responded_at=-1), rules)
    assert (answered.target, answered.state(NOW)) == ("first_response", "met")
    assert deadline_clock(ticket("Incident", resolution_due_at=3), rules).state(NOW) == "none"
    assert deadline_clock(ticket("Service Request", first_response_due_at=3), rules).state(NOW) == "none"


@pytest.mark.parametrize("phase", ["resolved", "closed"])
def test_the_clock_of_a_ticket_that_is_over_has_stopped(phase: str) -> None:
    over = ticket(phase=phase, **BOTH, resolved_at=-1)
    deadline, update = clocks_of(over, WORKING)
    assert (deadline.state(NOW + 900 * HOUR), deadline.met_at) == ("met", NOW - HOUR)
    assert update.state(NOW + 900 * HOUR) == "none"
    assert deadline_clock(ticket(phase=phase, resolution_due_at=-5, resolved_at=-1), WORKING).met_late


@pytest.mark.parametrize(
    ("hours", "answer"),
    [
        ({"first_responded_at": -1}, "done"),
        ({"agent_responded_at": -1}, "done"),
        ({"first_response_due_at": 1}, "pending"),
        ({"first_response_due_at": -1}, "pending"),
        ({}, None),
    ],
)
def test_a_first_response_is_pending_only_when_the_source_knows_of_its_deadline(
    hours: dict[str, float], answer: str | None
) -> None:
    assert first_response_of(ticket(**hours)) == answer


# --- pauses


@pytest.mark.parametrize(
    "phase", ["pending", "waiting_on_customer", "waiting_on_third_party", "on_hold", "scheduled"]
)
def test_a_paused_ticket_with_a_due_date_in_the_past_is_paused_not_overdue(phase: str) -> None:
    clock = deadline_clock(ticket(phase=phase, first_response_due_at=-2, status_since=-3), SlaRules())
    assert clock.state(NOW) == "paused"
    assert clock.remaining(NOW) == HOUR
    assert phase.replace("_", " ") in clock.explain(NOW)


def test_an_admin_may_say_which_phases_pause() -> None:
    rules = SlaRules(pausing_phases=frozenset({Phase.ON_HOLD}))
    assert deadline_clock(ticket(phase="pending", first_response_due_at=-2), rules).state(NOW) == "overdue"
    assert deadline_clock(ticket(phase="on_hold", first_response_due_at=-2), rules).state(NOW) == "paused"


def test_a_paused_ticket_whose_source_tells_no_other_instant_is_paused_all_the_same() -> None:
    bare = Ticket(key="fs-1", source="fs", id="1", phase=Phase.ON_HOLD, resolution_due_at=NOW - HOUR)
    assert deadline_clock(bare, SlaRules()).state(NOW) == "paused"


def test_the_breach_flag_of_the_source_is_only_a_hint() -> None:
    flagged = ticket(first_response_due_at=20).with_(source_breached=True)
    assert deadline_clock(flagged, SlaRules()).state(NOW) == "ok"


# --- thresholds


def test_thresholds_run_day_and_night_unless_told_otherwise() -> None:
    clock = deadline_clock(ticket(first_response_due_at=20), WORKING)
    assert (clock.warning_at, clock.critical_at) == (NOW + 8 * HOUR, NOW + 16 * HOUR)


def test_thresholds_in_working_time_leave_nights_out() -> None:
    rules = SlaRules(warning=1 * DAY, critical=4 * HOUR, thresholds_in="working", calendar=DESK)
    clock = deadline_clock(ticket().with_(first_response_due_at=new_york("2026-03-09 10:00")), rules)
    assert clock.critical_at == new_york("2026-03-06 15:00")  # Friday, two hours before closing
    assert clock.warning_at == new_york("2026-03-06 10:00")  # one working day ahead


def test_due_dates_of_the_helpdesk_are_not_moved_by_our_calendar() -> None:
    night = new_york("2026-03-08 03:00")
    for rules in (WALL, WORKING, SlaRules(thresholds_in="working", calendar=DESK)):
        assert deadline_clock(ticket().with_(first_response_due_at=night), rules).due_at == night


# --- silence


@pytest.mark.parametrize(
    ("priority", "limit"),
    [("urgent", timedelta(minutes=30)), ("high", 2 * DAY), ("medium", 3 * DAY), ("low", 4 * DAY)],
)
def test_the_customer_waits_no_longer_than_the_limit_of_the_priority(priority: str, limit: timedelta) -> None:
    clock = update_clock(ticket(priority=priority, agent_responded_at=-1), WALL)
    assert (clock.target, clock.started_at, clock.due_at) == ("update", NOW - HOUR, NOW - HOUR + limit)
    assert clock.warning_at == NOW - HOUR + 0.75 * limit


def test_limits_in_working_time_count_working_days() -> None:
    friday = ticket(priority="high").with_(agent_responded_at=new_york("2026-03-06 15:00"))
    assert update_clock(friday, WORKING).due_at == new_york("2026-03-10 15:00")
    urgent = ticket(priority="urgent").with_(agent_responded_at=new_york("2026-03-06 16:45"))
    assert update_clock(urgent, WORKING).due_at == new_york("2026-03-09 08:15")


def test_while_the_customer_owes_us_a_word_the_slower_chase_clock_runs() -> None:
    waiting = ticket(
        phase="waiting_on_customer", agent_responded_at=-50, requester_responded_at=-60, status_since=-50
    )
    clock = update_clock(waiting, WALL)
    assert (clock.target, clock.due_at) == ("chase", NOW - 50 * HOUR + 3 * DAY)
    assert update_clock(waiting.with_(phase=Phase.WAITING_ON_THIRD_PARTY), WALL).due_at == clock.due_at
    assert update_clock(waiting.with_(phase=Phase.OPEN), WALL).state(NOW) == "overdue"


def test_a_reply_nobody_has_looked_at_starts_the_fast_clock_again() -> None:
    replied = ticket(
        phase="waiting_on_customer", agent_responded_at=-90, status_since=-90, requester_responded_at=-1
    )
    clock = update_clock(replied, WALL)
    assert (clock.target, clock.started_at) == ("update", NOW - HOUR)


@pytest.mark.parametrize(
    ("asked", "rules", "words"),
    [
        (ticket(phase="on_hold"), WALL, "no limit for this priority"),
        (ticket(priority=None), WALL, "no priority"),
        (ticket(priority="low"), SlaRules(update_limits={Priority.HIGH: DAY}), "no limit for this priority"),
        (Ticket(key="a", source="a", id="1", priority=Priority.LOW), WALL, "the ticket tells no time"),
        (ticket(), SlaRules(calendar=BusinessCalendar("never", NEW_YORK, {})), "the desk never opens"),
        (ticket(phase="closed"), WALL, "the ticket is over"),
    ],
)
def test_a_ticket_without_an_update_clock_says_why(asked: Ticket, rules: SlaRules, words: str) -> None:
    clock = update_clock(asked, rules)
    assert (clock.state(NOW), clock.why) == ("none", words)


def test_an_admin_may_limit_how_long_a_ticket_rests() -> None:
    rules = SlaRules(update_in="wall", hold_limits={Priority.HIGH: 5 * HOUR})
    assert (
        update_clock(ticket(phase="on_hold", status_since=-6, agent_responded_at=-7), rules).state(NOW)
        == "overdue"
    )


def test_an_update_clock_may_do_without_a_warning() -> None:
    assert update_clock(ticket(), SlaRules(update_warning=0)).warning_at is None


def test_the_old_way_of_counting_from_any_update_can_be_asked_for() -> None:
    rules = SlaRules(update_in="wall", update_since="updated")
    touched = ticket(agent_responded_at=-90, requester_responded_at=-80, updated_at=-1)
    assert update_clock(touched, rules).started_at == NOW - HOUR


def test_the_tooltip_tells_the_deadline_in_both_times_and_who_waits() -> None:
    friday = ticket(priority="high").with_(agent_responded_at=new_york("2026-03-06 15:00"))
    words = "update due Tue 15:00; 4 h left (the customer waits on us)"
    assert update_clock(friday, WORKING).explain(NOW) == words
    monday = new_york("2026-03-09 09:00")
    assert update_clock(friday, WORKING).explain(monday) == words.replace("4 h", "15 h of working time")


# --- nothing a file can say brings the rules down


@pytest.mark.parametrize("edge", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize(
    "rules",
    [SlaRules(), WORKING, SlaRules(thresholds_in="working", calendar=DESK)],
    ids=["wall", "desk", "working"],
)
def test_instants_at_the_edge_of_all_years_are_survived(
    edge: datetime, phase: Phase, rules: SlaRules
) -> None:
    names = ("created_at", "updated_at", "first_response_due_at", "resolution_due_at", "status_since")
    odd = ticket().with_(phase=phase, **dict.fromkeys(names, edge))
    for clock in clocks_of(odd, rules):
        assert clock.explain(NOW)
        assert clock.state(NOW) in {"ok", "warning", "critical", "overdue", "paused", "met", "none"}
