"""The life of one demo ticket, written down at its birth: a pure function of a random stream."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any, NamedTuple

from deskwatch.demo.cast import Cast
from deskwatch.demo.helpdesk import Helpdesk
from deskwatch.demo.statuses import (
    CUSTOMER_REPLIED,
    ON_HOLD,
    OPEN,
    PENDING,
    SCHEDULED,
    UNDER_INVESTIGATION,
    WAITING_ON_CUSTOMER,
    WAITING_ON_THIRD_PARTY,
)
from deskwatch.demo.texts import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a kind of ticket lives.

    Args:
        beat: the unit its steps are measured in; ``attention`` that of the first two, until it is answered.
        kept: how long a ticket that is over can still be looked up.
        projects: the share of tickets that belong to client projects.
    """

    name: str
    life: Callable[[Random], timedelta]
    longest: timedelta
    beat: timedelta
    attention: timedelta
    kept: timedelta = timedelta(days=1)
    projects: float = 0.04


class Scene(NamedTuple):
    """Something that happens to a demo ticket. Scenes sort by instant, then ticket, then their own order."""

    at: datetime
    ticket_id: int
    number: int
    act: Callable[[Helpdesk], object]

    def happen(self, helpdesk: Helpdesk) -> None:
        """Do it."""
        self.act(helpdesk)


# How urgency hurries people: factors on the beats until somebody takes and answers a ticket, and on its life.
_HASTE = {4: 0.08, 3: 0.35, 2: 1.0, 1: 1.4}
_LIFE_FACTOR = {4: 0.45, 3: 0.6, 2: 1.0, 1: 1.15}
MEAN_LIFE_FACTOR = 0.88
"""Over all the letters that are written."""


class Story:
    """Writes the scenes of one ticket. Durations are exponential around a mean in beats."""

    def __init__(self, rng: Random, ticket_id: int, born_at: datetime, pace: Pace, cast: Cast) -> None:
        self._rng, self._id, self._pace = rng, ticket_id, pace
        self._role = cast.draw(rng, projects=pace.projects)
        life = min(pace.life(rng) * _LIFE_FACTOR[self._role.priority], pace.longest)
        self._ends_at = born_at + life
        self._at = born_at
        self._scenes: list[Scene] = []
        self._agent = self._role.agents[0]

    def scenes(self) -> list[Scene]:
        """From the first letter to the shredder."""
        self._then(Helpdesk.create_ticket, **self._role.ticket_fields(self._id, self._at))
        if self._rng.random() < 0.025:
            self._vanish()
            return self._scenes
        self._take_over()
        while self._at < self._ends_at:
            self._work()
        self._at = self._ends_at
        self._finish()
        return self._scenes

    # The parts

    def _take_over(self) -> None:
        haste = _HASTE[self._role.priority] * (self._pace.attention / self._pace.beat)
        if self._wait(9 * haste):
            self._then(Helpdesk.assign, agent_id=self._agent)
            if self._wait(9 * haste):
                self._say("answers")
                if self._rng.random() < 0.5:
                    self._status(UNDER_INVESTIGATION)

    def _work(self) -> None:
        if not self._wait(8):
            return
        turn = self._rng.random()
        if turn < 0.42:
            self._ask_the_customer()
        elif turn < 0.54:
            self._rest(WAITING_ON_THIRD_PARTY, 18, "waits")
        elif turn < 0.62:
            self._rest(SCHEDULED, 22, None)
        elif turn < 0.70:
            self._rest(ON_HOLD, 26, None)
        elif turn < 0.77:
            self._rest(PENDING, 12, None)
        elif turn < 0.82:
            self._agent = self._rng.choice(self._role.agents)
            self._then(Helpdesk.assign, agent_id=self._agent)
        elif turn < 0.86:
            self._then(Helpdesk.note, text=say(self._rng, "notes"), agent_id=self._agent)
        else:
            self._say("updates")

    def _ask_the_customer(self) -> None:
        self._say("questions")
        self._status(WAITING_ON_CUSTOMER)
        while self._wait(14) and self._rng.random() < 0.2:
            self._say("reminders")
        if self._at < self._ends_at:
            self._hear_from_the_customer()
            if self._wait(6 * _HASTE[self._role.priority]):
                self._say("updates")
                self._status(UNDER_INVESTIGATION)

    def _hear_from_the_customer(self, kind: str = "replies") -> None:
        self._then(Helpdesk.customer_reply, text=say(self._rng, kind), status=CUSTOMER_REPLIED)

    def _rest(self, status: int, beats: float, words: str | None) -> None:
        if words:
            self._then(Helpdesk.note, text=say(self._rng, words), agent_id=self._agent)
        self._status(status)
        if self._wait(beats):
            self._status(UNDER_INVESTIGATION if self._rng.random() < 0.7 else OPEN)

    def _finish(self) -> None:
        self._say("endings")
        self._then(Helpdesk.resolve)
        if self._rng.random() < 0.06:
            self._pause(6)
            self._hear_from_the_customer("returns")
            self._pause(6)
            self._say("updates")
            self._pause(4)
            self._then(Helpdesk.resolve)
        self._pause(25)
        self._then(Helpdesk.close)
        self._shred()

    def _vanish(self) -> None:
        self._pause(3)
        self._then(self._rng.choice((Helpdesk.mark_spam, Helpdesk.mark_spam, Helpdesk.trash, Helpdesk.close)))
        self._shred()

    def _shred(self) -> None:
        self._at += self._pace.kept
        self._then(Helpdesk.forget)

    # The pen

    def _then(self, act: Callable[..., object], **words: Any) -> None:
        if act is not Helpdesk.create_ticket:
            words["id_"] = self._id
        at = self._at.replace(microsecond=0)
        self._scenes.append(Scene(at, self._id, len(self._scenes), partial(act, **words)))

    def _say(self, kind: str) -> None:
        self._then(Helpdesk.reply, text=say(self._rng, kind), agent_id=self._agent)

    def _status(self, status: int) -> None:
        self._then(Helpdesk.change_status, status=status)

    def _pause(self, beats: float) -> None:
        longest = self._pace.beat * beats * 4
        self._at += min(self._pace.beat * self._rng.expovariate(1 / beats), longest)

    def _wait(self, beats: float) -> bool:
        """Let time pass; whether the ticket still lives after it."""
        self._pause(beats)
        return self._at < self._ends_at
