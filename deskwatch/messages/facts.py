"""What texts may say about an alert: the names of all facts, and which of them each medium may contain."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from deskwatch.core.alert_facts import FACTS as FACTS_OF_TICKETS
from deskwatch.messages.text import MEDIA, Medium

TICKET_FACTS: Mapping[str, str] = MappingProxyType(
    {
        **FACTS_OF_TICKETS,
        "created_by": "who created it, when the ticket file says so",
        "assigned_by": "who assigned it, when the ticket file says so",
    }
)
DESK_FACTS: Mapping[str, str] = MappingProxyType(
    {
        "detail": "one sentence more about what happened",
        "since": "since when it is so",
        "until": "until when it will be so",
        "error": "what the helpdesk or the provider said",
        "channel": "the channel of `alerts.yaml` that is broken",
        "person": "whom a broken channel or a shift is about, or who has taken the ticket",
        "layer": "the on-call layer",
        "people": "who is on call in the shift that starts, a list of names",
        "recovered": "what is over, as a kind of alert: `watcher_silent`",
        "count": "how many tickets or alerts the text is about",
        "tickets": "these tickets, most urgent first, each with facts of its own",
        "title": "what a digest is called in `alerts.yaml`",
        "figures": "counts of a digest by their words: `{open: 41, overdue: 3}`",
        "late": "tickets that are late already when the desk closes, the oldest deadline first",
        "outcome": "what came of an answer: `yours`, `yours_already`, `taken`, `over`, `nothing`, "
        "`no_such_code`, `not_understood`",
        "example": "the code of a message that the recipient may answer",
        "turns": "who is on call until the desk opens; each with `person`, `layer`, `since`, `until`",
    }
)
FACTS: Mapping[str, str] = MappingProxyType({**TICKET_FACTS, **DESK_FACTS})

HARMLESS = frozenset(
    {
        "source", "created_at", "due_at", "target", "lead", "holiday", "next_opening", "new_due_at",
        "occurred_at", "cause", "phase", "previous_phase", "previous_priority", "escalated_from",
        "escalated_to", "since", "until", "channel", "person", "layer", "people", "recovered", "count",
        "tickets", "figures", "title", "detail", "late", "turns",
        "outcome", "example",
    }
)  # fmt: skip
"""What happened, and to what part of the desk: allowed everywhere. It names no customer and no ticket."""
SHORT_FACTS = frozenset({"number", "priority", "subject"})
DEFAULT_ALLOW: Mapping[Medium, frozenset[str]] = MappingProxyType(
    {**dict.fromkeys(MEDIA, frozenset(FACTS)), "short": SHORT_FACTS, "speech": SHORT_FACTS}
)
"""A text message lies on a lock screen, a call is heard by others: they say little about the ticket."""

_SAME = {"priority_word": "priority", "ticket": "number"}


def is_allowed(name: str, allowed: Collection[str]) -> bool:
    """Whether a fact may be told where ``allowed`` facts may."""
    return name in HARMLESS or _SAME.get(name, name) in allowed
