"""Which light a status lamp shows for a board: the first rule that holds decides."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from deskwatch.core.sla_clock import SlaState
from deskwatch.core.ticket import Phase, Priority, Ticket
from deskwatch.core.turn import whose_turn

LightMode = Literal["solid", "blink", "strobe"]
"""How the lamp shines. ``blink``: slowly on and off; ``strobe``: as fast as it can."""
LightCause = Literal[
    "stale", "overdue", "critical", "open", "customer_replied", "urgent", "unassigned", "always"
]
"""When a rule holds. ``stale``: the tickets cannot be relied on; ``always``: the last rule of a list."""
LIGHT_CAUSES: tuple[LightCause, ...] = get_args(LightCause)

_UNTAKEN = frozenset({Phase.OPEN, Phase.PENDING})
_WORDS: dict[LightCause, tuple[str, str]] = {
    "overdue": ("1 ticket is overdue", "{} tickets are overdue"),
    "critical": ("1 ticket is due soon", "{} tickets are due soon"),
    "open": ("1 open ticket", "{} open tickets"),
    "customer_replied": ("1 customer waits for an answer", "{} customers wait for an answer"),
    "urgent": ("1 urgent ticket", "{} urgent tickets"),
    "unassigned": ("1 ticket has no agent", "{} tickets have no agent"),
}


@dataclass(frozen=True, slots=True)
class Colour:
    """Red, green and blue, 0 to 255 each."""

    red: int
    green: int
    blue: int

    def __post_init__(self) -> None:
        if not all(0 <= part <= 255 for part in (self.red, self.green, self.blue)):
            raise ValueError("red, green and blue go from 0 to 255")

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"


RED, YELLOW, GREEN, MAGENTA = Colour(255, 0, 0), Colour(255, 180, 0), Colour(0, 255, 0), Colour(255, 0, 255)
COLOURS = {
    "red": RED,
    "yellow": YELLOW,
    "green": GREEN,
    "magenta": MAGENTA,
    "blue": Colour(0, 0, 255),
    "white": Colour(255, 255, 255),
    "off": Colour(0, 0, 0),
}
"""Colours that may be called by their name."""


@dataclass(frozen=True, slots=True)
class LightRule:
    """When this holds, and no rule before it, the lamp shines so."""

    when: LightCause
    colour: Colour
    mode: LightMode = "solid"


DEFAULT_LIGHT = (
    LightRule("stale", MAGENTA),
    LightRule("overdue", RED, "strobe"),
    LightRule("open", RED),
    LightRule("customer_replied", YELLOW),
    LightRule("always", GREEN),
)


@dataclass(frozen=True, slots=True)
class LightFacts:
    """How many active tickets of a board meet each cause."""

    overdue: int = 0
    critical: int = 0
    open: int = 0
    customer_replied: int = 0
    urgent: int = 0
    unassigned: int = 0


@dataclass(frozen=True, slots=True)
class Light:
    """What the lamp shows, and in words why."""

    colour: Colour
    mode: LightMode
    when: LightCause
    reason: str

    def to_dict(self) -> dict[str, object]:
        """For ``state/light.json``, webhooks and the API."""
        parts = [self.colour.red, self.colour.green, self.colour.blue]
        return {
            "colour": str(self.colour),
            "rgb": parts,
            "mode": self.mode,
            "when": self.when,
            "reason": self.reason,
        }


class Standing(Protocol):
    """What a board's row says about its ticket."""

    @property
    def state(self) -> SlaState: ...
    @property
    def priority(self) -> Priority | None: ...


def facts_of(placed: Iterable[tuple[Ticket, Standing]]) -> LightFacts:
    """Count the active tickets of a board, each with its row."""
    counts = dict.fromkeys(("overdue", "critical", "open", "customer_replied", "urgent", "unassigned"), 0)
    for ticket, row in placed:
        counts["overdue"] += row.state is SlaState.OVERDUE
        counts["critical"] += row.state is SlaState.CRITICAL
        counts["open"] += ticket.phase is Phase.OPEN
        counts["customer_replied"] += _waits_for_us(ticket)
        counts["urgent"] += row.priority is Priority.URGENT
        counts["unassigned"] += ticket.agent is None and ticket.phase in _UNTAKEN
    return LightFacts(**counts)


def light_of(rules: Iterable[LightRule], facts: LightFacts, stale: str | None) -> Light:
    """The light of the first rule that holds; off when none does.

    Args:
        rules: in the order of their importance.
        facts: how the board stands.
        stale: in words why the tickets cannot be relied on; ``None``: they can.
    """
    for rule in rules:
        reason = _reason(rule.when, facts, stale)
        if reason is not None:
            return Light(rule.colour, rule.mode, rule.when, reason)
    return Light(COLOURS["off"], "solid", "always", "no rule holds")


def _reason(when: LightCause, facts: LightFacts, stale: str | None) -> str | None:
    if when == "stale":
        return stale
    if when == "always":
        return "nothing to do"
    count: int = getattr(facts, when)
    one, many = _WORDS[when]
    return None if not count else one if count == 1 else many.format(count)


def _waits_for_us(ticket: Ticket) -> bool:
    """Whether a customer waits for us though the ticket is not open, for then it counts as that."""
    return ticket.phase is not Phase.OPEN and whose_turn(ticket) == "us"
