"""One text before it is written: what it tells, to whom, and everything its templates may say."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from deskwatch.core.alerts import Alert, AlertKind
from deskwatch.core.desk import ROOM
from deskwatch.core.people import Contact, Urgency
from deskwatch.core.ticket import Priority
from deskwatch.messages.facts import FACTS, is_allowed
from deskwatch.messages.text import Medium, Occasion
from deskwatch.messages.words import Clock, clean, clean_short, safe_url

NOTHING_TO_TAKE = frozenset(
    {
        AlertKind.RESOLVED,
        AlertKind.BACKLOG,
        AlertKind.SHIFT_STARTS,
        AlertKind.DIGEST,
        AlertKind.RECOVERED,
        AlertKind.TAKEN,
        AlertKind.ANSWER,
    }
)
"""News: nobody has to react, so that no text asks for it."""

LONGEST_SUBJECT, LONGEST_SENTENCE, LONGEST_FACT = 120, 320, 80
LONGEST_SHORT_SUBJECT, LONGEST_SHORT_FACT = 100, 36
MOST_TICKETS = 200
_RANK = {priority.value: -priority.rank for priority in Priority}

_LISTS = frozenset({"tickets", "late", "turns"})
_EMPTY: Mapping[str, Any] = {**dict.fromkeys(_LISTS, ()), "people": (), "figures": {}}

Values = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What ``Messages.render`` was asked for."""

    medium: Medium
    alerts: tuple[Alert, ...]
    recipient: Contact
    code: str
    now: datetime
    zone: tzinfo
    allowed: Collection[str]
    step: int = 0
    lap: int = 0
    why_me: str = ""
    repeat: bool = False
    base_url: str = ""
    occasion: Occasion = "alert"
    can_reply: bool = False
    meant_for: str = ""
    copy: bool = False

    @property
    def head(self) -> str:
        """What stands before every text: the code, for whom it was meant, whether it may be a repeat."""
        again = "(repeat) " if self.repeat else ""
        return f"[{self.code}] {again}{self.true_recipient}"

    @property
    def true_recipient(self) -> str:
        """``For Ana Lima: ``, when somebody else gets it."""
        return f"For {self._clean(self.meant_for, LONGEST_SHORT_FACT)}: " if self.meant_for else ""

    @property
    def clock(self) -> Clock:
        """The time of the text."""
        return Clock(self.now, self.zone, spoken=self.medium == "speech")

    def values(self) -> Values:
        """What holds for the text as a whole."""
        why = self.why_me.removeprefix("you are ").rstrip(". ")
        return {
            "_clock": self.clock,
            "medium": self.medium,
            "code": self.code,
            "head": self.head,
            "meant_for": self._clean(self.meant_for, LONGEST_SHORT_FACT),
            "you": self._clean(self.recipient.name, LONGEST_FACT),
            "why": "" if self.recipient.id.startswith(ROOM) else self._clean(why, LONGEST_FACT),
            "step": self.step,
            "lap": self.lap,
            "repeat": self.repeat,
            "copy": self.copy,
            "can_reply": self.can_reply,
            "wall": safe_url(self.base_url),
            "takeable": not self.copy and any(alert.kind not in NOTHING_TO_TAKE for alert in self.alerts),
            "urgent": any(alert.urgency is Urgency.URGENT for alert in self.alerts),
        }

    def values_of(self, alert: Alert) -> Values:
        """The facts of one alert, each name there, and what follows from them."""
        facts = self.readable(alert.facts)
        urgent = alert.urgency is Urgency.URGENT
        word = facts["priority_word"] or ("Urgent" if urgent else "")
        agents = {str(alert.facts.get(name)).casefold() for name in ("agent", "agent_id")}
        agents.add(f"{alert.facts.get('source')}:{alert.facts.get('agent_id')}".casefold())
        return {
            **facts,
            "kind": alert.kind.value,
            "about_desk": alert.ticket is None,
            "is_yours": bool(agents & self.recipient.agents),
            "is_urgent": urgent,
            "occurred_at": alert.occurred_at.isoformat(),
            "label": f"{word.upper()} {facts['ref']}".strip() if alert.ticket else "Deskwatch",
        }

    def readable(self, facts: Mapping[str, Any]) -> Values:
        """The facts this medium may contain, fit to be read; those the alert does not have are empty."""
        values: Values = {name: _EMPTY.get(name, "") for name in FACTS}
        for name in FACTS:
            if facts.get(name) not in (None, "") and is_allowed(name, self.allowed):
                values[name] = self._fact(name, facts[name])
        if values["priority"] and not values["priority_word"]:
            values["priority_word"] = str(values["priority"]).capitalize()
        number = str(values["number"])[:24]
        values["ref"] = f"#{number}" if number[:1].isdigit() else number or values["ticket"]
        return values

    def by_ticket(self) -> tuple[Alert, ...]:
        """The alerts, the most urgent first, and of each ticket the most urgent only."""
        first: dict[str, Alert] = {}
        for alert in sorted(self.alerts, key=_urgent_first):
            first.setdefault(alert.ticket or alert.key, alert)
        return tuple(first.values())

    def _fact(self, name: str, value: Any) -> Any:
        if name == "url":
            return safe_url(value)
        if name in _LISTS and isinstance(value, Sequence):
            return [self._ticket(entry) for entry in value[:MOST_TICKETS]]
        if name == "people" and isinstance(value, Sequence) and not isinstance(value, str):
            return [self._clean(str(entry), LONGEST_FACT) for entry in value[:MOST_TICKETS]]
        if name == "figures":
            figures = list(value.items())[:MOST_TICKETS] if isinstance(value, Mapping) else []
            return {self._clean(str(key), LONGEST_FACT): self._number(count) for key, count in figures}
        if name == "count":
            return self._number(value)
        return self._clean(str(value), self._longest(name))

    def _ticket(self, entry: Any) -> Values:
        values = self.readable(entry if isinstance(entry, Mapping) else {"number": entry})
        return {**values, "what": values["detail"]}

    def _number(self, value: Any) -> Any:
        return value if isinstance(value, int | float) else self._clean(str(value), LONGEST_FACT)

    def _longest(self, name: str) -> int:
        short = self.medium == "short"
        if name == "subject":
            return LONGEST_SHORT_SUBJECT if short else LONGEST_SUBJECT
        if name in ("detail", "error"):
            return LONGEST_SHORT_SUBJECT if short else LONGEST_SENTENCE
        return LONGEST_SHORT_FACT if short else LONGEST_FACT

    def _clean(self, text: str, limit: int) -> str:
        return clean_short(text, limit) if self.medium == "short" else clean(text, limit)


def _urgent_first(alert: Alert) -> tuple[bool, int, datetime]:
    return (
        alert.urgency is not Urgency.URGENT,
        _RANK.get(str(alert.facts.get("priority")), 0),
        alert.occurred_at,
    )
