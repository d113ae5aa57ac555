"""``gui.py light``: a status lamp for one board, as a small process of its own."""

import os
from pathlib import Path

import click

from deskwatch import cli
from deskwatch.clock import utc_now
from deskwatch.config import Home, LiveConfig
from deskwatch.config.machine import Machine
from deskwatch.daemon import Loop
from deskwatch.errors import UsageError
from deskwatch.light.lamp_desk import LampDesk
from deskwatch.light.luxafor import Flag
from deskwatch.light.running import LightRunner
from deskwatch.light.webhook import TIMEOUT, LightWebhook
from deskwatch.settings import Secret, SecretRef, parse_duration

USUAL_FILE = "light.json"


@click.command("light")
@click.option("--board", required=True, help="The board whose light is shown.")
@click.option(
    "--file", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write the light there."
)
@click.option(
    "--webhook", "webhooks", multiple=True, help="Post it there: an address, env:NAME or file:PATH."
)
@click.option("--luxafor", help="A Luxafor flag on this machine: auto, or its device such as /dev/hidraw0.")
@click.option("--interval", default="10s", show_default=True, help="The longest wait between two looks.")
@cli.once_option
@cli.log_level_option
@click.pass_obj
def light_command(
    home: Home,
    board: str,
    file: Path | None,
    webhooks: tuple[str, ...],
    luxafor: str | None,
    interval: str,
    once: bool,
    log_level: str | None,
) -> int:
    """Show a board's light until stopped: in state/light.json, by webhook, on a Luxafor flag."""
    live = LiveConfig(home)
    cli.log_as("light", live, level=log_level)
    desk = LampDesk(home, live, board)
    if file is None and not webhooks and luxafor is None:
        file = home.state / USUAL_FILE
    elif file is not None and not file.parent.is_dir():
        raise UsageError(
            f"--file: there is no folder {file.parent}. Correct the path, or make the folder first."
        )
    runner = LightRunner(
        desk,
        board,
        file=file,
        webhooks=[_webhook(home, text, number) for number, text in enumerate(webhooks, 1)],
        flag=None if luxafor is None else Flag(None if luxafor == "auto" else luxafor),
        interval=_seconds(interval),
    )
    loop = Loop(runner.step, name="light", bell=desk)
    if once:
        loop.step_once()
        return cli.OK if runner.part(TIMEOUT) else cli.FINDINGS
    desk.watch.start()
    try:
        loop.run()
    finally:
        runner.finish(utc_now())
    return cli.OK


def _seconds(text: str) -> float:
    try:
        seconds = parse_duration(text).total_seconds()
    except ValueError as problem:
        raise UsageError(f"--interval: {problem}") from None
    if not 0.2 <= seconds <= 3600:
        raise UsageError("--interval: expected something from 0.2s to 1h")
    return seconds


def _webhook(home: Home, text: str, number: int) -> LightWebhook:
    """The address is never repeated: it may be a password."""
    name = f"Webhook {number}"
    try:
        url = Secret(text)
        if text.startswith(("env:", "file:")):
            url = Machine(home, os.environ).secret(SecretRef.parse(text))
        return LightWebhook(name, url)
    except (ValueError, LookupError) as problem:
        raise UsageError(f"--webhook: {problem.args[0]}") from None
