#!/usr/bin/env python3
"""Fills tickets/ from the helpdesks of config/sources.yaml; see ``ticket_watcher.py --help``."""

if __name__ == "__main__":
    try:
        from deskwatch import interpreter

        interpreter.has_the_packages(__file__)
        from deskwatch import ctrl_c

        ctrl_c.leaves_at_once()
    except KeyboardInterrupt:
        raise SystemExit(130) from None

from pathlib import Path
from typing import Any

import click

from deskwatch import cli
from deskwatch.config import resolve_home
from deskwatch.watch_menu import MENU


@click.group(cls=cli.Menu, menu=MENU, invoke_without_command=True)
@cli.watcher_options
@click.pass_context
def main(context: click.Context, /, home: Path | None, **options: Any) -> None:
    """Watch until stopped. Touch state/refresh, or send SIGUSR1, to refresh everything now."""
    context.obj = resolve_home(home)
    if context.invoked_subcommand is None:
        from deskwatch.watch_commands import watch

        context.exit(watch(context.obj, **options))


if __name__ == "__main__":
    cli.run(main)
