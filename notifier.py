#!/usr/bin/env python3
"""Watches the tickets and, for now, writes alerts to the log. ``notifier.py --help`` lists the options."""

import logging
from functools import partial
from pathlib import Path

import click

from deskwatch import cli
from deskwatch.clock import utc_now
from deskwatch.config import LiveConfig, load, resolve_home
from deskwatch.daemon import Loop
from deskwatch.notify import Notifier, channels_words
from deskwatch.store.lock import OneOf

log = logging.getLogger("notifier")


@click.group(invoke_without_command=True)
@cli.home_option
@cli.once_option
@cli.log_level_option
@cli.version_option
@click.pass_context
def main(context: click.Context, home: Path | None, once: bool, log_level: str | None) -> None:
    """Watch the tickets until stopped."""
    context.obj = resolve_home(home)
    if context.invoked_subcommand is not None:
        return
    live = LiveConfig(context.obj)
    cli.log_as("notifier", live, level=log_level)
    with OneOf(context.obj.state / "notifier.lock"):
        log.info(channels_words(live.current))
        notifier = Notifier(context.obj, live, started_at=utc_now())
        if once:
            notifier.tick(utc_now())
            notifier.sum_up()
            return
        notifier.watch.start()
        reload = partial(live.refresh, now_please=True)
        Loop(notifier.tick, name="notifier", bell=notifier, reload=reload).run()
        notifier.watch.stop()


@main.command("check")
@click.pass_obj
def check_command(home: Path) -> None:
    """Say whether the configuration is fit, and who would be told."""
    click.echo(f"Configuration is fine. {channels_words(load(home))}")


if __name__ == "__main__":
    cli.run(main)
