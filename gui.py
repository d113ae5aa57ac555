#!/usr/bin/env python3
"""The wall: a read-only dashboard of tickets/, for browsers. ``gui.py --help`` lists the options."""

import logging
from functools import partial
from pathlib import Path

try:
    import click
except ModuleNotFoundError:
    raise SystemExit("Run `python3 start.py check` once, then: .venv/bin/python gui.py") from None

from deskwatch import cli
from deskwatch.clock import utc_now
from deskwatch.config import LiveConfig, resolve_home
from deskwatch.gui_commands import COMMANDS
from deskwatch.web.listening import prepare, still_fit
from deskwatch.web.serve import serve
from deskwatch.web.worker import load_app


@click.group(invoke_without_command=True)
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
    if context.invoked_subcommand is not None:
        return
    live = LiveConfig(context.obj)
    cli.log_as("gui", live, level=log_level)
    listening = prepare(live.current, host=host, port=port, now=utc_now())
    listening.announce(logging.getLogger("gui"))
    serve(partial(load_app, context.obj), listening, may_reload=partial(still_fit, context.obj))


for command in COMMANDS:
    main.add_command(command)

if __name__ == "__main__":
    cli.run(main)
