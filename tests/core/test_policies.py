"""Deadlines of our own: who gets which, and what time that stood still does to them."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.calendars import CalendarUse
from deskwatch.core.hours import BusinessCalendar, Day, Span
from deskwatch.core.match import Match
from deskwatch.core.merging import mark_partial
from deskwatch.core.policies import due_at, paused_since, running
from deskwatch.core.sla import PAUSING_PHASES, SlaPolicy, SlaRules, SlaState, deadline_clock
from deskwatch.core.ticket import Person, Phase, PhaseSince, Priority, Ticket

BERLIN = ZoneInfo("Europe/Berlin")
DESK = BusinessCalendar("desk", BERLIN, dict.fromkeys(range(5), (Span(time(8), time(17)),)))
NIGHT = BusinessCalendar("night", BERLIN, dict.fromkeys(range(7), (Span(time(20), time(0)),)))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 3, 9, 9, 0, tzinfo=BERLIN).astimezone(UTC)

POLICIES = (
    SlaPolicy(name="bakery", match=(Match(clients=("Bakery",)),), resolution=2 * HOUR, measure="wall"),
    SlaPolicy(
        name="urgent",
        match=(Match(priorities=(Priority.URGENT,)),),
        resolution=20 * MINUTE,
        measure="working",
    ),
    SlaPolicy(
        name="high", match=(Match(priorities=(Priority.HIGH,)),), resolution=8 * HOUR, measure="working"
    ),
    SlaPolicy(name="other", first_response=4 * HOUR, resolution=DAY, measure="working"),
)
RULES = SlaRules(calendar=DESK, policies=POLICIES, default_target="resolution", target_by_type={})


def ticket(**fields: Any) -> Ticket:
    return Ticket(key="lab-1", source="lab", id="1", **{"created_at": MONDAY, **fields})


def course(*phases: tuple[str, float]) -> dict[str, Any]:
    """Phases with the hours after Monday nine at which they began."""
    history = tuple(PhaseSince(Phase(phase), MONDAY + hours * HOUR) for phase, hours in phases)
    return {"phases": history, "phase": history[-1].phase, "status_since": history[-1].since}


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("fields", "due", "why"),
    [
        pytest.param({"priority": Priority.URGENT}, "09 09:20", "policy urgent", id="urgent: 20 minutes"),
        pytest.param({"priority": Priority.HIGH}, "09 17:00", "policy high", id="high: 8 opening hours"),
        pytest.param({"priority": Priority.LOW}, "10 09:00", "policy other", id="the rest: a working day"),
        pytest.param({}, "10 09:00", "policy other", id="no priority: the rest"),
        pytest.param(
            {"priority": Priority.URGENT, "client": Person(id="7", name="bakery")},
            "09 11:00",
            "policy bakery",
            id="the first policy that applies counts",
        ),
    ],
)
def test_a_ticket_without_a_deadline_gets_that_of_its_policy(
    fields: dict[str, Any], due: str, why: str
) -> None:
    clock = deadline_clock(ticket(**fields), RULES)
    assert (clock.due_at, clock.why) == (berlin(due), why)


def test_a_deadline_of_the_helpdesk_is_never_replaced() -> None:
    given_at = MONDAY + 90 * MINUTE
    clock = deadline_clock(ticket(priority=Priority.URGENT, first_response_due_at=given_at), RULES)
    assert (clock.target, clock.due_at) == ("first_response", given_at)
    assert deadline_clock(ticket(resolution_due_at=given_at), RULES).due_at == given_at


def test_a_first_response_that_was_given_leaves_the_resolution() -> None:
    rules = SlaRules(calendar=DESK, policies=POLICIES)
    clock = deadline_clock(ticket(), rules)
    assert (clock.target, clock.due_at) == ("first_response", berlin("09 13:00"))
    clock = deadline_clock(ticket(agent_responded_at=MONDAY + HOUR), rules)
    assert (clock.target, clock.due_at) == ("resolution", berlin("10 09:00"))


def test_nobody_is_late_with_an_answer_that_the_short_row_cannot_show() -> None:
    rules = SlaRules(calendar=DESK, policies=POLICIES)
    assert deadline_clock(mark_partial(ticket()), rules).target == "resolution"


def test_a_ticket_that_tells_no_beginning_has_no_deadline() -> None:
    assert deadline_clock(ticket(created_at=None), RULES).state(MONDAY) is SlaState.NONE
    seen = ticket(created_at=None, first_seen_at=MONDAY, priority=Priority.URGENT)
    assert deadline_clock(seen, RULES).due_at == berlin("09 09:20")


def test_a_policy_may_count_in_hours_of_its_own() -> None:
    policy = SlaPolicy(name="night shift", resolution=2 * HOUR, measure="working", calendar=NIGHT)
    rules = SlaRules(calendar=DESK, policies=(policy,), default_target="resolution", target_by_type={})
    assert deadline_clock(ticket(), rules).due_at == berlin("09 22:00")


def test_the_hours_of_the_clients_desk_count_for_its_tickets() -> None:
    bakery = Person(id="7", name="Bakery")
    rules = SlaRules(
        calendar=DESK,
        calendar_uses=(CalendarUse(calendar=NIGHT, clients=frozenset({"bakery"})),),
        policies=(SlaPolicy(name="all", resolution=HOUR, measure="working"),),
        default_target="resolution",
        target_by_type={},
    )
    assert deadline_clock(ticket(), rules.of(ticket())).due_at == berlin("09 10:00")
    theirs = ticket(client=bakery)
    assert deadline_clock(theirs, rules.of(theirs)).due_at == berlin("09 21:00")
    assert rules.of(theirs) is rules.of(theirs)


@pytest.mark.parametrize(
    ("phases", "due"),
    [
        pytest.param([("open", 0), ("waiting_on_customer", 1), ("open", 3)], "10 10:00", id="once"),
        pytest.param(
            [("open", 0), ("on_hold", 1), ("pending", 2), ("open", 3)], "10 10:00", id="two in a row"
        ),
        pytest.param([("open", 0), ("on_hold", 9), ("open", 22)], "09 17:00", id="over night costs nothing"),
        pytest.param([("open", 0), ("resolved", 4), ("open", 25)], "10 14:00", id="while it was resolved"),
        pytest.param([("on_hold", 1), ("open", 2)], "10 09:00", id="what was before is not known: it ran"),
    ],
)
def test_time_in_a_pausing_phase_does_not_count(phases: list[tuple[str, float]], due: str) -> None:
    assert deadline_clock(ticket(priority=Priority.HIGH, **course(*phases)), RULES).due_at == berlin(due)


def test_a_paused_ticket_keeps_what_was_left() -> None:
    waiting = ticket(priority=Priority.HIGH, **course(("open", 0), ("pending", 1), ("on_hold", 2)))
    clock = deadline_clock(waiting, RULES)
    assert clock.state(MONDAY + 100 * DAY) is SlaState.PAUSED
    assert clock.paused_since == MONDAY + HOUR
    assert clock.remaining(MONDAY + 100 * DAY) == 7 * HOUR


def test_a_deadline_that_passed_before_the_pause_stays_passed() -> None:
    late = ticket(priority=Priority.URGENT, **course(("open", 0), ("on_hold", 2), ("open", 5)))
    assert deadline_clock(late, RULES).due_at == berlin("09 09:20")


# --- the law: deadlines equal a walk in steps of a quarter of an hour, across changes of the clocks

ZONES = (
    "UTC", "Europe/Berlin", "Europe/Lisbon", "Europe/Dublin", "America/New_York", "America/St_Johns",
    "America/Sao_Paulo", "America/Santiago", "Australia/Lord_Howe", "Australia/Sydney", "Pacific/Auckland",
    "Pacific/Chatham", "Asia/Kathmandu", "Asia/Tehran", "Asia/Jerusalem", "Africa/Casablanca", "Africa/Cairo",
    "Pacific/Apia", "Atlantic/Azores", "Antarctica/Troll",
)  # fmt: skip
STEP = timedelta(minutes=15)
STARTS = [
    datetime(2026, *month_day, tzinfo=UTC) for month_day in ((3, 6), (3, 27), (4, 3), (9, 25), (10, 23))
]
WEEKS = (
    dict.fromkeys(range(5), (Span(time(8), time(12)), Span(time(12, 45), time(17)))),
    dict.fromkeys(range(7), (Span(time(0), time(6)), Span(time(22), time(0)))),
    {0: (Span(time(0, 30), time(3, 30)),), 5: (Span(time(1), time(23, 45)),), 6: (Span(time(1), time(4)),)},
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[datetime, tuple[PhaseSince, ...]]:
    """A creation near a change of the clocks, and up to seven phases in the nine days after it."""
    created = draw(st.sampled_from(STARTS)) + draw(st.integers(0, 300)) * STEP
    at, phases = created, []
    for phase in draw(st.lists(st.sampled_from(list(Phase)), max_size=7)):
        at += draw(st.integers(0, 120)) * STEP
        phases.append(PhaseSince(phase, at))
    return created, tuple(phases)


def walk(
    created: datetime,
    phases: tuple[PhaseSince, ...],
    allowed: timedelta,
    calendar: BusinessCalendar | None,
) -> datetime:
    """Count every step in which the clock runs; a pause that still lasts is taken as not begun."""
    lasting = list(phases)
    while lasting and (lasting[-1].phase in PAUSING_PHASES or lasting[-1].phase.is_over):
        lasting.pop()
    stopped = phases[len(lasting)].since if len(lasting) < len(phases) else None
    at, left = created, allowed
    while left:
        now = [entry.phase for entry in phases if entry.since <= at]
        stands = bool(now) and (now[-1] in PAUSING_PHASES or now[-1].is_over)
        if stopped is not None and at >= stopped:
            stands = False
        if not stands and (calendar is None or calendar.is_open(at)):
            left -= STEP
        at += STEP
    return at


@given(histories(), st.integers(1, 200), st.sampled_from(ZONES), st.sampled_from(WEEKS), st.booleans())
def test_deadlines_with_pauses_equal_a_walk_through_time(
    history: tuple[datetime, tuple[PhaseSince, ...]],
    quarters: int,
    zone: str,
    week: dict[int, tuple[Span, ...]],
    wall: bool,
) -> None:
    created, phases = history
    closed = {(created + 2 * DAY).date(): Day("Feast")}
    calendar = None if wall else BusinessCalendar("desk", ZoneInfo(zone), week, closed)
    last = phases[-1] if phases else PhaseSince(Phase.OPEN, created)
    subject = ticket(created_at=created, phases=phases, phase=last.phase, status_since=last.since)
    allowed = quarters * STEP
    due = due_at(subject, allowed, PAUSING_PHASES, calendar, since=created)
    assert due == walk(created, phases, allowed, calendar)


@given(histories())
def test_what_is_left_of_a_paused_clock_is_what_did_not_run(
    history: tuple[datetime, tuple[PhaseSince, ...]],
) -> None:
    created, phases = history
    last = phases[-1] if phases else PhaseSince(Phase.OPEN, created)
    subject = ticket(created_at=created, phases=phases, phase=last.phase, status_since=last.since)
    since = paused_since(subject, PAUSING_PHASES)
    if since is None:
        assert last.phase not in PAUSING_PHASES
        assert not last.phase.is_over
    else:
        stretches = running(subject, PAUSING_PHASES, since=created)
        ran = sum((ended - began for began, ended in stretches if ended), timedelta())
        due = due_at(subject, 10_000 * HOUR, PAUSING_PHASES, None, since=created)
        assert due == since + 10_000 * HOUR - ran
