"""Escalation policies: who is told at once, who is told when nobody reacts, and what happens at the end."""

from dataclasses import dataclass
from datetime import timedelta

MOST_REPEATS = 5
"""How often the whole ladder may be climbed again; a ladder that never ends only teaches people to mute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationStep:
    """One rung of the ladder.

    Attributes:
        notify: targets such as ``oncall.primary``, ``assignee``, ``ana`` or ``channel:helpdesk``.
        after: how long after the step before; of the first step, after the alert.
        channels: everybody is told by each of these; empty: by the person's own order.
        otherwise: targets that are tried one by one when ``notify`` reaches nobody.
    """

    notify: tuple[str, ...]
    after: timedelta = timedelta(0)
    channels: tuple[str, ...] = ()
    otherwise: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationPolicy:
    """A ladder of steps.

    Attributes:
        repeat: how often the ladder is climbed again while nobody acknowledges, 0 to ``MOST_REPEATS``.
        repeat_after: from the last step to the next lap, and from the last lap to the last resort.
        acknowledgement_lapses: an acknowledgement ends after this time when the ticket is still late.
        cc: targets that get a copy by mail of every step that tells somebody.
        last_resort: target that is told when nobody else could be; ``None``: that of the desk.
    """

    name: str
    steps: tuple[EscalationStep, ...]
    repeat: int = 0
    repeat_after: timedelta = timedelta(minutes=15)
    acknowledgement_lapses: timedelta | None = timedelta(hours=4)
    cc: tuple[str, ...] = ()
    last_resort: str | None = None
