"""Writes into a helpdesk that happen once: raised priorities with their note, and notes that people write.

What is about to be written is on the disk before it leaves. When no answer comes, or this process dies in
between, the helpdesk is read before anything is sent again: a note is known by the code at its end, a
priority by its value.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from hashlib import sha256
from pathlib import Path

from deskwatch.core.escalating import Escalation, escalations_of
from deskwatch.core.sla_rules import SlaRules
from deskwatch.core.standing import standing_of
from deskwatch.core.ticket import Priority, Ticket, format_instant
from deskwatch.sources.source import SourceError
from deskwatch.sources.write_back import CodeReusedError, Pen, WriteBackSettings
from deskwatch.store.errors import StoreError
from deskwatch.write_ledger import Entry, Ledger

log = logging.getLogger(__name__)

SETTLE_AFTER = timedelta(seconds=60)
"""A request without an answer may still be obeyed for a while: before this nothing is read, or sent again."""
REFUSED_REST = timedelta(minutes=15)
"""How long a helpdesk that refuses the key or the right to write is left alone."""
TROUBLED_REST = timedelta(seconds=30)
MOST_AT_ONCE = 5
"""Entries of one round, so that writing never keeps a poll waiting for long."""
DRY = "Raised priorities are only logged and not written while alerts.mode is log or redirect."
_WORDS = {Priority.LOW: "Low", Priority.MEDIUM: "Medium", Priority.HIGH: "High", Priority.URGENT: "Urgent"}


class NotKnownYetError(SourceError):
    """Something left and no answer came: whether it arrived is looked up in a moment."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a configuration says about writing: ``dry`` (mode ``log``) only logs what would be written."""

    allowed: WriteBackSettings
    rules: SlaRules
    zone: tzinfo
    dry: bool = False


