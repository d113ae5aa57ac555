"""Where tickets stand: which section claims them, in which order, and until when that holds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.board import DEFAULT_SECTIONS, Board, Match, Row, Section, arrived_at, place
from deskwatch.core.sla import EscalateRules, SlaPolicy, SlaRules, SlaState
from deskwatch.core.ticket import Person, Phase, Priority, Status, Ticket

NOW = datetime(2026, 3, 10, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANA = Person(id="501", name="ana")
BOARD = Board(id="all", title="All tickets")
RULES = SlaRules()


def ticket(phase: str = "open", *, key: str = "fs-1", agent: Person | None = ANA, **values: Any) -> Ticket:
    """A high-priority ticket of ten hours ago; instants are hours from now."""
    fields: dict[str, Any] = {"created_at": -10, "updated_at": -10, "priority": Priority.HIGH} | values
    for name, value in fields.items():
        if isinstance(value, int | float):
            fields[name] = NOW + value * HOUR
    return Ticket(key=key, source="fs", id="1", phase=Phase(phase), agent=agent, **fields)


def row(of: Ticket, board: Board = BOARD, *, now: datetime = NOW) -> Row:
    placed = place(board, of, RULES, now=now)
    assert placed is not None, "the ticket is not on the board"
    return placed


# --- the default sections


@pytest.mark.parametrize(
    ("asked", "section"),
    [
        (ticket("open"), "open"),
        (ticket("pending"), "open"),
        (ticket("open", agent=None), "needs-agent"),
        (ticket("open", updated_at=-90), "needs-agent"),
        (ticket("waiting_on_customer", updated_at=-90), "needs-agent"),
        (ticket("waiting_on_customer", updated_at=-60), "other"),
        (ticket("waiting_on_customer", agent=None), "other"),
        (ticket("waiting_on_third_party"), "other"),
        (ticket("on_hold", updated_at=-900), "other"),
        (ticket("scheduled"), "other"),
        (ticket("customer_replied"), "customer-replied"),
        (ticket("waiting_on_customer", status_since=-5, requester_responded_at=-1), "customer-replied"),
        (ticket("on_hold", agent_responded_at=-5, requester_responded_at=-1), "customer-replied"),
        (ticket("on_hold", agent_responded_at=-1, requester_responded_at=-5), "other"),
        (ticket("customer_replied", agent=None, updated_at=-900), "customer-replied"),
    ],
)
def test_the_default_board_puts_a_ticket_into(asked: Ticket, section: str) -> None:
    assert row(asked).section == section


def test_the_default_sections_are_shown_in_reading_order() -> None:
    titles = ["Open", "Customer replied", "Needs agent / update overdue", "Other active"]
    assert [section.title for section in DEFAULT_SECTIONS] == titles


def test_a_status_nobody_has_mapped_is_shown_in_the_last_section() -> None:
    strange = ticket("scheduled", status=Status(id="11", name="Status 11"))
    assert row(strange).section == "other"


def test_a_ticket_no_section_claims_lands_in_the_last_one() -> None:
    picky = Board(
        id="picky",
        title="Picky",
        sections=(
            Section(id="low", title="Low", match=(Match(priorities=(Priority.LOW,)),)),
            Section(id="urgent", title="Urgent", match=(Match(priorities=(Priority.URGENT,)),)),
        ),
    )
    assert row(ticket(), picky).section == "urgent"


def test_the_lowest_precedence_claims_first_then_the_order_of_the_board() -> None:
    everything = (Match(),)
    board = Board(
        id="b",
        title="B",
        sections=(
            Section(id="first", title="", match=everything, precedence=5),
            Section(id="second", title="", match=everything, precedence=1),
            Section(id="third", title="", match=everything, precedence=1),
        ),
    )
    assert row(ticket(), board).section == "second"


def test_a_section_leaves_out_what_it_does_not_want() -> None:
    unwanted = (Match(statuses=("27",)),)
    board = Board(
        id="b",
        title="B",
        sections=(Section(id="most", title="", not_match=unwanted), Section(id="rest", title="")),
    )
    assert row(ticket(status=Status(id="26", name="x")), board).section == "most"
    assert row(ticket(status=Status(id="27", name="x")), board).section == "rest"


# --- which tickets belong at all


@pytest.mark.parametrize("phase", ["resolved", "closed"])
def test_a_ticket_that_is_over_is_on_no_board(phase: str) -> None:
    assert place(BOARD, ticket(phase), RULES, now=NOW) is None


def test_a_board_shows_what_it_matches_and_not_what_it_leaves_out() -> None:
    group = (Match(groups=("Projects",)),)
    projects = Board(id="projects", title="Projects", match=group)
    helpdesk = Board(id="helpdesk", title="Helpdesk", not_match=group)
    inside = ticket(group=Person(id="9", name="Projects"))
    assert (projects.shows(inside), helpdesk.shows(inside)) == (True, False)
    assert (projects.shows(ticket()), helpdesk.shows(ticket())) == (False, True)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Board(id="b", title="", sections=()), "at least one section"),
        (
            lambda: Board(id="b", title="", sections=(Section(id="a", title=""),) * 2),
            "two sections have the same id",
        ),
        (
            lambda: Board(id="b", title="", match=(Match(sla=(SlaState.OVERDUE,)),)),
            "conditions of sections",
        ),
        (
            lambda: Board(id="b", title="", not_match=(Match(update=(SlaState.OK,)),)),
            "conditions of sections",
        ),
    ],
)
def test_impossible_boards_are_refused_in_words(make: object, words: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=words):
        make()


# --- order


def test_rows_are_sorted_by_state_then_due_then_priority_then_age_then_key() -> None:
    expected = [
        ticket(key="overdue-longer", first_response_due_at=-3),
        ticket(key="overdue", first_response_due_at=-1),
        ticket(key="critical", first_response_due_at=2),
        ticket(key="warning-silent", first_response_due_at=9, updated_at=-90),
        ticket(key="warning-soon", first_response_due_at=8),
        ticket(key="warning-later", first_response_due_at=9, priority=Priority.URGENT, updated_at=0),
        ticket(key="ok-urgent", first_response_due_at=20, priority=Priority.URGENT, updated_at=0),
        ticket(key="ok-high-old", first_response_due_at=20, created_at=-50),
        ticket(key="ok-high-a", first_response_due_at=20),
        ticket(key="ok-high-b", first_response_due_at=20),
        ticket(key="ok-no-priority", first_response_due_at=20, priority=None),
        ticket(key="none"),
        ticket("waiting_on_customer", key="paused-remind-soon", first_response_due_at=-20, updated_at=-20),
        ticket("waiting_on_customer", key="paused", first_response_due_at=-30, updated_at=-10),
        ticket("on_hold", key="paused-at-rest", first_response_due_at=-40),
    ]
    rows = sorted((row(t) for t in reversed(expected)), key=lambda r: r.sort_key)
    assert [r.key for r in rows] == [t.key for t in expected]


def test_a_row_tells_both_clocks_and_their_states() -> None:
    placed = row(ticket(first_response_due_at=2, updated_at=-90))
    assert (placed.key, placed.state, placed.update_state) == ("fs-1", "critical", "overdue")
    assert (placed.sla.target, placed.update.target) == ("first_response", "update")
    assert placed.valid_until == NOW + 2 * HOUR


def test_a_row_that_time_cannot_change_is_valid_for_ever() -> None:
    assert row(ticket("on_hold", first_response_due_at=2)).valid_until is None


# --- laws

hours = st.none() | st.integers(-120, 120)
tickets = st.builds(
    lambda phase, priority, type_, agent, at: Ticket(
        key="fs-1",
        source="fs",
        id="1",
        phase=phase,
        priority=priority,
        type=type_,
        agent=agent,
        **{name: None if n is None else NOW + n * HOUR for name, n in at.items()},
    ),
    st.sampled_from(Phase),
    st.none() | st.sampled_from(Priority),
    st.sampled_from(["Incident", "Service Request", None]),
    st.sampled_from([None, ANA]),
    st.fixed_dictionaries(
        dict.fromkeys(
            (
                "created_at",
                "updated_at",
                "status_since",
                "first_response_due_at",
                "resolution_due_at",
                "first_responded_at",
                "agent_responded_at",
                "requester_responded_at",
            ),
            hours,
        )
    ),
)
matches = st.builds(
    Match,
    phases=st.lists(st.sampled_from(Phase), max_size=3).map(tuple),
    sla=st.lists(st.sampled_from(SlaState), max_size=2).map(tuple),
    update=st.lists(st.sampled_from(SlaState), max_size=2).map(tuple),
    unassigned=st.sampled_from([None, True, False]),
    explanation=st.sampled_from([None, True, False]),
)
policies = st.builds(
    SlaPolicy,
    name=st.just("any"),
    match=st.sampled_from([(), (Match(priorities=(Priority.HIGH, Priority.URGENT)),)]),
    first_response=st.none() | st.integers(1, 30).map(lambda n: n * HOUR),
    resolution=st.none() | st.integers(1, 30).map(lambda n: n * HOUR),
    measure=st.just("wall"),
)
sections = st.builds(
    Section,
    id=st.sampled_from("abcdef"),
    title=st.just(""),
    match=st.lists(matches, max_size=2).map(tuple),
    not_match=st.lists(matches, max_size=1).map(tuple),
    precedence=st.integers(0, 3),
)
boards = st.lists(sections, min_size=1, max_size=5, unique_by=lambda section: section.id).map(
    lambda chosen: Board(id="any", title="Any", sections=tuple(chosen))
)
rules = st.builds(
    SlaRules,
    update_in=st.just("wall"),
    update_since=st.sampled_from(["turn", "updated"]),
    pausing_phases=st.sampled_from([frozenset(), SlaRules().pausing_phases]),
    other_target=st.booleans(),
    policies=st.lists(policies, max_size=2).map(tuple),
    escalate=st.sampled_from([None, EscalateRules(), EscalateRules(up_to=Priority.HIGH)]),
    explain_after=st.sampled_from([None, 0 * HOUR, HOUR]),
)


@given(board=boards, asked=tickets, rules=rules)
def test_every_active_ticket_lands_in_exactly_one_section(
    board: Board, asked: Ticket, rules: SlaRules
) -> None:
    placed = place(board, asked, rules, now=NOW)
    if asked.is_over:
        assert placed is None
    else:
        assert placed is not None
        assert [section.id for section in board.sections].count(placed.section) == 1


def _standing(board: Board, asked: Ticket, rules: SlaRules, now: datetime) -> tuple[object, ...]:
    placed = place(board, asked, rules, now=now)
    return placed and (
        *(placed.section, placed.state, placed.update_state, placed.sort_key),
        *(placed.priority, placed.escalations, placed.explanation),
    )


@given(board=boards, asked=tickets, rules=rules)
def test_a_row_holds_until_its_time_and_not_longer(board: Board, asked: Ticket, rules: SlaRules) -> None:
    placed = place(board, asked, rules, now=NOW)
    if placed is None:
        return
    end = placed.valid_until or NOW + 300 * HOUR
    standing = _standing(board, asked, rules, NOW)
    moments = [NOW + n * timedelta(minutes=90) for n in range(200)] + [end - timedelta(microseconds=1)]
    assert {_standing(board, asked, rules, at) for at in moments if NOW <= at < end} == {standing}
    if placed.valid_until is not None:
        assert placed.valid_until > NOW
        assert _standing(board, asked, rules, placed.valid_until) != standing


@given(asked=st.lists(tickets, min_size=2, max_size=6), order=st.randoms())
def test_the_order_of_rows_does_not_depend_on_how_they_came(asked: list[Ticket], order: Any) -> None:
    rows = [place(BOARD, t.with_(key=f"fs-{n}"), RULES, now=NOW) for n, t in enumerate(asked)]
    placed = [r for r in rows if r is not None]
    shuffled = placed.copy()
    order.shuffle(shuffled)
    assert sorted(placed, key=lambda r: r.sort_key) == sorted(shuffled, key=lambda r: r.sort_key)


def test_an_old_ticket_is_no_news_when_it_is_first_seen() -> None:
    seen = NOW
    assert arrived_at(ticket(created_at=seen - HOUR, first_seen_at=seen)) == seen
    assert arrived_at(ticket(created_at=None, first_seen_at=seen)) == seen
    assert arrived_at(ticket(created_at=seen - timedelta(days=2), first_seen_at=seen)) is None
    assert arrived_at(ticket(created_at=seen, first_seen_at=None)) is None
