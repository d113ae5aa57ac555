#!/usr/bin/env python3
"""Watches the tickets and tells people who have to know. ``notifier.py --help`` lists the commands."""

if __name__ == "__main__":
    try:
        from deskwatch import interpreter

        interpreter.has_the_packages(__file__)
        from deskwatch import ctrl_c

        ctrl_c.leaves_at_once()
    except KeyboardInterrupt:
        raise SystemExit(130) from None

from pathlib import Path

import click

from deskwatch import cli
from deskwatch.config import resolve_home
from deskwatch.notify_commands import MENU


@click.group(cls=cli.Menu, menu=MENU, invoke_without_command=True)
@cli.home_option
@cli.once_option
@cli.log_level_option
@cli.version_option
@click.pass_context
def main(context: click.Context, home: Path | None, once: bool, log_level: str | None) -> None:
    """Watch the tickets and tell people until stopped. A second one stands by and takes over."""
    context.obj = resolve_home(home)
    if context.invoked_subcommand is None:
        from deskwatch.notify_commands.running import watch

        context.exit(watch(context.obj, once=once, log_level=log_level))


if __name__ == "__main__":
    cli.run(main)
