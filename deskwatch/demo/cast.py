"""Who writes a demo ticket, about what, and who works on it: drawn from a random stream."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, TypeVar

from deskwatch.demo.directory import (
    APPLICATIONS,
    IT,
    NETWORK,
    PROFESSIONAL_SERVICES,
    PROJECTS,
    SERVICE_DESK,
    Directory,
)
from deskwatch.demo.records import Human
from deskwatch.demo.texts import Letter, filled, letters, words

_QUEUES = {"desk": SERVICE_DESK, "network": NETWORK, "apps": APPLICATIONS, "projects": PROFESSIONAL_SERVICES}
_SHARES = {"desk": 50, "network": 20, "apps": 30}
_PRIORITIES = {
    "high": {2: 25, 3: 45, 4: 30},
    "normal": {1: 24, 2: 48, 3: 22, 4: 6},
    "low": {1: 70, 2: 30},
    "planned": {1: 45, 2: 45, 3: 10},
}
"""What is at stake to the shares of priorities 1 (low) to 4 (urgent). Requests and projects are planned."""
_CHANNELS = {1: 46, 2: 38, 3: 9, 4: 3, 15: 4}
_TAGS = ("vip", "repeat", "on-site", "supplier", "audit")
_WRITES_IN_ENGLISH = 0.35
_AGENT_ASKS = 0.02
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Everything about a ticket that is known when it is written."""

    letter: Letter
    subject: str
    body: str
    priority: int
    requester: Human
    group_id: int
    agents: Sequence[int]
    channel: int
    site: str
    tags: tuple[str, ...]

    def ticket_fields(self, ticket_id: int, at: datetime) -> dict[str, Any]:
        """What ``Helpdesk.create_ticket`` needs."""
        projects = self.group_id == PROFESSIONAL_SERVICES
        own_field = (
            {"contract": f"C-{ticket_id % 900 + 100}"}
            if projects
            else {"asset_tag": f"WS-{ticket_id % 9000}"}
        )
        return {
            "id": ticket_id,
            "created_at": at.replace(microsecond=0),
            "subject": self.subject,
            "description": self.body,
            "requester_id": self.requester.id,
            "department_id": self.requester.department_id,
            "group_id": self.group_id,
            "workspace_id": PROJECTS if projects else IT,
            "type": "Service Request" if self.letter.request else "Incident",
            "category": self.letter.category,
            "priority": self.priority,
            "urgency": min(self.priority, 3),
            "impact": 1 + (self.priority > 2),
            "source": self.channel,
            "custom_fields": {"site": self.site, **own_field},
            "tags": self.tags,
        }


class Cast:
    """Draws roles. The same stream always draws the same role."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._requesters = list(directory.requesters.values())
        self._agents = list(directory.agents.values())
        self._letters = {
            (language, queue): [letter for letter in of if letter.queue == queue]
            for language, of in letters().items()
            for queue in _QUEUES
        }

    def draw(self, rng: Random, *, projects: float) -> Role:
        """A role. ``projects``: the probability that it belongs to client projects."""
        queue = "projects" if rng.random() < projects else _weighted(rng, _SHARES)
        requester = self._requesters[int(len(self._requesters) * rng.random() ** 1.6)]
        language = "en" if rng.random() < _WRITES_IN_ENGLISH else requester.language
        letter = rng.choice(self._letters.get((language, queue)) or self._letters["en", queue])
        subject, body = filled(rng, letter)
        group = self._directory.groups[_QUEUES[queue]]
        return Role(
            letter=letter,
            subject=subject,
            body=body,
            priority=_priority(rng, letter),
            requester=rng.choice(self._agents) if rng.random() < _AGENT_ASKS else requester,
            group_id=group.id,
            agents=rng.sample(group.agent_ids, len(group.agent_ids)),
            channel=_weighted(rng, _CHANNELS),
            site=rng.choice(words()["site"]),
            tags=tuple(rng.sample(_TAGS, rng.choice((0, 0, 0, 1, 1, 2)))),
        )


def _priority(rng: Random, letter: Letter) -> int:
    planned = letter.request or letter.queue == "projects"
    return _weighted(rng, _PRIORITIES["planned" if planned else letter.stakes])


def _weighted(rng: Random, shares: Mapping[_T, int]) -> _T:
    return rng.choices(list(shares), list(shares.values()))[0]
