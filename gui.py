#!/usr/bin/env python3
"""The wall: a read-only dashboard of tickets/, for browsers. ``gui.py --help`` lists the options."""

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
from deskwatch.gui_commands import MENU


@click.group(cls=cli.Menu, menu=MENU, invoke_without_command=True)
@cli.home_option
@cli.host_option
@cli.port_option
@cli.log_level_option
@cli.version_option
@click.pass_context
def main(
    context: click.Context, home: Path | None, host: str | None, port: int | None, log_level: str | None
) -> None:
    """Serve the wall until stopped."""
    context.obj = resolve_home(home)
    if context.invoked_subcommand is None:
        from deskwatch.gui_commands.serving import serve_wall

        serve_wall(context.obj, host=host, port=port, log_level=log_level)


if __name__ == "__main__":
    cli.run(main)
