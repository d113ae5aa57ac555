"""Whom an entry of a calendar means: by who takes part, else by a name in its title."""

import re
from collections.abc import Mapping

from deskwatch.core.people import Contact
from deskwatch.ics.entries import Entry


class Names:
    """Everybody's names, mail addresses and short names, for finding people in entries."""

    def __init__(self, people: Mapping[str, Contact]) -> None:
        self._exact: dict[str, str] = {}
        for id_, person in people.items():
            for name in (id_, person.name, *person.agents, *_mails(person)):
                self._exact.setdefault(name.casefold(), id_)
        words = sorted((re.escape(name) for name in self._exact if _is_a_word(name)), key=len, reverse=True)
        self._title = re.compile(rf"(?<!\w)({'|'.join(words)})(?!\w)") if words else None

    def of(self, entry: Entry) -> tuple[str, ...]:
        """Ids of the people an entry means, each once; empty: nobody of ours."""
        taking_part = [
            self._exact[word.casefold()] for word in entry.people if word.casefold() in self._exact
        ]
        if taking_part or self._title is None:
            return tuple(dict.fromkeys(taking_part))
        named = [self._exact[name] for name in self._title.findall(entry.summary.casefold())]
        return tuple(dict.fromkeys(named))


def _mails(person: Contact) -> list[str]:
    return [address for address in person.addresses.values() if "@" in address]


def _is_a_word(name: str) -> bool:
    """Numbers and single letters occur in titles by chance."""
    return len(name) > 1 and any(character.isalpha() for character in name)
