"""``start.py check``: what is wrong in config/."""

from pathlib import Path

import click

from deskwatch import cli
from deskwatch.config import check, describe_problems, problems_as_github, problems_as_json, resolve_home
from deskwatch.config.notice import NoticeText, read_notice


@click.command("check")
@click.option("--home", "place", type=click.Path(path_type=Path, file_okay=False), hidden=True)
@click.option("--format", "form", type=click.Choice(("text", "json", "github")), default="text")
@click.pass_context
def check_command(context: click.Context, place: Path | None, form: str) -> None:
    """Say what is wrong in config/, all at once, and start nothing. ``--format`` is for programs."""
    home = resolve_home(place or context.obj.path)
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
