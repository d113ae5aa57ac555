"""``ticket_watcher.py import``: what a helpdesk says about hours and targets, as YAML to apply by hand."""

from collections.abc import Mapping
from difflib import unified_diff
from typing import Any

import click
import yaml

from deskwatch.clock import utc_now
from deskwatch.config import Home, load
from deskwatch.config.files import read_limited
from deskwatch.config.strict_yaml import MAX_BYTES, read_yaml
from deskwatch.errors import UsageError
from deskwatch.logs import one_line
from deskwatch.sources.freshservice import FreshserviceSource
from deskwatch.sources.freshservice_setup import Setup
from deskwatch.watch_commands import NEEDS, opened_source

KINDS = ("freshservice", "demo")


@click.group("import")
def import_group() -> None:
    """Print settings that a helpdesk already has, to apply by hand. Nothing is written."""


@import_group.command("hours")
@click.argument("source", required=False)
@click.pass_obj
def hours_command(home: Home, source: str | None) -> None:
    """Business hours, holidays and SLA targets, compared with hours.yaml and sla.yaml."""
    click.echo(import_hours(home, source), nl=False)


def import_hours(home: Home, name: str | None = None) -> str:
    """What hours.yaml and sla.yaml would have to say, each as a difference to what they say now.

    Raises:
        UsageError: there is no such source, or it is of a kind that cannot be asked.
        SourceError: the helpdesk did not tell.
    """
    config = load(home, needs=NEEDS)
    fit = [name for name, settings in config.sources.items() if settings.kind in KINDS]
    if name is None and len(fit) != 1:
        words = f"name one of {', '.join(fit)}" if fit else f"none is of kind {' or '.join(KINDS)}"
        raise UsageError(f"which source of sources.yaml? {words}")
    if (name := name or fit[0]) not in fit:
        raise UsageError(f"{name} is no source of kind {' or '.join(KINDS)}: {', '.join(fit)}")
    with opened_source(name, config, home) as source:
        if not isinstance(source, FreshserviceSource):
            raise UsageError(f"{name} cannot be asked for business hours")
        setup = source.setup(now=utc_now())
    return told(home, name, setup)


def told(home: Home, source: str, setup: Setup) -> str:
    """The notes, and the difference for each file."""
    hours, sla = _now(home, "hours"), _now(home, "sla")
    calendars = {**_mapping(hours.get("calendars")), **setup.hours["calendars"]}
    use = _listed(hours.get("use"))
    use += [one for one in setup.hours.get("use", ()) if one not in use]
    wanted_hours = {**hours, "calendars": calendars, **({"use": use} if use else {})}
    wanted_sla = {**sla, "policies": setup.policies}
    notes = "".join(f"# {one_line(note)}\n" for note in setup.notes)
    return (
        f"# From {source}. Nothing was written: take over by hand what you want.\n{notes}"
        f"{_difference('hours', source, hours, wanted_hours)}{_difference('sla', source, sla, wanted_sla)}"
    )


def _now(home: Home, name: str) -> dict[str, Any]:
    """What a file says now, without its comments."""
    path = home.config / f"{name}.yaml"
    root = read_yaml(read_limited(path, MAX_BYTES) or b"", path.name).root
    return _mapping(root.plain() if root is not None else None)


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else []


def _difference(name: str, source: str, now: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    before, after = (_yaml(value).splitlines(keepends=True) for value in (now, wanted))
    file = f"config/{name}.yaml"
    difference = "".join(unified_diff(before, after, file, f"{file} as {source} has it"))
    return difference or f"# config/{name}.yaml says the same already.\n"


def _yaml(value: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(value), sort_keys=False, allow_unicode=True, width=100) if value else ""
