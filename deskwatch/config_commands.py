"""``start.py check`` and ``config show``: what is wrong in config/, what holds, and where it is written."""

from collections.abc import Iterator
from pathlib import Path

import click

from deskwatch import cli, logs
from deskwatch.config import (
    Home,
    check,
    describe_problems,
    problems_as_github,
    problems_as_json,
    resolve_home,
)
from deskwatch.config.notice import NoticeText, read_notice
from deskwatch.config.origin import DEFAULT, Origin, origins

WIDEST = 60
"""Characters of a setting and its value before the column with its place."""


@click.command("check")
@click.option("--home", "place", type=click.Path(path_type=Path, file_okay=False), hidden=True)
@click.option("--format", "form", type=click.Choice(("text", "json", "github")), default="text")
@click.pass_context
def check_command(context: click.Context, place: Path | None, form: str) -> None:
    """Say what is wrong in config/, all at once, and start nothing. ``--format`` is for programs."""
    home = _home(context, place)
    checked = check(home)
    config = checked.config
    notice = read_notice(home, zone=config.zone, boards=config.boards) if config else NoticeText()
    problems = (*checked.problems, *notice.problems)
    if form != "text":
        print_ = problems_as_json if form == "json" else problems_as_github
        click.echo(print_(problems))
        context.exit(cli.OK if config else cli.FINDINGS)
    if config is None:
        click.echo(describe_problems(problems))
        context.exit(cli.FINDINGS)
    for warning in problems:
        click.echo(str(warning))
    sources = ", ".join(f"{name} ({source.kind})" for name, source in config.sources.items())
    click.echo(f"{home.config} is fine. Sources: {sources}. Boards: {', '.join(config.boards)}.")


@click.group("config")
def config_group() -> None:
    """Look at the configuration. Nothing is written."""


@config_group.command("show")
@click.argument("wanted", metavar="[PART]...", nargs=-1)
@click.option(
    "--origin", is_flag=True, help="Say with each value where it is written: file and line, or default."
)
@click.option("--written", is_flag=True, help="Only what the files say, no defaults.")
@click.option("--home", "place", type=click.Path(path_type=Path, file_okay=False), hidden=True)
@click.pass_context
def show_command(
    context: click.Context, wanted: tuple[str, ...], origin: bool, written: bool, place: Path | None
) -> None:
    """Print every setting that holds, or those whose file and name contain a PART: config show web.port.

    Secrets are shown as ***. Options of the command line, such as --port, come before what is printed here.
    """
    home = _home(context, place)
    checked = check(home, needs=())
    if checked.config is None:
        click.echo(describe_problems(checked.problems))
        context.exit(cli.FINDINGS)
    logs.SECRETS.register(*(secret.reveal() for secret in checked.config.secrets))
    found = [
        one
        for one in origins(checked.config)
        if (not written or one.place != DEFAULT)
        and (not wanted or any(part in f"{one.file}: {one.path}" for part in wanted))
    ]
    for line in _listed(found, origin=origin):
        click.echo(logs.one_line(logs.SECRETS.hide(line)))
    if wanted and not found:
        click.echo(f"No setting of {home.config} contains {' or '.join(wanted)}.", err=True)
        context.exit(cli.FINDINGS)


def _home(context: click.Context, place: Path | None) -> Home:
    """The folder named after the command, else before it, else by the environment; it has to be there."""
    return resolve_home(place or context.find_root().params["home"])


def _listed(found: list[Origin], *, origin: bool) -> Iterator[str]:
    """A line for each setting below the name of its file."""
    widths = (len(f"{one.path}: {one.value}") for one in found)
    width = min(max(widths, default=0), WIDEST)
    file = ""
    for one in found:
        if one.file != file:
            file = one.file
            yield f"# {file}"
        said = f"{one.path}: {one.value}"
        yield f"{said:<{width}}  # {one.place}" if origin else said
