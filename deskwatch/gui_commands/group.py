"""The command line of ``gui.py``: names, options, and which function each of them calls."""

import click

from deskwatch.clock import utc_now
from deskwatch.config import Home, LiveConfig
from deskwatch.config.notice import read_notice
from deskwatch.core.privacy import Privacy
from deskwatch.gui_commands.wall_link import fresh_link
from deskwatch.web.listening import prepare
from deskwatch.web.tls import make_self_signed


@click.command("check")
@click.pass_context
def check_command(context: click.Context) -> None:
    """Say whether configuration, certificate and access rules are fit to serve."""
    home: Home = context.obj
    asked = context.parent.params if context.parent else {}
    config = LiveConfig(home).current
    for slip in read_notice(home, zone=config.zone, boards=config.boards).problems:
        click.echo(str(slip))
    listening = prepare(config, host=asked.get("host"), port=asked.get("port"), now=utc_now(), claim=False)
    click.echo(f"Fit to serve {listening.url}")


@click.command("certificate")
@click.argument("hosts", nargs=-1, required=True)
@click.pass_obj
def certificate_command(home: Home, hosts: tuple[str, ...]) -> None:
    """Make a self-signed certificate for these host names and addresses: cert.pem and key.pem."""
    make_self_signed(home.path / "cert.pem", home.path / "key.pem", hosts=list(hosts))
    click.echo(f"Wrote cert.pem and key.pem to {home}. From now on the wall is served over HTTPS.")


@click.command("token")
@click.argument("name")
@click.option("--board", "boards", multiple=True, help="A board this wall may show; again for more.")
@click.option(
    "--privacy",
    type=click.Choice([privacy.value for privacy in Privacy]),
    default=Privacy.FULL.value,
    help="The most this wall shows of its boards.  [default: as the boards]",
)
@click.option("--expires", help="When the link ends by itself: 2027-01-31.")
@click.pass_obj
def token_command(home: Home, name: str, boards: tuple[str, ...], privacy: str, expires: str | None) -> None:
    """Make a wall link for a screen elsewhere, such as "lobby".

    Nothing is written: paste the lines into config/deskwatch.yaml, then open the link.
    """
    link = fresh_link(LiveConfig(home).current, name, boards, Privacy(privacy), expires, now=utc_now())
    click.echo(
        f"Add this to config/deskwatch.yaml, under access: tokens: (instead of [] there):\n\n{link.yaml}"
    )
    click.echo(f"Then open this once on the screen. Nobody can show it again:\n\n  {link.url}")
    for note in link.notes:
        click.echo(f"\n{note}")
