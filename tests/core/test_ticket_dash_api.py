"""The compatibility API says what Ticket Dash said: its sections, its words, its order, its keys."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskwatch.core.ticket import Person, Phase, Priority, Status, Ticket
from deskwatch.core.ticket_dash import DashRules, ago, days_old, deadline_words, standing
from deskwatch.core.ticket_dash_shape import answer_of

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
RULES = DashRules()
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
PRIORITIES: dict[int, Priority | None] = dict(enumerate(Priority, 1))


def ticket(
    number: int = 1,
    *,
    status: int = 2,
    priority: int = 1,
    kind: str | None = "Incident",
    untouched: timedelta | None = HOUR,
    first_due: timedelta | None = None,
    due: timedelta | None = None,
    responded: timedelta | None = None,
    agent_wrote: timedelta | None = None,
    **more: Any,
) -> Ticket:
    """Times count from now: ``untouched``, ``responded`` and ``agent_wrote`` back, the due dates ahead."""

    def back(span: timedelta | None) -> datetime | None:
        return None if span is None else NOW - span

    return Ticket(
        key=f"fs-{number}",
        source="fs",
        id=str(number),
        type=kind,
        status=Status(id=str(status), name="whatever the helpdesk calls it"),
        phase=Phase.OPEN,
        priority=PRIORITIES.get(priority),
        created_at=NOW - 30 * DAY,
        updated_at=back(untouched),
        first_response_due_at=None if first_due is None else NOW + first_due,
        resolution_due_at=None if due is None else NOW + due,
        first_responded_at=back(responded),
        agent_responded_at=back(agent_wrote),
        **more,
    )


class Case(NamedTuple):
    """A ticket, and where Ticket Dash puts it with which words and class."""

    ticket: Ticket
    section: int
    text: str
    css_class: str


REQUEST = "Service Request"
CASES = [
    Case(ticket(first_due=2 * HOUR), 1, "2.0 hours for FR", "sla-critical"),
    Case(ticket(first_due=30 * MINUTE), 1, "30 min for FR", "sla-critical"),
    Case(ticket(first_due=35 * SECOND), 1, "35 sec for FR", "sla-critical"),
    Case(ticket(first_due=5 * HOUR), 1, "5.0 hours for FR", "sla-warning"),
    Case(ticket(first_due=12 * HOUR), 1, "12.0 hours for FR", "sla-normal"),
    Case(ticket(first_due=60 * HOUR), 1, "2.5 days for FR", "sla-normal"),
    Case(ticket(kind=REQUEST, due=5 * HOUR), 1, "5.0 hours for Due", "sla-warning"),
    Case(ticket(first_due=-60 * HOUR), 1, "FR Overdue by 2.5 days", "sla-overdue"),
    Case(ticket(kind=REQUEST, first_due=9 * HOUR, due=-HOUR), 1, "Due Overdue by 1.0 hours", "sla-overdue"),
    Case(ticket(), 1, "No FR Due Date", "sla-none"),
    Case(ticket(kind=REQUEST, first_due=HOUR), 1, "No Due Due Date", "sla-none"),
    Case(ticket(status=3, first_due=HOUR, responded=DAY), 1, "Pending (FR Met)", "sla-responded"),
    Case(ticket(status=19, responded=DAY), 1, "Update Needed (FR Met)", "sla-responded"),
    Case(ticket(status=26, untouched=5 * MINUTE), 2, "Customer Replied (5m ago)", "sla-warning"),
    Case(ticket(status=26, untouched=40 * DAY), 2, "Customer Replied (40d ago)", "sla-warning"),
    Case(ticket(status=27, untouched=20 * DAY), 4, "Pending Hubspot (20d ago)", "sla-none"),
    Case(
        ticket(priority=4, untouched=31 * MINUTE, first_due=-9 * HOUR),
        3,
        "Update Overdue (Open, 31m ago)",
        "sla-critical",
    ),
    Case(
        ticket(status=9, priority=3, untouched=50 * HOUR),
        3,
        "Update Overdue (Waiting on Customer, 2d ago)",
        "sla-critical",
    ),
    Case(
        ticket(status=23, priority=1, untouched=97 * HOUR),
        3,
        "Update Overdue (On Hold, 4d ago)",
        "sla-critical",
    ),
    Case(ticket(priority=9, untouched=400 * DAY, responded=DAY), 1, "Open (FR Met)", "sla-responded"),
    Case(
        ticket(status=9, untouched=HOUR, agent_wrote=3 * HOUR),
        4,
        "Waiting on Customer (Agent: 3h ago)",
        "sla-responded",
    ),
    Case(ticket(status=9), 4, "Waiting on Customer", "sla-responded"),
    Case(ticket(status=23, untouched=2 * DAY), 4, "On Hold (2d ago)", "sla-none"),
    Case(ticket(status=8), 4, "Scheduled (1h ago)", "sla-in-progress"),
    Case(ticket(status=77), 4, "Unknown Status (77) (1h ago)", "sla-in-progress"),
]


def named(case: Case) -> str:
    return f"{case.section}: {case.text}"


@pytest.mark.parametrize("case", [pytest.param(case, id=named(case)) for case in CASES])
def test_every_case_has_its_section_its_words_and_its_class(case: Case) -> None:
    found = standing(case.ticket, RULES, now=NOW)
    assert (found.section, found.text, found.css_class) == case[1:]


@pytest.mark.parametrize(
    ("status", "section", "text"),
    [
        (10, 4, "Waiting on Third Party (1h ago)"),
        (13, 4, "Under Investigation (1h ago)"),
        (2, 1, "Open (FR Met)"),
    ],
)
def test_every_other_status_has_its_name(status: int, section: int, text: str) -> None:
    assert standing(ticket(status=status, responded=DAY), RULES, now=NOW)[:2] == (section, text)


@pytest.mark.parametrize(
    ("priority", "limit"), [(4, 30 * MINUTE), (3, 2 * DAY), (2, 3 * DAY), (1, 4 * DAY), (9, 9999 * DAY)]
)
def test_a_ticket_is_update_overdue_only_after_the_whole_limit_of_its_priority(
    priority: int, limit: timedelta
) -> None:
    at_the_limit = standing(ticket(priority=priority, untouched=limit), RULES, now=NOW)
    after_it = standing(ticket(priority=priority, untouched=limit + SECOND), RULES, now=NOW)
    assert at_the_limit.section == 1
    assert after_it.section == (1 if priority == 9 else 3)


def test_only_the_first_response_counts_as_one() -> None:
    """``agent_responded_at`` alone is not what Ticket Dash looks at."""
    waiting = ticket(first_due=-HOUR, agent_wrote=MINUTE)
    assert standing(waiting, RULES, now=NOW).text == "FR Overdue by 1.0 hours"


def test_a_ticket_nobody_has_is_no_case_for_section_three() -> None:
    assert standing(ticket(agent=None), RULES, now=NOW).section == 1


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (0 * SECOND, "0 sec for FR"),
        (59 * SECOND, "59 sec for FR"),
        (60 * SECOND, "1 min for FR"),
        (59 * MINUTE, "59 min for FR"),
        (HOUR, "1.0 hours for FR"),
        (47.9 * HOUR, "47.9 hours for FR"),
        (48 * HOUR, "2.0 days for FR"),
        (-59 * SECOND, "FR Overdue by 59 sec"),
        (-60 * SECOND, "FR Overdue by 1 min"),
        (-59 * MINUTE, "FR Overdue by 59 min"),
        (-HOUR, "FR Overdue by 1.0 hours"),
        (-47.9 * HOUR, "FR Overdue by 47.9 hours"),
        (-48 * HOUR, "FR Overdue by 2.0 days"),
    ],
)
def test_the_time_left_changes_its_unit_at_a_minute_an_hour_and_two_days(left: timedelta, words: str) -> None:
    assert deadline_words(ticket(first_due=left), RULES, now=NOW)[0] == words


@pytest.mark.parametrize(
    ("left", "css_class"),
    [
        (-SECOND, "sla-overdue"),
        (0 * SECOND, "sla-critical"),
        (4 * HOUR - SECOND, "sla-critical"),
        (4 * HOUR, "sla-warning"),
        (12 * HOUR - SECOND, "sla-warning"),
        (12 * HOUR, "sla-normal"),
    ],
)
def test_the_class_changes_at_nothing_at_4_and_at_12_hours(left: timedelta, css_class: str) -> None:
    assert deadline_words(ticket(first_due=left), RULES, now=NOW)[1] == css_class


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (-SECOND, "in the future"),
        (0 * SECOND, "Just now"),
        (59 * SECOND, "Just now"),
        (60 * SECOND, "1m ago"),
        (59 * MINUTE + 59 * SECOND, "59m ago"),
        (HOUR, "1h ago"),
        (24 * HOUR - SECOND, "23h ago"),
        (DAY, "1d ago"),
        (47.9 * HOUR, "1d ago"),
        (48 * HOUR, "2d ago"),
    ],
)
def test_the_time_since_is_whole_units_rounded_down(since: timedelta, words: str) -> None:
    assert ago(NOW - since, now=NOW) == words


def test_a_time_nobody_knows_is_not_available() -> None:
    assert (ago(None, now=NOW), days_old(None, now=NOW)) == ("N/A", "N/A")


@pytest.mark.parametrize(
    ("now", "created", "words"),
    [
        ("2026-03-10T15:00", "2026-03-10T00:00", "Today"),
        ("2026-03-10T03:00", "2026-03-09T22:00", "1 day old"),  # five hours and another date
        ("2026-03-10T15:00", "2026-03-08T23:59", "2 days old"),
        ("2026-03-10T15:00", "2026-03-11T00:00", "Future Date"),
    ],
)
def test_the_age_is_the_difference_of_the_dates_in_utc(now: str, created: str, words: str) -> None:
    at, then = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (now, created))
    assert days_old(then, now=at) == words


# The order


def naive_order(tickets: list[Ticket]) -> list[list[int]]:
    """Four lists of numbers, sorted one criterion after the other, the least important first."""
    sections: list[list[Ticket]] = [[], [], [], []]
    for one in sorted(tickets, key=lambda t: int(t.id)):
        sections[standing(one, RULES, now=NOW).section - 1].append(one)
    for index, rows in enumerate(sections):
        rows.sort(key=lambda t: (t.updated_at is not None, t.updated_at or NOW))  # longest unchanged first
        rows.sort(key=lambda t: t.priority.rank if t.priority else 0, reverse=True)
        if index > 0:
            rows.sort(key=lambda t: not late(t))
            continue
        rows.sort(key=hours_to_first_response)
        rows.sort(key=lambda t: t.first_responded_at is not None)
    return [[int(t.id) for t in rows] for rows in sections]


def late(one: Ticket) -> bool:
    limits = {"urgent": 0.5, "high": 48, "medium": 72, "low": 96}
    if one.updated_at is None or one.priority is None:
        return False
    return (NOW - one.updated_at).total_seconds() > 3600 * limits[one.priority.value]


def hours_to_first_response(one: Ticket) -> float:
    if one.type != "Incident" or one.first_responded_at is not None or one.first_response_due_at is None:
        return float("inf")
    return (one.first_response_due_at - NOW).total_seconds() / 3600


def test_in_the_first_section_the_nearest_first_response_comes_before_priority() -> None:
    tickets = [
        ticket(1, priority=4, untouched=MINUTE, first_due=3 * HOUR),
        ticket(2, priority=1, untouched=MINUTE, first_due=2 * HOUR),
        ticket(3, priority=4, untouched=MINUTE, kind=REQUEST, due=HOUR),
        ticket(4, priority=1, untouched=2 * HOUR, kind=REQUEST, due=9 * HOUR),
        ticket(5, priority=1, untouched=MINUTE, kind=REQUEST, due=HOUR),
        ticket(6, priority=4, untouched=MINUTE, responded=HOUR, first_due=-HOUR),
        ticket(7, priority=2, untouched=MINUTE, first_due=-HOUR),
    ]
    answer = answer_of(tickets, "Helpdesk", RULES, now=NOW)
    assert [item["id"] for item in answer["s1_items"]] == [7, 2, 1, 3, 4, 5, 6]


spans = st.sampled_from(
    [0, 5, 10, 20, 29, 31, 60, 60 * 47, 60 * 49, 60 * 71, 60 * 73, 60 * 95, 60 * 97, 60 * 500]
)
ahead = st.none() | st.integers(-3000, 6000).map(lambda minutes: minutes * MINUTE)


@st.composite
def some_ticket(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "status": draw(st.sampled_from([2, 2, 2, 2, 3, 19, 8, 9, 10, 13, 23, 26, 27, 77])),
        "priority": draw(st.integers(0, 5)),
        "kind": draw(st.sampled_from(["Incident", "Incident", "Incident", REQUEST, "Alert", None])),
        "untouched": draw(st.none() | spans.map(lambda minutes: minutes * MINUTE)),
        "first_due": draw(ahead),
        "due": draw(ahead),
        "responded": draw(st.sampled_from([None, None, DAY])),
    }


@settings(max_examples=200, deadline=None)
@given(st.lists(some_ticket(), max_size=25), st.randoms(use_true_random=False))
def test_the_order_is_that_of_a_naive_sort_whatever_comes_first(
    facts: list[dict[str, Any]], chance: Any
) -> None:
    tickets = [ticket(number, **fact) for number, fact in enumerate(facts, 1)]
    shuffled = tickets[:]
    chance.shuffle(shuffled)
    answer = answer_of(shuffled, "Helpdesk", RULES, now=NOW)
    assert [[item["id"] for item in answer[f"s{n}_items"]] for n in range(1, 5)] == naive_order(tickets)


# The shape

ITEM = {
    "agent_name": str, "agent_responded_friendly": str, "created_at_str": str, "created_days_old": str,
    "description_text": str, "due_by_str": str, "first_responded_at_iso": str, "fr_due_by_str": str,
    "id": int,
    "priority_raw": int, "priority_text": str, "requester_id": int, "requester_name": str,
    "responder_id": int,
    "sla_class": str, "sla_text": str, "stats": dict, "status_raw": int, "status_text": str, "subject": str,
    "type": str, "updated_at_str": str, "updated_friendly": str,
}  # fmt: skip
TOP = {
    "s1_items", "s2_items", "s3_items", "s4_items", "total_active_items",
    "dashboard_generated_time_iso", "view",
    "section1_name_js", "section2_name_js", "section3_name_js", "section4_name_js",
}  # fmt: skip
FULL = ticket(
    16837,
    first_due=HOUR,
    due=DAY,
    responded=DAY,
    agent_wrote=2 * HOUR,
    subject="Printer prints stripes",
    description="Since this morning.",
    requester=Person(id="19000000101", name="Mia"),
    agent=Person(id="19000000001", name="Ana"),
)


def only_item(one: Ticket) -> dict[str, Any]:
    answer = answer_of([one], "Helpdesk", RULES, now=NOW)
    (item,) = (item for n in range(1, 5) for item in answer[f"s{n}_items"])
    return dict(item)


def test_the_answer_has_exactly_its_keys() -> None:
    answer = answer_of([FULL, ticket(2)], "Helpdesk", RULES, now=NOW)
    assert answer.keys() == TOP
    assert answer["total_active_items"] == 2
    assert datetime.fromisoformat(answer["dashboard_generated_time_iso"]) == NOW
    assert [answer[f"section{n}_name_js"] for n in range(1, 5)] == [
        "Open Helpdesk Tickets",
        "Customer Replied",
        "Needs Agent / Update Overdue",
        "Other Active Helpdesk Tickets",
    ]


def test_an_item_has_its_23_keys_with_values_of_their_kinds() -> None:
    item = only_item(FULL)
    assert len(ITEM) == 23
    assert {key: type(value) for key, value in item.items()} == ITEM
    assert item["id"] == 16837
    assert item["responder_id"] == 19000000001
    assert (item["created_at_str"], item["updated_friendly"]) == ("2026-02-08T15:00:00Z", "1h ago")
    assert item["description_text"] == "Since this morning."


def test_what_nobody_knows_is_null_or_has_ticket_dashs_words() -> None:
    item = only_item(ticket(untouched=None, priority=0, kind=None))
    assert item.keys() == ITEM.keys()
    assert (item["agent_name"], item["requester_name"]) == ("Unassigned", "N/A")
    assert (item["responder_id"], item["due_by_str"], item["priority_raw"]) == (None, None, None)
    assert (item["subject"], item["type"]) == ("No Subject Provided", "Unknown")
    assert (item["updated_friendly"], item["agent_responded_friendly"]) == ("N/A", "N/A")


def test_people_without_a_name_are_told_by_their_id() -> None:
    stranger = ticket(agent=Person(id="77", name="Agent 77"), requester=Person(id="88", name="Requester 88"))
    item = only_item(stranger)
    assert (item["agent_name"], item["requester_name"]) == ("Agent ID: 77", "Req. ID: 88")


def test_the_stats_are_those_of_the_helpdesk_as_far_as_they_are_known() -> None:
    stats = only_item(FULL)["stats"]
    assert len(stats) == 18
    assert stats["first_responded_at"] == "2026-03-09T15:00:00Z"
    assert stats["agent_responded_at"] == "2026-03-10T13:00:00Z"
    assert stats["resolution_time_in_secs"] is None


def test_constants_of_ones_own_count() -> None:
    own = DashRules(
        open=frozenset({2, 40}),
        customer_replied=41,
        never_silent=None,
        names={2: "Open", 40: "Triage", 41: "Answered", 27: "Parked"},
        limits={Priority.LOW: HOUR},
        warning=2 * HOUR,
        critical=HOUR,
    )
    assert standing(ticket(status=40, first_due=90 * MINUTE), own, now=NOW)[:3] == (
        1,
        "1.5 hours for FR",
        "sla-warning",
    )
    assert standing(ticket(status=41), own, now=NOW).section == 2
    assert standing(ticket(status=27, untouched=2 * HOUR), own, now=NOW)[:2] == (
        3,
        "Update Overdue (Parked, 2h ago)",
    )
