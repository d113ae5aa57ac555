"""``ticket_watcher.py source``: describe a helpdesk in YAML, and see what Deskwatch makes of it."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import click

from deskwatch import cli
from deskwatch.clock import utc_now
from deskwatch.config import Home
from deskwatch.config.fields import NAME_PATTERN
from deskwatch.config.machine import Machine
from deskwatch.config.problems import Problem
from deskwatch.config.source_files import SourceFile
from deskwatch.config.sources import FOLDER
from deskwatch.errors import ConfigError, UsageError
from deskwatch.logs import SECRETS, one_line
from deskwatch.sources import SourceError
from deskwatch.sources.rest.api import Api, Client
from deskwatch.sources.rest.presets import presets
from deskwatch.sources.rest.recording import (
    RecordingClient,
    ReplayClient,
    beginning,
    for_replay,
    in_words,
    last_telling,
    proofs_in,
    save,
)
from deskwatch.sources.rest.redaction import Redactor, words_of
from deskwatch.sources.rest.settings import RestSettings
from deskwatch.sources.rest.showing import shown, undescribed, unmapped, unread
from deskwatch.sources.rest.source import RestSource
from deskwatch.sources.rest.trying import Sample


@click.command("new")
@click.argument("preset")
@click.argument("name", required=False)
@click.pass_obj
def new_command(home: Home, preset: str, name: str | None) -> None:
    """Start config/sources.d/NAME.yaml from a preset. A file that is there is never changed."""
    click.echo(new(home, preset, name or preset))


@click.command("check")
@click.argument("file")
@click.pass_context
def check_command(context: click.Context, file: str) -> None:
    """Say whether FILE (or NAME in config/sources.d/) is fit: every mistake with its line and column."""
    found = described(context.obj, file)
    for line in found.summary().splitlines():
        _say(line)
    context.exit(cli.FINDINGS if found.missing else cli.OK)


limit_option = click.option(
    "--limit", type=click.IntRange(1, 500), default=5, show_default=True, help="How many tickets."
)
folder_option = click.option(
    "--dir", "folder", type=click.Path(path_type=Path, file_okay=False), required=True, help="The recording."
)


@click.command("try")
@click.argument("file")
@limit_option
@click.pass_context
def try_command(context: click.Context, file: str, limit: int) -> None:
    """Ask the helpdesk for a few tickets and show what becomes of them. Nothing is written."""
    found = described(context.obj, file)
    client = RecordingClient(Api(found.name, found.settings).new_client())
    try:
        sample = sample_of(found, limit, client=client)
    except SourceError:
        for line in (*_asked(client, found), *_last_answer(client, found)):
            _say(line)
        raise
    for line in [*shown(sample, found.fields), *_asked(client, found), "", *_verdict(sample, found)]:
        _say(line)
    context.exit(_code(sample))


@click.command("record")
@click.argument("file")
@folder_option
@limit_option
@click.pass_context
def record_command(context: click.Context, file: str, folder: Path, limit: int) -> None:
    """Store the answers of `try` for a bug report, without secrets, names, addresses and texts."""
    found = described(context.obj, file)
    for line in record(found, folder, limit):
        _say(line)


@click.command("replay")
@click.argument("file")
@folder_option
@limit_option
@click.pass_context
def replay_command(context: click.Context, file: str, folder: Path, limit: int) -> None:
    """Show what becomes of recorded answers, without a network."""
    found = described(context.obj, file)
    settings = for_replay(found.settings)
    try:
        client = RecordingClient(ReplayClient(folder, settings))
    except ValueError as problem:
        raise UsageError(str(problem)) from None
    sample = sample_of(replace(found, settings=settings), limit, client=client)
    for line in [
        *shown(sample, found.fields, raw=False),
        *_asked(client, found),
        "",
        *_verdict(sample, found),
    ]:
        _say(line)
    context.exit(_code(sample))


def sample_of(found: "Described", limit: int, *, client: Client | None = None) -> Sample:
    """The first tickets of a helpdesk.

    Raises:
        SourceError: the helpdesk did not tell.
    """
    source = RestSource(found.name, found.settings, client=client)
    try:
        return source.sample(limit, now=utc_now())
    except SourceError as error:
        words = error.words.replace(f"config/{FOLDER}/{found.name}.yaml", found.shown)
        raise SourceError(error.kind, words, status=error.status) from None
    finally:
        source.close()


def _asked(client: RecordingClient, found: "Described") -> Iterator[str]:
    """What was asked."""
    yield "Requests:"
    yield from (f"  {in_words(exchange, found.settings)}" for exchange in client.exchanges)


def _last_answer(client: RecordingClient, found: "Described") -> Iterator[str]:
    """How it begins, for it went wrong."""
    exchange = last_telling(client.exchanges, found.settings)
    if exchange is not None:
        SECRETS.register(*proofs_in(client.exchanges, found.settings))
        yield f"The last answer begins: {beginning(exchange, found.settings, SECRETS.hide)}"


def record(found: "Described", folder: Path, limit: int) -> Iterator[str]:
    """Ask the helpdesk, and store redacted answers, also when the last one was an error. Answers what to say.

    Raises:
        UsageError: the folder cannot be used.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"there are files in {folder} already; name a new folder")
    client = RecordingClient(Api(found.name, found.settings).new_client())
    kept, trouble = set[str](), ""
    try:
        sample = sample_of(found, limit, client=client)
        kept.update(text for text in words_of(found.settings, sample.items) if text)
    except SourceError as error:
        trouble = error.words
    redactor = Redactor(found.settings, keep=kept)
    try:
        paths = save(client.exchanges, folder, found.settings, redactor)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written ({error.strerror})") from None
    yield from (str(path) for path in paths)
    if trouble:
        yield f"It ended with an error: {trouble}"
    yield f"{len(paths)} answers in {folder}. Texts that stayed: {', '.join(sorted(kept)) or 'none'}."
    yield "Everything else has other words. Look through the files before you hand them on."
    yield f"Offline: ticket_watcher.py source replay {found.shown} --dir {folder}"


