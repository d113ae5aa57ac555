"""All configuration files at once: every mistake of every file, or one good ``Config``."""

import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from deskwatch.config import people_doubts
from deskwatch.config.alerts import AlertSettings
from deskwatch.config.boards import DEFAULT_BOARDS, Boards
from deskwatch.config.contacts import DEFAULT_KINDS, ChannelKinds, PeopleSettings
from deskwatch.config.doubts import doubts
from deskwatch.config.escalations import DEFAULT_ESCALATIONS
from deskwatch.config.explain import problem_at
from deskwatch.config.files import ConfigFile, read_limited
from deskwatch.config.general import DeskwatchSettings, WebSettings, in_zone
from deskwatch.config.home import Home
from deskwatch.config.hours import HoursSettings
from deskwatch.config.loaded import Config
from deskwatch.config.machine import Machine
from deskwatch.config.oncall import OncallSettings
from deskwatch.config.people import MAX_LEGACY_BYTES, Names, read_legacy_names
from deskwatch.config.problems import Problem
from deskwatch.config.sla import SlaSettings
from deskwatch.config.source_files import SourceFiles, all_sources, name_problems, source_files
from deskwatch.config.sources import DEFAULT_SOURCES, FOLDER, Sources
from deskwatch.config.users import UsersSettings
from deskwatch.errors import ConfigError
from deskwatch.settings import nearest, parse_zone

SCHEMAS: Mapping[str, tuple[Any, Any]] = MappingProxyType(
    {
        "deskwatch": (DeskwatchSettings, DeskwatchSettings()),
        "sources": (Sources, DEFAULT_SOURCES),
        "boards": (Boards, DEFAULT_BOARDS),
        "hours": (HoursSettings, HoursSettings()),
        "people": (PeopleSettings, PeopleSettings()),
        "oncall": (OncallSettings, OncallSettings()),
        "sla": (SlaSettings, SlaSettings()),
        "agents": (Names, {}),
        "requesters": (Names, {}),
        "alerts": (AlertSettings, AlertSettings()),
        "users": (UsersSettings, UsersSettings()),
    }
)
"""File name to what it may hold and what holds without it."""
_NO_SOURCE = (
    f"names no source, and there is no file in config/{FOLDER}/; add one (kind: demo shows how it looks)"
)


@dataclass(frozen=True)
class Checked:
    """The outcome of reading everything: ``config`` is ``None`` when any problem is an error."""

    config: Config | None
    problems: tuple[Problem, ...]
    files: frozenset[Path]


def load(
    home: Home | Path,
    *,
    env: Mapping[str, str] = os.environ,
    needs: Collection[str] = ("deskwatch",),
) -> Config:
    """The configuration of a home; files that are missing mean their defaults.

    Where nothing is written about sources that is a demo helpdesk.

    ``needs`` names the files whose secrets this process uses. Secrets of other files may be missing: then
    ``reveal()`` raises, and ``missing_secrets`` tells.

    Raises:
        ConfigError: with every mistake of every file.
    """
    checked = check(home, env=env, needs=needs)
    if checked.config is None:
        raise ConfigError([str(p) for p in checked.problems if p.severity == "error"])
    return checked.config


def check(
    home: Home | Path,
    *,
    env: Mapping[str, str] = os.environ,
    needs: Collection[str] = tuple(SCHEMAS),
    may_be_demo: bool = True,
) -> Checked:
    """Everything that is wrong with the configuration, warnings included, sorted by file and line.

    ``may_be_demo``: whether a home that says nothing about sources has the demo; else that is a mistake.
    """
    home = home if isinstance(home, Home) else Home(home)
    read = read_files(home, env, may_be_demo=may_be_demo)
    machine, files, described, misnamed = read.machine, read.plain, read.described, read.misnamed
    settings = {name: file.validate(machine, needs_secrets=name in needs) for name, file in files.items()}
    settings["sources"] = all_sources(
        settings["sources"],
        {name: file.validate(machine, needs_secrets="sources" in needs) for name, file in described.items()},
    )
    legacy = {name: _legacy_names(machine, name) for name in ("agents", "requesters")}
    doubts = _look_at_people(files["people"], settings["people"], _channel_kinds(settings["alerts"]))
    every = [*files.values(), *described.values()]
    found = [
        *(p for file in every for p in file.problems),
        *misnamed,
        *name_problems(files["sources"], described),
    ]
    if not settings["sources"] and not files["sources"].problems:
        found.append(Problem("config/sources.yaml", message=_NO_SOURCE))
    warnings = sorted(
        {*machine.warnings, *_strangers(home), *doubts, *(p for p in found if p.severity == "warning")}
    )
    errors = sorted(problem for problem in found if problem.severity == "error")
    watched = frozenset(machine.consulted | {home.config / FOLDER} | {file.path for file in every})
    if errors:
        return Checked(None, tuple(sorted([*errors, *warnings])), watched)
    missing = tuple(sorted(problem for file in every for problem in file.missing_secrets))
    config = _assemble(home, settings, legacy, machine, warnings, missing, watched)
    return _doubted(config, {**files, **{f"{FOLDER}/{name}": file for name, file in described.items()}})


