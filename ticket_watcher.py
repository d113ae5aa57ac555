#!/usr/bin/env python3
"""Fills tickets/ from the helpdesks of config/sources.yaml; see ``ticket_watcher.py --help``."""

from pathlib import Path
from typing import Any

try:
    import click
except ModuleNotFoundError:
    raise SystemExit("Run `python3 start.py check` once, then: .venv/bin/python ticket_watcher.py") from None

from deskwatch import cli
from deskwatch import watch_commands as commands
from deskwatch.config import Home, resolve_home
from deskwatch.door.commands import token_group, user_group
from deskwatch.own_tickets import ticket_group
from deskwatch.watch_import import import_group
from deskwatch.watch_source import source_group


@click.group(invoke_without_command=True)
@cli.watcher_options
@click.pass_context
def main(context: click.Context, /, home: Path | None, **options: Any) -> None:
    """Watch until stopped. Touch state/refresh, or send SIGUSR1, to refresh everything now."""
    context.obj = resolve_home(home)
    if context.invoked_subcommand is None:
        context.exit(commands.watch(context.obj, **options))


@main.command("check")
@click.option("--live", is_flag=True, help="Also ask every helpdesk: key, rights, statuses, credits.")
@click.pass_context
def check_command(context: click.Context, live: bool) -> None:
    """Say whether the configuration is fit, and with --live whether the helpdesks are."""
    context.exit(commands.check(context.obj, live=live))


@main.command("show")
@click.argument("key")
@click.option("--raw", is_flag=True, help="As the helpdesk tells it, not as the file has it.")
@click.pass_obj
def show_command(home: Home, key: str, raw: bool) -> None:
    """Print one ticket, for example: show freshservice-17."""
    click.echo(commands.show_raw(home, key) if raw else commands.show(home, key))


@main.command("names")
@click.argument("who", required=False, type=click.Choice(["agents", "requesters"]))
@click.pass_obj
def names_command(home: Home, who: str | None) -> None:
    """Print agents and requesters of the helpdesks as YAML, to copy into config/."""
    click.echo(commands.names(home, who), nl=False)


for group in (import_group, source_group, ticket_group, user_group, token_group):
    main.add_command(group)

if __name__ == "__main__":
    cli.run(main)
