"""Processor time to judge every ticket once, as the notifier does at its start: clocks, alerts, next look."""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from zoneinfo import ZoneInfo

import rig

from deskwatch.config.rules import DEFAULT_RULES
from deskwatch.core.alerts import AlertKind, AlertRule, AlertRules, Lead, survey
from deskwatch.core.hours import BusinessCalendar, Span
from deskwatch.core.match import Match
from deskwatch.core.sla import EscalateRules, SlaPolicy, SlaRules
from deskwatch.core.ticket import Phase, PhaseSince, Priority, Ticket
from tickets import make_ticket

NOW = datetime(2026, 3, 10, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
SPANS = (Span(clock(8), clock(12)), Span(clock(13), clock(17)))
DESK = BusinessCalendar("desk", ZoneInfo("Europe/Berlin"), dict.fromkeys(range(5), SPANS))
SHIPPED = AlertRules(rules=tuple(rule.rule() for rule in DEFAULT_RULES))
SILENCE = AlertRule(
    id="silence",
    on=frozenset({AlertKind.SLA_BREACH, AlertKind.SLA_WARNING}),
    targets=frozenset({"update", "chase"}),
    leads=(Lead("75%", share=0.75),),
)


def policy(name: str, allowed: timedelta, *match: Match) -> SlaPolicy:
    """A policy in working time for both targets."""
    return SlaPolicy(
        name=name, match=match, first_response=allowed / 2, resolution=allowed, measure="working"
    )


EVERYTHING = SlaRules(
    calendar=DESK,
    policies=(
        policy("urgent", HOUR / 3, Match(priorities=(Priority.URGENT,))),
        policy("high", 8 * HOUR, Match(priorities=(Priority.HIGH,))),
        policy("normal", 24 * HOUR),
    ),
    escalate=EscalateRules(),
)


def without_deadlines(ticket: Ticket) -> Ticket:
    """The ticket of a source that gives no deadlines, with a pause behind it."""
    assert ticket.created_at is not None
    assert ticket.updated_at is not None
    middle = ticket.created_at + (ticket.updated_at - ticket.created_at) / 2
    phases = (
        PhaseSince(Phase.OPEN, ticket.created_at),
        PhaseSince(Phase.ON_HOLD, middle),
        PhaseSince(ticket.phase, ticket.updated_at),
    )
    return ticket.with_(first_response_due_at=None, resolution_due_at=None, phases=phases)


def seconds(tickets: Sequence[Ticket], sla: SlaRules, rules: AlertRules) -> float:
    """Processor time for one look at each ticket."""
    start = time.process_time()
    for ticket in tickets:
        survey(ticket, sla, rules, DESK, now=NOW)
    return time.process_time() - start


def main(count: int = 100_000) -> bool:
    """Print the times for ``count`` tickets and answer whether the goal was met."""
    tickets = [make_ticket(number, seed=1, now=NOW).with_(description="") for number in range(count)]
    plain = seconds(tickets, SlaRules(calendar=DESK), SHIPPED)
    ours = [without_deadlines(ticket) for ticket in tickets]
    most = seconds(ours, EVERYTHING, replace(SHIPPED, rules=(*SHIPPED.rules, SILENCE)))
    print(f"{count:,} tickets, shipped rules: {plain:.1f} s, {plain / count * 1e6:.0f} µs for each")
    print(
        f"with policies, pauses, escalation and silence: {most:.1f} s, {most / count * 1e6:.0f} µs for each"
    )
    return rig.verdict("100,000 tickets with everything on", most / count * 100_000, "<=", 10, "s")


if __name__ == "__main__":
    sys.exit(0 if main(*(int(word) for word in sys.argv[1:])) else 1)
