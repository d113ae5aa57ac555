"""The commands of ``ticket_watcher.py``: where each is, and what ``--help`` says about it."""

import click

from deskwatch import cli

MENU = {
    "check": (
        "deskwatch.watch_commands:check_command",
        "Say whether the configuration is fit, and with --live whether the helpdesks are.",
    ),
    "show": (
        "deskwatch.watch_commands:show_command",
        "Print one ticket, for example: show freshservice-17. Its number or id will do.",
    ),
    "names": (
        "deskwatch.watch_commands:names_command",
        "Print agents and requesters of the helpdesks as YAML, to copy into config/.",
    ),
    "import": (
        "deskwatch.watch_import:import_group",
        "Print settings that a helpdesk already has, to apply by hand.",
    ),
    "source": (
        "deskwatch.watch_menu:source_group",
        "Describe a helpdesk in a YAML file of config/sources.d/, and try it.",
    ),
    "ticket": (
        "deskwatch.own_tickets.group:ticket_group",
        "Make and change tickets that live in Deskwatch itself; see docs/own-tickets.md.",
    ),
    "user": (
        "deskwatch.door.commands:user_group",
        "People who may use the API for own tickets: the lines for config/users.yaml.",
    ),
    "token": (
        "deskwatch.door.commands:token_group",
        "Tokens for the API, kept as hashes in state/api-tokens.json.",
    ),
}
"""See ``cli.Menu``."""

SOURCE_MENU = {
    "presets": (
        "deskwatch.watch_menu:presets_command",
        "List the helpdesks for which there is a file to start from.",
    ),
    "new": (
        "deskwatch.watch_source:new_command",
        "Start config/sources.d/NAME.yaml from a preset.",
    ),
    "check": (
        "deskwatch.watch_source:check_command",
        "Say whether FILE (or NAME in config/sources.d/) is fit: every mistake with its line and column.",
    ),
    "try": (
        "deskwatch.watch_source:try_command",
        "Ask the helpdesk for a few tickets and show what becomes of them.",
    ),
    "record": (
        "deskwatch.watch_source:record_command",
        "Store the answers of `try` for a bug report, without secrets, names, addresses and texts.",
    ),
    "replay": (
        "deskwatch.watch_source:replay_command",
        "Show what becomes of recorded answers, without a network.",
    ),
}


@click.group("source", cls=cli.Menu, menu=SOURCE_MENU)
def source_group() -> None:
    """Describe a helpdesk in a YAML file of config/sources.d/, and try it. See docs/add-a-helpdesk.md."""


@click.command("presets")
def presets_command() -> None:
    """List the helpdesks for which there is a file to start from."""
    from deskwatch.sources.rest.presets import headline, presets

    width = max(map(len, presets()))
    for name, path in presets().items():
        click.echo(f"{name:<{width}}  {headline(path.read_text('utf-8'))}")
