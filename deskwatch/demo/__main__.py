"""``python -m deskwatch.demo``: the simulated helpdesk as a process that prints its URL."""

if __name__ == "__main__":
    try:
        from deskwatch import ctrl_c

        ctrl_c.leaves_at_once()
    except KeyboardInterrupt:
        raise SystemExit(130) from None

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from deskwatch import cli
from deskwatch.clock import utc_now
from deskwatch.config import Home, load, resolve_home
from deskwatch.daemon import Loop
from deskwatch.demo.atera_switches import AteraSwitches
from deskwatch.demo.life import FILE, open_demo
from deskwatch.demo.server import serve
from deskwatch.demo.switches import Switches
from deskwatch.errors import ConfigError

_CATCH_UP_EVERY = 30.0
"""Seconds between catching up with the clock, so that no request has to replay hours."""


@click.command()
@cli.home_option
@click.option(
    "--product",
    type=click.Choice(["freshservice", "freshdesk", "atera"]),
    default="freshservice",
    help="Whose API it speaks; the tickets are the same.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; 0 takes a free one."
)
@click.option("--seed", type=int, help="Another number: other tickets.  [default: from config/sources.yaml]")
@click.option("--tickets", type=click.IntRange(1, 20_000), help="How many are open.  [default: as above]")
@click.option("--speed", type=click.FloatRange(0.1, 100), default=1.0, help="How fast everyday tickets live.")
@cli.version_option
def main(
    home: Path | None, product: str, port: int, seed: int | None, tickets: int | None, speed: float
) -> None:
    """Run a simulated helpdesk with a living population, on this machine only. The API key is: demo"""
    place = resolve_home(home, may_be_new=True)
    configured = _configured(place)
    helpdesk = open_demo(
        place.state / (FILE if product == "freshservice" else f"demo-{product}.json"),
        clock=utc_now,
        seed=configured[0] if seed is None else seed,
        tickets=tickets or configured[1],
        speed=speed,
        **_options(product),
    )
    helpdesk.advance()

    def catch_up(now: datetime) -> float:
        helpdesk.advance(now)
        return _CATCH_UP_EVERY

    with serve(helpdesk, port=port) as server:
        click.echo(f"The simulated helpdesk is at {server.url}")
        Loop(catch_up, name="demo").run()


def _options(product: str) -> dict[str, Any]:
    """What makes a helpdesk speak another product's API."""
    if product == "atera":
        return {"switches": AteraSwitches(), "plan": "atera"}
    return {"switches": Switches(product="freshdesk")} if product == "freshdesk" else {}


def _configured(home: Home) -> tuple[int, int]:
    """Seed and number of tickets that the configuration wishes for."""
    with suppress(ConfigError):  # the processes that need it complain; the demo goes on
        for source in load(home).sources.values():
            if source.kind == "demo":
                return source.seed, source.tickets
    return 1, 90


if __name__ == "__main__":
    cli.run(main)
