"""What ``ticket_watcher.py`` does: watch, one round, checks, one ticket, names from the helpdesk."""

import json
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import Any

import click

from deskwatch import cli, logs
from deskwatch.beside import demo_beside
from deskwatch.clock import Monotonic, monotonic, utc_now
from deskwatch.config import Config, Home, LiveConfig, load
from deskwatch.config.people import names_for
from deskwatch.daemon import Loop
from deskwatch.errors import UsageError
from deskwatch.local.build import inbox_bell, local_source
from deskwatch.one_ticket import NoSuchTicketError, ticket_called
from deskwatch.sources import Source, source_class
from deskwatch.sources.http_client import Timeouts
from deskwatch.sources.local_settings import LocalSettings
from deskwatch.store.lock import OneOf
from deskwatch.store.names import file_name
from deskwatch.store.tickets import TicketFolder
from deskwatch.watch import MakeSource, Watcher

NEEDS = ("deskwatch", "sources")
"""Files whose secrets the watcher uses."""
MOST_ROUNDS = 100


def watch(home: Home, *, once: bool, log_level: str | None, listen: str | None = None) -> int:
    """Watch until stopped, or do one round. The exit code.

    Raises:
        ConfigError: the configuration cannot be used.
        LockHeldError: another watcher has this home.
        UsageError: the listener's address cannot be had.
    """
    live = LiveConfig(home, needs=NEEDS)
    cli.log_as("watcher", live, level=log_level)
    with OneOf(home.state / "watcher.lock"), demo_beside(live.current.sources, home.state) as demo_url:
        make = source_maker(demo_url)
        watcher = Watcher(live, make, folder=TicketFolder(home.tickets), started_at=utc_now())
        if once:
            return watch_once(watcher)
        attend = Attended(watcher)
        with inbox_bell(live.current) as bell:
            loop = Loop(attend, name="watcher", bell=bell, reload=lambda: live.refresh(now_please=True))
            if hasattr(signal, "SIGUSR1"):
                signal.signal(signal.SIGUSR1, lambda *_: _refresh(watcher, loop))
            with _listening(live, listen, attend, loop):
                loop.run()
        return cli.OK


