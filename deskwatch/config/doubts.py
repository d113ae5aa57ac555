"""What is allowed and probably not meant: a pager that can reach nobody, or some not at all."""

from collections.abc import Iterator
from datetime import time

from deskwatch.config.loaded import Config
from deskwatch.config.marks import same_marks
from deskwatch.config.sources import FOLDER
from deskwatch.core.day_edges import never_comes
from deskwatch.core.desk import Desk
from deskwatch.core.people import Contact, Urgency
from deskwatch.core.reach import spare_ways
from deskwatch.core.targets import PLAIN_TARGETS
from deskwatch.sources.local_settings import LocalSettings

Doubt = tuple[str, tuple[str | int, ...], str]
"""Name of the file, path of the setting, and what is doubted."""


def doubts(config: Config) -> Iterator[Doubt]:
    """Doubts about who is told. In mode ``log`` nobody expects to be."""
    alerts, desk = config.alerts, config.desk
    for name, first in same_marks(config.sources):
        file = f"{FOLDER}/{name}" if config.sources[name].kind == "rest" else "sources"
        path = ("mark",) if config.sources[name].kind == "rest" else (name, "mark")
        yield file, path, f"is the mark of {first} too: nobody can tell their tickets apart"
    yield from _same_prefixes(config)
    if config.has_several_helpdesks:
        yield from _bare_ids(config)
    for id_ in sorted(desk.people.keys() & set(PLAIN_TARGETS)):
        words = f"can never be named in notify: there {id_} means something else; choose another short name"
        yield "people", ("people", id_), words
    yield from _digests(config)
    if alerts.mode == "log":
        return
    working = set(desk.channels) - set(desk.broken_channels)
    if not working:
        yield "alerts", ("mode",), f"is {alerts.mode}, but nobody is told: there is no channel"
        return
    if alerts.mode == "live":
        yield from _people(desk)


def _same_prefixes(config: Config) -> Iterator[Doubt]:
    """Own tickets of two sources with the same numbers; each place is named, whichever is to be another."""
    by_prefix = dict[str, list[str]]()
    for name, source in config.sources.items():
        if isinstance(source, LocalSettings):
            by_prefix.setdefault(source.id_prefix.casefold(), []).append(name)
    for names in by_prefix.values():
        for name in names if len(names) > 1 else ():
            prefix = getattr(config.sources[name], "id_prefix", "")
            others = " and ".join(other for other in names if other != name)
            words = f"is {prefix}, as that of {others} is: {prefix}-1 means two tickets; choose another one"
            yield "sources", (name, "id_prefix"), words


def _bare_ids(config: Config) -> Iterator[Doubt]:
    """Numbers that may be somebody else in another helpdesk; one doubt for each place is enough."""
    names = [name for name, source in config.sources.items() if source.kind != "local"]
    hint = f"write {names[0]}:{{id}} or {names[1]}:{{id}}"
    for id_, contact in config.people.items():
        if bare := sorted(name for name in contact.agents if name.isdecimal()):
            words = f"agent {bare[0]} may be somebody else in another helpdesk: {hint.format(id=bare[0])}"
            yield "people", ("people", id_, "agents"), words
    for file, known in (("agents", config.agents), ("requesters", config.requesters)):
        bare = [id_ for id_ in known if id_.isdecimal()]
        if bare and (config.home.config / f"{file}.yaml").exists():
            words = f"names this number in every helpdesk: {hint.format(id=bare[0])}"
            yield file, (bare[0],), words


def _digests(config: Config) -> Iterator[Doubt]:
    """Digests that never come, because the desk never opens or closes on their days."""
    for number, digest in enumerate(config.alerts.digests):
        if isinstance(digest.at, time) or not never_comes(
            config.desk_calendar, digest.at, weekdays=digest.weekdays
        ):
            continue
        verb = "opens" if digest.at == "opening" else "closes"
        days = " on these days" if digest.days else ""
        words = f"never comes: by hours.yaml the desk never {verb}{days}; write a time such as 18:00"
        yield "alerts", ("digests", number, "at"), words


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
    yield from _ladders(desk)
    for id_, contact in desk.people.items():
        if words := _reach(contact, desk):
            yield "people", ("people", id_), words


def _ladders(desk: Desk) -> Iterator[Doubt]:
    """Policies that rules use and whose every step names people there are none of, now and ever."""
    for name in sorted({rule.escalation for rule in desk.rules.values()} & desk.escalations.keys()):
        steps = desk.escalations[name].steps
        targets = dict.fromkeys(target for step in steps for target in (*step.notify, *step.otherwise))
        missing = [why for target in targets if (why := _never(target, desk))]
        if steps and len(missing) == len(targets) and name != "admin":  # admins have a doubt of their own
            words = f"reaches nobody but the last resort: {', '.join(dict.fromkeys(missing))}"
            yield "alerts", ("escalations", name), words


def _never(target: str, desk: Desk) -> str | None:
    """Why a target can never be anybody; ``None``: it may be somebody."""
    if target.partition(".")[0] in ("oncall", "everyone_on_call", "next"):
        return None if desk.schedule.layers else "oncall.yaml has no layers"
    if target == "manager":
        return None if desk.managers else "people.yaml names no managers"
    if target == "admin":
        return None if desk.admins else "people.yaml names no admins"
    return None


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
