"""``python -m deskwatch import``: the command line, and the question who may look."""

import hashlib
import os
import secrets
import socket
import sys
from pathlib import Path

import click
from pydantic import ValidationError

from deskwatch import cli
from deskwatch.clock import utc_now
from deskwatch.config import Home, check, resolve_home
from deskwatch.config.fields import Network
from deskwatch.errors import UsageError
from deskwatch.migrate.dash_yaml import NOBODY_ELSE, Access
from deskwatch.migrate.importing import Wishes, import_ticket_dash
from deskwatch.migrate.placing import Placer, Report
from deskwatch.settings import Strict

LINK = "wall"
"""What the wall link of an import is called."""
CHOICES = """\
Only this machine may look now; Ticket Dash listened on every network and asked nobody. To let others in:
  --allow-network 192.168.10.0/24   everybody in that network; may be given again
  --wall-link                       screens that opened a secret link once
Later: access: in config/deskwatch.yaml."""


class _Networks(Strict):
    networks: list[Network]


@click.group("import")
def import_group() -> None:
    """Move over from another program. Its folder stays as it is."""


@import_group.command("ticket-dash")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--home", "place", type=click.Path(path_type=Path, file_okay=False), help="Where to move to.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--domain", help="The helpdesk's address, when no Python file of the folder names it.")
@click.option("--allow-network", "networks", multiple=True, help="Whose clients may look; again for more.")
@click.option("--wall-link", is_flag=True, help="Make a secret link that lets a screen look.")
@click.pass_context
def ticket_dash_command(
    context: click.Context,
    folder: Path,
    place: Path | None,
    dry_run: bool,
    domain: str | None,
    networks: tuple[str, ...],
    wall_link: bool,
) -> None:
    """Take key, names, certificate, tickets, archive and settings over from Ticket Dash."""
    home: Home = resolve_home(place, may_be_new=True) if place else context.obj
    open_question, report = _undecided(home), Report()
    told = False
    if open_question and not (networks or wall_link or dry_run):
        told = not at_a_terminal()
        networks, wall_link = (networks, wall_link) if told else asked()
    link = secrets.token_urlsafe(24) if wall_link and open_question and not dry_run else ""
    wishes = Wishes(access=access_of(networks, link), domain=domain, dry_run=dry_run)
    if (networks or wall_link) and not open_question:
        report.found("config/deskwatch.yaml says already who may look: set access: and web.host there")
    try:
        import_ticket_dash(folder, home, wishes, report, now=utc_now())
    finally:
        _print(report, f"From {folder} to {home}{' (a dry run, nothing is written)' if dry_run else ''}:")
        if link and wishes.access.knows(home.config / "deskwatch.yaml"):
            click.echo(
                f"Open this once on the screen. Nobody can show it again:  {wall_address(home)}w/{link}"
            )
    if told:
        click.echo(CHOICES)
    click.echo(outcome(report, home, dry_run=dry_run))
    context.exit(cli.FINDINGS if report.findings else cli.OK)


def _print(report: Report, head: str) -> None:
    for line in (head, *report.lines) if report.lines else ():
        click.echo(line)


def _undecided(home: Home) -> bool:
    """Whether nobody has said yet who may look: the file is missing, or holds only defaults."""
    missing = not (home.config / "deskwatch.yaml").exists()
    return missing or Placer(home, Report(), dry_run=True).is_untouched("deskwatch")


def at_a_terminal() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def asked() -> tuple[tuple[str, ...], bool]:
    """Ask at the terminal: networks, and whether to make a wall link."""
    click.echo("Ticket Dash listened on every network and asked nobody who he was. Who may look from now on?")
    click.echo(
        "  1  only this machine   2  everybody in a network   3  screens that opened a secret link once"
    )
    choice = click.prompt("Choose", type=click.Choice(("1", "2", "3")), default="1", show_choices=False)
    if choice == "2":
        return tuple(click.prompt("Networks, such as 192.168.10.0/24").replace(",", " ").split()), False
    return (), choice == "3"


def access_of(networks: tuple[str, ...], link: str) -> Access:
    """The decision as it is written down: of a link only its hash.

    Raises:
        UsageError: something is no network.
    """
    if not networks and not link:
        return NOBODY_ELSE
    try:
        read = _Networks.model_validate({"networks": list(networks)}).networks
    except ValidationError as problem:
        words = problem.errors()[0]["msg"].removeprefix("Value error, ")
        raise UsageError(f"--allow-network: {words}") from None
    links = {LINK: hashlib.sha256(link.encode()).hexdigest()} if link else None
    return Access(tuple(str(network) for network in read), links)


def stranger(home: Home) -> int | None:
    """The user id of the home's owner when root has written there, which the owner's services cannot read."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    owner = home.path.stat().st_uid
    return owner if owner != 0 else None


def wall_address(home: Home) -> str:
    """Where screens will find the wall, as far as this machine knows."""
    config = check(home, needs=()).config
    if config is None:
        return "https://THIS-MACHINE/"
    if config.web.public_url:
        return config.web.public_url
    scheme = "https" if config.web.certificate else "http"
    return f"{scheme}://{socket.gethostname()}:{config.web.port}/"


def outcome(report: Report, home: Home, *, dry_run: bool) -> str:
    """The last line."""
    look = f" {report.findings} to look at (marked !)." if report.findings else ""
    if dry_run:
        return f"{report.changes or 'No'} files would be written; nothing was.{look}"
    if not report.changes:
        return f"Nothing had to be changed.{look}"
    if (owner := stranger(home)) is not None:
        look += f" Written as root, and the home is another user's: chown -R {owner}: {home}"
    return f"Done.{look} Next: python3 start.py check --home {home}, then python3 start.py --home {home}"