def _verdict(sample: Sample, found: "Described") -> Iterator[str]:
    """What is still to be done."""
    gaps, blanks = unmapped(sample), unread(sample)
    if gaps:
        yield "Not in the maps of statuses, priorities or steps:"
        yield from (f"  {line}" for line in gaps)
        yield f"Next: add them to {found.shown}."
    if blanks:
        yield "Could not be read:"
        yield from (f"  {line}" for line in blanks)
        yield f"Next: correct these places of {found.shown}."
    if not sample.items:
        yield "Next: does tickets.items name the list, tickets.keep drop too much, or the key see nothing?"
    elif not gaps and not blanks:
        yield "Every value was understood."
        if blank := undescribed(found.fields):
            yield f"Not in fields: {', '.join(blank)}. Add what the helpdesk tells of them."
        yield f"Next: compare these tickets with the helpdesk's own pages; {found.place_it()}"


def _code(sample: Sample) -> int:
    return cli.OK if sample.items and not unmapped(sample) and not unread(sample) else cli.FINDINGS


def _say(line: str) -> None:
    click.echo(one_line(SECRETS.hide(line)))


def new(home: Home, preset: str, name: str) -> str:
    """Copy a preset. Answers what to do next.

    Raises:
        UsageError: there is no such preset, the name cannot be one, or the file is there already.
    """
    known = presets()
    if preset not in known:
        raise UsageError(f"there is no preset {preset}; there are {', '.join(known)}")
    if not re.fullmatch(NAME_PATTERN, name):
        raise UsageError(f"{name} cannot be a source: use small letters, digits, - and _ (at most 40)")
    text = known[preset].read_text("utf-8")
    folder = home.config / FOLDER
    path = folder / f"{name}.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} is there already, and stays as it is; choose another name") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror})") from None
    used = re.findall(r"env:([A-Z0-9_]+)", re.sub(r"(?m)^\s*#.*$|\s#.*$", "", text))  # not those of webhooks
    variables = "\n".join(f"     {name}=..." for name in dict.fromkeys(used))
    program = "ticket_watcher.py source"
    return (
        f"Wrote {path}. Next:\n"
        f"  1. Set base_url in it; its first lines say what to prepare in the helpdesk.\n"
        f"  2. Put the secrets into the file .env beside config/:\n{variables}\n"
        f"  3. {program} check {name}\n"
        f"  4. {program} try {name}\n"
        "A watcher that runs keeps its configuration until the file and its secrets are fit."
    )