class WriteBack:
    """The writes of one source. ``run`` does what is due; ``note``, ``set_priority`` are for whoever asks."""

    def __init__(self, source: str, pen: Pen, path: Path, terms: Terms) -> None:
        self._source, self._pen, self._terms = source, pen, terms
        self._ledger = Ledger(path)
        self._looked: dict[str, tuple[Ticket, datetime | None]] = {}
        self._told: set[str] = set()
        self._rests_until: datetime | None = None
        self.problem = ""
        """In words what keeps us from writing; empty: nothing does."""

    @property
    def waiting(self) -> int:
        """How many writes are not settled."""
        return sum(entry.is_open for entry in self._ledger.entries.values())

    # What others ask for

    def note(self, id_: str, text: str, by: str, code: str, *, now: datetime) -> None:
        """See ``Writes.note``."""
        if not self._terms.allowed.note:
            words = f"notes are not written into {self._source}: write_back.note is false"
            raise SourceError("config", words)
        name = code_of(code)
        said = f"{text}\n\n{by}, through Deskwatch [{name}]"
        mark = sha256(f"{id_}\n{said}".encode("utf-8", "replace")).hexdigest()[:16]
        entry = self._ledger.entries.get(name)
        if entry is None or entry.state == "refused":
            entry = Entry(kind="note", ticket=id_, at=now, text=said, said=mark)
            self._ledger.entries[name] = entry
        if entry.said not in ("", mark):  # older entries have none
            raise CodeReusedError("config", f"ticket {entry.ticket} was given another note with this code")
        try:
            self._write_note(entry, name, now)
        except SourceError as error:
            if _was_refused(error) and error.kind != "rate_limited":
                # whoever asked is told, and may ask again
                self._close(entry, "refused", error.words, now)
            raise

    def set_priority(self, id_: str, priority: Priority, *, now: datetime) -> None:
        """See ``Writes.set_priority``."""
        if not self._terms.allowed.priority:
            words = f"priorities are not written into {self._source}: write_back.priority is false"
            raise SourceError("config", words)
        self._pen.put_priority(id_, priority, now=now)

    # What the watcher does in each round

    def run(self, known: Mapping[str, Ticket], *, now: datetime) -> float | None:
        """Raise in the helpdesk what was raised here, and settle what is open.

        Never raises: what went wrong is ``problem``. Answers for how many seconds the helpdesk asked to be
        left alone.
        """
        try:
            if self._terms.allowed.priority:
                self._find(known, now)
                self.problem = DRY if self._terms.dry else self.problem
            if self._rests_until is not None and now < self._rests_until:
                return None
            due = [pair for pair in self._ledger.entries.items() if self._may_send(pair[1])]
            if due:
                self.problem, self._rests_until = "", None
            by_id = {ticket.id: ticket for ticket in known.values()} if due else {}
            for name, entry in due[:MOST_AT_ONCE]:
                self._settle(name, entry, by_id.get(entry.ticket), now)
        except SourceError as error:
            return self._hear(error, now)
        except StoreError as error:
            self.problem = f"Nothing is written into the helpdesk: {error}"
        return None

    def _may_send(self, entry: Entry) -> bool:
        """Whether an entry is open, and still allowed: an admin may have changed their mind since."""
        if entry.kind == "note" and entry.why != "of a priority":
            return entry.is_open and self._terms.allowed.note
        return entry.is_open and self._terms.allowed.priority and not self._terms.dry

    def _find(self, known: Mapping[str, Ticket], now: datetime) -> None:
        """Tickets whose priority counts as raised. A ticket is looked at again when it or time changed it."""
        for key, ticket in known.items():
            before = self._looked.get(key)
            if before is not None and before[0] is ticket and (before[1] is None or now < before[1]):
                continue
            standing = standing_of(ticket, self._terms.rules, now=now)
            self._looked[key] = (ticket, standing.next_change)
            if standing.escalations:
                self._take_up(ticket, standing.escalations, now)
        for key in self._looked.keys() - known.keys():
            del self._looked[key]

    def _take_up(self, ticket: Ticket, steps: tuple[Escalation, ...], now: datetime) -> None:
        names = [name_of(ticket, step) for step in steps]
        last = steps[-1]
        if names[-1] in self._ledger.entries:
            return
        text = self._why(steps)
        if self._terms.dry:
            if names[-1] not in self._told:
                self._told.add(names[-1])
                log.info(
                    "%s: mode log, so this is not written to ticket %s: %s", self._source, ticket.id, text
                )
            return
        for name in names[:-1]:
            self._ledger.entries.setdefault(
                name, Entry(kind="priority", ticket=ticket.id, at=now, state="done", why="raised further")
            )
        self._ledger.entries[names[-1]] = Entry(
            kind="priority", ticket=ticket.id, at=now, from_=steps[0].from_, to=last.to, text=text
        )

    def _why(self, steps: tuple[Escalation, ...]) -> str:
        last = steps[-1]
        due = last.at.astimezone(self._terms.zone)
        raised = f"{_WORDS[steps[0].from_]} to {_WORDS[last.to]}"
        return f"Deskwatch raised the priority from {raised}: {last.reason} {due:%Y-%m-%d %H:%M %Z}."

    # One entry

    def _settle(self, name: str, entry: Entry, ticket: Ticket | None, now: datetime) -> None:
        try:
            if entry.kind == "note":
                self._write_note(entry, name, now)
            else:
                self._raise(name, entry, ticket, now)
        except SourceError as error:
            if error.kind == "not_found":
                self._close(entry, "refused", "the ticket is gone", now)
            elif error.status is not None and error.status < 500 and _is_final(error):
                self._close(entry, "refused", error.words, now)
                self.problem = error.words
                log.warning("%s: %s; this is not tried again", self._source, error.words)
            elif not isinstance(error, NotKnownYetError):
                raise

    def _raise(self, name: str, entry: Entry, ticket: Ticket | None, now: datetime) -> None:
        if entry.state == "sent" and now < entry.at + SETTLE_AFTER:
            return
        there = self._pen.priority_of(entry.ticket, now=now)
        wanted, was = Priority(entry.to), Priority(entry.from_)
        if entry.state == "sent":
            if there.priority is wanted:
                self._raised(name, entry, now)
                return
            if there.priority is not was or _text(there.updated_at) != entry.seen:
                self._close(entry, "done", "somebody set another priority since", now)
                return
            entry.state = "waiting"
        if ticket is None or name not in self._names_now(ticket, now):
            self._close(entry, "done", "it is not raised any more", now)
        elif there.priority is not None and there.priority.rank >= wanted.rank:
            self._close(entry, "done", "the helpdesk has it already", now)
        elif there.priority is was:  # another one is news that the next poll brings
            self._send_priority(entry, wanted, _text(there.updated_at), now)
            self._raised(name, entry, now)

    def _names_now(self, ticket: Ticket, now: datetime) -> list[str]:
        return [name_of(ticket, step) for step in escalations_of(ticket, self._terms.rules, now=now)]

    def _send_priority(self, entry: Entry, wanted: Priority, seen: str, now: datetime) -> None:
        entry.seen = seen
        self._about_to_send(entry, now)
        try:
            self._pen.put_priority(entry.ticket, wanted, now=now)
        except SourceError as error:
            self._back(entry, error, now)
            raise

    def _raised(self, name: str, entry: Entry, now: datetime) -> None:
        """The priority is there: next comes the note that says why, known by a code of its own."""
        log.info("%s: ticket %s has priority %s now", self._source, entry.ticket, entry.to)
        code = code_of(f"{self._source} {name}")
        text = f"{entry.text} [{code}]"
        self._ledger.entries.setdefault(
            code, Entry(kind="note", ticket=entry.ticket, at=now, text=text, why="of a priority")
        )
        self._close(entry, "done", "", now)
        self._settle(code, self._ledger.entries[code], None, now)

    def _write_note(self, entry: Entry, code: str, now: datetime) -> None:
        if entry.state == "done":
            return
        if entry.state == "sent":
            if now < entry.at + SETTLE_AFTER:
                words = (
                    f"whether the note reached ticket {entry.ticket} is not known yet; it is looked up soon"
                )
                raise NotKnownYetError("timeout", words)
            if self._pen.has_note(entry.ticket, code, now=now):
                self._close(entry, "done", "", now)
                return
        self._about_to_send(entry, now)
        try:
            self._pen.add_note(entry.ticket, entry.text, now=now)
        except SourceError as error:
            self._back(entry, error, now)
            raise
        self._close(entry, "done", "", now)

    def _about_to_send(self, entry: Entry, now: datetime) -> None:
        before, entry.state, entry.at = (entry.state, entry.at), "sent", now
        try:
            self._ledger.save(now=now)
        except StoreError:
            entry.state, entry.at = before
            raise

    def _back(self, entry: Entry, error: SourceError, now: datetime) -> None:
        """A refusal is an answer: nothing was written, so nothing has to be looked up."""
        if _was_refused(error):
            entry.state, entry.at = "waiting", now
            self._ledger.save(now=now)

    def _close(self, entry: Entry, state: str, why: str, now: datetime) -> None:
        entry.state, entry.at, entry.why = ("refused" if state == "refused" else "done"), now, why
        entry.text = ""
        self._ledger.save(now=now)

    def _hear(self, error: SourceError, now: datetime) -> float | None:
        """What keeps us from writing, in words, and until when it is not tried again."""
        rest = REFUSED_REST if error.kind in ("auth", "forbidden") else TROUBLED_REST
        if error.retry_after is not None:
            rest = timedelta(seconds=error.retry_after)
        self._rests_until = now + rest
        if error.kind == "forbidden":
            self.problem = (
                "The agent behind the API key may read tickets and not edit them: give that agent the right, "
                f"or set write_back.priority of {self._source} to false"
            )
        elif error.kind != "rate_limited" or error.status is not None:
            self.problem = error.words
        log.warning("%s: %s", self._source, self.problem or error.words)
        return error.retry_after if error.status is not None else None


def name_of(ticket: Ticket, step: Escalation) -> str:
    """What an escalation is known by: the ticket, the deadline, the instant it was missed."""
    return f"raise {ticket.id} {step.target} {format_instant(step.at)}"


def code_of(name: str) -> str:
    """The short code by which a note is found again."""
    return f"dw-{sha256(name.encode()).hexdigest()[:12]}"


def _is_final(error: SourceError) -> bool:
    """Whether this helpdesk will say the same of this ticket tomorrow."""
    return error.kind not in ("auth", "forbidden", "rate_limited")


def _was_refused(error: SourceError) -> bool:
    if error.status is None:
        return error.kind in ("config", "rate_limited")  # ours, before anything was sent
    return 300 <= error.status < 500


def _text(at: datetime | None) -> str:
    return "" if at is None else format_instant(at)
