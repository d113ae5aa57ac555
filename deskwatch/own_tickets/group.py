"""``ticket_watcher.py ticket``: tickets of the desk's own from the command line."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import click

from deskwatch import cli
from deskwatch.config import Config, Home, load
from deskwatch.core.own_commands import STATUSES
from deskwatch.core.ticket import Priority, format_instant
from deskwatch.errors import UsageError
from deskwatch.logs import one_line
from deskwatch.own_tickets.finding import find, line_of, open_tickets, shown
from deskwatch.own_tickets.giving import Giver

_PRIORITIES = click.Choice([priority.value for priority in Priority], case_sensitive=False)
F = TypeVar("F", bound=Callable[..., Any])


@click.group("ticket")
def ticket_group() -> None:
    """Make and change tickets that live in Deskwatch itself; see docs/own-tickets.md."""


def _who(command: Callable[..., int]) -> Callable[..., int]:
    """The options that every command has which changes something."""
    command = click.option("--by", metavar="WHO", help="Who asks for this.  [default: your login name]")(
        command
    )
    command = click.option("--json", "as_json", is_flag=True, help="Answer with a JSON object.")(command)
    return click.pass_obj(command)


def _fields(command: F) -> F:
    """The options that set fields of a ticket, in the order of --help."""
    for option in reversed(
        (
            click.option("--description", help="Plain text; @FILE or @- reads it from a file or the input."),
            click.option("--priority", type=_PRIORITIES, help="How urgent it is."),
            click.option("--status", help=f"One of {', '.join(s.status.name for s in STATUSES.values())}."),
            click.option("--agent", help="The technician, by id or name; - for nobody."),
            click.option("--group", help="The team; - for none."),
            click.option("--requester", help='Who asks: "Mia" or "Mia <mia@example.com>".'),
            click.option("--client", help="The customer, company or department; - for none."),
            click.option("--type", "type_", help="Such as Incident; sla.yaml has targets by type."),
            click.option("--category", help="Any word of yours."),
            click.option("--tag", "tags", multiple=True, help="May be given several times."),
            click.option("--due", help='Deadline of the solution: "2026-12-24 18:00"; - for none.'),
            click.option("--response-due", help="Deadline of the first answer; - for none."),
        )
    ):
        command = option(command)
    return command


@ticket_group.command("new")
@click.argument("subject")
@_fields
@click.option("--source", help="Name in sources.yaml, when several are of kind local.")
@_who
def new_command(
    home: Home, subject: str, source: str | None, by: str | None, as_json: bool, **options: Any
) -> int:
    """Make a ticket: new "Printer is out" --priority high --client Acme. Prints its number."""
    config = load(home)
    fields = {"subject": subject, **_given(options, config)}
    return Giver(config, by, as_json).give({"op": "create", "fields": fields, **_named(source)})


@ticket_group.command("update")
@click.argument("ticket")
@click.option("--subject", help="What it is about.")
@_fields
@click.option("--note", "text", help="Say something about it at the same time.")
@_who
def update_command(
    home: Home, ticket: str, text: str | None, by: str | None, as_json: bool, **options: Any
) -> int:
    """Change fields of TICKET: update NDB-0007 --priority high. --status Open reopens a resolved one."""
    config = load(home)
    command = {"op": "update", "id": ticket, "fields": _given(options, config), **_said(text)}
    return Giver(config, by, as_json).give(command)


@ticket_group.command("assign")
@click.argument("ticket")
@click.argument("agent", required=False)
@click.option("--group", help="The team.")
@click.option("--note", "text", help="Say something about it at the same time.")
@_who
def assign_command(
    home: Home,
    ticket: str,
    agent: str | None,
    group: str | None,
    text: str | None,
    by: str | None,
    as_json: bool,
) -> int:
    """Give TICKET to AGENT, by id or name; - for nobody."""
    fields = _texts({"agent": agent, "group": group})
    if not fields:
        raise UsageError("who gets it? assign TICKET AGENT, or assign TICKET --group TEAM")
    command = {"op": "assign", "id": ticket, "fields": fields, **_said(text)}
    return Giver(load(home), by, as_json).give(command)


@ticket_group.command("note")
@click.argument("ticket")
@click.argument("text")
@_who
def note_command(home: Home, ticket: str, text: str, by: str | None, as_json: bool) -> int:
    """Say TEXT about TICKET; @FILE or @- reads it from a file or the input."""
    command = {"op": "note", "id": ticket, "text": _text(text)}
    return Giver(load(home), by, as_json).give(command)


@ticket_group.command("ack")
@click.argument("ticket")
@_who
def ack_command(home: Home, ticket: str, by: str | None, as_json: bool) -> int:
    """Have the alerts about TICKET count as taken; it may be of any helpdesk."""
    return Giver(load(home), by, as_json).give({"op": "ack", "id": ticket})


@ticket_group.command("resolve")
@click.argument("ticket")
@click.argument("text", required=False)
@click.option("--close", is_flag=True, help="Closed for good instead of resolved.")
@_who
def resolve_command(
    home: Home, ticket: str, text: str | None, close: bool, by: str | None, as_json: bool
) -> int:
    """Resolve TICKET. TEXT says how; a late ticket needs it."""
    fields = {"fields": {"status": "Closed"}} if close else {}
    command = {"op": "resolve", "id": ticket, **fields, **_said(text)}
    return Giver(load(home), by, as_json).give(command)


@ticket_group.command("delete")
@click.argument("ticket")
@click.argument("reason", required=False)
@_who
def delete_command(home: Home, ticket: str, reason: str | None, by: str | None, as_json: bool) -> int:
    """Delete TICKET. It stays in the archive as long as others do."""
    return Giver(load(home), by, as_json).give({"op": "delete", "id": ticket, **_said(reason)})


@ticket_group.command("show")
@click.argument("ticket")
@click.option("--json", "as_json", is_flag=True, help="The object of its file.")
@click.pass_obj
def show_command(home: Home, ticket: str, as_json: bool) -> int:
    """Show TICKET with its notes, on the wall or in the archive."""
    config = load(home)
    found = find(config, ticket)
    if as_json:
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=2))
    else:
        for line in shown(found, config):
            click.echo(one_line(line))
    return cli.OK


@ticket_group.command("list")
@click.option("--agent", help="Only those of this technician; - for nobody's.")
@click.option("--client", help="Only those of this client.")
@click.option("--status", help="Only those in this status.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_command(home: Home, agent: str | None, client: str | None, status: str | None, as_json: bool) -> int:
    """List the open tickets that live here, the oldest first."""
    for ticket in open_tickets(load(home), agent=agent, client=client, status=status):
        line = json.dumps(ticket.to_dict(), ensure_ascii=False) if as_json else line_of(ticket)
        click.echo(line if as_json else one_line(line))
    return cli.OK


def _given(options: Mapping[str, Any], config: Config) -> dict[str, Any]:
    """The fields that were named on the command line."""
    names = {"type_": "type", "due": "resolution_due_at", "response_due": "first_response_due_at"}
    fields = _texts({names.get(name, name): value for name, value in options.items() if name != "tags"})
    if fields.get("description"):
        fields["description"] = _text(fields["description"])
    for name in ("resolution_due_at", "first_response_due_at"):
        if fields.get(name):
            fields[name] = _instant(fields[name], config)
    if tags := options.get("tags"):
        fields["tags"] = list(tags)
    return fields


def _texts(said: Mapping[str, str | None]) -> dict[str, Any]:
    """What was said; a dash clears a field."""
    return {name: None if value == "-" else value for name, value in said.items() if value is not None}


def _named(source: str | None) -> dict[str, str]:
    return {} if source is None else {"source": source}


def _said(text: str | None) -> dict[str, str]:
    return {} if text is None else {"text": _text(text)}


def _text(said: str) -> str:
    """The words themselves, or those of a file."""
    if not said.startswith("@"):
        return said
    try:
        with click.open_file(said[1:], encoding="utf-8") as file:
            words: str = file.read(100_000)
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(f"{said[1:]} cannot be read: {problem}") from None
    return words


def _instant(said: str, config: Config) -> str:
    """An instant with its offset; without one it is meant in the zone of the desk."""
    try:
        at = datetime.fromisoformat(said.strip())
    except ValueError:
        raise UsageError(f"expected a date and time such as 2026-12-24 18:00, got {said!r}") from None
    return format_instant(at.replace(tzinfo=config.zone) if at.tzinfo is None else at)
