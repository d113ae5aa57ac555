"""Who and what the simulated tenant knows before the first ticket: agents, requesters, groups, workspaces."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from deskwatch.demo.records import Department, Group, Human, Workspace
from deskwatch.demo.texts import read_data

_AGENT, _REQUESTER, _GROUP, _DEPARTMENT = 31000010000, 31000020000, 31000030000, 31000040000

GLOBAL, IT, PROJECTS = 1, 2, 3
SERVICE_DESK, NETWORK, APPLICATIONS, PROFESSIONAL_SERVICES = (_GROUP + n for n in range(1, 5))


@dataclass(kw_only=True)
class Directory:
    """Tables by id. Tests add to them."""

    workspaces: dict[int, Workspace]
    departments: dict[int, Department]
    groups: dict[int, Group]
    agents: dict[int, Human]
    requesters: dict[int, Human]

    def person(self, id_: int) -> Human | None:
        """Whoever has the id: requesters may be agents."""
        return self.requesters.get(id_) or self.agents.get(id_)

    def add_requester(self, requester: Human) -> Human:
        """Somebody new asks for help."""
        self.requesters[requester.id] = requester
        return requester

    def deactivate_agent(self, agent_id: int) -> None:
        """An agent leaves: still listed, ``active`` is false."""
        self.agents[agent_id] = replace(self.agents[agent_id], active=False)


def demo_directory() -> Directory:
    """Ten agents, 120 requesters, four groups in two workspaces."""
    people = read_data("people.yaml")
    departments = [
        Department(id=_DEPARTMENT + n, name=name) for n, name in enumerate(people["departments"], 1)
    ]
    return Directory(
        workspaces={
            IT: Workspace(id=IT, name="IT", primary=True),
            PROJECTS: Workspace(id=PROJECTS, name="Client Projects"),
        },
        departments={department.id: department for department in departments},
        groups={group.id: group for group in _groups()},
        agents={agent.id: agent for agent in _agents(people["agents"])},
        requesters={human.id: human for human in _requesters(people["requesters"], len(departments))},
    )


def _groups() -> Iterator[Group]:
    agents = [_AGENT + n for n in range(1, 11)]
    members = {
        SERVICE_DESK: ("Service Desk", IT, agents[:4]),
        NETWORK: ("Network", IT, agents[3:6]),
        APPLICATIONS: ("Applications", IT, [agents[2], *agents[6:8]]),
        PROFESSIONAL_SERVICES: ("Professional Services", PROJECTS, [*agents[8:], agents[6]]),
    }
    for id_, (name, workspace_id, of) in members.items():
        yield Group(id=id_, name=name, workspace_id=workspace_id, agent_ids=tuple(of))


def _agents(names: list[list[str]]) -> Iterator[Human]:
    for n, (first, *last) in enumerate(names, 1):
        yield Human(
            id=_AGENT + n,
            first_name=first,
            last_name=last[0] if last else None,
            email=f"agent{n}@desk.example",
            mobile=f"+120255501{n:02}",
            is_agent=True,
        )


def _requesters(names: dict[str, list[str]], departments: int) -> Iterator[Human]:
    speakers = ((language, name) for language, of in names.items() for name in of)
    for n, (language, name) in enumerate(speakers, 1):
        first, _, last = name.partition(" ")
        yield Human(
            id=_REQUESTER + n,
            first_name=first,
            last_name=last or None,
            email=f"user{n}@company.example",
            phone=f"+1 202 555 0{100 + n % 100}" if n % 3 else None,
            department_id=_DEPARTMENT + 1 + n % departments,
            language=language,
        )
