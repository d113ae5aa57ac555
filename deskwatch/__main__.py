"""``python -m deskwatch``: the watcher, the notifier and the dashboard together. ``start.py`` ends here."""

import logging
import os
import random
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from deskwatch import cli, logs
from deskwatch.child import Program
from deskwatch.config import Home, LiveConfig, resolve_home
from deskwatch.console import Console, ConsoleStream
from deskwatch.daemon import Loop, QueueBell
from deskwatch.errors import UsageError
from deskwatch.store.lock import OneOf
from deskwatch.supervisor import Supervisor
from deskwatch.welcome import Welcome

log = logging.getLogger("deskwatch")
CODE = Path(__file__).resolve().parent.parent
DEMO_URL = "DESKWATCH_DEMO_URL"


@click.group(invoke_without_command=True)
@cli.home_option
@cli.host_option
@cli.port_option
@cli.version_option
@click.pass_context
def main(context: click.Context, home: Path | None, host: str | None, port: int | None) -> None:
    """Run watcher, notifier and dashboard until Ctrl-C or SIGTERM."""
    context.obj = resolve_home(home)
    if context.invoked_subcommand is None:
        run(context.obj, host=host, port=port)


@main.command()
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="As above.")
@click.pass_context
def check(context: click.Context, home: Path | None) -> None:
    """Say in words what is wrong in config/ and start nothing."""
    place: Home = resolve_home(home) if home else context.obj
    config = LiveConfig(place).current
    names = ", ".join(config.sources) or "none"
    click.echo(f"{place.config} is fine. Sources: {names}. Boards: {', '.join(config.boards)}.")


def run(home: Home, *, host: str | None, port: int | None) -> None:
    """Everything that ``start.py`` starts, until it is told to stop."""
    live = LiveConfig(home)
    config = live.current
    console = Console(sys.stdout, prefix=config.log.format == "text")
    logs.set_up("deskwatch", style=config.log.format, stream=ConsoleStream(console, "deskwatch"))
    bell = QueueBell()
    address = host or config.web.host, config.web.effective_port if port is None else (port or free_port())
    supervisor = Supervisor(
        partial(programs, home, live, *address, demo_port=free_port()),
        console=console,
        bell=bell,
        heartbeat=home.state / "supervisor.json",
        pid=os.getpid(),
        settings_stamp=partial(settings_stamp, home),
    )
    welcome = Welcome(host=address[0], port=address[1], tls=config.web.certificate is not None)

    def step(now: datetime) -> float:
        live.refresh()
        wait = supervisor.tick(now)
        if words := welcome.words():
            console.say(words)
        return wait if welcome.done else 0.25

    loop = Loop(step, name="supervisor", bell=bell, reload=supervisor.ask_to_reload, grace=10.0)
    with OneOf(home.state / "supervisor.lock"):
        try:
            loop.run()
        finally:
            supervisor.shut_down(hurry=loop.asked_twice)
            console.close()


def programs(home: Home, live: LiveConfig, host: str, port: int, *, demo_port: int) -> Iterator[Program]:
    """What runs under the current configuration. The simulated helpdesk comes first: the watcher needs it."""
    place = ("--home", str(home.path))
    env = {}
    if live.current.demo and DEMO_URL not in os.environ:
        env = {DEMO_URL: f"http://127.0.0.1:{demo_port}"}
        yield Program("demo", (sys.executable, "-m", "deskwatch.demo", *place, "--port", str(demo_port)))
    yield Program("watcher", (sys.executable, str(CODE / "ticket_watcher.py"), *place), env)
    yield Program("notifier", (sys.executable, str(CODE / "notifier.py"), *place))
    address = ("--host", host, "--port", str(port))
    yield Program("gui", (sys.executable, str(CODE / "gui.py"), *place, *address))


def settings_stamp(home: Home) -> tuple[object, ...]:
    """Changes when somebody edits the configuration or puts a secret in its place."""
    folders = (home.config, home.config / "secrets")
    paths = [home.path / ".env", home.path / "token.txt"]
    for folder in folders:
        with suppress(OSError):
            paths += folder.iterdir()
    found = []
    for path in sorted(paths):
        with suppress(OSError):
            state = path.stat()
            found.append((path.name, state.st_mtime_ns, state.st_size))
    return tuple(found)


def free_port() -> int:
    """A port nobody listens on, below the range from which systems take the ports of outgoing connections.

    Raises:
        UsageError: forty attempts found none.
    """
    for _ in range(40):
        port = random.randint(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise UsageError("No free port was found between 20000 and 32000; choose one with --port.")


if __name__ == "__main__":
    cli.run(main)
