"""The command line of ``notifier.py``: names, options, and which function each of them calls."""

from datetime import timedelta
from pathlib import Path

import click

from deskwatch.clock import utc_now
from deskwatch.config import Home
from deskwatch.errors import UsageError
from deskwatch.notify_commands import asking, checking, message_log, telling, testing
from deskwatch.notify_commands.desk_view import DeskView
from deskwatch.notify_commands.running import NEEDS
from deskwatch.notify_commands.words import parse_moment
from deskwatch.settings import parse_duration

by_option = click.option("--by", default="", help="Who says so: an id of people.yaml.")


def _view(context: click.Context, *, secrets: bool = False) -> DeskView:
    home: Home = context.obj
    return DeskView.of(home, now=utc_now(), needs=NEEDS if secrets else ("deskwatch",))


@click.command("check")
@click.option("--live", is_flag=True, help="Also ask the provider of every channel; nobody is told anything.")
@click.pass_context
def check_command(context: click.Context, live: bool) -> None:
    """Say whether the configuration is fit, who is on call and what is missing."""
    context.exit(checking.check(_view(context, secrets=True), live=live))


@click.command("test")
@click.option("--to", "to", required=True, help="An id of people.yaml, or channel:NAME for a room.")
@click.option("--channel", default=testing.ALL, show_default=True, help="A channel of alerts.yaml, or all.")
@click.pass_context
def test_command(context: click.Context, to: str, channel: str) -> None:
    """Send one real test message, whatever alerts.mode says."""
    context.exit(testing.send_tests(_view(context, secrets=True), to, channel))


@click.command("explain")
@click.argument("ticket")
@click.option("--at", help='Look at it as if it were then: "2026-12-25 02:10".')
@click.pass_context
def explain_command(context: click.Context, ticket: str, at: str | None) -> None:
    """Say how a ticket stands, what was told about it and why, and what comes next."""
    view = _view(context)
    moment = parse_moment(at, view.config.zone) if at else None
    context.exit(telling.explain(view, ticket, at=moment))


@click.command("simulate")
@click.option("--at", required=True, help='From when on: "2026-12-25 02:10", in the zone of the desk.')
@click.option("--ticket", "file", required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--arrives", is_flag=True, help="Move the ticket's times so that it is created at that moment.")
@click.pass_context
def simulate_command(context: click.Context, at: str, file: Path, arrives: bool) -> None:
    """Say who would be told what and when about the ticket of a file. Nothing is sent or written."""
    view = _view(context)
    context.exit(telling.simulate(view, file, at=parse_moment(at, view.config.zone), arrives=arrives))


@click.command("ack")
@click.argument("wanted", metavar="TICKET|CODE")
@click.option("--by", required=True, help="Who takes it: an id of people.yaml.")
@click.pass_context
def ack_command(context: click.Context, wanted: str, by: str) -> None:
    """Take a ticket: nobody else is told about it. For example: ack K7Q2 --by ana."""
    context.exit(asking.acknowledge(_view(context), wanted, by))


@click.command("silence")
@click.argument("ticket", required=False)
@click.option("--until", help='"2026-12-25 08:00", or for how long: 4h.')
@click.option("--reason", default="", help="For those who wonder.")
@click.option("--end", is_flag=True, help="Tell about the ticket again.")
@by_option
@click.pass_context
def silence_command(
    context: click.Context, ticket: str | None, until: str | None, reason: str, end: bool, by: str
) -> None:
    """List maintenance and silences; or tell nobody about a TICKET until a given time."""
    view = _view(context)
    who = view.contact(by).id if by else "the command line"
    if ticket is None:
        context.exit(asking.list_silences(view))
    if end:
        context.exit(asking.end_silence(view, ticket, by=who))
    if not until:
        raise UsageError("--until is missing: a silence has an end")
    moment = view.now + span if (span := _duration(until)) else parse_moment(until, view.config.zone)
    context.exit(asking.silence(view, ticket, until=moment, by=who, reason=reason))


@click.command("log")
@click.option(
    "--since", default="24h", show_default=True, help='How far back: 2h, 7d, or "2026-12-25 02:10".'
)
@click.option("--whole", is_flag=True, help="With the whole texts.")
@click.pass_context
def log_command(context: click.Context, since: str, whole: bool) -> None:
    """List the messages and what became of each, with the provider's own words."""
    view = _view(context)
    moment = view.now - span if (span := _duration(since)) else parse_moment(since, view.config.zone)
    context.exit(message_log.print_log(view, since=moment, whole=whole))


def _duration(text: str) -> timedelta | None:
    try:
        return parse_duration(text)
    except ValueError:
        return None
