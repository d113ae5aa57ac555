"""What there is to say about one ticket, in the words of its page: who, since when, and why it is due."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from deskwatch.core.board import Row
from deskwatch.core.changes import Change
from deskwatch.core.instants import TicketError, parse_instant
from deskwatch.core.legible import legible, legible_block
from deskwatch.core.own_tickets import Note
from deskwatch.core.sla import SlaClock, SlaState
from deskwatch.core.ticket import Person, Priority, Ticket
from deskwatch.web.cells import PRIORITY_WORDS, STATE_WORDS, TARGET_WORDS, moment
from deskwatch.web.duty import Taken
from deskwatch.web.voice import local_time
from deskwatch.web.wording import Wording

DESCRIPTION_LIMIT = 4000
"""Characters of a description on the page of a ticket."""
NAME_LIMIT = 120
TAGS_LIMIT = 20
NOTES_LIMIT = 20

_NO_TIME = timedelta(0)
_FIELDS = {
    "ack": "In hand",
    "archived": "Left the wall",
    "created": "Created",
    "note": "Note",
    "subject": "Subject",
    "description": "Description",
    "tags": "Tags",
    "type": "Type",
    "category": "Category",
    "status": "Status",
    "phase": "Phase",
    "priority": "Priority",
    "requester": "Requester",
    "agent": "Agent",
    "group": "Group",
    "client": "Client",
    "first_response_due_at": "Response due",
    "resolution_due_at": "Resolution due",
    "first_responded_at": "First response",
    "agent_responded_at": "Agent answered",
    "requester_responded_at": "Requester answered",
    "resolved_at": "Resolved",
    "closed_at": "Closed",
}

PHASE_WORDS = {
    "open": "Open",
    "pending": "Pending",
    "waiting_on_customer": "Waiting on the customer",
    "waiting_on_third_party": "Waiting on a third party",
    "customer_replied": "Customer replied",
    "on_hold": "On hold",
    "scheduled": "Scheduled",
    "resolved": "Resolved",
    "closed": "Closed",
}
_OURS = {"phase": PHASE_WORDS, "priority": PRIORITY_WORDS, "archived": PHASE_WORDS}
"""Changes whose values are words of ours; a reason for leaving the wall is one too."""


@dataclass(frozen=True, slots=True)
class Instant:
    """An instant for people: short, and whole with seconds and zone for whoever wants to know exactly."""

    seconds: int
    words: str
    whole: str
    iso: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: a name, and words or an instant; ``since`` and ``until`` tick in the browser."""

    name: str
    words: str = ""
    at: Instant | None = None
    ticks: int | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody said about a ticket."""

    at: Instant | None
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """A deadline that explains itself."""

    title: str
    state: str
    state_words: str
    facts: tuple[Fact, ...]


class Telling:
    """Tells facts in one language and zone, at one moment."""

    def __init__(self, say: Wording, zone: tzinfo, *, now: datetime) -> None:
        self._say, self._zone, self._now = say, zone, now

    def at(self, at: datetime | None) -> Instant | None:
        """An instant."""
        short = moment(at, self._zone, self._say)
        if at is None or short is None:
            return None
        local = local_time(at, self._zone)
        whole = f"{local:%Y-%m-%d %H:%M:%S %Z}"
        return Instant(short.seconds, short.words, whole, local.isoformat(timespec="seconds"))

    def people(self, ticket: Ticket, taken: Taken | None) -> list[Fact]:
        """Who has to do with the ticket, as far as it says."""
        agent = self._name(ticket.agent) or self._say("Unassigned")
        facts = [
            Fact(self._say("Requester"), self._name(ticket.requester)),
            Fact(self._say("Agent"), agent),
            Fact(self._say("Group"), self._name(ticket.group)),
            Fact(self._say("Client"), self._name(ticket.client)),
        ]
        if taken is not None:
            facts.append(Fact(self._say("In hand"), taken.by, self.at(taken.at)))
        return [fact for fact in facts if fact.words]

    def kind(self, ticket: Ticket) -> list[Fact]:
        """What sort of ticket it is, and when it began and changed."""
        tags = ", ".join(legible(tag, NAME_LIMIT) for tag in ticket.tags[:TAGS_LIMIT])
        facts = [
            Fact(self._say("Type"), legible(ticket.type or "", NAME_LIMIT)),
            Fact(self._say("Category"), legible(ticket.category or "", NAME_LIMIT)),
            Fact(self._say("Tags"), tags),
            self._since("Created", ticket.created_at),
            self._since("Updated", ticket.updated_at),
            self._since("In this status since", ticket.status_since),
        ]
        return [fact for fact in facts if fact.words or fact.at]

    def clock(self, clock: SlaClock, calendar: str | None) -> ClockFacts:
        """Due time, time left, pause, calendar and rule of a deadline.

        Args:
            clock: of the deadline or of the next update.
            calendar: the name of the business hours that count; ``None``: they and the rule are not told.
        """
        say, state = self._say, clock.state(self._now)
        left, working = clock.remaining(self._now), clock.working_left(self._now)
        facts = [Fact(say("Due"), at=self.at(clock.due_at))]
        if clock.met_at is not None:
            facts.append(Fact(say("Met"), at=self.at(clock.met_at)))
        elif clock.paused_since is not None:
            facts.append(Fact(say("Paused since"), at=self.at(clock.paused_since)))
            facts.append(self._left(left, "Was left", "Was late by"))
        elif clock.due_at is not None:
            facts.append(self._left(left, "Time left", "Overdue by", clock.due_at))
            if working is not None and working != left:
                late = self._now >= clock.due_at
                name = say("Business time overdue") if late else say("Business time left")
                facts.append(Fact(name, lasting(abs(working), say)))
        if clock.due_at is not None and clock.allowed is not None:
            facts.append(Fact(say("Time allowed"), self._allowed(clock)))
        if calendar is not None:
            rule = say(clock.why or "the due date of the helpdesk")
            facts += [Fact(say("Business hours"), legible(calendar, NAME_LIMIT)), Fact(say("Rule"), rule)]
        return ClockFacts(
            say(TARGET_WORDS.get(clock.target, clock.target)),
            state.value,
            say(STATE_WORDS[state]),
            tuple(fact for fact in facts if fact.words or fact.at),
        )

    def warnings(self, row: Row) -> Iterator[str]:
        """What was missed: steps of escalation, and an explanation that is owed."""
        for step in row.escalations:
            due = self.at(step.due_at)
            yield self._say(
                "Raised from {old} to {new} at {at}: {why}.",
                old=self._priority(step.from_),
                new=self._priority(step.to),
                at=self._words(step.at),
                why=self._say(step.reason),
            ) + (" " + self._say("New deadline: {at}.", at=due.words) if due else "")
        if row.explanation is not None:
            yield self._say(
                "An explanation of the missed deadline is owed since {at}.", at=self._words(row.explanation)
            )
        if row.update_state is SlaState.OVERDUE:
            yield self._say("{what} is overdue.", what=self._say(TARGET_WORDS[row.update.target]))

    def notes(self, notes: Sequence[Note]) -> list[Words]:
        """The latest notes of a ticket of our own, newest first."""
        latest = reversed(notes[-NOTES_LIMIT:])
        return [
            Words(self.at(note.at), legible(note.by, NAME_LIMIT), legible_block(note.text, DESCRIPTION_LIMIT))
            for note in latest
        ]

    def changes(self, changes: Iterable[Change]) -> list[Fact]:
        """The last changes, each with its instant and, for a ticket of our own, with who made it."""
        return [
            Fact(
                self._say(_FIELDS.get(change.field, change.field)),
                self._became(change),
                self.at(change.at),
            )
            for change in changes
        ]

    def _since(self, name: str, at: datetime | None) -> Fact:
        if at is None:
            return Fact(self._say(name))
        return Fact(self._say(name), lasting(self._now - at, self._say), self.at(at), int(at.timestamp()))

    def _left(self, left: timedelta | None, before: str, after: str, due_at: datetime | None = None) -> Fact:
        if left is None:
            return Fact(self._say(before))
        name = self._say(before if left >= _NO_TIME else after)
        return Fact(name, lasting(abs(left), self._say), ticks=int(due_at.timestamp()) if due_at else None)

    def _allowed(self, clock: SlaClock) -> str:
        words = lasting(clock.allowed or _NO_TIME, self._say)
        return f"{words} {self._say('of business time')}" if clock.measure == "working" else words

    def _became(self, change: Change) -> str:
        words = " → ".join(self._value(change, value) for value in (change.old, change.new) if value)
        if change.by == change.ticket.rpartition("-")[0]:  # its source: nobody in particular
            return words
        by = legible(change.by, NAME_LIMIT)
        return f"{words} ({by})" if words else by

    def _value(self, change: Change, value: str) -> str:
        if change.field.endswith("_at"):
            try:
                return self._words(parse_instant(value))
            except TicketError:
                return legible(value, NAME_LIMIT)
        if change.field in _OURS:
            return self._say(legible(_OURS[change.field].get(value, value), NAME_LIMIT))
        return legible(value, NAME_LIMIT)

    def _words(self, at: datetime | None) -> str:
        short = moment(at, self._zone, self._say)
        return short.words if short else ""

    def _priority(self, priority: Priority) -> str:
        return self._say(PRIORITY_WORDS[priority.value])

    def _name(self, who: Person | None) -> str:
        if who is None:
            return ""
        return legible(who.name or who.id, NAME_LIMIT) or self._say("Somebody")


def description_of(ticket: Ticket) -> str:
    """The text of a ticket, line by line."""
    return legible_block(ticket.description, DESCRIPTION_LIMIT)


def lasting(duration: timedelta, say: Wording) -> str:
    """As ``lasting`` of ``static/js/wall.js`` has it: ``1 h 05 m``, ``2 d 03 h``, ``9 m 05 s``."""
    seconds = int(duration.total_seconds())
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days > 9:
        return say("{0} d", days)
    if days:
        return say("{0} d {1} h", days, f"{hours % 24:02}")
    if hours:
        return say("{0} h {1} m", hours, f"{minutes % 60:02}")
    if minutes > 9:
        return say("{0} m", minutes)
    return say("{0} m {1} s", minutes, f"{seconds % 60:02}") if minutes else say("{0} s", seconds)