@dataclass(frozen=True)
class Described:
    """A helpdesk that a file describes well."""

    name: str
    shown: str
    settings: RestSettings
    warnings: tuple[Problem, ...]
    missing: tuple[Problem, ...]
    is_in_place: bool
    """Whether the watcher reads this file."""
    references: tuple[tuple[str, str], ...]
    """Name in the file and place of each secret, such as ``("token", "env:DESK_TOKEN")``."""

    def summary(self) -> str:
        """What ``check`` says."""
        return "\n".join([*map(str, (*self.warnings, *self.missing)), *self._lines()])

    @property
    def fields(self) -> set[str]:
        """What the file says of an item."""
        return self.settings.fields.model_fields_set

    def place_it(self) -> str:
        """How the watcher comes to read it."""
        if self.is_in_place:
            return "a watcher that runs reads it from now on."
        return f"then put the file into config/{FOLDER}/."

    def _lines(self) -> Iterator[str]:
        settings, lists = self.settings, self.settings.tickets
        yield f"{self.shown} is {'complete but for its secrets' if self.missing else 'fine'}."
        yield f"  tickets  {lists.method} {settings.base_url}{lists.path} (paging: {lists.paging.kind})"
        changes = "the whole list is compared each time" if settings.changes is None else "asked for"
        yield f"  changes  {changes}"
        yield f"  auth     {settings.auth.kind}"
        unknown = {problem.path.rpartition(".")[2] for problem in self.missing}
        for name, reference in self.references:
            yield f"  secret   {name}: {reference} ({'not there' if name in unknown else 'there'})"
        yield f"  fields   {', '.join(sorted(self.fields))}"
        yield f"  statuses {len(settings.statuses)}, priorities {len(settings.priorities)}"
        yield from self._next()

    def _next(self) -> Iterator[str]:
        """What is left to do before it can be tried."""
        host = urlsplit(self.settings.base_url).hostname or ""
        is_example = host == "example.com" or host.endswith(".example.com")
        if is_example:
            yield "Next: set base_url to the address of your helpdesk; that of an example leads nowhere."
        if self.missing:
            yield "Next: write what is not there into the file .env beside config/, each as NAME=value."
        if not is_example and not self.missing:
            file = self.name if self.is_in_place else self.shown
            yield f"Next: ticket_watcher.py source try {file}"


def described(home: Home, file: str) -> Described:
    """The helpdesk of FILE, or of ``config/sources.d/FILE.yaml``. Its secrets are hidden in every log line.

    Raises:
        UsageError: there is no such file.
        ConfigError: with every mistake of it.
    """
    path = _path_of(home, file)
    shown = path.relative_to(home.path).as_posix() if path.is_relative_to(home.path) else str(path)
    machine = Machine(home, os.environ)
    found = SourceFile(path.parent, path.name, shown=shown)
    settings = found.validate(machine, needs_secrets=False)
    SECRETS.register(*(secret.reveal() for secret in machine.found))
    if settings is None and not found.problems:
        raise ConfigError([f"{shown}: is empty; ticket_watcher.py source new starts one from a preset"])
    errors = sorted(problem for problem in found.problems if problem.severity == "error")
    warnings = sorted([*machine.warnings, *(p for p in found.problems if p.severity == "warning")])
    if errors:
        raise ConfigError([str(problem) for problem in [*errors, *found.missing_secrets, *warnings]])
    root = found.document.root
    plain = root.plain() if root is not None else {}
    references = tuple((str(n), str(r)) for n, r in (plain.get("secrets") or {}).items())
    name = path.stem if re.fullmatch(NAME_PATTERN, path.stem) else "try"
    return Described(
        name,
        one_line(shown),
        settings,
        tuple(warnings),
        tuple(sorted(found.missing_secrets)),
        path == home.config / FOLDER / f"{name}.yaml",
        references,
    )


def _path_of(home: Home, file: str) -> Path:
    named = home.config / FOLDER / f"{file}.yaml"
    if re.fullmatch(NAME_PATTERN, file) and named.is_file():
        return named
    path = Path(file).absolute()
    if path.is_file():
        return path
    there = ", ".join(sorted(p.stem for p in (home.config / FOLDER).glob("*.yaml"))) or "no file yet"
    raise UsageError(f"there is no file {file}, and in config/{FOLDER}/ there is {there}")
