"""What is allowed and probably not meant: a pager that can reach nobody, or some not at all."""

from collections.abc import Iterator

from deskwatch.config.loaded import Config
from deskwatch.core.desk import Desk
from deskwatch.core.people import Contact, Urgency
from deskwatch.core.reach import spare_ways
from deskwatch.core.targets import PLAIN_TARGETS

Doubt = tuple[str, tuple[str, ...], str]
"""Name of the file, path of the setting, and what is doubted."""


def doubts(config: Config) -> Iterator[Doubt]:
    """Doubts about who is told. In mode ``log`` nobody expects to be."""
    alerts, desk = config.alerts, config.desk
    for id_ in sorted(desk.people.keys() & set(PLAIN_TARGETS)):
        words = f"can never be named in notify: there {id_} means something else; choose another short name"
        yield "people", ("people", id_), words
    if alerts.mode == "log":
        return
    working = set(desk.channels) - set(desk.broken_channels)
    if not working:
        yield "alerts", ("mode",), f"is {alerts.mode}, but nobody is told: there is no channel"
        return
    if alerts.mode == "live":
        yield from _people(desk)


def _people(desk: Desk) -> Iterator[Doubt]:
    if not desk.people:
        yield "people", ("people",), "is empty: nobody can be told"
        return
    if not desk.admins:
        yield (
            "people",
            ("admins",),
            "is empty: nobody is told when Deskwatch itself or a channel does not work",
        )
    if not desk.admins and desk.last_resort is None:
        yield "people", ("last_resort",), "is nobody: when nobody else can be told, nobody is"
    for id_, contact in desk.people.items():
        if words := _reach(contact, desk):
            yield "people", ("people", id_), words


def _reach(contact: Contact, desk: Desk) -> str | None:
    if not any(spare_ways(contact, Urgency.URGENT, desk=desk)):
        return "cannot be told anything: there is no address for any channel"
    if not any(spare_ways(contact, Urgency.NORMAL, desk=desk)):
        kept = ", ".join(sorted(desk.only_urgent))
        return (
            f"hears of urgent alerts only: there is no address besides {kept}, "
            "which alerts.yaml (limits.only_urgent) keeps for them"
        )
    return None
