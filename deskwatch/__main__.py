"""``python -m deskwatch``: the watcher, the notifier and the dashboard together. ``start.py`` ends here."""

if __name__ == "__main__":
    try:
        from deskwatch import ctrl_c

        ctrl_c.leaves_at_once()
    except KeyboardInterrupt:
        raise SystemExit(130) from None

from pathlib import Path

import click

from deskwatch import cli
from deskwatch.config import resolve_home

MENU = {
    "check": (
        "deskwatch.config_commands:check_command",
        "Say what is wrong in config/, all at once, and start nothing.",
    ),
    "config": (
        "deskwatch.config_commands:config_group",
        "Look at the configuration.",
    ),
    "import": (
        "deskwatch.migrate.command:import_group",
        "Move over from another program.",
    ),
}


@click.group(cls=cli.Menu, menu=MENU, invoke_without_command=True)
@cli.home_option
@cli.host_option
@cli.port_option
@cli.version_option
@click.pass_context
def main(context: click.Context, home: Path | None, host: str | None, port: int | None) -> None:
    """Run watcher, notifier and dashboard until Ctrl-C or SIGTERM."""
    context.obj = resolve_home(home, may_be_new=context.invoked_subcommand is not None)
    if context.invoked_subcommand is None:
        from deskwatch.lineup import run

        run(context.obj, host=host, port=port)


if __name__ == "__main__":
    cli.run(main)
