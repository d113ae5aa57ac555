"""A desk in Berlin with one rule for everything, and tickets whose instants are hours after Monday nine."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from deskwatch.core.alerts import Alert, AlertKind, AlertRule, AlertRules, Lead, alerts_of
from deskwatch.core.hours import BusinessCalendar, Day, Span
from deskwatch.core.sla import SlaRules
from deskwatch.core.ticket import Person, Ticket

BERLIN = ZoneInfo("Europe/Berlin")
DESK = BusinessCalendar(
    "desk",
    BERLIN,
    dict.fromkeys(range(5), (Span(time(8), time(17)),)),
    {
        date(2026, 4, 3): Day("Good Friday"),
        date(2026, 12, 24): Day("Christmas Eve", (Span(time(8), time(12)),)),
    },
)
NINE = datetime(2026, 3, 9, 9, tzinfo=BERLIN).astimezone(UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ANA, BEN = Person(id="1", name="ana"), Person(id="2", name="ben")
LEADS = (Lead("50%", share=0.5), Lead("60m", before=HOUR), Lead("2m", before=2 * MINUTE))
RULE = AlertRule(id="all", on=frozenset(AlertKind), leads=LEADS)
RULES = AlertRules(rules=(RULE,))
SLA = SlaRules(calendar=DESK, explain_after=None)


def at(hours: float) -> datetime:
    return NINE + hours * HOUR


def ticket(**fields: Any) -> Ticket:
    """Created on Monday at nine and seen at once; numbers are hours after that."""
    given = {"created_at": 0, "first_seen_at": fields.get("created_at", 0), "updated_at": 0, **fields}
    instants = {name: at(value) if type(value) in (int, float) else value for name, value in given.items()}
    return Ticket(key="demo-12", source="demo", id="12", number="INC-12", **instants)


def alerts(asked: Ticket, hours: float, rules: AlertRules = RULES, sla: SlaRules = SLA) -> dict[str, Alert]:
    """What is worth telling so many hours after Monday nine, by the middle part of its key."""
    found = alerts_of(asked, sla, rules, DESK, now=at(hours))
    assert len({alert.key for alert in found}) == len(found), "two alerts have one key"
    return {alert.key.split("|")[1]: alert for alert in found}


def kinds(asked: Ticket, hours: float, rules: AlertRules = RULES, sla: SlaRules = SLA) -> set[str]:
    return set(alerts(asked, hours, rules, sla))