@dataclass(frozen=True)
class Files:
    """Every file of ``config/`` as it was read, by its name, and the machine that knows the names in them."""

    machine: Machine
    plain: Mapping[str, ConfigFile[Any]]
    described: SourceFiles
    """The files of ``sources.d/``."""
    misnamed: Collection[Problem]


def read_files(home: Home, env: Mapping[str, str] = os.environ, *, may_be_demo: bool = True) -> Files:
    """Read everything, validate nothing. ``may_be_demo`` as in ``check``."""
    machine = Machine(home, env)
    described, misnamed = source_files(home)
    defaults = {name: default for name, (_, default) in SCHEMAS.items()}
    if described or not may_be_demo or _is_written(home.config / "sources.yaml"):  # somebody is past the demo
        defaults["sources"] = {}
    files = {
        name: ConfigFile(home.config, name, schema, defaults[name]) for name, (schema, _) in SCHEMAS.items()
    }
    _learn_names(machine, files, described)
    return Files(machine, files, described, misnamed)


def _is_written(path: Path) -> bool:
    """Whether there is such a file with anything in it, be it a comment."""
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _learn_names(machine: Machine, files: Mapping[str, ConfigFile[Any]], described: SourceFiles) -> None:
    """Tell the machine every name that one file may use of another."""
    listed = files["sources"].keys()
    for kind, names in (
        ("source", None if listed is None else [*listed, *described]),
        ("board", files["boards"].keys()),
        ("calendar", files["hours"].keys("calendars")),
        ("person", files["people"].keys("people")),
        ("layer", files["oncall"].keys("layers")),
        ("feed", files["oncall"].keys("feeds")),
        ("channel", _or_usual(files["alerts"].keys("channels"))),
        ("escalation", _and_usual(files["alerts"].keys("escalations"))),
    ):
        if names is not None:
            machine.learn(kind, names)


def _doubted(config: Config, files: Mapping[str, ConfigFile[Any]]) -> Checked:
    """The configuration with warnings that need all of it, each at its line."""
    found = [
        problem_at(files[name].document.root, files[name].shown, path, words)
        for name, path, words in doubts(config)
    ]
    more = (replace(problem, severity="warning") for problem in found)
    config = replace(config, warnings=tuple(sorted([*config.warnings, *more])))
    return Checked(config, config.warnings, config.files)


