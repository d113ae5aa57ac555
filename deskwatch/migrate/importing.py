"""Ticket Dash's folder becomes a home: key, names, certificate, tickets, archive, settings.

Every file is written whole or not at all and none is overwritten, so an import that was interrupted is
simply run again. Nothing is asked of the network, and the folder it came from stays as it is.
"""

import re
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from deskwatch.config import Home
from deskwatch.config.machine import Machine
from deskwatch.config.strict_yaml import MAX_BYTES
from deskwatch.errors import UsageError
from deskwatch.migrate import dash_yaml
from deskwatch.migrate.constants import REFRESH, TYPES, VIEWS, Constants
from deskwatch.migrate.dash_folder import DashFolder
from deskwatch.migrate.dash_tickets import TicketsImport
from deskwatch.migrate.dash_yaml import NOBODY_ELSE, Access
from deskwatch.migrate.placing import SECRET_MODE, Placer, Report, counted, plain, read
from deskwatch.settings import SecretRef, clip
from deskwatch.sources.freshservice_catalog import Catalog
from deskwatch.sources.freshservice_rows import RowReader
from deskwatch.sources.freshservice_settings import SUBDOMAIN, FreshserviceSettings, StatusSettings
from deskwatch.sources.http_words import clean_line
from deskwatch.store.atomic import make_folder
from deskwatch.store.lock import OneOf

SOURCE = "freshservice"
KEY = "FRESHSERVICE_API_KEY"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the admin decides: who may look, and the helpdesk's address if no file names it."""

    access: Access = NOBODY_ELSE
    domain: str | None = None
    dry_run: bool = False


def import_ticket_dash(folder: Path, home: Home, wishes: Wishes, report: Report, *, now: datetime) -> None:
    """Bring everything over that can be; ``report`` tells what was done, also after an error.

    Raises:
        UsageError: it is no such folder, or nothing names the helpdesk's address.
        LockHeldError: the watcher of this home runs.
        StoreError: something cannot be written; run it again once that is mended.
    """
    dash = DashFolder(folder.resolve())
    dash.refuse_strangers()
    if home.path.resolve().is_relative_to(dash.root):
        raise UsageError(f"{home} lies in {dash.root}, which shall stay as it is. Choose another --home.")
    constants = dash.constants()
    domain = domain_of(wishes.domain or constants.domain)
    if not wishes.dry_run:
        make_folder(home.path)
    with nullcontext() if wishes.dry_run else OneOf(home.state / "watcher.lock"):
        _Import(dash, home, constants, domain, wishes, report, now).run()


def domain_of(said: str | None) -> str:
    """The host of the helpdesk's address, however it was written.

    Raises:
        UsageError: there is none.
    """
    text = (said or "").strip()
    try:
        host = urlsplit(text if "://" in text else f"https://{text}").hostname or ""
    except ValueError:
        host = ""
    if host and "." not in host and SUBDOMAIN.fullmatch(host):
        host = f"{host}.freshservice.com"
    if not all(SUBDOMAIN.fullmatch(part) for part in host.split(".")) or "." not in host:
        missing = "No Python file of Ticket Dash names the FRESHSERVICE_DOMAIN"
        why = f"{clip(text)} is no address of a helpdesk" if text else missing
        raise UsageError(f"{why}. Say it: --domain example.freshservice.com")
    return host.lower()