class Attended:
    """The step of the loop, with somebody who is told when it has ended."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        self.on_end: Callable[[], None] = lambda: None

    def __call__(self, now: datetime) -> float:
        """One round."""
        try:
            return self.watcher.poll(now)
        finally:
            self.on_end()


def _listening(
    live: LiveConfig, wanted: str | None, attend: Attended, loop: Loop
) -> AbstractContextManager[object]:
    """The listener, if one is wanted; a watcher without one does not even load it."""
    if wanted is None and live.current.watcher.listener is None:
        return nullcontext()
    from deskwatch.door.listener import Listener, listen_settings

    settings = listen_settings(live.current, wanted)
    assert settings is not None, "somebody wants one"
    listener = Listener(lambda: live.current, settings, nudge=attend.watcher.nudge, wake=loop.wake)
    attend.on_end = listener.round_ended
    return listener


def _refresh(watcher: Watcher, loop: Loop) -> None:
    watcher.refresh_soon()
    loop.wake()


def watch_once(watcher: Watcher) -> int:
    """One round for cron: every source once, and again while one has more to tell. The exit code."""
    for _ in range(MOST_ROUNDS):
        watcher.poll(utc_now())
        if not watcher.has_more:
            break
    for name, error in watcher.errors.items():
        click.echo(logs.one_line(f"{name}: {error.words}"), err=True)
    return cli.UNREACHABLE if watcher.errors else cli.OK


@click.command("check")
@click.option("--live", is_flag=True, help="Also ask every helpdesk: key, rights, statuses, credits.")
@click.pass_obj
def check_command(home: Home, live: bool) -> int:
    """Say whether the configuration is fit, and with --live whether the helpdesks are."""
    return check(home, live=live)


def check(home: Home, *, live: bool) -> int:
    """Say whether the configuration is fit, and with ``live`` whether the helpdesks are.

    The exit code: 0 fine, 1 findings, 4 a helpdesk could not be asked.
    """
    config = load(home, needs=NEEDS)
    click.echo(f"Configuration is fine. Sources: {', '.join(config.sources)}.")
    code = cli.OK
    for name in config.sources if live else ():
        with opened_source(name, config, home) as source:
            place = source.place.partition(" by ")[0]  # by what a described helpdesk knows its tickets
            click.echo(f"{name} ({source.kind}, {place})")
            for finding in source.check(now=utc_now()):
                click.echo(logs.one_line(f"  {'ok ' if finding.ok else 'NOT'} {finding.words}"))
                if finding.unreachable:
                    code = cli.UNREACHABLE
                elif not finding.ok and code == cli.OK:
                    code = cli.FINDINGS
    return code


@click.command("show")
@click.argument("ticket")
@click.option("--raw", is_flag=True, help="As the helpdesk tells it, not as the file has it.")
@click.pass_obj
def show_command(home: Home, ticket: str, raw: bool) -> None:
    """Print one ticket, for example: show freshservice-17. Its number or id will do."""
    click.echo(show_raw(home, ticket) if raw else show(home, ticket))


def show(home: Home, wanted: str) -> str:
    """A ticket file as it lies in tickets/.

    Raises:
        UsageError: there is none, or several can be meant.
        StoreError: it is there and no ticket, or the folder cannot be listed.
    """
    folder = TicketFolder(home.tickets)
    try:
        found = ticket_called(wanted, folder)
    except NoSuchTicketError:
        if not (folder.root / file_name(wanted)).exists():
            raise
        found = folder.read(wanted)  # says what is wrong with the file
    return as_json(found.to_dict())


def show_raw(home: Home, wanted: str) -> str:
    """A ticket exactly as the helpdesk tells it; one that is not in tickets/ is asked for by key.

    Raises:
        UsageError: no source has such keys.
        SourceError: the helpdesk did not tell.
    """
    config = load(home, needs=NEEDS)
    try:
        found = ticket_called(wanted, TicketFolder(home.tickets))
        name, id_ = found.source, found.id
    except NoSuchTicketError:
        name = max((name for name in config.sources if wanted.startswith(f"{name}-")), key=len, default="")
        id_ = wanted.removeprefix(f"{name}-")
    is_number = id_.isascii() and id_.isdecimal()
    if name not in config.sources or not id_ or (not is_number and config.sources[name].kind != "rest"):
        raise UsageError(f"{wanted}: expected SOURCE-NUMBER with a source of {', '.join(config.sources)}")
    with opened_source(name, config, home) as source:
        return as_json(source.raw(id_, now=utc_now()))


def as_json(value: Any) -> str:
    """JSON to be read on a terminal: what steers one, or turns text around, is escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return "".join(c if c == "\n" or c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return json.dumps(character)[1:-1].replace("\x7f", "\\u007f")


@click.command("names")
@click.argument("who", required=False, type=click.Choice(["agents", "requesters"]))
@click.pass_obj
def names_command(home: Home, who: str | None) -> None:
    """Print agents and requesters of the helpdesks as YAML, to copy into config/."""
    click.echo(names(home, who), nl=False)


def names(home: Home, wanted: str | None) -> str:
    """What agents.yaml or requesters.yaml (``wanted``; None: both) could say, as YAML to copy from.

    Raises:
        SourceError: the helpdesk did not tell.
    """
    config = load(home, needs=NEEDS)
    parts = []
    for name in config.sources:
        prefix = f"{name}:" if config.has_several_helpdesks else ""
        given = {
            "agents": names_for(name, config.agents, config.sources),
            "requesters": names_for(name, config.requesters, config.sources),
        }
        with opened_source(name, config, home) as source:
            people = source.people(now=utc_now())
        for kind in (wanted,) if wanted else tuple(people):
            parts.append(f"# {name}: for config/{kind}.yaml\n{_yaml(people[kind], given[kind], prefix)}")
    return "\n".join(parts)


def _yaml(found: Mapping[str, str], given: Mapping[str, str], prefix: str) -> str:
    """One ``"id": "name"`` a line; JSON texts are YAML texts. A name the admin gave wins."""
    lines = (
        f"{as_json(prefix + id_)}: {as_json(given.get(id_, name))}\n"
        for id_, name in sorted(found.items(), key=lambda pair: pair[1].casefold())
    )
    return "".join(lines) or "{}\n"


def source_maker(demo_url: str | None, *, clock: Monotonic = monotonic) -> MakeSource:
    """Builds sources from the configuration. ``demo_url`` is where the simulated helpdesk runs."""

    def make(name: str, config: Config) -> Source:
        settings = config.sources[name]
        usual = config.watcher.poll_interval
        settings = settings.model_copy(update={"poll_interval": settings.poll_interval or usual})
        if settings.kind == "demo" and settings.base_url is None:
            if demo_url is None:
                raise UsageError("a source of kind demo was added: restart, so that its helpdesk starts too")
            settings = settings.model_copy(update={"base_url": demo_url})
        if isinstance(settings, LocalSettings):
            return local_source(name, settings, config)
        limits = config.watcher.request_timeout
        source: Source = source_class(settings.kind)(
            name,
            settings,
            agents=names_for(name, config.agents, config.sources),
            requesters=names_for(name, config.requesters, config.sources),
            timeouts=Timeouts(
                connect=limits.connect.total_seconds(),
                read=limits.read.total_seconds(),
                total=limits.total.total_seconds(),
            ),
            clock=clock,
        )
        return source

    return make


@contextmanager
def opened_source(name: str, config: Config, home: Home) -> Iterator[Source]:
    """A source for one command, with its simulated helpdesk when it needs one."""
    with demo_beside({name: config.sources[name]}, home.state) as demo_url:
        source = source_maker(demo_url)(name, config)
        try:
            yield source
        finally:
            source.close()
