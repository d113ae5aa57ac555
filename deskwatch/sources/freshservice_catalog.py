"""What ids mean in one helpdesk account: statuses, agents, groups, departments, workspaces."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deskwatch.core.ticket import Person, Phase
from deskwatch.sources.http_words import clean_line

_PHASE_WORDS = (
    (r"customer (replied|responded)|requester (replied|responded)", Phase.CUSTOMER_REPLIED),
    (r"(waiting|awaiting|pending).*(customer|requester|user|caller|client).*", Phase.WAITING_ON_CUSTOMER),
    (r"(waiting|awaiting|pending).*(third|3rd|vendor|supplier|external).*", Phase.WAITING_ON_THIRD_PARTY),
    (r"(on )?hold|parked|deferred", Phase.ON_HOLD),
    (r"scheduled|planned", Phase.SCHEDULED),
    (r"resolved|solved", Phase.RESOLVED),
    (r"closed", Phase.CLOSED),
    (r"pending", Phase.PENDING),
)


def phase_named(name: str) -> Phase | None:
    """The phase a status name says in plain English; None when it says nothing for certain."""
    words = name.casefold().strip()
    return next((phase for pattern, phase in _PHASE_WORDS if re.fullmatch(pattern + r"\W*", words)), None)


@dataclass(slots=True)
class Catalog:
    """The names of an account. ``version`` grows when anything in it changes."""

    statuses: dict[int, str] = field(default_factory=dict)
    agents: dict[str, Person] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    clients: dict[str, str] = field(default_factory=dict)
    workspaces: dict[int, str] = field(default_factory=dict)
    version: int = 0

    def learn(self, part: str, found: Mapping[Any, Any], *, whole: bool = True) -> None:
        """Take over what one endpoint told; with ``whole`` anything it no longer names is forgotten."""
        before = getattr(self, part)
        after = dict(found) if whole else before | dict(found)
        if after != before:
            setattr(self, part, after)
            self.version += 1

    def memory(self) -> dict[str, Any]:
        """The catalog as plain JSON values."""
        return {
            "statuses": {str(id_): name for id_, name in self.statuses.items()},
            "agents": {id_: [p.name, p.email] for id_, p in self.agents.items()},
            "groups": self.groups,
            "clients": self.clients,
            "workspaces": {str(id_): name for id_, name in self.workspaces.items()},
        }

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Take back what ``memory`` gave; anything odd is ignored and will be asked again."""
        self.statuses = {int(id_): name for id_, name in _texts(memory.get("statuses")) if id_.isdecimal()}
        self.workspaces = {int(i): name for i, name in _texts(memory.get("workspaces")) if i.isdecimal()}
        self.groups = dict(_texts(memory.get("groups")))
        self.clients = dict(_texts(memory.get("clients")))
        agents = memory.get("agents")
        self.agents = {
            id_: Person(id=id_, name=entry[0], email=entry[1] if isinstance(entry[1], str) else None)
            for id_, entry in (agents.items() if isinstance(agents, dict) else ())
            if isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str)
        }
        self.version += 1


def _texts(value: Any) -> Iterable[tuple[str, str]]:
    if not isinstance(value, dict):
        return ()
    return ((str(id_), name) for id_, name in value.items() if isinstance(name, str))


def statuses_of(fields: Iterable[Any]) -> dict[int, str]:
    """Status id to name from the ticket form fields, in each of the three shapes choices have had."""
    for entry in fields:
        if isinstance(entry, Mapping) and entry.get("name") == "status":
            return dict(_choices(entry.get("choices")))
    return {}


def _choices(choices: Any) -> Iterable[tuple[int, str]]:
    pairs: list[tuple[Any, Any]] = []
    if isinstance(choices, Mapping):
        pairs = list(choices.items())
    elif isinstance(choices, list):
        for choice in choices:
            if isinstance(choice, Mapping):
                pairs.append((choice.get("id"), choice.get("value")))
            elif isinstance(choice, list) and len(choice) == 2:
                pairs.append((choice[1], choice[0]))
    for id_, name in pairs:
        text = name[0] if isinstance(name, list) and name else name
        if str(id_).isdecimal() and isinstance(text, str):
            yield int(id_), clean_line(text, longest=60)


def names_of(rows: Iterable[Any]) -> dict[str, str]:
    """Id to name of groups, departments or companies."""
    return {
        str(row["id"]): name
        for row in rows
        if isinstance(row, Mapping) and "id" in row and (name := clean_line(row.get("name"), longest=120))
    }


def people_of_rows(rows: Iterable[Any]) -> dict[str, Person]:
    """Agents or requesters by id; the last name, the first name or both may be missing."""
    people = {}
    for row in rows:
        if not isinstance(row, Mapping) or "id" not in row:
            continue
        nested = row.get("contact")
        said = nested if isinstance(nested, Mapping) else row
        email = clean_line(said.get("email") or said.get("primary_email"), longest=254) or None
        full = " ".join(str(said[part]) for part in ("first_name", "last_name") if said.get(part))
        name = clean_line(said.get("name") or full, longest=120) or email
        if name:
            people[str(row["id"])] = Person(id=str(row["id"]), name=name, email=email)
    return people
