from datetime import UTC, datetime, timedelta

import pytest

from deskwatch.core.alerts import Alert, AlertKind
from deskwatch.core.people import Urgency
from deskwatch.core.ticket import Ticket
from deskwatch.pager.resuming import LAST_TICK, PATIENCE, QUIET, Backlog, Past, past_of
from deskwatch.store.outbox import Remembered

NINE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HOUR, HALF = timedelta(hours=1), timedelta(minutes=30)


def alert(number: int = 1, *, urgent: bool = False, at: datetime = NINE) -> Alert:
    return Alert(
        key=f"demo-{number}|sla_breach|{at}",
        kind=AlertKind.SLA_BREACH,
        rule="loud" if urgent else "quiet",
        ticket=f"demo-{number}",
        occurred_at=at,
        urgency=Urgency.URGENT if urgent else Urgency.NORMAL,
        reason="late",
        facts={"number": str(number), "subject": "Mail is down"},
    )


def remembered(last: str | None, *, fresh: bool = False) -> Remembered:
    facts = {LAST_TICK: last} if last is not None else {}
    return Remembered(alerts=(), notifications=(), keys=frozenset(), facts=facts, fresh=fresh)


@pytest.mark.parametrize(
    ("told", "is_old"),
    [
        (remembered(None, fresh=True), True),
        (remembered(None), True),
        (remembered("nonsense"), True),
        (remembered("2026-01-05T08:29:00Z"), True),
        (remembered("2026-01-05T08:31:00Z"), False),
        (remembered("2026-01-05T09:30:00Z"), False),
    ],
)
def test_what_was_before_a_start_is_old_news_only_when_nobody_watched(told: Remembered, is_old: bool) -> None:
    past = past_of(told, started_at=NINE, outage_after=HALF)
    why = past.old_news(alert(at=NINE - HOUR / 6), None, backlog_after=HOUR)
    assert bool(why) is is_old
    assert past.old_news(alert(at=NINE + HOUR), None, backlog_after=HOUR) is None


def test_what_came_in_the_second_of_the_start_is_news_for_helpdesks_tell_no_fractions() -> None:
    started_at = NINE + timedelta(milliseconds=700)
    past = past_of(remembered(None, fresh=True), started_at=started_at, outage_after=HALF)
    assert past.old_news(alert(at=NINE), None, backlog_after=HOUR) is None
    assert past.old_news(alert(at=NINE - timedelta(seconds=1)), None, backlog_after=HOUR)


def test_a_ticket_that_was_old_when_it_was_first_seen_is_no_news_for_what_was_before() -> None:
    ticket = Ticket(key="demo-1", source="demo", id="1", created_at=NINE - 3 * HOUR, first_seen_at=NINE)
    assert Past().old_news(alert(at=NINE - HOUR), ticket, backlog_after=HOUR)
    assert Past().old_news(alert(at=NINE + HOUR), ticket, backlog_after=HOUR) is None
    young = ticket.with_(created_at=NINE - HALF)
    assert Past().old_news(alert(at=NINE - HALF / 2), young, backlog_after=HOUR) is None


def test_a_backlog_is_told_when_it_has_stopped_growing_or_has_grown_for_long() -> None:
    backlog = Backlog().with_([alert()], "a first start", now=NINE)
    assert not backlog.is_complete(NINE + QUIET / 2)
    assert backlog.is_complete(NINE + QUIET)
    now = NINE
    while now < NINE + PATIENCE:
        assert not backlog.is_complete(now)
        backlog = backlog.with_([alert()], "a first start", now=now)
        now += QUIET / 2
    assert backlog.is_complete(now)


def test_the_summary_counts_all_names_urgent_ones_first_and_goes_where_those_would_have_gone() -> None:
    alerts = [alert(number, urgent=number == 7) for number in range(1, 60)]
    backlog = Backlog().with_(alerts[:30], "why", now=NINE).with_(alerts[30:], "why", now=NINE)
    summary = backlog.summary()
    assert (summary.urgency, summary.rule, summary.facts["count"]) == (Urgency.URGENT, "loud", 59)
    assert summary.facts["tickets"][0]["number"] == "7"
    assert len(summary.facts["tickets"]) == 30
    assert "59 alerts" in summary.reason


def test_without_anything_urgent_the_summary_is_for_the_admins() -> None:
    summary = Backlog().with_([alert()], "why", now=NINE).summary()
    assert (summary.urgency, summary.rule) == (Urgency.NORMAL, "backlog")


def test_a_backlog_survives_a_restart_and_nonsense_does_no_harm() -> None:
    backlog = Backlog().with_([alert(urgent=True), alert(2)], "why", now=NINE)
    again = Backlog.of_fact(backlog.to_fact(), now=NINE)
    assert again == backlog
    for nonsense in ("", "{", "[1]", "null", '["a", 1, "", "", [], "x"]'):
        assert not Backlog.of_fact(nonsense, now=NINE)
