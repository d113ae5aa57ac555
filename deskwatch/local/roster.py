"""Whom a name in a command means: somebody of the configuration or of another ticket, or a newcomer."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from deskwatch.core.own_commands import Rejection
from deskwatch.core.own_tickets import is_called
from deskwatch.core.people import Contact
from deskwatch.core.ticket import Person, Ticket

_ROLES = ("agent", "requester", "group", "client")


@dataclass(frozen=True, slots=True)
class Roster:
    """Who there is.

    Attributes:
        contacts: the people of ``people.yaml``.
        agents: id to name, from ``agents.yaml``.
    """

    contacts: Collection[Contact]
    agents: Mapping[str, str]

    def meant(
        self, values: Mapping[str, Any], tickets: Iterable[Ticket]
    ) -> tuple[dict[str, Any], str] | Rejection:
        """The values with everybody under the id they have elsewhere, and a word about a stranger.

        Args:
            values: the fields of a command.
            tickets: of ours, to find people who are in no file.
        """
        found = dict(values)
        said = [role for role in _ROLES if isinstance(values.get(role), Person)]
        known = list(tickets) if said else []
        words = ""
        for role in said:
            person: Person = values[role]
            met = {p.id: p for t in known if (p := getattr(t, role)) is not None and _is_same(person, p)}
            if role == "agent":
                candidates = self._agents(person) or list(met.values())
                if len({each.id for each in candidates}) > 1:
                    ids = ", ".join(sorted(each.id for each in candidates))
                    return Rejection(
                        "invalid", f"fields.agent: {person.name!r:.60} may be {ids}; give the id"
                    )
                if not candidates and (self.contacts or self.agents):
                    words = f"{person.name} is in neither config/people.yaml nor config/agents.yaml"
            elif person.id in met:
                candidates = [met[person.id]]
            else:
                candidates = list(met.values()) if len(met) == 1 else []  # of two Mias, nobody guesses one
            if candidates:
                one = candidates[0]
                found[role] = Person(
                    id=one.id,
                    name=one.name,
                    email=person.email or one.email,
                    phone=person.phone or one.phone,
                )
        return found, words

    def _agents(self, person: Person) -> list[Person]:
        listed = [_of_contact(contact) for contact in self.contacts if _is_contact(contact, person)]
        if listed:
            return listed
        by_id = [Person(id=id_, name=name) for id_, name in self.agents.items() if id_ == person.id]
        by_name = [Person(id=id_, name=name) for id_, name in self.agents.items()]
        return by_id or [each for each in by_name if _fits(person, each)]


def _is_contact(contact: Contact, person: Person) -> bool:
    known = {
        contact.id,
        contact.name.casefold(),
        *contact.agents,
        *map(str.casefold, contact.addresses.values()),
    }
    return bool(known & {text.casefold() for text in (person.id, person.name, person.email) if text})


def _of_contact(contact: Contact) -> Person:
    """Under an id that alerts find the person by: without ``agents`` of their own they are found by name."""
    id_ = contact.id
    if contact.agents and contact.id not in contact.agents:
        id_ = min(contact.agents, key=lambda known: (not known.isdecimal(), known))
    return Person(id=id_, name=contact.name)


def _is_same(said: Person, known: Person) -> bool:
    """Whether somebody on another ticket is meant: a name tells nothing beside an id or a mail address."""
    if said.id != (said.email or said.name).casefold():
        return said.id == known.id
    return is_called(known, said.email or said.name)


def _fits(said: Person, known: Person) -> bool:
    return any(is_called(known, text) for text in (said.id, said.name, said.email) if text)
