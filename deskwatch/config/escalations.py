"""The ``escalations:`` of ``alerts.yaml``: who is told, and who next when nobody reacts."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from deskwatch.config.fields import Auto, ChannelName, Name
from deskwatch.config.targets import Target
from deskwatch.core.escalation_policy import MOST_REPEATS, EscalationPolicy, EscalationStep
from deskwatch.settings import Duration, Strict, at_least, at_most

_POLICY = EscalationPolicy(name="", steps=())
"""Where the defaults come from, so that the rules and their file cannot drift apart."""


class StepSettings(Strict):
    """One step."""

    after: Annotated[Duration, at_most("7d")] = timedelta(0)
    """How long after the step before; of the first step, after the alert. A step that can tell nobody is
    skipped at once."""
    notify: Annotated[list[Target], Field(min_length=1)]
    """Who is told: ``oncall`` (everybody on call), ``oncall.LAYER``, ``next`` (who is on call next),
    ``assignee``, ``group``, ``manager``, ``admin``, a person, or a room as ``channel:NAME``."""
    otherwise: list[Target] = Field(default_factory=list)
    """Tried one by one when ``notify`` reaches nobody, for example ``[group, oncall]``."""
    channels: list[ChannelName] = Field(default_factory=list)
    """Everybody is told by each of these. Empty: by the person's own order."""

    def step(self) -> EscalationStep:
        """The step for the core."""
        return EscalationStep(
            notify=tuple(self.notify),
            after=self.after,
            channels=tuple(self.channels),
            otherwise=tuple(self.otherwise),
        )


class EscalationSettings(Strict):
    """One ladder of steps."""

    steps: Annotated[list[StepSettings], Field(min_length=1, max_length=20)]
    """One after another, until somebody acknowledges."""
    repeat: Annotated[int, Field(ge=0, le=MOST_REPEATS)] = _POLICY.repeat
    """How often all steps are taken again while nobody acknowledges."""
    repeat_after: Annotated[Duration, at_least("1s"), at_most("7d")] = _POLICY.repeat_after
    """From the last step to the next lap, and from the last lap of an urgent alert to the last resort."""
    acknowledgement_lapses: Annotated[
        Annotated[Duration, at_least("1s"), at_most("30d")] | None, Auto("never")
    ] = _POLICY.acknowledgement_lapses
    """An acknowledgement ends after this time when the ticket is still late; ``never``: it does not."""
    cc: list[Target] = Field(default_factory=list)
    """Who gets a copy by mail of each step of the first lap."""
    last_resort: Target | None = None
    """Who is told when nobody can be, and when nobody acknowledged something urgent. Default: ``last_resort``
    of ``people.yaml``, else the admins."""

    def policy(self, name: str) -> EscalationPolicy:
        """The ladder for the core."""
        return EscalationPolicy(
            name=name,
            steps=tuple(step.step() for step in self.steps),
            repeat=self.repeat,
            repeat_after=self.repeat_after,
            acknowledgement_lapses=self.acknowledgement_lapses,
            cc=tuple(self.cc),
            last_resort=self.last_resort,
        )


def _step(*notify: str, after: int = 0, otherwise: tuple[str, ...] = ()) -> StepSettings:
    return StepSettings(notify=list(notify), after=timedelta(minutes=after), otherwise=list(otherwise))


DEFAULT_ESCALATIONS: Mapping[str, EscalationSettings] = {
    "on-call": EscalationSettings(
        steps=[_step("oncall"), _step("next", after=10), _step("manager", after=10)], repeat=1
    ),
    "everyone-on-call": EscalationSettings(steps=[_step("everyone_on_call"), _step("manager", after=15)]),
    "assignee": EscalationSettings(steps=[_step("assignee", otherwise=("group", "oncall", "manager"))]),
    "late": EscalationSettings(
        steps=[
            _step("assignee", otherwise=("group",)),
            _step("oncall", after=15),
            _step("manager", after=30),
        ],
        cc=["manager"],
    ),
    "explanation": EscalationSettings(
        steps=[
            _step("assignee", otherwise=("group",)),
            _step("assignee", after=120),
            _step("assignee", "manager", after=240),
        ]
    ),
    "admin": EscalationSettings(steps=[_step("admin")], repeat=1),
}
"""The ladders that are there without writing any."""


Escalations = dict[Name, EscalationSettings]
