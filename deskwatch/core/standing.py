"""How a ticket stands at a moment: its clocks with every step of escalation, and what it still owes."""

from datetime import datetime
from typing import NamedTuple

from deskwatch.core.deadlines import counted, deadline_clock, dues_of
from deskwatch.core.escalating import Escalation, Overlay, may_be_missed, overlay_of, raised
from deskwatch.core.explaining import explanation_moment
from deskwatch.core.silence import update_clock
from deskwatch.core.sla_clock import Clocks
from deskwatch.core.sla_rules import SlaRules
from deskwatch.core.ticket import Ticket


class Standing(NamedTuple):
    """How a ticket stands.

    Attributes:
        ticket: with the raised priority and its new deadlines, when it was escalated.
        explanation: since when a word about a missed deadline is owed; ``None``: it is not.
        next_change: when time alone changes any of this.
    """

    ticket: Ticket
    clocks: Clocks
    escalations: tuple[Escalation, ...]
    explanation: datetime | None
    next_change: datetime | None


def standing_of(ticket: Ticket, rules: SlaRules, *, now: datetime) -> Standing:
    """How the ticket stands at ``now``, everything included."""
    rules = rules.of(ticket)
    dues = dues_of(ticket, rules)
    overlay = overlay_of(ticket, rules, now=now, dues=dues)
    seen = raised(ticket, overlay)
    clocks = Clocks(deadline_clock(seen, rules, overlay.dues), update_clock(seen, rules))
    owed = explanation_moment(ticket, rules, overlay)
    moments = (
        clocks.deadline.next_change(now),
        clocks.update.next_change(now),
        owed,
        _next_step(ticket, rules, overlay, now=now),
    )
    return Standing(
        seen,
        clocks,
        overlay.steps,
        owed if owed is not None and owed <= now else None,
        min((at for at in moments if at is not None and at > now), default=None),
    )


def _next_step(ticket: Ticket, rules: SlaRules, overlay: Overlay, *, now: datetime) -> datetime | None:
    """When the next step of escalation is taken if nothing happens before."""
    escalate = rules.escalate
    priority = overlay.steps[-1].to if overlay.steps else ticket.priority
    if escalate is None or priority is None or priority.rank >= escalate.up_to.rank:
        return None
    if not escalate.applies(ticket):
        return None
    coming = []
    for target in counted(ticket, overlay.dues, rules):
        due = overlay.dues.of(target)
        if due is not None and due.at > now and may_be_missed(ticket, target, due, rules):
            coming.append(due.at)
    return min(coming, default=None)
