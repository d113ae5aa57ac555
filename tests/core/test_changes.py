"""What the history of a ticket says."""

from datetime import UTC, datetime, timedelta

from deskwatch.core.changes import changes_between, left
from deskwatch.core.ticket import Person, Phase, Priority, Status, Ticket

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
TICKET = Ticket(
    key="demo-12",
    source="demo",
    id="12",
    subject="Printer on fire",
    status=Status(id="2", name="Open"),
    priority=Priority.MEDIUM,
    created_at=NOW - timedelta(hours=1),
    updated_at=NOW - timedelta(minutes=5),
    first_seen_at=NOW,
)


def told(*changes: object) -> list[tuple[object, ...]]:
    return [(c.field, c.old, c.new) for c in changes]  # type: ignore[attr-defined]


def test_a_new_ticket_is_one_change() -> None:
    (change,) = changes_between(None, TICKET, now=NOW)
    assert (change.ticket, change.field, change.new, change.by) == (
        "demo-12",
        "created",
        "Printer on fire",
        "demo",
    )


def test_each_field_that_changed_is_told_with_its_old_and_new_words() -> None:
    after = TICKET.with_(
        agent=Person(id="7", name="ana"),
        status=Status(id="3", name="Pending"),
        phase=Phase.PENDING,
        priority=Priority.URGENT,
        resolution_due_at=NOW,
        updated_at=NOW - timedelta(minutes=2),
    )
    changes = changes_between(TICKET, after, now=NOW)
    assert told(*changes) == [
        ("status", "Open", "Pending"),
        ("phase", "open", "pending"),
        ("priority", "medium", "urgent"),
        ("agent", None, "ana"),
        ("resolution_due_at", None, "2026-03-10T13:00:00Z"),
    ]
    assert {change.at for change in changes} == {NOW - timedelta(minutes=2)}, "the source's own instant"


def test_what_the_source_does_not_date_changed_when_it_was_seen() -> None:
    """Such as a deadline that a new policy moved; the ticket's last update was something else."""
    (change,) = changes_between(TICKET, TICKET.with_(resolution_due_at=NOW), now=NOW)
    assert (change.field, change.at) == ("resolution_due_at", NOW)


def test_a_name_that_becomes_known_is_no_change_and_an_answer_has_its_own_instant() -> None:
    before = TICKET.with_(requester=Person(id="9", name="Requester 9"))
    answered = NOW - timedelta(minutes=30)
    after = before.with_(requester=Person(id="9", name="ben"), first_responded_at=answered)
    (change,) = changes_between(before, after, now=NOW)
    assert (change.field, change.at) == ("first_responded_at", answered)


def test_nothing_changed_is_no_history() -> None:
    assert changes_between(TICKET, TICKET.with_(seen_at=NOW), now=NOW) == ()


def test_a_source_whose_clock_runs_ahead_writes_no_history_of_the_future() -> None:
    after = TICKET.with_(subject="Printer wet", updated_at=NOW + timedelta(days=1))
    assert [change.at for change in changes_between(TICKET, after, now=NOW)] == [NOW]


def test_a_ticket_that_leaves_says_why() -> None:
    assert told(left(TICKET, "closed", now=NOW)) == [("archived", None, "closed")]