def _assemble(
    home: Home,
    settings: Mapping[str, Any],
    legacy: Mapping[str, Mapping[str, str]],
    machine: Machine,
    warnings: list[Problem],
    missing: tuple[Problem, ...],
    files: frozenset[Path],
) -> Config:
    general: DeskwatchSettings = settings["deskwatch"]
    zone = general.zone or _local_zone(machine)
    pause_until = in_zone(general.watcher.pause_until, zone)
    calendars = {
        name: calendar.calendar(name, zone) for name, calendar in settings["hours"].calendars.items()
    }
    uses = tuple(use.use(calendars) for use in settings["hours"].use)
    sla: SlaSettings = settings["sla"]
    people: PeopleSettings = settings["people"]
    contacts = people.contacts(_channel_kinds(settings["alerts"]), zone)
    return Config(
        home=home,
        zone=zone,
        web=_with_certificate(general.web, home),
        access=general.access,
        watcher=general.watcher.model_copy(update={"pause_until": pause_until}),
        notifier=general.notifier,
        database_url=general.database,
        log=general.log,
        alerts=settings["alerts"],
        sources=MappingProxyType(settings["sources"]),
        boards=MappingProxyType({id_: board.board(id_) for id_, board in settings["boards"].items()}),
        calendars=MappingProxyType(calendars),
        desk_calendar=calendars[sla.calendar],
        calendar_uses=uses,
        people=MappingProxyType(contacts),
        groups=MappingProxyType({group: tuple(ids) for group, ids in people.groups.items()}),
        managers=tuple(people.managers),
        admins=tuple(people.admins),
        last_resort=people.last_resort,
        schedule=settings["oncall"].schedule(contacts, calendars, zone),
        feeds=MappingProxyType(settings["oncall"].feeds),
        oncall_zone=settings["oncall"].zone or zone,
        sla=sla.rules(calendars, uses),
        users=settings["users"],
        agents=MappingProxyType({**legacy["agents"], **settings["agents"]}),
        requesters=MappingProxyType({**legacy["requesters"], **settings["requesters"]}),
        warnings=tuple(warnings),
        missing_secrets=missing,
        secrets=tuple(machine.found),
        files=files | {home.path / "cert.pem", home.path / "key.pem"},
    )


def _channel_kinds(alerts: AlertSettings) -> ChannelKinds:
    """Name of every channel to its kind; the usual ones as long as ``alerts.yaml`` has none."""
    return alerts.kinds or DEFAULT_KINDS


def _or_usual(channels: Collection[str] | None) -> Collection[str] | None:
    return channels if channels is None else channels or DEFAULT_KINDS


def _and_usual(escalations: Collection[str] | None) -> Collection[str] | None:
    return escalations if escalations is None else list({**DEFAULT_ESCALATIONS, **dict.fromkeys(escalations)})


def _look_at_people(file: ConfigFile[Any], people: PeopleSettings, kinds: ChannelKinds) -> list[Problem]:
    """Note what only shows beside the channels of ``alerts.yaml`` as problems; answers the warnings."""
    root = file.document.root
    wrong, doubtful = people_doubts.mistakes(people, kinds), people_doubts.doubts(people, kinds)
    file.problems += [problem_at(root, file.shown, path, words) for path, words in wrong]
    doubts = (problem_at(root, file.shown, path, words) for path, words in doubtful)
    return [replace(problem, severity="warning") for problem in doubts]


def _with_certificate(web: WebSettings, home: Home) -> WebSettings:
    """Fill in what ``auto`` means: the pair in the home, and the port that goes with it."""
    certificate, key = web.certificate, web.key
    pair = (home.path / "cert.pem", home.path / "key.pem")
    if certificate is None and all(path.is_file() for path in pair):
        certificate, key = pair
    web = web.model_copy(update={"certificate": certificate, "key": key})
    return web.model_copy(update={"port": web.listen_port})


def _local_zone(machine: Machine) -> ZoneInfo:
    """This machine's zone by its IANA name, from ``TZ`` or the link ``/etc/localtime``; else UTC."""
    names = [(machine.variable("TZ") or "").removeprefix(":")]
    with suppress(OSError):  # Windows, or a copy instead of a link
        names.append(os.readlink("/etc/localtime").partition("zoneinfo/")[2])
    for name in names:
        if name:
            try:
                return parse_zone(name)
            except ValueError:
                continue
    return ZoneInfo("UTC")


def _legacy_names(machine: Machine, name: str) -> Mapping[str, str]:
    file = f"{name}.txt"
    path = machine.home.path / file
    machine.consulted.add(path)
    try:
        data = read_limited(path, MAX_LEGACY_BYTES)
    except OSError as error:
        machine.warnings.append(
            Problem(file, message=f"cannot be read ({error.strerror})", severity="warning")
        )
        return {}
    names, warnings = read_legacy_names(data or b"", file)
    machine.warnings += warnings
    return names


def _strangers(home: Home) -> list[Problem]:
    """Files in ``config/`` that look like configuration and are not read."""
    known = [f"{name}.yaml" for name in SCHEMAS]
    try:
        found = [entry.name for entry in home.config.iterdir() if entry.suffix in (".yaml", ".yml")]
    except OSError:
        return []
    return [
        Problem(f"config/{name}", message=f"is not read.{nearest(name, known)}", severity="warning")
        for name in found
        if name not in known
    ]
