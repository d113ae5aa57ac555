"""What texts may say about an alert: the names of all facts, and which of them each medium may contain."""

from collections.abc import Mapping
from types import MappingProxyType

from deskwatch.messages.text import MEDIA, Medium

TICKET_FACTS: Mapping[str, str] = MappingProxyType(
    {
        "ticket": "its key in Deskwatch, such as `demo-12`",
        "number": "its number in the helpdesk",
        "subject": "its subject, made legible; addresses in it are broken up so that nobody can click them",
        "url": "its page in the helpdesk",
        "priority": "`low`, `medium`, `high` or `urgent`",
        "priority_word": "the same for reading: `Urgent`",
        "status": "its status in the helpdesk's words",
        "type": "`Incident`, `Service Request` …",
        "category": "its category",
        "group": "the group that has it",
        "agent": "to whom it is assigned",
        "requester": "who asked",
        "client": "their company or department",
        "source": "the source of `sources.yaml` it comes from",
        "created_at": "when it was created",
        "created_by": "who created it, when that is not the requester",
        "assigned_by": "who assigned it, when the helpdesk says so",
        "due_at": "when the deadline is or was, that the alert is about",
        "target": "`first_response`, `resolution`, `update` or `chase`",
        "lead": "how long before the deadline the warning was due: `60m`, `50%`",
        "holiday": "the name of the holiday on which it came",
        "opened_at": "when the desk opened last, or opens next when it is closed",
        "next_opening": "when the closed desk opens",
        "previous_agent": "to whom it was assigned before",
        "previous_priority": "its priority before",
        "escalated_from": "its priority before Deskwatch escalated it",
        "escalated_to": "its priority since",
    }
)
DESK_FACTS: Mapping[str, str] = MappingProxyType(
    {
        "detail": "one sentence more about what happened",
        "since": "since when it is so",
        "until": "until when it will be so",
        "error": "what the helpdesk or the provider said",
        "channel": "the channel of `alerts.yaml` that is broken",
        "person": "whom a broken channel or a shift is about",
        "layer": "the on-call layer",
        "people": "who is on call in the shift that starts, a list of names",
        "recovered": "what is over, as a kind of alert: `watcher_silent`",
        "count": "how many tickets or alerts the text is about",
        "tickets": "these tickets, most urgent first, each with facts of its own",
        "title": "what a digest is called in `alerts.yaml`",
        "figures": "counts of a digest by their words: `{open: 41, overdue: 3}`",
    }
)
FACTS: Mapping[str, str] = MappingProxyType({**TICKET_FACTS, **DESK_FACTS})

HARMLESS = frozenset(
    {
        "source", "created_at", "due_at", "target", "lead", "holiday", "opened_at", "next_opening",
        "previous_priority", "escalated_from", "escalated_to", "since", "until", "channel", "person", "layer",
        "people", "recovered", "count", "tickets", "figures", "title",
    }
)  # fmt: skip
"""What happened, and to what part of the desk: allowed everywhere. It names no customer and no ticket."""
SHORT_FACTS = frozenset({"number", "priority", "subject"})
DEFAULT_ALLOW: Mapping[Medium, frozenset[str]] = MappingProxyType(
    {**dict.fromkeys(MEDIA, frozenset(FACTS)), "short": SHORT_FACTS, "speech": SHORT_FACTS}
)
"""A text message lies on a lock screen, a call is heard by others: they say little about the ticket."""
