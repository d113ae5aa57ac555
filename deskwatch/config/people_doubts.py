"""What only shows of ``people.yaml`` beside the channels of ``alerts.yaml``, each with its place."""

from collections.abc import Callable, Iterator, Mapping

from deskwatch.channels.phone import parse_phone, phone_warning
from deskwatch.config.contacts import PHONE_KINDS, ChannelKinds, PeopleSettings, PersonSettings, parse_mail

Place = tuple[str | int, ...]
"""Where a setting stands: ``("people", "ana", "phone")``."""

_CHECKS: Mapping[str, Callable[[str], str]] = {**dict.fromkeys(PHONE_KINDS, parse_phone), "email": parse_mail}
"""Kind of channel to what an address must be; the others take whatever their server knows."""


def mistakes(people: PeopleSettings, kinds: ChannelKinds) -> Iterator[tuple[Place, str]]:
    """Addresses that their channel cannot send to."""
    for id_, person in people.people.items():
        for name, address in person.addresses.items():
            if why := _refusal(kinds.get(name, ""), address):
                yield ("people", id_, "addresses", name), why


def doubts(people: PeopleSettings, kinds: ChannelKinds) -> Iterator[tuple[Place, str]]:
    """What can be meant and probably is not."""
    known: dict[str, str] = {}
    for id_, person in people.people.items():
        for place, words in (*_landlines(person, kinds), *_ways_without_address(person, kinds)):
            yield ("people", id_, *place), words
        for number, name in enumerate(person.agents):
            other = known.setdefault(name.strip().casefold(), id_)
            if other != id_:
                yield ("people", id_, "agents", number), f"is also {other}, and only {other} is meant by it"


def _refusal(kind: str, address: str) -> str | None:
    try:
        _CHECKS.get(kind, str)(address)
    except ValueError as mistake:
        return str(mistake)
    return None


def _landlines(person: PersonSettings, kinds: ChannelKinds) -> Iterator[tuple[Place, str]]:
    if person.phone and (words := phone_warning(person.phone)):
        yield ("phone",), words
    for name, address in person.addresses.items():
        kind = kinds.get(name, "")
        if kind in PHONE_KINDS and not _refusal(kind, address) and (words := phone_warning(address)):
            yield ("addresses", name), words


def _ways_without_address(person: PersonSettings, kinds: ChannelKinds) -> Iterator[tuple[Place, str]]:
    addresses = person.addresses_by(kinds)
    for field, ways in (("urgent", person.urgent), ("normal", person.normal)):
        for number, way in enumerate(ways):
            if way.channel not in addresses and kinds.get(way.channel) in _CHECKS:
                yield (field, number), f"there is no address for {way.channel}, so it is passed over"