class _Import:
    def __init__(
        self,
        dash: DashFolder,
        home: Home,
        constants: Constants,
        domain: str,
        wishes: Wishes,
        report: Report,
        now: datetime,
    ) -> None:
        self.dash, self.home, self.constants, self.domain = dash, home, constants, domain
        self.wishes, self.report, self.now = wishes, report, now
        self.placer = Placer(home, report, dry_run=wishes.dry_run)
        self.schema = (home.config / "schema").is_dir()

    def run(self) -> None:
        """Bulk first and settings last: a home with settings is a whole one."""
        source = source_name(self.home, self.domain)
        reader = reader_of(source, self.constants, self.domain, self._names())
        tickets = TicketsImport(reader, self.home, self.report, dry_run=self.wishes.dry_run, now=self.now)
        tickets.bring(self.dash.tickets(), self.dash.ignored())
        tickets.bring_archive(self.dash.archive())
        self.report.found_all(self.dash.problems, "folders")
        certificate = self.dash.certificate()
        self._certificate(certificate)
        self._key()
        self._settings(source, bool(certificate))
        self._tell_constants()

    # Names

    def _names(self) -> dict[str, dict[str, str]]:
        found = {}
        for kind in ("agents", "requesters"):
            names, problems = self.dash.names(kind)
            self.report.found_all(problems, f"lines of {kind}.txt")
            found[kind] = {id_: clean_line(name, longest=120) for id_, name in names.items()}
            if names:
                self._add_names(kind, found[kind])
        return found

    def _add_names(self, kind: str, names: Mapping[str, str]) -> None:
        path, shown = self.home.config / f"{kind}.yaml", f"config/{kind}.yaml"
        there = read(path)
        said = {} if there is None else plain(there, shown)
        if said is None and there is not None and _says_nothing(there):
            said = {}
        if not isinstance(said, dict):
            self.report.found(
                f"{shown} cannot be read, so {kind}.txt is left out; mend it and run this again"
            )
            return
        other = [id_ for id_ in names if id_ in said and said[id_] != names[id_]]
        self.report.found_all(
            [
                f"{shown} calls {id_} {said[id_]!r} and keeps it; {kind}.txt says {names[id_]!r}"
                for id_ in other
            ],
            f"names in {shown} that differ",
        )
        new = {id_: name for id_, name in names.items() if id_ not in said}
        if not new:
            self.report.kept(shown, "has these names already")
            return
        if there is None:
            text = dash_yaml.names_yaml(kind, new, schema=self.schema).encode()
        else:
            added = "\n".join(["# From Ticket Dash", *dash_yaml.name_lines(new), ""])
            text = there.rstrip() + b"\n\n" + added.encode()
        if len(text) > MAX_BYTES:
            lines = [f"{id_}:{name}\n" for id_, name in new.items()]
            self.placer.copy_if_absent(f"{kind}.txt", "".join(lines).encode())
        elif plain(text, shown) != {**said, **new}:
            self.report.found(f"{shown} is not written as one id: name a line; add {kind}.txt by hand")
        else:
            self.placer.write(path, text)
            self.report.did(shown, f"{counted(len(new), 'name')} added")

    # Settings

    def _certificate(self, pair: Mapping[str, bytes]) -> None:
        """Both or none: half of it beside half of another would serve nobody."""
        others = [name for name in pair if read(self.home.path / name) not in (None, pair[name])]
        for name in others:
            self.report.found(
                f"{name}: another one is there already and stays, and so does what belongs to it"
            )
        for name, data in () if others else pair.items():
            self.placer.copy_if_absent(name, data, **({"mode": SECRET_MODE} if name == "key.pem" else {}))

    def _key(self) -> None:
        token, problem = self.dash.token()
        if problem:
            self.report.found(problem)
        if token is None:
            return
        known = self._key_there()
        if known is not None:
            if token == known:
                self.report.kept(".env", f"not needed: this home has the {KEY} already")
            else:
                self.report.found(f"this home has another {KEY} already, which stays; token.txt is left out")
            return
        path = self.home.path / ".env"
        try:
            text = (read(path) or b"").decode("utf-8-sig")
        except UnicodeDecodeError:
            self.report.found(
                ".env is not text in UTF-8, so token.txt is left out; mend it and run this again"
            )
            return
        if path.is_symlink():
            self.report.found(f".env leads elsewhere and stays; put {KEY} of token.txt into it by hand")
            return
        value = token if token.isalnum() else f"'{token}'"
        before = text.rstrip("\n") + "\n" if text.strip() else ""
        self.placer.write(path, f"{before}{KEY}={value}\n".encode(), mode=SECRET_MODE)
        self.report.did(".env", f"{KEY} written, readable by this user only")

    def _key_there(self) -> str | None:
        """The key this home uses, wherever it is kept; the environment of this command is not asked."""
        try:
            return Machine(self.home, {}).secret(SecretRef("name", KEY)).reveal()
        except LookupError:
            return None

    def _settings(self, source: str, certificate: bool) -> None:
        constants, schema = self.constants, self.schema
        deskwatch = dash_yaml.deskwatch_yaml(
            constants, self.wishes.access, certificate=certificate, schema=schema
        )
        self.placer.yaml("sla", dash_yaml.sla_yaml(constants, schema=schema))
        self.placer.yaml("boards", dash_yaml.boards_yaml(constants, schema=schema))
        self.placer.yaml("deskwatch", deskwatch, but=("access", "host"))
        self.placer.yaml("sources", dash_yaml.sources_yaml(constants, source, self.domain, schema=schema))

    def _tell_constants(self) -> None:
        self.report.found_all(self.constants.notes, "notes on its Python files")
        self.report.say(f"  Helpdesk: {self.domain}.")
        if differences := list(self.constants.differences()):
            self.report.say(
                "Constants that differ from the newest version of Ticket Dash, and were taken over:"
            )
            for line in differences:
                self.report.say(f"  {line}")
        else:
            self.report.say("  All constants are those of the newest version of Ticket Dash.")
        unfit = [view for view in self.constants[VIEWS] if view not in dash_yaml.views_of(self.constants)]
        for view in unfit:
            self.report.found(
                f"the view {view[:60]!r} is left out: the id of a board has small letters, digits and -"
            )
        if not 0.2 <= self.constants[REFRESH] <= 60:
            self.report.found("web.poll_seconds goes from 0.2 to 60, so the nearest of them was taken")


def source_name(home: Home, domain: str) -> str:
    """What the source is called: as sources.yaml calls this account already, else ``freshservice``."""
    subdomain = dash_yaml.subdomain_of(domain)
    said = plain(read(home.config / "sources.yaml") or b"", "config/sources.yaml")
    entries = said if isinstance(said, dict) else {}
    for name, entry in entries.items():
        if not isinstance(entry, dict) or entry.get("kind") != "freshservice":
            continue
        place = str(entry.get("base_url") or "").lower()
        same = re.fullmatch(rf"https://{re.escape(domain)}(:443)?(/.*)?", place)
        if same or (subdomain and str(entry.get("subdomain")).lower() == subdomain):
            return str(name)
    return SOURCE if SOURCE not in entries else "ticket-dash"


def reader_of(
    source: str, constants: Constants, domain: str, names: Mapping[str, Mapping[str, str]]
) -> RowReader:
    """Reads raw tickets just as the watcher will, with Ticket Dash's statuses, types and names."""
    statuses = dash_yaml.statuses_of(constants)
    settings = FreshserviceSettings.model_validate(
        {
            "kind": "freshservice",
            "base_url": f"https://{domain}",
            "types": list(constants[TYPES]),
            "statuses": {
                id_: StatusSettings(name=name[:60], phase=phase) for id_, (name, phase) in statuses.items()
            },
        }
    )
    return RowReader(source, settings, Catalog(), names["agents"], names["requesters"])


def _says_nothing(data: bytes) -> bool:
    lines = data.decode("utf-8-sig", "replace").splitlines()
    return all(not line.strip() or line.lstrip().startswith("#") for line in lines)
