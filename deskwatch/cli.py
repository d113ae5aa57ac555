"""What the command lines of all scripts share: options, exit codes, and errors as plain words.

Exit codes: 0 fine · 1 findings or an error · 2 wrong usage or configuration · 3 another process holds the
lock · 4 something needed could not be reached · 130 interrupted.
"""

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from deskwatch import __version__, ctrl_c, daemon, logs
from deskwatch.errors import DeskwatchError

if TYPE_CHECKING:
    from deskwatch.config import LiveConfig

OK, FINDINGS, USAGE, LOCK_HELD, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 4, 130
LEVELS = ("debug", "info", "warning", "error", "critical")

log = logging.getLogger(__name__)
F = TypeVar("F", bound=Callable[..., Any])

home_option = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that holds config/, tickets/ and state/.  [default: DESKWATCH_HOME, else this clone]",
)
log_level_option = click.option(
    "--log-level", type=click.Choice(LEVELS), help="Overrides log.level of config/deskwatch.yaml."
)
once_option = click.option("--once", is_flag=True, help="Do one round and exit, for cron.")
host_option = click.option(
    "--host", help="Address to listen on; overrides web.host of config/deskwatch.yaml."
)
port_option = click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port to listen on; overrides web.port of config/deskwatch.yaml.",
)
listen_option = click.option(
    "--listen", metavar="HOST:PORT", help="Take webhooks and the API here; overrides watcher.listener."
)
version_option = click.version_option(__version__, prog_name="Deskwatch", message="%(prog)s %(version)s")


class Menu(click.Group):
    """Commands that are loaded when somebody asks for them: the rest of a program costs them nothing.

    ``menu`` has for each name where its command is (``module:attribute``) and what ``--help`` says of it.
    """

    def __init__(self, *args: Any, menu: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.menu = menu

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name, in the order of the menu."""
        return list(self.menu)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, or None when there is none of this name."""
        if cmd_name not in self.menu:
            return None
        module, _, name = self.menu[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that was meant; a slip is answered with the nearest one."""
        wanted = args[0]
        if wanted not in self.menu and not wanted.startswith("-") and not ctx.resilient_parsing:
            near = get_close_matches(wanted, self.menu, n=1)
            ctx.fail(f"No such command {wanted!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What ``--help`` says about them, without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in self.menu.items()])


def watcher_options(command: F) -> F:
    """The options of the process that watches."""
    for option in (version_option, log_level_option, listen_option, once_option, home_option):
        command = option(command)
    return command


def log_as(
    process: str, live: "LiveConfig", *, level: str | None = None, stream: logs.Output | None = None
) -> None:
    """Set up logging as ``log:`` in config/deskwatch.yaml says. Secrets are hidden, also after a reload."""
    settings = live.current.log
    logs.SECRETS.follow(lambda: (secret.reveal() for secret in live.current.secrets))
    logs.set_up(
        process, level=level or settings.level, style=settings.format, file=settings.file, stream=stream
    )


def run(command: click.Command, arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a script's command and exit. People see sentences; a traceback goes to the log only.

    When the supervisor started this process, it also follows the supervisor's death
    (``daemon.follow_parent``).
    """
    daemon.follow_parent()
    with ctrl_c.stops_the_command():
        code = exit_code(command, arguments)
    sys.exit(code)


def exit_code(command: click.Command, arguments: Sequence[str] | None = None) -> int:
    """Run ``command`` and answer the exit code instead of exiting, with the words already on stderr."""
    try:
        result = command.main(args=arguments, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except DeskwatchError as error:
        _say(str(error))
        return error.exit_code
    except Exception as error:
        if ctrl_c.caused(error):
            return INTERRUPTED
        if not logging.getLogger().handlers:
            logs.set_up("deskwatch", stream=sys.stderr)
        log.exception("Unexpected error, please report it")
        return FINDINGS
    return result if isinstance(result, int) else OK


def _say(words: str) -> None:
    for line in words.splitlines():
        click.echo(logs.one_line(logs.SECRETS.hide(line)), err=True)
